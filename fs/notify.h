/* Inside fs/: telling the kernel to forget what it cached.
 *
 * The kernel takes the lock of the folder to drop a name, which a process may hold while it waits
 * for our answer to its lookup, create, unlink, rename or readdir in that folder. So names are
 * dropped by threads of the commits pool alone, with none of our locks held, and before an answer
 * only if its caller holds no folder's lock (flush, release, fsync, setattr, open). */
#ifndef FS_NOTIFY_H
#define FS_NOTIFY_H

#include "fs/mount.h"

enum { TFS_INVALIDATIONS_MAX = 4 };

struct tfs_invalidations {
    unsigned count;
    struct {
        fuse_ino_t folder;
        char name[BC_NAME_MAX + 1];
    } names[TFS_INVALIDATIONS_MAX];
};

/* Adds a name; folder 0 (the kernel does not know it) adds nothing. */
void tfs_invalidate_name(struct tfs_invalidations *list, fuse_ino_t folder, const char *name);
/* Adds the name that a node has now, if it has one that the kernel can know. */
void tfs_invalidate_node(struct tfs_mount *mount, struct tfs_invalidations *list,
                         struct tfs_branch *branch, uint64_t node);

/* Drops the names. May block; see above. */
void tfs_invalidations_send(struct tfs_mount *mount, const struct tfs_invalidations *list);
/* The same from a thread of the commits pool, soon. Out of memory it is left out: what the kernel
 * then still has leads to a stale inode, and from there to a new walk of the path. */
void tfs_invalidations_later(struct tfs_mount *mount, const struct tfs_invalidations *list);

/* Drops pages and attributes of an inode. Waits for pages under way, never for a folder. */
void tfs_drop_pages(struct tfs_mount *mount, const struct tfs_inode *inode);
/* Drops the attributes of an inode alone. Waits for nobody. */
void tfs_drop_attributes(struct tfs_mount *mount, const struct tfs_inode *inode);

#endif
