/* A merge of some of a sorter's runs that runs ahead of its reader: jobs of the pool (pool.h) merge
 * the next lines into one chunk of text while another chunk is read. Several of them, each with its
 * share of the runs, merged once more, do what one merge of all would, on as many threads.
 *
 * Threads: one at a time. */
#ifndef BRANCHCORE_MERGE_AHEAD_H
#define BRANCHCORE_MERGE_AHEAD_H

#include "branchcore/memory.h"
#include "branchcore/pool.h"

struct bc_spill_merge;
struct bc_merge_ahead;

/* The merge is its own from now on, even if it fails (BC_NO_MEMORY). Takes two chunks of
 * chunk_bytes, and of a line and 8 bytes more, beside what the merge takes. pool: NULL is allowed,
 * then nothing happens ahead. */
enum bc_status bc_merge_ahead_new(struct bc_pool *pool, struct bc_spill_merge *merge,
                                  size_t chunk_bytes, struct bc_merge_ahead **ahead);
/* Begins to make the first chunk. To be called before the first next, and after rewind. */
void bc_merge_ahead_start(struct bc_merge_ahead *ahead);
/* As bc_spill_merge_next. Waits for the chunk that the line is in. */
enum bc_status bc_merge_ahead_next(struct bc_merge_ahead *ahead, struct bc_slice *line,
                                   size_t *shared);
/* Back to the first line. */
void bc_merge_ahead_rewind(struct bc_merge_ahead *ahead);
/* Waits for what runs. NULL is allowed. */
void bc_merge_ahead_free(struct bc_merge_ahead *ahead);

#endif
