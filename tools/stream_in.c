#include "tools/stream_in.h"

#include "tools/gunzip.h"
#include "tools/source.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <string.h>

struct tfs_stream_in {
    struct tfs_source source;
    enum tfs_compression compression;
    struct tfs_gunzip *gunzip; /* of gzip */
    struct archive *archive;   /* of the others */
    bool ended;                /* of the archive */
    size_t lent;               /* bytes of the source that it has */
    enum bc_status failed;     /* why its last read failed, if the source did */
    struct bc_error error;
};

static la_ssize_t lend(struct archive *archive, void *context, const void **data)
{
    struct tfs_stream_in *stream = context;
    tfs_source_take(&stream->source, stream->lent);
    stream->lent = 0;
    stream->failed = tfs_source_fill(&stream->source, 1, &stream->error);
    if (stream->failed) {
        archive_set_error(archive, EIO, "it cannot be read");
        return ARCHIVE_FATAL;
    }
    struct bc_slice unread = tfs_source_unread(&stream->source);
    stream->lent = unread.size;
    *data = unread.data;
    return (la_ssize_t)unread.size;
}

static enum bc_status archive_failed(struct tfs_stream_in *stream, struct bc_error *err)
{
    if (stream->failed && err)
        *err = stream->error;
    if (stream->failed)
        return stream->failed;
    if (archive_errno(stream->archive) == ENOMEM)
        return BC_NO_MEMORY;
    const char *why = archive_error_string(stream->archive);
    return bc_fail(err, BC_INVALID, "its %s data is damaged or cut off%s%s",
                   tfs_compression_name(stream->compression), why ? ": " : "", why ? why : "");
}

/* libarchive's bzip2 ends where a stream ends that no other one follows, whatever else does. */
static enum bc_status check_end(struct tfs_stream_in *stream, struct bc_error *err)
{
    la_int64_t taken = archive_filter_bytes(stream->archive, -1);
    tfs_source_take(&stream->source, stream->lent);
    stream->lent = 0;
    enum bc_status status = tfs_source_fill(&stream->source, 1, err);
    if (!status && (uint64_t)taken != stream->source.bytes)
        status = bc_fail(err, BC_INVALID,
                         "its %s data is damaged: there is something else behind its end",
                         tfs_compression_name(stream->compression));
    return status;
}

/* A filter that libarchive is told to append loses what is wrong with its first bytes: it is to
 * find by itself what was found already. */
static int support(struct archive *archive, enum tfs_compression compression)
{
    int result = compression == TFS_BZIP2 ? archive_read_support_filter_bzip2(archive)
                 : compression == TFS_XZ  ? archive_read_support_filter_xz(archive)
                                          : archive_read_support_filter_zstd(archive);
    if (result == ARCHIVE_OK)
        result = archive_read_support_format_raw(archive);
    return result == ARCHIVE_OK ? archive_read_support_format_empty(archive) : result;
}

static enum bc_status open_archive(struct tfs_stream_in *stream, struct bc_error *err)
{
    struct archive *archive = stream->archive = archive_read_new();
    if (!archive)
        return BC_NO_MEMORY;
    if (support(archive, stream->compression) ||
        archive_read_open(archive, stream, NULL, lend, NULL))
        return archive_failed(stream, err);
    if (archive_filter_code(archive, 0) == ARCHIVE_FILTER_NONE)
        return bc_fail(err, BC_INVALID, "its %s data is cut off",
                       tfs_compression_name(stream->compression));
    struct archive_entry *entry;
    int result = archive_read_next_header(archive, &entry);
    if (result < ARCHIVE_WARN)
        return archive_failed(stream, err);
    stream->ended = result == ARCHIVE_EOF;
    return stream->ended ? check_end(stream, err) : BC_OK;
}

static enum bc_status begin(struct tfs_stream_in *stream, bool decompress, struct bc_error *err)
{
    if (!decompress)
        return BC_OK;
    enum bc_status status = tfs_source_fill(&stream->source, TFS_COMPRESSION_MAGIC, err);
    if (status)
        return status;
    stream->compression = tfs_compression_of_bytes(tfs_source_unread(&stream->source));
    if (stream->compression == TFS_PLAIN)
        return BC_OK;
    return stream->compression == TFS_GZIP ? tfs_gunzip_new(&stream->source, &stream->gunzip)
                                           : open_archive(stream, err);
}

enum bc_status tfs_stream_in_new(int file, bool decompress, struct tfs_task *task,
                                 struct tfs_stream_in **stream, struct bc_error *err)
{
    struct tfs_stream_in *made = bc_alloc_zero(sizeof *made);
    if (!made)
        return BC_NO_MEMORY;
    enum bc_status status = tfs_source_init(&made->source, file, task);
    if (!status)
        status = begin(made, decompress, err);
    if (status)
        tfs_stream_in_free(made);
    else
        *stream = made;
    return status;
}

static enum bc_status read_plain(struct tfs_stream_in *stream, char *to, size_t size, size_t *done,
                                 struct bc_error *err)
{
    for (*done = 0; *done < size;) {
        enum bc_status status = tfs_source_fill(&stream->source, 1, err);
        struct bc_slice unread = tfs_source_unread(&stream->source);
        if (status || !unread.size)
            return status;
        size_t some = unread.size < size - *done ? unread.size : size - *done;
        memcpy(to + *done, unread.data, some);
        tfs_source_take(&stream->source, some);
        *done += some;
    }
    return BC_OK;
}

static enum bc_status read_archive(struct tfs_stream_in *stream, char *to, size_t size,
                                   size_t *done, struct bc_error *err)
{
    for (*done = 0; *done < size && !stream->ended;) {
        la_ssize_t some = archive_read_data(stream->archive, to + *done, size - *done);
        if (some < 0)
            return archive_failed(stream, err);
        *done += (size_t)some;
        stream->ended = some == 0;
        if (stream->ended)
            return check_end(stream, err);
    }
    return BC_OK;
}

enum bc_status tfs_stream_in_read(struct tfs_stream_in *stream, void *to, size_t size, size_t *done,
                                  struct bc_error *err)
{
    if (stream->gunzip)
        return tfs_gunzip_read(stream->gunzip, to, size, done, err);
    return stream->archive ? read_archive(stream, to, size, done, err)
                           : read_plain(stream, to, size, done, err);
}

uint64_t tfs_stream_in_raw_bytes(const struct tfs_stream_in *stream)
{
    return stream->source.bytes;
}

void tfs_stream_in_free(struct tfs_stream_in *stream)
{
    if (!stream)
        return;
    archive_read_free(stream->archive);
    tfs_gunzip_free(stream->gunzip);
    tfs_source_release(&stream->source);
    bc_free(stream);
}
