#include "branchcore/text.h"

#include "branchcore/lines.h"
#include "branchcore/row.h"

void bc_content_release(struct bc_content *content)
{
    bc_free(content->layers);
    *content = (struct bc_content){0};
}

/* What one layer says of a line: *sign is '+', '-' or 0 (nothing). */
static enum bc_status layer_sign(struct bc_store *store, uint64_t layer, uint64_t node,
                                 struct bc_slice body, char *sign)
{
    struct bc_key key;
    bc_key_line(&key, layer, node, body);
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
    for (size_t i = content->layer_count; i-- > 0;) {
        char sign;
        enum bc_status st = layer_sign(store, content->layers[i], content->node, body, &sign);
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
