/* Inside branchcore: the characters of N-Triples terms, and the walk over a canonical line that
 * both bc_statement_split and the reader's fast path are.
 *
 * The runs look at eight bytes at a time: typical text is long IRIs and literals of which no byte
 * needs a decision. They never read at or behind end. */
#ifndef BRANCHCORE_TERM_TEXT_H
#define BRANCHCORE_TERM_TEXT_H

#include "branchcore/ntriples.h"
#include "branchcore/utf8.h"

#include <string.h>

#define BC_XSD_STRING      "http://www.w3.org/2001/XMLSchema#string"
#define BC_LANG_STRING     "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"
#define BC_DIR_LANG_STRING "http://www.w3.org/1999/02/22-rdf-syntax-ns#dirLangString"

enum { BC_SUBTAG_MAX = 8 }; /* characters of a language tag's parts (BCP 47, section 2.1) */

/* Walks one canonical statement from at up to and with its final '.'; returns the byte behind it,
 * or NULL if the text there is not one (end reached included). What follows is the caller's to
 * check. */
const char *bc_canonical_walk(const char *at, const char *end, struct bc_statement *statement);

/* PN_CHARS_U or a digit: a blank node label's first character. ':' is none; the grammar of 2014 has
 * it by an erratum, and the W3C tests refuse it. */
bool bc_label_start(uint32_t code_point);
/* PN_CHARS: its other characters, '.' aside. */
bool bc_label_character(uint32_t code_point);

static inline bool bc_is_letter(char byte)
{
    return (unsigned char)((byte | 0x20) - 'a') < 26;
}

static inline bool bc_is_digit(char byte)
{
    return (unsigned char)(byte - '0') < 10;
}

static inline bool bc_is_scheme_character(char byte)
{
    return bc_is_letter(byte) || bc_is_digit(byte) || byte == '+' || byte == '-' || byte == '.';
}

/* ASCII that no IRI may hold, escaped or not. */
static inline bool bc_forbidden_in_iri(uint32_t code_point)
{
    return code_point <= 0x20 || (code_point < 0x80 && strchr("<>\"{}|^`\\", (int)code_point));
}

/* Whether a canonical literal holds this character as \uXXXX: controls without an ECHAR, and what
 * XML 1.1's Char leaves out. */
static inline bool bc_escaped_in_literal(uint32_t code_point)
{
    return code_point < 0x20 || code_point == 0x7F || code_point == 0xFFFE || code_point == 0xFFFF;
}

#define BC_EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

static inline uint64_t bc_load_eight(const char *at)
{
    uint64_t eight;
    memcpy(&eight, at, sizeof eight);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    eight = __builtin_bswap64(eight);
#endif
    return eight;
}

/* These set the high bit of bytes that match. A byte above a match (later in the text) may match
 * wrongly through the borrow, so only the first match counts. */
static inline uint64_t bc_equal_bytes(uint64_t eight, unsigned char byte)
{
    uint64_t differ = eight ^ BC_EACH(byte);
    return (differ - BC_EACH(1)) & ~differ & BC_EACH(0x80);
}

static inline uint64_t bc_bytes_below(uint64_t eight, unsigned char byte)
{
    return (eight - BC_EACH(byte)) & ~eight & BC_EACH(0x80);
}

static inline size_t bc_first_match(uint64_t matches)
{
    return (size_t)__builtin_ctzll(matches) / 8;
}

/* Bytes of an IRI that need a look: the forbidden ones, and beside them '~', DEL and all
 * non-ASCII. */
static inline uint64_t bc_iri_looks(uint64_t eight)
{
    uint64_t joined = eight | BC_EACH(0x62); /* < > ^ \ | join '~' */
    return bc_bytes_below(eight, 0x21) | bc_equal_bytes(eight, '"') | bc_equal_bytes(joined, '~') |
           bc_equal_bytes(eight, '`') | ((eight | (eight + BC_EACH(0x80 - '{'))) & BC_EACH(0x80));
}

/* Steps over two-byte characters: most of what Latin, Greek, Cyrillic, Hebrew and Arabic text has
 * beside ASCII, and none of it needs an escape anywhere. */
