#include "branchcore/delta_run.h"

#include "branchcore/lines.h"

#include <string.h>

static enum bc_status signed_line(struct bc_slice line, char sign, struct bc_buffer *to)
{
    struct bc_slice body = bc_line_body(line);
    char end[2] = {sign, '\n'};
    bc_buffer_clear(to);
    enum bc_status st = bc_buffer_append(to, body.data, body.size);
    return st ? st : bc_buffer_append(to, end, sizeof end);
}

enum bc_status bc_delta_run_sign(struct bc_store *store, uint64_t run, struct bc_slice line,
                                 char *sign)
{
    static const char signs[] = "+-";
    struct bc_buffer wanted = {0};
    enum bc_status st = BC_OK;
    *sign = 0;
    for (size_t i = 0; !st && !*sign && signs[i]; i++) {
        bool there = false;
        st = signed_line(line, signs[i], &wanted);
        if (!st)
            st = bc_run_contains(store, run, bc_buffer_slice(&wanted), &there);
        if (!st && there)
            *sign = signs[i];
    }
    bc_buffer_release(&wanted);
    return st;
}

/* The lines of one block. They are changed in place, in the copy `line`. */
static enum bc_status
each_of_block(struct bc_slice text, struct bc_buffer *line,
              enum bc_status (*sink)(void *context, char sign, struct bc_slice line), void *context)
{
    const char *end = text.data + text.size;
    enum bc_status st = BC_OK;
    for (const char *at = text.data; !st && at < end;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        if (!newline || newline - at < 2 || (newline[-1] != '+' && newline[-1] != '-'))
            return BC_CORRUPT;
        size_t size = (size_t)(newline - at);
        bc_buffer_clear(line);
        st = bc_buffer_append(line, at, size);
        if (st)
            break;
        line->data[size - 1] = '\n';
        st = sink(context, newline[-1], bc_buffer_slice(line));
        at = newline + 1;
    }
    return st;
}

enum bc_status bc_delta_run_each(struct bc_store *store, uint64_t run,
                                 enum bc_status (*sink)(void *context, char sign,
                                                        struct bc_slice line),
                                 void *context)
{
    struct bc_run_summary summary;
    struct bc_run_reader reader = {.store = store, .run = run, .streaming = true};
    struct bc_buffer line = {0};
    enum bc_status st = bc_run_summary(store, run, &summary);
    if (st)
        return st == BC_NOT_FOUND ? BC_CORRUPT : st;
    for (uint64_t at = 0; !st && at < summary.bytes; at = reader.start + reader.text.size) {
        st = bc_run_reader_at(&reader, at);
        if (!st)
            st = each_of_block(reader.text, &line, sink, context);
    }
    bc_buffer_release(&line);
    bc_run_reader_release(&reader);
    return st;
}

enum bc_status bc_delta_run_add(struct bc_run_writer *writer, char sign, struct bc_slice line,
                                bool quad, struct bc_buffer *scratch)
{
    enum bc_status st = signed_line(line, sign, scratch);
    return st ? st : bc_run_writer_add(writer, bc_buffer_slice(scratch), quad);
}
