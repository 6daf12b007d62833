#include "branchcore/stack_index.h"

#include "branchcore/layer_record.h"

enum {
    INDEX_FLOOR = 256, /* layers of so few rows are always worth it */
    INDEX_FACTOR = 8,
    LAYERS_MAX = 256, /* of one index: each has a cursor */
    LOCKED_ROWS = 4096,
    TRIES = 4,
    BATCH_BYTES = 512 << 10
};

static uint64_t limit_under(uint64_t rows)
{
    uint64_t limit;
    if (__builtin_mul_overflow(rows, INDEX_FACTOR, &limit))
        limit = UINT64_MAX - 1;
    return limit < INDEX_FLOOR ? INDEX_FLOOR : limit;
}

enum bc_status bc_index_range(struct bc_repo *repo, struct bc_layer *top,
                              struct bc_index_range *range)
{
    uint64_t sum = 0;
    struct bc_layer *layer = top;
    *range = (struct bc_index_range){0};
    if (!top || top->depth < repo->index_at)
        return BC_OK;
    size_t count = 0;
    for (; layer && count < LAYERS_MAX; layer = layer->parent, count++) {
        uint64_t rows;
        uint64_t limit = count ? limit_under(sum) : UINT64_MAX - 1;
        enum bc_status st = bc_layer_rows(repo, layer, limit, &rows);
        if (st)
            return st;
        if (rows > limit)
            break;
        sum += rows;
    }
    if (count >= repo->index_at)
        *range = (struct bc_index_range){layer, count};
    return BC_OK;
}

/* An index in the making. */
struct making {
    struct bc_repo *repo;
    uint64_t id;
    struct bc_layer *top;   /* of what it stands for, down to, not including, */
    struct bc_layer *stop;  /* this one (NULL: the lowest too) */
    struct bc_layer *below; /* what it stands on: the same state as stop; NULL: nothing */
    struct bc_batch batch;
    uint64_t rows;
    struct bc_cursor **cursors; /* one a layer, topmost first */
    uint64_t *layers;           /* whose they are */
    size_t count;
};

static enum bc_status flush(struct making *making)
{
    enum bc_status st = bc_store_apply(making->repo->store, &making->batch, false);
    bc_batch_clear(&making->batch);
    return st;
}

/* The row of an index for a row of a layer. */
static enum bc_status put_row(struct making *making, uint64_t layer, struct bc_slice key,
                              struct bc_slice value)
{
    enum { KIND_AT = 8 };
    char redirect[BC_REDIRECT_BYTES];
    struct bc_key to;
    uint64_t target;
    if (key.size < KIND_AT || key.size > sizeof to.bytes)
        return BC_CORRUPT;
    bc_key_prefix(&to, making->id, 0);
    memcpy(to.bytes + KIND_AT, key.data + KIND_AT, key.size - KIND_AT);
    to.size = key.size;
    if (key.data[KIND_AT] == BC_ROW_NODE && !bc_redirect_decode(value, &target)) {
        bc_redirect_encode(layer, redirect);
        value = bc_slice(redirect, sizeof redirect);
    }
    making->rows++;
    enum bc_status st = bc_batch_put(&making->batch, BC_LAYERS, bc_key_slice(&to), value);
    if (!st && making->batch.bytes.size >= BATCH_BYTES)
        st = flush(making);
    return st;
}

static void close_cursors(struct making *making)
{
    for (size_t i = 0; i < making->count; i++) {
        bc_cursor_free(making->cursors[i]);
        making->cursors[i] = NULL;
    }
}

static enum bc_status open_cursor(struct making *making, size_t at, char kind)
{
    struct bc_key lower;
    bc_key_prefix(&lower, making->layers[at], kind);
    struct bc_key upper = lower;
    bc_key_behind(&upper);
    enum bc_status st = bc_store_cursor(making->repo->store, NULL, BC_LAYERS, bc_key_slice(&lower),
                                        bc_key_slice(&upper), true, &making->cursors[at]);
    if (st)
        return st;
    making->cursors[at]->ops->first(making->cursors[at]);
    return making->cursors[at]->status;
}

/* What a row is of, whatever the layer: its key behind the layer and the kind. */
static struct bc_slice subject(const struct bc_cursor *cursor)
{
    enum { SUBJECT_AT = 9 };
    return bc_slice(cursor->key.data + SUBJECT_AT, cursor->key.size - SUBJECT_AT);
}

/* The cursor with the least row; of equal ones the topmost layer's. count: at the end. */
static size_t least(const struct making *making)
{
    size_t best = making->count;
    for (size_t i = 0; i < making->count; i++) {
        if (!making->cursors[i]->valid)
            continue;
        if (best == making->count ||
            bc_slice_compare(subject(making->cursors[i]), subject(making->cursors[best])) < 0)
            best = i;
    }
    return best;
}

