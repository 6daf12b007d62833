/* Terms of patterns. What is a whole term, or can be made one, goes through the parser of
 * N-Triples, which decodes and checks it and gives its canonical spelling. */
#include "branchcore/line_parse.h"
#include "branchcore/pattern_read.h"
#include "branchcore/term_text.h"

#include <stdlib.h>
#include <string.h>

#define XSD "http://www.w3.org/2001/XMLSchema#"

/* Before a term, to make a statement of it. */
static const char statement_start[] = "<x:> <x:> ";
enum { STATEMENT_START = sizeof statement_start - 1 };

static bool is_name_byte(char byte)
{
    return bc_is_letter(byte) || bc_is_digit(byte) || byte == '_' || (unsigned char)byte >= 0x80;
}

/* Bytes of a prefixed name, a label or a number; what is not allowed in these is found later. */
static bool is_word_byte(char byte)
{
    return is_name_byte(byte) || (byte && strchr("-.:%+*/\\", byte));
}

/* For messages: as many bytes of a text as they have room for, whole characters. */
static int shown(struct bc_slice text)
{
    enum { MOST = 80 };
    return (int)bc_utf8_valid_prefix(text.data, text.size < MOST ? text.size : MOST);
}

/* value becomes the canonical spelling of the term that it holds. */
static enum bc_status canonical(struct bc_pattern_reader *reader, const char *spot,
                                struct bc_buffer *value)
{
    struct bc_buffer line = {0}, parsed = {0};
    struct bc_line_refusal refusal = {0};
    bool quad;
    enum bc_status st = bc_buffer_append(&line, statement_start, STATEMENT_START);
    if (!st)
        st = bc_buffer_append(&line, value->data, value->size);
    if (!st)
        st = bc_buffer_append(&line, " .", 2);
    if (!st)
        st = bc_line_parse(bc_buffer_slice(&line), BC_NTRIPLES, &parsed, &quad, &refusal);
    bc_buffer_release(&line);
    if (!st) {
        bc_buffer_clear(value);
        st = bc_buffer_append(value, parsed.data + STATEMENT_START,
                              parsed.size - STATEMENT_START - 3);
    } else if (st == BC_SYNTAX) {
        st = bc_pattern_refuse(reader, spot, "%s", refusal.reason);
    }
    bc_buffer_release(&parsed);
    return st;
}

/* Appends the decoded bytes of a part of an IRI, after it was checked as what follows a scheme. */
static enum bc_status decode_iri(struct bc_pattern_reader *reader, const char *spot,
                                 struct bc_slice part, struct bc_buffer *to)
{
    struct bc_buffer whole = {0};
    enum bc_status st = bc_buffer_append(&whole, "<x:", 3);
    if (!st)
        st = bc_buffer_append(&whole, part.data, part.size);
    if (!st)
        st = bc_buffer_append(&whole, ">", 1);
    if (!st)
        st = canonical(reader, spot, &whole);
    if (!st)
        st = bc_buffer_append(to, whole.data + 3, whole.size - 4);
    bc_buffer_release(&whole);
    return st;
}

/* The bytes between < and >, and goes behind it. */
static enum bc_status take_brackets(struct bc_pattern_reader *reader, struct bc_slice *inside)
{
    const char *start = reader->at + 1;
    const char *stop = start;
    while (stop < reader->end && *stop != '>' && *stop != '\n')
        stop++;
    if (stop == reader->end || *stop != '>')
        return bc_pattern_refuse(reader, reader->at, "this IRI has no '>' at its end");
    *inside = bc_slice(start, (size_t)(stop - start));
    reader->at = stop + 1;
    return BC_OK;
}

/* The end of the word at the cursor: a final '.' is none of its bytes, nor is what an escape would
 * take from behind the text. */
static const char *word_end(const struct bc_pattern_reader *reader)
{
    const char *stop = reader->at;
    const char *kept = stop;
    while (stop < reader->end && is_word_byte(*stop)) {
        bool escape = *stop == '\\' && stop + 1 < reader->end && stop[1] != '\n';
        bool dot = *stop == '.';
        stop += escape ? 2 : 1;
        if (!dot)
            kept = stop;
    }
    return kept;
}

