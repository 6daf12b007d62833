/* On which of the two sides a merge's layer is put. Inside of the model.
 *
 * A merged tree can be told as what it changes of ours or as what it changes of theirs. On ours,
 * nothing has to be told twice. But where two branches are merged in both directions in turn, each
 * would stay on its own layers for ever, with what it took over from the other copied into them:
 * the histories would meet where the branches once parted, and each merge would look at all layers
 * since then, since what differs between two states is found where their histories meet.
 *
 * So a merge is put on theirs if the histories do not meet at the base (there were merges before),
 * and if the way along the layers from ours to theirs is not much longer than that from the base to
 * theirs, which a merge has to go anyway: ours has changed little then. Both branches go on on the
 * same layers, and the next merge the other way finds its base where the two meet. Where ours has
 * changed much, it costs less to leave it alone, and a merge the other way comes to lie on it.
 *
 * A merge in each direction without that either comes to lie on the other side needs that what one
 * branch changes is each time a multiple of all that both changed before: so ways grow no longer
 * than a multiple of what was changed last. */
#ifndef BRANCHCORE_MERGE_SIDE_H
#define BRANCHCORE_MERGE_SIDE_H

#include "branchcore/model.h"

/* The states of a merge; 0: the empty tree. */
struct bc_three_layers {
    uint64_t base;
    uint64_t ours;
    uint64_t theirs;
};

/* *theirs: the merge is to be put on theirs. Looks at no more than a multiple of what lies between
 * base and theirs, and at the records of the layers since the base. BC_CORRUPT, BC_IO. */
enum bc_status bc_merge_side(struct bc_repo *repo, const struct bc_three_layers *layers,
                             bool *theirs);

#endif
