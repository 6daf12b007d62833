#include "branchcore/spill.h"

#include "branchcore/temporary_file.h"

#include <assert.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum {
    VARINT_MAX = 5, /* bytes of a varint below 2^32 */
    TWO_VARINTS = 10,
    READ_AHEAD = 1 << 20, /* bytes that the kernel is asked to fetch before they are read */
};

enum bc_status bc_spill_open(struct bc_spill *spill, const char *directory)
{
    int file;
    enum bc_status st = bc_temporary_file_open(directory, &file);
    if (st)
        return st;
    *spill = (struct bc_spill){.file = file};
    bc_past_cache_begin(&spill->past, file);
    return BC_OK;
}

void bc_spill_close(struct bc_spill *spill)
{
    if (spill->file >= 0)
        close(spill->file);
    spill->file = -1;
}

void bc_spill_drop(const struct bc_spill_run *run)
{
    (void)fallocate(run->spill->file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                    (off_t)run->offset, (off_t)run->size);
}

static size_t aligned_down(size_t size)
{
    return size - size % BC_PAST_CACHE_ALIGNMENT;
}

static size_t aligned_up(size_t size)
{
    return aligned_down(size + BC_PAST_CACHE_ALIGNMENT - 1);
}

enum bc_status bc_spill_writer_init(struct bc_spill_writer *writer, struct bc_spill *spill,
                                    size_t buffer_bytes)
{
    assert(buffer_bytes >= BC_PAST_CACHE_ALIGNMENT);
    *writer = (struct bc_spill_writer){
        .spill = spill,
        .capacity = aligned_down(buffer_bytes),
        .run = {.spill = spill, .offset = spill->size},
    };
    writer->memory = bc_past_cache_alloc(writer->capacity, &writer->buffer);
    return writer->memory ? BC_OK : BC_NO_MEMORY;
}

static enum bc_status flush(struct bc_spill_writer *writer)
{
    struct bc_spill *spill = writer->spill;
    size_t size = aligned_up(writer->used);
    memset(writer->buffer + writer->used, 0, size - writer->used);
    if (!bc_past_cache_write(&spill->past, spill->size, writer->buffer, size)) {
        enum bc_status st = bc_temporary_file_write(spill->file, spill->size, writer->buffer, size);
        if (st) /* too large for one file: no space that this one could use */
            return st == BC_TOO_LARGE ? BC_NO_SPACE : st;
    }
    spill->size += size;
    writer->run.size += writer->used;
    writer->used = 0;
    return BC_OK;
}

static enum bc_status put_bytes(struct bc_spill_writer *writer, const char *data, size_t size)
{
    while (size > writer->capacity - writer->used) {
        size_t part = writer->capacity - writer->used;
        memcpy(writer->buffer + writer->used, data, part);
        writer->used += part;
        enum bc_status st = flush(writer);
        if (st)
            return st;
        data += part;
        size -= part;
    }
    memcpy(writer->buffer + writer->used, data, size);
    writer->used += size;
    return BC_OK;
}

static char *put_varint(char *to, size_t value)
{
    for (; value >= 0x80; value >>= 7)
        *to++ = (char)(value | 0x80);
    *to++ = (char)value;
    return to;
}

enum bc_status bc_spill_writer_add(struct bc_spill_writer *writer, struct bc_slice line,
                                   size_t shared)
{
    assert(shared <= line.size && line.size <= UINT32_MAX);
    char varints[TWO_VARINTS];
    char *end = put_varint(put_varint(varints, shared), line.size - shared);
    enum bc_status st = put_bytes(writer, varints, (size_t)(end - varints));
    if (st)
        return st;
    if (line.size > writer->run.longest)
        writer->run.longest = (uint32_t)line.size;
    return put_bytes(writer, line.data + shared, line.size - shared);
}

enum bc_status bc_spill_writer_finish(struct bc_spill_writer *writer, struct bc_spill_run *run)
{
    enum bc_status st = flush(writer);
    if (!st)
        *run = writer->run;
    return st;
}

void bc_spill_writer_release(struct bc_spill_writer *writer)
{
    bc_free(writer->memory);
    writer->memory = NULL;
}

