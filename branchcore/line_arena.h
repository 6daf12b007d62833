/* An arena of lines: their text grows from its start, their places from its end, so that it fills
 * up evenly with lines of any length. The holder owns it. Zero-initialised is without memory. */
#ifndef BRANCHCORE_LINE_ARENA_H
#define BRANCHCORE_LINE_ARENA_H

#include "branchcore/compute.h"

#include <string.h>

struct bc_line_arena {
    char *memory;
    size_t capacity; /* a multiple of a line's size */
    size_t text;     /* bytes in use at the start */
    size_t count;    /* lines */
};

/* Bytes that a line of `size` takes. */
static inline size_t bc_line_arena_cost(size_t size)
{
    return size + sizeof(struct bc_line);
}

/* The lines, in the arena's memory: the caller may permute them. Only sort_unique's new count says
 * how many are left, and they stay at the front. */
static inline struct bc_line *bc_line_arena_lines(const struct bc_line_arena *arena)
{
    return (struct bc_line *)(void *)(arena->memory + arena->capacity) - arena->count;
}

/* Copies a line into the arena; false if it has no room. */
static inline bool bc_line_arena_add(struct bc_line_arena *arena, struct bc_slice line)
{
    size_t used = arena->text + arena->count * sizeof(struct bc_line);
    if (arena->capacity - used < bc_line_arena_cost(line.size))
        return false;
    char *to = arena->memory + arena->text;
    memcpy(to, line.data, line.size);
    arena->text += line.size;
    arena->count++;
    *bc_line_arena_lines(arena) = (struct bc_line){to, (uint32_t)line.size};
    return true;
}

/* Empties the arena and gives it at least `capacity` bytes, and not many more. BC_NO_MEMORY leaves
 * it without memory. */
enum bc_status bc_line_arena_reset(struct bc_line_arena *arena, size_t capacity);
void bc_line_arena_release(struct bc_line_arena *arena);

#endif
