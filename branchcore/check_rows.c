#include "branchcore/check_rows.h"

#include "branchcore/entry.h"

#include <inttypes.h>

enum { KIND_AT = 8, NODE_AT = 9 };

static bool row_decodes(const struct bc_cursor *cursor)
{
    struct bc_slice key = cursor->key;
    struct bc_node node;
    struct bc_entry entry;
    struct bc_slice line;
    uint64_t target;
    char sign;
    if (key.size < NODE_AT + 8)
        return false;
    switch (key.data[KIND_AT]) {
    case BC_ROW_NODE:
        return key.size == NODE_AT + 8 && (bc_redirect_decode(cursor->value, &target) ||
                                           !bc_node_decode(cursor->value, &node));
    case BC_ROW_ENTRY:
        return key.size > NODE_AT + 8 && !bc_entry_decode(cursor->value, &entry);
    case BC_ROW_LINE:
    case BC_ROW_JOINED:
        return !bc_line_decode(key, cursor->value, &sign, &line);
    case BC_ROW_CHUNK:
        return key.size == NODE_AT + 16 && cursor->value.size <= BC_CHUNK_BYTES;
    case BC_ROW_XATTR:
        return key.size > NODE_AT + 8 && cursor->value.size &&
               (unsigned char)cursor->value.data[0] <= 1;
    default:
        return false;
    }
}

/* Whether the row is there, as of the check's snapshot. */
static enum bc_status there(struct bc_check *check, struct bc_slice key, bool *found)
{
    struct bc_value value = {0};
    enum bc_status st = bc_store_get(check->repo->store, check->snapshot, BC_REFS, key, &value);
    bc_value_release(&value);
    *found = !st;
    return st == BC_NOT_FOUND ? BC_OK : st;
}

enum bc_status bc_check_record_of(struct bc_check *check, uint64_t layer, uint64_t node,
                                  struct bc_node *record)
{
    struct bc_key key;
    struct bc_value value = {0};
    bc_key_node(&key, layer, BC_ROW_NODE, node);
    enum bc_status st =
        bc_store_get(check->repo->store, check->snapshot, BC_LAYERS, bc_key_slice(&key), &value);
    if (!st)
        st = bc_node_decode(value.slice, record);
    bc_value_release(&value);
    return bc_check_unreadable(st) ? BC_NOT_FOUND : st;
}

struct bc_check_runs_of bc_check_runs_of(const struct bc_node *record)
{
    bool file = record->kind == BC_FILE;
    return (struct bc_check_runs_of){file && (record->flags & BC_NODE_BASE) ? record->run : 0,
                                     file ? record->delta : 0};
}

static enum bc_status check_reference(struct bc_check *check, uint64_t layer, uint64_t node,
                                      uint64_t run)
{
    char key[25] = "u";
    bool found = true;
    if (!run)
        return BC_OK;
    bc_put_u64(key + 1, run);
    bc_put_u64(key + 9, layer);
    bc_put_u64(key + 17, node);
    enum bc_status st = there(check, bc_slice(key, sizeof key), &found);
    if (!st && !found)
        bc_check_problem(check,
                         "layer %" PRIu64 ": node %" PRIu64 " uses run %" PRIu64
                         ", which has no reference from it",
                         layer, node, run);
    return st;
}

static enum bc_status check_record(struct bc_check *check, uint64_t layer, uint64_t node,
                                   struct bc_slice value)
{
    struct bc_node record;
    if (bc_node_decode(value, &record))
        return BC_OK;
    struct bc_check_runs_of runs = bc_check_runs_of(&record);
    enum bc_status st = check_reference(check, layer, node, runs.base);
    return st ? st : check_reference(check, layer, node, runs.delta);
}

/* The file that the chunks of a walk belong to. */
struct chunk_owner {
    uint64_t layer;
    uint64_t node;
    bool bytes; /* it is a plain file in this layer */
    uint64_t size_bytes;
};

static enum bc_status check_chunk(struct bc_check *check, struct chunk_owner *owner, uint64_t layer,
                                  uint64_t node, uint64_t chunk)
{
    if (owner->layer != layer || owner->node != node) {
        struct bc_node record = {0};
        enum bc_status st = bc_check_record_of(check, layer, node, &record);
        if (st && st != BC_NOT_FOUND)
            return st;
        bool bytes = !st && record.kind == BC_FILE && record.form == BC_BYTES;
        *owner = (struct chunk_owner){layer, node, bytes, record.size_bytes};
    }
    /* Chunks of what is no plain file are what a conversion that was cut off has left. */
    if (owner->bytes && chunk >= (owner->size_bytes + BC_CHUNK_BYTES - 1) / BC_CHUNK_BYTES)
        bc_check_problem(
            check, "layer %" PRIu64 ": node %" PRIu64 " has bytes behind its end, at %" PRIu64,
            layer, node, chunk * BC_CHUNK_BYTES);
    return BC_OK;
}

static enum bc_status check_row(struct bc_check *check, struct chunk_owner *owner,
                                const struct bc_cursor *cursor)
{
    uint64_t layer = cursor->key.size >= 8 ? bc_get_u64(cursor->key.data) : 0;
    if (!row_decodes(cursor)) {
        bc_check_problem(check, "layer %" PRIu64 ": a row cannot be read", layer);
        return BC_OK;
    }
    uint64_t node = bc_get_u64(cursor->key.data + NODE_AT);
    switch (cursor->key.data[KIND_AT]) {
    case BC_ROW_NODE:
        return check_record(check, layer, node, cursor->value);
    case BC_ROW_CHUNK:
        return check_chunk(check, owner, layer, node, bc_get_u64(cursor->key.data + NODE_AT + 8));
    default:
        return BC_OK;
    }
}

enum bc_status bc_check_layers(struct bc_check *check)
{
    struct bc_cursor *cursor = NULL;
    struct chunk_owner owner = {0};
    uint64_t layer = 0;
    enum bc_status st = bc_store_cursor(check->repo->store, check->snapshot, BC_LAYERS,
                                        bc_slice("", 0), bc_slice("", 0), true, &cursor);
    if (st)
        return st;
    for (cursor->ops->first(cursor); !st && cursor->valid; cursor->ops->next(cursor)) {
        uint64_t id = cursor->key.size >= 8 ? bc_get_u64(cursor->key.data) : 0;
        if (id != layer)
            check->counts->layers++;
        layer = id;
        st = check_row(check, &owner, cursor);
    }
    if (!st)
        st = cursor->status;
    bc_cursor_free(cursor);
    if (bc_check_unreadable(st)) {
        bc_check_problem(check, "layers: a stored block behind layer %" PRIu64 " cannot be read",
                         layer);
        st = BC_OK;
    }
    return st;
}
