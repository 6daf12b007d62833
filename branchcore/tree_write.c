/* Making, removing and changing nodes: each is one batch. */
#include "branchcore/chunks.h"
#include "branchcore/entry.h"
#include "branchcore/model.h"
#include "branchcore/syntax.h"

#include <assert.h>

enum bc_status bc_name_check(struct bc_slice name)
{
    if (!name.size || memchr(name.data, '/', name.size) || memchr(name.data, '\0', name.size) ||
        bc_slice_equal(name, bc_slice(".", 1)) || bc_slice_equal(name, bc_slice("..", 2)))
        return BC_INVALID;
    return name.size > BC_NAME_MAX ? BC_NAME_TOO_LONG : BC_OK;
}

enum bc_status bc_folder_touch(struct bc_update *update, struct bc_found *folder)
{
    folder->record.mtime_ns = update->now_ns;
    folder->record.ctime_ns = update->now_ns;
    folder->record.version++;
    return bc_node_put(update, folder);
}

static enum bc_status make_locked(struct bc_update *update, uint64_t parent, struct bc_slice name,
                                  const struct bc_make *make, struct bc_found *made)
{
    struct bc_branch *branch = update->branch;
    struct bc_entry taken;
    enum bc_syntax syntax;
    enum bc_status st = bc_entry_find(branch, parent, name, &taken);
    if (st != BC_NOT_FOUND)
        return st ? st : BC_EXISTS;
    struct bc_found folder;
    st = bc_folder_open(branch, parent, &folder);
    if (st)
        return st;
    *made = (struct bc_found){.layer = branch->work};
    made->record = (struct bc_node){
        .kind = (uint8_t)make->kind,
        .mode = make->mode & 07777,
        .uid = make->uid,
        .gid = make->gid,
        .atime_ns = update->now_ns,
        .mtime_ns = update->now_ns,
        .ctime_ns = update->now_ns,
        .btime_ns = update->now_ns,
        .parent = parent,
        .name = name,
        .target = make->target,
    };
    if (make->kind == BC_FILE && bc_syntax_of_name(name, &syntax))
        made->record.form = BC_TEXT;
    st = bc_repo_next_id(branch->repo, &made->id);
    if (!st)
        st = bc_repo_next_id(branch->repo, &made->record.version);
    if (!st)
        st = bc_entry_put(update, parent, name, made->id, make->kind);
    if (!st)
        st = bc_node_put(update, made);
    if (!st)
        st = bc_folder_touch(update, &folder);
    bc_found_release(&folder);
    return st;
}

enum bc_status bc_tree_make(struct bc_branch *branch, uint64_t parent, struct bc_slice name,
                            const struct bc_make *make, struct bc_attr *attr)
{
    struct bc_update update;
    struct bc_found made;
    enum bc_status st = bc_name_check(name);
    if (!st)
        st = bc_update_begin(branch, &update);
    if (st)
        return st;
    st = make_locked(&update, parent, name, make, &made);
    if (st) {
        bc_update_abort(&update);
        return st;
    }
    st = bc_update_commit(&update, false);
    if (st)
        return st;
    bc_attr_of(&made, attr);
    bc_event_node(branch, BC_EVENT_CREATE, made.id);
    return BC_OK;
}

static enum bc_status stop_at_first(void *context, struct bc_slice name, uint64_t node,
                                    enum bc_kind kind)
{
    (void)context;
    (void)name;
    (void)node;
    (void)kind;
    return BC_NOT_EMPTY;
}

enum bc_status bc_folder_empty(struct bc_branch *branch, uint64_t folder)
{
    return bc_entries_each(branch, folder, stop_at_first, NULL);
}

/* "o", layer, node: the record of a node that lives on without a name while it is open. */
static enum bc_status orphan_row(struct bc_update *update, uint64_t node, bool put)
{
    char key[17] = "o";
    bc_put_u64(key + 1, update->branch->work);
    bc_put_u64(key + 9, node);
    struct bc_slice slice = bc_slice(key, sizeof key);
    return put ? bc_batch_put(&update->batch, BC_REFS, slice, bc_slice("", 0))
               : bc_batch_delete(&update->batch, BC_REFS, slice);
}

enum bc_status bc_node_unname(struct bc_update *update, struct bc_found *found)
{
    if (!bc_counts_find(&update->branch->open_nodes, found->id))
        return bc_node_delete(update, found);
    enum bc_status st = orphan_row(update, found->id, true);
    if (st)
        return st;
    found->record.parent = 0;
    found->record.name = bc_slice("", 0);
    found->record.ctime_ns = update->now_ns;
    return bc_node_put(update, found);
}

static enum bc_status remove_locked(struct bc_update *update, uint64_t parent, struct bc_slice name,
                                    bool folder, uint64_t *node)
{
    struct bc_branch *branch = update->branch;
    struct bc_entry entry;
    struct bc_found holder = {0};
    struct bc_found found = {0};
    enum bc_status st = bc_entry_find(branch, parent, name, &entry);
    if (!st && folder != (entry.kind == BC_DIRECTORY))
        st = folder ? BC_NOT_DIRECTORY : BC_IS_DIRECTORY;
    if (!st && folder)
        st = bc_folder_empty(branch, entry.node);
    if (!st)
        st = bc_folder_find(branch, parent, &holder);
    if (!st)
        st = bc_node_find(branch, entry.node, &found);
    if (!st)
        st = bc_entry_remove(update, parent, name);
    if (!st)
        st = bc_node_unname(update, &found);
    if (!st)
        st = bc_folder_touch(update, &holder);
    if (!st)
        *node = entry.node;
    bc_found_release(&found);
    bc_found_release(&holder);
    return st;
}

