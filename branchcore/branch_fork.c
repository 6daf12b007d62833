/* Forks: freeze the source's working set, write a few records. Nothing here grows with the branch.
 */
#include "branchcore/branch_record.h"
#include "branchcore/freeze.h"
#include "branchcore/model.h"
#include "branchcore/reflog.h"

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
    made->has_head = source->has_head;
    made->head = source->head;
    *fork = made;
    return BC_OK;
}

/* Both locks are held. */
static enum bc_status fork_locked(struct bc_branch *source, struct bc_slice name,
                                  const struct bc_owner *owner, struct bc_branch **fork)
{
    struct bc_repo *repo = source->repo;
    struct bc_branch *made = NULL;
    struct bc_freeze freeze = {0};
    struct bc_update update = {0};
    enum bc_status st = make_fork(source, name, &made);
    if (!st)
        st = bc_freeze_plan(source, made->created_ns, &update.batch, &freeze);
    if (!st) {
        struct bc_layer *top = freeze.layer ? freeze.layer : source->top;
        made->top = bc_layer_retain(repo, top);
        made->base = source->has_head ? source->base : top ? top->id : 0;
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
        bc_freeze_cancel(source, &freeze);
        if (made)
            bc_branch_dispose(made);
        return st;
    }
    bc_freeze_apply(source, &freeze);
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
