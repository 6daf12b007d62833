#include "fs/moved.h"

#include "branchcore/tree_diff.h"
#include "fs/handle.h"
#include "fs/moved_watchers.h"
#include "fs/notify.h"
#include "fs/root.h"
#include "fs/shown_size.h"
#include "fs/versions.h"

#include <errno.h>
#include <string.h>

/* So many changes watchers are told of one by one; of what else changed, so many folders. */
enum { TALES = 1000, TALES_OF_FOLDERS = 1000 };

/* What the kernel is to forget. All inodes are pinned. */
struct note {
    struct tfs_inode *inode;  /* NULL: none; its attributes and, */
    bool pages;               /* ... its pages or list of names */
    struct tfs_inode *folder; /* NULL: none; what it knows of a name in there: `name` */
    bool if_unknown;          /* only if it does not know the inode yet */
    size_t name;              /* offset in the strings */
};

struct move {
    struct tfs_mount *mount;
    struct tfs_branch *branch;
    struct bc_branch *before;
    struct note *notes;
    size_t count;
    size_t capacity;
    struct bc_buffer strings;
    struct tfs_tale tales[TALES + TALES_OF_FOLDERS];
    size_t tale_count;
    size_t folder_tales;
    enum bc_status status;

    /* Of the node that is being moved: */
    bool pages;
    bool known;               /* the kernel knows an inode of it */
    struct tfs_inode *folder; /* its folder, where the kernel knows that */
    size_t name;
};

static bool add_string(struct move *move, const char *text, size_t size, size_t *at)
{
    *at = move->strings.size;
    if (bc_buffer_append(&move->strings, text, size) || bc_buffer_append(&move->strings, "", 1)) {
        move->status = BC_NO_MEMORY;
        return false;
    }
    return true;
}

static struct note *add_note(struct move *move)
{
    if (move->count == move->capacity) {
        size_t capacity = move->capacity ? move->capacity * 2 : 64;
        struct note *notes = bc_realloc_array(move->notes, capacity, sizeof *notes);
        if (!notes) {
            move->status = BC_NO_MEMORY;
            return NULL;
        }
        move->notes = notes;
        move->capacity = capacity;
    }
    struct note *note = &move->notes[move->count++];
    *note = (struct note){0};
    return note;
}

static bool may_tell(const struct move *move)
{
    return move->tale_count - move->folder_tales < TALES;
}

/* Called with the table's lock held, as is note_inode. */
static void tell_left(struct move *move, struct tfs_inode *inode)
{
    if (inode->kind != BC_FILE || !may_tell(move))
        return;
    inode->pins++;
    move->tales[move->tale_count++] = (struct tfs_tale){.kind = TFS_TALE_LEFT, .inode = inode};
}

static void note_inode(void *context, struct tfs_inode *inode, bool follows)
{
    struct move *move = context;
    move->known = true;
    if (!inode->current)
        tell_left(move, inode);
    struct note *note = follows ? add_note(move) : NULL;
    if (!note)
        return;
    inode->pins++;
    note->inode = inode;
    note->pages = move->pages;
    /* An answer that tells the kernel of the inode may be on its way, with what it was before. */
    if (move->folder) {
        move->folder->pins++;
        note->folder = move->folder;
        note->if_unknown = true;
        note->name = move->name;
    }
}

/* A path without the slash behind a folder's, and where its last name begins. */
static size_t path_size(const char *path)
{
    size_t size = strlen(path);
    return size > 0 && path[size - 1] == '/' ? size - 1 : size;
}

static size_t folder_size(const char *path)
{
    size_t size = path_size(path);
    while (size > 0 && path[size - 1] != '/')
        size--;
    return size;
}

/* The name of a path goes to another inode, or to none. */
static void note_name(struct move *move)
{
    struct note *note = move->folder ? add_note(move) : NULL;
    if (!note)
        return;
    tfs_inode_pin(&move->mount->table, move->folder);
    note->folder = move->folder;
    note->name = move->name;
}

