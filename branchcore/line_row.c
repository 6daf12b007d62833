#include "branchcore/line_row.h"

#include "branchcore/lines.h"
#include "branchcore/triple_term.h"

uint64_t bc_line_row_bytes(struct bc_slice line)
{
    return bc_line_body(line).size + 1;
}

/* Behind the next space; end if there is none. */
static const char *behind_space(const char *at, const char *end)
{
    const char *space = at < end ? memchr(at, ' ', (size_t)(end - at)) : NULL;
    return space ? space + 1 : end;
}

bool bc_line_is_quad(struct bc_slice line)
{
    const char *end = line.data + line.size;
    const char *object = behind_space(behind_space(line.data, end), end);
    if (object < end && *object == '"')
        object = bc_behind_string(object, end);
    if (bc_is_triple_term(bc_slice(object, (size_t)(end - object)))) {
        /* No graph ends like this: no IRI has a '>' in it. */
        static const char close[] = BC_TRIPLE_TERM_CLOSE " .";
        struct bc_slice body = bc_line_body(line);
        size_t size = sizeof close - 1;
        return body.size < size || memcmp(body.data + body.size - size, close, size) != 0;
    }
    const char *next = behind_space(object, end);
    return next < end && *next != '.';
}

/* What the working set says of a line: '+', '-' or 0. */
static enum bc_status present_sign(struct bc_update *update, struct bc_slice key,
                                   struct bc_slice line, char *sign)
{
    struct bc_value value = {0};
    *sign = 0;
    enum bc_status st = bc_store_get(update->branch->repo->store, NULL, BC_LAYERS, key, &value);
    if (st)
        return st == BC_NOT_FOUND ? BC_OK : st;
    struct bc_slice there;
    st = bc_line_decode(key, value.slice, sign, &there);
    /* A long line that shares another's hash cannot have a row beside it. */
    if (!st && !bc_slice_equal(there, bc_line_body(line)))
        st = BC_CORRUPT;
    bc_value_release(&value);
    return st;
}

enum bc_status bc_line_row_put(struct bc_update *update, struct bc_found *found, char sign,
                               struct bc_slice line, bool fresh)
{
    struct bc_node *record = &found->record;
    struct bc_key key;
    bc_key_line(&key, update->branch->work, found->id, line);
    char present = 0;
    enum bc_status st = fresh ? BC_OK : present_sign(update, bc_key_slice(&key), line, &present);
    if (st || present == sign)
        return st ? st : BC_CORRUPT;
    uint64_t bytes = bc_line_row_bytes(line);
    if (present) {
        record->delta_bytes -= bytes < record->delta_bytes ? bytes : record->delta_bytes;
        return bc_batch_delete(&update->batch, BC_LAYERS, bc_key_slice(&key));
    }
    struct bc_slice value = bc_slice(&sign, 1);
    struct bc_buffer whole = {0};
    if (bytes - 1 > BC_LINE_KEY_MAX) {
        st = bc_line_value(&whole, sign, line);
        value = bc_buffer_slice(&whole);
    }
    if (!st)
        st = bc_batch_put(&update->batch, BC_LAYERS, bc_key_slice(&key), value);
    record->delta_bytes += bytes;
    bc_buffer_release(&whole);
    return st;
}
