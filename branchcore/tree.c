/* Reading a branch's tree through its layers. */
#include "branchcore/tree.h"

#include "branchcore/entry.h"
#include "branchcore/model.h"

static enum bc_status name_check(struct bc_slice name)
{
    if (name.size > BC_NAME_MAX)
        return BC_NAME_TOO_LONG;
    return name.size ? BC_OK : BC_NOT_FOUND;
}

static enum bc_status entry_get(struct bc_branch *branch, uint64_t layer, uint64_t parent,
                                struct bc_slice name, struct bc_entry *entry)
{
    struct bc_key key;
    struct bc_value value = {0};
    bc_key_entry(&key, layer, parent, name);
    enum bc_status st =
        bc_store_get(branch->repo->store, NULL, BC_LAYERS, bc_key_slice(&key), &value);
    if (st)
        return st;
    st = bc_entry_decode(value.slice, entry);
    entry->layer = layer;
    bc_value_release(&value);
    return st;
}

/* The topmost row of an entry in the frozen layers, a removal too. */
static enum bc_status entry_frozen(struct bc_branch *branch, uint64_t parent, struct bc_slice name,
                                   struct bc_entry *entry)
{
    enum bc_status st = BC_NOT_FOUND;
    for (struct bc_layer *layer = branch->top; st == BC_NOT_FOUND && layer; layer = layer->parent)
        st = entry_get(branch, layer->id, parent, name, entry);
    return st;
}

enum bc_status bc_entry_find(struct bc_branch *branch, uint64_t parent, struct bc_slice name,
                             struct bc_entry *entry)
{
    enum bc_status st = branch->gone ? BC_STALE : name_check(name);
    if (st)
        return st;
    st = BC_NOT_FOUND;
    if (branch->work_used)
        st = entry_get(branch, branch->work, parent, name, entry);
    if (st == BC_NOT_FOUND)
        st = entry_frozen(branch, parent, name, entry);
    return !st && !entry->node ? BC_NOT_FOUND : st;
}

enum bc_status bc_entry_below(struct bc_branch *branch, uint64_t parent, struct bc_slice name,
                              bool *below)
{
    struct bc_entry entry;
    enum bc_status st = entry_frozen(branch, parent, name, &entry);
    *below = !st && entry.node;
    return st == BC_NOT_FOUND ? BC_OK : st;
}

enum bc_status bc_folder_find(struct bc_branch *branch, uint64_t node, struct bc_found *found)
{
    enum bc_status st = bc_node_find(branch, node, found);
    if (!st && found->record.kind != BC_DIRECTORY) {
        bc_found_release(found);
        st = BC_NOT_DIRECTORY;
    }
    return st;
}

enum bc_status bc_folder_open(struct bc_branch *branch, uint64_t node, struct bc_found *found)
{
    enum bc_status st = bc_folder_find(branch, node, found);
    if (!st && !found->record.parent && node != BC_ROOT_NODE) {
        bc_found_release(found);
        st = BC_STALE;
    }
    return st;
}

static enum bc_status attr_locked(struct bc_branch *branch, uint64_t node, struct bc_attr *attr)
{
    struct bc_found found;
    enum bc_status st = bc_node_find(branch, node, &found);
    if (st)
        return st;
    bc_attr_of(&found, attr);
    bc_found_release(&found);
    return BC_OK;
}

static enum bc_status lookup_locked(struct bc_branch *branch, uint64_t parent, struct bc_slice name,
                                    struct bc_attr *attr)
{
    struct bc_entry entry;
    enum bc_status st = bc_entry_find(branch, parent, name, &entry);
    if (!st) {
        st = attr_locked(branch, entry.node, attr);
        return st == BC_STALE ? BC_CORRUPT : st;
    }
    if (st != BC_NOT_FOUND)
        return st;
    /* Only a miss pays for telling what kind of miss it is. */
    struct bc_found folder;
    st = bc_folder_find(branch, parent, &folder);
    if (st)
        return st;
    bc_found_release(&folder);
    return BC_NOT_FOUND;
}

enum bc_status bc_tree_lookup(struct bc_branch *branch, uint64_t parent, struct bc_slice name,
                              struct bc_attr *attr)
{
    pthread_rwlock_rdlock(&branch->lock);
    enum bc_status st = lookup_locked(branch, parent, name, attr);
    pthread_rwlock_unlock(&branch->lock);
    return st;
}

enum bc_status bc_tree_stat(struct bc_branch *branch, uint64_t node, struct bc_attr *attr)
{
    pthread_rwlock_rdlock(&branch->lock);
    enum bc_status st = attr_locked(branch, node, attr);
    pthread_rwlock_unlock(&branch->lock);
    return st;
}

enum bc_status bc_tree_find(struct bc_branch *branch, struct bc_slice path, struct bc_attr *attr)
{
    pthread_rwlock_rdlock(&branch->lock);
    enum bc_status st = attr_locked(branch, BC_ROOT_NODE, attr);
    while (!st && path.size) {
        const char *slash = memchr(path.data, '/', path.size);
        size_t size = slash ? (size_t)(slash - path.data) : path.size;
        if (size)
            st = lookup_locked(branch, attr->node, bc_slice(path.data, size), attr);
        size += slash ? 1 : 0;
        path = bc_slice(path.data + size, path.size - size);
    }
    pthread_rwlock_unlock(&branch->lock);
    return st;
}

enum bc_status bc_path_of(struct bc_branch *branch, uint64_t node, struct bc_buffer *path)
{
    /* Names come from the leaf up: each goes in front. Depth has no limit but a damaged store must
     * not loop. */
    enum { DEEPEST = 100000 };
    size_t start = path->size;
    for (int depth = 0; node != BC_ROOT_NODE; depth++) {
        struct bc_found found;
        enum bc_status st = bc_node_find(branch, node, &found);
        if (st)
            return st;
        struct bc_slice name = found.record.name;
        node = found.record.parent;
        if (!node)
            st = BC_STALE;
        else if (depth == DEEPEST)
            st = BC_CORRUPT;
        size_t slash = path->size > start ? 1 : 0;
        if (!st)
            st = bc_buffer_reserve(path, name.size + slash);
        if (!st) {
            memmove(path->data + start + name.size + slash, path->data + start, path->size - start);
            memcpy(path->data + start, name.data, name.size);
            if (slash)
                path->data[start + name.size] = '/';
            path->size += name.size + slash;
        }
        bc_found_release(&found);
        if (st)
            return st;
    }
    return BC_OK;
}

enum bc_status bc_tree_path(struct bc_branch *branch, uint64_t node, struct bc_buffer *path)
{
    size_t start = path->size;
    pthread_rwlock_rdlock(&branch->lock);
    enum bc_status st = branch->gone ? BC_STALE : bc_path_of(branch, node, path);
    pthread_rwlock_unlock(&branch->lock);
    if (st)
        path->size = start;
    return st;
}

enum bc_status bc_tree_readlink(struct bc_branch *branch, uint64_t node, struct bc_buffer *target)
{
    struct bc_found found;
    pthread_rwlock_rdlock(&branch->lock);
    enum bc_status st = bc_node_find(branch, node, &found);
    if (!st) {
        st = found.record.kind == BC_SYMLINK
                 ? bc_buffer_append(target, found.record.target.data, found.record.target.size)
                 : BC_INVALID;
        bc_found_release(&found);
    }
    pthread_rwlock_unlock(&branch->lock);
    return st;
}
