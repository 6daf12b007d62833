#include "tools/import_tar.h"

#include "branchcore/bytes.h"
#include "branchcore/file_text.h"
#include "branchcore/prefixes.h"
#include "branchcore/temporary_file.h"
#include "tools/import_file.h"
#include "tools/tar_in.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A folder gets its time once all is in it. */
struct waiting {
    uint64_t node;
    struct bc_change change;
};

struct tar_import {
    struct tfs_import *import;
    const struct tfs_import_item *item; /* the tar */
    struct tfs_tar_in *tar;
    struct tfs_tar_entry entry;
    struct bc_buffer path;    /* of the entry in the branch, with a NUL; "" is the top */
    struct bc_buffer waiting; /* struct waiting */
    bool left_out;            /* something was, and told */
};

/* Appends a name of the tar to a path: '.' goes away. BC_INVALID: it leads out of the branch. */
static enum bc_status add_name(struct bc_buffer *path, const char *name, struct bc_error *err)
{
    if (*name == '/')
        return bc_fail(err, BC_INVALID, "'%s' in it is an absolute path", name);
    enum bc_status status = BC_OK;
    for (const char *at = name; !status && *at;) {
        size_t size = strcspn(at, "/");
        if (size == 2 && at[0] == '.' && at[1] == '.')
            return bc_fail(err, BC_INVALID, "'%s' in it leads out of the branch", name);
        bool counts = size && !(size == 1 && at[0] == '.');
        if (counts && path->size)
            status = bc_buffer_append(path, "/", 1);
        if (!status && counts)
            status = bc_buffer_append(path, at, size);
        at += size + (at[size] == '/');
    }
    return status;
}

/* The path in the branch that a name in the tar stands for. */
static enum bc_status path_of(const struct tar_import *tar, const char *name,
                              struct bc_buffer *path, struct bc_error *err)
{
    bc_buffer_clear(path);
    const char *top = tar->item->target;
    enum bc_status status = bc_buffer_append(path, top, strlen(top));
    if (!status)
        status = add_name(path, name, err);
    if (!status)
        status = bc_buffer_append(path, "", 1);
    if (status || !*path->data)
        return status;
    char *clean;
    struct bc_error why = {0};
    status = tfs_branch_path(path->data, &clean, &why);
    if (status == BC_NO_MEMORY)
        return status;
    if (status)
        return bc_fail(err, BC_INVALID, "'%s' in it cannot be in a branch: %s", name, why.text);
    bc_free(clean);
    return BC_OK;
}

static enum bc_status verify_entry(struct tar_import *tar, struct bc_error *err)
{
    enum bc_status status = path_of(tar, tar->entry.name, &tar->path, err);
    bool is_top = !status && !*tar->path.data;
    if (is_top && tar->entry.kind != TFS_TAR_FOLDER)
        return bc_fail(err, BC_INVALID, "'%s' in it names the top of the branch, which is a folder",
                       tar->entry.name);
    if (!status && tar->entry.kind == TFS_TAR_HARD_LINK)
        status = path_of(tar, tar->entry.target, &tar->path, err);
    for (size_t size = 1; !status && size > 0;) {
        status = tfs_tar_in_read(tar->tar, tar->import->buffer, TFS_IMPORT_PIECE, &size, err);
        tfs_import_count(tar->import, true);
    }
    return status;
}

static enum bc_status verify(struct tar_import *tar, struct bc_error *err)
{
    enum bc_status status;
    while (!(status = tfs_tar_in_next(tar->tar, &tar->entry, err)))
        if ((status = verify_entry(tar, err)))
            break;
    tfs_import_count(tar->import, true);
    return status;
}

static enum bc_status read_entry(void *context, void *to, size_t size, size_t *done,
                                 struct bc_error *err)
{
    struct tar_import *tar = context;
    enum bc_status status = tfs_tar_in_read(tar->tar, to, size, done, err);
    tfs_import_count(tar->import, false);
    return status;
}

struct attributes {
    struct tar_import *tar;
    uint64_t node;
    bool lines;
};

/* What a mount lets users set is taken, and the prefixes; what is computed, and what belongs to
 * another system, is not. */
static bool is_taken(const char *name)
{
    static const char ours[] = "user.triplefs.";
    return strcmp(name, BC_PREFIXES_ATTRIBUTE) == 0 ||
           (strncmp(name, "user.", 5) == 0 && name[5] &&
            strncmp(name, ours, sizeof ours - 1) != 0 && strlen(name) <= 255);
}

static enum bc_status set_attribute(void *context, const char *name, struct bc_slice value)
{
    struct attributes *attributes = context;
    if (!is_taken(name))
        return BC_OK;
    return bc_xattr_set(attributes->tar->import->branch, attributes->node,
                        bc_slice(name, strlen(name)), value, false, false);
}

