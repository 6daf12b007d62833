#include "branchcore/text.h"

#include "branchcore/delta_run.h"
#include "branchcore/lines.h"
#include "branchcore/row.h"

void bc_content_release(struct bc_content *content)
{
    bc_free(content->sources);
    *content = (struct bc_content){0};
}

/* What one layer says of a line: *sign is '+', '-' or 0 (nothing). */
static enum bc_status layer_sign(struct bc_store *store, const struct bc_change_source *source,
                                 uint64_t node, struct bc_slice body, char *sign)
{
    struct bc_key key;
    bc_key_line_of(&key, source->layer, source->joined ? BC_ROW_JOINED : BC_ROW_LINE, node, body);
    struct bc_value value = {0};
    *sign = 0;
    enum bc_status st = bc_store_get(store, NULL, BC_LAYERS, bc_key_slice(&key), &value);
    if (st)
        return st == BC_NOT_FOUND ? BC_OK : st;
    struct bc_slice found;
    char found_sign;
    st = bc_line_decode(bc_key_slice(&key), value.slice, &found_sign, &found);
    /* The row of another long line with the same hash says nothing of this one. */
    if (!st && bc_slice_equal(found, body))
        *sign = found_sign;
    bc_value_release(&value);
    return st;
}

enum bc_status bc_content_contains(struct bc_store *store, const struct bc_content *content,
                                   struct bc_slice line, bool *contains)
{
    struct bc_slice body = bc_line_body(line);
    for (size_t i = content->source_count; i-- > 0;) {
        char sign = 0;
        const struct bc_change_source *source = &content->sources[i];
        enum bc_status st = BC_OK;
        if (source->layer)
            st = layer_sign(store, source, content->node, body, &sign);
        if (!st && !sign && source->delta)
            st = bc_delta_run_sign(store, source->delta, body, &sign);
        if (st)
            return st;
        if (sign) {
            *contains = sign == '+';
            return BC_OK;
        }
    }
    if (content->run)
        return bc_run_contains(store, content->run, body, contains);
    *contains = false;
    return BC_OK;
}
