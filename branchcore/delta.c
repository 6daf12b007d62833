#include "branchcore/delta.h"

#include "branchcore/delta_run.h"
#include "branchcore/lines.h"
#include "branchcore/row.h"

#include <stdlib.h>
#include <string.h>

enum { ARENA_FIRST_BYTES = 1 << 10, ARENA_CHUNK_BYTES = 1 << 20, LINES_FIRST = 8 };

/* A chunk of the lines' bytes; they never move. */
struct bc_delta_arena {
    struct bc_delta_arena *before;
    size_t used;
    size_t size;
    char bytes[];
};

/* The lines of all sources, one behind the other, while they are read. */
struct collector {
    struct bc_delta_arena *arena;
    struct bc_delta_line *lines;
    size_t count;
    size_t capacity;
    size_t memory; /* of the arena */
    /* Where the line rows that share one long prefix start; they are not in order. */
    size_t group;
};

static void free_arena(struct bc_delta_arena *arena)
{
    while (arena) {
        struct bc_delta_arena *before = arena->before;
        bc_free(arena);
        arena = before;
    }
}

void bc_delta_release(struct bc_delta *delta)
{
    bc_free(delta->lines);
    free_arena(delta->arena);
    *delta = (struct bc_delta){0};
}

void bc_delta_take_memory(struct bc_delta *delta, struct bc_delta *other)
{
    struct bc_delta_arena **end = &delta->arena;
    while (*end)
        end = &(*end)->before;
    *end = other->arena;
    delta->memory += other->memory;
    other->arena = NULL;
    bc_delta_release(other);
}

static char *arena_take(struct collector *to, size_t size)
{
    struct bc_delta_arena *arena = to->arena;
    if (!arena || arena->size - arena->used < size) {
        size_t room = arena ? arena->size * 2 : ARENA_FIRST_BYTES;
        if (room > ARENA_CHUNK_BYTES)
            room = ARENA_CHUNK_BYTES;
        if (room < size)
            room = size;
        size_t bytes;
        if (__builtin_add_overflow(sizeof *arena, room, &bytes))
            return NULL;
        arena = bc_alloc(bytes);
        if (!arena)
            return NULL;
        *arena = (struct bc_delta_arena){.before = to->arena, .size = room};
        to->arena = arena;
        to->memory += bytes;
    }
    char *taken = arena->bytes + arena->used;
    arena->used += size;
    return taken;
}

static struct bc_delta_line *next_line(struct collector *to)
{
    if (to->count == to->capacity) {
        size_t capacity = to->capacity ? to->capacity : LINES_FIRST;
        if (to->capacity && __builtin_mul_overflow(to->capacity, 2, &capacity))
            return NULL;
        struct bc_delta_line *lines = bc_realloc_array(to->lines, capacity, sizeof *lines);
        if (!lines)
            return NULL;
        to->lines = lines;
        to->capacity = capacity;
    }
    return &to->lines[to->count];
}

static int compare_lines(const void *a, const void *b)
{
    return bc_line_compare(bc_delta_slice(a), bc_delta_slice(b));
}

static bool is_long(const struct bc_delta_line *line)
{
    return line->size - 1 > BC_LINE_KEY_MAX;
}

/* Sorts the group that ends here: rows of long lines come in the order of their hashes. */
static void close_group(struct collector *to)
{
    if (to->count - to->group > 1)
        qsort(to->lines + to->group, to->count - to->group, sizeof *to->lines, compare_lines);
    to->group = to->count;
}

/* Whether two long lines share the prefix that is in their keys. */
static bool same_prefix(const struct bc_delta_line *a, const struct bc_delta_line *b)
{
    return is_long(a) && is_long(b) && !memcmp(a->data, b->data, BC_LINE_KEY_MAX);
}

/* Copies a line, without its '\n', behind the others; the caller counts it. */
static struct bc_delta_line *copy_line(struct collector *to, char sign, struct bc_slice body)
{
    struct bc_delta_line *line = next_line(to);
    char *bytes = line ? arena_take(to, body.size + 1) : NULL;
    if (!bytes)
        return NULL;
    memcpy(bytes, body.data, body.size);
    bytes[body.size] = '\n';
    *line = (struct bc_delta_line){bytes, (uint32_t)body.size + 1, sign, sign};
    return line;
}

static enum bc_status collect(struct collector *to, struct bc_slice key, struct bc_slice value)
{
    char sign;
    struct bc_slice body;
    enum bc_status st = bc_line_decode(key, value, &sign, &body);
    if (st)
        return st;
    if (body.size >= UINT32_MAX)
        return BC_CORRUPT;
    const struct bc_delta_line *line = copy_line(to, sign, body);
    if (!line)
        return BC_NO_MEMORY;
    if (to->count > to->group && !same_prefix(line, &to->lines[to->count - 1]))
        close_group(to);
    to->count++;
    return BC_OK;
}

static enum bc_status collect_of_run(void *context, char sign, struct bc_slice line)
{
    struct collector *to = context;
    if (!copy_line(to, sign, bc_line_body(line)))
        return BC_NO_MEMORY;
    to->count++;
    return BC_OK;
}

static enum bc_status read_layer(struct bc_store *store, struct bc_snapshot *snapshot,
                                 const struct bc_change_source *source, uint64_t node,
                                 struct collector *to)
{
    struct bc_key lower;
    struct bc_key upper;
    bc_key_node(&lower, source->layer, source->joined ? BC_ROW_JOINED : BC_ROW_LINE, node);
    upper = lower;
    bc_key_behind(&upper);
    struct bc_cursor *cursor;
    enum bc_status st = bc_store_cursor(store, snapshot, BC_LAYERS, bc_key_slice(&lower),
                                        bc_key_slice(&upper), false, &cursor);
    if (st)
        return st;
    to->group = to->count;
    for (cursor->ops->first(cursor); !st && cursor->valid; cursor->ops->next(cursor))
        st = collect(to, cursor->key, cursor->value);
    if (!st)
        st = cursor->status;
    bc_cursor_free(cursor);
    close_group(to);
    return st;
}

