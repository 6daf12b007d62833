#include "tools/mountpoint.h"

#include "tools/mount_table.h"
#include "tools/store_marker.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static enum bc_status refuse_mounted(const struct tfs_mounted *mounted, struct bc_error *err)
{
    if (strcmp(mounted->type, tfs_mount_type) == 0)
        return bc_fail(err, BC_BUSY,
                       "cannot mount at %s: store %s is mounted there; choose another mountpoint, "
                       "or unmount that one first: triplefs umount %s",
                       mounted->point, mounted->source, mounted->point);
    return bc_fail(err, BC_BUSY,
                   "cannot mount at %s: something else is mounted there (%s, of type %s); choose "
                   "another mountpoint",
                   mounted->point, mounted->source, mounted->type);
}

static enum bc_status refuse_path(const char *path, struct bc_error *err)
{
    int number = errno;
    if (number == ENOENT)
        return bc_fail(err, BC_NOT_FOUND, "mountpoint %s does not exist; create it first: mkdir %s",
                       path, path);
    if (number == ENOTDIR)
        return bc_fail(err, BC_NOT_DIRECTORY, "mountpoint %s is not a directory", path);
    if (number == ENOTCONN)
        return bc_fail(err, BC_BUSY,
                       "at %s a file system is mounted whose process is gone; unmount it first: "
                       "triplefs umount %s",
                       path, path);
    return bc_fail(err, tfs_status_of_errno(number), "cannot use mountpoint %s: %s", path,
                   strerror(number));
}

enum bc_status tfs_mountpoint_check(const char *path, const char *store, char real[PATH_MAX],
                                    struct bc_error *err)
{
    struct stat info;
    if (!realpath(path, real) || stat(real, &info) != 0)
        return refuse_path(path, err);
    if (!S_ISDIR(info.st_mode))
        return bc_fail(err, BC_NOT_DIRECTORY, "mountpoint %s is not a directory", path);
    if (tfs_path_inside(real, store))
        return bc_fail(err, BC_INVALID,
                       "mountpoint %s is inside the store %s; choose a directory outside of it",
                       path, store);
    if (tfs_path_inside(store, real))
        return bc_fail(err, BC_INVALID,
                       "the store %s is inside the mountpoint %s, which would hide it; choose "
                       "another mountpoint",
                       store, path);
    struct tfs_mounted mounted;
    if (tfs_mounted_at(real, &mounted))
        return refuse_mounted(&mounted, err);
    return BC_OK;
}