/* What is in a folder is not what it was. */
static void note_folder(struct move *move)
{
    struct note *last = move->count > 0 ? &move->notes[move->count - 1] : NULL;
    if (!move->folder || (last && last->inode == move->folder && last->pages))
        return;
    struct note *note = add_note(move);
    if (!note)
        return;
    tfs_inode_pin(&move->mount->table, move->folder);
    note->inode = move->folder;
    note->pages = true;
}

/* Where a path lies, as far as the kernel knows it. */
static bool enter_place(struct move *move, uint64_t folder, const char *path)
{
    size_t start = folder_size(path);
    if (!add_string(move, path + start, path_size(path) - start, &move->name))
        return false;
    move->folder = tfs_inode_known(&move->mount->table, move->branch, folder);
    return true;
}

static void leave_place(struct move *move)
{
    if (move->folder)
        tfs_inode_unpin(&move->mount->table, move->folder);
    move->folder = NULL;
}

/* The node has a path now. True: the path leads to another inode than before. */
static bool arrive(struct move *move, const struct bc_tree_difference *difference, bool born)
{
    struct bc_attr attr = {0};
    const char *path = difference->path;
    size_t start = folder_size(path);
    struct bc_slice name = bc_slice(path + start, path_size(path) - start);
    struct tfs_node_move node = {.attr = &attr,
                                 .born = born,
                                 .content =
                                     difference->aspects & (BC_ASPECT_CONTENT | BC_ASPECT_SHOWN),
                                 .before = move->before};
    uint64_t id = difference->new_attr.node;
    /* Somebody may have changed it since. */
    if (bc_tree_stat(move->branch->branch, id, &attr) || attr.parent == 0)
        node.attr = NULL;
    else if (attr.kind == BC_FILE)
        node.text = tfs_text_of_name(&attr, name, &node.syntax);
    move->pages = node.content || attr.kind == BC_DIRECTORY;
    return tfs_node_moved(&move->mount->table, move->branch, id, &node, note_inode, move);
}

/* The node has lost its path; if it has another one, that is told of elsewhere. */
static void depart(struct move *move, uint64_t id)
{
    struct bc_attr attr;
    struct tfs_node_move node = {.before = move->before};
    if (bc_tree_stat(move->branch->branch, id, &attr) == BC_OK && attr.parent != 0)
        return;
    (void)tfs_node_moved(&move->mount->table, move->branch, id, &node, note_inode, move);
}

static bool was_there(const struct move *move, uint64_t node)
{
    struct bc_attr attr;
    return bc_tree_stat(move->before, node, &attr) == BC_OK && attr.parent != 0;
}

/* Of the folder of a path, once for all that follow each other in it. */
static void tell_folder(struct move *move, const char *path)
{
    size_t size = folder_size(path);
    size_t at;
    size -= size > 0;
    const struct tfs_tale *last = move->tale_count > 0 ? &move->tales[move->tale_count - 1] : NULL;
    const char *last_path =
        last && last->kind == TFS_TALE_ATTRIBUTES ? move->strings.data + last->path : NULL;
    if (move->folder_tales == TALES_OF_FOLDERS ||
        (last_path && strlen(last_path) == size && memcmp(last_path, path, size) == 0) ||
        !add_string(move, path, size, &at))
        return;
    move->folder_tales++;
    move->tales[move->tale_count++] = (struct tfs_tale){.kind = TFS_TALE_ATTRIBUTES, .path = at};
}

/* A tale about a path, whose inode it takes over; NULL: it is one of too many. */
static struct tfs_tale *tell(struct move *move, enum tfs_tale_kind kind, const char *path,
                             enum bc_kind node, struct tfs_inode *inode)
{
    size_t at;
    if (!may_tell(move) || !add_string(move, path, path_size(path), &at)) {
        tell_folder(move, path);
        if (inode)
            tfs_inode_unpin(&move->mount->table, inode);
        return NULL;
    }
    struct tfs_tale *tale = &move->tales[move->tale_count++];
    *tale = (struct tfs_tale){.kind = kind, .path = at, .node = node, .inode = inode};
    return tale;
}

