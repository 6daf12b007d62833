/* How many lines two texts differ by: two states of one file, or a file and what took its place.
 * Inside of the model. */
#ifndef BRANCHCORE_TEXT_COUNT_H
#define BRANCHCORE_TEXT_COUNT_H

#include "branchcore/model.h"

/* added: lines that the new text has and the old one has not; removed: the other way. Costs what
 * changed where both are changes of one base run, else a walk over both. BC_STALE: a side has no
 * such file; BC_INVALID: it is no text; added and removed are as before then. */
enum bc_status bc_text_count_changes(struct bc_branch *past, uint64_t old_node,
                                     struct bc_branch *now, uint64_t new_node, uint64_t *added,
                                     uint64_t *removed);

#endif
