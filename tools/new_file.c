#include "tools/new_file.h"

#include "tools/store_marker.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static enum bc_status system_failure(const char *doing, const char *path, struct bc_error *err)
{
    int number = errno;
    enum bc_status status = number == EEXIST ? BC_EXISTS : tfs_status_of_errno(number);
    return bc_fail(err, status, "cannot %s %s: %s", doing, path, strerror(number));
}

static void path_of_open(int file, char path[32])
{
    snprintf(path, 32, "/proc/self/fd/%d", file);
}

/* A file without a name can get one only through /proc. */
static int open_nameless(int directory, mode_t mode)
{
    int file = openat(directory, ".", O_WRONLY | O_TMPFILE | O_CLOEXEC, mode);
    char path[32];
    path_of_open(file, path);
    if (file >= 0 && access(path, F_OK) != 0) {
        close(file);
        return -1;
    }
    return file;
}

enum bc_status tfs_new_file_open(struct tfs_new_file *file, int directory, mode_t mode,
                                 const char *path, struct bc_error *err)
{
    *file = (struct tfs_new_file){.directory = directory};
    snprintf(file->temporary, sizeof file->temporary, ".triplefs-export-%ld", (long)getpid());
    file->file = open_nameless(directory, mode);
    if (file->file >= 0)
        return BC_OK;
    file->file = openat(directory, file->temporary,
                        O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    if (file->file < 0)
        return system_failure("create", path, err);
    file->named = true;
    return BC_OK;
}

static enum bc_status give_name(struct tfs_new_file *file, const char *path, struct bc_error *err)
{
    char open_path[32];
    path_of_open(file->file, open_path);
    if (linkat(AT_FDCWD, open_path, file->directory, file->temporary, AT_SYMLINK_FOLLOW) != 0)
        return system_failure("create", path, err);
    file->named = true;
    return BC_OK;
}

enum bc_status tfs_new_file_keep(struct tfs_new_file *file, const char *name, const char *path,
                                 struct bc_error *err)
{
    enum bc_status status = file->named ? BC_OK : give_name(file, path, err);
    /* Some file systems tell only now that they could not write. */
    int closed = close(file->file);
    file->file = -1;
    if (closed != 0 && !status)
        status = system_failure("write", path, err);
    if (!status && renameat(file->directory, file->temporary, file->directory, name) != 0)
        status = system_failure("create", path, err);
    if (status)
        tfs_new_file_drop(file);
    return status;
}

void tfs_new_file_drop(struct tfs_new_file *file)
{
    if (file->file >= 0)
        close(file->file);
    if (file->named)
        unlinkat(file->directory, file->temporary, 0);
    *file = (struct tfs_new_file){.file = -1};
}
