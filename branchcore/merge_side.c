#include "branchcore/merge_side.h"

#include "branchcore/run.h"

/* How much longer the way between the sides may be, and what counts as nothing. In rows. */
enum { TIMES = 3, LEAST = 64 };

/* What a row weighs: a line about its bytes in a run, a chunk of a plain file. */
enum { LINE_BYTES = 64, CHUNK_ROWS = 16 };

/* The layers between two states. */
struct way {
    struct bc_repo *repo;
    uint64_t limit;
    uint64_t rows; /* no more than is needed to be over the limit */
};

static bool is_over(const struct way *way)
{
    return way->rows > way->limit;
}

static enum bc_status weigh_run(struct way *way, uint64_t run)
{
    struct bc_run_summary summary = {0};
    enum bc_status st = run ? bc_run_summary(way->repo->store, run, &summary) : BC_OK;
    way->rows += summary.bytes / LINE_BYTES;
    return st == BC_NOT_FOUND ? BC_CORRUPT : st;
}

/* A record, and the run that is what the layer changes; of a text that was written anew, all of it.
 */
static enum bc_status weigh_record(struct way *way, struct bc_slice value)
{
    struct bc_node record;
    enum bc_status st = bc_node_decode(value, &record);
    if (st)
        return st;
    bool anew = (record.flags & BC_NODE_BASE) && !(record.flags & BC_NODE_COVERS);
    way->rows++;
    return weigh_run(way, record.delta ? record.delta : anew ? record.run : 0);
}

static enum bc_status weigh_rows(struct way *way, uint64_t layer, char kind, uint64_t each)
{
    struct bc_cursor *cursor = NULL;
    enum bc_status st = bc_layer_cursor(way->repo, layer, kind, false, &cursor);
    if (st)
        return st;
    for (cursor->ops->first(cursor); !st && cursor->valid && !is_over(way);
         cursor->ops->next(cursor)) {
        if (each)
            way->rows += each;
        else
            st = weigh_record(way, cursor->value);
    }
    if (!st)
        st = cursor->status;
    bc_cursor_free(cursor);
    return st;
}

static enum bc_status weigh_layer(struct way *way, uint64_t layer)
{
    way->rows++;
    enum bc_status st = weigh_rows(way, layer, BC_ROW_NODE, 0);
    if (!st)
        st = weigh_rows(way, layer, BC_ROW_LINE, 1);
    return st ? st : weigh_rows(way, layer, BC_ROW_CHUNK, CHUNK_ROWS);
}

/* Down both histories, the later state first, to where they meet. */
static enum bc_status weigh(struct way *way, uint64_t a, uint64_t b)
{
    enum bc_status st = BC_OK;
    while (!st && a != b && !is_over(way)) {
        uint64_t *later = a > b ? &a : &b;
        st = weigh_layer(way, *later);
        if (!st)
            st = bc_layer_previous(way->repo, *later, later);
    }
    return st == BC_NOT_FOUND ? BC_CORRUPT : st;
}

/* Whether both histories come down to the base without having met before. */
static enum bc_status meet_at_base(struct bc_repo *repo, uint64_t base, uint64_t a, uint64_t b,
                                   bool *meet)
{
    enum bc_status st = BC_OK;
    while (!st && a != b && (a > base || b > base)) {
        uint64_t *later = a > b ? &a : &b;
        st = bc_layer_previous(repo, *later, later);
    }
    *meet = a == base && b == base;
    return st == BC_NOT_FOUND ? BC_CORRUPT : st;
}

enum bc_status bc_merge_side(struct bc_repo *repo, const struct bc_three_layers *layers,
                             bool *theirs)
{
    uint64_t base;
    uint64_t ours;
    uint64_t to;
    bool on_base = false;
    *theirs = false;
    enum bc_status st = bc_layer_state(repo, layers->base, &base);
    if (!st)
        st = bc_layer_state(repo, layers->ours, &ours);
    if (!st)
        st = bc_layer_state(repo, layers->theirs, &to);
    if (!st)
        st = meet_at_base(repo, base, ours, to, &on_base);
    if (st || on_base)
        return st;
    struct way needed = {.repo = repo, .limit = UINT64_MAX};
    st = weigh(&needed, base, to);
    if (st)
        return st;
    struct way between = {.repo = repo, .limit = needed.rows * TIMES + LEAST};
    st = weigh(&between, ours, to);
    *theirs = !st && !is_over(&between);
    return st;
}
