/* Freezing: a working set becomes a layer of its branch's stack, as part of a batch. Inside of the
 * model; branch_fork.c and state.h are built on it. */
#ifndef BRANCHCORE_FREEZE_H
#define BRANCHCORE_FREEZE_H

#include "branchcore/model.h"

struct bc_freeze {
    struct bc_layer *layer; /* the working set as a layer, with a reference; NULL: nothing to do */
    uint64_t work;          /* the working set afterwards */
    int64_t now_ns;
};

/* Puts the records of the freeze into the batch. The branch's lock is held for writing until one of
 * the other two is called: apply after the batch was applied, else cancel. A failure needs neither.
 */
enum bc_status bc_freeze_plan(struct bc_branch *branch, int64_t now_ns, struct bc_batch *batch,
                              struct bc_freeze *freeze);
void bc_freeze_apply(struct bc_branch *branch, const struct bc_freeze *freeze);
void bc_freeze_cancel(struct bc_branch *branch, const struct bc_freeze *freeze);

#endif