static int compare_known(const void *key, const void *item)
{
    const struct bc_slice *name = key;
    const struct bc_known_prefix *known = item;
    return bc_slice_compare(*name, bc_slice(known->name, strlen(known->name)));
}

static bool find_prefix(const struct bc_pattern_reader *reader, struct bc_slice name,
                        struct bc_slice *iri)
{
    for (size_t i = reader->prefix_count; i > 0; i--) {
        if (bc_slice_equal(reader->prefixes[i - 1].name, name)) {
            *iri = bc_buffer_slice(&reader->prefixes[i - 1].iri);
            return true;
        }
    }
    const struct bc_prefix *given = reader->given ? bc_prefixes_find(reader->given, name) : NULL;
    if (given) {
        *iri = bc_slice(given->iri, strlen(given->iri));
        return true;
    }
    size_t count;
    const struct bc_known_prefix *all = bc_pattern_known_prefixes(&count);
    const struct bc_known_prefix *found = bsearch(&name, all, count, sizeof *all, compare_known);
    if (found)
        *iri = bc_slice(found->iri, strlen(found->iri));
    return found != NULL;
}

/* Appends a local name without its escapes (PN_LOCAL_ESC of Turtle). */
static enum bc_status append_local(struct bc_pattern_reader *reader, struct bc_slice local,
                                   struct bc_buffer *to)
{
    enum bc_status st = BC_OK;
    for (size_t i = 0; !st && i < local.size; i++) {
        const char *at = local.data + i;
        if (*at == '*')
            return bc_pattern_refuse(
                reader, at,
                "'*' stands for the rest of a name, at its end alone; the character "
                "itself is written \\*");
        if (*at == '\\') {
            if (++i == local.size || !strchr("_~.-!$&'()*+,;=/?#@%", local.data[i]))
                return bc_pattern_refuse(reader, at,
                                         "'\\' in a name escapes one of _~.-!$&'()*+,;=/?#@%%; "
                                         "write other characters as they are");
            at++;
        }
        st = bc_buffer_append(to, at, 1);
    }
    return st;
}

static enum bc_status refuse_word(struct bc_pattern_reader *reader, struct bc_slice word)
{
    size_t valid = bc_utf8_valid_prefix(word.data, word.size);
    if (valid < word.size)
        return bc_pattern_refuse(reader, word.data + valid, "byte 0x%02X is not UTF-8",
                                 (unsigned char)word.data[valid]);
    return bc_pattern_refuse(
        reader, word.data,
        "'%.*s' is no term: write an IRI as <IRI> or prefix:name, text as \"text\", ? for anything",
        shown(word), word.data);
}

/* Appends the IRI that a prefixed name says; *open: it ends with '*', which is not in it. */
static enum bc_status expand_name(struct bc_pattern_reader *reader, struct bc_slice word,
                                  struct bc_buffer *to, bool *open)
{
    const char *colon = word.size ? memchr(word.data, ':', word.size) : NULL;
    if (!colon || bc_utf8_valid_prefix(word.data, word.size) < word.size)
        return refuse_word(reader, word);
    struct bc_slice name = bc_slice(word.data, (size_t)(colon - word.data));
    struct bc_slice local = bc_slice(colon + 1, word.size - name.size - 1);
    struct bc_slice iri;
    if (local.size >= 2 && local.data[0] == '/' && local.data[1] == '/')
        return bc_pattern_refuse(reader, word.data, "put IRIs in brackets: <%.*s>", shown(word),
                                 word.data);
    if (!find_prefix(reader, name, &iri))
        return bc_pattern_refuse(
            reader, word.data,
            "unknown prefix '%.*s': declare it with PREFIX %.*s: <IRI>, or add "
            "it to the store's prefixes",
            shown(name), name.data, shown(name), name.data);
    *open = local.size && local.data[local.size - 1] == '*' &&
            !(local.size > 1 && local.data[local.size - 2] == '\\');
    local.size -= *open;
    enum bc_status st = bc_buffer_append(to, iri.data, iri.size);
    return st ? st : append_local(reader, local, to);
}

