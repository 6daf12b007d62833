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

#endif