enum bc_status bc_spill_reader_init(struct bc_spill_reader *reader, const struct bc_spill_run *run,
                                    size_t buffer_bytes)
{
    assert(buffer_bytes >= BC_PAST_CACHE_ALIGNMENT);
    *reader = (struct bc_spill_reader){
        .run = *run,
        .capacity = aligned_down(buffer_bytes),
        .line = bc_alloc(run->longest),
    };
    reader->memory =
        bc_past_cache_alloc(reader->capacity + BC_PAST_CACHE_ALIGNMENT, &reader->buffer);
    if (!reader->memory || !reader->line) {
        bc_spill_reader_release(reader);
        return BC_NO_MEMORY;
    }
    reader->buffer += BC_PAST_CACHE_ALIGNMENT;
    bc_spill_reader_rewind(reader);
    return BC_OK;
}

void bc_spill_reader_rewind(struct bc_spill_reader *reader)
{
    reader->at = reader->buffer;
    reader->end = reader->buffer;
    reader->next = reader->run.offset;
    reader->size = 0;
}

/* Moves what is left, less than two varints, before the buffer, and fills that. */
static enum bc_status fill(struct bc_spill_reader *reader)
{
    const struct bc_spill *spill = reader->run.spill;
    size_t left = (size_t)(reader->end - reader->at);
    assert(left < TWO_VARINTS);
    memmove(reader->buffer - left, reader->at, left);
    reader->at = reader->buffer - left;
    reader->end = reader->buffer;
    uint64_t rest = reader->run.offset + reader->run.size - reader->next;
    size_t want = rest < reader->capacity ? (size_t)rest : reader->capacity;
    size_t done;
    enum bc_status st =
        bc_temporary_file_read(spill->file, reader->next, reader->buffer, aligned_up(want), &done);
    if (!st && done < want)
        st = BC_CORRUPT; /* the file is shorter than the run */
    if (st)
        return st;
    reader->end += want;
    reader->next += want;
    if (want < rest && !spill->past.on)
        (void)posix_fadvise(spill->file, (off_t)reader->next, READ_AHEAD, POSIX_FADV_WILLNEED);
    return BC_OK;
}

/* The caller has seen to it that a whole varint, or the run's end, is in the buffer. */
static bool get_varint(struct bc_spill_reader *reader, size_t *value)
{
    *value = 0;
    for (unsigned shift = 0; shift < 7 * VARINT_MAX && reader->at < reader->end; shift += 7) {
        unsigned char byte = (unsigned char)*reader->at++;
        *value |= (size_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return true;
    }
    return false;
}

static enum bc_status get_bytes(struct bc_spill_reader *reader, char *to, size_t size)
{
    size_t left = (size_t)(reader->end - reader->at);
    while (size > left) {
        memcpy(to, reader->at, left);
        to += left;
        size -= left;
        reader->at = reader->end;
        enum bc_status st = fill(reader);
        if (st)
            return st;
        left = (size_t)(reader->end - reader->at);
        if (!left)
            return BC_CORRUPT;
    }
    memcpy(to, reader->at, size);
    reader->at += size;
    return BC_OK;
}

enum bc_status bc_spill_reader_next(struct bc_spill_reader *reader, struct bc_slice *line,
                                    size_t *shared)
{
    if (reader->end - reader->at < TWO_VARINTS) {
        enum bc_status st = fill(reader);
        if (st)
            return st;
        if (reader->at == reader->end)
            return BC_NO_DATA;
    }
    size_t rest;
    if (!get_varint(reader, shared) || !get_varint(reader, &rest))
        return BC_CORRUPT;
    if (*shared > reader->size || rest > reader->run.longest - *shared)
        return BC_CORRUPT;
    enum bc_status st = get_bytes(reader, reader->line + *shared, rest);
    if (st)
        return st;
    reader->size = *shared + rest;
    *line = bc_slice(reader->line, reader->size);
    return BC_OK;
}

void bc_spill_reader_release(struct bc_spill_reader *reader)
{
    bc_free(reader->memory);
    bc_free(reader->line);
    reader->memory = NULL;
    reader->line = NULL;
}
