/* Nodes without a name that were open when the process died. */
#include "branchcore/model.h"

struct orphans {
    struct bc_buffer keys; /* bytes each */
};

/* A branch whose working set is `work`, if there is one. */
struct owner {
    uint64_t work;
    char name[BC_BRANCH_NAME_MAX + 1];
};

static enum bc_status look_for_owner(void *context, const struct bc_branch_info *info)
{
    struct owner *owner = context;
    if (info->work == owner->work)
        memcpy(owner->name, info->name, strlen(info->name) + 1);
    return BC_OK;
}

/* The node's rows go, if its working set is still one; a frozen layer keeps it unseen. */
static enum bc_status remove_orphan(struct bc_repo *repo, struct bc_slice key)
{
    struct owner owner = {.work = bc_get_u64(key.data + 1)};
    struct bc_branch *branch = NULL;
    struct bc_update update;
    struct bc_found found;
    struct bc_batch batch = {0};
    enum bc_status st = bc_branch_each(repo, look_for_owner, &owner);
    if (!st && owner.name[0])
        st = bc_branch_open(repo, bc_slice(owner.name, strlen(owner.name)), &branch);
    if (!st && branch) {
        st = bc_update_begin(branch, &update);
        if (!st) {
            st = bc_node_find(branch, bc_get_u64(key.data + 9), &found);
            if (!st && !found.record.parent)
                st = bc_node_delete(&update, &found);
            if (!st)
                st = bc_update_commit(&update, false);
            else
                bc_update_abort(&update);
            bc_found_release(&found);
        }
    }
    bc_branch_release(branch);
    if (st && st != BC_STALE)
        return st;
    st = bc_batch_delete(&batch, BC_REFS, key);
    if (!st)
        st = bc_store_apply(repo->store, &batch, false);
    bc_batch_release(&batch);
    return st;
}

enum bc_status bc_orphans_remove(struct bc_repo *repo)
{
    struct orphans orphans = {0};
    struct bc_cursor *cursor = NULL;
    enum bc_status st = bc_store_cursor(repo->store, NULL, BC_REFS, bc_slice("o", 1),
                                        bc_slice("p", 1), false, &cursor);
    if (st)
        return st;
    for (cursor->ops->first(cursor); !st && cursor->valid; cursor->ops->next(cursor))
        st = cursor->key.size == 17 ? bc_encode_bytes(&orphans.keys, cursor->key) : BC_CORRUPT;
    if (!st)
        st = cursor->status;
    bc_cursor_free(cursor);
    struct bc_reader from = bc_reader(bc_buffer_slice(&orphans.keys));
    while (!st && from.at < from.end) {
        st = remove_orphan(repo, bc_decode_bytes(&from));
        /* The check tells of the damage; the rest of the store can be used, or only read. */
        if (st == BC_CORRUPT || st == BC_READ_ONLY)
            st = BC_OK;
    }
    bc_buffer_release(&orphans.keys);
    return st;
}
