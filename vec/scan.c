/* What each byte is by one look-up, and UTF-8 checked in the same pass: Keiser & Lemire,
 * "Validating UTF-8 in less than one instruction per byte", Software: Practice and Experience 51,
 * 2021, the algorithm "lookup". */
#include "branchcore/utf8.h"
#include "vec/operations.h"

/* The classes of classes[] below; two stops are of more than one. */
enum {
    CONTROL = 1,         /* U+0000-U+001F */
    LINE_END = 2,        /* \n \r */
    BLANK_OR_GRAVE = 4,  /* U+0020 ` */
    QUOTE = 8,           /* " */
    BACKSLASH = 16,      /* \ */
    ANGLE_OR_CARET = 32, /* < > ^ \ */
    BRACE_OR_BAR = 64,   /* { | } */
    DELETE = 128,        /* U+007F */

    IRI_STOP = CONTROL | BLANK_OR_GRAVE | QUOTE | ANGLE_OR_CARET | BRACE_OR_BAR,
    LITERAL_STOP = CONTROL | QUOTE | BACKSLASH | DELETE,
};

static const struct vec_classes classes = {
    .low =
        {
            [0x0] = CONTROL | BLANK_OR_GRAVE,
            [0x1] = CONTROL,
            [0x2] = CONTROL | QUOTE,
            [0x3 ... 0x9] = CONTROL,
            [0xA] = CONTROL | LINE_END,
            [0xB] = CONTROL | BRACE_OR_BAR,
            [0xC] = CONTROL | BRACE_OR_BAR | ANGLE_OR_CARET | BACKSLASH,
            [0xD] = CONTROL | BRACE_OR_BAR | LINE_END,
            [0xE] = CONTROL | ANGLE_OR_CARET,
            [0xF] = CONTROL | DELETE,
        },
    .high =
        {
            [0x0] = CONTROL | LINE_END,
            [0x1] = CONTROL,
            [0x2] = BLANK_OR_GRAVE | QUOTE,
            [0x3] = ANGLE_OR_CARET,
            [0x5] = ANGLE_OR_CARET | BACKSLASH,
            [0x6] = BLANK_OR_GRAVE,
            [0x7] = BRACE_OR_BAR | DELETE,
        },
};

/* What may be wrong with two bytes in a row. A pair is wrong in one of these ways if its three
 * half-bytes (both of the first byte, the upper of the second) all allow that; but two
 * continuations in a row are right behind the first byte of three or four. */
enum {
    TOO_SHORT = 1,       /* a first byte, and no continuation behind it */
    TOO_LONG = 2,        /* ASCII, and a continuation behind it */
    OVERLONG_3 = 4,      /* E0 80-9F */
    SURROGATE = 16,      /* ED A0-BF */
    OVERLONG_2 = 32,     /* C0-C1 80-BF */
    TOO_LARGE_1000 = 64, /* F5-FF 80-8F, F0 80-8F: with OVERLONG_4, which has the same bit */
    OVERLONG_4 = 64,
    TOO_LARGE = 8,           /* F4 90-BF, F5-FF 90-BF */
    TWO_CONTINUATIONS = 128, /* 80-BF 80-BF */
    OF_ANY_LOW = TOO_SHORT | TOO_LONG | TWO_CONTINUATIONS,
};

static const unsigned char first_upper[16] = {
    [0x0 ... 0x7] = TOO_LONG,
    [0x8 ... 0xB] = TWO_CONTINUATIONS,
    [0xC] = TOO_SHORT | OVERLONG_2,
    [0xD] = TOO_SHORT,
    [0xE] = TOO_SHORT | OVERLONG_3 | SURROGATE,
    [0xF] = TOO_SHORT | TOO_LARGE | TOO_LARGE_1000 | OVERLONG_4,
};

static const unsigned char first_lower[16] = {
    [0x0] = OF_ANY_LOW | OVERLONG_3 | OVERLONG_2 | OVERLONG_4,
    [0x1] = OF_ANY_LOW | OVERLONG_2,
    [0x2 ... 0x3] = OF_ANY_LOW,
    [0x4] = OF_ANY_LOW | TOO_LARGE,
    [0x5 ... 0xC] = OF_ANY_LOW | TOO_LARGE | TOO_LARGE_1000,
    [0xD] = OF_ANY_LOW | TOO_LARGE | TOO_LARGE_1000 | SURROGATE,
    [0xE ... 0xF] = OF_ANY_LOW | TOO_LARGE | TOO_LARGE_1000,
};

