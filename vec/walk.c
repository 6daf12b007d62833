/* The two-way walk (branchcore/scalar_walk.c): what both texts begin with alike is passed over at
 * the speed of reading it, with the line ends found in what was loaded for it. Where one side goes
 * on for many lines the rest of them is searched, not read. */
#include "branchcore/scalar.h"
#include "vec/sorted.h"

/* How two texts begin. */
struct beginning {
    size_t lines; /* bytes of whole lines that are the same */
    bool less;    /* where they part, a is less */
};

/* The texts' next bytes, which begin at `at`; true: they part there, or it is the last step. */
static inline bool look(struct vec_pair a, struct vec_pair b, size_t at, struct beginning *to)
{
    struct vec_wide differing = vec_pair_differing(a, b);
    struct vec_wide ends = vec_pair_equal(a, '\n');
    bool part = vec_wide_any(differing);
    if (part) {
        to->less = vec_pair_is_less(a, b, differing);
        ends = vec_wide_below(ends, differing);
    }
    if (vec_wide_any(ends))
        to->lines = at + vec_wide_highest(ends) + 1;
    return part;
}

static inline struct beginning compare(const char *a, const char *b, size_t size)
{
    struct beginning found = {0, false};
    size_t at = 0;
    for (; size - at >= VEC_STEP; at += VEC_STEP) {
        if (look(vec_pair_load(a + at), vec_pair_load(b + at), at, &found))
            return found;
    }
    (void)look(vec_pair_load_part(a + at, size - at), vec_pair_load_part(b + at, size - at), at,
               &found);
    return found;
}

/* The range that is noted last, which may still grow. */
struct growing {
    enum bc_side side;
    const char *start;
    const char *end; /* NULL: none is */
};

/* Notes lines, in the range before if they go on where that ends. What comes next cannot be
 * foreseen, so this has no branches. */
static inline size_t note(struct bc_range *ranges, size_t noted, struct growing *growing,
                          enum bc_side side, const char *from, const char *to)
{
    bool anew = (growing->end != from) | (growing->side != side);
    const char *start = anew ? from : growing->start;
    *growing = (struct growing){side, start, to};
    noted += anew;
    ranges[noted - 1] = (struct bc_range){side, bc_slice(start, (size_t)(to - start))};
    return noted;
}

/* Behind the lines from `from` on that are less than the next one of bound. */
static const char *search(const char *from, const char *end, struct vec_text bound)
{
    return from + bc_scalar_lines_before(bc_slice(from, (size_t)(end - from)),
                                         bc_slice(bound.at, (size_t)(bound.next - bound.at)));
}

size_t VEC(walk)(const struct bc_compute *compute, struct bc_slice *left, struct bc_slice *right,
                 unsigned filter, struct bc_range *ranges, size_t room)
{
    struct vec_text a = vec_text_at(left->data, left->data + left->size);
    struct vec_text b = vec_text_at(right->data, right->data + right->size);
    struct vec_patience patience = {0};
    struct growing growing = {BC_BOTH, NULL, NULL};
    enum bc_side before = BC_BOTH;
    size_t noted = 0;
    (void)compute;
    while (a.at < a.end && b.at < b.end && noted < room) {
        size_t a_size = vec_text_size(a);
        size_t b_size = vec_text_size(b);
        struct beginning found = compare(a.at, b.at, a_size < b_size ? a_size : b_size);
        if (found.lines) {
            if (filter & BC_BOTH)
                noted = note(ranges, noted, &growing, BC_BOTH, a.at, a.at + found.lines);
            a = vec_text_at(a.at + found.lines, a.end);
            b = vec_text_at(b.at + found.lines, b.end);
            before = BC_BOTH;
            /* Where the lines behind them part is known already. */
            if (a.at == a.end || b.at == b.end || noted == room)
                break;
        }
        enum bc_side side = found.less ? BC_LEFT_ONLY : BC_RIGHT_ONLY;
        struct vec_text from = vec_text_either(found.less, a, b);
        const char *to = from.next;
        if (vec_is_over(&patience, side != before)) {
            to = search(from.next, from.end, vec_text_either(found.less, b, a));
            vec_searched(&patience, (size_t)(to - from.next));
        }
        before = side;
        if (filter & side)
            noted = note(ranges, noted, &growing, side, from.at, to);
        from = vec_text_at(to, from.end);
        a = vec_text_either(found.less, from, a);
        b = vec_text_either(found.less, b, from);
    }
    *left = vec_text_slice(a);
    *right = vec_text_slice(b);
    return noted;
}