/* The beginning of an IRI, or, where that is not `open`, the whole of it, without brackets in the
 * value, becomes a test. */
static enum bc_status finish_iri(struct bc_pattern_reader *reader, struct bc_pattern_term *term,
                                 struct bc_slice part, bool open)
{
    term->kind = BC_PATTERN_IRI;
    term->test = open ? BC_TEST_PREFIX : BC_TEST_EQUAL;
    enum bc_status st = bc_buffer_append(&term->value, "<", 1);
    if (!st && open)
        return decode_iri(reader, term->spot, part, &term->value);
    if (!st)
        st = bc_buffer_append(&term->value, part.data, part.size);
    if (!st)
        st = bc_buffer_append(&term->value, ">", 1);
    return st ? st : canonical(reader, term->spot, &term->value);
}

static enum bc_status read_brackets(struct bc_pattern_reader *reader, struct bc_pattern_term *term)
{
    struct bc_slice inside = {0};
    enum bc_status st = take_brackets(reader, &inside);
    if (st)
        return st;
    const char *star = inside.size ? memchr(inside.data, '*', inside.size) : NULL;
    bool open = star && star == inside.data + inside.size - 1;
    if (star && !open)
        return bc_pattern_refuse(reader, star,
                                 "'*' stands for the rest of an IRI, at its end alone; the "
                                 "character itself is written \\u002A");
    inside.size -= open;
    return finish_iri(reader, term, inside, open);
}

static enum bc_status read_name(struct bc_pattern_reader *reader, struct bc_pattern_term *term,
                                struct bc_slice word)
{
    struct bc_buffer iri = {0};
    bool open = false;
    enum bc_status st = expand_name(reader, word, &iri, &open);
    if (!st)
        st = finish_iri(reader, term, bc_buffer_slice(&iri), open);
    bc_buffer_release(&iri);
    return st;
}

static enum bc_status read_label(struct bc_pattern_reader *reader, struct bc_pattern_term *term,
                                 struct bc_slice word)
{
    bool open = word.data[word.size - 1] == '*';
    term->kind = BC_PATTERN_BLANK;
    term->test = open ? BC_TEST_PREFIX : BC_TEST_EQUAL;
    if (!open) {
        enum bc_status st = bc_buffer_append(&term->value, word.data, word.size);
        return st ? st : canonical(reader, term->spot, &term->value);
    }
    /* A part of a label between two letters is a label if its characters are a label's. */
    struct bc_buffer label = {0};
    enum bc_status st = bc_buffer_printf(&label, "_:x%.*sx", (int)(word.size - 3), word.data + 2);
    if (!st)
        st = canonical(reader, term->spot, &label);
    if (!st)
        st = bc_buffer_append(&term->value, word.data, word.size - 1);
    bc_buffer_release(&label);
    return st;
}

/* The quoted text at the cursor, spelled with double quotes, and goes behind it. */
static enum bc_status take_string(struct bc_pattern_reader *reader, struct bc_buffer *to)
{
    const char *start = reader->at;
    char quote = *start;
    enum bc_status st = bc_buffer_append(to, "\"", 1);
    for (reader->at++; !st; reader->at++) {
        const char *at = reader->at;
        if (at == reader->end || *at == '\n')
            return bc_pattern_refuse(reader, start,
                                     "this text has no %c at its end; a line end in it is written "
                                     "\\n",
                                     quote);
        if (*at == quote)
            break;
        if (*at == '"')
            st = bc_buffer_append(to, "\\", 1);
        bool escape = *at == '\\' && at + 1 < reader->end && at[1] != '\n';
        if (!st)
            st = bc_buffer_append(to, at, escape ? 2 : 1);
        reader->at += escape;
    }
    reader->at++;
    return st ? st : bc_buffer_append(to, "\"", 1);
}

