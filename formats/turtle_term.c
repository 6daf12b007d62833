#include "formats/turtle_term.h"

#include "branchcore/syntax_error.h"
#include "branchcore/term_text.h"

#include <stdio.h>

#define XSD "http://www.w3.org/2001/XMLSchema#"

static struct bc_slice span(const char *at, const char *end)
{
    return bc_slice(at, (size_t)(end - at));
}

static enum bc_status put_slice(struct bc_buffer *to, struct bc_slice text)
{
    return fmt_put(to, text.data, text.size);
}

static enum bc_status put_character(struct bc_buffer *to, uint32_t code_point)
{
    char bytes[BC_UTF8_MAX];
    return fmt_put(to, bytes, bc_utf8_encode(code_point, bytes));
}

/* What a message shows of a text. */
struct shown {
    char text[64];
};

static struct shown shown(struct bc_slice text)
{
    static const char dots[] = "...";
    struct shown shown;
    bool cut = text.size > sizeof shown.text - sizeof dots;
    if (cut) {
        text.size = sizeof shown.text - sizeof dots;
        while (text.size && bc_utf8_continues(text.data[text.size]))
            text.size--;
    }
    size_t size = bc_printable(text, shown.text);
    snprintf(shown.text + size, sizeof shown.text - size, "%s", cut ? dots : "");
    return shown;
}

/* An IRI's text without its <> and escapes. */
static enum bc_status decode_iri(struct bc_slice text, struct bc_buffer *to)
{
    bc_buffer_clear(to);
    const char *end = text.data + text.size;
    enum bc_status st = BC_OK;
    for (const char *at = text.data; !st && at < end;) {
        const char *escape = memchr(at, '\\', (size_t)(end - at));
        st = put_slice(to, span(at, escape ? escape : end));
        if (!escape)
            break;
        if (!st)
            st = put_character(to, fmt_numeric_escape(escape, &at));
    }
    return st;
}

static enum bc_status put_reference(struct fmt_term_writer *writer, const struct fmt_token *token,
                                    struct bc_buffer *to)
{
    const struct fmt_names *names = writer->names;
    struct bc_slice text = span(token->at + 1, token->end - 1);
    enum bc_status st = BC_OK;
    if (token->escaped) {
        st = decode_iri(text, &writer->decoded);
        text = bc_buffer_slice(&writer->decoded);
        if (!text.data)
            text = bc_slice("", 0);
    }
    if (st)
        return st;
    if (bc_has_scheme(text.data, text.data + text.size))
        return put_slice(to, text);
    if (names->base_parts.scheme.data)
        return fmt_iri_resolve(&names->base_parts, text, to);
    fmt_lexer_refuse(writer->lexer, token->at, "a relative IRI, and no base: <%s>",
                     shown(text).text);
    return BC_SYNTAX;
}

/* A local name: its escapes are a backslash too many, its %XX stay. */
static enum bc_status put_local(const struct fmt_token *token, struct bc_buffer *to)
{
    const char *at = token->colon + 1;
    if (!token->escaped)
        return put_slice(to, span(at, token->end));
    enum bc_status st = BC_OK;
    while (!st && at < token->end) {
        const char *escape = memchr(at, '\\', (size_t)(token->end - at));
        if (!escape)
            return put_slice(to, span(at, token->end));
        st = put_slice(to, span(at, escape));
        if (!st)
            st = fmt_put(to, escape + 1, 1);
        at = escape + 2;
    }
    return st;
}

static enum bc_status put_name(struct fmt_term_writer *writer, const struct fmt_token *token,
                               struct bc_buffer *to)
{
    struct bc_slice iri;
    struct bc_slice prefix = span(token->at, token->colon);
    if (!fmt_names_find(writer->names, prefix, &iri)) {
        fmt_lexer_refuse(writer->lexer, token->at, "the prefix '%s' is not declared",
                         shown(prefix).text);
        return BC_SYNTAX;
    }
    enum bc_status st = put_slice(to, iri);
    return st ? st : put_local(token, to);
}

enum bc_status fmt_put_iri(struct fmt_term_writer *writer, const struct fmt_token *token,
                           struct bc_buffer *to)
{
    size_t start = to->size;
    enum bc_status st = fmt_put(to, "<", 1);
    if (!st)
        st = token->kind == FMT_TOKEN_NAME ? put_name(writer, token, to)
                                           : put_reference(writer, token, to);
    if (!st)
        st = fmt_put(to, ">", 1);
    if (!st && to->size - start > BC_LINE_MAX) {
        fmt_lexer_refuse(writer->lexer, token->at, "an IRI is longer than 16 MiB");
        st = BC_SYNTAX;
    }
    return st;
}

/* A character of a literal that may need an escape. */
static enum bc_status put_literal_character(struct bc_buffer *to, uint32_t code_point)
{
    static const char values[] = "\b\t\n\f\r\"\\";
    static const char letters[] = "btnfr\"\\";
    const char *found = code_point && code_point < 0x80 ? strchr(values, (int)code_point) : NULL;
    if (found)
        return fmt_put(to, (const char[]){'\\', letters[found - values]}, 2);
    if (!bc_escaped_in_literal(code_point))
        return put_character(to, code_point);
    char escape[8];
    snprintf(escape, sizeof escape, "\\u%04X", (unsigned)(code_point & 0xFFFF));
    return fmt_put(to, escape, 6);
}

