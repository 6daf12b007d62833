/* A delta: what layers change of one text, read from their line rows (row.h) and runs of changes
 * (delta_run.h) into memory as one sorted array of lines, each added or removed.
 *
 * Layers are exact: a line that a layer adds is not there below it, a line that it removes is. So
 * the signs of a line alternate from layer to layer, and composing layers cancels an addition
 * against a removal. */
#ifndef BRANCHCORE_DELTA_H
#define BRANCHCORE_DELTA_H

#include "branchcore/text.h"

struct bc_delta_line {
    const char *data; /* '\n' included */
    uint32_t size;
    char sign;     /* '+' or '-' */
    char top_sign; /* while layers are composed: the sign in the topmost of them; then as sign */
};

static inline struct bc_slice bc_delta_slice(const struct bc_delta_line *line)
{
    return bc_slice(line->data, line->size);
}

/* Zero-initialised is empty. The holder releases it. */
struct bc_delta {
    struct bc_delta_line *lines; /* sorted, without duplicates */
    size_t count;
    size_t memory; /* bytes that it holds */
    struct bc_delta_arena *arena;
};

/* The net change of a node's text by these sources, from the lowest up, as of a snapshot (NULL:
 * now, where the rows must not change meanwhile). Costs what the sources cost. delta is overwritten
 * on success only. BC_CORRUPT: also if the layers are not exact among each other; BC_IO. */
enum bc_status bc_delta_read(struct bc_store *store, struct bc_snapshot *snapshot,
                             const struct bc_change_source *sources, size_t source_count,
                             uint64_t node, struct bc_delta *delta);
void bc_delta_release(struct bc_delta *delta);
/* Hands the bytes of other's lines over, so that lines of both may be in delta; other is empty
 * then.
 */
void bc_delta_take_memory(struct bc_delta *delta, struct bc_delta *other);

#endif
