#include "branchcore/temporary_file.h"

#include "branchcore/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static enum bc_status status_of(int error)
{
    switch (error) {
    case ENOSPC:
    case EDQUOT:
        return BC_NO_SPACE;
    case EFBIG:
        return BC_TOO_LARGE;
    case ENOMEM:
        return BC_NO_MEMORY;
    case ENOENT:
    case ENOTDIR:
        return BC_NOT_FOUND;
    case EACCES:
    case EPERM:
    case EROFS:
        return BC_DENIED;
    default:
        return BC_IO;
    }
}

/* For file systems without O_TMPFILE: the file has a name for a moment. */
static enum bc_status open_and_unlink(const char *directory, int *file)
{
    struct bc_buffer name = {0};
    enum bc_status st = bc_buffer_printf(&name, "%s/.temporary-XXXXXX", directory);
    if (!st) {
        *file = mkostemp(name.data, O_CLOEXEC);
        st = *file < 0 ? status_of(errno) : BC_OK;
    }
    if (!st && unlink(name.data)) {
        st = status_of(errno);
        close(*file);
    }
    bc_buffer_release(&name);
    return st;
}

enum bc_status bc_temporary_file_open(const char *directory, int *file)
{
    do
        *file = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    while (*file < 0 && errno == EINTR);
    if (*file >= 0)
        return BC_OK;
    if (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL || errno == ENOENT)
        return open_and_unlink(directory, file);
    return status_of(errno);
}

enum bc_status bc_temporary_file_write(int file, uint64_t offset, const char *data, size_t size)
{
    while (size) {
        ssize_t written = pwrite(file, data, size, (off_t)offset);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return written < 0 ? status_of(errno) : BC_IO;
        data += written;
        size -= (size_t)written;
        offset += (size_t)written;
    }
    return BC_OK;
}

enum bc_status bc_temporary_file_read(int file, uint64_t offset, char *to, size_t size,
                                      size_t *done)
{
    *done = 0;
    while (*done < size) {
        ssize_t count = pread(file, to + *done, size - *done, (off_t)(offset + *done));
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return BC_IO;
        if (!count)
            break;
        *done += (size_t)count;
    }
    return BC_OK;
}

enum bc_status bc_temporary_file_truncate(int file, uint64_t size)
{
    int result;
    do
        result = ftruncate(file, (off_t)size);
    while (result < 0 && errno == EINTR);
    if (result == 0)
        return BC_OK;
    /* EINVAL: what some file systems say of a size beyond their largest file. */
    return errno == EINVAL ? BC_TOO_LARGE : status_of(errno);
}
