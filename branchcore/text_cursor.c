#include "branchcore/lines.h"
#include "branchcore/text_view.h"

#include <string.h>

struct bc_text_cursor {
    struct bc_text *text;
    struct bc_run_reader blocks;
    struct bc_run_index index;
    struct bc_buffer rendered;
    struct bc_slice chunk; /* whole lines: a block of the base or a segment */
    size_t at;             /* the next line's start in it */
    /* What follows the chunk: this segment if it starts at this place in the base, else that block
     * of the base. */
    size_t segment;
    uint64_t base;
};

enum bc_status bc_text_cursor_new(struct bc_text *text, struct bc_text_cursor **cursor)
{
    struct bc_text_cursor *made = bc_alloc_zero(sizeof *made);
    if (!made)
        return BC_NO_MEMORY;
    made->text = bc_text_retain(text);
    made->blocks =
        (struct bc_run_reader){.store = text->store, .run = text->run, .streaming = true};
    made->index = (struct bc_run_index){.store = text->store, .run = text->run};
    *cursor = made;
    return BC_OK;
}

void bc_text_cursor_free(struct bc_text_cursor *cursor)
{
    if (!cursor)
        return;
    bc_run_reader_release(&cursor->blocks);
    bc_run_index_release(&cursor->index);
    bc_buffer_release(&cursor->rendered);
    bc_text_release(cursor->text);
    bc_free(cursor);
}

static enum bc_status load_segment(struct bc_text_cursor *cursor,
                                   const struct bc_text_segment *segment)
{
    struct bc_slice base;
    enum bc_status st = bc_text_segment_base(segment, &cursor->blocks, &base);
    bc_buffer_clear(&cursor->rendered);
    if (!st)
        st = bc_buffer_reserve(&cursor->rendered, segment->bytes + 1);
    if (!st)
        st = bc_text_segment_render(segment, &cursor->text->delta, base, cursor->rendered.data);
    if (st)
        return st;
    cursor->chunk = bc_slice(cursor->rendered.data, segment->bytes);
    cursor->base += segment->base_bytes;
    cursor->segment++;
    return BC_OK;
}

static enum bc_status load_block(struct bc_text_cursor *cursor)
{
    enum bc_status st = bc_run_reader_at(&cursor->blocks, cursor->base);
    if (st)
        return st == BC_NO_DATA ? BC_CORRUPT : st;
    const struct bc_text_map *map = &cursor->text->map;
    struct bc_slice block = cursor->blocks.text;
    uint64_t until = cursor->segment < map->count ? map->segments[cursor->segment].base_offset
                                                  : cursor->text->base.bytes;
    if (cursor->blocks.start != cursor->base || block.size > until - cursor->base)
        return BC_CORRUPT;
    cursor->chunk = block;
    cursor->base += block.size;
    return BC_OK;
}

/* Goes to the start of the next chunk that has lines. BC_NO_DATA at the end. */
static enum bc_status load_next(struct bc_text_cursor *cursor)
{
    const struct bc_text_map *map = &cursor->text->map;
    cursor->chunk = (struct bc_slice){0};
    cursor->at = 0;
    while (!cursor->chunk.size) {
        enum bc_status st;
        if (cursor->segment < map->count &&
            map->segments[cursor->segment].base_offset == cursor->base)
            st = load_segment(cursor, &map->segments[cursor->segment]);
        else if (cursor->base < cursor->text->base.bytes)
            st = load_block(cursor);
        else
            st = BC_NO_DATA;
        if (st)
            return st;
    }
    return BC_OK;
}

enum bc_status bc_text_cursor_next(struct bc_text_cursor *cursor, struct bc_slice *line)
{
    if (cursor->at == cursor->chunk.size) {
        enum bc_status st = load_next(cursor);
        if (st)
            return st;
    }
    *line = bc_lines_at(cursor->chunk, cursor->at);
    cursor->at += line->size;
    return BC_OK;
}

enum bc_status bc_text_cursor_lines(struct bc_text_cursor *cursor, struct bc_slice *lines)
{
    if (cursor->at == cursor->chunk.size) {
        enum bc_status st = load_next(cursor);
        if (st)
            return st;
    }
    *lines = bc_slice(cursor->chunk.data + cursor->at, cursor->chunk.size - cursor->at);
    cursor->at = cursor->chunk.size;
    return BC_OK;
}

/* Where what is to be loaded next starts in the text. */
static uint64_t next_offset(const struct bc_text_cursor *cursor)
{
    if (!cursor->segment)
        return cursor->base;
    const struct bc_text_segment *last = &cursor->text->map.segments[cursor->segment - 1];
    return last->offset + last->bytes + (cursor->base - last->base_offset - last->base_bytes);
}

