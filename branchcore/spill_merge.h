/* Merges sorted runs, on disk (spill.h) and in memory, and merges that run ahead on other threads
 * (merge_ahead.h), into one sorted stream without duplicates.
 *
 * Threads: one at a time. */
#ifndef BRANCHCORE_SPILL_MERGE_H
#define BRANCHCORE_SPILL_MERGE_H

#include "branchcore/compute.h"
#include "branchcore/merge_ahead.h"
#include "branchcore/spill.h"

/* A sorted, duplicate-free array of lines that somebody else holds. */
struct bc_sorted_lines {
    const struct bc_line *lines;
    size_t count;
};

struct bc_spill_merge_options {
    const struct bc_spill_run *runs; /* copied */
    size_t run_count;
    const struct bc_sorted_lines *sorted; /* copied; the lines outlive the merge */
    size_t sorted_count;
    size_t buffer_bytes; /* for reading each run on disk */
    struct bc_merge_ahead *const
        *aheads; /* copied; the merge's own from now on, even if it fails */
    size_t ahead_count;
};

struct bc_spill_merge;

enum bc_status bc_spill_merge_new(const struct bc_spill_merge_options *options,
                                  struct bc_spill_merge **merge);
/* The next line, valid until the next call, and how many bytes it shares with the one before it.
 * BC_NO_DATA at the end; BC_IO, BC_CORRUPT. */
enum bc_status bc_spill_merge_next(struct bc_spill_merge *merge, struct bc_slice *line,
                                   size_t *shared);
void bc_spill_merge_rewind(struct bc_spill_merge *merge);
/* NULL is allowed. */
void bc_spill_merge_free(struct bc_spill_merge *merge);

#endif
