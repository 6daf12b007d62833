#include "branchcore/text_map.h"

#include "branchcore/lines.h"

#include <string.h>

/* A block to which the delta adds more than this is cut into several segments. */
enum { CUT_OVER_BYTES = 4 * BC_BLOCK_BYTES, SEGMENTS_FIRST = 4 };

struct mapper {
    struct bc_store *store;
    uint64_t run;
    uint64_t run_bytes;
    const struct bc_delta *delta;
    struct bc_text_map *map;
    uint64_t base_end; /* of the segments so far: in the base, */
    uint64_t text_end; /* and in the text */
};

/* Bytes that some lines of a delta add and remove. */
struct change {
    uint64_t added;
    uint64_t removed;
};

static void count_line(struct change *change, const struct bc_delta_line *line)
{
    if (line->sign == '+')
        change->added += line->size;
    else
        change->removed += line->size;
}

static struct bc_text_segment *next_segment(struct bc_text_map *map)
{
    if (map->count == map->capacity) {
        size_t capacity = map->capacity ? map->capacity : SEGMENTS_FIRST;
        if (map->capacity && __builtin_mul_overflow(map->capacity, 2, &capacity))
            return NULL;
        struct bc_text_segment *segments =
            bc_realloc_array(map->segments, capacity, sizeof *segments);
        if (!segments)
            return NULL;
        map->segments = segments;
        map->capacity = capacity;
    }
    return &map->segments[map->count];
}

/* Appends a segment, whose place in the text follows from those before it. */
static enum bc_status push(struct mapper *to, struct bc_text_segment made, struct change change)
{
    if (made.base_offset < to->base_end || made.base_bytes > to->run_bytes ||
        made.base_offset > to->run_bytes - made.base_bytes || change.removed > made.base_bytes)
        return BC_CORRUPT;
    made.offset = to->text_end + (made.base_offset - to->base_end);
    made.bytes = made.base_bytes - change.removed + change.added;
    uint64_t end;
    if (made.offset < to->text_end || __builtin_add_overflow(made.offset, made.bytes, &end))
        return BC_CORRUPT;
    struct bc_text_segment *segment = next_segment(to->map);
    if (!segment)
        return BC_NO_MEMORY;
    *segment = made;
    to->map->count++;
    to->base_end = made.base_offset + made.base_bytes;
    to->text_end = end;
    return BC_OK;
}

/* Cuts a block, and the lines [first, end) of the delta that fall into it, so that no segment adds
 * much more than a block. */
static enum bc_status cut(struct mapper *to, const struct bc_block *block, struct bc_slice text,
                          size_t first, size_t end)
{
    const struct bc_delta_line *lines = to->delta->lines;
    size_t from = 0;
    while (first < end) {
        struct change change = {0};
        size_t next = first;
        while (next < end && change.added < BC_BLOCK_BYTES)
            count_line(&change, &lines[next++]);
        size_t until =
            next < end ? bc_lines_seek(text, from, bc_delta_slice(&lines[next])) : text.size;
        struct bc_text_segment made = {.block_offset = block->offset,
                                       .base_offset = block->offset + from,
                                       .base_bytes = (uint32_t)(until - from),
                                       .first = first,
                                       .count = next - first};
        enum bc_status st = push(to, made, change);
        if (st)
            return st;
        first = next;
        from = until;
    }
    return BC_OK;
}

static enum bc_status cut_block(struct mapper *to, const struct bc_block *block, size_t first,
                                size_t end)
{
    struct bc_value text = {0};
    uint64_t start;
    enum bc_status st = bc_run_block_at(to->store, to->run, block->offset, &start, &text);
    if (st == BC_NO_DATA || (!st && (start != block->offset || text.slice.size != block->bytes)))
        st = BC_CORRUPT;
    if (!st)
        st = cut(to, block, text.slice, first, end);
    bc_value_release(&text);
    return st;
}

