/* Inside vec/: what walk and meet share: two sorted texts side by side, two blocks of each at a
 * time, as lines mostly part within these. */
#ifndef VEC_SORTED_H
#define VEC_SORTED_H

#include "vec/operations.h"

enum {
    VEC_STEP = 2 * VEC_BLOCK, /* two lines are compared by so much at a time */
    VEC_REACH = 4 * VEC_BLOCK /* a line's end is looked for so far at a time */
};

/* After how many lines of one side in a row the rest of them is searched: a search costs as much as
 * reading some lines, and is worth it where the one before it was. */
struct vec_patience {
    unsigned lines; /* 0 at first */
    unsigned in_a_row;
};

/* Counts a line; true: search. */
static inline bool vec_is_over(struct vec_patience *patience, bool turned)
{
    enum { PATIENT = 32 };
    patience->in_a_row = turned ? 0 : patience->in_a_row + 1;
    return patience->in_a_row >= (patience->lines ? patience->lines : PATIENT);
}

/* The search has passed so many bytes. */
static inline void vec_searched(struct vec_patience *patience, size_t bytes)
{
    enum { WORTH_IT = 8 << 10, IMPATIENT = 2 };
    *patience = (struct vec_patience){.lines = bytes >= WORTH_IT ? IMPATIENT : 0};
}

/* Two blocks as one mask of 128 bits. */
struct vec_wide {
    uint64_t low;
    uint64_t high;
};

static inline bool vec_wide_any(struct vec_wide mask)
{
    return (mask.low | mask.high) != 0;
}

/* Of a mask that is not 0. Without branches, as what follows: which half it is cannot be foreseen.
 */
static inline unsigned vec_wide_lowest(struct vec_wide mask)
{
    uint64_t half = mask.low ? mask.low : mask.high;
    return vec_lowest(half) + (mask.low ? 0 : VEC_BLOCK);
}

static inline unsigned vec_wide_highest(struct vec_wide mask)
{
    uint64_t half = mask.high ? mask.high : mask.low;
    return vec_highest(half) + (mask.high ? VEC_BLOCK : 0);
}

/* The bits of mask below the lowest of `of`, which is not 0. */
static inline struct vec_wide vec_wide_below(struct vec_wide mask, struct vec_wide of)
{
    uint64_t low = ~of.low & (of.low - 1);
    uint64_t high = ~of.high & (of.high - 1);
    return (struct vec_wide){mask.low & low, of.low ? 0 : mask.high & high};
}

struct vec_pair {
    struct vec_block low;
    struct vec_block high;
};

static inline struct vec_pair vec_pair_load(const char *at)
{
    return (struct vec_pair){vec_load(at), vec_load(at + VEC_BLOCK)};
}

/* The first `size` bytes, less than VEC_STEP, and zeros behind them. */
static inline struct vec_pair vec_pair_load_part(const char *at, size_t size)
{
    size_t low = size < VEC_BLOCK ? size : VEC_BLOCK;
    return (struct vec_pair){vec_load_part(at, low), vec_load_part(at + low, size - low)};
}

static inline struct vec_wide vec_pair_equal(struct vec_pair pair, unsigned char byte)
{
    struct vec_block wanted = vec_each(byte);
    return (struct vec_wide){vec_same(pair.low, wanted), vec_same(pair.high, wanted)};
}

static inline struct vec_wide vec_pair_differing(struct vec_pair a, struct vec_pair b)
{
    return (struct vec_wide){vec_differing(a.low, b.low), vec_differing(a.high, b.high)};
}

/* Whether a is less at the lowest bit of `of`, which is not 0. */
static inline bool vec_pair_is_less(struct vec_pair a, struct vec_pair b, struct vec_wide of)
{
    uint64_t low = vec_less(a.low, b.low) & of.low & -of.low;
    uint64_t high = vec_less(a.high, b.high) & of.high & -of.high;
    return of.low ? low != 0 : high != 0;
}

/* Behind the first '\n' from `at` on; end if there is none. Most lines are shorter than VEC_REACH,
 * so that where the loop ends can be foreseen. */
static inline const char *vec_behind_line(const char *at, const char *end)
{
    struct vec_wide ends;
    for (; end - at >= VEC_REACH; at += VEC_REACH) {
        ends = vec_pair_equal(vec_pair_load(at), '\n');
        struct vec_wide later = vec_pair_equal(vec_pair_load(at + VEC_STEP), '\n');
        bool here = vec_wide_any(ends);
        if (!here && !vec_wide_any(later))
            continue;
        ends.low = here ? ends.low : later.low;
        ends.high = here ? ends.high : later.high;
        return at + vec_wide_lowest(ends) + (here ? 0 : VEC_STEP) + 1;
    }
    for (; end - at >= VEC_STEP; at += VEC_STEP) {
        ends = vec_pair_equal(vec_pair_load(at), '\n');
        if (vec_wide_any(ends))
            return at + vec_wide_lowest(ends) + 1;
    }
    ends = vec_pair_equal(vec_pair_load_part(at, (size_t)(end - at)), '\n');
    return vec_wide_any(ends) ? at + vec_wide_lowest(ends) + 1 : end;
}

/* One of two texts. The end of its next line is looked for before it is known whether it is needed:
 * that does not wait for the comparison, as the processor does both at once. */
struct vec_text {
    const char *at;   /* the next line */
    const char *next; /* the one behind it */
    const char *end;
};

static inline struct vec_text vec_text_at(const char *at, const char *end)
{
    return (struct vec_text){at, vec_behind_line(at, end), end};
}

/* The one of two, without a branch. */
static inline struct vec_text vec_text_either(bool first, struct vec_text a, struct vec_text b)
{
    return (struct vec_text){first ? a.at : b.at, first ? a.next : b.next, first ? a.end : b.end};
}

static inline size_t vec_text_size(struct vec_text text)
{
    return (size_t)(text.end - text.at);
}

static inline struct bc_slice vec_text_slice(struct vec_text text)
{
    return bc_slice(text.at, vec_text_size(text));
}

#endif
