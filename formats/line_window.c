#include "formats/line_window.h"

#include <string.h>

static enum bc_status split(struct fmt_line_window *window)
{
    size_t at = 0;
    window->count = 0;
    window->next = 0;
    while (at < window->text.size) {
        if (window->count == window->room) {
            size_t room = window->room ? 2 * window->room : 1024;
            struct bc_spans *spans = bc_realloc_array(window->spans, room, sizeof *spans);
            if (!spans)
                return BC_NO_MEMORY;
            window->spans = spans;
            window->room = room;
        }
        struct bc_slice left = bc_slice(window->text.data + at, window->text.size - at);
        struct bc_spans *to = window->spans + window->count;
        size_t used;
        size_t count = window->compute->split(window->compute, left, BC_NQUADS, to,
                                              window->room - window->count, &used);
        if (!count)
            return BC_CORRUPT;
        for (size_t i = 0; i < count; i++) {
            to[i].start += (uint32_t)at;
            to[i].predicate += (uint32_t)at;
            to[i].object += (uint32_t)at;
            to[i].graph += to[i].graph ? (uint32_t)at : 0;
            to[i].end += (uint32_t)at;
        }
        window->count += count;
        at += used;
    }
    return BC_OK;
}

/* Drops the lines before `from`, and adds others behind. */
static enum bc_status refill(struct fmt_line_window *window, size_t from)
{
    size_t start = from < window->count ? window->spans[from].start : window->text.size;
    window->text.size -= start;
    if (start && window->text.size)
        memmove(window->text.data, window->text.data + start, window->text.size);
    enum bc_status st = window->more(window->context, &window->text);
    window->ended = st == BC_NO_DATA;
    return st && !window->ended ? st : split(window);
}

static size_t end_of_subject(const struct fmt_line_window *window)
{
    const char *text = window->text.data;
    struct bc_slice subject = bc_spans_term(text, &window->spans[window->next], BC_SUBJECT);
    size_t end = window->next + 1;
    while (end < window->count &&
           bc_slice_equal(bc_spans_term(text, &window->spans[end], BC_SUBJECT), subject))
        end++;
    return end;
}

enum bc_status fmt_line_window_next(struct fmt_line_window *window, struct fmt_lines *lines)
{
    size_t end;
    for (;;) {
        if (window->next < window->count) {
            end = end_of_subject(window);
            if (end < window->count || window->ended ||
                window->text.size - window->spans[window->next].start > FMT_WINDOW_BYTES)
                break;
        } else if (window->ended) {
            return BC_NO_DATA;
        }
        enum bc_status st = refill(window, window->next);
        if (st)
            return st;
    }
    *lines = (struct fmt_lines){.text = window->text.data,
                                .spans = window->spans + window->next,
                                .count = end - window->next,
                                .goes_on = end == window->count && !window->ended};
    window->next = end;
    return BC_OK;
}

void fmt_line_window_reset(struct fmt_line_window *window)
{
    bc_buffer_clear(&window->text);
    window->count = 0;
    window->next = 0;
    window->ended = false;
}

void fmt_line_window_release(struct fmt_line_window *window)
{
    bc_buffer_release(&window->text);
    bc_free(window->spans);
    window->spans = NULL;
    window->room = 0;
    fmt_line_window_reset(window);
}
