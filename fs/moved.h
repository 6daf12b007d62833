/* Inside fs/: a branch that goes from one state to another at once (moved of branchcore/repo.h): by
 * a merge, a reset, a patch or a revert.
 *
 * Everything that differs is invalidated, exactly, before the command that did it returns: a file's
 * inode follows to the new content, or, if somebody has it open, keeps the old one for him and is
 * not found any more. Then those who watch with inotify are told (moved_watchers.h). */
#ifndef FS_MOVED_H
#define FS_MOVED_H

#include "fs/mount.h"

/* Called by the thread that runs the command, which is one of the commits pool (notify.h), with no
 * lock held. */
void tfs_moved(struct tfs_mount *mount, struct bc_branch *branch, struct bc_branch *before,
               struct bc_branch *after);

#endif
