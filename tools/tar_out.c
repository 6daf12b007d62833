#include "tools/tar_out.h"

#include "tools/tar_locale.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <string.h>

struct tfs_tar_out {
    struct tfs_stream_out *stream;
    struct archive *archive;
    locale_t locale;
    bool dropped;          /* the archive is only freed: nothing is written any more */
    enum bc_status failed; /* why the first of the archive's writes to fail did */
    struct bc_error error;
};

/* As that of a stream that is compressed: libarchive would not free all of an archive that has
 * failed. */
static la_ssize_t take(struct archive *archive, void *context, const void *data, size_t size)
{
    struct tfs_tar_out *tar = context;
    (void)archive;
    if (tar->dropped)
        return -1;
    if (!tar->failed)
        tar->failed = tfs_stream_out_write(tar->stream, data, size, &tar->error);
    return (la_ssize_t)size;
}

static enum bc_status archive_failed(struct tfs_tar_out *tar, struct bc_error *err)
{
    if (tar->failed && err)
        *err = tar->error;
    if (tar->failed)
        return tar->failed;
    if (archive_errno(tar->archive) == ENOMEM)
        return BC_NO_MEMORY;
    const char *why = archive_error_string(tar->archive);
    return bc_fail(err, BC_IO, "cannot write the tar%s%s", why ? ": " : "", why ? why : "");
}

static enum bc_status begin(struct tfs_tar_out *tar, struct bc_error *err)
{
    tar->locale = tfs_tar_locale();
    if (!tar->locale)
        return bc_fail(err, BC_UNSUPPORTED, "the system has no locale C.UTF-8, which a tar needs");
    tar->archive = archive_write_new();
    if (!tar->archive)
        return BC_NO_MEMORY;
    locale_t before = uselocale(tar->locale);
    enum bc_status status = BC_OK;
    if (archive_write_set_format_pax(tar->archive) ||
        archive_write_set_format_option(tar->archive, "pax", "xattrheader", "SCHILY") ||
        archive_write_set_bytes_in_last_block(tar->archive, 1) ||
        archive_write_open(tar->archive, tar, NULL, take, NULL) || tar->failed)
        status = archive_failed(tar, err);
    uselocale(before);
    return status;
}

enum bc_status tfs_tar_out_new(struct tfs_stream_out *stream, struct tfs_tar_out **tar,
                               struct bc_error *err)
{
    struct tfs_tar_out *made = bc_alloc_zero(sizeof *made);
    if (!made)
        return BC_NO_MEMORY;
    made->stream = stream;
    enum bc_status status = begin(made, err);
    if (status)
        tfs_tar_out_free(made);
    else
        *tar = made;
    return status;
}

static enum bc_status add_attribute(struct archive_entry *entry,
                                    const struct tfs_tar_attribute *attribute)
{
    char *name = bc_copy_string(attribute->name.data, attribute->name.size);
    if (!name)
        return BC_NO_MEMORY;
    archive_entry_xattr_add_entry(entry, name, attribute->value.data, attribute->value.size);
    bc_free(name);
    return BC_OK;
}

static enum bc_status fill(struct archive_entry *entry, const struct tfs_tar_member *member)
{
    static const unsigned kinds[] = {
        [BC_DIRECTORY] = AE_IFDIR, [BC_FILE] = AE_IFREG, [BC_SYMLINK] = AE_IFLNK};
    const struct bc_attr *attr = member->attr;
    int64_t seconds = attr->mtime_ns / 1000000000;
    int64_t ns = attr->mtime_ns % 1000000000;
    archive_entry_set_pathname(entry, member->path);
    archive_entry_set_filetype(entry, kinds[attr->kind]);
    archive_entry_set_perm(entry, attr->mode & 07777);
    archive_entry_set_uid(entry, attr->uid);
    archive_entry_set_gid(entry, attr->gid);
    archive_entry_set_mtime(entry, ns < 0 ? seconds - 1 : seconds,
                            (long)(ns < 0 ? ns + 1000000000 : ns));
    archive_entry_set_size(entry, attr->kind == BC_FILE ? (la_int64_t)member->size_bytes : 0);
    if (attr->kind == BC_SYMLINK)
        archive_entry_set_symlink(entry, member->target);
    enum bc_status status = BC_OK;
    for (size_t i = 0; !status && i < member->attribute_count; i++)
        status = add_attribute(entry, &member->attributes[i]);
    return status;
}

enum bc_status tfs_tar_out_member(struct tfs_tar_out *tar, const struct tfs_tar_member *member,
                                  struct bc_error *err)
{
    struct archive_entry *entry = archive_entry_new();
    if (!entry)
        return BC_NO_MEMORY;
    locale_t before = uselocale(tar->locale);
    enum bc_status status = fill(entry, member);
    /* A warning is about a name that is no UTF-8: it went in as bytes. */
    if (!status && (archive_write_header(tar->archive, entry) < ARCHIVE_WARN || tar->failed))
        status = archive_failed(tar, err);
    archive_entry_free(entry);
    uselocale(before);
    return status;
}

enum bc_status tfs_tar_out_data(struct tfs_tar_out *tar, const void *data, size_t size,
                                struct bc_error *err)
{
    const char *at = data;
    while (size > 0) {
        la_ssize_t written = archive_write_data(tar->archive, at, size);
        if (written < 0 || tar->failed)
            return archive_failed(tar, err);
        if (written == 0)
            return bc_fail(err, BC_STALE, "a file changed while it was written");
        at += written;
        size -= (size_t)written;
    }
    return BC_OK;
}

enum bc_status tfs_tar_out_finish(struct tfs_tar_out *tar, struct bc_error *err)
{
    locale_t before = uselocale(tar->locale);
    bool closed = archive_write_close(tar->archive) == ARCHIVE_OK && !tar->failed;
    enum bc_status status = closed ? BC_OK : archive_failed(tar, err);
    uselocale(before);
    return status;
}

void tfs_tar_out_free(struct tfs_tar_out *tar)
{
    if (!tar)
        return;
    tar->dropped = true;
    archive_write_free(tar->archive);
    if (tar->locale)
        freelocale(tar->locale);
    bc_free(tar);
}