uint64_t bc_text_cursor_offset(const struct bc_text_cursor *cursor)
{
    return next_offset(cursor) - (cursor->chunk.size - cursor->at);
}

/* Sets what is to be loaded next to the chunk that has the byte at a place in the text. */
static enum bc_status find_place(struct bc_text_cursor *cursor, uint64_t offset)
{
    const struct bc_text_map *map = &cursor->text->map;
    size_t before = bc_text_map_before(map, offset);
    const struct bc_text_segment *last = before ? &map->segments[before - 1] : NULL;
    cursor->chunk = (struct bc_slice){0};
    cursor->at = 0;
    if (last && offset - last->offset < last->bytes) {
        cursor->segment = before - 1;
        cursor->base = last->base_offset;
        return BC_OK;
    }
    uint64_t base = offset;
    if (last)
        base = last->base_offset + last->base_bytes + (offset - last->offset - last->bytes);
    cursor->segment = before;
    cursor->base = cursor->text->base.bytes;
    if (offset >= map->bytes)
        return BC_OK;
    enum bc_status st = bc_run_reader_at(&cursor->blocks, base);
    if (!st)
        cursor->base = cursor->blocks.start;
    return st == BC_NO_DATA ? BC_CORRUPT : st;
}

enum bc_status bc_text_cursor_place(struct bc_text_cursor *cursor, uint64_t offset)
{
    enum bc_status st = find_place(cursor, offset);
    if (st || offset >= cursor->text->map.bytes)
        return st;
    uint64_t start = next_offset(cursor);
    st = load_next(cursor);
    if (st)
        return st == BC_NO_DATA ? BC_CORRUPT : st;
    if (offset <= start)
        return BC_OK;
    /* The line that has the byte before ends before the next one starts. */
    struct bc_slice chunk = cursor->chunk;
    size_t within = (size_t)(offset - start) - 1;
    if (within >= chunk.size)
        return BC_CORRUPT;
    const char *newline = memchr(chunk.data + within, '\n', chunk.size - within);
    cursor->at = newline ? (size_t)(newline + 1 - chunk.data) : chunk.size;
    return BC_OK;
}

/* Tries to answer from the chunk: sure if the line falls between two of its lines. */
static bool seek_in_chunk(struct bc_text_cursor *cursor, struct bc_slice line)
{
    struct bc_slice chunk = cursor->chunk;
    if (!chunk.size)
        return false;
    bool forward =
        cursor->at < chunk.size && bc_line_compare(bc_lines_at(chunk, cursor->at), line) <= 0;
    size_t from = forward ? cursor->at : 0;
    size_t found = bc_lines_seek(chunk, from, line);
    if (found == chunk.size || (!found && !forward))
        return false;
    cursor->at = found;
    return true;
}

/* The last of segments [low, high) whose first changed line is not behind the line; low if none. */
static size_t segment_of_line(const struct bc_text *text, size_t low, size_t high,
                              struct bc_slice line)
{
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        const struct bc_delta_line *first = &text->delta.lines[text->map.segments[middle].first];
        if (bc_line_compare(bc_delta_slice(first), line) <= 0)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* How many segments are of blocks before that at an offset. */
static size_t segments_before_block(const struct bc_text_map *map, uint64_t block_offset)
{
    size_t low = 0;
    size_t high = map->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (map->segments[middle].block_offset < block_offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Sets what is to be loaded next to the chunk into whose range the line falls. */
static enum bc_status find_chunk(struct bc_text_cursor *cursor, struct bc_slice line)
{
    const struct bc_text_map *map = &cursor->text->map;
    cursor->chunk = (struct bc_slice){0};
    cursor->at = 0;
    uint64_t block = 0;
    if (cursor->text->base.bytes) {
        enum bc_status st = bc_run_index_seek(&cursor->index, line);
        if (st)
            return st == BC_NO_DATA ? BC_CORRUPT : st;
        block = cursor->index.block.offset;
    }
    size_t low = segments_before_block(map, block);
    size_t high = segments_before_block(map, block + 1);
    cursor->segment = low < high ? segment_of_line(cursor->text, low, high, line) : low;
    cursor->base = low < high ? map->segments[cursor->segment].base_offset : block;
    return BC_OK;
}

enum bc_status bc_text_cursor_seek(struct bc_text_cursor *cursor, struct bc_slice line)
{
    if (seek_in_chunk(cursor, line))
        return BC_OK;
    enum bc_status st = find_chunk(cursor, line);
    if (!st)
        st = load_next(cursor);
    if (st)
        return st == BC_NO_DATA ? BC_OK : st;
    cursor->at = bc_lines_seek(cursor->chunk, 0, line);
    return BC_OK;
}