/* Appends <IRI> from the brackets or the prefixed name at the cursor: a datatype. */
static enum bc_status take_datatype(struct bc_pattern_reader *reader, struct bc_buffer *to)
{
    struct bc_pattern_term iri = {.spot = reader->at};
    const char *stop = word_end(reader);
    enum bc_status st;
    if (bc_pattern_peek(reader) == '<') {
        st = read_brackets(reader, &iri);
    } else {
        struct bc_slice word = bc_slice(reader->at, (size_t)(stop - reader->at));
        if (!word.size)
            return bc_pattern_refuse(reader, reader->at,
                                     "a datatype must follow '^^', such as ^^xsd:integer");
        reader->at = stop;
        st = read_name(reader, &iri, word);
    }
    if (!st && iri.test != BC_TEST_EQUAL)
        st = bc_pattern_refuse(reader, iri.spot, "a datatype cannot end with '*'");
    if (!st)
        st = bc_buffer_append(to, iri.value.data, iri.value.size);
    bc_buffer_release(&iri.value);
    return st;
}

/* The tag behind '@' at the cursor, which may be empty before '*'. */
static struct bc_slice take_tag(struct bc_pattern_reader *reader)
{
    const char *start = ++reader->at;
    while (bc_is_letter(bc_pattern_peek(reader)) || bc_is_digit(bc_pattern_peek(reader)) ||
           bc_pattern_peek(reader) == '-')
        reader->at++;
    return bc_slice(start, (size_t)(reader->at - start));
}

static bool take(struct bc_pattern_reader *reader, const char *token)
{
    size_t size = strlen(token);
    if ((size_t)(reader->end - reader->at) < size || memcmp(reader->at, token, size) != 0)
        return false;
    reader->at += size;
    return true;
}

/* What stands behind a literal's text at the cursor; value is its text with its quotes. */
static enum bc_status read_suffix(struct bc_pattern_reader *reader, struct bc_pattern_term *term)
{
    struct bc_buffer *value = &term->value;
    bool any_language = take(reader, "@*");
    bool any_type = !any_language && take(reader, "^^*");
    bool open = !any_language && !any_type && take(reader, "*");
    if (any_language || any_type || open) {
        enum bc_status st = canonical(reader, term->spot, value);
        term->test = BC_TEST_PREFIX;
        if (open)
            value->size--;
        return st || open ? st : bc_buffer_append(value, any_type ? "^^" : "@", any_type ? 2 : 1);
    }
    enum bc_status st = BC_OK;
    term->test = BC_TEST_EQUAL;
    if (bc_pattern_peek(reader) == '@') {
        struct bc_slice tag = take_tag(reader);
        st = bc_buffer_append(value, tag.data - 1, tag.size + 1);
    } else if (take(reader, "^^")) {
        st = bc_buffer_append(value, "^^", 2);
        if (!st)
            st = take_datatype(reader, value);
    }
    return st ? st : canonical(reader, term->spot, value);
}

static enum bc_status read_literal(struct bc_pattern_reader *reader, struct bc_pattern_term *term)
{
    term->kind = BC_PATTERN_LITERAL;
    enum bc_status st = take_string(reader, &term->value);
    return st ? st : read_suffix(reader, term);
}

static enum bc_status read_text(struct bc_pattern_reader *reader, struct bc_pattern_term *term)
{
    reader->at++;
    if (bc_pattern_peek(reader) != '"' && bc_pattern_peek(reader) != '\'')
        return bc_pattern_refuse(reader, reader->at,
                                 "text in quotes must follow '~', such as ~\"part\"");
    struct bc_buffer string = {0};
    term->kind = BC_PATTERN_TEXT;
    term->test = BC_TEST_CONTAINS;
    enum bc_status st = take_string(reader, &string);
    if (!st)
        st = canonical(reader, term->spot, &string);
    if (!st)
        st = bc_buffer_append(&term->value, string.data + 1, string.size - 2);
    bc_buffer_release(&string);
    return st;
}

