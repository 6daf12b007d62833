#include "branchcore/run_window.h"

#include "branchcore/lines.h"

#include <string.h>

enum bc_status bc_run_seek(struct bc_store *store, uint64_t run, struct bc_slice line,
                           uint64_t *offset)
{
    struct bc_block block;
    struct bc_value text = {0};
    enum bc_status st = bc_run_block_of(store, run, line, &block, NULL, &text);
    if (!st)
        *offset = block.offset + bc_lines_seek(text.slice, 0, line);
    else if (st == BC_NO_DATA)
        *offset = 0;
    bc_value_release(&text);
    return st == BC_NO_DATA ? BC_OK : st;
}

/* Makes room for so many bytes behind the lines. */
static enum bc_status make_room(struct bc_run_window *window, size_t size)
{
    struct bc_buffer *bytes = &window->bytes;
    size_t left = window->lines.size;
    if (left)
        memmove(bytes->data, window->lines.data, left);
    bytes->size = left;
    enum bc_status st = bc_buffer_reserve(bytes, size);
    window->lines = bc_slice(bytes->data, left);
    return st;
}

enum bc_status bc_run_window_grow(struct bc_run_window *window)
{
    if (!bc_run_window_more(window))
        return BC_OK;
    window->reader.store = window->store;
    window->reader.run = window->run;
    window->reader.streaming = true;
    enum bc_status st = bc_run_reader_at(&window->reader, window->at);
    if (st)
        return st == BC_NO_DATA ? BC_CORRUPT : st;
    struct bc_slice block = window->reader.text;
    size_t from = (size_t)(window->at - window->reader.start);
    uint64_t wanted = window->end - window->at;
    size_t size = block.size - from < wanted ? block.size - from : (size_t)wanted;
    st = make_room(window, size);
    if (!st)
        st = bc_buffer_append(&window->bytes, block.data + from, size);
    if (st)
        return st;
    window->lines = bc_buffer_slice(&window->bytes);
    window->at += size;
    return BC_OK;
}

void bc_run_window_release(struct bc_run_window *window)
{
    bc_run_reader_release(&window->reader);
    bc_buffer_release(&window->bytes);
    window->lines = bc_slice("", 0);
}