/* Nobody can watch a folder that the kernel does not know. */
static void tell_vanished(struct move *move, const struct bc_attr *attr, const char *path,
                          struct tfs_inode *child)
{
    struct tfs_table *table = &move->mount->table;
    if (!move->folder)
        return;
    if (child)
        tfs_inode_pin(table, child);
    else
        child = tfs_inode_gone(table, move->branch, attr);
    (void)tell(move, TFS_TALE_VANISH, path, attr->kind, child);
}

static void tell_renamed(struct move *move, const struct bc_tree_difference *difference)
{
    const struct bc_attr *attr = &difference->new_attr;
    struct tfs_inode *inode = tfs_inode_known(&move->mount->table, move->branch, attr->node);
    if (!inode)
        inode = tfs_inode_gone(&move->mount->table, move->branch, attr);
    struct tfs_tale *tale = tell(move, TFS_TALE_RENAME, difference->path, attr->kind, inode);
    size_t at;
    if (!tale || !add_string(move, difference->old_path, path_size(difference->old_path), &at))
        return;
    tale->old_path = at;
    tale->folder = attr->parent;
    tale->old_folder = difference->old_attr.parent;
}

static void move_old(struct move *move, const struct bc_tree_difference *difference)
{
    const char *path = difference->old_path ? difference->old_path : difference->path;
    uint64_t node = difference->old_attr.node;
    if (!enter_place(move, difference->old_attr.parent, path))
        return;
    struct tfs_inode *child = tfs_inode_known(&move->mount->table, move->branch, node);
    if (node != difference->new_attr.node)
        depart(move, node);
    note_name(move);
    note_folder(move);
    if (difference->kind == 'D')
        tell_vanished(move, &difference->old_attr, path, child);
    if (child)
        tfs_inode_unpin(&move->mount->table, child);
    leave_place(move);
}

static void tell_new(struct move *move, const struct bc_tree_difference *difference)
{
    enum bc_kind kind = difference->new_attr.kind;
    unsigned content = BC_ASPECT_CONTENT | BC_ASPECT_PLACE | BC_ASPECT_SHOWN;
    if (difference->kind == 'A') {
        (void)tell(move, TFS_TALE_APPEAR, difference->path, kind, NULL);
        return;
    }
    if (difference->kind == 'R')
        tell_renamed(move, difference);
    if (kind == BC_FILE && (difference->aspects & content))
        (void)tell(move, TFS_TALE_CONTENT, difference->path, kind, NULL);
    else if (difference->kind == 'M')
        (void)tell(move, TFS_TALE_ATTRIBUTES, difference->path, kind, NULL);
}

static void move_new(struct move *move, const struct bc_tree_difference *difference)
{
    bool placed = difference->kind != 'M' || (difference->aspects & BC_ASPECT_PLACE);
    bool born = difference->kind == 'A' || ((difference->aspects & BC_ASPECT_PLACE) &&
                                            !was_there(move, difference->new_attr.node));
    if (!enter_place(move, difference->new_attr.parent, difference->path))
        return;
    move->known = false;
    bool elsewhere = arrive(move, difference, born);
    if (placed || elsewhere)
        note_name(move);
    if (placed)
        note_folder(move);
    if (move->folder || move->known || elsewhere)
        tell_new(move, difference);
    leave_place(move);
}

static enum bc_status take_difference(void *context, const struct bc_tree_difference *difference)
{
    struct move *move = context;
    bool placed = difference->kind != 'M' || (difference->aspects & BC_ASPECT_PLACE);
    if (difference->kind != 'A' && placed)
        move_old(move, difference);
    if (difference->kind != 'D' && !move->status)
        move_new(move, difference);
    return move->status;
}

