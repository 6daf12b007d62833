#include "branchcore/spool.h"

#include "branchcore/temporary_file.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static const uint64_t largest = (uint64_t)1 << 62;

enum { TAIL_BYTES = BC_SPOOL_MEMORY };

static void drop_tail(struct bc_spool *spool)
{
    bc_free(spool->tail_memory);
    spool->tail_memory = NULL;
    spool->tail = NULL;
    bc_past_cache_end(&spool->past);
}

/* Bytes of the tail that belong to the spool. */
static size_t tail_size(const struct bc_spool *spool)
{
    return (size_t)(spool->size_bytes - spool->tail_at);
}

/* What was in memory becomes the tail of an empty file. */
static enum bc_status move_to_file(struct bc_spool *spool)
{
    char *tail;
    void *tail_memory = bc_past_cache_alloc(TAIL_BYTES, &tail);
    if (!tail_memory)
        return BC_NO_MEMORY;
    int file;
    enum bc_status st = bc_temporary_file_open(spool->directory, &file);
    if (st) {
        bc_free(tail_memory);
        /* The directory is the holder's: it is not the writer's file that is missing or denied. */
        return st == BC_NOT_FOUND || st == BC_DENIED ? BC_IO : st;
    }
    spool->tail_memory = tail_memory;
    spool->tail = tail;
    if (spool->memory.size)
        memcpy(spool->tail, spool->memory.data, spool->memory.size);
    spool->tail_at = 0;
    spool->file = file;
    if (!spool->read_soon)
        bc_past_cache_begin(&spool->past, file);
    bc_buffer_release(&spool->memory);
    return BC_OK;
}

/* Brings the tail into the file, which is an ordinary one from then on. */
static enum bc_status settle(struct bc_spool *spool)
{
    if (!spool->tail)
        return BC_OK;
    bc_past_cache_end(&spool->past);
    enum bc_status st =
        bc_temporary_file_write(spool->file, spool->tail_at, spool->tail, tail_size(spool));
    if (!st)
        drop_tail(spool);
    return st;
}

/* Writes a tail that is full, and begins the next. */
static enum bc_status flush_tail(struct bc_spool *spool)
{
    if (!bc_past_cache_write(&spool->past, spool->tail_at, spool->tail, TAIL_BYTES)) {
        enum bc_status st =
            bc_temporary_file_write(spool->file, spool->tail_at, spool->tail, TAIL_BYTES);
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
        st = bc_temporary_file_write(spool->file, offset, from, size);
    if (st) {
        /* What was written beyond the end must not come up when the spool grows again. */
        (void)bc_temporary_file_truncate(spool->file, spool->size_bytes);
        return st;
    }
    if (end > spool->size_bytes)
        spool->size_bytes = end;
    return BC_OK;
}

/* The part that lies in the file, and then the part that lies in the tail. */
static enum bc_status read_large(struct bc_spool *spool, uint64_t offset, char *to, size_t size,
                                 size_t *done)
{
    size_t in_file = size;
    if (spool->tail && offset + size > spool->tail_at)
        in_file = offset < spool->tail_at ? (size_t)(spool->tail_at - offset) : 0;
    enum bc_status st = BC_OK;
    if (in_file) {
        bc_past_cache_end(&spool->past); /* which would want aligned reads */
        st = bc_temporary_file_read(spool->file, offset, to, in_file, done);
    }
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
        st = bc_temporary_file_truncate(spool->file, size_bytes);
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
