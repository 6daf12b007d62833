#include "tools/stream_out.h"

#include "tools/store_marker.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct tfs_stream_out {
    int file;
    const char *name;
    bool holes;              /* the file can have them */
    bool skipped;            /* the file's end may lie behind its bytes */
    struct archive *archive; /* of a compressed stream */
    bool dropped;            /* the archive is only freed: nothing is written any more */
    enum bc_status failed;   /* why the first of the archive's writes to fail did */
    struct bc_error error;
};

static enum bc_status system_failure(const struct tfs_stream_out *stream, struct bc_error *err)
{
    int number = errno;
    return bc_fail(err, tfs_status_of_errno(number), "cannot write %s: %s", stream->name,
                   strerror(number));
}

static enum bc_status write_all(struct tfs_stream_out *stream, const char *data, size_t size,
                                struct bc_error *err)
{
    while (size > 0) {
        ssize_t written = write(stream->file, data, size);
        if (written < 0 && errno != EINTR)
            return system_failure(stream, err);
        if (written > 0) {
            data += written;
            size -= (size_t)written;
        }
    }
    return BC_OK;
}

/* libarchive is told of no failure before it is to be freed: it would not free all of an archive
 * that has failed. Whoever made it write looks at `failed`. */
static la_ssize_t take(struct archive *archive, void *context, const void *data, size_t size)
{
    struct tfs_stream_out *stream = context;
    (void)archive;
    if (stream->dropped)
        return -1;
    if (!stream->failed)
        stream->failed = write_all(stream, data, size, &stream->error);
    return (la_ssize_t)size;
}

static enum bc_status archive_failed(struct tfs_stream_out *stream, struct bc_error *err)
{
    if (stream->failed && err)
        *err = stream->error;
    if (stream->failed)
        return stream->failed;
    if (archive_errno(stream->archive) == ENOMEM)
        return BC_NO_MEMORY;
    const char *why = archive_error_string(stream->archive);
    return bc_fail(err, BC_IO, "cannot compress %s%s%s", stream->name, why ? ": " : "",
                   why ? why : "");
}

static enum bc_status open_archive(struct tfs_stream_out *stream, enum tfs_compression compression,
                                   struct bc_error *err)
{
    static const int filters[] = {[TFS_GZIP] = ARCHIVE_FILTER_GZIP,
                                  [TFS_BZIP2] = ARCHIVE_FILTER_BZIP2,
                                  [TFS_XZ] = ARCHIVE_FILTER_XZ,
                                  [TFS_ZSTD] = ARCHIVE_FILTER_ZSTD};
    struct archive *archive = stream->archive = archive_write_new();
    struct archive_entry *entry = archive ? archive_entry_new() : NULL;
    if (!entry)
        return BC_NO_MEMORY;
    enum bc_status status = BC_OK;
    archive_entry_set_filetype(entry, AE_IFREG);
    if (archive_write_add_filter(archive, filters[compression]) != ARCHIVE_OK)
        status = bc_fail(err, BC_UNSUPPORTED, "libarchive was built without %s",
                         tfs_compression_name(compression));
    else if ((compression == TFS_GZIP &&
              archive_write_set_filter_option(archive, "gzip", "timestamp", NULL)) ||
             archive_write_set_format_raw(archive) ||
             archive_write_set_bytes_in_last_block(archive, 1) ||
             archive_write_open(archive, stream, NULL, take, NULL) ||
             archive_write_header(archive, entry) || stream->failed)
        status = archive_failed(stream, err);
    archive_entry_free(entry);
    return status;
}

/* What is appended goes to the end of the bytes, wherever the file is. */
static bool can_have_holes(int file)
{
    struct stat info;
    return fstat(file, &info) == 0 && S_ISREG(info.st_mode) && info.st_size == 0 &&
           !(fcntl(file, F_GETFL) & O_APPEND);
}

enum bc_status tfs_stream_out_new(int file, const char *name, enum tfs_compression compression,
                                  struct tfs_stream_out **stream, struct bc_error *err)
{
    struct tfs_stream_out *made = bc_alloc_zero(sizeof *made);
    if (!made)
        return BC_NO_MEMORY;
    made->file = file;
    made->name = name;
    made->holes = !compression && can_have_holes(file);
    enum bc_status status = compression ? open_archive(made, compression, err) : BC_OK;
    if (status)
        tfs_stream_out_free(made);
    else
        *stream = made;
    return status;
}

enum bc_status tfs_stream_out_write(struct tfs_stream_out *stream, const void *data, size_t size,
                                    struct bc_error *err)
{
    if (!stream->archive)
        return write_all(stream, data, size, err);
    const char *at = data;
    while (size > 0) {
        la_ssize_t written = archive_write_data(stream->archive, at, size);
        if (written < 0 || stream->failed)
            return archive_failed(stream, err);
        at += written;
        size -= (size_t)written;
    }
    return BC_OK;
}

bool tfs_stream_out_has_holes(const struct tfs_stream_out *stream)
{
    return stream->holes;
}

enum bc_status tfs_stream_out_skip(struct tfs_stream_out *stream, size_t size, struct bc_error *err)
{
    stream->skipped = true;
    return lseek(stream->file, (off_t)size, SEEK_CUR) < 0 ? system_failure(stream, err) : BC_OK;
}

enum bc_status tfs_stream_out_finish(struct tfs_stream_out *stream, struct bc_error *err)
{
    if (stream->archive && (archive_write_close(stream->archive) != ARCHIVE_OK || stream->failed))
        return archive_failed(stream, err);
    if (stream->skipped && ftruncate(stream->file, lseek(stream->file, 0, SEEK_CUR)) != 0)
        return system_failure(stream, err);
    return BC_OK;
}

void tfs_stream_out_free(struct tfs_stream_out *stream)
{
    if (!stream)
        return;
    stream->dropped = true;
    archive_write_free(stream->archive);
    bc_free(stream);
}
