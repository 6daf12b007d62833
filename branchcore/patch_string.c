#include "branchcore/patch_string.h"

#include "branchcore/syntax_error.h"
#include "branchcore/term_text.h"

/* The number behind \u or \U; NULL: too few digits, or no character. */
static const char *numeric(const char *at, const char *end, int digits, uint32_t *code_point)
{
    uint32_t value = 0;
    for (int i = 0; i < digits; i++, at++) {
        int digit = at < end ? bc_hex_value(*at) : -1;
        if (digit < 0)
            return NULL;
        value = value << 4 | (uint32_t)digit;
    }
    *code_point = value;
    return at;
}

static char echar(char letter)
{
    static const char letters[] = "tbnrf\"'\\";
    static const char values[] = "\t\b\n\r\f\"'\\";
    const char *found = letter ? strchr(letters, letter) : NULL;
    return found ? values[found - letters] : '\0';
}

/* The escape at `at`, a backslash; the byte behind it, or NULL with *reason. */
static const char *escape(const char *at, const char *end, char *to, size_t *size,
                          const char **reason)
{
    char letter = end - at > 1 ? at[1] : '\0';
    if (letter == 'u' || letter == 'U') {
        uint32_t code_point = 0;
        at = numeric(at + 2, end, letter == 'u' ? 4 : 8, &code_point);
        *size = at ? bc_utf8_encode(code_point, to) : 0;
        if (*size)
            return at;
        *reason = "an escape \\u has four hexadecimal digits, \\U eight, and means a character";
        return NULL;
    }
    *to = echar(letter);
    *size = 1;
    if (*to)
        return at + 2;
    *reason = "'\\' before another character than tbnrf\"'\\uU is no escape; write '\\\\' for a "
              "backslash";
    return NULL;
}

enum bc_status bc_patch_unescape(struct bc_slice text, struct bc_buffer *to, const char **reason)
{
    size_t before = to->size;
    const char *at = text.data;
    const char *end = text.data + text.size;
    enum bc_status st = bc_buffer_reserve(to, text.size);
    while (!st && at < end) {
        char bytes[BC_UTF8_MAX];
        const char *slash = memchr(at, '\\', (size_t)(end - at));
        const char *stop = slash ? slash : end;
        size_t size = 0;
        st = bc_buffer_append(to, at, (size_t)(stop - at));
        if (st || !slash)
            break;
        at = escape(slash, end, bytes, &size, reason);
        st = at ? bc_buffer_append(to, bytes, size) : BC_SYNTAX;
    }
    if (st)
        to->size = before;
    return st;
}

static int base64_value(char byte)
{
    if (byte >= 'A' && byte <= 'Z')
        return byte - 'A';
    if (byte >= 'a' && byte <= 'z')
        return byte - 'a' + 26;
    if (bc_is_digit(byte))
        return byte - '0' + 52;
    return byte == '+' ? 62 : byte == '/' ? 63 : -1;
}

/* Four digits, of which the last `pads` are '='. The bits that they do not use must be 0: each
 * sequence of bytes has one spelling. */
static bool base64_group(const char *at, int pads, char to[3])
{
    uint32_t bits = 0;
    for (int i = 0; i < 4; i++) {
        int value = i < 4 - pads ? base64_value(at[i]) : 0;
        if (value < 0)
            return false;
        bits = bits << 6 | (uint32_t)value;
    }
    to[0] = (char)(bits >> 16);
    to[1] = (char)(bits >> 8);
    to[2] = (char)bits;
    return !(bits & ((1U << (8 * pads)) - 1));
}

enum bc_status bc_patch_base64_decode(struct bc_slice text, struct bc_buffer *to)
{
    size_t before = to->size;
    if (text.size % 4)
        return BC_SYNTAX;
    enum bc_status st = bc_buffer_reserve(to, text.size / 4 * 3);
    for (size_t at = 0; !st && at < text.size; at += 4) {
        const char *group = text.data + at;
        int pads = 0;
        char bytes[3];
        if (at + 4 == text.size && group[3] == '=')
            pads = group[2] == '=' ? 2 : 1;
        st = base64_group(group, pads, bytes) ? bc_buffer_append(to, bytes, 3 - (size_t)pads)
                                              : BC_SYNTAX;
    }
    if (st)
        to->size = before;
    return st;
}

struct bc_shown bc_patch_show(struct bc_slice text)
{
    struct bc_shown shown;
    size_t most = sizeof shown.text - sizeof "...";
    bool cut = text.size > most;
    if (cut) {
        text.size = most;
        while (text.size && bc_utf8_continues(text.data[text.size]))
            text.size--;
    }
    size_t size = bc_printable(text, shown.text);
    memcpy(shown.text + size, cut ? "..." : "", cut ? sizeof "..." : 1);
    return shown;
}
