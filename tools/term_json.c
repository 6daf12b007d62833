#include "tools/term_json.h"

#include "branchcore/triple_term.h"
#include "branchcore/utf8.h"

#include <stdlib.h>
#include <string.h>

static int hex_value(char digit)
{
    return digit <= '9' ? digit - '0' : digit - 'A' + 10;
}

/* A canonical escape at `at`, behind its backslash: writes what it stands for and returns its
 * bytes. */
static size_t decode_escape(const char *at, char *to, size_t *written)
{
    static const char letters[] = "btnfr\"\\";
    static const char values[] = "\b\t\n\f\r\"\\";
    const char *found = strchr(letters, *at);
    if (found) {
        to[0] = values[found - letters];
        *written = 1;
        return 1;
    }
    uint32_t value = 0;
    for (int i = 1; i <= 4; i++)
        value = value << 4 | (uint32_t)hex_value(at[i]);
    *written = bc_utf8_encode(value, to);
    return 5;
}

/* The text of a literal, from behind its first quote on; *end is at the closing one. A text that
 * memory does not suffice for ends the process, as JSON does. */
static json_t *literal_text(struct bc_slice literal, const char **end)
{
    struct bc_buffer text = {0};
    const char *at = literal.data + 1;
    if (bc_buffer_reserve(&text, literal.size))
        abort();
    while (*at != '"') {
        size_t size = 1;
        if (*at == '\\')
            at += 1 + decode_escape(at + 1, text.data + text.size, &size);
        else
            text.data[text.size] = *at++;
        text.size += size;
    }
    json_t *value = tfs_json_text(bc_buffer_slice(&text));
    bc_buffer_release(&text);
    *end = at;
    return value;
}

/* A tag, with "--" and a direction behind it or not. */
static void set_language(json_t *object, struct bc_slice tag)
{
    const char *dashes = memmem(tag.data, tag.size, "--", 2);
    size_t size = dashes ? (size_t)(dashes - tag.data) : tag.size;
    tfs_json_set_text(object, "xml:lang", bc_slice(tag.data, size));
    if (dashes)
        tfs_json_set_text(object, "its:dir", bc_slice(dashes + 2, tag.size - size - 2));
}

static void set_literal(json_t *object, struct bc_slice term)
{
    const char *end = term.data + term.size;
    const char *quote;
    tfs_json_set(object, "type", tfs_json_string("literal"));
    tfs_json_set(object, "value", literal_text(term, &quote));
    const char *rest = quote + 1;
    if (rest < end && *rest == '@')
        set_language(object, bc_slice(rest + 1, (size_t)(end - rest - 1)));
    else if (rest < end)
        tfs_json_set_text(object, "datatype", bc_slice(rest + 3, (size_t)(end - rest - 4)));
}

/* Deep at most as triple terms nest. */
static void set_triple(json_t *object, struct bc_slice term)
{
    struct bc_statement terms;
    json_t *value = tfs_json_object();
    bc_triple_term_split(term, &terms);
    tfs_json_set(value, "subject", tfs_term_json(terms.subject));
    tfs_json_set(value, "predicate", tfs_term_json(terms.predicate));
    tfs_json_set(value, "object", tfs_term_json(terms.object));
    tfs_json_set(object, "type", tfs_json_string("triple"));
    tfs_json_set(object, "value", value);
}

json_t *tfs_term_json(struct bc_slice term)
{
    json_t *object = tfs_json_object();
    if (bc_is_triple_term(term)) {
        set_triple(object, term);
        return object;
    }
    switch (term.data[0]) {
    case '<':
        tfs_json_set(object, "type", tfs_json_string("uri"));
        tfs_json_set_text(object, "value", bc_slice(term.data + 1, term.size - 2));
        break;
    case '"':
        set_literal(object, term);
        break;
    default:
        tfs_json_set(object, "type", tfs_json_string("bnode"));
        tfs_json_set_text(object, "value", bc_slice(term.data + 2, term.size - 2));
    }
    return object;
}

bool tfs_statement_json(json_t *object, struct bc_slice line)
{
    struct bc_statement statement;
    if (bc_statement_split(line, &statement))
        return false;
    tfs_json_set(object, "subject", tfs_term_json(statement.subject));
    tfs_json_set(object, "predicate", tfs_term_json(statement.predicate));
    tfs_json_set(object, "object", tfs_term_json(statement.object));
    if (statement.graph.size)
        tfs_json_set(object, "graph", tfs_term_json(statement.graph));
    return true;
}