static enum bc_status look_for_lines(void *context, const char *name, struct bc_slice value)
{
    struct attributes *attributes = context;
    (void)value;
    attributes->lines = attributes->lines || strcmp(name, TFS_TAR_LINES_ATTRIBUTE) == 0;
    return BC_OK;
}

static struct bc_change change_of(const struct tfs_tar_entry *entry)
{
    struct bc_change change = {.mode = entry->mode, .uid = entry->uid, .gid = entry->gid};
    if (entry->kind != TFS_TAR_LINK)
        change.mask |= BC_CHANGE_MODE;
    if (geteuid() == 0)
        change.mask |= BC_CHANGE_UID | BC_CHANGE_GID;
    if (entry->has_mtime) {
        change.mask |= BC_CHANGE_MTIME;
        change.mtime_ns = entry->mtime_ns;
    }
    return change;
}

static enum bc_status give_attributes(struct tar_import *tar, uint64_t node)
{
    struct attributes attributes = {tar, node, false};
    enum bc_status status = tfs_tar_in_attributes(tar->tar, set_attribute, &attributes);
    if (status)
        return status;
    struct waiting waiting = {node, change_of(&tar->entry)};
    if (tar->entry.kind == TFS_TAR_FOLDER)
        return bc_buffer_append(&tar->waiting, &waiting, sizeof waiting);
    struct bc_attr attr;
    return bc_tree_change(tar->import->branch, node, &waiting.change, &attr);
}

/* The bytes of a file of the branch: a hard link of a tar becomes a copy. */
struct copying {
    struct bc_branch *branch;
    uint64_t node;
    struct bc_file_text *text; /* of a triple file */
    uint64_t offset;
};

static enum bc_status read_copied(void *context, void *to, size_t size, size_t *done,
                                  struct bc_error *err)
{
    struct copying *copying = context;
    (void)err;
    enum bc_status status =
        copying->text
            ? bc_text_read(bc_file_text_view(copying->text), copying->offset, to, size, done)
            : bc_bytes_read(copying->branch, copying->node, copying->offset, to, size, done);
    copying->offset += status ? 0 : *done;
    return status;
}

static enum bc_status import_copy(struct tar_import *tar, struct bc_error *err)
{
    struct tfs_import *import = tar->import;
    struct bc_buffer path = {0};
    struct bc_attr attr;
    enum bc_status status = path_of(tar, tar->entry.target, &path, err);
    if (!status)
        status = bc_tree_find(import->branch, bc_slice(path.data, path.size - 1), &attr);
    bc_buffer_release(&path);
    if (status == BC_NOT_FOUND || (!status && attr.kind != BC_FILE))
        return bc_fail(err, BC_INVALID, "it is the same file as '%s', which was not imported",
                       tar->entry.target);
    if (status)
        return status;
    struct copying copying = {.branch = import->branch, .node = attr.node};
    if (attr.form == BC_TEXT)
        status = bc_file_text_open(import->branch, attr.node, &copying.text, NULL);
    const struct tfs_import_input input = {read_copied, &copying, attr.form == BC_TEXT};
    if (!status)
        status = tfs_import_file(import, &input, err);
    bc_file_text_release(copying.text);
    return status;
}

static enum bc_status import_entry(struct tar_import *tar, struct bc_error *err)
{
    struct tfs_import *import = tar->import;
    switch (tar->entry.kind) {
    case TFS_TAR_FOLDER:
        return tfs_import_folder(import, err);
    case TFS_TAR_LINK:
        return tfs_import_link(import, bc_slice(tar->entry.target, strlen(tar->entry.target)), err);
    case TFS_TAR_HARD_LINK:
        return import_copy(tar, err);
    case TFS_TAR_FILE: {
        struct attributes attributes = {.tar = tar};
        enum bc_status status = tfs_tar_in_attributes(tar->tar, look_for_lines, &attributes);
        const struct tfs_import_input input = {read_entry, tar, attributes.lines};
        return status ? status : tfs_import_file(import, &input, err);
    }
    default:
        return bc_fail(err, BC_UNSUPPORTED, "it is neither a file, a folder nor a symbolic link");
    }
}

static enum bc_status bring_in(struct tar_import *tar, struct bc_error *err)
{
    struct tfs_import *import = tar->import;
    if (!*tar->path.data)
        return give_attributes(tar, BC_ROOT_NODE);
    struct bc_attr attr;
    enum bc_status status = tfs_import_find_folder(import, err);
    if (!status)
        status = import_entry(tar, err);
    if (!status)
        status = bc_tree_lookup(import->branch, import->folder, import->name, &attr);
    return status ? status : give_attributes(tar, attr.node);
}