/* Maps the lines that fall into the block of the line at *first, and goes behind them. */
static enum bc_status map_block(struct mapper *to, struct bc_run_index *index, size_t *first)
{
    const struct bc_delta_line *lines = to->delta->lines;
    enum bc_status st = bc_run_index_seek(index, bc_delta_slice(&lines[*first]));
    if (st)
        return st == BC_NO_DATA ? BC_CORRUPT : st;
    struct bc_slice separator = bc_buffer_slice(&index->separator);
    struct change change = {0};
    size_t end = *first;
    do {
        count_line(&change, &lines[end++]);
    } while (end < to->delta->count &&
             (index->last || bc_line_compare(bc_delta_slice(&lines[end]), separator) < 0));
    struct bc_text_segment made = {.block_offset = index->block.offset,
                                   .base_offset = index->block.offset,
                                   .base_bytes = index->block.bytes,
                                   .first = *first,
                                   .count = end - *first};
    st = change.added > CUT_OVER_BYTES ? cut_block(to, &index->block, *first, end)
                                       : push(to, made, change);
    *first = end;
    return st;
}

static enum bc_status map_all(struct mapper *to)
{
    size_t count = to->delta->count;
    if (!to->run_bytes)
        return cut(to, &(struct bc_block){0}, (struct bc_slice){0}, 0, count);
    struct bc_run_index index = {.store = to->store, .run = to->run};
    enum bc_status st = BC_OK;
    for (size_t at = 0; !st && at < count;)
        st = map_block(to, &index, &at);
    bc_run_index_release(&index);
    return st;
}

enum bc_status bc_text_map_new(struct bc_store *store, uint64_t run, uint64_t run_bytes,
                               const struct bc_delta *delta, struct bc_text_map *map)
{
    *map = (struct bc_text_map){0};
    struct mapper to = {
        .store = store, .run = run, .run_bytes = run_bytes, .delta = delta, .map = map};
    enum bc_status st = map_all(&to);
    if (!st && __builtin_add_overflow(to.text_end, run_bytes - to.base_end, &map->bytes))
        st = BC_CORRUPT;
    if (st)
        bc_text_map_release(map);
    return st;
}

void bc_text_map_release(struct bc_text_map *map)
{
    bc_free(map->segments);
    *map = (struct bc_text_map){0};
}

size_t bc_text_map_before(const struct bc_text_map *map, uint64_t offset)
{
    size_t low = 0;
    size_t high = map->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (map->segments[middle].offset <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

enum bc_status bc_text_segment_base(const struct bc_text_segment *segment,
                                    struct bc_run_reader *reader, struct bc_slice *lines)
{
    if (!segment->base_bytes) {
        *lines = (struct bc_slice){0};
        return BC_OK;
    }
    enum bc_status st = bc_run_reader_at(reader, segment->base_offset);
    if (st)
        return st == BC_NO_DATA ? BC_CORRUPT : st;
    size_t from = (size_t)(segment->base_offset - reader->start);
    const char *text = reader->text.data;
    if (reader->start != segment->block_offset || segment->base_bytes > reader->text.size - from ||
        (from && text[from - 1] != '\n') || text[from + segment->base_bytes - 1] != '\n')
        return BC_CORRUPT;
    *lines = bc_slice(text + from, segment->base_bytes);
    return BC_OK;
}

enum bc_status bc_text_segment_render(const struct bc_text_segment *segment,
                                      const struct bc_delta *delta, struct bc_slice lines, char *to)
{
    char *end = to + segment->bytes;
    const struct bc_delta_line *line = delta->lines + segment->first;
    size_t from = 0;
    for (size_t i = 0; i < segment->count; i++, line++) {
        struct bc_slice changed = bc_delta_slice(line);
        size_t at = bc_lines_seek(lines, from, changed);
        bool there = bc_slice_equal(bc_lines_at(lines, at), changed);
        size_t added = line->sign == '+' ? changed.size : 0;
        if (there == (added > 0) || at - from > (size_t)(end - to) ||
            added > (size_t)(end - to) - (at - from))
            return BC_CORRUPT;
        if (at > from)
            memcpy(to, lines.data + from, at - from);
        to += at - from;
        if (added)
            memcpy(to, changed.data, added);
        to += added;
        from = added ? at : at + changed.size;
    }
    if (lines.size - from != (size_t)(end - to))
        return BC_CORRUPT;
    if (lines.size > from)
        memcpy(to, lines.data + from, lines.size - from);
    return BC_OK;
}
