/* Inside fs/: the root of the mount, whose folders are the branches. */
#ifndef FS_ROOT_H
#define FS_ROOT_H

#include "fs/mount.h"

/* Whether the caller may see what a REF (ref.h) names, used in the branch `here` (NULL: in none):
 * BC_DENIED with err unless he may list and enter the root folder of that state, and that of the
 * branch by whose name he calls it. Else BC_OK, or what bc_ref_open returns, with err. */
enum bc_status tfs_may_use_ref(fuse_req_t req, struct bc_branch *here, struct bc_slice ref,
                               struct bc_error *err);
/* BC_DENIED unless the caller may make names in the root of the mount. */
enum bc_status tfs_may_make_branches(fuse_req_t req, const struct bc_root_attr *root);
/* Forks a branch for the caller, who owns the new one's root folder. Notes its failures in the
 * errors of the store. *made (may be NULL): the new branch, which the caller releases. */
enum bc_status tfs_fork(fuse_req_t req, struct bc_branch *source, const char *name,
                        struct bc_branch **made);

/* Deletes a branch; one that comes back under the name has other inodes. As bc_branch_delete. */
enum bc_status tfs_branch_delete(struct tfs_mount *mount, struct bc_slice name, bool force,
                                 struct bc_error *err);

void tfs_root_mkdir(fuse_req_t req, const char *name);
void tfs_root_rmdir(fuse_req_t req, const char *name);
/* Runs on a thread of the moves pool; returns what to answer. */
enum bc_status tfs_root_rename(struct tfs_mount *mount, const char *from, const char *to,
                               unsigned flags);

/* A branch of that name came or went, but not by a mkdir, rmdir or rename in the root: drops what
 * the kernel knows of the name, and its list of names. May block (notify.h). */
void tfs_root_forget(struct tfs_mount *mount, struct bc_slice name);

#endif
