/* Extended attributes: rows 'X' of layers, found through the chain of a node's records. */
#include "branchcore/model.h"
#include "branchcore/own_prefixes.h"

enum { SET = 1, REMOVED = 0 };

static enum bc_status next_record(struct bc_branch *branch, struct bc_found *found)
{
    uint64_t below = found->record.below;
    uint64_t above = found->layer;
    uint64_t node = found->id;
    bc_found_release(found);
    if (!below)
        return BC_NO_DATA;
    if (below >= above)
        return BC_CORRUPT;
    struct bc_key key;
    bc_key_node(&key, below, BC_ROW_NODE, node);
    enum bc_status st =
        bc_store_get(branch->repo->store, NULL, BC_LAYERS, bc_key_slice(&key), &found->value);
    if (st)
        return st == BC_NOT_FOUND ? BC_CORRUPT : st;
    found->layer = below;
    return bc_node_decode(found->value.slice, &found->record);
}

/* The topmost row of the attribute, from a copy of the record's place; BC_NO_DATA. */
static enum bc_status find_row(struct bc_branch *branch, const struct bc_found *top,
                               struct bc_slice name, bool frozen_only, struct bc_value *value)
{
    struct bc_found at = {.id = top->id, .layer = top->layer, .record = top->record};
    enum bc_status st = BC_OK;
    while (!st) {
        bool skip = frozen_only && at.layer == branch->work;
        if (!skip && (at.record.flags & BC_NODE_XATTR)) {
            struct bc_key key;
            bc_key_xattr(&key, at.layer, at.id, name);
            st = bc_store_get(branch->repo->store, NULL, BC_LAYERS, bc_key_slice(&key), value);
            if (st != BC_NOT_FOUND)
                break;
        }
        st = next_record(branch, &at);
    }
    bc_found_release(&at);
    if (st)
        return st;
    if (value->slice.size && value->slice.data[0] == SET)
        return BC_OK;
    st = value->slice.size ? BC_NO_DATA : BC_CORRUPT;
    bc_value_release(value);
    return st;
}

enum bc_status bc_xattr_find(struct bc_branch *branch, const struct bc_found *found,
                             struct bc_slice name, struct bc_buffer *to)
{
    struct bc_value value = {0};
    enum bc_status st = find_row(branch, found, name, false, &value);
    if (!st)
        st = bc_buffer_append(to, value.slice.data + 1, value.slice.size - 1);
    bc_value_release(&value);
    return st;
}

enum bc_status bc_xattr_get(struct bc_branch *branch, uint64_t node, struct bc_slice name,
                            struct bc_buffer *to)
{
    struct bc_found found;
    if (!name.size || name.size > BC_NAME_MAX)
        return BC_NO_DATA;
    pthread_rwlock_rdlock(&branch->lock);
    enum bc_status st = bc_node_find(branch, node, &found);
    if (!st) {
        st = bc_xattr_find(branch, &found, name, to);
        bc_found_release(&found);
    }
    pthread_rwlock_unlock(&branch->lock);
    return st;
}

static enum bc_status row_put(struct bc_update *update, struct bc_found *found,
                              struct bc_slice name, uint8_t state, struct bc_slice value)
{
    struct bc_key key;
    struct bc_buffer row = {0};
    bc_key_xattr(&key, update->branch->work, found->id, name);
    bc_node_own(update, found);
    found->record.flags |= BC_NODE_XATTR;
    found->record.ctime_ns = update->now_ns;
    enum bc_status st = bc_encode_u8(&row, state);
    if (!st)
        st = bc_buffer_append(&row, value.data, value.size);
    if (!st)
        st = bc_batch_put(&update->batch, BC_LAYERS, bc_key_slice(&key), bc_buffer_slice(&row));
    bc_buffer_release(&row);
    return st ? st : bc_node_put(update, found);
}

static enum bc_status put_removed(struct bc_update *update, struct bc_found *found,
                                  struct bc_slice name)
{
    struct bc_value old = {0};
    struct bc_key key;
    enum bc_status st = find_row(update->branch, found, name, false, &old);
    bc_value_release(&old);
    if (st)
        return st;
    st = find_row(update->branch, found, name, true, &old);
    bc_value_release(&old);
    if (!st)
        return row_put(update, found, name, REMOVED, bc_slice("", 0));
    if (st != BC_NO_DATA)
        return st;
    bc_key_xattr(&key, update->branch->work, found->id, name);
    found->record.ctime_ns = update->now_ns;
    st = bc_batch_delete(&update->batch, BC_LAYERS, bc_key_slice(&key));
    return st ? st : bc_node_put(update, found);
}

enum bc_status bc_xattr_put(struct bc_update *update, struct bc_found *found, struct bc_slice name,
                            const struct bc_slice *value)
{
    return value ? row_put(update, found, name, SET, *value) : put_removed(update, found, name);
}

/* What a triple file shows depends on its prefixes: with others it is of another version. */
static enum bc_status renew(struct bc_update *update, struct bc_found *found, struct bc_slice name,
                            const struct bc_slice *value)
{
    struct bc_buffer old = {0};
    if (found->record.form != BC_TEXT || !bc_prefixes_is_attribute(name))
        return BC_OK;
    enum bc_status st = bc_xattr_find(update->branch, found, name, &old);
    bool had = !st;
    bool same = had == !!value && (!had || bc_slice_equal(bc_buffer_slice(&old), *value));
    bc_buffer_release(&old);
    if (st && st != BC_NO_DATA)
        return st;
    return same ? BC_OK : bc_repo_next_id(update->branch->repo, &found->record.version);
}

