#include "tools/export_run.h"

#include "tools/export_read.h"
#include "tools/export_walk.h"
#include "tools/new_file.h"
#include "tools/store_marker.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum bc_status system_failure(struct bc_error *err, const char *doing, const char *path)
{
    int number = errno;
    enum bc_status status = number == EEXIST ? BC_EXISTS : tfs_status_of_errno(number);
    return bc_fail(err, status, "cannot %s %s: %s", doing, path, strerror(number));
}

static bool all_zero(const char *data, size_t size)
{
    return size == 0 || (data[0] == '\0' && memcmp(data, data + 1, size - 1) == 0);
}

/* Pieces of nothing become holes, where the file can have them. */
static enum bc_status write_piece(struct tfs_stream_out *to, const char *data, size_t size,
                                  struct bc_error *err)
{
    return tfs_stream_out_has_holes(to) && all_zero(data, size)
               ? tfs_stream_out_skip(to, size, err)
               : tfs_stream_out_write(to, data, size, err);
}

enum bc_status tfs_export_stream(struct tfs_export *export, const struct bc_attr *attr,
                                 const char *path, struct tfs_stream_out *to, struct bc_error *err)
{
    struct tfs_export_reader file;
    enum bc_status status = tfs_export_reader_open(&file, export->branch, attr, path, false, err);
    for (size_t done = TFS_EXPORT_PIECE; !status && done == TFS_EXPORT_PIECE;) {
        status = tfs_export_reader_read(&file, export->buffer, TFS_EXPORT_PIECE, &done, err);
        if (!status)
            status = write_piece(to, export->buffer, done, err);
    }
    if (!status)
        tfs_export_count(export, file.bytes, file.triples);
    tfs_export_reader_release(&file);
    return status;
}

void tfs_export_count(struct tfs_export *export, uint64_t bytes, uint64_t triples)
{
    export->files++;
    export->bytes += bytes;
    export->triples += triples;
}

static struct timespec time_of(int64_t ns)
{
    struct timespec time = {ns / 1000000000, ns % 1000000000};
    if (time.tv_nsec < 0) {
        time.tv_nsec += 1000000000;
        time.tv_sec--;
    }
    return time;
}

/* Owners come first, since a change of owner clears set-id bits; whoever may not set them keeps
 * the file as his own, and then without those bits. */
static enum bc_status set_attributes(int file, const struct bc_attr *attr, const char *path,
                                     struct bc_error *err)
{
    mode_t mode = attr->mode & 07777;
    if (fchown(file, attr->uid, attr->gid) != 0)
        mode &= 0777;
    struct timespec times[2] = {time_of(attr->atime_ns), time_of(attr->mtime_ns)};
    if (fchmod(file, mode) != 0 || futimens(file, times) != 0)
        return system_failure(err, "set the attributes of", path);
    return BC_OK;
}

static enum bc_status write_file(struct tfs_export *export, const struct bc_attr *attr,
                                 enum tfs_compression compression, int file, const char *path,
                                 const char *output, struct bc_error *err)
{
    struct tfs_stream_out *stream;
    enum bc_status status = tfs_stream_out_new(file, output, compression, &stream, err);
    if (status)
        return status;
    status = tfs_export_stream(export, attr, path, stream, err);
    if (!status)
        status = tfs_stream_out_finish(stream, err);
    tfs_stream_out_free(stream);
    return status ? status : set_attributes(file, attr, output, err);
}

enum bc_status tfs_export_file(struct tfs_export *export, const struct bc_attr *attr,
                               enum tfs_compression compression, int directory, const char *name,
                               const char *path, const char *output, struct bc_error *err)
{
    struct tfs_new_file file;
    enum bc_status status = tfs_new_file_open(&file, directory, 0600, output, err);
    if (status)
        return status;
    status = write_file(export, attr, compression, file.file, path, output, err);
    if (!status)
        return tfs_new_file_keep(&file, name, output, err);
    tfs_new_file_drop(&file);
    return status;
}

static enum bc_status export_link(struct tfs_export *export, const struct bc_attr *attr,
                                  int directory, const char *name, const char *path,
                                  struct bc_error *err)
{
    struct bc_buffer target = {0};
    enum bc_status status = bc_tree_readlink(export->branch, attr->node, &target);
    if (!status)
        status = bc_buffer_append(&target, "", 1);
    if (status)
        bc_fail(err, status, "cannot read %s from the branch: %s", path, bc_status_text(status));
    else if (symlinkat(target.data, directory, name) != 0)
        status = system_failure(err, "create", path);
    bc_buffer_release(&target);
    if (status)
        return status;
    struct timespec times[2] = {time_of(attr->atime_ns), time_of(attr->mtime_ns)};
    if (fchownat(directory, name, attr->uid, attr->gid, AT_SYMLINK_NOFOLLOW) != 0)
        errno = 0; /* only root may */
    if (utimensat(directory, name, times, AT_SYMLINK_NOFOLLOW) != 0)
        return system_failure(err, "set the times of", path);
    export->files++;
    return BC_OK;
}

static enum bc_status export_folder(struct tfs_export *export, const struct bc_attr *attr,
                                    int directory, const char *name, const char *path,
                                    struct bc_error *err)
{
    if (mkdirat(directory, name, 0700) != 0 && errno != EEXIST)
        return system_failure(err, "create", path);
    int folder = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder < 0)
        return system_failure(err, "open", path);
    enum bc_status status = tfs_export_entries(export, attr->node, folder, path, err);
    if (!status)
        status = set_attributes(folder, attr, path, err);
    close(folder);
    return status;
}

enum bc_status tfs_export_node(struct tfs_export *export, const struct bc_attr *attr, int directory,
                               const char *name, const char *path, struct bc_error *err)
{
    switch (attr->kind) {
    case BC_DIRECTORY:
        return export_folder(export, attr, directory, name, path, err);
    case BC_SYMLINK:
        return export_link(export, attr, directory, name, path, err);
    default:
        return tfs_export_file(export, attr, TFS_PLAIN, directory, name, path, path, err);
    }
}

struct into {
    struct tfs_export *export;
    int directory;
};

static enum bc_status export_entry(void *context, const struct bc_attr *attr, const char *path,
                                   struct bc_error *err)
{
    const struct into *into = context;
    const char *slash = strrchr(path, '/');
    return tfs_export_node(into->export, attr, into->directory, slash ? slash + 1 : path, path,
                           err);
}

enum bc_status tfs_export_entries(struct tfs_export *export, uint64_t folder, int directory,
                                  const char *path, struct bc_error *err)
{
    struct tfs_entries entries = {0};
    struct into into = {export, directory};
    enum bc_status status = tfs_entries_read(export->branch, folder, path, &entries, err);
    if (!status)
        status = tfs_entries_each(&entries, path, export_entry, &into, err);
    tfs_entries_release(&entries);
    return status;
}
