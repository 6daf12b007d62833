/* Inside fs/: `conflicts/`, the tree of a waiting merge's conflicts (branchcore/merge.h), served as
 * any other tree. Its sides (base, ours, theirs) cannot be changed, only removed together with
 * their folder; any other name can be made, so that editors find place for their temporary files.
 * It is there, and empty, when no merge waits. */
#ifndef FS_CONFLICTS_H
#define FS_CONFLICTS_H

#include "fs/mount.h"

/* The root folder of the tree, if name is its and a merge of the branch waits; as tfs_find. Else
 * BC_NOT_FOUND. */
enum bc_status tfs_conflicts_find(struct tfs_mount *mount, struct tfs_inode *controls,
                                  const char *name, struct fuse_entry_param *entry,
                                  struct tfs_inode **inode);

#endif
