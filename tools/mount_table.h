/* The table of mounts of this mount namespace. */
#ifndef TOOLS_MOUNT_TABLE_H
#define TOOLS_MOUNT_TABLE_H

#include <limits.h>
#include <stdbool.h>

struct tfs_mounted {
    char source[PATH_MAX]; /* of a triplefs mount: the store's directory */
    char point[PATH_MAX];
    char type[64];
};

extern const char tfs_mount_type[]; /* "fuse.triplefs" */

/* What is mounted at an absolute path, the topmost if several; false: nothing. */
bool tfs_mounted_at(const char *point, struct tfs_mounted *mounted);
/* Where a store is mounted as triplefs; false: nowhere. */
bool tfs_store_mounted(const char *store, struct tfs_mounted *mounted);
/* What an absolute path without symbolic links lies on; false: the table cannot be read. */
bool tfs_mounted_around(const char *path, struct tfs_mounted *mounted);
/* The mount of a triplefs store that was made last; *others tells whether there are more. False:
 * there is none. */
bool tfs_any_mounted(struct tfs_mounted *mounted, bool *others);

/* Whether a path is that of a folder or lies inside of it. */
bool tfs_path_inside(const char *path, const char *folder);

#endif
