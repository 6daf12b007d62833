#include "fs/reshown.h"

#include "fs/notify.h"
#include "fs/versions.h"

struct note {
    struct tfs_inode *inode; /* pinned */
    bool follows;
};

struct notes {
    struct note *list;
    size_t count;
    size_t room;
};

/* With the table's lock held. */
static void take(void *context, struct tfs_inode *inode, bool follows)
{
    struct notes *notes = context;
    if (notes->count == notes->room) {
        size_t room = notes->room ? 2 * notes->room : 16;
        struct note *list = bc_realloc_array(notes->list, room, sizeof *list);
        if (!list)
            return;
        notes->list = list;
        notes->room = room;
    }
    inode->pins++;
    notes->list[notes->count++] = (struct note){inode, follows};
}

/* The name of one that somebody has open leads to another inode from now on. */
static void send(struct tfs_mount *mount, struct notes *notes)
{
    for (size_t i = 0; i < notes->count; i++) {
        struct tfs_inode *inode = notes->list[i].inode;
        struct tfs_invalidations list = {0};
        if (notes->list[i].follows) {
            tfs_drop_pages(mount, inode);
        } else {
            tfs_invalidate_node(mount, &list, inode->branch, inode->node);
            tfs_invalidations_send(mount, &list);
        }
        tfs_branch_changed(inode->branch);
        tfs_inode_unpin(&mount->table, inode);
    }
    bc_free(notes->list);
}

void tfs_node_shows_other(struct tfs_mount *mount, struct tfs_branch *branch, uint64_t node)
{
    struct notes notes = {0};
    tfs_branch_changed(branch);
    tfs_node_reshown(&mount->table, branch, node, take, &notes);
    send(mount, &notes);
}

enum bc_status tfs_all_show_other(struct tfs_mount *mount, enum bc_status (*change)(void *context),
                                  void *context)
{
    struct notes notes = {0};
    (void)pthread_rwlock_wrlock(&mount->table.showing);
    enum bc_status st = change(context);
    if (!st)
        tfs_all_reshown(&mount->table, take, &notes);
    (void)pthread_rwlock_unlock(&mount->table.showing);
    send(mount, &notes);
    return st;
}
