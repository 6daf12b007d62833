/* A branch as it was: a stack of frozen layers without a working set, read-only by construction.
 * Inside of the model. */
#ifndef BRANCHCORE_BRANCH_PAST_H
#define BRANCHCORE_BRANCH_PAST_H

#include "branchcore/model.h"

/* layer 0: the empty tree. Released with bc_branch_release. BC_CORRUPT, BC_IO. */
enum bc_status bc_branch_past(struct bc_repo *repo, uint64_t layer, struct bc_branch **past);

#endif
