#include "branchcore/changed_nodes.h"

struct collector {
    struct bc_repo *repo;
    struct bc_id_counts *nodes;
    struct bc_id_counts *xattrs; /* NULL: not wanted */
};

/* Every node with rows of one kind in a layer. */
static enum bc_status collect_rows(struct bc_repo *repo, uint64_t layer, char kind,
                                   struct bc_id_counts *nodes)
{
    enum { NODE_AT = 9 };
    struct bc_cursor *cursor = NULL;
    enum bc_status st = bc_layer_cursor(repo, layer, kind, true, &cursor);
    if (st)
        return st;
    uint64_t last = 0;
    for (cursor->ops->first(cursor); !st && cursor->valid; cursor->ops->next(cursor)) {
        uint64_t node = cursor->key.size < NODE_AT + 8 ? 0 : bc_get_u64(cursor->key.data + NODE_AT);
        if (!node)
            st = BC_CORRUPT;
        else if (node != last)
            st = bc_counts_add(nodes, node);
        last = node;
    }
    if (!st)
        st = cursor->status;
    bc_cursor_free(cursor);
    return st;
}

static enum bc_status collect_layer(struct collector *to, uint64_t layer)
{
    enum bc_status st = collect_rows(to->repo, layer, BC_ROW_NODE, to->nodes);
    if (!st && to->xattrs)
        st = collect_rows(to->repo, layer, BC_ROW_XATTR, to->xattrs);
    return st;
}

/* The branch's working set, and what lies below it at that moment. *top keeps that from being
 * collected; NULL: nothing. */
static enum bc_status collect_work(struct collector *to, struct bc_branch *branch,
                                   struct bc_layer **top)
{
    pthread_rwlock_rdlock(&branch->lock);
    enum bc_status st = branch->gone ? BC_STALE : BC_OK;
    if (!st && branch->work_used)
        st = collect_layer(to, branch->work);
    if (!st)
        *top = bc_layer_retain(branch->repo, branch->top);
    pthread_rwlock_unlock(&branch->lock);
    return st;
}

static enum bc_status state_of(struct bc_repo *repo, const struct bc_layer *top, uint64_t *state)
{
    *state = 0;
    return top ? bc_layer_state(repo, top->id, state) : BC_OK;
}

/* Ids grow along each history, so the greater of two that differ is not in the other's. */
static enum bc_status collect_between(struct collector *to, uint64_t past, uint64_t now)
{
    while (past != now) {
        uint64_t *later = past > now ? &past : &now;
        uint64_t before;
        enum bc_status st = collect_layer(to, *later);
        if (!st)
            st = bc_layer_previous(to->repo, *later, &before);
        if (!st && before >= *later)
            st = BC_CORRUPT;
        if (st)
            return st;
        *later = before;
    }
    return BC_OK;
}

enum bc_status bc_changed_rows(struct bc_branch *past, struct bc_branch *now,
                               struct bc_id_counts *nodes, struct bc_id_counts *xattrs)
{
    struct bc_repo *repo = now->repo;
    struct collector to = {.repo = repo, .nodes = nodes, .xattrs = xattrs};
    struct bc_layer *past_top = NULL;
    struct bc_layer *now_top = NULL;
    uint64_t past_state = 0;
    uint64_t now_state = 0;
    enum bc_status st = collect_work(&to, past, &past_top);
    if (!st)
        st = collect_work(&to, now, &now_top);
    if (!st)
        st = state_of(repo, past_top, &past_state);
    if (!st)
        st = state_of(repo, now_top, &now_state);
    if (!st)
        st = collect_between(&to, past_state, now_state);
    bc_layer_release(repo, past_top);
    bc_layer_release(repo, now_top);
    return st;
}