static enum bc_status set_locked(struct bc_update *update, uint64_t node, struct bc_slice name,
                                 struct bc_slice value, bool create, bool replace)
{
    struct bc_found found;
    struct bc_value old = {0};
    enum bc_status st = bc_node_find(update->branch, node, &found);
    if (st)
        return st;
    if (create || replace) {
        st = find_row(update->branch, &found, name, false, &old);
        bc_value_release(&old);
        if (!st && create)
            st = BC_EXISTS;
        else if (st == BC_NO_DATA && !replace)
            st = BC_OK;
    }
    if (!st)
        st = renew(update, &found, name, &value);
    if (!st)
        st = bc_xattr_put(update, &found, name, &value);
    bc_found_release(&found);
    return st;
}

static enum bc_status finish(struct bc_update *update, enum bc_status st, uint64_t node)
{
    struct bc_branch *branch = update->branch;
    if (st) {
        bc_update_abort(update);
        return st;
    }
    st = bc_update_commit(update, false);
    if (!st)
        bc_event_node(branch, BC_EVENT_ATTRIBUTE, node);
    return st;
}

enum bc_status bc_xattr_set(struct bc_branch *branch, uint64_t node, struct bc_slice name,
                            struct bc_slice value, bool create, bool replace)
{
    struct bc_update update;
    if (!name.size)
        return BC_INVALID;
    if (name.size > BC_NAME_MAX)
        return BC_NAME_TOO_LONG;
    if (value.size > BC_XATTR_MAX)
        return BC_TOO_LARGE;
    if (bc_prefixes_is_attribute(name) && !bc_prefixes_valid(value))
        return BC_INVALID;
    enum bc_status st = bc_update_begin(branch, &update);
    if (st)
        return st;
    st = set_locked(&update, node, name, value, create, replace);
    return finish(&update, st, node);
}

static enum bc_status remove_locked(struct bc_update *update, uint64_t node, struct bc_slice name)
{
    struct bc_found found;
    enum bc_status st = bc_node_find(update->branch, node, &found);
    if (st)
        return st;
    st = renew(update, &found, name, NULL);
    if (!st)
        st = bc_xattr_put(update, &found, name, NULL);
    bc_found_release(&found);
    return st;
}

enum bc_status bc_xattr_remove(struct bc_branch *branch, uint64_t node, struct bc_slice name)
{
    struct bc_update update;
    if (!name.size || name.size > BC_NAME_MAX)
        return BC_NO_DATA;
    enum bc_status st = bc_update_begin(branch, &update);
    if (st)
        return st;
    st = remove_locked(&update, node, name);
    return finish(&update, st, node);
}

/* Whether one of the NUL-ended names of a list is this one. */
static bool listed(const struct bc_buffer *names, struct bc_slice name)
{
    for (size_t at = 0; at < names->size;) {
        size_t size = strlen(names->data + at);
        if (bc_slice_equal(bc_slice(names->data + at, size), name))
            return true;
        at += size + 1;
    }
    return false;
}

static enum bc_status add_name(struct bc_buffer *names, struct bc_slice name)
{
    enum bc_status st = bc_buffer_append(names, name.data, name.size);
    return st ? st : bc_buffer_append(names, "", 1);
}

/* One layer's rows; names that are settled (set or removed) further up are left alone. */
static enum bc_status list_layer(struct bc_branch *branch, const struct bc_found *at,
                                 struct bc_buffer *settled, struct bc_buffer *names)
{
    enum { NAME_AT = 17 };
    struct bc_key lower;
    bc_key_node(&lower, at->layer, BC_ROW_XATTR, at->id);
    struct bc_key upper = lower;
    bc_key_behind(&upper);
    struct bc_cursor *cursor = NULL;
    enum bc_status st = bc_store_cursor(branch->repo->store, NULL, BC_LAYERS, bc_key_slice(&lower),
                                        bc_key_slice(&upper), false, &cursor);
    if (st)
        return st;
    for (cursor->ops->first(cursor); !st && cursor->valid; cursor->ops->next(cursor)) {
        struct bc_slice name = bc_slice(cursor->key.data + NAME_AT, cursor->key.size - NAME_AT);
        if (listed(settled, name))
            continue;
        st = add_name(settled, name);
        if (!st && cursor->value.size && cursor->value.data[0] == SET)
            st = add_name(names, name);
    }
    if (!st)
        st = cursor->status;
    bc_cursor_free(cursor);
    return st;
}

enum bc_status bc_xattr_list(struct bc_branch *branch, uint64_t node, struct bc_buffer *names)
{
    struct bc_found at;
    struct bc_buffer settled = {0};
    pthread_rwlock_rdlock(&branch->lock);
    enum bc_status st = bc_node_find(branch, node, &at);
    while (!st) {
        if (at.record.flags & BC_NODE_XATTR)
            st = list_layer(branch, &at, &settled, names);
        if (!st)
            st = next_record(branch, &at);
    }
    bc_found_release(&at);
    pthread_rwlock_unlock(&branch->lock);
    bc_buffer_release(&settled);
    return st == BC_NO_DATA ? BC_OK : st;
}
