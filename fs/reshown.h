/* Inside fs/: what triple files show changed, and not their sets: with other prefixes, of a file
 * (its extended attribute) or of the store, or with a name of another kind.
 *
 * Inodes that nobody has open follow; who has one open goes on reading what he opened. */
#ifndef FS_RESHOWN_H
#define FS_RESHOWN_H

#include "fs/mount.h"

/* With no lock held; the kernel has forgotten what it knew when they return. Out of memory it still
 * knows some of it, of files that are open. */

/* After a rename, before it is answered: none of the file's inodes follows, and whoever asks for
 * their attributes or pages is sent to the name again, which is the caller's to invalidate. */
void tfs_node_shows_other_kind(struct tfs_mount *mount, struct tfs_branch *branch, uint64_t node);

/* These two are called by a thread of the commits pool (notify.h). */

/* After the change. */
void tfs_node_shows_other(struct tfs_mount *mount, struct tfs_branch *branch, uint64_t node);
/* Makes the change while nobody looks at what files show: the version of a file does not tell
 * whether it was seen before the change or behind it. Returns what `change` does. */
enum bc_status tfs_all_show_other(struct tfs_mount *mount, enum bc_status (*change)(void *context),
                                  void *context);

#endif
