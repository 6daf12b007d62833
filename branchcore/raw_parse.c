#include "branchcore/raw_parse.h"

enum { PIECE_BYTES = 1 << 20 };

static enum bc_status refuse(const struct bc_intake *intake, struct bc_slice path,
                             struct bc_error *err)
{
    struct bc_buffer text = {0};
    const struct bc_syntax_error *error = bc_intake_error(intake);
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

enum bc_status bc_raw_parse(struct bc_intake *intake, struct bc_slice path, bc_raw_source source,
                            void *context, uint64_t *size, struct bc_error *err)
{
    char *piece = bc_alloc(PIECE_BYTES);
    enum bc_status st = piece ? BC_OK : BC_NO_MEMORY;
    enum bc_status parsed = BC_OK;
    size_t done = PIECE_BYTES;
    *size = 0;
    while (!st && done == PIECE_BYTES) {
        st = source(context, *size, piece, PIECE_BYTES, &done);
        if (!st && !parsed)
            parsed = bc_intake_feed(intake, piece, done);
        if (!st)
            *size += done;
        /* What is refused is still read to its end, for its size. */
        if (parsed && parsed != BC_SYNTAX)
            st = parsed;
    }
    if (!st && !parsed)
        parsed = bc_intake_finish(intake);
    bc_free(piece);
    if (!st)
        st = parsed;
    return st == BC_SYNTAX ? refuse(intake, path, err) : st;
}
