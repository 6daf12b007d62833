/* Inside branchcore: which blank node gets which canonical identifier (steps 3 to 5 of section 4.4
 * of RDFC-1.0). */
#ifndef BRANCHCORE_CANON_LABEL_H
#define BRANCHCORE_CANON_LABEL_H

#include "branchcore/canon_paths.h"

/* issuer is initialised and empty; all nodes are issued in it. *steps: what that took, also on
 * failure. BC_TOO_LARGE: more than `limit`; BC_CANCELLED. */
enum bc_status bc_canon_label_nodes(const struct bc_canon_graph *graph, enum bc_canon_hash hash,
                                    uint64_t limit, const atomic_bool *stop,
                                    struct bc_canon_issuer *issuer, uint64_t *steps);

#endif
