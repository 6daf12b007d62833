/* Branches that nobody sees: scratches, and hidden branches, which are scratches with a record. */
#include "branchcore/scratch.h"

#include "branchcore/state.h"

enum bc_status bc_scratch_new(struct bc_repo *repo, uint64_t layer, struct bc_branch **scratch)
{
    uint64_t work;
    struct bc_branch *made = NULL;
    enum bc_status st = bc_branch_past(repo, layer, &made);
    if (st)
        return st;
    st = bc_repo_next_id(repo, &work);
    if (!st)
        st = bc_pin(repo, work);
    if (st) {
        bc_branch_release(made);
        return st;
    }
    made->scratch = true;
    made->work = work;
    made->base = layer;
    made->created_ns = made->changed_ns = bc_now_ns();
    *scratch = made;
    return BC_OK;
}

static enum bc_status forget_run(uint64_t layer, const char *node, uint64_t run,
                                 struct bc_batch *batch, struct bc_buffer *runs)
{
    char key[25] = "u";
    if (!run)
        return BC_OK;
    bc_put_u64(key + 1, run);
    bc_put_u64(key + 9, layer);
    memcpy(key + 17, node, 8);
    enum bc_status st = bc_batch_delete(batch, BC_REFS, bc_slice(key, sizeof key));
    return st ? st : bc_encode_u64(runs, run);
}

/* Takes back what a node's record refers to; a run may be in it twice. */
static enum bc_status forget_runs(uint64_t layer, const struct bc_cursor *cursor,
                                  struct bc_batch *batch, struct bc_buffer *runs)
{
    enum { KIND_AT = 8, NODE_AT = 9 };
    struct bc_node record;
    const char *key = cursor->key.data;
    if (cursor->key.size != NODE_AT + 8 || key[KIND_AT] != BC_ROW_NODE ||
        bc_node_decode(cursor->value, &record))
        return BC_OK;
    uint64_t run = record.flags & BC_NODE_BASE ? record.run : 0;
    enum bc_status st = forget_run(layer, key + NODE_AT, run, batch, runs);
    if (!st && record.delta != run)
        st = forget_run(layer, key + NODE_AT, record.delta, batch, runs);
    return st;
}

/* The rows "o" of nodes that were open without a name. */
static enum bc_status forget_orphans(struct bc_branch *scratch, struct bc_batch *batch)
{
    char lower[9] = "o";
    char upper[9] = "o";
    bc_put_u64(lower + 1, scratch->work);
    bc_put_u64(upper + 1, scratch->work + 1);
    struct bc_cursor *cursor = NULL;
    enum bc_status st = bc_store_cursor(scratch->repo->store, NULL, BC_REFS, bc_slice(lower, 9),
                                        bc_slice(upper, 9), false, &cursor);
    if (st)
        return st;
    for (cursor->ops->first(cursor); !st && cursor->valid; cursor->ops->next(cursor))
        st = bc_batch_delete(batch, BC_REFS, cursor->key);
    if (!st)
        st = cursor->status;
    bc_cursor_free(cursor);
    return st;
}

static enum bc_status forget_rows(struct bc_branch *scratch, struct bc_batch *batch,
                                  struct bc_buffer *runs)
{
    /* Range tombstones slow every later walk down: they are for many rows only. */
    enum { SINGLY = 256 };
    struct bc_key lower;
    bc_key_prefix(&lower, scratch->work, 0);
    struct bc_key upper = lower;
    bc_key_behind(&upper);
    struct bc_cursor *cursor = NULL;
    enum bc_status st = bc_store_cursor(scratch->repo->store, NULL, BC_LAYERS, bc_key_slice(&lower),
                                        bc_key_slice(&upper), true, &cursor);
    if (st)
        return st;
    size_t count = 0;
    for (cursor->ops->first(cursor); !st && cursor->valid; cursor->ops->next(cursor), count++) {
        st = forget_runs(scratch->work, cursor, batch, runs);
        if (!st && count < SINGLY)
            st = bc_batch_delete(batch, BC_LAYERS, cursor->key);
    }
    if (!st)
        st = cursor->status;
    if (!st && count > SINGLY)
        st = bc_batch_delete_range(batch, BC_LAYERS, bc_key_slice(&lower), bc_key_slice(&upper));
    bc_cursor_free(cursor);
    return st;
}

