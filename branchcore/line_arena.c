#include "branchcore/line_arena.h"

#include "branchcore/huge_pages.h"

enum bc_status bc_line_arena_reset(struct bc_line_arena *arena, size_t capacity)
{
    arena->text = 0;
    arena->count = 0;
    size_t places = capacity / sizeof(struct bc_line) + 1;
    if (arena->memory && arena->capacity == places * sizeof(struct bc_line))
        return BC_OK;
    bc_line_arena_release(arena);
    arena->memory = bc_alloc_array(places, sizeof(struct bc_line));
    if (!arena->memory)
        return BC_NO_MEMORY;
    arena->capacity = places * sizeof(struct bc_line);
    bc_prefer_huge_pages(arena->memory, arena->capacity);
    return BC_OK;
}

void bc_line_arena_release(struct bc_line_arena *arena)
{
    bc_free(arena->memory);
    *arena = (struct bc_line_arena){0};
}
