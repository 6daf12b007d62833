/* The extended attributes that two nodes, or two states of one, differ by. */
#ifndef BRANCHCORE_XATTR_DIFF_H
#define BRANCHCORE_XATTR_DIFF_H

#include "branchcore/tree.h"

struct bc_xattr_change {
    char sign; /* '+': new or another value; '-': removed */
    struct bc_slice name;
};

/* In the order of names, which lie in `names`. */
struct bc_xattr_changes {
    struct bc_xattr_change *list;
    size_t count;
    struct bc_buffer names;
};
/* Node 0 has none. Released by the caller on success; a failure leaves *changes alone. BC_STALE,
 * BC_CORRUPT, BC_IO. */
enum bc_status bc_xattr_diff(struct bc_branch *past, uint64_t old_node, struct bc_branch *now,
                             uint64_t new_node, struct bc_xattr_changes *changes);
void bc_xattr_changes_release(struct bc_xattr_changes *changes);

#endif
