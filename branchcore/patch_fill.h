/* Inside branchcore: what a patch says of one node beside its place and its rows A and D: bytes, a
 * link's target, attributes, mode. */
#ifndef BRANCHCORE_PATCH_FILL_H
#define BRANCHCORE_PATCH_FILL_H

#include "branchcore/model.h"
#include "branchcore/patch_parse.h"

/* xattrs: those of the part. *changed becomes true if anything is another now; *node another node
 * if it is a link that was replaced. The branch is one that nobody else changes. BC_STALE,
 * BC_CORRUPT, BC_IO, BC_NO_SPACE: part of it may be done. */
enum bc_status bc_patch_fill(struct bc_branch *branch, uint64_t *node,
                             const struct bc_patch_part *part, const struct bc_patch_xattr *xattrs,
                             bool *changed);

#endif
