/* Inside fs/: what triple files show changed, and not their sets: with other prefixes, of a file
 * (its extended attribute) or of the store.
 *
 * Inodes that nobody has open follow; who has one open goes on reading what he opened. */
#ifndef FS_RESHOWN_H
#define FS_RESHOWN_H

#include "fs/mount.h"

/* Called by a thread of the commits pool, with no lock held (notify.h), after the change. The
 * kernel has forgotten what it knew when it returns. Out of memory it still knows some of it, of
 * files that are open. */
void tfs_node_shows_other(struct tfs_mount *mount, struct tfs_branch *branch, uint64_t node);
void tfs_all_show_other(struct tfs_mount *mount);

#endif