/* A path that is about to go, for the event after it went. */
static void remember_path(struct bc_branch *branch, uint64_t parent, struct bc_slice name,
                          struct bc_buffer *path)
{
    enum bc_status st = bc_path_of(branch, parent, path);
    if (!st && path->size)
        st = bc_buffer_append(path, "/", 1);
    if (!st)
        st = bc_buffer_append(path, name.data, name.size);
    if (!st)
        st = bc_buffer_append(path, "", 1);
    if (st)
        bc_buffer_release(path);
}

enum bc_status bc_tree_remove(struct bc_branch *branch, uint64_t parent, struct bc_slice name,
                              bool folder, uint64_t *node)
{
    uint64_t removed = 0;
    struct bc_buffer path = {0};
    struct bc_update update;
    enum bc_status st = bc_update_begin(branch, &update);
    if (st)
        return st;
    st = remove_locked(&update, parent, name, folder, &removed);
    if (st) {
        bc_update_abort(&update);
        return st;
    }
    if (bc_event_wanted(branch))
        remember_path(branch, parent, name, &path);
    st = bc_update_commit(&update, false);
    if (!st && path.data)
        bc_event_path(branch, BC_EVENT_DELETE, path.data);
    if (!st && node)
        *node = removed;
    bc_buffer_release(&path);
    return st;
}

enum bc_status bc_node_open(struct bc_branch *branch, uint64_t node)
{
    struct bc_found found;
    pthread_rwlock_wrlock(&branch->lock);
    enum bc_status st = bc_node_find(branch, node, &found);
    if (!st) {
        bc_found_release(&found);
        st = bc_counts_add(&branch->open_nodes, node);
    }
    pthread_rwlock_unlock(&branch->lock);
    return st;
}

static enum bc_status drop_orphan(struct bc_update *update, struct bc_found *found)
{
    enum bc_status st = bc_node_delete(update, found);
    return st ? st : orphan_row(update, found->id, false);
}

void bc_node_close(struct bc_branch *branch, uint64_t node)
{
    struct bc_update update;
    struct bc_found found;
    if (bc_update_begin(branch, &update)) { /* the branch is gone, and its nodes with it */
        pthread_rwlock_wrlock(&branch->lock);
        (void)bc_counts_remove(&branch->open_nodes, node);
        pthread_rwlock_unlock(&branch->lock);
        return;
    }
    bool orphan = !bc_counts_remove(&branch->open_nodes, node) && node != BC_ROOT_NODE &&
                  !bc_node_find(branch, node, &found);
    if (orphan && found.record.parent) {
        bc_found_release(&found);
        orphan = false;
    }
    /* A failure leaves the orphan's row: the next start removes it. */
    if (orphan && !drop_orphan(&update, &found)) {
        (void)bc_update_commit(&update, false);
    } else {
        bc_update_abort(&update);
    }
    if (orphan)
        bc_found_release(&found);
}

static void change_record(struct bc_node *record, const struct bc_change *change, int64_t now_ns)
{
    if (change->mask & BC_CHANGE_MODE)
        record->mode = change->mode & 07777;
    if (change->mask & BC_CHANGE_UID)
        record->uid = change->uid;
    if (change->mask & BC_CHANGE_GID)
        record->gid = change->gid;
    if (change->mask & BC_CHANGE_ATIME)
        record->atime_ns = change->atime_ns;
    if (change->mask & BC_CHANGE_MTIME)
        record->mtime_ns = change->mtime_ns;
    record->ctime_ns = change->mask & BC_CHANGE_CTIME ? change->ctime_ns : now_ns;
}

static enum bc_status change_locked(struct bc_update *update, uint64_t node,
                                    const struct bc_change *change, struct bc_attr *attr)
{
    struct bc_found found;
    enum bc_status st = bc_node_find(update->branch, node, &found);
    if (st)
        return st;
    if (change->mask & BC_CHANGE_SIZE) {
        if (found.record.kind == BC_DIRECTORY)
            st = BC_IS_DIRECTORY;
        else if (found.record.kind != BC_FILE)
            st = BC_INVALID;
        else if (found.record.form == BC_TEXT)
            st = BC_BUSY;
        else
            st = bc_chunks_resize(update, &found, change->size_bytes);
    }
    if (!st) {
        change_record(&found.record, change, update->now_ns);
        st = bc_node_put(update, &found);
    }
    bc_attr_of(&found, attr);
    bc_found_release(&found);
    return st;
}

static enum bc_status try_change(struct bc_branch *branch, uint64_t node,
                                 const struct bc_change *change, struct bc_attr *attr)
{
    struct bc_update update;
    if (change->mask & BC_CHANGE_SIZE) {
        enum bc_status st = change->size_bytes > BC_FILE_MAX
                                ? BC_TOO_LARGE
                                : bc_bytes_from_text(branch, node, change->size_bytes == 0);
        if (st)
            return st;
    }
    enum bc_status st = bc_update_begin(branch, &update);
    if (st)
        return st;
    st = change_locked(&update, node, change, attr);
    if (!st)
        return bc_update_commit(&update, false);
    bc_update_abort(&update);
    return st;
}

enum bc_status bc_tree_change(struct bc_branch *branch, uint64_t node,
                              const struct bc_change *change, struct bc_attr *attr)
{
    enum { TRIES = 8 };
    struct bc_attr changed;
    /* A cut finds a text again where the file changed while it was made bytes. */
    enum bc_status st = BC_BUSY;
    for (int try = 0; st == BC_BUSY && try < TRIES; try++)
        st = try_change(branch, node, change, &changed);
    if (st)
        return st;
    *attr = changed;
    bc_event_node(branch, change->mask & BC_CHANGE_SIZE ? BC_EVENT_CHANGE : BC_EVENT_ATTRIBUTE,
                  node);
    return BC_OK;
}
