/* Inside vec/: UTF-8 checked a block at a time: Keiser & Lemire, "Validating UTF-8 in less than one
 * instruction per byte", Software: Practice and Experience 51, 2021, the algorithm "lookup". */
#ifndef VEC_UTF8_H
#define VEC_UTF8_H

#include "vec/lanes.h"

/* What may be wrong with two bytes in a row. A pair is wrong in one of these ways if its three
 * half-bytes (both of the first byte, the upper of the second) all allow that; but two
 * continuations in a row are right behind the first byte of three or four. */
enum {
    VEC_TOO_SHORT = 1,   /* a first byte, and no continuation behind it */
    VEC_TOO_LONG = 2,    /* ASCII, and a continuation behind it */
    VEC_OVERLONG_3 = 4,  /* E0 80-9F */
    VEC_SURROGATE = 16,  /* ED A0-BF */
    VEC_OVERLONG_2 = 32, /* C0-C1 80-BF */
    VEC_TOO_LARGE_1000 =
        64, /* F5-FF 80-8F, F0 80-8F: with VEC_OVERLONG_4, which has the same bit */
    VEC_OVERLONG_4 = 64,
    VEC_TOO_LARGE = 8,           /* F4 90-BF, F5-FF 90-BF */
    VEC_TWO_CONTINUATIONS = 128, /* 80-BF 80-BF */
    VEC_OF_ANY_LOW = VEC_TOO_SHORT | VEC_TOO_LONG | VEC_TWO_CONTINUATIONS,
};

static const unsigned char vec_first_upper[16] = {
    [0x0 ... 0x7] = VEC_TOO_LONG,
    [0x8 ... 0xB] = VEC_TWO_CONTINUATIONS,
    [0xC] = VEC_TOO_SHORT | VEC_OVERLONG_2,
    [0xD] = VEC_TOO_SHORT,
    [0xE] = VEC_TOO_SHORT | VEC_OVERLONG_3 | VEC_SURROGATE,
    [0xF] = VEC_TOO_SHORT | VEC_TOO_LARGE | VEC_TOO_LARGE_1000 | VEC_OVERLONG_4,
};

static const unsigned char vec_first_lower[16] = {
    [0x0] = VEC_OF_ANY_LOW | VEC_OVERLONG_3 | VEC_OVERLONG_2 | VEC_OVERLONG_4,
    [0x1] = VEC_OF_ANY_LOW | VEC_OVERLONG_2,
    [0x2 ... 0x3] = VEC_OF_ANY_LOW,
    [0x4] = VEC_OF_ANY_LOW | VEC_TOO_LARGE,
    [0x5 ... 0xC] = VEC_OF_ANY_LOW | VEC_TOO_LARGE | VEC_TOO_LARGE_1000,
    [0xD] = VEC_OF_ANY_LOW | VEC_TOO_LARGE | VEC_TOO_LARGE_1000 | VEC_SURROGATE,
    [0xE ... 0xF] = VEC_OF_ANY_LOW | VEC_TOO_LARGE | VEC_TOO_LARGE_1000,
};

static const unsigned char vec_second_upper[16] = {
    [0x0 ... 0x7] = VEC_TOO_SHORT,
    [0x8] = VEC_TOO_LONG | VEC_OVERLONG_2 | VEC_TWO_CONTINUATIONS | VEC_OVERLONG_3 |
            VEC_TOO_LARGE_1000 | VEC_OVERLONG_4,
    [0x9] = VEC_TOO_LONG | VEC_OVERLONG_2 | VEC_TWO_CONTINUATIONS | VEC_OVERLONG_3 | VEC_TOO_LARGE,
    [0xA ... 0xB] =
        VEC_TOO_LONG | VEC_OVERLONG_2 | VEC_TWO_CONTINUATIONS | VEC_SURROGATE | VEC_TOO_LARGE,
    [0xC ... 0xF] = VEC_TOO_SHORT,
};

/* Whether each character that begins or goes on in this block, which follows `before` in the text,
 * is right, as far as the block goes. */
static inline bool vec_is_utf8(struct vec_block block, struct vec_block before)
{
    struct vec_block back_1 = vec_back_1(block, before);
    struct vec_block wrong = vec_pick(vec_table(vec_first_upper), vec_upper(back_1));
    wrong = vec_and(wrong, vec_pick(vec_table(vec_first_lower), vec_and(back_1, vec_each(0x0F))));
    wrong = vec_and(wrong, vec_pick(vec_table(vec_second_upper), vec_upper(block)));
    /* The high bit where the byte must be the third or fourth of a character. */
    struct vec_block third = vec_minus(vec_back_2(block, before), vec_each(0xE0 - 0x80));
    struct vec_block fourth = vec_minus(vec_back_3(block, before), vec_each(0xF0 - 0x80));
    struct vec_block late = vec_and(vec_or(third, fourth), vec_each(0x80));
    return !vec_test(vec_xor(wrong, late), 0xFF);
}

#endif
