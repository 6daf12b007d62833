#include "branchcore/utf8.h"

#include <stdio.h>
#include <string.h>

/* What a first byte asks of those behind it: the length of the character and the range of the
 * second byte, where overlong forms, surrogates and what is beyond U+10FFFF show. */
struct shape {
    size_t size;
    unsigned char low;
    unsigned char high;
};

static struct shape shape_of(unsigned char first)
{
    if (first < 0xC2)
        return (struct shape){0, 0, 0};
    if (first < 0xE0)
        return (struct shape){2, 0x80, 0xBF};
    if (first < 0xF0)
        return (struct shape){3, first == 0xE0 ? 0xA0 : 0x80, first == 0xED ? 0x9F : 0xBF};
    if (first < 0xF5)
        return (struct shape){4, first == 0xF0 ? 0x90 : 0x80, first == 0xF4 ? 0x8F : 0xBF};
    return (struct shape){0, 0, 0};
}

size_t bc_utf8_decode(const char *text, size_t size, uint32_t *code_point)
{
    if (!size)
        return 0;
    const unsigned char *bytes = (const unsigned char *)text;
    if (bytes[0] < 0x80) {
        *code_point = bytes[0];
        return 1;
    }
    struct shape shape = shape_of(bytes[0]);
    if (!shape.size || size < shape.size || bytes[1] < shape.low || bytes[1] > shape.high)
        return 0;
    uint32_t value = bytes[0] & (0x7Fu >> shape.size);
    for (size_t i = 1; i < shape.size; i++) {
        if ((bytes[i] & 0xC0) != 0x80)
            return 0;
        value = value << 6 | (bytes[i] & 0x3F);
    }
    *code_point = value;
    return shape.size;
}

size_t bc_utf8_encode(uint32_t code_point, char *to)
{
    if (code_point < 0x80) {
        to[0] = (char)code_point;
        return 1;
    }
    if (code_point < 0x800) {
        to[0] = (char)(0xC0 | code_point >> 6);
        to[1] = (char)(0x80 | (code_point & 0x3F));
        return 2;
    }
    if (code_point >= 0xD800 && code_point < 0xE000)
        return 0;
    if (code_point < 0x10000) {
        to[0] = (char)(0xE0 | code_point >> 12);
        to[1] = (char)(0x80 | (code_point >> 6 & 0x3F));
        to[2] = (char)(0x80 | (code_point & 0x3F));
        return 3;
    }
    if (code_point > 0x10FFFF)
        return 0;
    to[0] = (char)(0xF0 | code_point >> 18);
    to[1] = (char)(0x80 | (code_point >> 12 & 0x3F));
    to[2] = (char)(0x80 | (code_point >> 6 & 0x3F));
    to[3] = (char)(0x80 | (code_point & 0x3F));
    return 4;
}

size_t bc_utf8_broken(const char *text, size_t size)
{
    const unsigned char *bytes = (const unsigned char *)text;
    struct shape shape = shape_of(bytes[0]);
    if (!shape.size || size < 2)
        return 1;
    if (bytes[1] < shape.low || bytes[1] > shape.high)
        return 2;
    size_t at = 2;
    while (at < size && at < shape.size && (bytes[at] & 0xC0) == 0x80)
        at++;
    return at < size && at < shape.size ? at + 1 : at;
}

size_t bc_utf8_valid_prefix(const char *text, size_t size)
{
    size_t at = 0;
    for (;;) {
        uint64_t eight;
        while (size - at >= sizeof eight) {
            memcpy(&eight, text + at, sizeof eight);
            if (eight & 0x8080808080808080u)
                break;
            at += sizeof eight;
        }
        uint32_t code_point;
        size_t length = bc_utf8_decode(text + at, size - at, &code_point);
        if (!length)
            return at;
        at += length;
    }
}

struct bc_utf8_name bc_utf8_name(uint32_t code_point)
{
    struct bc_utf8_name name;
    if (code_point == ' ')
        (void)snprintf(name.text, sizeof name.text, "a space");
    else if (code_point == '\n' || code_point == '\r')
        (void)snprintf(name.text, sizeof name.text, "a line break");
    else if (code_point > 0x20 && code_point < 0x7F)
        (void)snprintf(name.text, sizeof name.text, "'%c'", (char)code_point);
    else
        (void)snprintf(name.text, sizeof name.text, "U+%04X", (unsigned)code_point);
    return name;
}
