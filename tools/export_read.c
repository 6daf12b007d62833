#include "tools/export_read.h"

#include "branchcore/bytes.h"

#include <string.h>

static enum bc_status read_failure(const char *path, enum bc_status status, struct bc_error *err)
{
    return bc_fail(err, status, "cannot read %s from the branch: %s", path, bc_status_text(status));
}

/* Whether a triple file is shown in another text than its lines. */
static bool is_written(const char *path, enum bc_syntax *syntax)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    return bc_syntax_of_name(bc_slice(name, strlen(name)), syntax) && !bc_syntax_is_lines(*syntax);
}

static enum bc_status open_shown(struct tfs_export_reader *file, enum bc_syntax syntax,
                                 struct bc_error *err)
{
    struct bc_error why = {0};
    enum bc_status status =
        bc_shown_open(file->branch, file->node, syntax, &file->shown, NULL, &why);
    if (status && why.text[0])
        return bc_fail(err, status, "cannot export %s: %s", file->path, why.text);
    if (status)
        return read_failure(file->path, status, err);
    file->bytes = bc_shown_bytes(file->shown);
    file->triples = bc_text_triples(bc_file_text_view(bc_shown_text(file->shown)));
    return BC_OK;
}

enum bc_status tfs_export_reader_open(struct tfs_export_reader *file, struct bc_branch *branch,
                                      const struct bc_attr *attr, const char *path, bool lines,
                                      struct bc_error *err)
{
    *file = (struct tfs_export_reader){
        .branch = branch, .node = attr->node, .path = path, .bytes = attr->size_bytes};
    if (attr->form != BC_TEXT)
        return BC_OK;
    enum bc_syntax syntax;
    if (!lines && is_written(path, &syntax))
        return open_shown(file, syntax, err);
    enum bc_status status = bc_file_text_open(branch, attr->node, &file->text, NULL);
    if (status)
        return read_failure(path, status, err);
    file->bytes = bc_text_bytes(bc_file_text_view(file->text));
    file->triples = bc_text_triples(bc_file_text_view(file->text));
    return BC_OK;
}

static enum bc_status read_some(const struct tfs_export_reader *file, void *to, size_t size,
                                size_t *done)
{
    if (file->shown)
        return bc_shown_read(file->shown, file->offset, to, size, done);
    return file->text ? bc_text_read(bc_file_text_view(file->text), file->offset, to, size, done)
                      : bc_bytes_read(file->branch, file->node, file->offset, to, size, done);
}

enum bc_status tfs_export_reader_read(struct tfs_export_reader *file, void *to, size_t size,
                                      size_t *done, struct bc_error *err)
{
    enum bc_status status = read_some(file, to, size, done);
    if (status)
        return read_failure(file->path, status, err);
    file->offset += *done;
    return BC_OK;
}

void tfs_export_reader_release(struct tfs_export_reader *file)
{
    bc_file_text_release(file->text);
    bc_shown_release(file->shown);
    *file = (struct tfs_export_reader){0};
}
