#include "tools/mount_table.h"

#include <mntent.h>
#include <stdio.h>
#include <string.h>

const char tfs_mount_type[] = "fuse.triplefs";

static void copy(char *to, size_t room, const char *from)
{
    snprintf(to, room, "%s", from);
}

bool tfs_path_inside(const char *path, const char *folder)
{
    size_t length = strlen(folder);
    if (length == 1) /* "/" */
        return true;
    return strncmp(path, folder, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

static bool is_ours(const struct mntent *entry)
{
    return strcmp(entry->mnt_type, tfs_mount_type) == 0;
}

static bool is_at(const struct mntent *entry, const char *point)
{
    return strcmp(entry->mnt_dir, point) == 0;
}

static bool is_of(const struct mntent *entry, const char *store)
{
    return is_ours(entry) && strcmp(entry->mnt_fsname, store) == 0;
}

/* Whether the path lies on it as far as it is known: deeper mounts cover the others. */
static bool is_around(const struct mntent *entry, const char *path)
{
    return tfs_path_inside(path, entry->mnt_dir);
}

static bool is_any(const struct mntent *entry, const char *nothing)
{
    (void)nothing;
    return is_ours(entry);
}

/* The last match counts: later mounts cover earlier ones. Returns how many there are. */
static unsigned find(bool (*matches)(const struct mntent *entry, const char *text),
                     const char *text, bool deepest, struct tfs_mounted *mounted)
{
    FILE *table = setmntent("/proc/self/mounts", "re");
    if (!table)
        return 0;
    unsigned found = 0;
    char strings[3 * PATH_MAX];
    struct mntent entry;
    while (getmntent_r(table, &entry, strings, sizeof strings)) {
        if (!matches(&entry, text))
            continue;
        if (deepest && found && strlen(entry.mnt_dir) < strlen(mounted->point))
            continue;
        copy(mounted->source, sizeof mounted->source, entry.mnt_fsname);
        copy(mounted->point, sizeof mounted->point, entry.mnt_dir);
        copy(mounted->type, sizeof mounted->type, entry.mnt_type);
        found++;
    }
    endmntent(table);
    return found;
}

bool tfs_mounted_at(const char *point, struct tfs_mounted *mounted)
{
    return find(is_at, point, false, mounted) > 0;
}

bool tfs_store_mounted(const char *store, struct tfs_mounted *mounted)
{
    return find(is_of, store, false, mounted) > 0;
}

bool tfs_mounted_around(const char *path, struct tfs_mounted *mounted)
{
    return find(is_around, path, true, mounted) > 0;
}

bool tfs_any_mounted(struct tfs_mounted *mounted, bool *others)
{
    unsigned found = find(is_any, NULL, false, mounted);
    *others = found > 1;
    return found > 0;
}