static const unsigned char second_upper[16] = {
    [0x0 ... 0x7] = TOO_SHORT,
    [0x8] = TOO_LONG | OVERLONG_2 | TWO_CONTINUATIONS | OVERLONG_3 | TOO_LARGE_1000 | OVERLONG_4,
    [0x9] = TOO_LONG | OVERLONG_2 | TWO_CONTINUATIONS | OVERLONG_3 | TOO_LARGE,
    [0xA ... 0xB] = TOO_LONG | OVERLONG_2 | TWO_CONTINUATIONS | SURROGATE | TOO_LARGE,
    [0xC ... 0xF] = TOO_SHORT,
};

/* Whether each character that begins or goes on in this block is right, as far as the block goes.
 */
static bool is_utf8(struct vec_block block, struct vec_block before)
{
    struct vec_block back_1 = vec_back_1(block, before);
    struct vec_block wrong = vec_pick(vec_table(first_upper), vec_upper(back_1));
    wrong = vec_and(wrong, vec_pick(vec_table(first_lower), vec_and(back_1, vec_each(0x0F))));
    wrong = vec_and(wrong, vec_pick(vec_table(second_upper), vec_upper(block)));
    /* The high bit where the byte must be the third or fourth of a character. */
    struct vec_block third = vec_minus(vec_back_2(block, before), vec_each(0xE0 - 0x80));
    struct vec_block fourth = vec_minus(vec_back_3(block, before), vec_each(0xF0 - 0x80));
    struct vec_block late = vec_and(vec_or(third, fourth), vec_each(0x80));
    return !vec_test(vec_xor(wrong, late), 0xFF);
}

/* How many bytes are whole characters, where the text is right before `at`, or right but for a
 * character that goes on there. */
static size_t valid_from(struct bc_slice text, size_t at)
{
    size_t start = at;
    for (size_t back = 1; back <= 3 && back <= at; back++) {
        if ((unsigned char)text.data[at - back] >= 0xC0) {
            start = at - back;
            break;
        }
    }
    return start + bc_utf8_valid_prefix(text.data + start, text.size - start);
}

struct scan {
    struct vec_lookup lookup;
    struct vec_block before;
    struct bc_scan masks;
    bool goes_on; /* a character may go on from the block before into this one */
};

/* Fills word `word` of the masks with what the first bytes of the block are, those in `within`.
 * false: the block is not UTF-8. */
static inline bool scan_block(struct scan *scan, struct vec_block block, uint64_t within,
                              size_t word, bool check)
{
    struct vec_block found = vec_classify(block, scan->lookup);
    if (scan->masks.line_ends)
        scan->masks.line_ends[word] = vec_test(found, LINE_END) & within;
    if (scan->masks.iri_stops)
        scan->masks.iri_stops[word] = vec_test(found, IRI_STOP) & within;
    if (scan->masks.literal_stops)
        scan->masks.literal_stops[word] = vec_test(found, LITERAL_STOP) & within;
    if (!check)
        return true;
    uint64_t high = vec_high(block);
    bool right = true;
    if (high || scan->goes_on)
        right = is_utf8(block, scan->before);
    scan->goes_on = high >> 61;
    scan->before = block;
    return right;
}

size_t VEC(scan)(const struct bc_compute *compute, struct bc_slice text,
                 const struct bc_scan *masks)
{
    (void)compute;
    struct scan scan = {vec_lookup(&classes), vec_each(0), *masks, false};
    bool check = true;
    size_t valid = text.size;
    for (size_t at = 0; at < text.size; at += VEC_BLOCK) {
        size_t left = text.size - at;
        bool whole = left >= VEC_BLOCK;
        struct vec_block block =
            whole ? vec_load(text.data + at) : vec_load_part(text.data + at, left);
        uint64_t within = vec_first(left);
        if (!scan_block(&scan, block, within, at / VEC_BLOCK, check)) {
            check = false;
            valid = valid_from(text, at);
        }
    }
    /* The last character may be cut off. */
    return check ? valid_from(text, text.size) : valid;
}
