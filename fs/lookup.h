/* Inside fs/: from names to inodes. */
#ifndef FS_LOOKUP_H
#define FS_LOOKUP_H

#include "fs/mount.h"

/* The names of the control folders, in the root of a branch and in that of the mount. */
#define TFS_BRANCH_FOLDER ".branch"
#define TFS_STORE_FOLDER  ".store"
/* That of a waiting merge, in `.branch`. */
#define TFS_CONFLICTS_FOLDER "conflicts"

/* True if a name in a folder is that of its control folder, which nobody can make, rename or
 * remove. */
bool tfs_is_control_name(const struct tfs_inode *folder, const char *name);

/* Fills an entry with the inode that a name has, counting one look-up of the kernel (which is
 * tfs_inode_forget's to undo if the answer is never sent). BC_NOT_FOUND and what look-ups return.
 */
enum bc_status tfs_find(struct tfs_mount *mount, struct tfs_inode *folder, const char *name,
                        pid_t thread, struct fuse_entry_param *entry, struct tfs_inode **inode);
/* The same for attributes that are known; BC_BUSY: they are outdated. Where it would take long to
 * tell how large what a triple file shows is, the kernel is told not to remember the attributes: it
 * will ask for them by getattr. */
enum bc_status tfs_enter(struct tfs_mount *mount, struct tfs_branch *branch,
                         const struct bc_attr *attr, struct bc_slice name, pid_t thread,
                         struct fuse_entry_param *entry, struct tfs_inode **inode);

/* The root folder of a branch, by the branch's name. */
enum bc_status tfs_find_branch(struct tfs_mount *mount, const char *name,
                               struct fuse_entry_param *entry, struct tfs_inode **inode);

void tfs_lookup(fuse_req_t req, fuse_ino_t parent, const char *name);
void tfs_forget(fuse_req_t req, fuse_ino_t nodeid, uint64_t lookups);
void tfs_forget_multi(fuse_req_t req, size_t count, struct fuse_forget_data *forgets);

#endif
