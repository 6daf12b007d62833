#include "tools/export_nquads.h"

#include "branchcore/file_text.h"
#include "branchcore/ntriples.h"
#include "tools/export_walk.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

static bool is_triple_file(const struct bc_attr *attr, const char *path)
{
    enum bc_syntax syntax;
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    return attr->kind == BC_FILE && attr->form == BC_TEXT &&
           bc_syntax_of_name(bc_slice(name, strlen(name)), &syntax);
}

static enum bc_status count(void *context, const struct bc_attr *attr, const char *path,
                            struct bc_error *err)
{
    struct tfs_export_nquads *nquads = context;
    (void)err;
    nquads->files += is_triple_file(attr, path);
    return BC_OK;
}

/* Behind the '"' that begins a literal: its end. Quotes in it are escaped. */
static const char *end_of_literal(const char *at, const char *end)
{
    while (at < end && *at != '"')
        at += *at == '\\' ? 2 : 1;
    return at + 1;
}

/* Appends terms, with the file's mark in every blank node's label, also in those within a triple
 * term. */
static enum bc_status append_terms(struct tfs_export_nquads *nquads, struct bc_slice terms)
{
    struct bc_buffer *line = &nquads->line;
    const char *end = terms.data + terms.size;
    const char *copied = terms.data;
    enum bc_status status = BC_OK;
    for (const char *at = terms.data; !status && at < end;) {
        if (*at == '"') {
            at = end_of_literal(at + 1, end);
        } else if (*at == '<' && end - at > 1 && at[1] != '<') {
            const char *close = memchr(at, '>', (size_t)(end - at));
            at = close ? close + 1 : end;
        } else if (*at == '_' && end - at > 1 && at[1] == ':') {
            at += 2;
            status = bc_buffer_append(line, copied, (size_t)(at - copied));
            if (!status)
                status = bc_buffer_append(line, nquads->mark, strlen(nquads->mark));
            copied = at;
        } else {
            at++;
        }
    }
    return status ? status : bc_buffer_append(line, copied, (size_t)(end - copied));
}

static enum bc_status refuse_graph(const char *path, struct bc_slice graph, struct bc_error *err)
{
    int size = graph.size < 120 ? (int)graph.size : 120;
    return bc_fail(err, BC_INVALID,
                   "%s has statements in a graph of their own, such as %.*s, where the export puts "
                   "the file; give --keep-graphs to leave them there",
                   path, size, graph.data);
}

/* Puts a line of the file into the sorter, in its graph. */
static enum bc_status add_line(struct tfs_export_nquads *nquads, struct bc_slice line,
                               bool may_have_graph, const char *path, struct bc_error *err)
{
    struct bc_statement statement = {0};
    enum bc_status status = may_have_graph ? bc_statement_split(line, &statement) : BC_OK;
    if (status)
        return BC_CORRUPT;
    if (statement.graph.size && !nquads->keep_graphs)
        return refuse_graph(path, statement.graph, err);
    bc_buffer_clear(&nquads->line);
    size_t end = strlen(".\n");
    struct bc_slice terms = bc_slice(line.data, line.size - end);
    status = *nquads->mark ? append_terms(nquads, terms)
                           : bc_buffer_append(&nquads->line, terms.data, terms.size);
    if (!status && !statement.graph.size)
        status = bc_buffer_append(&nquads->line, nquads->graph.data, nquads->graph.size);
    if (!status)
        status = bc_buffer_append(&nquads->line, ".\n", end);
    return status ? status : bc_sorter_add(nquads->sorter, bc_buffer_slice(&nquads->line));
}

static enum bc_status add_lines(struct tfs_export_nquads *nquads, struct bc_file_text *text,
                                const char *path, struct bc_error *err)
{
    struct bc_text_cursor *cursor;
    enum bc_status status = bc_text_cursor_new(bc_file_text_view(text), &cursor);
    if (status)
        return status;
    bool may_have_graph = bc_file_text_quads(text) > 0;
    struct bc_slice line;
    while (!(status = bc_text_cursor_next(cursor, &line)))
        if ((status = add_line(nquads, line, may_have_graph, path, err)))
            break;
    bc_text_cursor_free(cursor);
    return status == BC_NO_DATA ? BC_OK : status;
}

static enum bc_status name_file(struct tfs_export_nquads *nquads, const char *path)
{
    struct bc_slice name = bc_slice(path, strlen(path));
    nquads->mark[0] = '\0';
    if (nquads->files > 1)
        (void)snprintf(nquads->mark, sizeof nquads->mark, "%016" PRIx64 ".",
                       (uint64_t)XXH3_64bits(name.data, name.size));
    bc_buffer_clear(&nquads->graph);
    enum bc_status status = bc_buffer_append(&nquads->graph, "<", 1);
    if (!status)
        status = bc_base_of_path(name, &nquads->graph);
    return status ? status : bc_buffer_append(&nquads->graph, "> ", 2);
}

static enum bc_status add(void *context, const struct bc_attr *attr, const char *path,
                          struct bc_error *err)
{
    struct tfs_export_nquads *nquads = context;
    if (!is_triple_file(attr, path))
        return BC_OK;
    struct bc_file_text *text = NULL;
    enum bc_status status = bc_file_text_open(nquads->export->branch, attr->node, &text, NULL);
    if (!status)
        status = name_file(nquads, path);
    if (!status)
        status = add_lines(nquads, text, path, err);
    if (!status)
        tfs_export_count(nquads->export, bc_text_bytes(bc_file_text_view(text)),
                         bc_text_triples(bc_file_text_view(text)));
    else if (status != BC_INVALID)
        bc_fail(err, status, "cannot export %s: %s", path, bc_status_text(status));
    bc_file_text_release(text);
    return status;
}

enum bc_status tfs_export_nquads_count(struct tfs_export_nquads *nquads, const struct bc_attr *attr,
                                       const char *path, struct bc_error *err)
{
    return tfs_walk(nquads->export->branch, attr, path, count, nquads, err);
}

enum bc_status tfs_export_nquads_add(struct tfs_export_nquads *nquads, const struct bc_attr *attr,
                                     const char *path, struct bc_error *err)
{
    return tfs_walk(nquads->export->branch, attr, path, add, nquads, err);
}

enum bc_status tfs_export_nquads_write(struct tfs_export_nquads *nquads, struct tfs_stream_out *to,
                                       struct bc_error *err)
{
    enum bc_status status = bc_sorter_finish(nquads->sorter);
    while (!status) {
        bc_buffer_clear(&nquads->line);
        status = bc_sorter_next_block(nquads->sorter, TFS_EXPORT_PIECE, &nquads->line);
        if (status)
            break;
        enum bc_status written =
            tfs_stream_out_write(to, nquads->line.data, nquads->line.size, err);
        if (written)
            return written;
    }
    if (status == BC_NO_DATA)
        return BC_OK;
    return bc_fail(err, status, "cannot sort the statements: %s", bc_status_text(status));
}

void tfs_export_nquads_release(struct tfs_export_nquads *nquads)
{
    bc_buffer_release(&nquads->line);
    bc_buffer_release(&nquads->graph);
}
