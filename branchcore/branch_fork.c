/* Forks: freeze the source's working set, write a few records. Nothing here grows with the branch.
 */
#include "branchcore/branch_record.h"
#include "branchcore/layer_record.h"
#include "branchcore/model.h"
#include "branchcore/reflog.h"

#include <stdio.h>

/* The source's working set becomes a layer of its stack (branch->lock is held for writing). The
 * batch gets the records; *frozen is the layer to be taken over by apply_freeze, NULL if there was
 * nothing to freeze. */
static enum bc_status plan_freeze(struct bc_branch *source, int64_t now_ns, struct bc_batch *batch,
                                  struct bc_layer **frozen, uint64_t *work)
{
    *frozen = NULL;
    *work = source->work;
    if (!source->work_used)
        return BC_OK;
    enum bc_status st = bc_repo_next_id(source->repo, work);
    if (!st)
        st = bc_layer_record_put(batch, source->work, source->top ? source->top->id : 0);
    if (st)
        return st;
    struct bc_branch_record record = bc_branch_record_of(source);
    record.top = source->work;
    record.work = *work;
    record.changed_ns = now_ns;
    st = bc_branch_record_put(batch, source->id, &record);
    if (st)
        return st;
    *frozen = bc_layer_add(source->repo, source->work, source->top);
    return *frozen ? BC_OK : BC_NO_MEMORY;
}

static void apply_freeze(struct bc_branch *source, int64_t now_ns, struct bc_layer *frozen,
                         uint64_t work)
{
    if (!frozen)
        return;
    bc_layer_release(source->repo, source->top);
    source->top = frozen;
    source->work = work;
    source->work_used = false;
    source->changed_ns = now_ns;
}

/* The fork's root folder belongs to whoever made it. source is frozen already, fork shares its
 * stack. */
static enum bc_status own_root(struct bc_branch *fork, const struct bc_owner *owner,
                               struct bc_update *update)
{
    struct bc_found root;
    enum bc_status st = bc_node_find(fork, BC_ROOT_NODE, &root);
    if (st)
        return st;
    if (root.record.uid != owner->uid || root.record.gid != owner->gid) {
        root.record.uid = owner->uid;
        root.record.gid = owner->gid;
        root.record.ctime_ns = bc_now_ns();
        st = bc_node_put(update, &root);
        fork->work_used = true;
    }
    bc_found_release(&root);
    return st;
}

static enum bc_status make_fork(struct bc_branch *source, struct bc_slice name,
                                struct bc_branch **fork)
{
    uint64_t id;
    uint64_t work;
    enum bc_status st = bc_repo_next_id(source->repo, &id);
    if (!st)
        st = bc_repo_next_id(source->repo, &work);
    if (st)
        return st;
    struct bc_branch *made = bc_branch_alloc(source->repo, id);
    if (!made)
        return BC_NO_MEMORY;
    made->work = work;
    made->created_ns = made->changed_ns = bc_now_ns();
    memcpy(made->name, name.data, name.size);
    memcpy(made->forked_from, source->name, sizeof made->forked_from);
    *fork = made;
    return BC_OK;
}

/* Both locks are held. */
static enum bc_status fork_locked(struct bc_branch *source, struct bc_slice name,
                                  const struct bc_owner *owner, struct bc_branch **fork)
{
    struct bc_repo *repo = source->repo;
    struct bc_branch *made = NULL;
    struct bc_layer *frozen = NULL;
    uint64_t work = 0;
    struct bc_update update = {0};
    enum bc_status st = make_fork(source, name, &made);
    if (!st)
        st = plan_freeze(source, made->created_ns, &update.batch, &frozen, &work);
    if (!st) {
        struct bc_layer *top = frozen ? frozen : source->top;
        made->top = bc_layer_retain(repo, top);
        made->base = top ? top->id : 0;
        update.branch = made;
        st = own_root(made, owner, &update);
    }
    if (!st) {
        struct bc_branch_record record = bc_branch_record_of(made);
        st = bc_branch_record_put(&update.batch, made->id, &record);
    }
    if (!st)
        st = bc_branch_name_put(&update.batch, name, made->id);
    if (!st)
        st = bc_reflog_put(repo, &update.batch, BC_REFLOG_CREATE, name,
                           bc_slice(made->forked_from, strlen(made->forked_from)), made->id,
                           bc_slice("", 0));
    if (!st)
        st = bc_store_apply(repo->store, &update.batch, false);
    bc_batch_release(&update.batch);
    if (st) {
        bc_layer_release(repo, frozen);
        if (made)
            bc_branch_dispose(made);
        return st;
    }
    apply_freeze(source, made->created_ns, frozen, work);
    *fork = made;
    return BC_OK;
}

enum bc_status bc_branch_fork(struct bc_branch *source, struct bc_slice name,
                              const struct bc_owner *owner, struct bc_branch **branch,
                              struct bc_error *err)
{
    struct bc_repo *repo = source->repo;
    struct bc_branch *made = NULL;
    uint64_t taken;
    enum bc_status st = bc_branch_name_check(name, err);
    if (st)
        return st;
    pthread_mutex_lock(&repo->branches_lock);
    st = bc_branch_id_of(repo, name, &taken);
    if (!st)
        st = bc_fail(err, BC_EXISTS, "there is already a branch '%.*s'", (int)name.size, name.data);
    else if (st == BC_NOT_FOUND)
        st = BC_OK;
    if (!st) {
        pthread_rwlock_wrlock(&source->lock);
        st = source->gone ? BC_STALE : fork_locked(source, name, owner, &made);
        pthread_rwlock_unlock(&source->lock);
    }
    if (!st) {
        bc_branch_link(made);
        if (branch)
            *branch = made;
        else
            bc_branch_release_locked(made);
    }
    pthread_mutex_unlock(&repo->branches_lock);
    return st;
}
