/* Tags: names for commits. */
#include "branchcore/commit_record.h"
#include "branchcore/model.h"
#include "branchcore/ref.h"

enum { TAG_KEY_MAX = 1 + BC_BRANCH_NAME_MAX };

/* *key is a slice of bytes. False: no tag has such a name. */
static bool tag_key(struct bc_slice name, char bytes[TAG_KEY_MAX], struct bc_slice *key)
{
    if (!name.size || name.size > BC_BRANCH_NAME_MAX)
        return false;
    bytes[0] = 't';
    memcpy(bytes + 1, name.data, name.size);
    *key = bc_slice(bytes, name.size + 1);
    return true;
}

static enum bc_status check_name(struct bc_slice name, struct bc_error *err)
{
    if (bc_slice_equal(name, bc_slice("head", 4)))
        return bc_fail(err, BC_INVALID,
                       "'head' is always the last commit of a branch: choose another name");
    return bc_ref_name_check(name, "tag", err);
}

static enum bc_status commit_is_there(struct bc_repo *repo, const struct bc_commit_id *id,
                                      struct bc_error *err)
{
    char hex[BC_COMMIT_HEX + 1];
    uint64_t layer;
    enum bc_status st = bc_commit_layer(repo, NULL, id, &layer);
    if (st != BC_NOT_FOUND)
        return st;
    bc_commit_id_format(id, hex);
    return bc_fail(err, st, "there is no commit %s", hex);
}

enum bc_status bc_tag_set(struct bc_repo *repo, struct bc_slice name, const struct bc_commit_id *id,
                          struct bc_error *err)
{
    char bytes[TAG_KEY_MAX];
    struct bc_slice key;
    struct bc_batch batch = {0};
    enum bc_status st = check_name(name, err);
    if (st)
        return st;
    /* The collector takes no commit away while it is held. */
    pthread_mutex_lock(&repo->branches_lock);
    st = commit_is_there(repo, id, err);
    if (!st && tag_key(name, bytes, &key))
        st = bc_batch_put(&batch, BC_REFS, key, bc_slice(id->bytes, BC_COMMIT_ID_BYTES));
    if (!st)
        st = bc_store_apply(repo->store, &batch, false);
    pthread_mutex_unlock(&repo->branches_lock);
    bc_batch_release(&batch);
    return st;
}

static enum bc_status decode(struct bc_slice value, struct bc_commit_id *id)
{
    if (value.size != BC_COMMIT_ID_BYTES)
        return BC_CORRUPT;
    memcpy(id->bytes, value.data, BC_COMMIT_ID_BYTES);
    return BC_OK;
}

enum bc_status bc_tag_get(struct bc_repo *repo, struct bc_slice name, struct bc_commit_id *id)
{
    char bytes[TAG_KEY_MAX];
    struct bc_slice key;
    struct bc_value value = {0};
    if (!tag_key(name, bytes, &key))
        return BC_NOT_FOUND;
    enum bc_status st = bc_store_get(repo->store, NULL, BC_REFS, key, &value);
    if (!st)
        st = decode(value.slice, id);
    bc_value_release(&value);
    return st;
}

enum bc_status bc_tag_remove(struct bc_repo *repo, struct bc_slice name, struct bc_error *err)
{
    char bytes[TAG_KEY_MAX];
    struct bc_slice key;
    struct bc_commit_id id;
    struct bc_batch batch = {0};
    enum bc_status st = bc_tag_get(repo, name, &id);
    if (st == BC_NOT_FOUND)
        return bc_fail(err, st, "there is no tag '%.*s'", (int)name.size, name.data);
    if (!st && tag_key(name, bytes, &key))
        st = bc_batch_delete(&batch, BC_REFS, key);
    if (!st)
        st = bc_store_apply(repo->store, &batch, false);
    bc_batch_release(&batch);
    return st;
}

enum bc_status bc_tag_each(struct bc_repo *repo,
                           enum bc_status (*sink)(void *context, struct bc_slice name,
                                                  const struct bc_commit_id *id),
                           void *context)
{
    struct bc_cursor *cursor = NULL;
    enum bc_status st = bc_store_cursor(repo->store, NULL, BC_REFS, bc_slice("t", 1),
                                        bc_slice("u", 1), false, &cursor);
    if (st)
        return st;
    for (cursor->ops->first(cursor); !st && cursor->valid; cursor->ops->next(cursor)) {
        struct bc_commit_id id;
        st = decode(cursor->value, &id);
        if (!st)
            st = sink(context, bc_slice(cursor->key.data + 1, cursor->key.size - 1), &id);
    }
    if (!st)
        st = cursor->status;
    bc_cursor_free(cursor);
    return st;
}
