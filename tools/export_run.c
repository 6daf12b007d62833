#include "tools/export_run.h"

#include "branchcore/bytes.h"
#include "branchcore/file_text.h"
#include "tools/store_marker.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum bc_status system_failure(struct bc_error *err, const char *doing, const char *path)
{
    int number = errno;
    enum bc_status status = number == EEXIST ? BC_EXISTS : tfs_status_of_errno(number);
    return bc_fail(err, status, "cannot %s %s: %s", doing, path, strerror(number));
}

static enum bc_status read_failure(struct bc_error *err, enum bc_status status, const char *path)
{
    return bc_fail(err, status, "cannot read %s from the branch: %s", path, bc_status_text(status));
}

static enum bc_status write_all(int to, const char *data, size_t size, const char *path,
                                struct bc_error *err)
{
    while (size > 0) {
        ssize_t written = write(to, data, size);
        if (written < 0 && errno != EINTR)
            return system_failure(err, "write", path);
        if (written > 0) {
            data += written;
            size -= (size_t)written;
        }
    }
    return BC_OK;
}

static bool all_zero(const char *data, size_t size)
{
    return size == 0 || (data[0] == '\0' && memcmp(data, data + 1, size - 1) == 0);
}

/* Pieces of nothing become holes, where the file can have them. */
static enum bc_status write_piece(int to, bool holes, const char *data, size_t size,
                                  const char *path, struct bc_error *err)
{
    if (holes && all_zero(data, size)) {
        if (lseek(to, (off_t)size, SEEK_CUR) < 0)
            return system_failure(err, "write", path);
        return BC_OK;
    }
    return write_all(to, data, size, path, err);
}

static enum bc_status stream_text(struct tfs_export *export, uint64_t node, const char *path,
                                  int to, struct bc_error *err)
{
    struct bc_file_text *text;
    enum bc_status status = bc_file_text_open(export->branch, node, &text, NULL);
    if (status)
        return read_failure(err, status, path);
    struct bc_text *view = bc_file_text_view(text);
    uint64_t offset = 0;
    for (size_t done = TFS_EXPORT_PIECE; !status && done == TFS_EXPORT_PIECE; offset += done) {
        status = bc_text_read(view, offset, export->buffer, TFS_EXPORT_PIECE, &done);
        if (status)
            read_failure(err, status, path);
        else
            status = write_all(to, export->buffer, done, path, err);
    }
    if (!status) {
        export->bytes += bc_text_bytes(view);
        export->triples += bc_text_triples(view);
    }
    bc_file_text_release(text);
    return status;
}

static enum bc_status stream_bytes(struct tfs_export *export, uint64_t node, const char *path,
                                   int to, struct bc_error *err)
{
    struct stat info;
    bool holes = fstat(to, &info) == 0 && S_ISREG(info.st_mode) && info.st_size == 0;
    uint64_t offset = 0;
    for (size_t done = TFS_EXPORT_PIECE; done == TFS_EXPORT_PIECE; offset += done) {
        enum bc_status status =
            bc_bytes_read(export->branch, node, offset, export->buffer, TFS_EXPORT_PIECE, &done);
        if (status)
            return read_failure(err, status, path);
        status = write_piece(to, holes, export->buffer, done, path, err);
        if (status)
            return status;
        export->bytes += done;
    }
    if (holes && ftruncate(to, lseek(to, 0, SEEK_CUR)) != 0)
        return system_failure(err, "write", path);
    return BC_OK;
}

enum bc_status tfs_export_stream(struct tfs_export *export, const struct bc_attr *attr,
                                 const char *name, int to, struct bc_error *err)
{
    enum bc_status status = attr->form == BC_TEXT ? stream_text(export, attr->node, name, to, err)
                                                  : stream_bytes(export, attr->node, name, to, err);
    if (!status)
        export->files++;
    return status;
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

static enum bc_status export_file(struct tfs_export *export, const struct bc_attr *attr,
                                  int directory, const char *name, const char *path,
                                  struct bc_error *err)
{
    char temporary[64];
    snprintf(temporary, sizeof temporary, ".triplefs-export-%ld", (long)getpid());
    int file =
        openat(directory, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0)
        return system_failure(err, "create", path);
    enum bc_status status = tfs_export_stream(export, attr, path, file, err);
    if (!status)
        status = set_attributes(file, attr, path, err);
    if (close(file) != 0 && !status)
        status = system_failure(err, "write", path);
    if (!status && renameat(directory, temporary, directory, name) != 0)
        status = system_failure(err, "create", path);
    if (status)
        unlinkat(directory, temporary, 0);
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
        read_failure(err, status, path);
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
        return export_file(export, attr, directory, name, path, err);
    }
}

struct entries {
    struct bc_buffer names; /* each with a NUL behind it */
    struct bc_buffer attrs; /* struct bc_attr, in the same order */
};

static enum bc_status collect(void *context, struct bc_slice name, const struct bc_attr *attr)
{
    struct entries *entries = context;
    enum bc_status status = bc_buffer_append(&entries->names, name.data, name.size);
    if (!status)
        status = bc_buffer_append(&entries->names, "", 1);
    return status ? status : bc_buffer_append(&entries->attrs, attr, sizeof *attr);
}

static enum bc_status export_entry(struct tfs_export *export, const struct bc_attr *attr,
                                   int directory, const char *name, const char *path,
                                   struct bc_error *err)
{
    struct bc_buffer full = {0};
    enum bc_status status = bc_buffer_printf(&full, "%s%s%s", path, *path ? "/" : "", name);
    if (!status)
        status = bc_buffer_append(&full, "", 1);
    if (!status)
        status = tfs_export_node(export, attr, directory, name, full.data, err);
    bc_buffer_release(&full);
    return status;
}

enum bc_status tfs_export_entries(struct tfs_export *export, uint64_t folder, int directory,
                                  const char *path, struct bc_error *err)
{
    struct entries entries = {0};
    enum bc_status status = bc_tree_list_attr(export->branch, folder, collect, &entries);
    if (status)
        read_failure(err, status, *path ? path : "the folder");
    size_t count = entries.attrs.size / sizeof(struct bc_attr);
    const char *name = entries.names.data;
    for (size_t i = 0; !status && i < count; i++) {
        struct bc_attr attr;
        memcpy(&attr, entries.attrs.data + i * sizeof attr, sizeof attr);
        status = export_entry(export, &attr, directory, name, path, err);
        name += strlen(name) + 1;
    }
    bc_buffer_release(&entries.names);
    bc_buffer_release(&entries.attrs);
    return status;
}
