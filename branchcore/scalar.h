/* The scalar engine's operations, one by one, for engines that have a faster way for some cases
 * only. The engine itself is bc_scalar_engine (compute.h). Contracts as in struct bc_compute; the
 * compute argument is not looked at and may be NULL. */
#ifndef BRANCHCORE_SCALAR_H
#define BRANCHCORE_SCALAR_H

#include "branchcore/compute.h"

enum bc_status bc_scalar_sort_unique(const struct bc_compute *compute, struct bc_line *lines,
                                     size_t *count);

#endif
