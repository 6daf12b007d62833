#include "fs/reshown.h"

#include "fs/notify.h"
#include "fs/versions.h"

struct note {
    struct tfs_inode *inode; /* pinned */
    bool drops;              /* its pages are what is out of date, else its name */
};

struct notes {
    struct note *list;
    size_t count;
    size_t room;
};

/* With the table's lock held, as the next two. */
static void take(struct notes *notes, struct tfs_inode *inode, bool drops)
{
    if (notes->count == notes->room) {
        size_t room = notes->room ? 2 * notes->room : 16;
        struct note *list = bc_realloc_array(notes->list, room, sizeof *list);
        if (!list)
            return;
        notes->list = list;
        notes->room = room;
    }
    inode->pins++;
    notes->list[notes->count++] = (struct note){inode, drops};
}

static void take_shown(void *context, struct tfs_inode *inode, bool follows)
{
    take(context, inode, follows);
}

static void take_converted(void *context, struct tfs_inode *inode)
{
    take(context, inode, true);
}

/* The name of one that somebody has open leads to another inode from now on. */
static void send(struct tfs_mount *mount, struct notes *notes)
{
    for (size_t i = 0; i < notes->count; i++) {
        struct tfs_inode *inode = notes->list[i].inode;
        struct tfs_invalidations list = {0};
        if (notes->list[i].drops) {
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

void tfs_node_shows_other_kind(struct tfs_mount *mount, struct tfs_branch *branch, uint64_t node)
{
    struct notes notes = {0};
    tfs_branch_changed(branch);
    tfs_node_converted(&mount->table, branch, node, take_converted, &notes);
    send(mount, &notes);
}

void tfs_node_shows_other(struct tfs_mount *mount, struct tfs_branch *branch, uint64_t node)
{
    struct notes notes = {0};
    tfs_branch_changed(branch);
    tfs_node_reshown(&mount->table, branch, node, take_shown, &notes);
    send(mount, &notes);
}

enum bc_status tfs_all_show_other(struct tfs_mount *mount, enum bc_status (*change)(void *context),
                                  void *context)
{
    struct notes notes = {0};
    (void)pthread_rwlock_wrlock(&mount->table.showing);
    enum bc_status st = change(context);
    if (!st)
        tfs_all_reshown(&mount->table, take_shown, &notes);
    (void)pthread_rwlock_unlock(&mount->table.showing);
    send(mount, &notes);
    return st;
}
