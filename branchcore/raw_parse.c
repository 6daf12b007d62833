#include "branchcore/raw_parse.h"

enum { PIECE_BYTES = 1 << 20 };

static enum bc_status add_line(void *context, struct bc_slice line, bool quad)
{
    (void)quad;
    return bc_sorter_add(context, line);
}

static enum bc_status refuse(const struct bc_ntriples *reader, struct bc_slice path,
                             struct bc_error *err)
{
    struct bc_buffer text = {0};
    const struct bc_syntax_error *error = bc_ntriples_error(reader);
    char *name = bc_copy_string(path.data, path.size);
    enum bc_status st = error && name ? bc_syntax_error_format(error, name, &text) : BC_NO_MEMORY;
    if (!st) {
        size_t size = text.size;
        while (size && text.data[size - 1] == '\n')
            size--;
        (void)bc_fail(err, BC_SYNTAX, "%.*s", (int)size, text.data);
    }
    bc_free(name);
    bc_buffer_release(&text);
    return BC_SYNTAX;
}

enum bc_status bc_raw_parse(enum bc_syntax syntax, struct bc_slice path, bc_raw_source source,
                            void *context, struct bc_sorter *sorter, uint64_t *size,
                            struct bc_error *err)
{
    struct bc_ntriples *reader = NULL;
    char *piece = bc_alloc(PIECE_BYTES);
    enum bc_status st = piece ? bc_ntriples_new(syntax, add_line, sorter, &reader) : BC_NO_MEMORY;
    enum bc_status parsed = BC_OK;
    size_t done = PIECE_BYTES;
    *size = 0;
    while (!st && done == PIECE_BYTES) {
        st = source(context, *size, piece, PIECE_BYTES, &done);
        if (!st && !parsed)
            parsed = bc_ntriples_feed(reader, piece, done);
        if (!st)
            *size += done;
        /* What is refused is still read to its end, for its size. */
        if (parsed && parsed != BC_SYNTAX)
            st = parsed;
    }
    if (!st && !parsed)
        parsed = bc_ntriples_finish(reader);
    if (!st)
        st = parsed;
    if (st == BC_SYNTAX)
        st = refuse(reader, path, err);
    bc_ntriples_free(reader);
    bc_free(piece);
    return st;
}
