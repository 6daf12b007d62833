/* UTF-8 as Unicode defines it (table 3-7): no overlong forms, no surrogates, nothing beyond
 * U+10FFFF. Pure functions over bytes that the caller owns; safe from any thread. */
#ifndef BRANCHCORE_UTF8_H
#define BRANCHCORE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BC_UTF8_MAX = 4 };

/* The bytes of the character at text, 1 to 4, and its code point; 0 if the bytes there are no
 * character or `size` bytes are too few for it. */
size_t bc_utf8_decode(const char *text, size_t size, uint32_t *code_point);

/* Writes a character, up to BC_UTF8_MAX bytes, and returns how many. 0 if code_point is a surrogate
 * or beyond U+10FFFF. */
size_t bc_utf8_encode(uint32_t code_point, char *to);

/* The bytes to blame where bc_utf8_decode gave 0 and size > 0: from text up to and with the byte
 * that cannot follow, 1 to 4. */
size_t bc_utf8_broken(const char *text, size_t size);

/* The bytes from the start of text that are whole characters. */
size_t bc_utf8_valid_prefix(const char *text, size_t size);

/* A character as a message shows it: "'a'", "a space", "a line break", "U+00AD". */
struct bc_utf8_name {
    char text[24];
};
struct bc_utf8_name bc_utf8_name(uint32_t code_point);

static inline bool bc_utf8_continues(char byte)
{
    return ((unsigned char)byte & 0xC0) == 0x80;
}

#endif
