/* One tree on another's layers: a state that was made on top of one state is told as changes of
 * another. Inside of the model. */
#ifndef BRANCHCORE_TRANSPLANT_H
#define BRANCHCORE_TRANSPLANT_H

#include "branchcore/state.h"

/* A scratch branch over the layer `onto` with the tree of `from`, which nobody changes meanwhile:
 * nodes, names, contents and their versions, attributes. But where nothing but times differs they
 * are those of `onto`, unless from's record lies in a layer of a greater id than `since`. Costs
 * what the layers between the two hold (changed_nodes.h), and of texts the lines that differ. The
 * caller releases *to. BC_STALE, BC_CORRUPT, BC_IO, BC_NO_SPACE. */
enum bc_status bc_transplant(struct bc_branch *from, uint64_t onto, uint64_t since,
                             struct bc_branch **to);

#endif
