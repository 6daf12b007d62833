#include "formats/turtle_spell.h"

#include "branchcore/term_text.h"
#include "branchcore/triple_term.h"

#include <stdlib.h>

#define XSD "http://www.w3.org/2001/XMLSchema#"

/* Prefixes. */

static int compare_prefixes(const void *a, const void *b)
{
    const struct fmt_known_prefix *x = a;
    const struct fmt_known_prefix *y = b;
    int order = bc_slice_compare(x->iri, y->iri);
    return order ? order : (x->index > y->index) - (x->index < y->index);
}

static bool begins_with(struct bc_slice iri, struct bc_slice with)
{
    return iri.size >= with.size && !memcmp(iri.data, with.data, with.size);
}

/* Drops those whose IRI has another name already, and links the others: what a prefix begins with
 * is sorted before it, and all that lie between begin with it too. */
static void link_prefixes(struct fmt_spelling *spelling)
{
    size_t count = 0;
    for (size_t i = 0; i < spelling->count; i++) {
        struct fmt_known_prefix *prefix = &spelling->prefixes[i];
        if (count && bc_slice_equal(spelling->prefixes[count - 1].iri, prefix->iri))
            continue;
        size_t above = count;
        while (above && !begins_with(prefix->iri, spelling->prefixes[above - 1].iri))
            above = spelling->prefixes[above - 1].shorter;
        if (above)
            spelling->prefixes[above - 1].longer = true;
        prefix->shorter = (uint32_t)above;
        spelling->prefixes[count++] = *prefix;
    }
    spelling->count = count;
}

enum bc_status fmt_spelling_init(struct fmt_spelling *spelling, const struct bc_prefixes *prefixes)
{
    *spelling = (struct fmt_spelling){0};
    if (!prefixes || !prefixes->count)
        return BC_OK;
    spelling->prefixes = bc_alloc_array(prefixes->count, sizeof *spelling->prefixes);
    spelling->used = bc_alloc_zero(prefixes->count * sizeof *spelling->used);
    if (!spelling->prefixes || !spelling->used) {
        fmt_spelling_release(spelling);
        return BC_NO_MEMORY;
    }
    for (size_t i = 0; i < prefixes->count; i++) {
        const struct bc_prefix *prefix = &prefixes->list[i];
        spelling->prefixes[i] =
            (struct fmt_known_prefix){.iri = bc_slice(prefix->iri, strlen(prefix->iri)),
                                      .name = bc_slice(prefix->name, strlen(prefix->name)),
                                      .index = (uint32_t)i};
    }
    spelling->count = prefixes->count;
    qsort(spelling->prefixes, spelling->count, sizeof *spelling->prefixes, compare_prefixes);
    link_prefixes(spelling);
    return BC_OK;
}

void fmt_spelling_release(struct fmt_spelling *spelling)
{
    bc_free(spelling->prefixes);
    bc_free(spelling->used);
    *spelling = (struct fmt_spelling){0};
}

