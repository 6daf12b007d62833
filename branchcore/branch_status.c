/* What differs between a branch and the layer that it is compared with. */
#include "branchcore/branch_past.h"
#include "branchcore/tree_diff.h"

struct telling {
    struct bc_branch *past;
    struct bc_branch *now;
    enum bc_status (*sink)(void *context, const struct bc_difference *difference);
    void *context;
};

static enum bc_status tell(void *context, const struct bc_tree_difference *found)
{
    struct telling *to = context;
    struct bc_difference difference = {
        .kind = found->kind, .path = found->path, .old_path = found->old_path};
    if (found->aspects == BC_ASPECT_PLACE)
        return BC_OK;
    enum bc_status st = bc_tree_difference_triples(to->past, to->now, found, &difference.added,
                                                   &difference.removed);
    /* It went since it was compared, so the branch is changing: what counts was before. */
    if (st == BC_STALE) {
        difference.added = found->new_attr.triples;
        difference.removed = found->old_attr.triples;
        st = BC_OK;
    }
    return st ? st : to->sink(to->context, &difference);
}

enum bc_status bc_branch_status(struct bc_branch *branch,
                                enum bc_status (*sink)(void *context,
                                                       const struct bc_difference *difference),
                                void *context)
{
    struct telling to = {.now = branch, .sink = sink, .context = context};
    pthread_rwlock_rdlock(&branch->lock);
    enum bc_status st = branch->gone ? BC_STALE : BC_OK;
    uint64_t base = branch->base;
    pthread_rwlock_unlock(&branch->lock);
    if (!st)
        st = bc_branch_past(branch->repo, base, &to.past);
    if (!st)
        st = bc_tree_diff(to.past, branch, tell, &to);
    bc_branch_release(to.past);
    return st;
}
