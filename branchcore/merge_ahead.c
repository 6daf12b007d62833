#include "branchcore/merge_ahead.h"

#include "branchcore/spill_merge.h"

#include <string.h>

/* In a chunk each line has its size and what it shares with the line before it, u32 each, in front.
 */
enum { HEADER_BYTES = 2 * sizeof(uint32_t) };

struct bc_merge_ahead {
    struct bc_pool_job job;
    struct bc_pool *pool;
    struct bc_spill_merge *merge;
    size_t chunk_bytes;
    struct bc_buffer reading;
    size_t at;
    struct bc_buffer filling;
    enum bc_status status; /* what ended the filling; BC_OK: there may be more behind it */
    bool started;          /* the job */
};

static enum bc_status append(struct bc_buffer *chunk, struct bc_slice line, size_t shared)
{
    uint32_t header[2] = {(uint32_t)line.size, (uint32_t)shared};
    enum bc_status st = bc_buffer_reserve(chunk, HEADER_BYTES + line.size);
    if (st)
        return st;
    char *to = chunk->data + chunk->size;
    memcpy(to, header, HEADER_BYTES);
    memcpy(to + HEADER_BYTES, line.data, line.size);
    chunk->size += HEADER_BYTES + line.size;
    return BC_OK;
}

static void fill(struct bc_pool_job *job)
{
    struct bc_merge_ahead *ahead = (struct bc_merge_ahead *)job;
    struct bc_slice line;
    size_t shared;
    bc_buffer_clear(&ahead->filling);
    enum bc_status st = bc_buffer_reserve(&ahead->filling, ahead->chunk_bytes);
    while (!st && ahead->filling.size < ahead->chunk_bytes) {
        st = bc_spill_merge_next(ahead->merge, &line, &shared);
        if (!st)
            st = append(&ahead->filling, line, shared);
    }
    ahead->status = st;
}

enum bc_status bc_merge_ahead_new(struct bc_pool *pool, struct bc_spill_merge *merge,
                                  size_t chunk_bytes, struct bc_merge_ahead **ahead)
{
    struct bc_merge_ahead *made = bc_alloc_zero(sizeof *made);
    if (!made) {
        bc_spill_merge_free(merge);
        return BC_NO_MEMORY;
    }
    made->job.run = fill;
    made->pool = pool;
    made->merge = merge;
    made->chunk_bytes = chunk_bytes;
    *ahead = made;
    return BC_OK;
}

void bc_merge_ahead_start(struct bc_merge_ahead *ahead)
{
    ahead->started = true;
    bc_pool_start(ahead->pool, &ahead->job);
}

/* Takes the chunk that is being made, and has the next one made if there is any. */
static enum bc_status next_chunk(struct bc_merge_ahead *ahead)
{
    if (!ahead->started)
        return ahead->status;
    bc_pool_wait(ahead->pool, &ahead->job);
    ahead->started = false;
    struct bc_buffer empty = ahead->reading;
    ahead->reading = ahead->filling;
    ahead->filling = empty;
    ahead->at = 0;
    if (!ahead->status)
        bc_merge_ahead_start(ahead);
    return ahead->reading.size ? BC_OK : ahead->status;
}

enum bc_status bc_merge_ahead_next(struct bc_merge_ahead *ahead, struct bc_slice *line,
                                   size_t *shared)
{
    if (ahead->at == ahead->reading.size) {
        enum bc_status st = next_chunk(ahead);
        if (st)
            return st;
    }
    uint32_t header[2];
    const char *from = ahead->reading.data + ahead->at;
    memcpy(header, from, HEADER_BYTES);
    *line = bc_slice(from + HEADER_BYTES, header[0]);
    *shared = header[1];
    ahead->at += HEADER_BYTES + header[0];
    return BC_OK;
}

void bc_merge_ahead_rewind(struct bc_merge_ahead *ahead)
{
    if (ahead->started)
        bc_pool_wait(ahead->pool, &ahead->job);
    ahead->started = false;
    bc_buffer_clear(&ahead->reading);
    ahead->at = 0;
    bc_spill_merge_rewind(ahead->merge);
}

void bc_merge_ahead_free(struct bc_merge_ahead *ahead)
{
    if (!ahead)
        return;
    if (ahead->started)
        bc_pool_wait(ahead->pool, &ahead->job);
    bc_spill_merge_free(ahead->merge);
    bc_buffer_release(&ahead->reading);
    bc_buffer_release(&ahead->filling);
    bc_free(ahead);
}
