/* Inside fs/: `at/`, where every REF (branchcore/ref.h) is the root folder of a tree of the past.
 *
 * A REF is looked up by its name; nothing is listed. The tree is served as any other, but cannot be
 * changed. Its folders have inodes of their own for each REF, since a folder has one place in the
 * kernel's tree of names; its files share theirs, and so the page cache, with all REFs that lead to
 * the same state. A tree is known as long as the kernel knows something of it. */
#ifndef FS_AT_H
#define FS_AT_H

#include "fs/mount.h"

/* The root folder of the tree at a REF, as tfs_find. at: an `at/`. BC_NOT_FOUND, BC_INVALID (it is
 * ambiguous), BC_DENIED. */
enum bc_status tfs_at_find(fuse_req_t req, struct tfs_inode *at, const char *ref,
                           struct fuse_entry_param *entry, struct tfs_inode **inode);

/* Opens a REF that is used in the controls of a branch, if the caller may see what it names.
 * Failures are noted but for BC_NOT_FOUND. */
struct bc_state;
enum bc_status tfs_ref_open(fuse_req_t req, struct tfs_branch *here, const char *ref,
                            struct bc_state *state);

/* Whether a tree of the past has this control in its `.branch`. */
struct tfs_control;
bool tfs_past_has(const struct tfs_control *control);

#endif
