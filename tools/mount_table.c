#include "tools/mount_table.h"

#include <mntent.h>
#include <stdio.h>
#include <string.h>

const char tfs_mount_type[] = "fuse.triplefs";

static void copy(char *to, size_t room, const char *from)
{
    snprintf(to, room, "%s", from);
}

/* The last match counts: later mounts cover earlier ones. */
static bool find(const char *point, const char *store, struct tfs_mounted *mounted)
{
    FILE *table = setmntent("/proc/self/mounts", "re");
    if (!table)
        return false;
    bool found = false;
    char strings[3 * PATH_MAX];
    struct mntent entry;
    while (getmntent_r(table, &entry, strings, sizeof strings)) {
        if (point && strcmp(entry.mnt_dir, point) != 0)
            continue;
        if (store &&
            (strcmp(entry.mnt_type, tfs_mount_type) != 0 || strcmp(entry.mnt_fsname, store) != 0))
            continue;
        copy(mounted->source, sizeof mounted->source, entry.mnt_fsname);
        copy(mounted->point, sizeof mounted->point, entry.mnt_dir);
        copy(mounted->type, sizeof mounted->type, entry.mnt_type);
        found = true;
    }
    endmntent(table);
    return found;
}

bool tfs_mounted_at(const char *point, struct tfs_mounted *mounted)
{
    return find(point, NULL, mounted);
}

bool tfs_store_mounted(const char *store, struct tfs_mounted *mounted)
{
    return find(NULL, store, mounted);
}
