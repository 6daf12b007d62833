#include "branchcore/term_text.h"
#include "branchcore/triple_term.h"

struct range {
    uint32_t first;
    uint32_t last;
};

static bool within(const struct range *ranges, size_t count, uint32_t code_point)
{
    for (size_t i = 0; i < count; i++) {
        if (code_point >= ranges[i].first && code_point <= ranges[i].last)
            return true;
    }
    return false;
}

bool bc_label_start(uint32_t code_point)
{
    static const struct range base[] = {
        {0xC0, 0xD6},     {0xD8, 0xF6},     {0xF8, 0x2FF},    {0x370, 0x37D},
        {0x37F, 0x1FFF},  {0x200C, 0x200D}, {0x2070, 0x218F}, {0x2C00, 0x2FEF},
        {0x3001, 0xD7FF}, {0xF900, 0xFDCF}, {0xFDF0, 0xFFFD}, {0x10000, 0xEFFFF},
    };
    if (code_point < 0x80)
        return bc_is_letter((char)code_point) || bc_is_digit((char)code_point) || code_point == '_';
    return within(base, sizeof base / sizeof *base, code_point);
}

bool bc_label_character(uint32_t code_point)
{
    static const struct range more[] = {{0xB7, 0xB7}, {0x300, 0x36F}, {0x203F, 0x2040}};
    return bc_label_start(code_point) || code_point == '-' ||
           within(more, sizeof more / sizeof *more, code_point);
}

/* Each walk_ starts at a term's first byte and returns the byte behind the term, or NULL if it is
 * not canonical. */

static const char *walk_iri(const char *at, const char *end)
{
    if (at == end || *at != '<' || !bc_has_scheme(at + 1, end))
        return NULL;
    at = bc_iri_run(at + 1, end);
    return at < end && *at == '>' ? at + 1 : NULL;
}

static const char *walk_label(const char *at, const char *end)
{
    if (end - at < 3 || at[0] != '_' || at[1] != ':')
        return NULL;
    at += 2;
    uint32_t code_point;
    size_t size = bc_utf8_decode(at, (size_t)(end - at), &code_point);
    if (!size || !bc_label_start(code_point))
        return NULL;
    do {
        at = bc_label_run(at + size, end);
        size = bc_utf8_decode(at, (size_t)(end - at), &code_point);
    } while (size && bc_label_character(code_point));
    return at[-1] != '.' ? at : NULL;
}

static const char *walk_resource(const char *at, const char *end)
{
    return at < end && *at == '_' ? walk_label(at, end) : walk_iri(at, end);
}

/* \uXXXX is canonical for few characters only, and with upper-case digits. */
static const char *walk_numeric_escape(const char *at, const char *end)
{
    if (end - at < 4)
        return NULL;
    uint32_t code_point = 0;
    for (int i = 0; i < 4; i++) {
        int digit = bc_hex_value(at[i]);
        if (digit < 0 || (at[i] >= 'a' && at[i] <= 'f'))
            return NULL;
        code_point = code_point << 4 | (uint32_t)digit;
    }
    bool short_form = code_point < 0x20 && code_point && strchr("\b\t\n\f\r", (int)code_point);
    return bc_escaped_in_literal(code_point) && !short_form ? at + 4 : NULL;
}

static const char *walk_string(const char *at, const char *end)
{
    for (at++;;) {
        at = bc_literal_run(at, end);
        if (at == end)
            return NULL;
        if (*at == '"')
            return at + 1;
        if (*at != '\\' || end - at < 2)
            return NULL;
        if (at[1] == 'u')
            at = walk_numeric_escape(at + 2, end);
        else
            at = at[1] && strchr("btnfr\"\\", at[1]) ? at + 2 : NULL;
        if (!at)
            return NULL;
    }
}

static const char *walk_language(const char *at, const char *end)
{
    for (bool first = true;; first = false) {
        const char *part = ++at;
        while (at < end && ((*at >= 'a' && *at <= 'z') || (!first && bc_is_digit(*at))))
            at++;
        if (at == part || at - part > BC_SUBTAG_MAX)
            return NULL;
        if (at == end || *at != '-')
            return at;
        if (end - at > 1 && at[1] == '-')
            return bc_behind_direction(at, end);
    }
}

static const char *walk_datatype(const char *at, const char *end)
{
    if (end - at < 3 || at[1] != '^')
        return NULL;
    const char *iri = at + 2;
    at = walk_iri(iri, end);
    return at && !bc_is_silent_datatype(iri, (size_t)(at - iri)) ? at : NULL;
}

static const char *walk_simple_object(const char *at, const char *end)
{
    if (at == end || *at != '"')
        return walk_resource(at, end);
    at = walk_string(at, end);
    if (!at || at == end)
        return NULL;
    if (*at == '@')
        return walk_language(at, end);
    return *at == '^' ? walk_datatype(at, end) : at;
}

static bool opens_triple_term(const char *at, const char *end)
{
    return end - at >= 4 && !memcmp(at, BC_TRIPLE_TERM_OPEN, 4);
}

/* All that open come one behind the other, each with its subject and predicate. */
static const char *walk_triple_term(const char *at, const char *end)
{
    unsigned depth = 0;
    while (opens_triple_term(at, end)) {
        if (depth++ == BC_TRIPLE_TERM_DEPTH)
            return NULL;
        at = walk_resource(at + 4, end);
        if (!at || at == end || *at != ' ')
            return NULL;
        at = walk_iri(at + 1, end);
        if (!at || at == end || *at++ != ' ')
            return NULL;
    }
    at = walk_simple_object(at, end);
    for (; at && depth; depth--)
        at = end - at >= 4 && !memcmp(at, BC_TRIPLE_TERM_CLOSE, 4) ? at + 4 : NULL;
    return at;
}

static const char *walk_object(const char *at, const char *end)
{
    return opens_triple_term(at, end) ? walk_triple_term(at, end) : walk_simple_object(at, end);
}

/* The space behind a term, and the term's span. */
static const char *close_term(const char *start, const char *at, const char *end,
                              struct bc_slice *term)
{
    if (!at || at == end || *at != ' ')
        return NULL;
    *term = bc_slice(start, (size_t)(at - start));
    return at + 1;
}

const char *bc_canonical_walk(const char *at, const char *end, struct bc_statement *statement)
{
    at = close_term(at, walk_resource(at, end), end, &statement->subject);
    if (!at)
        return NULL;
    at = close_term(at, walk_iri(at, end), end, &statement->predicate);
    if (!at)
        return NULL;
    at = close_term(at, walk_object(at, end), end, &statement->object);
    if (!at || at == end)
        return NULL;
    statement->graph = bc_slice(at, 0);
    if (*at != '.') {
        at = close_term(at, walk_resource(at, end), end, &statement->graph);
        if (!at || at == end || *at != '.')
            return NULL;
    }
    return at + 1;
}

enum bc_status bc_statement_split(struct bc_slice line, struct bc_statement *statement)
{
    struct bc_statement found;
    const char *end = line.data + line.size;
    const char *stop = line.size ? bc_canonical_walk(line.data, end, &found) : NULL;
    if (!stop || (stop != end && (*stop != '\n' || stop + 1 != end)))
        return BC_SYNTAX;
    *statement = found;
    return BC_OK;
}
