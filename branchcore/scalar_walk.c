/* The two-way walk: a merge of two sorted texts, line by line. */
#include "branchcore/scalar.h"

#include <string.h>

/* The first line of text, '\n' included; what is left over at the end counts as a line. */
static struct bc_slice first_line(struct bc_slice text)
{
    const char *end = text.size ? memchr(text.data, '\n', text.size) : NULL;
    return bc_slice(text.data, end ? (size_t)(end - text.data) + 1 : text.size);
}

static void skip(struct bc_slice *text, size_t size)
{
    text->data += size;
    text->size -= size;
}

/* True if other's first line is line. As only a text's last line may lack its '\n', equal bytes
 * with one are a whole line. */
static bool starts_with(struct bc_slice other, struct bc_slice line)
{
    if (other.size < line.size || memcmp(other.data, line.data, line.size) != 0)
        return false;
    return line.data[line.size - 1] == '\n' || other.size == line.size;
}

/* Passes over whole lines with which both texts begin. */
static void skip_equal(struct bc_slice *left, struct bc_slice *right)
{
    size_t shared = bc_common_prefix(*left, *right);
    const char *end = shared ? memrchr(left->data, '\n', shared) : NULL;
    if (!end)
        return;
    size_t lines = (size_t)(end - left->data) + 1;
    skip(left, lines);
    skip(right, lines);
}

static enum bc_status give_rest(struct bc_slice text, enum bc_side side, unsigned filter,
                                bc_walk_sink sink, void *context)
{
    if (!(filter & side))
        return BC_OK;
    while (text.size) {
        struct bc_slice line = first_line(text);
        enum bc_status st = sink(context, side, line);
        if (st)
            return st;
        skip(&text, line.size);
    }
    return BC_OK;
}

enum bc_status bc_scalar_walk(const struct bc_compute *compute, struct bc_slice left,
                              struct bc_slice right, unsigned filter, bc_walk_sink sink,
                              void *context)
{
    (void)compute;
    struct bc_slice a = first_line(left);
    struct bc_slice b = first_line(right);
    while (left.size && right.size) {
        enum bc_status st = BC_OK;
        if (starts_with(right, a)) {
            if (filter & BC_BOTH)
                st = sink(context, BC_BOTH, a);
            skip(&left, a.size);
            skip(&right, a.size);
            if (!(filter & BC_BOTH))
                skip_equal(&left, &right);
            a = first_line(left);
            b = first_line(right);
        } else if (bc_slice_compare(a, b) < 0) {
            if (filter & BC_LEFT_ONLY)
                st = sink(context, BC_LEFT_ONLY, a);
            skip(&left, a.size);
            a = first_line(left);
        } else {
            if (filter & BC_RIGHT_ONLY)
                st = sink(context, BC_RIGHT_ONLY, b);
            skip(&right, b.size);
            b = first_line(right);
        }
        if (st)
            return st;
    }
    enum bc_status st = give_rest(left, BC_LEFT_ONLY, filter, sink, context);
    return st ? st : give_rest(right, BC_RIGHT_ONLY, filter, sink, context);
}