static enum bc_status drop_rows(struct bc_branch *scratch, struct bc_batch *batch,
                                struct bc_buffer *runs)
{
    enum bc_status st = forget_rows(scratch, batch, runs);
    if (!st)
        st = forget_orphans(scratch, batch);
    return st ? st : bc_store_apply(scratch->repo->store, batch, false);
}

void bc_scratch_drop(struct bc_branch *branch)
{
    bool removed = branch->gone && !branch->name[0];
    if (!branch->scratch && !removed)
        return;
    if (branch->work_used) {
        struct bc_batch batch = {0};
        struct bc_buffer runs = {0};
        enum bc_status st = drop_rows(branch, &batch, &runs);
        for (size_t at = 0; !st && at < runs.size; at += 8)
            bc_run_unreferenced(branch->repo, bc_get_u64(runs.data + at));
        bc_buffer_release(&runs);
        bc_batch_release(&batch);
    }
    if (branch->scratch)
        bc_unpin(branch->repo, branch->work);
}

enum bc_status bc_hidden_put(struct bc_branch *scratch, struct bc_batch *batch)
{
    pthread_rwlock_rdlock(&scratch->lock);
    struct bc_branch_record record = bc_branch_record_of(scratch);
    enum bc_status st = bc_branch_record_put(batch, scratch->id, &record);
    pthread_rwlock_unlock(&scratch->lock);
    return st;
}

void bc_hidden_kept(struct bc_branch *scratch)
{
    pthread_rwlock_wrlock(&scratch->lock);
    scratch->scratch = false;
    uint64_t work = scratch->work;
    pthread_rwlock_unlock(&scratch->lock);
    bc_unpin(scratch->repo, work);
}

enum bc_status bc_hidden_new(struct bc_repo *repo, uint64_t layer, struct bc_branch **hidden)
{
    struct bc_batch batch = {0};
    struct bc_branch *made = NULL;
    enum bc_status st = bc_scratch_new(repo, layer, &made);
    if (!st)
        st = bc_hidden_put(made, &batch);
    if (!st)
        st = bc_store_apply(repo->store, &batch, false);
    bc_batch_release(&batch);
    if (st) {
        bc_branch_release(made);
        return st;
    }
    bc_hidden_kept(made);
    *hidden = made;
    return BC_OK;
}

enum bc_status bc_hidden_open(struct bc_repo *repo, uint64_t id, struct bc_branch **hidden)
{
    pthread_mutex_lock(&repo->branches_lock);
    enum bc_status st = bc_branch_load_locked(repo, id, hidden);
    pthread_mutex_unlock(&repo->branches_lock);
    return st;
}

void bc_hidden_removed(struct bc_branch *hidden)
{
    pthread_rwlock_wrlock(&hidden->lock);
    hidden->gone = true;
    pthread_rwlock_unlock(&hidden->lock);
}

enum bc_status bc_hidden_remove(struct bc_branch *hidden, struct bc_batch *batch)
{
    char key[9] = "B";
    bc_put_u64(key + 1, hidden->id);
    struct bc_slice slice = bc_slice(key, sizeof key);
    if (batch)
        return bc_batch_delete(batch, BC_REFS, slice);
    struct bc_batch own = {0};
    enum bc_status st = bc_batch_delete(&own, BC_REFS, slice);
    if (!st)
        st = bc_store_apply(hidden->repo->store, &own, false);
    bc_batch_release(&own);
    if (!st)
        bc_hidden_removed(hidden);
    return st;
}