/* A member as an item of its own, so that what is told names it. */
static enum bc_status import_member(struct tar_import *tar)
{
    struct tfs_import *import = tar->import;
    struct bc_error error = {0};
    struct bc_buffer source = {0};
    enum bc_status status = path_of(tar, tar->entry.name, &tar->path, &error);
    if (!status)
        status =
            bc_buffer_printf(&source, "%s(%s)", tfs_import_source_name(tar->item), tar->entry.name);
    if (!status)
        status = bc_buffer_append(&source, "", 1);
    struct tfs_import_item member = {
        .source = source.data, .target = tar->path.data, .mode = tar->entry.mode & 0777};
    if (!status) {
        import->item = &member;
        status = bring_in(tar, &error);
        if (status)
            tfs_import_tell(import, status, &error);
        tar->left_out = tar->left_out || status;
        import->item = tar->item;
        status = BC_OK;
    }
    bc_buffer_release(&source);
    return status;
}

static enum bc_status import_members(struct tar_import *tar, struct bc_error *err)
{
    enum bc_status status = BC_OK;
    while (!status && !tar->import->store_failed) {
        status = tfs_task_cancelled(tar->import->task)
                     ? BC_CANCELLED
                     : tfs_tar_in_next(tar->tar, &tar->entry, err);
        if (!status)
            status = import_member(tar);
    }
    tfs_import_count(tar->import, false);
    return status;
}

static enum bc_status finish_folders(struct tar_import *tar)
{
    enum bc_status status = BC_OK;
    for (size_t at = 0; !status && at < tar->waiting.size; at += sizeof(struct waiting)) {
        struct waiting waiting;
        struct bc_attr attr;
        memcpy(&waiting, tar->waiting.data + at, sizeof waiting);
        status = bc_tree_change(tar->import->branch, waiting.node, &waiting.change, &attr);
    }
    return status;
}

/* Goes through all members of the tar, which starts where the file is. */
static enum bc_status pass(struct tar_import *tar, int file, bool verifying, struct bc_error *err)
{
    struct tfs_import *import = tar->import;
    import->done = verifying ? import->verified : import->bytes;
    enum bc_status status = tfs_stream_in_new(file, true, import->task, &import->stream, err);
    if (!status)
        status = tfs_tar_in_new(import->stream, &tar->tar, err);
    if (!status)
        status = verifying ? verify(tar, err) : import_members(tar, err);
    tfs_tar_in_free(tar->tar);
    tar->tar = NULL;
    tfs_stream_in_free(import->stream);
    import->stream = NULL;
    return status == BC_NO_DATA ? BC_OK : status;
}

static enum bc_status import_twice(struct tar_import *tar, int file, struct bc_error *err)
{
    off_t start = lseek(file, 0, SEEK_CUR);
    enum bc_status status = pass(tar, file, true, err);
    if (!status && lseek(file, start, SEEK_SET) < 0)
        status = bc_fail(err, BC_IO, "cannot read it: %s", strerror(errno));
    if (!status)
        status = pass(tar, file, false, err);
    enum bc_status finished = finish_folders(tar);
    if (!status)
        status = finished;
    return !status && tar->left_out ? BC_CANCELLED : status;
}

/* What a pipe has can be read but once. */
static enum bc_status copy(struct tfs_import *import, int from, int to, struct bc_error *err)
{
    struct tfs_stream_in *stream;
    uint64_t offset = 0;
    enum bc_status status = tfs_stream_in_new(from, false, import->task, &stream, err);
    if (status)
        return status;
    for (size_t size = 1; !status && size > 0;) {
        status = tfs_stream_in_read(stream, import->buffer, TFS_IMPORT_PIECE, &size, err);
        if (status)
            break;
        status = bc_temporary_file_write(to, offset, import->buffer, size);
        if (status)
            (void)bc_fail(err, status, "cannot write a temporary file in %s: %s", import->spool,
                          bc_status_text(status));
        offset += size;
    }
    tfs_stream_in_free(stream);
    return status;
}

static enum bc_status import_copied(struct tar_import *tar, int from, struct bc_error *err)
{
    int file;
    enum bc_status status = bc_temporary_file_open(tar->import->spool, &file);
    if (status)
        return bc_fail(err, status, "cannot create a temporary file in %s: %s", tar->import->spool,
                       bc_status_text(status));
    status = copy(tar->import, from, file, err);
    if (!status)
        status = import_twice(tar, file, err);
    close(file);
    return status;
}

enum bc_status tfs_import_tar(struct tfs_import *import, struct bc_error *err)
{
    int file;
    enum bc_status status = tfs_import_open(import->item, &file, err);
    if (status)
        return status;
    struct stat info;
    struct tar_import tar = {.import = import, .item = import->item};
    bool is_file = fstat(file, &info) == 0 && S_ISREG(info.st_mode);
    status = is_file ? import_twice(&tar, file, err) : import_copied(&tar, file, err);
    bc_buffer_release(&tar.path);
    bc_buffer_release(&tar.waiting);
    tfs_import_close(file);
    return status;
}
