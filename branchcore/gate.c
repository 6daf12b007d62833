/* The gate of a branch: one thread keeps the others from changing it for a while. */
#include "branchcore/state.h"

#include <assert.h>

void bc_branch_gate_close(struct bc_branch *branch)
{
    pthread_mutex_lock(&branch->gate);
    /* Whoever changes the branch looks at gate_closed under its lock: from here on nobody does. */
    pthread_rwlock_wrlock(&branch->lock);
    branch->gate_closed = true;
    branch->gate_owner = pthread_self();
    pthread_rwlock_unlock(&branch->lock);
}

void bc_branch_gate_open(struct bc_branch *branch)
{
    pthread_rwlock_wrlock(&branch->lock);
    assert(branch->gate_closed && pthread_equal(branch->gate_owner, pthread_self()));
    branch->gate_closed = false;
    pthread_rwlock_unlock(&branch->lock);
    struct bc_branch *before = branch->moved_before;
    struct bc_branch *after = branch->moved_after;
    branch->moved_before = branch->moved_after = NULL;
    pthread_mutex_unlock(&branch->gate);
    if (before)
        bc_state_events(branch, before, after);
    bc_branch_release(before);
    bc_branch_release(after);
}

enum bc_status bc_branch_lock(struct bc_branch *branch)
{
    pthread_rwlock_wrlock(&branch->lock);
    while (branch->gate_closed && !pthread_equal(branch->gate_owner, pthread_self())) {
        pthread_rwlock_unlock(&branch->lock);
        pthread_mutex_lock(&branch->gate);
        pthread_mutex_unlock(&branch->gate);
        pthread_rwlock_wrlock(&branch->lock);
    }
    if (!branch->gone && branch->work)
        return BC_OK;
    enum bc_status st = branch->gone ? BC_STALE : BC_READ_ONLY;
    pthread_rwlock_unlock(&branch->lock);
    return st;
}
