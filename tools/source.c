#include "tools/source.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum bc_status tfs_source_init(struct tfs_source *source, int file, struct tfs_task *task)
{
    *source = (struct tfs_source){.file = file, .task = task, .buffer = bc_alloc(TFS_SOURCE_BYTES)};
    return source->buffer ? BC_OK : BC_NO_MEMORY;
}

void tfs_source_release(struct tfs_source *source)
{
    bc_free(source->buffer);
    *source = (struct tfs_source){.file = -1};
}

static enum bc_status read_some(struct tfs_source *source, struct bc_error *err)
{
    if (source->task && !tfs_task_wait_input(source->task, source->file))
        return BC_CANCELLED;
    ssize_t got = read(source->file, source->buffer + source->end, TFS_SOURCE_BYTES - source->end);
    if (got < 0 && (errno == EINTR || errno == EAGAIN))
        return BC_OK;
    if (got < 0)
        return bc_fail(err, BC_IO, "cannot read it: %s", strerror(errno));
    source->ended = got == 0;
    source->end += (size_t)got;
    source->bytes += (uint64_t)got;
    return BC_OK;
}

enum bc_status tfs_source_fill(struct tfs_source *source, size_t least, struct bc_error *err)
{
    enum bc_status status = BC_OK;
    if (source->end - source->start < least && source->start > 0) {
        memmove(source->buffer, source->buffer + source->start, source->end - source->start);
        source->end -= source->start;
        source->start = 0;
    }
    while (!status && !source->ended && source->end - source->start < least)
        status = read_some(source, err);
    return status;
}

struct bc_slice tfs_source_unread(const struct tfs_source *source)
{
    return bc_slice(source->buffer + source->start, source->end - source->start);
}

void tfs_source_take(struct tfs_source *source, size_t size)
{
    source->start += size;
}
