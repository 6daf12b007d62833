/* The merge of one text where what both sides changed are runs of changes (delta_run.h): many
 * lines, of which most are of one side alone. Inside of the model.
 *
 * The runs are cut into pieces at the same lines, never within a subject and predicate. The pieces
 * are walked on the pool's threads, block by block, by the engine's meet; only what both sides
 * changed is looked at line by line (merge_settle.h). What the result has in place of far's lines
 * is kept, up to BC_RUN_MERGE_KEPT bytes; of pieces with more it is found again where it is asked
 * for. */
#ifndef BRANCHCORE_MERGE_RUNS_H
#define BRANCHCORE_MERGE_RUNS_H

#include "branchcore/merge_text.h"
#include "branchcore/pool.h"

enum { BC_RUN_MERGE_KEPT = 64 << 20 };

struct bc_run_merge_input {
    struct bc_store *store;
    uint64_t near; /* both pinned by the caller */
    uint64_t far;
    /* Of which the texts are not looked at. functional and conflict are never called by two threads
     * at once; conflict only by the one that calls bc_run_merge_new, once for each slot. */
    const struct bc_text_merge_input *rules;
    const struct bc_compute *compute;
    struct bc_pool *pool; /* may be NULL */
    uint64_t piece_bytes; /* of the larger run; 0: chosen by its size */
    size_t kept_bytes;    /* 0: BC_RUN_MERGE_KEPT; for tests */
};

struct bc_run_merge;
/* Walks both runs. BC_CORRUPT, BC_IO, what the callbacks return. */
enum bc_status bc_run_merge_new(const struct bc_run_merge_input *input,
                                struct bc_run_merge **merge);
/* Whether the result is something else than all of far's changes. */
bool bc_run_merge_differs(const struct bc_run_merge *merge);
uint64_t bc_run_merge_conflicts(const struct bc_run_merge *merge);
/* The next lines that turn near into the result, as a run of changes has them; valid until the next
 * call. quads: some may have a graph. BC_NO_DATA at the end; BC_CORRUPT, BC_IO: only free may
 * follow. */
enum bc_status bc_run_merge_next(struct bc_run_merge *merge, struct bc_slice *lines, bool *quads);
void bc_run_merge_rewind(struct bc_run_merge *merge); /* to the first of them */
void bc_run_merge_free(struct bc_run_merge *merge);   /* NULL is allowed */

#endif
