#include "tools/store_marker.h"

#include "branchcore/repo.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char finished_name[] = "triplefs";
static const char begun_name[] = "triplefs.new";

enum bc_status tfs_status_of_errno(int number)
{
    switch (number) {
    case EACCES:
    case EPERM:
    case EROFS:
        return BC_DENIED;
    case ENOSPC:
    case EDQUOT:
        return BC_NO_SPACE;
    case ENOENT:
        return BC_NOT_FOUND;
    case ENOMEM:
        return BC_NO_MEMORY;
    default:
        return BC_IO;
    }
}

static enum bc_status system_failure(struct bc_error *err, const char *doing, const char *path,
                                     const char *name)
{
    int number = errno;
    return bc_fail(err, tfs_status_of_errno(number), "cannot %s %s/%s: %s", doing, path, name,
                   strerror(number));
}

bool tfs_marker_begun(int directory)
{
    return faccessat(directory, begun_name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static enum bc_status no_marker(int directory, const char *path, struct bc_error *err)
{
    if (tfs_marker_begun(directory))
        return bc_fail(err, BC_NOT_A_STORE,
                       "%s is a store whose creation was cut off; finish it with: triplefs init %s",
                       path, path);
    return bc_fail(err, BC_NOT_A_STORE,
                   "%s is not a triplefs store (no file 'triplefs' in it); create one with: "
                   "triplefs init DIR",
                   path);
}

/* 0: the text is no marker's. */
static unsigned long format_of(const char *text)
{
    static const char start[] = "triplefs store\nformat ";
    size_t size = sizeof start - 1;
    if (strncmp(text, start, size) != 0 || text[size] < '1' || text[size] > '9')
        return 0;
    char *end;
    unsigned long format = strtoul(text + size, &end, 10);
    return *end == '\n' ? format : 0;
}

enum bc_status tfs_marker_read(int directory, const char *path, struct bc_error *err)
{
    int file = openat(directory, finished_name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0 && errno == ENOENT)
        return no_marker(directory, path, err);
    if (file < 0)
        return system_failure(err, "open", path, finished_name);
    char text[64];
    ssize_t size = pread(file, text, sizeof text - 1, 0);
    int number = errno;
    close(file);
    errno = number;
    if (size < 0)
        return system_failure(err, "read", path, finished_name);
    text[size] = '\0';
    unsigned long format = format_of(text);
    if (format == 0)
        return bc_fail(err, BC_CORRUPT,
                       "%s/%s is damaged: it should say 'triplefs store' and 'format %d'; restore "
                       "it from a backup",
                       path, finished_name, BC_FORMAT_VERSION);
    if (format > BC_FORMAT_VERSION)
        return bc_fail(
            err, BC_NEWER_FORMAT,
            "store %s has format %lu, and this program, triplefs %s, knows formats up to "
            "%d; use a newer triplefs",
            path, format, TRIPLEFS_VERSION, BC_FORMAT_VERSION);
    return BC_OK;
}

enum bc_status tfs_marker_begin(int directory, const char *path, struct bc_error *err)
{
    int file = openat(directory, begun_name, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (file < 0)
        return system_failure(err, "create", path, begun_name);
    bool written =
        dprintf(file, "triplefs store\nformat %d\n", BC_FORMAT_VERSION) > 0 && fsync(file) == 0;
    int number = errno;
    if (close(file) != 0 && written) {
        number = errno;
        written = false;
    }
    errno = number;
    if (!written || fsync(directory) != 0)
        return system_failure(err, "write", path, begun_name);
    return BC_OK;
}

enum bc_status tfs_marker_finish(int directory, const char *path, struct bc_error *err)
{
    if (renameat(directory, begun_name, directory, finished_name) != 0 || fsync(directory) != 0)
        return system_failure(err, "write", path, finished_name);
    return BC_OK;
}
