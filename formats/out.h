/* Inside formats/: text on its way to a sink, in large pieces. The first failure stays, and what
 * comes behind it is dropped. */
#ifndef FORMATS_OUT_H
#define FORMATS_OUT_H

#include "branchcore/memory.h"

#include <string.h>

enum { FMT_OUT_BYTES = 128 << 10 };

struct fmt_out {
    enum bc_status (*sink)(void *context, const void *data, size_t size);
    void *context;
    char *data; /* FMT_OUT_BYTES */
    size_t size;
    uint64_t sent;       /* bytes, before data */
    uint64_t line_start; /* where the last line begins, in bytes from the start of the text */
    enum bc_status status;
};

enum bc_status fmt_out_init(struct fmt_out *out,
                            enum bc_status (*sink)(void *context, const void *data, size_t size),
                            void *context);
/* Sends what is left; the status of all. */
enum bc_status fmt_out_finish(struct fmt_out *out);
void fmt_out_release(struct fmt_out *out);

/* Sends what there is. */
void fmt_out_flush(struct fmt_out *out);
/* For what does not fit. */
void fmt_out_put_long(struct fmt_out *out, struct bc_slice text);

static inline void fmt_out_put(struct fmt_out *out, struct bc_slice text)
{
    if (text.size > FMT_OUT_BYTES - out->size) {
        fmt_out_put_long(out, text);
        return;
    }
    memcpy(out->data + out->size, text.data, text.size);
    out->size += text.size;
}

static inline void fmt_out_byte(struct fmt_out *out, char byte)
{
    fmt_out_put(out, bc_slice(&byte, 1));
}

#define FMT_OUT_TEXT(out, text) fmt_out_put(out, bc_slice(text, sizeof(text) - 1))

/* Ends the line and begins one with so many spaces. */
static inline void fmt_out_line(struct fmt_out *out, size_t indent)
{
    fmt_out_byte(out, '\n');
    out->line_start = out->sent + out->size;
    static const char spaces[] = "                                                                ";
    for (; indent >= sizeof spaces - 1; indent -= sizeof spaces - 1)
        fmt_out_put(out, bc_slice(spaces, sizeof spaces - 1));
    fmt_out_put(out, bc_slice(spaces, indent));
}

/* Bytes of the line so far. */
static inline uint64_t fmt_out_column(const struct fmt_out *out)
{
    return out->sent + out->size - out->line_start;
}

#endif
