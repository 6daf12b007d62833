#include "tools/tar_in.h"

#include "tools/tar_locale.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <string.h>

enum { PIECE_BYTES = 256 << 10, BLOCK_BYTES = 512 };

struct tfs_tar_in {
    struct tfs_stream_in *stream;
    struct archive *archive;
    struct archive_entry *entry;
    locale_t locale;
    char *piece;
    uint64_t zeros;        /* NULs that the stream so far ends with */
    enum bc_status failed; /* why the archive's last read failed, if the stream did */
    struct bc_error error;
};

static void count_zeros(struct tfs_tar_in *tar, size_t size)
{
    size_t at = size;
    while (at > 0 && tar->piece[at - 1] == '\0')
        at--;
    tar->zeros = at ? size - at : tar->zeros + size;
}

static la_ssize_t lend(struct archive *archive, void *context, const void **data)
{
    struct tfs_tar_in *tar = context;
    size_t size;
    tar->failed = tfs_stream_in_read(tar->stream, tar->piece, PIECE_BYTES, &size, &tar->error);
    if (tar->failed) {
        archive_set_error(archive, EIO, "it cannot be read");
        return ARCHIVE_FATAL;
    }
    count_zeros(tar, size);
    *data = tar->piece;
    return (la_ssize_t)size;
}

static enum bc_status archive_failed(struct tfs_tar_in *tar, const char *what, struct bc_error *err)
{
    if (tar->failed && err)
        *err = tar->error;
    if (tar->failed)
        return tar->failed;
    if (archive_errno(tar->archive) == ENOMEM)
        return BC_NO_MEMORY;
    const char *why = archive_error_string(tar->archive);
    return bc_fail(err, BC_INVALID, "%s%s%s", what, why ? ": " : "", why ? why : "");
}

static enum bc_status begin(struct tfs_tar_in *tar, struct bc_error *err)
{
    tar->locale = tfs_tar_locale();
    if (!tar->locale)
        return bc_fail(err, BC_UNSUPPORTED, "the system has no locale C.UTF-8, which a tar needs");
    tar->piece = bc_alloc(PIECE_BYTES);
    tar->archive = tar->piece ? archive_read_new() : NULL;
    if (!tar->archive)
        return BC_NO_MEMORY;
    if (archive_read_support_format_tar(tar->archive) ||
        archive_read_open(tar->archive, tar, NULL, lend, NULL))
        return archive_failed(tar, "it is no tar", err);
    return BC_OK;
}

enum bc_status tfs_tar_in_new(struct tfs_stream_in *stream, struct tfs_tar_in **tar,
                              struct bc_error *err)
{
    struct tfs_tar_in *made = bc_alloc_zero(sizeof *made);
    if (!made)
        return BC_NO_MEMORY;
    made->stream = stream;
    enum bc_status status = begin(made, err);
    if (status)
        tfs_tar_in_free(made);
    else
        *tar = made;
    return status;
}

/* Two blocks of NULs end a tar. libarchive takes the end of the file, too, wherever that is between
 * two members; and reads no further than these blocks, so that a compressed stream's checksum would
 * not be seen. */
static enum bc_status finish(struct tfs_tar_in *tar, struct bc_error *err)
{
    for (size_t size = 1; size > 0; count_zeros(tar, size)) {
        enum bc_status status =
            tfs_stream_in_read(tar->stream, tar->piece, PIECE_BYTES, &size, err);
        if (status)
            return status;
    }
    return tar->zeros < BLOCK_BYTES
               ? bc_fail(err, BC_INVALID, "the tar is cut off, or something else is behind its end")
               : BC_NO_DATA;
}

static enum tfs_tar_kind kind_of(struct archive_entry *entry)
{
    if (archive_entry_hardlink(entry))
        return TFS_TAR_HARD_LINK;
    switch (archive_entry_filetype(entry)) {
    case AE_IFREG:
        return TFS_TAR_FILE;
    case AE_IFDIR:
        return TFS_TAR_FOLDER;
    case AE_IFLNK:
        return TFS_TAR_LINK;
    default:
        return TFS_TAR_OTHER;
    }
}