static inline const char *bc_two_byte_run(const char *at, const char *end)
{
    while (end - at >= 2 && (unsigned char)(at[0] - 0xC2) < 0xE0 - 0xC2 && bc_utf8_continues(at[1]))
        at += 2;
    return at;
}

/* The end of the run of characters that an IRI may hold unescaped. */
static inline const char *bc_iri_run(const char *at, const char *end)
{
    for (;;) {
        while (end - at >= 8) {
            uint64_t looks = bc_iri_looks(bc_load_eight(at));
            if (looks) {
                at += bc_first_match(looks);
                break;
            }
            at += 8;
        }
        uint32_t code_point;
        const char *behind = bc_two_byte_run(at, end);
        if (behind != at) {
            at = behind;
            continue;
        }
        if (at == end || *at == '>')
            return at;
        size_t size = bc_utf8_decode(at, (size_t)(end - at), &code_point);
        if (!size || bc_forbidden_in_iri(code_point))
            return at;
        at += size;
    }
}

static inline uint64_t bc_literal_looks(uint64_t eight)
{
    return bc_bytes_below(eight, 0x20) | bc_equal_bytes(eight, '"') | bc_equal_bytes(eight, '\\') |
           ((eight | (eight + BC_EACH(1))) & BC_EACH(0x80));
}

/* The end of the run of characters that a canonical literal holds as they are. */
static inline const char *bc_literal_run(const char *at, const char *end)
{
    for (;;) {
        while (end - at >= 8) {
            uint64_t looks = bc_literal_looks(bc_load_eight(at));
            if (looks) {
                at += bc_first_match(looks);
                break;
            }
            at += 8;
        }
        uint32_t code_point;
        const char *behind = bc_two_byte_run(at, end);
        if (behind != at) {
            at = behind;
            continue;
        }
        if (at == end || *at == '"' || *at == '\\')
            return at;
        size_t size = bc_utf8_decode(at, (size_t)(end - at), &code_point);
        if (!size || bc_escaped_in_literal(code_point))
            return at;
        at += size;
    }
}

/* The end of the run of ASCII label characters and '.'. */
static inline const char *bc_label_run(const char *at, const char *end)
{
    while (at < end &&
           (bc_is_letter(*at) || bc_is_digit(*at) || *at == '_' || *at == '-' || *at == '.'))
        at++;
    return at;
}

/* Whether an IRI, without its angle brackets, starts with a scheme: whether it is absolute. */
static inline bool bc_has_scheme(const char *at, const char *end)
{
    if (at == end || !bc_is_letter(*at))
        return false;
    while (at < end && bc_is_scheme_character(*at))
        at++;
    return at < end && *at == ':';
}

/* Whether "IRI", of `size` bytes with its angle brackets, is a datatype that no canonical literal
 * spells: that of a plain one, which is left out, or of one with a language. */
static inline bool bc_is_silent_datatype(const char *iri, size_t size)
{
    switch (size) {
    case sizeof "<" BC_XSD_STRING ">" - 1:
        return !memcmp(iri, "<" BC_XSD_STRING ">", size);
    case sizeof "<" BC_LANG_STRING ">" - 1:
        return !memcmp(iri, "<" BC_LANG_STRING ">", size);
    case sizeof "<" BC_DIR_LANG_STRING ">" - 1:
        return !memcmp(iri, "<" BC_DIR_LANG_STRING ">", size);
    default:
        return false;
    }
}

/* Behind "--ltr" or "--rtl" at `at`; NULL: neither is there. */
static inline const char *bc_behind_direction(const char *at, const char *end)
{
    bool is = end - at >= 5 && (!memcmp(at, "--ltr", 5) || !memcmp(at, "--rtl", 5));
    return is ? at + 5 : NULL;
}

/* The value of a hexadecimal digit, or -1. */
static inline int bc_hex_value(char byte)
{
    if (bc_is_digit(byte))
        return byte - '0';
    unsigned char letter = (unsigned char)((byte | 0x20) - 'a');
    return letter < 6 ? letter + 10 : -1;
}

#endif