static enum bc_status next(struct bc_cursor *cursor)
{
    cursor->ops->next(cursor);
    return cursor->status;
}

/* Moves every cursor that is at the row, the given one last: it holds the key. */
static enum bc_status step(struct making *making, size_t best)
{
    struct bc_slice at = subject(making->cursors[best]);
    for (size_t i = best + 1; i < making->count; i++) {
        struct bc_cursor *cursor = making->cursors[i];
        if (!cursor->valid || !bc_slice_equal(subject(cursor), at))
            continue;
        enum bc_status st = next(cursor);
        if (st)
            return st;
    }
    return next(making->cursors[best]);
}

static enum bc_status put_rows(struct making *making, char kind)
{
    enum bc_status st = BC_OK;
    for (size_t i = 0; !st && i < making->count; i++)
        st = open_cursor(making, i, kind);
    for (size_t best; !st && (best = least(making)) < making->count;) {
        const struct bc_cursor *cursor = making->cursors[best];
        st = put_row(making, making->layers[best], cursor->key, cursor->value);
        if (!st)
            st = step(making, best);
    }
    close_cursors(making);
    return st;
}

static enum bc_status put_record(struct making *making)
{
    struct bc_layer_record record = {
        .parent = making->below ? making->below->id : 0,
        .same = making->top->state,
        .rows = making->rows,
    };
    enum bc_status st = bc_layer_record_put_index(&making->batch, making->id, &record);
    return st ? st : flush(making);
}

static enum bc_status list_layers(struct making *making)
{
    for (struct bc_layer *at = making->top; at != making->stop; at = at->parent)
        making->count++;
    making->layers = bc_alloc_array(making->count, sizeof *making->layers);
    making->cursors = bc_alloc_zero(making->count * sizeof(struct bc_cursor *));
    if (!making->layers || !making->cursors) {
        making->count = 0;
        return BC_NO_MEMORY;
    }
    size_t i = 0;
    for (struct bc_layer *at = making->top; at != making->stop; at = at->parent)
        making->layers[i++] = at->id;
    return BC_OK;
}

static enum bc_status write_index(struct making *making)
{
    enum bc_status st = list_layers(making);
    if (!st)
        st = put_rows(making, BC_ROW_ENTRY);
    if (!st)
        st = put_rows(making, BC_ROW_NODE);
    if (!st)
        st = put_record(making);
    bc_batch_release(&making->batch);
    bc_free(making->layers);
    bc_free(making->cursors);
    return st;
}

/* Writes an index; *index gets it, with a reference. What a failure leaves is collected. */
static enum bc_status make_index(struct making *making, struct bc_layer **index)
{
    struct bc_repo *repo = making->repo;
    enum bc_status st = bc_repo_next_id(repo, &making->id);
    if (!st)
        st = bc_pin(repo, making->id);
    if (st)
        return st;
    st = write_index(making);
    if (!st) {
        *index =
            bc_layer_add_index(repo, making->id, making->below, making->top->state, making->rows);
        st = *index ? BC_OK : BC_NO_MEMORY;
    }
    /* From here on it is kept because it is in memory. */
    bc_unpin(repo, making->id);
    return st;
}

/* The branch's lock is held for writing. */
static enum bc_status put_top(struct bc_branch *branch, struct bc_layer *index)
{
    struct bc_batch batch = {0};
    struct bc_branch_record record = bc_branch_record_of(branch);
    record.top = index->id;
    enum bc_status st = bc_branch_record_put(&batch, branch->id, &record);
    if (!st)
        st = bc_store_apply(branch->repo->store, &batch, false);
    bc_batch_release(&batch);
    if (st)
        return st;
    struct bc_layer *old = branch->top;
    branch->top = bc_layer_retain(branch->repo, index);
    bc_layer_release(branch->repo, old);
    return BC_OK;
}

/* Only what has a record, and may be changed, is kept short. */
static bool has_record(const struct bc_branch *branch)
{
    return branch->work && !branch->scratch;
}

static bool stands_on(const struct bc_layer *layer, const struct bc_layer *other)
{
    while (layer && layer != other)
        layer = layer->parent;
    return layer != NULL;
}

/* What was made so far for a branch whose top may go on while it is made. */
struct attempt {
    struct bc_branch *branch;
    struct bc_layer *index;    /* with a reference; NULL: none */
    struct bc_layer *made_for; /* with a reference: it is the same as this */
    enum { SHORT_ENOUGH, SHORTENED, OVERTAKEN } outcome;
};

