#include "branchcore/merge_base.h"

#include "branchcore/commit_graph.h"
#include "branchcore/history.h"
#include "branchcore/model.h"

struct search {
    struct bc_repo *repo;
    uint64_t base;              /* a state */
    struct bc_id_counts merges; /* the state of a merge that lies on theirs -> that of ours */
};

/* Whether a state is in the history of a later one. */
static enum bc_status is_below(struct search *search, uint64_t later, uint64_t state, bool *is)
{
    enum bc_status st = BC_OK;
    while (!st && later > state)
        st = bc_layer_previous(search->repo, later, &later);
    *is = later == state;
    return st;
}

static enum bc_status parent_state(struct search *search, const struct bc_commit_links *commit,
                                   unsigned which, uint64_t *state)
{
    struct bc_commit_links parent;
    enum bc_status st = bc_commit_links_get(search->repo, &commit->parents[which], &parent);
    return st ? st : bc_layer_state(search->repo, parent.layer, state);
}

/* Notes a merge that lies on what was merged, unless it is no more than that. */
static enum bc_status note_merge(void *context, const struct bc_commit_links *commit)
{
    struct search *search = context;
    uint64_t state;
    uint64_t ours;
    uint64_t theirs;
    uint64_t below = 0;
    bool forward = false;
    if (commit->parent_count < 2)
        return BC_OK;
    enum bc_status st = bc_layer_state(search->repo, commit->layer, &state);
    if (!st && state)
        st = bc_layer_previous(search->repo, state, &below);
    if (!st)
        st = parent_state(search, commit, 0, &ours);
    if (!st)
        st = parent_state(search, commit, 1, &theirs);
    if (st || !state || state <= ours || below != theirs || below == ours)
        return st;
    st = is_below(search, theirs, ours, &forward);
    if (st || forward || bc_counts_find(&search->merges, state))
        return st;
    st = bc_counts_add(&search->merges, state);
    if (!st)
        bc_counts_find(&search->merges, state)->count = ours;
    return st;
}

static enum bc_status previous(struct search *search, uint64_t *state)
{
    const struct bc_id_count *merge = bc_counts_find(&search->merges, *state);
    if (!merge)
        return bc_layer_previous(search->repo, *state, state);
    *state = merge->count;
    return BC_OK;
}

/* Where both histories meet, if that is later than the base and has it in its own; else 0. */
static enum bc_status later_base(struct search *search, uint64_t ours, uint64_t theirs,
                                 uint64_t *later)
{
    enum bc_status st = BC_OK;
    *later = 0;
    while (!st && ours != theirs && (ours > search->base || theirs > search->base))
        st = previous(search, ours > theirs ? &ours : &theirs);
    uint64_t at = ours;
    if (st || ours != theirs)
        return st;
    while (!st && at > search->base)
        st = previous(search, &at);
    *later = at == search->base ? ours : 0;
    return st;
}

static enum bc_status search_layers(struct search *search, const struct bc_merge_from *ours,
                                    const struct bc_merge_from *theirs, uint64_t generation,
                                    uint64_t *later)
{
    struct bc_commit_id heads[2];
    size_t count = 0;
    uint64_t a;
    uint64_t b;
    if (ours->has_commit)
        heads[count++] = ours->commit;
    if (theirs->has_commit)
        heads[count++] = theirs->commit;
    enum bc_status st =
        bc_history_above(search->repo, heads, count, generation, note_merge, search);
    if (!st)
        st = bc_layer_state(search->repo, ours->layer, &a);
    if (!st)
        st = bc_layer_state(search->repo, theirs->layer, &b);
    return st ? st : later_base(search, a, b, later);
}

enum bc_status bc_merge_base(struct bc_repo *repo, const struct bc_merge_from *ours,
                             const struct bc_merge_from *theirs, bool *has_base,
                             struct bc_commit_id *base, uint64_t *layer)
{
    struct search search = {.repo = repo};
    struct bc_commit commit = {0};
    uint64_t later = 0;
    enum bc_status st = BC_NO_DATA;
    *layer = 0;
    if (ours->has_commit && theirs->has_commit)
        st = bc_history_merge_base(repo, &ours->commit, &theirs->commit, base);
    *has_base = !st;
    if (!st)
        st = bc_commit_get(repo, base, &commit);
    if (!st)
        st = bc_layer_state(repo, commit.layer, &search.base);
    if (!st || st == BC_NO_DATA)
        st = search_layers(&search, ours, theirs, commit.generation, &later);
    if (!st)
        *layer = later ? later : commit.layer;
    bc_commit_release(&commit);
    bc_free(search.merges.slots);
    return st == BC_NOT_FOUND ? BC_CORRUPT : st;
}
