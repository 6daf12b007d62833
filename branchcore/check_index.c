/* Index layers (stack_index.h): each must show exactly what the layers show that it stands for. */
#include "branchcore/check_rows.h"

#include <inttypes.h>

enum { SUBJECT_AT = 8, NODE_AT = 9 };

struct index_check {
    struct bc_check *check;
    struct bc_layer *index;
    struct bc_layer *real; /* the layer that it is the same as */
    bool told;             /* one report of a layer is enough */
};

static void problem(struct index_check *index, struct bc_slice key, const char *what)
{
    uint64_t node = key.size >= NODE_AT + 8 ? bc_get_u64(key.data + NODE_AT) : 0;
    if (!index->told)
        bc_check_problem(index->check,
                         "layer %" PRIu64 ": it is said to be the same as layer %" PRIu64
                         " and is not: %s node %" PRIu64 " %s",
                         index->index->id, index->real->id,
                         key.data[SUBJECT_AT] == BC_ROW_ENTRY ? "an entry of" : "the record of",
                         node, what);
    index->told = true;
}

/* The row of a layer for what a key of another layer is of. */
static enum bc_status row_of(struct bc_check *check, uint64_t layer, struct bc_slice key,
                             struct bc_value *value)
{
    struct bc_key own;
    if (key.size > sizeof own.bytes)
        return BC_NOT_FOUND;
    bc_key_prefix(&own, layer, 0);
    memcpy(own.bytes + SUBJECT_AT, key.data + SUBJECT_AT, key.size - SUBJECT_AT);
    own.size = key.size;
    return bc_store_get(check->repo->store, NULL, BC_LAYERS, bc_key_slice(&own), value);
}

/* The topmost row of a stack: its value, and whose record it is. BC_NOT_FOUND. */
static enum bc_status topmost(struct bc_check *check, const struct bc_layer *top,
                              struct bc_slice key, struct bc_value *value, uint64_t *target)
{
    enum bc_status st = BC_NOT_FOUND;
    for (; st == BC_NOT_FOUND && top; top = top->parent) {
        st = row_of(check, top->id, key, value);
        *target = top->id;
    }
    if (!st)
        (void)bc_redirect_decode(value->slice, target);
    return st;
}

/* A row of the index says what the real stack says. */
static enum bc_status check_row(struct index_check *index, struct bc_slice key,
                                struct bc_slice value)
{
    struct bc_value expected = {0};
    uint64_t target = 0;
    uint64_t said = 0;
    enum bc_status st = topmost(index->check, index->real, key, &expected, &target);
    bool entry = key.data[SUBJECT_AT] == BC_ROW_ENTRY;
    if (st == BC_NOT_FOUND)
        problem(index, key, "is nowhere else");
    else if (!st && entry && !bc_slice_equal(expected.slice, value))
        problem(index, key, "is another");
    else if (!st && !entry && (!bc_redirect_decode(value, &said) || said != target))
        problem(index, key, "is in another layer");
    bc_value_release(&expected);
    return st == BC_NOT_FOUND ? BC_OK : st;
}

/* What a layer that the index stands for has is in the index. */
static enum bc_status check_there(struct index_check *index, struct bc_slice key,
                                  struct bc_slice value)
{
    (void)value;
    struct bc_value found = {0};
    enum bc_status st = row_of(index->check, index->index->id, key, &found);
    bc_value_release(&found);
    if (st == BC_NOT_FOUND)
        problem(index, key, "is missing");
    return st == BC_NOT_FOUND ? BC_OK : st;
}

static enum bc_status each_row(struct index_check *index, uint64_t layer, char kind,
                               enum bc_status (*visit)(struct index_check *index,
                                                       struct bc_slice key, struct bc_slice value))
{
    struct bc_key lower;
    bc_key_prefix(&lower, layer, kind);
    struct bc_key upper = lower;
    bc_key_behind(&upper);
    struct bc_cursor *cursor = NULL;
    enum bc_status st = bc_store_cursor(index->check->repo->store, NULL, BC_LAYERS,
                                        bc_key_slice(&lower), bc_key_slice(&upper), true, &cursor);
    if (st)
        return st;
    for (cursor->ops->first(cursor); !st && !index->told && cursor->valid;
         cursor->ops->next(cursor))
        st = visit(index, cursor->key, cursor->value);
    if (!st && !bc_check_unreadable(cursor->status)) /* which bc_check_layers tells */
        st = cursor->status;
    bc_cursor_free(cursor);
    return st;
}

static enum bc_status each_subject(struct index_check *index, uint64_t layer,
                                   enum bc_status (*visit)(struct index_check *index,
                                                           struct bc_slice key,
                                                           struct bc_slice value))
{
    enum bc_status st = each_row(index, layer, BC_ROW_ENTRY, visit);
    return st ? st : each_row(index, layer, BC_ROW_NODE, visit);
}

/* From the state that it stands for down to the one that it stands on. */
static enum bc_status check_history(struct index_check *index)
{
    uint64_t end = index->index->parent ? index->index->parent->state : 0;
    uint64_t state = index->real->state;
    enum bc_status st = BC_OK;
    while (!st && state > end && !index->told) {
        st = each_subject(index, state, check_there);
        if (!st)
            st = bc_layer_previous(index->check->repo, state, &state);
    }
    if (!st && !index->told && state != end)
        bc_check_problem(index->check,
                         "layer %" PRIu64 ": it stands on layer %" PRIu64 ", which layer %" PRIu64
                         " does not",
                         index->index->id, end, index->real->id);
    return st;
}

enum bc_status bc_check_index(struct bc_check *check, struct bc_layer *layer)
{
    struct index_check index = {.check = check, .index = layer};
    enum bc_status st = bc_layer_get(check->repo, layer->state, &index.real);
    if (!st && index.real->state != index.real->id)
        bc_check_problem(check,
                         "layer %" PRIu64 ": it is said to be the same as layer %" PRIu64
                         ", which is an index too",
                         layer->id, index.real->id);
    else if (!st)
        st = each_subject(&index, layer->id, check_row);
    if (!st && index.real->state == index.real->id)
        st = check_history(&index);
    bc_layer_release(check->repo, index.real);
    if (!bc_check_unreadable(st))
        return st;
    bc_check_problem(check, "layer %" PRIu64 ": the layers that it stands for cannot be read",
                     layer->id);
    return BC_OK;
}