static void forget(struct attempt *attempt)
{
    struct bc_repo *repo = attempt->branch->repo;
    bc_layer_release(repo, attempt->index);
    bc_layer_release(repo, attempt->made_for);
    attempt->index = attempt->made_for = NULL;
}

/* What is to be made for a stack: an index over all that deserves it; or, if there is one already
 * for a part of it, a small one over the rest, on top of that one. False: nothing. */
static enum bc_status plan(struct attempt *attempt, struct bc_layer *top, struct making *making)
{
    *making = (struct making){.repo = attempt->branch->repo, .top = top};
    if (attempt->index && stands_on(top, attempt->made_for)) {
        making->stop = attempt->made_for;
        making->below = attempt->index;
        return BC_OK;
    }
    struct bc_index_range range;
    forget(attempt);
    enum bc_status st = bc_index_range(making->repo, top, &range);
    making->stop = making->below = range.below;
    if (!range.layers)
        attempt->outcome = SHORT_ENOUGH;
    return st;
}

static enum bc_status make_planned(struct attempt *attempt, struct making *making)
{
    struct bc_layer *index;
    enum bc_status st = make_index(making, &index);
    if (st)
        return st;
    forget(attempt);
    attempt->index = index;
    attempt->made_for = bc_layer_retain(making->repo, making->top);
    return BC_OK;
}

/* With a reference; NULL: there is nothing to be kept short. */
static struct bc_layer *top_of(struct bc_branch *branch)
{
    pthread_rwlock_rdlock(&branch->lock);
    struct bc_layer *top =
        !branch->gone && has_record(branch) ? bc_layer_retain(branch->repo, branch->top) : NULL;
    pthread_rwlock_unlock(&branch->lock);
    return top;
}

/* The branch's lock is held for writing. */
static enum bc_status swap(struct attempt *attempt)
{
    struct bc_branch *branch = attempt->branch;
    if (branch->top != attempt->made_for || branch->gone || branch->gate_closed)
        return BC_OK;
    enum bc_status st = put_top(branch, attempt->index);
    if (!st)
        attempt->outcome = SHORTENED;
    return st;
}

static enum bc_status try_beside(struct attempt *attempt)
{
    struct making making;
    struct bc_branch *branch = attempt->branch;
    struct bc_layer *top = top_of(branch);
    attempt->outcome = top ? OVERTAKEN : SHORT_ENOUGH;
    enum bc_status st = top ? plan(attempt, top, &making) : BC_OK;
    if (!st && attempt->outcome == OVERTAKEN)
        st = make_planned(attempt, &making);
    if (!st && attempt->outcome == OVERTAKEN) {
        pthread_rwlock_wrlock(&branch->lock);
        st = swap(attempt);
        pthread_rwlock_unlock(&branch->lock);
    }
    bc_layer_release(branch->repo, top);
    return st;
}

static enum bc_status is_small(const struct making *making, bool *small)
{
    uint64_t sum = 0;
    enum bc_status st = BC_OK;
    for (struct bc_layer *at = making->top; !st && at != making->stop && sum <= LOCKED_ROWS;
         at = at->parent) {
        uint64_t rows = 0;
        st = bc_layer_rows(making->repo, at, LOCKED_ROWS, &rows);
        sum += rows;
    }
    *small = sum <= LOCKED_ROWS;
    return st;
}

/* What was put on top meanwhile is little: nobody can overtake this. */
static enum bc_status try_locked(struct attempt *attempt)
{
    struct making making;
    bool small = false;
    struct bc_branch *branch = attempt->branch;
    attempt->outcome = OVERTAKEN;
    pthread_rwlock_wrlock(&branch->lock);
    struct bc_layer *top = bc_layer_retain(branch->repo, branch->top);
    enum bc_status st = BC_OK;
    if (top && attempt->index && stands_on(top, attempt->made_for)) {
        st = plan(attempt, top, &making);
        if (!st)
            st = is_small(&making, &small);
    }
    if (!st && small)
        st = make_planned(attempt, &making);
    if (!st && small)
        st = swap(attempt);
    pthread_rwlock_unlock(&branch->lock);
    bc_layer_release(branch->repo, top);
    return st;
}

enum bc_status bc_stack_shorten(struct bc_branch *branch, bool *again)
{
    struct attempt attempt = {.branch = branch, .outcome = OVERTAKEN};
    enum bc_status st = BC_OK;
    for (int tries = 0; !st && tries < TRIES && attempt.outcome != SHORT_ENOUGH; tries++) {
        st = try_beside(&attempt);
        if (attempt.outcome == SHORTENED) {
            forget(&attempt);
            tries = -1;
        }
    }
    if (!st && attempt.outcome == OVERTAKEN)
        st = try_locked(&attempt);
    *again = !st && attempt.outcome == OVERTAKEN;
    forget(&attempt);
    return st;
}