/* Merges the sorted parts below and above into `to`; *count is of the result. */
static enum bc_status compose(const struct bc_delta_line *below, size_t below_count,
                              const struct bc_delta_line *above, size_t above_count,
                              struct bc_delta_line *to, size_t *count)
{
    struct bc_delta_line *at = to;
    const struct bc_delta_line *below_end = below + below_count;
    const struct bc_delta_line *above_end = above + above_count;
    while (below < below_end && above < above_end) {
        int order = compare_lines(below, above);
        if (order < 0) {
            *at++ = *below++;
        } else if (order > 0) {
            *at++ = *above++;
        } else {
            if (below->top_sign == above->sign)
                return BC_CORRUPT;
            *at = *below++;
            (at++)->top_sign = (above++)->top_sign;
        }
    }
    size_t left = (size_t)(below_end - below);
    if (left)
        memcpy(at, below, left * sizeof *at);
    at += left;
    left = (size_t)(above_end - above);
    if (left)
        memcpy(at, above, left * sizeof *at);
    at += left;
    *count = (size_t)(at - to);
    return BC_OK;
}

/* Parts are neighbouring sorted stretches of `from`: part i is [ends[i - 1], ends[i]). Composes
 * them pair by pair into `to`, and updates ends and the number of parts. A line that cancels out is
 * kept until the end, so that the layers above are still checked against it. */
static enum bc_status compose_pairs(const struct bc_delta_line *from, struct bc_delta_line *to,
                                    size_t *ends, size_t *parts)
{
    size_t made = 0;
    size_t written = 0;
    size_t start = 0;
    for (size_t i = 0; i < *parts; i += 2) {
        size_t middle = ends[i];
        size_t end = i + 1 < *parts ? ends[i + 1] : middle;
        size_t count;
        enum bc_status st = compose(from + start, middle - start, from + middle, end - middle,
                                    to + written, &count);
        if (st)
            return st;
        written += count;
        start = end;
        ends[made++] = written;
    }
    *parts = made;
    return BC_OK;
}

static enum bc_status compose_all(struct collector *all, size_t *ends, size_t parts)
{
    if (parts < 2)
        return BC_OK;
    struct bc_delta_line *other = bc_alloc_array(all->count, sizeof *other);
    if (!other)
        return BC_NO_MEMORY;
    enum bc_status st = BC_OK;
    while (!st && parts > 1) {
        st = compose_pairs(all->lines, other, ends, &parts);
        struct bc_delta_line *swapped = all->lines;
        all->lines = other;
        other = swapped;
    }
    bc_free(other);
    if (!st)
        all->count = ends[0];
    return st;
}

static void drop_cancelled(struct collector *all)
{
    size_t kept = 0;
    for (size_t i = 0; i < all->count; i++) {
        if (all->lines[i].sign == all->lines[i].top_sign)
            all->lines[kept++] = all->lines[i];
    }
    all->count = kept;
}

/* Notes where the lines of a part end, if it has some. */
static void end_part(const struct collector *all, size_t before, size_t *ends, size_t *parts)
{
    if (all->count > before)
        ends[(*parts)++] = all->count;
}

/* Reads all sources, each of which makes up to two parts; `ends` gets where each ends. */
static enum bc_status read_sources(struct bc_store *store, struct bc_snapshot *snapshot,
                                   const struct bc_change_source *sources, size_t source_count,
                                   uint64_t node, struct collector *all, size_t *ends,
                                   size_t *parts)
{
    *parts = 0;
    enum bc_status st = BC_OK;
    for (size_t i = 0; !st && i < source_count; i++) {
        size_t before = all->count;
        if (sources[i].delta)
            st = bc_delta_run_each(store, sources[i].delta, collect_of_run, all);
        end_part(all, before, ends, parts);
        before = all->count;
        if (!st && sources[i].layer)
            st = read_layer(store, snapshot, &sources[i], node, all);
        end_part(all, before, ends, parts);
    }
    return st;
}

/* Gives back what composing has left over; where that fails, it is just kept. */
static void shrink(struct collector *all)
{
    if (!all->count) {
        bc_free(all->lines);
        free_arena(all->arena);
        *all = (struct collector){0};
        return;
    }
    struct bc_delta_line *lines = bc_realloc_array(all->lines, all->count, sizeof *lines);
    if (lines) {
        all->lines = lines;
        all->capacity = all->count;
    }
}

enum bc_status bc_delta_read(struct bc_store *store, struct bc_snapshot *snapshot,
                             const struct bc_change_source *sources, size_t source_count,
                             uint64_t node, struct bc_delta *delta)
{
    struct collector all = {0};
    size_t parts = 0;
    size_t *ends = bc_alloc_array(source_count, 2 * sizeof *ends);
    enum bc_status st = ends ? BC_OK : BC_NO_MEMORY;
    if (!st)
        st = read_sources(store, snapshot, sources, source_count, node, &all, ends, &parts);
    if (!st)
        st = compose_all(&all, ends, parts);
    bc_free(ends);
    if (st) {
        bc_free(all.lines);
        free_arena(all.arena);
        return st;
    }
    drop_cancelled(&all);
    shrink(&all);
    *delta = (struct bc_delta){.lines = all.lines,
                               .count = all.count,
                               .memory = all.memory + all.capacity * sizeof *all.lines,
                               .arena = all.arena};
    return BC_OK;
}
