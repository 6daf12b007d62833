#include "branchcore/branch_past.h"

enum bc_status bc_branch_past(struct bc_repo *repo, uint64_t layer, struct bc_branch **past)
{
    uint64_t id;
    enum bc_status st = bc_repo_next_id(repo, &id);
    if (st)
        return st;
    struct bc_branch *made = bc_branch_alloc(repo, id);
    if (!made)
        return BC_NO_MEMORY;
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
