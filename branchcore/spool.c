#include "branchcore/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const uint64_t largest = (uint64_t)1 << 62;

static enum bc_status failure(void)
{
    switch (errno) {
    case ENOSPC:
    case EDQUOT:
        return BC_NO_SPACE;
    case EFBIG:
    case EINVAL: /* ftruncate(2) of some file systems: beyond their largest file */
        return BC_TOO_LARGE;
    case ENOMEM:
        return BC_NO_MEMORY;
    default:
        return BC_IO;
    }
}

/* For file systems without O_TMPFILE: a name that is gone at once. */
static int open_named(const char *directory)
{
    char path[4096];
    int size = snprintf(path, sizeof path, "%s/spool-XXXXXX", directory);
    if (size < 0 || (size_t)size >= sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    int file = mkostemp(path, O_CLOEXEC);
    if (file >= 0)
        (void)unlink(path);
    return file;
}

static int open_file(const char *directory)
{
    int file = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (file < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == ENOENT))
        file = open_named(directory);
    return file;
}

static enum bc_status write_file(int file, uint64_t offset, const char *from, size_t size)
{
    while (size) {
        ssize_t written = pwrite(file, from, size, (off_t)offset);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return written < 0 ? failure() : BC_IO;
        from += written;
        size -= (size_t)written;
        offset += (size_t)written;
    }
    return BC_OK;
}

static enum bc_status truncate_file(int file, uint64_t size_bytes)
{
    int result;
    do {
        result = ftruncate(file, (off_t)size_bytes);
    } while (result < 0 && errno == EINTR);
    return result < 0 ? failure() : BC_OK;
}

static enum bc_status move_to_file(struct bc_spool *spool)
{
    int file = open_file(spool->directory);
    if (file < 0)
        return failure();
    enum bc_status st = write_file(file, 0, spool->memory.data, spool->memory.size);
    if (st) {
        close(file);
        return st;
    }
    spool->file = file;
    bc_buffer_release(&spool->memory);
    return BC_OK;
}

/* Memory of exactly `end` bytes, zeros behind what there was. */
static enum bc_status grow_memory(struct bc_spool *spool, uint64_t end)
{
    struct bc_buffer *memory = &spool->memory;
    if (end <= memory->size)
        return BC_OK;
    enum bc_status st = bc_buffer_reserve(memory, end - memory->size);
    if (st)
        return st;
    memset(memory->data + memory->size, 0, end - memory->size);
    memory->size = end;
    return BC_OK;
}

enum bc_status bc_spool_write(struct bc_spool *spool, uint64_t offset, const void *from,
                              size_t size)
{
    if (offset > largest || size > largest - offset)
        return BC_TOO_LARGE;
    if (!size)
        return BC_OK;
    uint64_t end = offset + size;
    enum bc_status st = BC_OK;
    if (spool->file < 0 && end > BC_SPOOL_MEMORY)
        st = move_to_file(spool);
    if (!st && spool->file < 0)
        st = grow_memory(spool, end);
    if (st)
        return st;
    if (spool->file < 0)
        memcpy(spool->memory.data + offset, from, size);
    else
        st = write_file(spool->file, offset, from, size);
    if (st) {
        /* What was written beyond the end must not come up when the spool grows again. */
        (void)truncate_file(spool->file, spool->size_bytes);
        return st;
    }
    if (end > spool->size_bytes)
        spool->size_bytes = end;
    return BC_OK;
}

static enum bc_status read_file(int file, uint64_t offset, char *to, size_t size, size_t *done)
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

enum bc_status bc_spool_read(const struct bc_spool *spool, uint64_t offset, void *to, size_t size,
                             size_t *done)
{
    *done = 0;
    if (offset >= spool->size_bytes)
        return BC_OK;
    if (size > spool->size_bytes - offset)
        size = (size_t)(spool->size_bytes - offset);
    if (spool->file >= 0)
        return read_file(spool->file, offset, to, size, done);
    memcpy(to, spool->memory.data + offset, size);
    *done = size;
    return BC_OK;
}

enum bc_status bc_spool_truncate(struct bc_spool *spool, uint64_t size_bytes)
{
    if (size_bytes > largest)
        return BC_TOO_LARGE;
    enum bc_status st = BC_OK;
    if (spool->file < 0 && size_bytes > BC_SPOOL_MEMORY)
        st = move_to_file(spool);
    if (!st && spool->file >= 0)
        st = truncate_file(spool->file, size_bytes);
    else if (!st)
        st = grow_memory(spool, size_bytes);
    if (st)
        return st;
    if (spool->file < 0)
        spool->memory.size = (size_t)size_bytes;
    spool->size_bytes = size_bytes;
    return BC_OK;
}

uint64_t bc_spool_data_from(const struct bc_spool *spool, uint64_t offset)
{
    if (offset >= spool->size_bytes)
        return spool->size_bytes;
    if (spool->file < 0)
        return offset;
    off_t at = lseek(spool->file, (off_t)offset, SEEK_DATA);
    if (at < 0)
        return errno == ENXIO ? spool->size_bytes : offset;
    return (uint64_t)at < spool->size_bytes ? (uint64_t)at : spool->size_bytes;
}

void bc_spool_release(struct bc_spool *spool)
{
    if (spool->file >= 0)
        close(spool->file);
    bc_buffer_release(&spool->memory);
    *spool = bc_spool(spool->directory);
}
