/* Matching blocks of canonical text: from the bytes to the lines that match, with a compute engine.
 *
 * Two ways lead there, and their results are the same. FIND looks for bytes that every matching
 * line must have (the spelling of the rarest term that the pattern names) in the whole block, and
 * splits only the lines that have them: it runs at the speed of memory where few lines match. SPLIT
 * splits all lines and puts the questions to whole columns of terms at once, which is quicker where
 * most lines have those bytes (the predicate of nearly every line). AUTO begins with FIND, if the
 * pattern has such bytes, goes on with SPLIT as soon as more than three quarters of what it has
 * seen lies in lines that had to be split, and tries FIND again behind a stretch of which less than
 * half the lines matched. */
#ifndef BRANCHCORE_MATCH_BLOCK_H
#define BRANCHCORE_MATCH_BLOCK_H

#include "branchcore/pattern.h"

enum bc_match_plan { BC_MATCH_AUTO, BC_MATCH_SPLIT, BC_MATCH_FIND };

/* A pattern made ready for an engine. Immutable; any number of threads may use it. */
struct bc_matcher;
/* pattern and compute must live as long. BC_MATCH_FIND where no bytes are known that each matching
 * line must have is BC_MATCH_SPLIT. */
enum bc_status bc_matcher_new(const struct bc_pattern *pattern, const struct bc_compute *compute,
                              enum bc_match_plan plan, struct bc_matcher **matcher);
void bc_matcher_free(struct bc_matcher *matcher); /* NULL is allowed */

/* The matching statements of a block, and the memory to find them with; one a thread.
 * Zero-initialised is empty; used for many blocks it allocates little. */
struct bc_match_hits {
    struct bc_spans *spans; /* in the order of the block */
    size_t count;
    size_t capacity;
    struct bc_spans *split; /* its own, as what follows */
    uint64_t *masks;
    size_t split_bytes; /* that were split, of all blocks so far: for measurements */
};
/* Fills hits with those of the block: whole canonical lines, each with its '\n', at most UINT32_MAX
 * bytes. Stops when it has `limit` (0: all). BC_CORRUPT: the text is not canonical where that was
 * looked at. */
enum bc_status bc_matcher_block(const struct bc_matcher *matcher, struct bc_slice text,
                                uint64_t limit, struct bc_match_hits *hits);
void bc_match_hits_release(struct bc_match_hits *hits);

/* True if the pattern matches every statement: nothing need be looked at. */
bool bc_matcher_is_all(const struct bc_matcher *matcher);

#endif
