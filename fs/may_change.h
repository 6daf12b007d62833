/* Inside fs/: which trees cannot be changed, whatever their mode bits say: states of the past
 * (at.h), the sides of a conflict (conflicts.h), and what a move left behind (moved.h). */
#ifndef FS_MAY_CHANGE_H
#define FS_MAY_CHANGE_H

#include "fs/inode.h"

/* BC_OK if content and attributes of a file or folder may be changed. BC_READ_ONLY: it is past;
 * BC_DENIED: it is a side of a conflict; BC_STALE: it was left behind. */
enum bc_status tfs_may_change(const struct tfs_inode *inode);
/* BC_OK if a name may be made, replaced or renamed in a folder; else likewise. */
enum bc_status tfs_may_name(const struct tfs_inode *folder, const char *name);
/* BC_OK if names may be removed from a folder: BC_READ_ONLY. */
enum bc_status tfs_may_remove(const struct tfs_inode *folder);

#endif
