/* The two-way walk: passes over what the two texts begin with alike, then over the lines of one
 * side that are less than the other's next one, and so on in turns.
 *
 * Both are whole lines, so that none is the beginning of another: the first byte by which two lines
 * differ is in both, and decides their order. */
#include "branchcore/scalar.h"

#include <string.h>

/* About a line: how far the first probe of a search looks. */
enum { FIRST_STEP = 192 };

struct bc_slice bc_scalar_first_line(struct bc_slice text)
{
    const char *newline = text.size ? memchr(text.data, '\n', text.size) : NULL;
    return bc_slice(text.data, newline ? (size_t)(newline - text.data) + 1 : text.size);
}

/* How many of the first `size` bytes are whole lines. */
static size_t whole_lines(struct bc_slice text, size_t size)
{
    const char *newline = size ? memrchr(text.data, '\n', size) : NULL;
    return newline ? (size_t)(newline - text.data) + 1 : 0;
}

size_t bc_scalar_lines_before(struct bc_slice text, struct bc_slice bound)
{
    /* Lines that start before low are less than bound, those from high on are not. The probe
     * doubles its distance until it meets one of these, and halves it from then on. */
    size_t low = 0;
    size_t high = text.size;
    size_t step = 0;
    bool doubling = true;
    while (low < high) {
        size_t probe = doubling && step < high - low ? low + step : low + (high - low) / 2;
        size_t start = low + whole_lines(bc_slice(text.data + low, text.size - low), probe - low);
        struct bc_slice line = bc_scalar_first_line(bc_slice(text.data + start, text.size - start));
        if (bc_slice_compare(line, bound) < 0) {
            low = start + line.size;
            step = step ? step * 2 : FIRST_STEP;
        } else {
            high = start;
            doubling = false;
        }
    }
    return low;
}

struct bc_slice bc_scalar_take(struct bc_slice *text, size_t size)
{
    struct bc_slice taken = bc_slice(text->data, size);
    text->data += size;
    text->size -= size;
    return taken;
}

/* Notes lines that were taken, as part of the range before if they go on where that ends. */
static size_t note(struct bc_range *ranges, size_t noted, enum bc_side side, struct bc_slice lines)
{
    struct bc_range *last = noted ? &ranges[noted - 1] : NULL;
    if (last && last->side == side && last->lines.data + last->lines.size == lines.data) {
        last->lines.size += lines.size;
        return noted;
    }
    ranges[noted] = (struct bc_range){side, lines};
    return noted + 1;
}

size_t bc_scalar_walk(const struct bc_compute *compute, struct bc_slice *left,
                      struct bc_slice *right, unsigned filter, struct bc_range *ranges, size_t room)
{
    size_t noted = 0;
    (void)compute;
    while (left->size && right->size && noted < room) {
        size_t shared = bc_common_prefix(*left, *right);
        size_t equal = whole_lines(*left, shared);
        if (equal) {
            struct bc_slice lines = bc_scalar_take(left, equal);
            (void)bc_scalar_take(right, equal);
            if (filter & BC_BOTH)
                noted = note(ranges, noted, BC_BOTH, lines);
            continue;
        }
        bool from_left = (unsigned char)left->data[shared] < (unsigned char)right->data[shared];
        struct bc_slice *from = from_left ? left : right;
        struct bc_slice bound = bc_scalar_first_line(from_left ? *right : *left);
        enum bc_side side = from_left ? BC_LEFT_ONLY : BC_RIGHT_ONLY;
        struct bc_slice lines = bc_scalar_take(from, bc_scalar_lines_before(*from, bound));
        if (filter & side)
            noted = note(ranges, noted, side, lines);
    }
    return noted;
}
