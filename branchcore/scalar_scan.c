#include "branchcore/scalar.h"
#include "branchcore/utf8.h"

enum { LINE_END = 1, IRI_STOP = 2, LITERAL_STOP = 4 };

/* Of ASCII; nothing else is any of these. */
static const unsigned char class_of[256] = {
    [0x00 ... 0x09] = IRI_STOP | LITERAL_STOP,
    ['\n'] = LINE_END | IRI_STOP | LITERAL_STOP,
    [0x0B ... 0x0C] = IRI_STOP | LITERAL_STOP,
    ['\r'] = LINE_END | IRI_STOP | LITERAL_STOP,
    [0x0E ... 0x1F] = IRI_STOP | LITERAL_STOP,
    [' '] = IRI_STOP,
    ['"'] = IRI_STOP | LITERAL_STOP,
    ['<'] = IRI_STOP,
    ['>'] = IRI_STOP,
    ['\\'] = IRI_STOP | LITERAL_STOP,
    ['^'] = IRI_STOP,
    ['`'] = IRI_STOP,
    ['{'] = IRI_STOP,
    ['|'] = IRI_STOP,
    ['}'] = IRI_STOP,
    [0x7F] = LITERAL_STOP,
};

/* Of 64 bytes or fewer. */
static void scan_word(const char *text, size_t size, size_t word, const struct bc_scan *masks)
{
    uint64_t line_ends = 0, iri_stops = 0, literal_stops = 0;
    for (size_t i = 0; i < size; i++) {
        uint64_t class = class_of[(unsigned char)text[i]];
        line_ends |= (class & 1) << i;
        iri_stops |= (class >> 1 & 1) << i;
        literal_stops |= (class >> 2 & 1) << i;
    }
    if (masks->line_ends)
        masks->line_ends[word] = line_ends;
    if (masks->iri_stops)
        masks->iri_stops[word] = iri_stops;
    if (masks->literal_stops)
        masks->literal_stops[word] = literal_stops;
}

size_t bc_scalar_scan(const struct bc_compute *compute, struct bc_slice text,
                      const struct bc_scan *masks)
{
    (void)compute;
    for (size_t at = 0; at < text.size; at += 64) {
        size_t left = text.size - at;
        scan_word(text.data + at, left < 64 ? left : 64, at / 64, masks);
    }
    return bc_utf8_valid_prefix(text.data, text.size);
}