static void send_note(struct move *move, const struct note *note)
{
    struct tfs_mount *mount = move->mount;
    const char *name = move->strings.data + note->name;
    int unknown = 0;
    if (note->inode)
        unknown = fuse_lowlevel_notify_inval_inode(mount->session, tfs_nodeid(mount, note->inode),
                                                   note->pages ? 0 : -1, 0);
    if (!note->folder || (note->if_unknown && unknown != -ENOENT))
        return;
    (void)fuse_lowlevel_notify_inval_entry(mount->session, tfs_nodeid(mount, note->folder), name,
                                           strlen(name));
}

/* The last first: what was in a folder before the folder. */
static void send_notes(struct move *move)
{
    struct tfs_table *table = &move->mount->table;
    for (size_t i = move->count; i > 0; i--) {
        struct note *note = &move->notes[i - 1];
        send_note(move, note);
        if (note->inode)
            tfs_inode_unpin(table, note->inode);
        if (note->folder)
            tfs_inode_unpin(table, note->folder);
    }
    tfs_count(move->mount, TFS_COUNT_INVALIDATIONS, move->count);
}

/* Files that have no name any more, but are open, are no difference; they are not there now. */
static enum bc_status leave_unnamed(struct move *move)
{
    struct tfs_node_move node = {.before = move->before};
    struct bc_attr attr;
    uint64_t *nodes;
    size_t count;
    enum bc_status st = tfs_open_nodes(&move->mount->table, move->branch, &nodes, &count);
    if (st)
        return st;
    for (size_t i = 0; i < count; i++)
        if (bc_tree_stat(move->branch->branch, nodes[i], &attr) == BC_STALE)
            (void)tfs_node_moved(&move->mount->table, move->branch, nodes[i], &node, note_inode,
                                 move);
    bc_free(nodes);
    return BC_OK;
}

/* What differs is not known: whatever is known of the branch was left behind. */
static void forget_all(struct move *move)
{
    char name[BC_BRANCH_NAME_MAX + 1];
    bc_branch_name(move->branch->branch, name);
    tfs_root_forget(move->mount, bc_slice(name, strlen(name)));
}

/* The root folder is no difference, but its attributes may be others. */
static void note_root(struct move *move)
{
    move->folder = tfs_inode_known(&move->mount->table, move->branch, BC_ROOT_NODE);
    note_folder(move);
    leave_place(move);
}

static void run(struct move *move, struct bc_branch *after)
{
    struct tfs_branch *branch = move->branch;
    (void)pthread_rwlock_wrlock(&branch->moving);
    uint64_t moves = bc_branch_moves(branch->branch);
    tfs_branch_changed(branch);
    note_root(move);
    move->status = bc_tree_diff(move->before, after, take_difference, move);
    if (!move->status)
        move->status = leave_unnamed(move);
    if (move->status)
        tfs_tree_left(&move->mount->table, branch, move->before);
    atomic_store(&branch->moves, moves);
    (void)pthread_rwlock_unlock(&branch->moving);
    send_notes(move);
    if (move->status)
        forget_all(move);
    tfs_watchers_tell(move->mount, branch->branch, move->strings.data, move->tales,
                      move->tale_count);
    for (size_t i = 0; i < move->tale_count; i++)
        if (move->tales[i].inode)
            tfs_inode_unpin(&move->mount->table, move->tales[i].inode);
}

void tfs_moved(struct tfs_mount *mount, struct bc_branch *branch, struct bc_branch *before,
               struct bc_branch *after)
{
    struct move move = {.mount = mount, .before = before};
    move.branch = tfs_branch_known(&mount->table, bc_branch_id(branch));
    if (!move.branch)
        return;
    run(&move, after);
    bc_free(move.notes);
    bc_buffer_release(&move.strings);
    tfs_branch_put(&mount->table, move.branch);
}