/* One more than the longest prefix that the IRI begins with; 0. */
static size_t longest_prefix(const struct fmt_spelling *spelling, struct bc_slice iri)
{
    size_t last = spelling->last;
    if (last && !spelling->prefixes[last - 1].longer &&
        begins_with(iri, spelling->prefixes[last - 1].iri))
        return last;
    size_t low = 0;
    size_t high = spelling->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (bc_slice_compare(spelling->prefixes[middle].iri, iri) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    while (low && !begins_with(iri, spelling->prefixes[low - 1].iri))
        low = spelling->prefixes[low - 1].shorter;
    return low;
}

/* Local names. */

enum local {
    NEVER,
    ANYWHERE, /* PN_CHARS_U, a digit, ':' */
    INNER,    /* '-': not in front */
    DOT,      /* neither in front nor at the end */
    ESCAPED,
    PERCENT, /* with two hexadecimal digits; else escaped */
    DECODED  /* beyond ASCII */
};

static enum local local_of(char byte)
{
    static const uint8_t kinds[256] = {
        ['a' ... 'z'] = ANYWHERE,
        ['A' ... 'Z'] = ANYWHERE,
        ['0' ... '9'] = ANYWHERE,
        ['_'] = ANYWHERE,
        [':'] = ANYWHERE,
        ['-'] = INNER,
        ['.'] = DOT,
        ['%'] = PERCENT,
        ['~'] = ESCAPED,
        ['!'] = ESCAPED,
        ['$'] = ESCAPED,
        ['&'] = ESCAPED,
        ['\''] = ESCAPED,
        ['('] = ESCAPED,
        [')'] = ESCAPED,
        ['*'] = ESCAPED,
        ['+'] = ESCAPED,
        [','] = ESCAPED,
        [';'] = ESCAPED,
        ['='] = ESCAPED,
        ['@'] = ESCAPED,
        [0x80 ... 0xFF] = DECODED,
    };
    return (enum local)kinds[(unsigned char)byte];
}

/* The bytes of the name's character at `at`, 0 if it cannot be written; *escaped: with '\' before
 * it. */
static size_t local_character(struct bc_slice name, size_t at, bool *escaped)
{
    *escaped = false;
    uint32_t code_point;
    size_t size;
    switch (local_of(name.data[at])) {
    case ANYWHERE:
        return 1;
    case INNER:
        *escaped = !at;
        return 1;
    case DOT:
        *escaped = !at || at + 1 == name.size;
        return 1;
    case PERCENT:
        if (name.size - at > 2 && bc_hex_value(name.data[at + 1]) >= 0 &&
            bc_hex_value(name.data[at + 2]) >= 0)
            return 3;
        *escaped = true;
        return 1;
    case ESCAPED:
        *escaped = true;
        return 1;
    case DECODED:
        size = bc_utf8_decode(name.data + at, name.size - at, &code_point);
        return size && (at ? bc_label_character(code_point) : bc_label_start(code_point)) ? size
                                                                                          : 0;
    default:
        return 0;
    }
}

/* Whether the name can be written; *plain: without any escape. */
static bool is_local(struct bc_slice name, bool *plain)
{
    *plain = true;
    for (size_t at = 0; at < name.size;) {
        if (local_of(name.data[at]) == ANYWHERE) {
            at++;
            continue;
        }
        bool escaped;
        size_t size = local_character(name, at, &escaped);
        if (!size)
            return false;
        *plain &= !escaped;
        at += size;
    }
    return true;
}

static void put_local(struct fmt_out *out, struct bc_slice name)
{
    for (size_t at = 0; at < name.size;) {
        bool escaped;
        size_t size = local_character(name, at, &escaped);
        if (escaped)
            fmt_out_byte(out, '\\');
        fmt_out_put(out, bc_slice(name.data + at, size));
        at += size;
    }
}

/* iri is without <>. One more than the prefix that is used; 0: none. */
static size_t choose_prefix(struct fmt_spelling *spelling, struct bc_slice iri,
                            struct bc_slice *local, bool *plain)
{
    size_t number = longest_prefix(spelling, iri);
    spelling->last = number ? number : spelling->last;
    while (number) {
        size_t size = spelling->prefixes[number - 1].iri.size;
        *local = bc_slice(iri.data + size, iri.size - size);
        if (is_local(*local, plain))
            return number;
        number = spelling->prefixes[number - 1].shorter;
    }
    return 0;
}

static void spell_iri(struct fmt_spelling *spelling, struct fmt_out *out, struct bc_slice term)
{
    struct bc_slice local;
    bool plain;
    size_t number = choose_prefix(spelling, bc_slice(term.data + 1, term.size - 2), &local, &plain);
    if (!number) {
        fmt_out_put(out, term);
        return;
    }
    fmt_out_put(out, spelling->prefixes[number - 1].name);
    fmt_out_byte(out, ':');
    if (plain)
        fmt_out_put(out, local);
    else
        put_local(out, local);
}

/* Literals. */

/* Its parts: "text" with its quotes, and the datatype with its <>, or the tag with its '@'. */
struct literal {
    struct bc_slice text; /* without the quotes */
    struct bc_slice datatype;
    struct bc_slice tag;
};

static struct literal literal_of(struct bc_slice term)
{
    struct literal parts = {.text = bc_slice(term.data + 1, term.size - 2),
                            .datatype = bc_slice("", 0),
                            .tag = bc_slice("", 0)};
    if (term.data[term.size - 1] == '"')
        return parts;
    /* No datatype's IRI and no tag has a quote. */
    const char *quote = memrchr(term.data, '"', term.size);
    parts.text.size = (size_t)(quote - term.data) - 1;
    struct bc_slice behind = bc_slice(quote + 1, (size_t)(term.data + term.size - quote) - 1);
    if (*behind.data == '@')
        parts.tag = behind;
    else
        parts.datatype = bc_slice(behind.data + 2, behind.size - 2);
    return parts;
}

static size_t digits(struct bc_slice text, size_t at)
{
    while (at < text.size && bc_is_digit(text.data[at]))
        at++;
    return at;
}

/* Which of Turtle's numbers a text is: the name behind xsd:, or NULL. */
static const char *number_kind(struct bc_slice text)
{
    size_t at = text.size && (*text.data == '+' || *text.data == '-');
    size_t whole = digits(text, at);
    size_t before = whole - at;
    size_t behind = 0;
    bool point = whole < text.size && text.data[whole] == '.';
    size_t end = point ? digits(text, whole + 1) : whole;
    if (point)
        behind = end - whole - 1;
    if (!before && !behind)
        return NULL;
    if (end == text.size)
        return !point ? "integer" : behind ? "decimal" : NULL;
    if ((text.data[end] | 0x20) != 'e')
        return NULL;
    end++;
    end += end < text.size && (text.data[end] == '+' || text.data[end] == '-');
    size_t last = digits(text, end);
    return last > end && last == text.size ? "double" : NULL;
}

static bool is_abbreviated(const struct literal *parts)
{
    static const char xsd[] = "<" XSD;
    enum { XSD_SIZE = sizeof xsd - 1 };
    struct bc_slice datatype = parts->datatype;
    if (datatype.size <= XSD_SIZE || memcmp(datatype.data, xsd, XSD_SIZE) != 0)
        return false;
    struct bc_slice name = bc_slice(datatype.data + XSD_SIZE, datatype.size - XSD_SIZE - 1);
    if (bc_slice_equal(name, bc_slice("boolean", 7)))
        return bc_slice_equal(parts->text, bc_slice("true", 4)) ||
               bc_slice_equal(parts->text, bc_slice("false", 5));
    const char *kind = number_kind(parts->text);
    return kind && bc_slice_equal(name, bc_slice(kind, strlen(kind)));
}

static bool has_line_end(struct bc_slice text)
{
    const char *end = text.data + text.size;
    for (const char *at = text.data; (at = memchr(at, '\\', (size_t)(end - at))); at += 2)
        if (at[1] == 'n')
            return true;
    return false;
}

/* In a long string a quote needs no escape unless another one follows, be it of those that end
 * it. */
static void put_long_string(struct fmt_out *out, struct bc_slice text)
{
    FMT_OUT_TEXT(out, "\"\"\"");
    const char *at = text.data;
    const char *end = text.data + text.size;
    for (const char *next; (next = memchr(at, '\\', (size_t)(end - at))); at = next + 2) {
        fmt_out_put(out, bc_slice(at, (size_t)(next - at)));
        bool quote_follows =
            next + 2 == end || (end - next >= 4 && next[2] == '\\' && next[3] == '"');
        if (next[1] == 'n')
            fmt_out_line(out, 0);
        else if (next[1] == '"' && next != text.data && !quote_follows)
            fmt_out_byte(out, '"');
        else
            fmt_out_put(out, bc_slice(next, 2));
    }
    fmt_out_put(out, bc_slice(at, (size_t)(end - at)));
    FMT_OUT_TEXT(out, "\"\"\"");
}

static void spell_literal(struct fmt_spelling *spelling, struct fmt_out *out, struct bc_slice term,
                          bool lines)
{
    struct literal parts = literal_of(term);
    if (parts.datatype.size && is_abbreviated(&parts)) {
        fmt_out_put(out, parts.text);
        return;
    }
    if (lines && has_line_end(parts.text))
        put_long_string(out, parts.text);
    else
        fmt_out_put(out, bc_slice(term.data, parts.text.size + 2));
    fmt_out_put(out, parts.tag);
    if (!parts.datatype.size)
        return;
    FMT_OUT_TEXT(out, "^^");
    spell_iri(spelling, out, parts.datatype);
}

/* Terms. */

static void spell_part(struct fmt_spelling *spelling, struct fmt_out *out, struct bc_slice term,
                       bool lines)
{
    if (*term.data == '<')
        spell_iri(spelling, out, term);
    else if (*term.data == '"')
        spell_literal(spelling, out, term, lines);
    else
        fmt_out_put(out, term);
}

static void spell_triple_term(struct fmt_spelling *spelling, struct fmt_out *out,
                              struct bc_slice term)
{
    struct bc_slice rest = term;
    struct bc_slice part;
    const char *at = term.data;
    while (bc_term_part(&rest, &part)) {
        fmt_out_put(out, bc_slice(at, (size_t)(part.data - at)));
        spell_part(spelling, out, part, false);
        at = part.data + part.size;
    }
    fmt_out_put(out, bc_slice(at, (size_t)(term.data + term.size - at)));
}

void fmt_spell(struct fmt_spelling *spelling, struct fmt_out *out, struct bc_slice term, bool lines)
{
    if (*term.data == '<' && bc_is_triple_term(term))
        spell_triple_term(spelling, out, term);
    else
        spell_part(spelling, out, term, lines);
}

void fmt_spell_mark(struct fmt_spelling *spelling, struct bc_slice term)
{
    struct bc_slice rest = term;
    struct bc_slice part;
    while (bc_term_part(&rest, &part)) {
        if (*part.data == '"') {
            struct literal parts = literal_of(part);
            part = is_abbreviated(&parts) ? bc_slice("", 0) : parts.datatype;
        }
        if (!part.size || *part.data != '<')
            continue;
        struct bc_slice local;
        bool plain;
        size_t number =
            choose_prefix(spelling, bc_slice(part.data + 1, part.size - 2), &local, &plain);
        if (number)
            spelling->used[spelling->prefixes[number - 1].index] = true;
    }
}

bool fmt_spelled_in_lines(struct bc_slice term)
{
    return *term.data == '"' && has_line_end(literal_of(term).text);
}

bool fmt_spelled_in_version_2(struct bc_slice term)
{
    char last = term.data[term.size - 1];
    if (*term.data != '"')
        return *term.data == '<' && bc_is_triple_term(term);
    return last != '"' && last != '>' && term.size > 5 &&
           (!memcmp(term.data + term.size - 5, "--ltr", 5) ||
            !memcmp(term.data + term.size - 5, "--rtl", 5));
}
