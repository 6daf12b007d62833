#include "branchcore/lines.h"

#include <string.h>

/* About a line: how far the first probe of a search looks. */
enum { FIRST_STEP = 192 };

struct bc_slice bc_lines_at(struct bc_slice lines, size_t at)
{
    if (at >= lines.size)
        return (struct bc_slice){0};
    size_t left = lines.size - at;
    const char *start = lines.data + at;
    const char *newline = memchr(start, '\n', left);
    return bc_slice(start, newline ? (size_t)(newline - start) + 1 : left);
}

/* The start of the line that holds the byte at `at`, not before `from`. */
static size_t line_start(struct bc_slice lines, size_t from, size_t at)
{
    const char *newline = memrchr(lines.data + from, '\n', at - from);
    return newline ? (size_t)(newline - lines.data) + 1 : from;
}

size_t bc_lines_seek(struct bc_slice lines, size_t from, struct bc_slice line)
{
    struct bc_slice wanted = bc_line_body(line);
    /* Lines that start before low are less than wanted, those from high on are not. The probe
     * doubles its distance until it meets one of these, and halves it from then on. */
    size_t low = from;
    size_t high = lines.size;
    size_t step = 0;
    bool doubling = true;
    while (low < high) {
        size_t probe = doubling && step < high - low ? low + step : low + (high - low) / 2;
        size_t start = line_start(lines, low, probe);
        struct bc_slice found = bc_lines_at(lines, start);
        if (bc_slice_compare(bc_line_body(found), wanted) < 0) {
            low = start + found.size;
            step = step ? step * 2 : FIRST_STEP;
        } else {
            high = start;
            doubling = false;
        }
    }
    return low;
}
