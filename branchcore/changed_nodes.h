/* Which nodes may differ between two states, found by walking the history of both from the newer
 * side to where they meet. Inside of the model. */
#ifndef BRANCHCORE_CHANGED_NODES_H
#define BRANCHCORE_CHANGED_NODES_H

#include "branchcore/model.h"
#include "branchcore/tree_diff.h"

/* The nodes with rows in a layer, or in a live working set, that only one of the two states has:
 * `nodes` those with a record, `xattrs` (may be NULL) those of them that also have rows of extended
 * attributes there. The caller frees the slots of both, on success and on failure. BC_STALE,
 * BC_CORRUPT, BC_IO. */
enum bc_status bc_changed_rows(struct bc_branch *past, struct bc_branch *now,
                               struct bc_id_counts *nodes, struct bc_id_counts *xattrs);

#endif
