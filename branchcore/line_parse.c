#include "branchcore/line_parse.h"

#include "branchcore/syntax_error.h"
#include "branchcore/term_text.h"
#include "branchcore/triple_term.h"

#include <stdio.h>

struct parse {
    const char *at;
    const char *end;
    enum bc_syntax syntax;
    struct bc_buffer *out;
    struct bc_line_refusal *refusal;
};

static enum bc_status refuse(struct parse *parse, const char *spot, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static enum bc_status refuse(struct parse *parse, const char *spot, const char *format, ...)
{
    struct bc_line_refusal *refusal = parse->refusal;
    va_list args;
    va_start(args, format);
    vsnprintf(refusal->reason, sizeof refusal->reason, format, args);
    va_end(args);
    refusal->spot = spot;
    refusal->at_end = spot == parse->end || parse->at == parse->end;
    return BC_SYNTAX;
}

static size_t left(const struct parse *parse)
{
    return (size_t)(parse->end - parse->at);
}

/* The byte at the cursor, or '\n', which no line holds, at the end. */
static char peek(const struct parse *parse)
{
    return parse->at < parse->end ? *parse->at : '\n';
}

static bool looking_at(const struct parse *parse, const char *word)
{
    size_t size = strlen(word);
    return left(parse) >= size && !memcmp(parse->at, word, size);
}

static enum bc_status refuse_bytes(struct parse *parse)
{
    char bytes[BC_UTF8_MAX * 5 + 1] = "";
    size_t size = bc_utf8_broken(parse->at, left(parse));
    for (size_t i = 0; i < size; i++)
        snprintf(bytes + 5 * i, sizeof bytes - 5 * i, " 0x%02X", (unsigned char)parse->at[i]);
    const char *spot = parse->at;
    if (size == left(parse))
        parse->at = parse->end;
    return refuse(parse, spot, "byte%s is not valid UTF-8", bytes);
}

static enum bc_status expected(struct parse *parse, const char *what)
{
    if (parse->at == parse->end)
        return refuse(parse, parse->at, "expected %s, found the end of the line", what);
    uint32_t code_point;
    if (!bc_utf8_decode(parse->at, left(parse), &code_point))
        return refuse_bytes(parse);
    if (code_point == 0xFEFF)
        return refuse(parse, parse->at,
                      "a byte order mark is not allowed; save the text as UTF-8 without it");
    return refuse(parse, parse->at, "expected %s, found %s", what, bc_utf8_name(code_point).text);
}

static enum bc_status put_more(struct parse *parse, const char *data, size_t size)
{
    if (size > BC_LINE_MAX - parse->out->size)
        return refuse(parse, parse->at, "a statement is longer than 16 MiB in its canonical form");
    return bc_buffer_append(parse->out, data, size);
}

/* Most pieces are a byte or a few, and there is room. */
static inline enum bc_status put(struct parse *parse, const char *data, size_t size)
{
    struct bc_buffer *out = parse->out;
    if (size > out->capacity - out->size || size > BC_LINE_MAX - out->size)
        return put_more(parse, data, size);
    if (size)
        memcpy(out->data + out->size, data, size);
    out->size += size;
    return BC_OK;
}

static void skip_blanks(struct parse *parse)
{
    while (parse->at < parse->end && (*parse->at == ' ' || *parse->at == '\t'))
        parse->at++;
}

/* \uXXXX or \UXXXXXXXX at the cursor, which moves behind it. */
static enum bc_status numeric_escape(struct parse *parse, uint32_t *code_point)
{
    const char *start = parse->at;
    size_t digits = start[1] == 'u' ? 4 : 8;
    uint32_t value = 0;
    parse->at += 2;
    for (size_t i = 0; i < digits; i++) {
        int digit = bc_hex_value(peek(parse));
        if (digit < 0)
            return refuse(parse, start, "\\%c needs %s hexadecimal digits", start[1],
                          digits == 4 ? "four" : "eight");
        value = value << 4 | (uint32_t)digit;
        parse->at++;
    }
    if (value >= 0xD800 && value < 0xE000)
        return refuse(parse, start, "U+%04X is half a surrogate pair, not a character",
                      (unsigned)value);
    if (value > 0x10FFFF)
        return refuse(parse, start, "U+%04X is beyond the last character, U+10FFFF",
                      (unsigned)value);
    *code_point = value;
    return BC_OK;
}

static bool at_numeric_escape(const struct parse *parse)
{
    return left(parse) >= 2 && parse->at[0] == '\\' && (parse->at[1] == 'u' || parse->at[1] == 'U');
}

static enum bc_status put_character(struct parse *parse, uint32_t code_point)
{
    char bytes[BC_UTF8_MAX];
    return put(parse, bytes, bc_utf8_encode(code_point, bytes));
}

static enum bc_status iri_escape(struct parse *parse)
{
    const char *start = parse->at;
    uint32_t code_point;
    enum bc_status st = numeric_escape(parse, &code_point);
    if (st)
        return st;
    if (bc_forbidden_in_iri(code_point))
        return refuse(parse, start, "an IRI cannot contain %s, not even escaped",
                      bc_utf8_name(code_point).text);
    return put_character(parse, code_point);
}

/* What stopped a run within an IRI and is neither its end nor an escape. */
static enum bc_status refuse_in_iri(struct parse *parse, const char *open)
{
    uint32_t code_point;
    if (parse->at == parse->end)
        return refuse(parse, open, "the IRI that starts here has no closing '>'");
    if (!bc_utf8_decode(parse->at, left(parse), &code_point))
        return refuse_bytes(parse);
    if (code_point == '\\') {
        if (left(parse) == 1)
            parse->at++;
        return refuse(parse, parse->at - (parse->at == parse->end),
                      "an IRI cannot contain '\\', except in \\uXXXX and \\UXXXXXXXX");
    }
    return refuse(parse, parse->at, "an IRI cannot contain %s", bc_utf8_name(code_point).text);
}

static enum bc_status refuse_relative(struct parse *parse, const char *open)
{
    char shown[80];
    size_t size = (size_t)(parse->at - open);
    bool cut = size > sizeof shown;
    if (cut) {
        size = sizeof shown;
        while (bc_utf8_continues(open[size]))
            size--;
    }
    size = bc_printable(bc_slice(open, size), shown);
    return refuse(parse, open, "a relative IRI is not allowed: %.*s%s", (int)size, shown,
                  cut ? "..." : "");
}

static enum bc_status iri(struct parse *parse)
{
    const char *open = parse->at;
    size_t start = parse->out->size + 1;
    enum bc_status st = put(parse, "<", 1);
    parse->at++;
    while (!st) {
        const char *run = parse->at;
        parse->at = bc_iri_run(run, parse->end);
        st = put(parse, run, (size_t)(parse->at - run));
        if (st || peek(parse) == '>')
            break;
        st = at_numeric_escape(parse) ? iri_escape(parse) : refuse_in_iri(parse, open);
    }
    if (st)
        return st;
    parse->at++;
    if (!bc_has_scheme(parse->out->data + start, parse->out->data + parse->out->size))
        return refuse_relative(parse, open);
    return put(parse, ">", 1);
}

static enum bc_status refuse_in_label(struct parse *parse, const char *where)
{
    uint32_t code_point;
    if (parse->at == parse->end)
        return refuse(parse, parse->at, "a blank node needs a label behind '_:'");
    if (!bc_utf8_decode(parse->at, left(parse), &code_point))
        return refuse_bytes(parse);
    return refuse(parse, parse->at, "a blank node label cannot %s %s", where,
                  bc_utf8_name(code_point).text);
}

/* Whether a byte that no label holds may stand right behind one. */
static bool ends_label(char byte)
{
    return byte && strchr(" \t\n<.\"#)", byte);
}

static enum bc_status label(struct parse *parse)
{
    const char *start = parse->at;
    parse->at++;
    if (peek(parse) != ':')
        return expected(parse, "':' behind '_' (a blank node is written _:label)");
    parse->at++;
    uint32_t code_point;
    size_t size = bc_utf8_decode(parse->at, left(parse), &code_point);
    if (!size || !bc_label_start(code_point))
        return refuse_in_label(parse, "start with");
    do {
        parse->at = bc_label_run(parse->at + size, parse->end);
        size = bc_utf8_decode(parse->at, left(parse), &code_point);
    } while (size && bc_label_character(code_point));
    if (!ends_label(peek(parse)))
        return refuse_in_label(parse, "contain");
    while (parse->at[-1] == '.')
        parse->at--;
    return put(parse, start, (size_t)(parse->at - start));
}

static char echar_value(char letter)
{
    switch (letter) {
    case 't':
        return '\t';
    case 'b':
        return '\b';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 'f':
        return '\f';
    case '"':
    case '\'':
    case '\\':
        return letter;
    default:
        return '\0';
    }
}

/* A character of a literal that may need an escape. */
static enum bc_status put_literal_character(struct parse *parse, uint32_t code_point)
{
    static const char values[] = "\b\t\n\f\r\"\\";
    static const char letters[] = "btnfr\"\\";
    const char *found = code_point && code_point < 0x80 ? strchr(values, (int)code_point) : NULL;
    if (found)
        return put(parse, (const char[]){'\\', letters[found - values]}, 2);
    if (!bc_escaped_in_literal(code_point))
        return put_character(parse, code_point);
    char escape[8];
    snprintf(escape, sizeof escape, "\\u%04X", (unsigned)(code_point & 0xFFFF));
    return put(parse, escape, 6);
}

static enum bc_status literal_escape(struct parse *parse)
{
    uint32_t code_point = 0;
    if (at_numeric_escape(parse)) {
        enum bc_status st = numeric_escape(parse, &code_point);
        return st ? st : put_literal_character(parse, code_point);
    }
    const char *start = parse->at;
    parse->at++;
    code_point = (unsigned char)echar_value(peek(parse));
    if (code_point) {
        parse->at++;
        return put_literal_character(parse, code_point);
    }
    if (parse->at == parse->end)
        return refuse(parse, start, "a literal ends within an escape");
    if (!bc_utf8_decode(parse->at, left(parse), &code_point))
        return refuse_bytes(parse);
    return refuse(parse, start, "'\\' before %s is no escape; write '\\\\' for a backslash",
                  bc_utf8_name(code_point).text);
}

/* The text between the quotes; the cursor ends at the closing one. */
static enum bc_status literal_text(struct parse *parse)
{
    const char *open = parse->at - 1;
    for (;;) {
        const char *run = parse->at;
        parse->at = bc_literal_run(run, parse->end);
        enum bc_status st = put(parse, run, (size_t)(parse->at - run));
        if (st)
            return st;
        if (parse->at == parse->end)
            return refuse(parse, open, "the literal that starts here has no closing '\"'");
        if (*parse->at == '"')
            return BC_OK;
        if (*parse->at == '\\') {
            st = literal_escape(parse);
        } else {
            uint32_t code_point;
            size_t size = bc_utf8_decode(parse->at, left(parse), &code_point);
            if (!size)
                return refuse_bytes(parse);
            parse->at += size;
            st = put_literal_character(parse, code_point);
        }
        if (st)
            return st;
    }
}

/* At "--", behind a language tag. */
static enum bc_status direction(struct parse *parse)
{
    const char *start = parse->at;
    const char *behind = bc_behind_direction(start, parse->end);
    if (!behind && left(parse) < sizeof "--ltr" - 1)
        parse->at = parse->end;
    else if (behind)
        parse->at = behind;
    char next = peek(parse);
    if (!behind || bc_is_letter(next) || bc_is_digit(next) || next == '-')
        return refuse(parse, start,
                      "a text's direction is --ltr or --rtl, in lower case, behind its language");
    return put(parse, start, (size_t)(behind - start));
}

static enum bc_status language(struct parse *parse)
{
    size_t start = parse->out->size;
    const char *tag = parse->at;
    for (bool first = true;; first = false) {
        const char *part = ++parse->at;
        while (parse->at < parse->end &&
               (bc_is_letter(*parse->at) || (!first && bc_is_digit(*parse->at))))
            parse->at++;
        if (parse->at == part)
            return expected(parse, first ? "a letter at the start of the language tag"
                                         : "a letter or digit behind '-' in the language tag");
        if (parse->at - part > BC_SUBTAG_MAX)
            return refuse(parse, part, "a part of a language tag has at most %d characters",
                          BC_SUBTAG_MAX);
        if (peek(parse) != '-' || looking_at(parse, "--"))
            break;
    }
    enum bc_status st = put(parse, tag, (size_t)(parse->at - tag));
    for (size_t i = start; !st && i < parse->out->size; i++) {
        char *byte = parse->out->data + i;
        if (*byte >= 'A' && *byte <= 'Z')
            *byte = (char)(*byte | 0x20);
    }
    return !st && looking_at(parse, "--") ? direction(parse) : st;
}

static enum bc_status datatype(struct parse *parse)
{
    size_t start = parse->out->size;
    parse->at++;
    if (peek(parse) != '^')
        return expected(parse, "'^^' before a datatype");
    parse->at++;
    skip_blanks(parse);
    if (peek(parse) != '<')
        return expected(parse, "a datatype IRI in <> behind '^^'");
    const char *spot = parse->at;
    enum bc_status st = put(parse, "^^", 2);
    if (!st)
        st = iri(parse);
    if (st)
        return st;
    const char *written = parse->out->data + start + 2;
    size_t size = parse->out->size - start - 2;
    if (!bc_is_silent_datatype(written, size))
        return BC_OK;
    if (size != sizeof "<" BC_XSD_STRING ">" - 1)
        return refuse(parse, spot, "a literal has this datatype by its language alone: \"...\"@en");
    parse->out->size = start;
    return BC_OK;
}

static enum bc_status literal(struct parse *parse)
{
    enum bc_status st = put(parse, "\"", 1);
    parse->at++;
    if (!st)
        st = literal_text(parse);
    if (!st)
        st = put(parse, "\"", 1);
    if (st)
        return st;
    parse->at++;
    if (peek(parse) == '"')
        return refuse(parse, parse->at, "a quote within a literal is written \\\"");
    skip_blanks(parse);
    if (peek(parse) == '@')
        return language(parse);
    return peek(parse) == '^' ? datatype(parse) : BC_OK;
}

/* Behind a term: the blank that the canonical form has, whatever the text has. */
static enum bc_status between(struct parse *parse, enum bc_status st)
{
    if (st)
        return st;
    skip_blanks(parse);
    return put(parse, " ", 1);
}

/* At "<<" without "(". */
static enum bc_status refuse_reified(struct parse *parse)
{
    return refuse(parse, parse->at,
                  "'<<' without '(' is Turtle; a triple term is written <<( s p o )>>");
}

/* At "<<", where no triple term can be. */
static enum bc_status refuse_triple(struct parse *parse, const char *where)
{
    if (!looking_at(parse, "<<("))
        return refuse_reified(parse);
    return refuse(parse, parse->at, "a triple term cannot be %s; it may be the object", where);
}

static enum bc_status subject(struct parse *parse)
{
    if (looking_at(parse, "<<"))
        return refuse_triple(parse, "a subject");
    switch (peek(parse)) {
    case '<':
        return iri(parse);
    case '_':
        return label(parse);
    case '"':
        return refuse(parse, parse->at, "a literal cannot be a subject");
    case '@':
        return refuse(parse, parse->at, "directives such as @prefix are Turtle, not N-%s",
                      parse->syntax == BC_NQUADS ? "Quads" : "Triples");
    default:
        return expected(parse, "a subject: an IRI in <> or a blank node _:label");
    }
}

static enum bc_status predicate(struct parse *parse)
{
    if (looking_at(parse, "<<"))
        return refuse_triple(parse, "a predicate");
    switch (peek(parse)) {
    case '<':
        return iri(parse);
    case '_':
        return refuse(parse, parse->at, "a blank node cannot be a predicate");
    case '"':
        return refuse(parse, parse->at, "a literal cannot be a predicate");
    default:
        return expected(parse, "a predicate: an IRI in <>");
    }
}

static enum bc_status simple_object(struct parse *parse)
{
    if (looking_at(parse, "<<"))
        return refuse_reified(parse);
    char first = peek(parse);
    switch (first) {
    case '<':
        return iri(parse);
    case '_':
        return label(parse);
    case '"':
        return literal(parse);
    case '\'':
        return refuse(parse, parse->at, "a literal is written in double quotes");
    default:
        if (bc_is_digit(first) || first == '+' || first == '-')
            return refuse(parse, parse->at,
                          "a number is written as a literal with its datatype: \"...\"^^<...>");
        return expected(parse,
                        "an object: an IRI in <>, a blank node _:label or a literal in \"\"");
    }
}

/* At "<<(": what opens a triple term, its subject and its predicate. */
static enum bc_status open_triple_term(struct parse *parse)
{
    enum bc_status st = put(parse, BC_TRIPLE_TERM_OPEN, 4);
    parse->at += 3;
    skip_blanks(parse);
    if (!st)
        st = between(parse, subject(parse));
    return st ? st : between(parse, predicate(parse));
}

/* Only the object of a triple term can be one again, so all that are open close at once. */
static enum bc_status triple_term(struct parse *parse)
{
    unsigned depth = 0;
    enum bc_status st = BC_OK;
    for (; !st && looking_at(parse, "<<("); depth++) {
        if (depth == BC_TRIPLE_TERM_DEPTH)
            return refuse(parse, parse->at, "triple terms nest at most %d deep",
                          BC_TRIPLE_TERM_DEPTH);
        st = open_triple_term(parse);
    }
    if (!st)
        st = simple_object(parse);
    for (; !st && depth; depth--) {
        skip_blanks(parse);
        if (!looking_at(parse, ")>>"))
            return expected(parse, "')>>' behind the object of the triple term");
        parse->at += 3;
        st = put(parse, BC_TRIPLE_TERM_CLOSE, 4);
    }
    return st;
}

static enum bc_status object(struct parse *parse)
{
    return looking_at(parse, "<<(") ? triple_term(parse) : simple_object(parse);
}

/* The graph name if there is one, and the final '.'. */
static enum bc_status graph_and_dot(struct parse *parse, bool *quad)
{
    char first = peek(parse);
    *quad = first == '<' || first == '_';
    if (looking_at(parse, "<<"))
        return refuse_triple(parse, "a graph name");
    if (*quad && parse->syntax == BC_NTRIPLES)
        return refuse(parse, parse->at, "a graph name is not allowed in N-Triples; use a .nq file");
    if (first == '"' && parse->syntax == BC_NQUADS)
        return refuse(parse, parse->at, "a literal cannot be a graph name");
    if (*quad) {
        enum bc_status st = between(parse, first == '<' ? iri(parse) : label(parse));
        if (st)
            return st;
    }
    if (peek(parse) == ',' || peek(parse) == ';')
        return refuse(parse, parse->at,
                      "expected '.' at the end of the statement; lists with '%c' are Turtle",
                      *parse->at);
    if (peek(parse) != '.')
        return expected(parse, "'.' at the end of the statement");
    parse->at++;
    return put(parse, ".\n", 2);
}

static enum bc_status statement(struct parse *parse, bool *quad)
{
    enum bc_status st = between(parse, subject(parse));
    if (!st)
        st = between(parse, predicate(parse));
    if (!st)
        st = between(parse, object(parse));
    return st ? st : graph_and_dot(parse, quad);
}

/* VERSION "1.2", of which nothing is kept. */
static enum bc_status version(struct parse *parse)
{
    parse->at += sizeof "VERSION" - 1;
    skip_blanks(parse);
    if (peek(parse) != '"')
        return expected(parse, "a version in \"\" behind VERSION");
    parse->at++;
    enum bc_status st = literal_text(parse);
    parse->at++;
    bc_buffer_clear(parse->out);
    return st;
}

/* A comment may hold any character, yet only characters. */
static enum bc_status comment(struct parse *parse)
{
    parse->at += bc_utf8_valid_prefix(parse->at, left(parse));
    return parse->at == parse->end ? BC_OK : refuse_bytes(parse);
}

enum bc_status bc_line_parse(struct bc_slice line, enum bc_syntax syntax,
                             struct bc_buffer *canonical, bool *quad,
                             struct bc_line_refusal *refusal)
{
    struct parse parse = {line.data, line.data + line.size, syntax, canonical, refusal};
    bc_buffer_clear(canonical);
    *quad = false;
    skip_blanks(&parse);
    if (parse.at < parse.end && *parse.at != '#') {
        enum bc_status st =
            looking_at(&parse, "VERSION") ? version(&parse) : statement(&parse, quad);
        if (st)
            return st;
        skip_blanks(&parse);
    }
    if (parse.at == parse.end)
        return BC_OK;
    return *parse.at == '#' ? comment(&parse) : expected(&parse, "the end of the line");
}
