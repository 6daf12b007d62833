/* What each byte is by one look-up, and UTF-8 checked in the same pass. */
#include "branchcore/utf8.h"
#include "vec/operations.h"
#include "vec/utf8.h"

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
    uint64_t high; /* not 0: there was a byte that is not ASCII */
    bool goes_on;  /* a character may go on from the block before into this one */
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
    scan->high |= high;
    bool right = true;
    if (high || scan->goes_on)
        right = vec_is_utf8(block, scan->before);
    scan->goes_on = high >> 61;
    scan->before = block;
    return right;
}

size_t VEC(scan_ascii)(struct bc_slice text, const struct bc_scan *masks, bool *ascii)
{
    struct scan scan = {vec_lookup(&classes), vec_each(0), *masks, 0, false};
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
    *ascii = !scan.high;
    /* The last character may be cut off. */
    return check ? valid_from(text, text.size) : valid;
}

size_t VEC(scan)(const struct bc_compute *compute, struct bc_slice text,
                 const struct bc_scan *masks)
{
    bool ascii;
    (void)compute;
    return VEC(scan_ascii)(text, masks, &ascii);
}