static enum bc_status read_language(struct bc_pattern_reader *reader, struct bc_pattern_term *term)
{
    term->kind = BC_PATTERN_LITERAL;
    term->test = BC_TEST_LANGUAGE;
    if (take(reader, "@*"))
        return BC_OK;
    /* As the language of some literal it is checked, and gets lower case. */
    struct bc_slice tag = take_tag(reader);
    struct bc_buffer literal = {0};
    enum bc_status st = bc_buffer_append(&literal, "\"\"@", 3);
    if (!st)
        st = bc_buffer_append(&literal, tag.data, tag.size);
    if (!st)
        st = canonical(reader, term->spot, &literal);
    if (!st)
        st = bc_buffer_append(&term->value, literal.data + 3, literal.size - 3);
    bc_buffer_release(&literal);
    return st;
}

static enum bc_status read_datatype(struct bc_pattern_reader *reader, struct bc_pattern_term *term)
{
    reader->at += 2;
    term->kind = BC_PATTERN_LITERAL;
    term->test = BC_TEST_DATATYPE;
    if (bc_pattern_peek(reader) == '*')
        return bc_pattern_refuse(reader, term->spot,
                                 "name a datatype behind '^^'; any literal is written \"\"*");
    return take_datatype(reader, &term->value);
}

static size_t digits(struct bc_slice word, size_t at)
{
    size_t from = at;
    while (at < word.size && bc_is_digit(word.data[at]))
        at++;
    return at - from;
}

/* The datatype of a number as Turtle writes it; NULL: it is none. */
static const char *number_type(struct bc_slice word)
{
    size_t at = word.size && (word.data[0] == '+' || word.data[0] == '-');
    size_t whole = digits(word, at), fraction = 0;
    at += whole;
    bool point = at < word.size && word.data[at] == '.';
    if (point) {
        fraction = digits(word, at + 1);
        at += 1 + fraction;
    }
    if (!whole && !fraction)
        return NULL;
    if (at == word.size)
        return point ? XSD "decimal" : XSD "integer";
    if ((word.data[at] | 0x20) != 'e')
        return NULL;
    at++;
    at += at < word.size && (word.data[at] == '+' || word.data[at] == '-');
    size_t exponent = digits(word, at);
    return exponent && at + exponent == word.size ? XSD "double" : NULL;
}

static bool is_word(struct bc_slice word, const char *text)
{
    return bc_slice_equal(word, bc_slice(text, strlen(text)));
}

static enum bc_status read_short_literal(struct bc_pattern_reader *reader,
                                         struct bc_pattern_term *term, struct bc_slice word,
                                         const char *type)
{
    term->kind = BC_PATTERN_LITERAL;
    term->test = BC_TEST_EQUAL;
    enum bc_status st =
        bc_buffer_printf(&term->value, "\"%.*s\"^^<%s>", (int)word.size, word.data, type);
    return st ? st : canonical(reader, term->spot, &term->value);
}

static enum bc_status read_variable(struct bc_pattern_reader *reader, struct bc_pattern_term *term)
{
    const char *start = ++reader->at;
    while (is_name_byte(bc_pattern_peek(reader)))
        reader->at++;
    term->name = bc_slice(start, (size_t)(reader->at - start));
    term->kind = term->name.size ? BC_PATTERN_VARIABLE : BC_PATTERN_ANYTHING;
    return BC_OK;
}

static enum bc_status refuse_character(struct bc_pattern_reader *reader)
{
    char byte = bc_pattern_peek(reader);
    if (byte == '\n')
        return bc_pattern_refuse(reader, reader->at, "a term must follow");
    if (byte == '{' || byte == '}' || byte == '(' || byte == ')' || byte == ';' || byte == ',')
        return bc_pattern_refuse(reader, reader->at,
                                 "'%c' is not known here: a pattern is SUBJECT PREDICATE OBJECT; "
                                 "write several one a line, or with '|' between them",
                                 byte);
    if (byte > ' ' && byte < 0x7F)
        return bc_pattern_refuse(reader, reader->at,
                                 "'%c' begins no term: write an IRI as <IRI> or prefix:name, text "
                                 "as \"text\", ? for anything",
                                 byte);
    return bc_pattern_refuse(reader, reader->at, "byte 0x%02X begins no term", (unsigned char)byte);
}

