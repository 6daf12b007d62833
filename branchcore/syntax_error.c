#include "branchcore/syntax_error.h"

#include "branchcore/utf8.h"

#include <string.h>

static const char dots[] = "...";
enum {
    DOTS = sizeof dots - 1,
    EXCERPT_MAX = sizeof((struct bc_syntax_error *)NULL)->excerpt - 1 - DOTS - DOTS
};

static uint64_t characters(const char *text, size_t size)
{
    uint64_t count = 0;
    for (size_t i = 0; i < size; i++)
        count += !bc_utf8_continues(text[i]);
    return count;
}

/* The part of a long line that is shown: a window with the spot in its middle, moved to lie within
 * the line, its edges between characters. */
static struct bc_slice window(struct bc_slice line, size_t spot, size_t *start)
{
    size_t from = 0;
    size_t to = line.size;
    if (line.size > EXCERPT_MAX) {
        from = spot > EXCERPT_MAX / 2 ? spot - EXCERPT_MAX / 2 : 0;
        if (from > line.size - EXCERPT_MAX)
            from = line.size - EXCERPT_MAX;
        to = from + EXCERPT_MAX;
    }
    for (int i = 1; i < BC_UTF8_MAX && from && from < spot && bc_utf8_continues(line.data[from]);
         i++)
        from++;
    for (int i = 1;
         i < BC_UTF8_MAX && to < line.size && to > spot && bc_utf8_continues(line.data[to]); i++)
        to--;
    *start = from;
    return bc_slice(line.data + from, to - from);
}

static bool is_control(uint32_t code_point)
{
    return code_point < 0x20 || (code_point >= 0x7F && code_point < 0xA0);
}

size_t bc_printable(struct bc_slice text, char *to)
{
    size_t size = 0;
    for (size_t at = 0; at < text.size;) {
        uint32_t code_point = 0;
        size_t length = bc_utf8_decode(text.data + at, text.size - at, &code_point);
        if (length && !is_control(code_point)) {
            memcpy(to + size, text.data + at, length);
            size += length;
        } else {
            to[size++] = code_point == '\t' ? ' ' : '?';
        }
        at += length ? length : 1;
    }
    return size;
}

void bc_syntax_error_place(struct bc_syntax_error *error, struct bc_slice line, size_t spot,
                           bool cut)
{
    size_t start;
    struct bc_slice shown = window(line, spot, &start);
    char *to = error->excerpt;
    if (start) {
        memcpy(to, dots, DOTS);
        to += DOTS;
    }
    to += bc_printable(bc_slice(shown.data, spot - start), to);
    error->caret = (unsigned)characters(error->excerpt, (size_t)(to - error->excerpt));
    to += bc_printable(bc_slice(line.data + spot, start + shown.size - spot), to);
    if (cut || start + shown.size < line.size) {
        memcpy(to, dots, DOTS);
        to += DOTS;
    }
    *to = '\0';
    error->column = characters(line.data, spot) + 1;
}

enum bc_status bc_syntax_error_format(const struct bc_syntax_error *error, const char *name,
                                      struct bc_buffer *to)
{
    size_t before = to->size;
    enum bc_status st = bc_buffer_printf(
        to, "%s: line %llu, column %llu: %s\n%s\n%*s^\n", name, (unsigned long long)error->line,
        (unsigned long long)error->column, error->reason, error->excerpt, (int)error->caret, "");
    if (st)
        to->size = before;
    return st;
}
