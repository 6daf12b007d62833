#include "tools/gunzip.h"

#include <string.h>
#include <zlib.h>

struct tfs_gunzip {
    struct tfs_source *source;
    z_stream stream;
    bool in_member;
};

enum { GZIP_ALONE = 16 + MAX_WBITS };

enum bc_status tfs_gunzip_new(struct tfs_source *source, struct tfs_gunzip **gunzip)
{
    struct tfs_gunzip *made = bc_alloc_zero(sizeof *made);
    if (!made)
        return BC_NO_MEMORY;
    made->source = source;
    if (inflateInit2(&made->stream, GZIP_ALONE) != Z_OK) {
        bc_free(made);
        return BC_NO_MEMORY;
    }
    *gunzip = made;
    return BC_OK;
}

void tfs_gunzip_free(struct tfs_gunzip *gunzip)
{
    if (gunzip)
        inflateEnd(&gunzip->stream);
    bc_free(gunzip);
}

static enum bc_status skip_nuls(struct tfs_source *source, struct bc_error *err)
{
    for (;;) {
        enum bc_status status = tfs_source_fill(source, 1, err);
        struct bc_slice unread = tfs_source_unread(source);
        if (status || !unread.size)
            return status;
        size_t size = 0;
        while (size < unread.size && unread.data[size] == '\0')
            size++;
        tfs_source_take(source, size);
        if (size < unread.size)
            return bc_fail(err, BC_INVALID,
                           "its gzip data is damaged: there is something else behind its end");
    }
}

/* Goes to the start of the next member; *more is false if there is none. */
static enum bc_status next_member(struct tfs_gunzip *gunzip, bool *more, struct bc_error *err)
{
    *more = false;
    enum bc_status status = tfs_source_fill(gunzip->source, 2, err);
    if (status)
        return status;
    struct bc_slice unread = tfs_source_unread(gunzip->source);
    if (unread.size < 2 || memcmp(unread.data, "\x1f\x8b", 2) != 0)
        return skip_nuls(gunzip->source, err);
    if (inflateReset(&gunzip->stream) != Z_OK)
        return BC_NO_MEMORY;
    gunzip->in_member = true;
    *more = true;
    return BC_OK;
}

/* Some of the member's bytes, perhaps none yet. */
static enum bc_status inflate_some(struct tfs_gunzip *gunzip, void *to, size_t size, size_t *done,
                                   struct bc_error *err)
{
    *done = 0;
    enum bc_status status = tfs_source_fill(gunzip->source, 1, err);
    if (status)
        return status;
    struct bc_slice unread = tfs_source_unread(gunzip->source);
    if (!unread.size)
        return bc_fail(err, BC_INVALID, "its gzip data is cut off");
    z_stream *stream = &gunzip->stream;
    unsigned room = size < 1 << 30 ? (unsigned)size : 1 << 30;
    stream->next_in = (Bytef *)(uintptr_t)unread.data;
    stream->avail_in = (unsigned)unread.size;
    stream->next_out = to;
    stream->avail_out = room;
    int result = inflate(stream, Z_NO_FLUSH);
    tfs_source_take(gunzip->source, unread.size - stream->avail_in);
    *done = room - stream->avail_out;
    if (result == Z_STREAM_END)
        gunzip->in_member = false;
    else if (result == Z_MEM_ERROR)
        return BC_NO_MEMORY;
    else if (result != Z_OK && result != Z_BUF_ERROR)
        return bc_fail(err, BC_INVALID, "its gzip data is damaged%s%s", stream->msg ? ": " : "",
                       stream->msg ? stream->msg : "");
    return BC_OK;
}

enum bc_status tfs_gunzip_read(struct tfs_gunzip *gunzip, void *to, size_t size, size_t *done,
                               struct bc_error *err)
{
    *done = 0;
    while (*done < size) {
        bool more = true;
        enum bc_status status = gunzip->in_member ? BC_OK : next_member(gunzip, &more, err);
        if (status || !more)
            return status;
        size_t some;
        status = inflate_some(gunzip, (char *)to + *done, size - *done, &some, err);
        if (status)
            return status;
        *done += some;
    }
    return BC_OK;
}