static enum bc_status read_word(struct bc_pattern_reader *reader, struct bc_pattern_term *term)
{
    const char *stop = word_end(reader);
    struct bc_slice word = bc_slice(reader->at, (size_t)(stop - reader->at));
    if (!word.size)
        return refuse_character(reader);
    reader->at = stop;
    if (is_word(word, "_") || is_word(word, "*")) {
        term->kind = BC_PATTERN_ANYTHING;
        return BC_OK;
    }
    if (is_word(word, "a")) {
        term->kind = BC_PATTERN_A;
        return BC_OK;
    }
    if (is_word(word, "true") || is_word(word, "false"))
        return read_short_literal(reader, term, word, XSD "boolean");
    const char *type = number_type(word);
    if (type)
        return read_short_literal(reader, term, word, type);
    if (word.size > 2 && word.data[0] == '_' && word.data[1] == ':')
        return read_label(reader, term, word);
    return read_name(reader, term, word);
}

static enum bc_status read_at_cursor(struct bc_pattern_reader *reader, struct bc_pattern_term *term)
{
    term->spot = reader->at;
    switch (bc_pattern_peek(reader)) {
    case '<':
        return bc_pattern_at_triple(reader) ? bc_pattern_read_triple(reader, term)
                                            : read_brackets(reader, term);
    case '"':
    case '\'':
        return read_literal(reader, term);
    case '~':
        return read_text(reader, term);
    case '@':
        return read_language(reader, term);
    case '?':
    case '$':
        return read_variable(reader, term);
    default:
        if (take(reader, "[]"))
            return BC_OK;
        if (reader->end - reader->at >= 2 && reader->at[0] == '^' && reader->at[1] == '^')
            return read_datatype(reader, term);
        return read_word(reader, term);
    }
}

enum bc_status bc_pattern_read_term(struct bc_pattern_reader *reader, struct bc_pattern_term *term)
{
    *term = (struct bc_pattern_term){0};
    if (bc_pattern_peek(reader) == '!') {
        term->negated = true;
        reader->at++;
        bc_pattern_skip(reader, false);
    }
    enum bc_status st = read_at_cursor(reader, term);
    if (st)
        bc_pattern_term_release(term);
    return st;
}

/* Declarations. */

static enum bc_status add_prefix(struct bc_pattern_reader *reader,
                                 const struct bc_pattern_prefix *prefix)
{
    if (reader->prefix_count == reader->prefix_capacity) {
        size_t capacity = reader->prefix_capacity ? reader->prefix_capacity * 2 : 8;
        struct bc_pattern_prefix *prefixes =
            bc_realloc_array(reader->prefixes, capacity, sizeof *prefixes);
        if (!prefixes)
            return BC_NO_MEMORY;
        reader->prefixes = prefixes;
        reader->prefix_capacity = capacity;
    }
    reader->prefixes[reader->prefix_count++] = *prefix;
    return BC_OK;
}

/* What follows the word PREFIX. */
static enum bc_status read_prefix(struct bc_pattern_reader *reader)
{
    struct bc_pattern_prefix prefix = {0};
    struct bc_slice inside = {0};
    bc_pattern_skip(reader, false);
    const char *start = reader->at;
    while (reader->at < reader->end && *reader->at != ':' &&
           (is_name_byte(*reader->at) || *reader->at == '-' || *reader->at == '.'))
        reader->at++;
    prefix.name = bc_slice(start, (size_t)(reader->at - start));
    if (bc_pattern_peek(reader) != ':')
        return bc_pattern_refuse(reader, start, "a declaration is PREFIX name: <IRI>");
    reader->at++;
    bc_pattern_skip(reader, false);
    const char *spot = reader->at;
    if (bc_pattern_peek(reader) != '<')
        return bc_pattern_refuse(reader, spot, "a declaration is PREFIX name: <IRI>");
    enum bc_status st = take_brackets(reader, &inside);
    if (!st)
        st = decode_iri(reader, spot, inside, &prefix.iri);
    if (!st)
        st = add_prefix(reader, &prefix);
    if (st)
        bc_buffer_release(&prefix.iri);
    return st;
}

