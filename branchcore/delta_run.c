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

enum bc_status bc_delta_run_open(struct bc_store *store, uint64_t run,
                                 struct bc_delta_run_cursor *cursor)
{
    struct bc_run_summary summary;
    *cursor = (struct bc_delta_run_cursor){
        .reader = {.store = store, .run = run, .streaming = true},
    };
    enum bc_status st = bc_run_summary(store, run, &summary);
    if (!st)
        cursor->bytes = summary.bytes;
    return st == BC_NOT_FOUND ? BC_CORRUPT : st;
}

static enum bc_status next_block(struct bc_delta_run_cursor *cursor)
{
    uint64_t at = cursor->reader.start + cursor->reader.text.size;
    if (at >= cursor->bytes)
        return BC_NO_DATA;
    enum bc_status st = bc_run_reader_at(&cursor->reader, at);
    cursor->block = st ? bc_slice("", 0) : cursor->reader.text;
    return st;
}

enum bc_status bc_delta_run_next(struct bc_delta_run_cursor *cursor, char *sign,
                                 struct bc_slice *line)
{
    enum bc_status st = cursor->block.size ? BC_OK : next_block(cursor);
    if (st)
        return st;
    const char *at = cursor->block.data;
    const char *newline = memchr(at, '\n', cursor->block.size);
    if (!newline || newline - at < 2 || (newline[-1] != '+' && newline[-1] != '-'))
        return BC_CORRUPT;
    size_t size = (size_t)(newline - at);
    bc_buffer_clear(&cursor->line);
    st = bc_buffer_append(&cursor->line, at, size);
    if (st)
        return st;
    cursor->line.data[size - 1] = '\n';
    cursor->block.data += size + 1;
    cursor->block.size -= size + 1;
    *sign = newline[-1];
    *line = bc_buffer_slice(&cursor->line);
    return BC_OK;
}

void bc_delta_run_close(struct bc_delta_run_cursor *cursor)
{
    bc_buffer_release(&cursor->line);
    bc_run_reader_release(&cursor->reader);
    *cursor = (struct bc_delta_run_cursor){0};
}

enum bc_status bc_delta_run_each(struct bc_store *store, uint64_t run,
                                 enum bc_status (*sink)(void *context, char sign,
                                                        struct bc_slice line),
                                 void *context)
{
    struct bc_delta_run_cursor cursor;
    struct bc_slice line;
    char sign;
    enum bc_status st = bc_delta_run_open(store, run, &cursor);
    while (!st && !(st = bc_delta_run_next(&cursor, &sign, &line)))
        st = sink(context, sign, line);
    bc_delta_run_close(&cursor);
    return st == BC_NO_DATA ? BC_OK : st;
}

enum bc_status bc_delta_run_add(struct bc_run_writer *writer, char sign, struct bc_slice line,
                                bool quad, struct bc_buffer *scratch)
{
    enum bc_status st = signed_line(line, sign, scratch);
    return st ? st : bc_run_writer_add(writer, bc_buffer_slice(scratch), quad);
}