static enum bc_status describe(struct archive_entry *from, struct tfs_tar_entry *entry,
                               struct bc_error *err)
{
    *entry = (struct tfs_tar_entry){
        .name = archive_entry_pathname(from),
        .kind = kind_of(from),
        .mode = archive_entry_perm(from) & 07777,
        .uid = (uint32_t)archive_entry_uid(from),
        .gid = (uint32_t)archive_entry_gid(from),
        .has_mtime = archive_entry_mtime_is_set(from) != 0,
    };
    if (entry->kind == TFS_TAR_HARD_LINK)
        entry->target = archive_entry_hardlink(from);
    else if (entry->kind == TFS_TAR_LINK)
        entry->target = archive_entry_symlink(from);
    if (entry->kind == TFS_TAR_FILE && archive_entry_size(from) > 0)
        entry->size_bytes = (uint64_t)archive_entry_size(from);
    bool link = entry->kind == TFS_TAR_LINK || entry->kind == TFS_TAR_HARD_LINK;
    if (!entry->name || (link && !entry->target))
        return bc_fail(err, BC_INVALID, "a name in it cannot be read");
    if (entry->has_mtime &&
        (__builtin_mul_overflow(archive_entry_mtime(from), INT64_C(1000000000), &entry->mtime_ns) ||
         __builtin_add_overflow(entry->mtime_ns, archive_entry_mtime_nsec(from), &entry->mtime_ns)))
        entry->has_mtime = false;
    return BC_OK;
}

enum bc_status tfs_tar_in_next(struct tfs_tar_in *tar, struct tfs_tar_entry *entry,
                               struct bc_error *err)
{
    locale_t before = uselocale(tar->locale);
    int result = archive_read_next_header(tar->archive, &tar->entry);
    enum bc_status status;
    if (result == ARCHIVE_EOF)
        status = finish(tar, err);
    else if (result != ARCHIVE_OK && result != ARCHIVE_WARN) /* RETRY: one header is damaged */
        status = archive_failed(tar, "the tar is damaged or cut off", err);
    else
        status = describe(tar->entry, entry, err);
    uselocale(before);
    return status;
}

enum bc_status tfs_tar_in_read(struct tfs_tar_in *tar, void *to, size_t size, size_t *done,
                               struct bc_error *err)
{
    for (*done = 0; *done < size;) {
        la_ssize_t some = archive_read_data(tar->archive, (char *)to + *done, size - *done);
        if (some < 0)
            return archive_failed(tar, "the tar is damaged or cut off", err);
        if (some == 0)
            break;
        *done += (size_t)some;
    }
    return BC_OK;
}

static int hex_digit(char byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    byte |= 0x20;
    return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

/* Both libarchive and GNU tar write some bytes of an attribute's name as %XX; the first one does
 * not read them so. */
static enum bc_status decode(const char *name, struct bc_buffer *decoded)
{
    enum bc_status status = BC_OK;
    bc_buffer_clear(decoded);
    while (!status && *name) {
        char byte = *name++;
        int high = byte == '%' ? hex_digit(name[0]) : -1;
        int low = high < 0 ? -1 : hex_digit(name[1]);
        if (low >= 0 && (high || low)) {
            byte = (char)(high << 4 | low);
            name += 2;
        }
        status = bc_buffer_append(decoded, &byte, 1);
    }
    return status ? status : bc_buffer_append(decoded, "", 1);
}

enum bc_status tfs_tar_in_attributes(struct tfs_tar_in *tar,
                                     enum bc_status (*sink)(void *context, const char *name,
                                                            struct bc_slice value),
                                     void *context)
{
    const char *name;
    const void *value;
    size_t size;
    struct bc_buffer decoded = {0};
    enum bc_status status = BC_OK;
    archive_entry_xattr_reset(tar->entry);
    while (!status && archive_entry_xattr_next(tar->entry, &name, &value, &size) == ARCHIVE_OK) {
        if (!name)
            continue;
        status = decode(name, &decoded);
        if (!status)
            status = sink(context, decoded.data, bc_slice(value, size));
    }
    bc_buffer_release(&decoded);
    return status;
}

void tfs_tar_in_free(struct tfs_tar_in *tar)
{
    if (!tar)
        return;
    archive_read_free(tar->archive);
    if (tar->locale)
        freelocale(tar->locale);
    bc_free(tar->piece);
    bc_free(tar);
}