enum bc_status bc_pattern_read_prefixes(struct bc_pattern_reader *reader)
{
    enum bc_status st = BC_OK;
    for (;;) {
        bc_pattern_skip(reader, true);
        if (bc_pattern_take_word(reader, "BASE") || bc_pattern_take_word(reader, "@base"))
            return bc_pattern_refuse(reader, reader->at,
                                     "there is no BASE in patterns: write whole IRIs, or declare "
                                     "a prefix");
        if (!bc_pattern_take_word(reader, "PREFIX") && !bc_pattern_take_word(reader, "@prefix"))
            return st;
        st = read_prefix(reader);
        if (st)
            return st;
        bc_pattern_skip(reader, false);
        (void)take(reader, ".");
    }
}

void bc_pattern_reader_release(struct bc_pattern_reader *reader)
{
    for (size_t i = 0; i < reader->prefix_count; i++)
        bc_buffer_release(&reader->prefixes[i].iri);
    bc_free(reader->prefixes);
}

/* A command's argument. */

static bool is_scheme_of_word(struct bc_slice word)
{
    static const char *const schemes[] = {"urn:", "mailto:", "tag:", "did:", "info:", "doi:"};
    const char *slashes = word.data && word.size ? memmem(word.data, word.size, "://", 3) : NULL;
    if (slashes && bc_has_scheme(word.data, slashes + 1))
        return true;
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        size_t size = strlen(schemes[i]);
        if (word.size > size && !memcmp(word.data, schemes[i], size))
            return true;
    }
    return false;
}

/* The word at the cursor up to a blank, as bc_pattern_iri takes it. */
enum bc_status bc_pattern_read_iri(struct bc_pattern_reader *reader, struct bc_buffer *iri)
{
    const char *spot = reader->at;
    struct bc_slice word = {0};
    if (bc_pattern_peek(reader) == '<') {
        enum bc_status st = take_brackets(reader, &word);
        return st ? st : decode_iri(reader, spot, word, iri);
    }
    while (reader->at < reader->end && !strchr(" \t\r\n", *reader->at))
        reader->at++;
    word = bc_slice(spot, (size_t)(reader->at - spot));
    if (!word.size)
        return bc_pattern_refuse(reader, spot, "an IRI must follow, such as <http://example.org/>");
    if (is_scheme_of_word(word))
        return decode_iri(reader, spot, word, iri);
    struct bc_buffer expanded = {0};
    bool open = false;
    enum bc_status st = expand_name(reader, word, &expanded, &open);
    if (!st && open)
        st = bc_pattern_refuse(reader, spot, "no '*' is needed: this is where IRIs begin");
    if (!st)
        st = decode_iri(reader, spot, bc_buffer_slice(&expanded), iri);
    bc_buffer_release(&expanded);
    return st;
}

enum bc_status bc_pattern_iri(struct bc_slice word, struct bc_buffer *iri, struct bc_error *err)
{
    struct bc_pattern_reader reader = {
        .start = word.data, .at = word.data, .end = word.data + word.size, .err = err};
    size_t before = iri->size;
    enum bc_status st = bc_pattern_read_iri(&reader, iri);
    if (!st && reader.at != reader.end)
        st = bc_pattern_refuse(&reader, reader.at, "one IRI is expected, and nothing behind it");
    if (st)
        iri->size = before;
    bc_pattern_reader_release(&reader);
    return st;
}
