/* The compute port: the operations worth accelerating, on arrays and text blocks. branchcore
 * carries the scalar engine (scalar.h), the reference; vec/ and gpu/ implement the same struct, and
 * one conformance suite (tests/compute_conformance.c) runs over all of them. All give
 * byte-identical results.
 *
 * Threads: an engine is immutable after its creation and may be used from any thread at once.
 * Arguments are owned by the caller and, unless said otherwise, only read. */
#ifndef BRANCHCORE_COMPUTE_H
#define BRANCHCORE_COMPUTE_H

#include "branchcore/memory.h"
#include "branchcore/status.h"

enum {
    /* sort_unique takes at most this much memory beside its arguments for each line, and 64 KiB. */
    BC_SORT_BYTES_A_LINE = 56,
};

/* One line of a text that somebody else holds, '\n' included. */
struct bc_line {
    const char *data;
    uint32_t size;
};

/* What a two-way walk found, as bits of its filter. */
enum bc_side { BC_LEFT_ONLY = 1, BC_RIGHT_ONLY = 2, BC_BOTH = 4 };

/* side is one of enum bc_side; the line is left's for BC_LEFT_ONLY and BC_BOTH. A failure ends the
 * walk. */
typedef enum bc_status (*bc_walk_sink)(void *context, enum bc_side side, struct bc_slice line);

struct bc_compute {
    const char *name; /* "scalar", "simd", "gpu" */

    /* Sorts lines bytewise in place (unsigned bytes; a proper prefix first) and drops duplicates;
     * *count is updated, and the lines that are left are lines[0] on. Lines may be empty and may
     * hold any bytes; none is read beyond its end. BC_NO_MEMORY: the lines are some permutation of
     * what they were. */
    enum bc_status (*sort_unique)(const struct bc_compute *compute, struct bc_line *lines,
                                  size_t *count);

    /* Walks two sorted, duplicate-free texts of whole lines and gives the lines whose side is in
     * filter, in order. A text's last line may lack its '\n'. Returns what a failing sink does. */
    enum bc_status (*walk)(const struct bc_compute *compute, struct bc_slice left,
                           struct bc_slice right, unsigned filter, bc_walk_sink sink,
                           void *context);
};

/* The scalar engine; static storage. scalar.h has its operations one by one. */
const struct bc_compute *bc_scalar_engine(void);

#endif
