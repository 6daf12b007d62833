#include "tools/export_tar.h"

#include "branchcore/syntax.h"
#include "tools/export_read.h"
#include "tools/export_walk.h"
#include "tools/import_tar.h"
#include "tools/tar_out.h"

#include <string.h>

struct tfs_export_tar {
    struct tfs_export *export;
    struct tfs_tar_out *out;
    bool lines;
};

enum bc_status tfs_export_tar_new(struct tfs_export *export, struct tfs_stream_out *stream,
                                  bool lines, struct tfs_export_tar **tar, struct bc_error *err)
{
    struct tfs_export_tar *made = bc_alloc_zero(sizeof *made);
    if (!made)
        return BC_NO_MEMORY;
    made->export = export;
    made->lines = lines;
    enum bc_status status = tfs_tar_out_new(stream, &made->out, err);
    if (status)
        bc_free(made);
    else
        *tar = made;
    return status;
}

void tfs_export_tar_free(struct tfs_export_tar *tar)
{
    if (tar)
        tfs_tar_out_free(tar->out);
    bc_free(tar);
}

enum bc_status tfs_export_tar_finish(struct tfs_export_tar *tar, struct bc_error *err)
{
    return tfs_tar_out_finish(tar->out, err);
}

/* The attributes of a member: their names and values in one buffer, and where they are. */
struct attributes {
    struct bc_buffer names;
    struct bc_buffer values;
    struct bc_buffer sizes; /* size_t, one a value */
    struct bc_buffer list;  /* struct tfs_tar_attribute */
};

static void release_attributes(struct attributes *attributes)
{
    bc_buffer_release(&attributes->names);
    bc_buffer_release(&attributes->values);
    bc_buffer_release(&attributes->sizes);
    bc_buffer_release(&attributes->list);
}

static enum bc_status read_values(struct bc_branch *branch, uint64_t node,
                                  struct attributes *attributes)
{
    const struct bc_buffer *names = &attributes->names;
    enum bc_status status = BC_OK;
    for (size_t at = 0; !status && at < names->size; at += strlen(names->data + at) + 1) {
        size_t before = attributes->values.size;
        status = bc_xattr_get(branch, node, bc_slice(names->data + at, strlen(names->data + at)),
                              &attributes->values);
        size_t size = attributes->values.size - before;
        if (!status)
            status = bc_buffer_append(&attributes->sizes, &size, sizeof size);
    }
    return status;
}

static enum bc_status list_attributes(struct attributes *attributes)
{
    const char *name = attributes->names.data;
    const char *value = attributes->values.data;
    enum bc_status status = BC_OK;
    for (size_t at = 0; !status && at < attributes->sizes.size; at += sizeof(size_t)) {
        size_t size;
        memcpy(&size, attributes->sizes.data + at, sizeof size);
        const struct tfs_tar_attribute attribute = {bc_slice(name, strlen(name)),
                                                    bc_slice(value, size)};
        status = bc_buffer_append(&attributes->list, &attribute, sizeof attribute);
        name += strlen(name) + 1;
        value += size;
    }
    return status;
}

static enum bc_status read_attributes(struct tfs_export_tar *tar, uint64_t node, const char *path,
                                      struct attributes *attributes, struct bc_error *err)
{
    struct bc_branch *branch = tar->export->branch;
    enum bc_status status = bc_xattr_list(branch, node, &attributes->names);
    if (!status)
        status = read_values(branch, node, attributes);
    if (!status)
        status = list_attributes(attributes);
    if (status)
        return bc_fail(err, status, "cannot read the attributes of %s from the branch: %s", path,
                       bc_status_text(status));
    return BC_OK;
}

/* The lines of a file whose name says another syntax go in under an attribute that says so. */
static enum bc_status mark_lines(const struct tfs_export_tar *tar, const struct bc_attr *attr,
                                 const char *path, struct attributes *attributes)
{
    enum bc_syntax syntax;
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    if (!tar->lines || attr->form != BC_TEXT ||
        !bc_syntax_of_name(bc_slice(name, strlen(name)), &syntax) || bc_syntax_is_lines(syntax))
        return BC_OK;
    const char *value = bc_syntax_name(bc_syntax_of_lines(syntax));
    const struct tfs_tar_attribute mark = {
        bc_slice(TFS_TAR_LINES_ATTRIBUTE, strlen(TFS_TAR_LINES_ATTRIBUTE)),
        bc_slice(value, strlen(value))};
    return bc_buffer_append(&attributes->list, &mark, sizeof mark);
}

static enum bc_status add_member(struct tfs_export_tar *tar, struct tfs_tar_member *member,
                                 struct bc_error *err)
{
    struct attributes attributes = {0};
    enum bc_status status =
        read_attributes(tar, member->attr->node, member->path, &attributes, err);
    if (!status)
        status = mark_lines(tar, member->attr, member->path, &attributes);
    member->attributes = (const struct tfs_tar_attribute *)(const void *)attributes.list.data;
    member->attribute_count = attributes.list.size / sizeof(struct tfs_tar_attribute);
    if (!status)
        status = tfs_tar_out_member(tar->out, member, err);
    release_attributes(&attributes);
    return status;
}

static enum bc_status add_file(struct tfs_export_tar *tar, const struct bc_attr *attr,
                               const char *path, struct bc_error *err)
{
    struct tfs_export *export = tar->export;
    struct tfs_export_reader file;
    enum bc_status status =
        tfs_export_reader_open(&file, export->branch, attr, path, tar->lines, err);
    struct tfs_tar_member member = {.path = path, .attr = attr, .size_bytes = file.bytes};
    if (!status)
        status = add_member(tar, &member, err);
    for (size_t done = TFS_EXPORT_PIECE; !status && done == TFS_EXPORT_PIECE;) {
        status = tfs_export_reader_read(&file, export->buffer, TFS_EXPORT_PIECE, &done, err);
        if (!status)
            status = tfs_tar_out_data(tar->out, export->buffer, done, err);
    }
    if (!status)
        tfs_export_count(export, file.bytes, file.triples);
    tfs_export_reader_release(&file);
    return status;
}

static enum bc_status add_link(struct tfs_export_tar *tar, const struct bc_attr *attr,
                               const char *path, struct bc_error *err)
{
    struct bc_buffer target = {0};
    enum bc_status status = bc_tree_readlink(tar->export->branch, attr->node, &target);
    if (status)
        bc_fail(err, status, "cannot read %s from the branch: %s", path, bc_status_text(status));
    if (!status)
        status = bc_buffer_append(&target, "", 1);
    struct tfs_tar_member member = {.path = path, .attr = attr, .target = target.data};
    if (!status)
        status = add_member(tar, &member, err);
    if (!status)
        tfs_export_count(tar->export, 0, 0);
    bc_buffer_release(&target);
    return status;
}

static enum bc_status add_node(void *context, const struct bc_attr *attr, const char *path,
                               struct bc_error *err)
{
    struct tfs_export_tar *tar = context;
    if (attr->kind == BC_FILE)
        return add_file(tar, attr, path, err);
    if (attr->kind == BC_SYMLINK)
        return add_link(tar, attr, path, err);
    struct tfs_tar_member member = {.path = *path ? path : ".", .attr = attr};
    return add_member(tar, &member, err);
}

enum bc_status tfs_export_tar_add(struct tfs_export_tar *tar, const struct bc_attr *attr,
                                  const char *path, struct bc_error *err)
{
    return tfs_walk(tar->export->branch, attr, path, add_node, tar, err);
}
