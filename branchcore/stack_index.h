/* Short stacks. A look-up goes through the layers of a stack from the top down, so a stack of a
 * thousand layers would make it a thousand look-ups. An index layer stands for the topmost of them:
 * its parent is the first layer that it does not stand for, and for each node and each folder's
 * entry in the layers above that it has one row, which the topmost of them has decided. It is made
 * in the background, takes the place of the stack's top, and what is frozen later stands on it. The
 * layers themselves stay as they are: they are the history, and hold the records, lines, bytes and
 * extended attributes that an index only points to.
 *
 *   'D' rows are copied, removals too; an 'N' row says which layer has the record (row.h).
 *
 * Which layers: from the top down as many as have no more rows than INDEX_FLOOR or so many times
 * what those above them have together, as soon as these are `index_at` (bc_repo) or more. So a row
 * is copied about as often as the stack has orders of magnitude, and a stack stays some ten layers
 * deep. */
#ifndef BRANCHCORE_STACK_INDEX_H
#define BRANCHCORE_STACK_INDEX_H

#include "branchcore/model.h"

enum { BC_INDEX_AT = 8 };

/* What of a stack an index would stand for: from its top down to, not including, `below`. */
struct bc_index_range {
    struct bc_layer *below; /* borrowed; NULL: all of it */
    size_t layers;          /* 0: the stack is short enough */
};
enum bc_status bc_index_range(struct bc_repo *repo, struct bc_layer *top,
                              struct bc_index_range *range);

/* Makes the branch's stack one that is short enough, if it is not. Never keeps others from the
 * branch for longer than a swap. BC_OK: it is, or is meanwhile changed so often that it will be
 * asked for again (*again). BC_STALE, BC_READ_ONLY, BC_CORRUPT, BC_IO, BC_NO_SPACE: the stack is as
 * it was. */
enum bc_status bc_stack_shorten(struct bc_branch *branch, bool *again);

#endif
