/* What becomes of a scratch branch (state.h) at its end, for branch.c. Inside of the model. */
#ifndef BRANCHCORE_SCRATCH_H
#define BRANCHCORE_SCRATCH_H

#include "branchcore/model.h"

/* To be called when nobody has a reference any more. If no record has its working set (a scratch's,
 * a removed hidden branch's), this removes the rows of that and unpins it. A failure leaves them to
 * the collector. */
void bc_scratch_drop(struct bc_branch *branch);

#endif
