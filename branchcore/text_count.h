/* How many lines two states of one file differ by. Inside of the model. */
#ifndef BRANCHCORE_TEXT_COUNT_H
#define BRANCHCORE_TEXT_COUNT_H

#include "branchcore/model.h"

/* added: lines that `now` has and `past` has not; removed: the other way. Costs what changed where
 * both states are changes of one base run, else a walk over both texts. BC_STALE: a side has no
 * such file. */
enum bc_status bc_text_count_changes(struct bc_branch *past, struct bc_branch *now, uint64_t node,
                                     uint64_t *added, uint64_t *removed);

#endif
