#include "branchcore/branch_past.h"

enum bc_status bc_branch_past(struct bc_repo *repo, uint64_t layer, struct bc_branch **past)
{
    /* Nothing in the store has its id, so that it can be made where nothing can be written. */
    static const uint64_t not_stored = UINT64_C(1) << 63;
    uint64_t id = not_stored | atomic_fetch_add(&repo->pasts, 1);
    struct bc_branch *made = bc_branch_alloc(repo, id);
    if (!made)
        return BC_NO_MEMORY;
    enum bc_status st = BC_OK;
    if (layer)
        st = bc_layer_get(repo, layer, &made->top);
    if (st) {
        bc_branch_dispose(made);
        return st;
    }
    pthread_mutex_lock(&repo->branches_lock);
    bc_branch_link(made);
    pthread_mutex_unlock(&repo->branches_lock);
    *past = made;
    return BC_OK;
}
