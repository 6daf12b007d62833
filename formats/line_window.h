/* Inside formats/: lines from somewhere, split into their terms, subject by subject. */
#ifndef FORMATS_LINE_WINDOW_H
#define FORMATS_LINE_WINDOW_H

#include "branchcore/compute.h"

/* Text of one subject beyond this comes in parts. */
enum { FMT_WINDOW_BYTES = 4 << 20 };

struct fmt_line_window {
    const struct bc_compute *compute;
    /* Appends whole canonical lines, at least one. BC_NO_DATA: there are no more. */
    enum bc_status (*more)(void *context, struct bc_buffer *text);
    void *context;
    struct bc_buffer text;
    struct bc_spans *spans; /* of all its lines */
    size_t count;
    size_t room;
    size_t next;
    bool ended;
};

/* Lines of one subject, borrowed until the next call. */
struct fmt_lines {
    const char *text;
    const struct bc_spans *spans;
    size_t count;
    bool goes_on; /* the next lines are, or may be, of the same subject */
};

/* BC_NO_DATA at the end; BC_CORRUPT: lines that are none; what `more` returns. */
enum bc_status fmt_line_window_next(struct fmt_line_window *window, struct fmt_lines *lines);
/* The window is as new, but for its memory. */
void fmt_line_window_reset(struct fmt_line_window *window);
void fmt_line_window_release(struct fmt_line_window *window);

#endif
