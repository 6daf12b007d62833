#include "branchcore/freeze.h"

#include "branchcore/layer_record.h"
#include "branchcore/maintain.h"
#include "branchcore/state.h"

static enum bc_status put_records(struct bc_branch *branch, const struct bc_freeze *freeze,
                                  struct bc_batch *batch)
{
    enum bc_status st = bc_layer_record_put(batch, branch->work, branch->top ? branch->top->id : 0);
    if (st || branch->scratch)
        return st;
    struct bc_branch_record record = bc_branch_record_of(branch);
    record.top = branch->work;
    record.work = freeze->work;
    record.changed_ns = freeze->now_ns;
    return bc_branch_record_put(batch, branch->id, &record);
}

enum bc_status bc_freeze_plan(struct bc_branch *branch, int64_t now_ns, struct bc_batch *batch,
                              struct bc_freeze *freeze)
{
    *freeze = (struct bc_freeze){.work = branch->work, .now_ns = now_ns};
    if (!branch->work_used)
        return BC_OK;
    enum bc_status st = bc_repo_next_id(branch->repo, &freeze->work);
    if (!st)
        st = put_records(branch, freeze, batch);
    if (!st && branch->scratch)
        st = bc_pin(branch->repo, freeze->work);
    if (st)
        return st;
    freeze->layer = bc_layer_add(branch->repo, branch->work, branch->top);
    if (freeze->layer)
        return BC_OK;
    if (branch->scratch)
        bc_unpin(branch->repo, freeze->work);
    return BC_NO_MEMORY;
}

void bc_freeze_apply(struct bc_branch *branch, const struct bc_freeze *freeze)
{
    if (!freeze->layer)
        return;
    uint64_t frozen = branch->work;
    bc_layer_release(branch->repo, branch->top);
    branch->top = freeze->layer;
    branch->work = freeze->work;
    branch->work_used = false;
    branch->changed_ns = freeze->now_ns;
    bc_maintain_note(branch);
    /* From now on it is kept as a layer in memory, and then as what other layers stand on. */
    if (branch->scratch)
        bc_unpin(branch->repo, frozen);
}

void bc_freeze_cancel(struct bc_branch *branch, const struct bc_freeze *freeze)
{
    if (!freeze->layer)
        return;
    bc_layer_release(branch->repo, freeze->layer);
    if (branch->scratch)
        bc_unpin(branch->repo, freeze->work);
}

static enum bc_status freeze_locked(struct bc_branch *branch)
{
    struct bc_batch batch = {0};
    struct bc_freeze freeze;
    enum bc_status st = bc_freeze_plan(branch, bc_now_ns(), &batch, &freeze);
    if (!st && freeze.layer) {
        st = bc_store_apply(branch->repo->store, &batch, false);
        if (st)
            bc_freeze_cancel(branch, &freeze);
        else
            bc_freeze_apply(branch, &freeze);
    }
    bc_batch_release(&batch);
    return st;
}

enum bc_status bc_branch_freeze_head(struct bc_branch *branch, struct bc_frozen *frozen)
{
    *frozen = (struct bc_frozen){0};
    enum bc_status st = bc_branch_lock(branch);
    /* A past has nothing to freeze. */
    if (st == BC_READ_ONLY) {
        pthread_rwlock_rdlock(&branch->lock);
        st = BC_OK;
    }
    if (st)
        return st;
    if (branch->work)
        st = freeze_locked(branch);
    if (!st)
        *frozen = (struct bc_frozen){
            .top = bc_layer_retain(branch->repo, branch->top),
            .has_head = branch->has_head,
            .head = branch->head,
            .base = branch->base,
        };
    pthread_rwlock_unlock(&branch->lock);
    return st;
}

enum bc_status bc_branch_freeze(struct bc_branch *branch, struct bc_layer **top)
{
    struct bc_frozen frozen;
    enum bc_status st = bc_branch_freeze_head(branch, &frozen);
    if (!st)
        *top = frozen.top;
    return st;
}

enum bc_status bc_branch_snapshot(struct bc_branch *branch, struct bc_branch **past)
{
    struct bc_frozen frozen;
    char name[BC_BRANCH_NAME_MAX + 1];
    enum bc_status st = bc_branch_freeze_head(branch, &frozen);
    if (st)
        return st;
    bc_branch_name(branch, name);
    st = bc_branch_past(branch->repo, frozen.top ? frozen.top->id : 0, past);
    bc_layer_release(branch->repo, frozen.top);
    if (st)
        return st;
    /* Nobody else knows it yet. */
    (*past)->has_head = frozen.has_head;
    (*past)->head = frozen.head;
    (*past)->base = frozen.base;
    memcpy((*past)->name, name, sizeof name);
    return BC_OK;
}

uint64_t bc_branch_layer(struct bc_branch *branch)
{
    pthread_rwlock_rdlock(&branch->lock);
    uint64_t layer = branch->top ? branch->top->id : 0;
    pthread_rwlock_unlock(&branch->lock);
    return layer;
}
