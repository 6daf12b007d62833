#include "branchcore/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const uint64_t largest = (uint64_t)1 << 62;

enum {
    TAIL_BYTES = BC_SPOOL_MEMORY,
    ALIGNMENT = 4096,         /* of memory, sizes and offsets: enough for any disk */
    BYTES_A_TRIAL = 32 << 20, /* after which the disk's speed counts */
    SLOW_NS_A_KIB = 5000,     /* 200 MB/s */
};

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

static void set_direct(struct bc_spool *spool, bool direct)
{
    int flags = fcntl(spool->file, F_GETFL);
    flags = direct ? flags | O_DIRECT : flags & ~O_DIRECT;
    spool->is_direct = fcntl(spool->file, F_SETFL, flags) == 0 ? direct : spool->is_direct;
}

static void drop_tail(struct bc_spool *spool)
{
    bc_free(spool->tail_memory);
    spool->tail_memory = NULL;
    spool->tail = NULL;
    if (spool->is_direct)
        set_direct(spool, false);
}

/* Bytes of the tail that belong to the spool. */
static size_t tail_size(const struct bc_spool *spool)
{
    return (size_t)(spool->size_bytes - spool->tail_at);
}

/* What was in memory becomes the tail of an empty file. */
static enum bc_status move_to_file(struct bc_spool *spool)
{
    int file = open_file(spool->directory);
    if (file < 0)
        return failure();
    spool->tail_memory = bc_alloc(TAIL_BYTES + ALIGNMENT);
    if (!spool->tail_memory) {
        close(file);
        return BC_NO_MEMORY;
    }
    size_t off = (uintptr_t)spool->tail_memory % ALIGNMENT;
    spool->tail = (char *)spool->tail_memory + (ALIGNMENT - off);
    if (spool->memory.size)
        memcpy(spool->tail, spool->memory.data, spool->memory.size);
    spool->tail_at = 0;
    spool->file = file;
    spool->past_cache = !spool->read_soon;
    bc_buffer_release(&spool->memory);
    return BC_OK;
}

/* Brings the tail into the file, which is an ordinary one from then on. */
static enum bc_status settle(struct bc_spool *spool)
{
    if (!spool->tail)
        return BC_OK;
    if (spool->is_direct)
        set_direct(spool, false);
    enum bc_status st = write_file(spool->file, spool->tail_at, spool->tail, tail_size(spool));
    if (!st)
        drop_tail(spool);
    return st;
}

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Writes a whole tail past the page cache. False: it has to be written in another way. */
static bool write_past_cache(struct bc_spool *spool)
{
    uint64_t begun = now_ns();
    if (!spool->is_direct)
        set_direct(spool, true);
    if (!spool->is_direct ||
        write_file(spool->file, spool->tail_at, spool->tail, TAIL_BYTES) != BC_OK)
        return false;
    spool->past_ns += now_ns() - begun;
    uint64_t bytes = spool->tail_at + TAIL_BYTES;
    if (bytes >= BYTES_A_TRIAL && spool->past_ns / (bytes >> 10) > SLOW_NS_A_KIB)
        spool->past_cache = false;
    return true;
}

/* Writes a tail that is full, and begins the next. */
static enum bc_status flush_tail(struct bc_spool *spool)
{
    if (!spool->past_cache || !write_past_cache(spool)) {
        spool->past_cache = false;
        if (spool->is_direct)
            set_direct(spool, false);
        enum bc_status st = write_file(spool->file, spool->tail_at, spool->tail, TAIL_BYTES);
        if (st)
            return st;
    }
    spool->tail_at += TAIL_BYTES;
    return BC_OK;
}

/* Adds bytes, at most a tail's, behind the end. */
static enum bc_status append(struct bc_spool *spool, const char *from, size_t size)
{
    size_t used = tail_size(spool);
    size_t room = TAIL_BYTES - used;
    size_t part = size < room ? size : room;
    memcpy(spool->tail + used, from, part);
    if (part < size) {
        enum bc_status st = flush_tail(spool);
        if (st)
            return st;
        memcpy(spool->tail, from + part, size - part);
    }
    spool->size_bytes += size;
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
    if (spool->tail && offset == spool->size_bytes && size <= TAIL_BYTES)
        return append(spool, from, size);
    st = settle(spool);
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

/* The part that lies in the file, and then the part that lies in the tail. */
static enum bc_status read_large(struct bc_spool *spool, uint64_t offset, char *to, size_t size,
                                 size_t *done)
{
    size_t in_file = size;
    if (spool->tail && offset + size > spool->tail_at)
        in_file = offset < spool->tail_at ? (size_t)(spool->tail_at - offset) : 0;
    if (in_file && spool->is_direct)
        set_direct(spool, false);
    enum bc_status st = in_file ? read_file(spool->file, offset, to, in_file, done) : BC_OK;
    if (st || *done < in_file || in_file == size)
        return st;
    memcpy(to + in_file, spool->tail + (offset + in_file - spool->tail_at), size - in_file);
    *done = size;
    return BC_OK;
}

enum bc_status bc_spool_read(struct bc_spool *spool, uint64_t offset, void *to, size_t size,
                             size_t *done)
{
    *done = 0;
    if (offset >= spool->size_bytes)
        return BC_OK;
    if (size > spool->size_bytes - offset)
        size = (size_t)(spool->size_bytes - offset);
    if (spool->file >= 0)
        return read_large(spool, offset, to, size, done);
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
    if (!st && spool->tail && size_bytes < spool->tail_at)
        drop_tail(spool);
    if (!st)
        st = settle(spool);
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
    uint64_t end = spool->tail ? spool->tail_at : spool->size_bytes;
    if (offset >= end)
        return offset;
    off_t at = lseek(spool->file, (off_t)offset, SEEK_DATA);
    if (at < 0)
        return errno == ENXIO ? end : offset;
    return (uint64_t)at < end ? (uint64_t)at : end;
}

/* Without a tail a read changes nothing of the spool. */
enum bc_status bc_spool_seal(struct bc_spool *spool)
{
    return settle(spool);
}

void bc_spool_release(struct bc_spool *spool)
{
    if (spool->file >= 0)
        close(spool->file);
    bc_free(spool->tail_memory);
    bc_buffer_release(&spool->memory);
    *spool = bc_spool(spool->directory);
}