/* What the escape at *at means; *at moves behind it. */
static uint32_t escape_value(const char **at)
{
    static const char letters[] = "tbnrf";
    static const char values[] = "\t\b\n\r\f";
    char letter = (*at)[1];
    if (letter == 'u' || letter == 'U')
        return fmt_numeric_escape(*at, at);
    *at += 2;
    const char *found = strchr(letters, letter);
    return (unsigned char)(found ? values[found - letters] : letter);
}

static enum bc_status put_escaped(struct bc_slice text, struct bc_buffer *to)
{
    const char *end = text.data + text.size;
    enum bc_status st = BC_OK;
    for (const char *at = text.data; !st && at < end;) {
        const char *behind = bc_literal_run(at, end);
        st = put_slice(to, span(at, behind));
        at = behind;
        if (st || at == end)
            break;
        uint32_t code_point = 0;
        if (*at == '\\')
            code_point = escape_value(&at);
        else
            at += bc_utf8_decode(at, (size_t)(end - at), &code_point);
        st = put_literal_character(to, code_point);
    }
    return st;
}

enum bc_status fmt_put_string(const struct fmt_token *token, struct bc_buffer *to)
{
    struct bc_slice text = span(token->at + token->quotes, token->end - token->quotes);
    enum bc_status st = fmt_put(to, "\"", 1);
    if (!st)
        st = token->escaped ? put_escaped(text, to) : put_slice(to, text);
    return st ? st : fmt_put(to, "\"", 1);
}

static bool is_direction(struct bc_slice text)
{
    return bc_slice_equal(text, bc_slice("ltr", 3)) || bc_slice_equal(text, bc_slice("rtl", 3));
}

/* What is wrong with a language tag, at *spot; NULL: nothing. */
static const char *language_fault(const struct fmt_token *token, const char **spot)
{
    for (const char *part = token->at + 1;;) {
        const char *at = part;
        while (at < token->end && *at != '-')
            at++;
        *spot = part;
        if (at == part)
            return "a language tag has a letter or digit behind each '-'";
        if (at - part > BC_SUBTAG_MAX)
            return "a part of a language tag has at most 8 characters";
        for (const char *byte = token->at + 1; byte < at && part == token->at + 1; byte++)
            if (!bc_is_letter(*byte))
                return "the first part of a language tag has letters alone";
        if (at == token->end)
            return NULL;
        if (token->end - at >= 2 && at[1] == '-') {
            *spot = at + 2;
            return is_direction(span(at + 2, token->end))
                       ? NULL
                       : "a direction behind a language is ltr or rtl: \"...\"@en--ltr";
        }
        part = at + 1;
    }
}

enum bc_status fmt_put_language(struct fmt_term_writer *writer, const struct fmt_token *token,
                                struct bc_buffer *to)
{
    const char *spot;
    const char *fault = language_fault(token, &spot);
    if (fault) {
        fmt_lexer_refuse(writer->lexer, spot, "%s", fault);
        return BC_SYNTAX;
    }
    size_t start = to->size;
    enum bc_status st = put_slice(to, span(token->at, token->end));
    for (size_t i = start; !st && i < to->size; i++)
        if (to->data[i] >= 'A' && to->data[i] <= 'Z')
            to->data[i] = (char)(to->data[i] | 0x20);
    return st;
}

enum bc_status fmt_put_datatype(struct fmt_term_writer *writer, const struct fmt_token *token,
                                struct bc_buffer *to)
{
    size_t start = to->size;
    enum bc_status st = fmt_put(to, "^^", 2);
    if (!st)
        st = fmt_put_iri(writer, token, to);
    if (st)
        return st;
    const char *written = to->data + start + 2;
    size_t size = to->size - start - 2;
    if (!bc_is_silent_datatype(written, size))
        return BC_OK;
    if (size != sizeof "<" BC_XSD_STRING ">" - 1) {
        fmt_lexer_refuse(writer->lexer, token->at,
                         "a literal has this datatype by its language alone: \"...\"@en");
        return BC_SYNTAX;
    }
    to->size = start;
    return BC_OK;
}

enum bc_status fmt_put_shorthand(const struct fmt_token *token, struct bc_buffer *to)
{
    static const char integer[] = "\"^^<" XSD "integer>";
    static const char decimal[] = "\"^^<" XSD "decimal>";
    static const char real[] = "\"^^<" XSD "double>";
    static const char boolean[] = "\"^^<" XSD "boolean>";
    enum bc_status st = fmt_put(to, "\"", 1);
    if (!st)
        st = put_slice(to, span(token->at, token->end));
    if (st)
        return st;
    switch (token->kind) {
    case FMT_TOKEN_INTEGER:
        return fmt_put(to, integer, sizeof integer - 1);
    case FMT_TOKEN_DECIMAL:
        return fmt_put(to, decimal, sizeof decimal - 1);
    case FMT_TOKEN_DOUBLE:
        return fmt_put(to, real, sizeof real - 1);
    default:
        return fmt_put(to, boolean, sizeof boolean - 1);
    }
}
