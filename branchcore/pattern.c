#include "branchcore/pattern_read.h"

#include "branchcore/term_text.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define RDF_TYPE "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"

/* The reader. */

/* Characters from one place to another. */
static size_t characters(const char *from, const char *to)
{
    size_t count = 0;
    for (; from < to; from++)
        count += !bc_utf8_continues(*from);
    return count;
}

enum bc_status bc_pattern_refuse(const struct bc_pattern_reader *reader, const char *spot,
                                 const char *format, ...)
{
    char reason[400];
    char where[48] = "";
    size_t line = 1;
    const char *line_start = reader->start;
    for (const char *at = reader->start; at < spot; at++) {
        if (*at == '\n') {
            line++;
            line_start = at + 1;
        }
    }
    /* A final line end alone makes no second line. */
    const char *newline = reader->start < reader->end
                              ? memchr(reader->start, '\n', (size_t)(reader->end - reader->start))
                              : NULL;
    if (newline && newline + 1 < reader->end)
        (void)snprintf(where, sizeof where, "line %zu, ", line);
    va_list args;
    va_start(args, format);
    (void)vsnprintf(reason, sizeof reason, format, args);
    va_end(args);
    return bc_fail(reader->err, BC_SYNTAX, "%scolumn %zu: %s", where,
                   1 + characters(line_start, spot), reason);
}

void bc_pattern_skip(struct bc_pattern_reader *reader, bool lines)
{
    while (reader->at < reader->end) {
        char byte = *reader->at;
        if (byte == '#') {
            while (reader->at < reader->end && *reader->at != '\n')
                reader->at++;
        } else if (byte == ' ' || byte == '\t' || byte == '\r' || (lines && byte == '\n')) {
            reader->at++;
        } else {
            return;
        }
    }
}

static bool at_blank(const struct bc_pattern_reader *reader, size_t ahead)
{
    return (size_t)(reader->end - reader->at) <= ahead || strchr(" \t\r\n", reader->at[ahead]);
}

bool bc_pattern_take_word(struct bc_pattern_reader *reader, const char *word)
{
    size_t size = strlen(word);
    if ((size_t)(reader->end - reader->at) < size || strncasecmp(reader->at, word, size) != 0 ||
        !at_blank(reader, size))
        return false;
    reader->at += size;
    return true;
}

/* One pattern. */

enum { POSITIONS = 4 };

struct reading {
    struct bc_pattern_reader reader;
    struct bc_pattern *pattern;
    size_t clause_capacity;
    size_t value_capacity;
    struct bc_pattern_term terms[POSITIONS];
    size_t term_count;
    const char *start; /* of the pattern that is being read */
};

static const char *const position_names[] = {"subject", "predicate", "object", "graph"};

static void drop_terms(struct reading *reading)
{
    for (size_t i = 0; i < reading->term_count; i++)
        bc_buffer_release(&reading->terms[i].value);
    reading->term_count = 0;
}

static enum bc_status add_clause(struct reading *reading, const struct bc_pattern_clause *clause)
{
    struct bc_pattern *pattern = reading->pattern;
    if (pattern->count == BC_PATTERN_CLAUSES_MAX)
        return bc_fail(reading->reader.err, BC_TOO_LARGE, "there are more than %d patterns",
                       BC_PATTERN_CLAUSES_MAX);
    if (pattern->count == reading->clause_capacity) {
        size_t capacity = reading->clause_capacity ? reading->clause_capacity * 2 : 4;
        struct bc_pattern_clause *clauses =
            bc_realloc_array(pattern->clauses, capacity, sizeof *clauses);
        if (!clauses)
            return BC_NO_MEMORY;
        pattern->clauses = clauses;
        reading->clause_capacity = capacity;
    }
    pattern->clauses[pattern->count++] = *clause;
    return BC_OK;
}

/* The pattern owns the value from now on; *slice is it. */
static enum bc_status keep_value(struct reading *reading, struct bc_buffer *value,
                                 struct bc_slice *slice)
{
    struct bc_pattern *pattern = reading->pattern;
    if (pattern->value_count == reading->value_capacity) {
        size_t capacity = reading->value_capacity ? reading->value_capacity * 2 : 8;
        struct bc_buffer *values = bc_realloc_array(pattern->values, capacity, sizeof *values);
        if (!values)
            return BC_NO_MEMORY;
        pattern->values = values;
        reading->value_capacity = capacity;
    }
    pattern->values[pattern->value_count++] = *value;
    *slice = bc_slice(value->data ? value->data : "", value->size);
    *value = (struct bc_buffer){0};
    return BC_OK;
}

static enum bc_status keep_test(struct reading *reading, struct bc_pattern_term *term,
                                enum bc_term position, struct bc_pattern_clause *clause)
{
    struct bc_pattern_test *test = &clause->tests[clause->test_count++];
    *test = (struct bc_pattern_test){
        .test = {.term = position, .kind = term->test},
        .negated = term->negated,
        .in_text = term->kind == BC_PATTERN_TEXT,
    };
    return keep_value(reading, &term->value, &test->test.value);
}

/* What stands at a position where it cannot be. */
static enum bc_status refuse_position(struct reading *reading, const struct bc_pattern_term *term,
                                      enum bc_term position)
{
    const char *what = term->kind == BC_PATTERN_LITERAL ? "a literal" : "a blank node";
    const char *instead = term->kind == BC_PATTERN_LITERAL
                              ? "? ? LITERAL asks for it as the object"
                              : "it may be the subject, the object or the graph";
    return bc_pattern_refuse(&reading->reader, term->spot, "%s cannot be the %s: %s", what,
                             position_names[position], instead);
}

static enum bc_status place_variable(struct reading *reading, const struct bc_pattern_term *term,
                                     enum bc_term position, struct bc_pattern_clause *clause)
{
    if (term->negated && position == BC_GRAPH && term->kind == BC_PATTERN_ANYTHING) {
        clause->graph = BC_GRAPH_NONE;
        return BC_OK;
    }
    if (term->negated)
        return bc_pattern_refuse(&reading->reader, term->spot,
                                 "'!' needs a term behind it; as the graph alone !* is known: "
                                 "statements without a graph");
    for (unsigned i = 0; term->kind == BC_PATTERN_VARIABLE && i < (unsigned)position; i++) {
        const struct bc_pattern_term *before = &reading->terms[i];
        if (before->kind == BC_PATTERN_VARIABLE && bc_slice_equal(before->name, term->name)) {
            clause->same[position] = (unsigned char)i;
            break;
        }
    }
    return BC_OK;
}

static enum bc_status place_term(struct reading *reading, struct bc_pattern_term *term,
                                 enum bc_term position, struct bc_pattern_clause *clause)
{
    if (position == BC_GRAPH)
        clause->graph = BC_GRAPH_NAMED;
    switch (term->kind) {
    case BC_PATTERN_ANYTHING:
    case BC_PATTERN_VARIABLE:
        return place_variable(reading, term, position, clause);
    case BC_PATTERN_A:
        if (position != BC_PREDICATE)
            return bc_pattern_refuse(&reading->reader, term->spot,
                                     "'a' stands for rdf:type, as the predicate alone");
        term->test = BC_TEST_EQUAL;
        enum bc_status st = bc_buffer_append(&term->value, RDF_TYPE, sizeof RDF_TYPE - 1);
        return st ? st : keep_test(reading, term, position, clause);
    case BC_PATTERN_LITERAL:
        if (position != BC_OBJECT)
            return refuse_position(reading, term, position);
        break;
    case BC_PATTERN_BLANK:
        if (position == BC_PREDICATE)
            return refuse_position(reading, term, position);
        break;
    case BC_PATTERN_IRI:
    case BC_PATTERN_TEXT:
        break;
    }
    return keep_test(reading, term, position, clause);
}

static const struct bc_pattern_clause everything = {.same = {0, 1, 2, 3}};

/* ~"part" alone: in any term, so a pattern for each; !~"part" alone: in none. */
static enum bc_status place_anywhere(struct reading *reading, bool excludes)
{
    struct bc_pattern_term *term = &reading->terms[0];
    struct bc_pattern_clause clause = everything;
    bool negated = term->negated;
    enum bc_status st = keep_test(reading, term, BC_SUBJECT, &clause);
    clause.excludes = excludes;
    for (unsigned i = 1; !st && i < POSITIONS; i++) {
        if (negated) {
            clause.tests[i] = clause.tests[0];
            clause.tests[i].test.term = (enum bc_term)i;
            clause.test_count = i + 1;
        } else {
            st = add_clause(reading, &clause);
            clause.tests[0].test.term = (enum bc_term)i;
        }
    }
    return st ? st : add_clause(reading, &clause);
}

static enum bc_status place_terms(struct reading *reading, bool excludes)
{
    struct bc_pattern_clause clause = everything;
    enum bc_status st = BC_OK;
    clause.excludes = excludes;
    if (reading->term_count == 1 && reading->terms[0].kind == BC_PATTERN_TEXT)
        return place_anywhere(reading, excludes);
    if (reading->term_count == 1 && reading->terms[0].kind == BC_PATTERN_LITERAL) {
        st = place_term(reading, &reading->terms[0], BC_OBJECT, &clause);
        return st ? st : add_clause(reading, &clause);
    }
    for (unsigned i = 0; !st && i < reading->term_count; i++)
        st = place_term(reading, &reading->terms[i], (enum bc_term)i, &clause);
    return st ? st : add_clause(reading, &clause);
}

/* At the end of a pattern. */
static bool at_end(struct bc_pattern_reader *reader)
{
    bc_pattern_skip(reader, false);
    return bc_pattern_peek(reader) == '\n' || bc_pattern_peek(reader) == '|';
}

static enum bc_status read_terms(struct reading *reading)
{
    struct bc_pattern_reader *reader = &reading->reader;
    while (!at_end(reader)) {
        if (*reader->at == '.' && (at_blank(reader, 1) || reader->at[1] == '|')) {
            reader->at++;
            if (!reading->term_count || at_end(reader))
                break;
            return bc_pattern_refuse(reader, reader->at,
                                     "the pattern ended with '.'; write the next one on a line of "
                                     "its own, or behind '|'");
        }
        if (reading->term_count == POSITIONS)
            return bc_pattern_refuse(reader, reader->at,
                                     "a pattern has at most four terms: SUBJECT PREDICATE OBJECT "
                                     "GRAPH");
        enum bc_status st = bc_pattern_read_term(reader, &reading->terms[reading->term_count]);
        if (st)
            return st;
        reading->term_count++;
    }
    if (!reading->term_count)
        return bc_pattern_refuse(reader, reading->start,
                                 "there is a pattern without terms; ? ? ? means everything");
    return BC_OK;
}

static enum bc_status read_pattern(struct reading *reading)
{
    struct bc_pattern_reader *reader = &reading->reader;
    bool excludes = false;
    reading->start = reader->at;
    if (bc_pattern_take_word(reader, "NOT")) {
        excludes = true;
    } else if (*reader->at == '!' && at_blank(reader, 1)) {
        excludes = true;
        reader->at++;
    }
    enum bc_status st = read_terms(reading);
    if (!st)
        st = place_terms(reading, excludes);
    drop_terms(reading);
    return st;
}

static enum bc_status read_patterns(struct reading *reading)
{
    struct bc_pattern_reader *reader = &reading->reader;
    enum bc_status st = BC_OK;
    bool open = false; /* a '|' stands before the cursor */
    while (!st) {
        st = bc_pattern_read_prefixes(reader);
        if (st || reader->at == reader->end)
            break;
        st = read_pattern(reading);
        open = !st && bc_pattern_peek(reader) == '|';
        reader->at += open;
    }
    if (!st && open)
        st = bc_pattern_refuse(reader, reader->end - 1, "a pattern must follow '|'");
    return st;
}

/* Those that include come first; their order among each other does not matter but for people. */
static void sort_clauses(struct bc_pattern *pattern)
{
    for (size_t i = 0; i < pattern->count; i++) {
        struct bc_pattern_clause clause = pattern->clauses[i];
        if (clause.excludes)
            continue;
        memmove(&pattern->clauses[pattern->including + 1], &pattern->clauses[pattern->including],
                (i - pattern->including) * sizeof clause);
        pattern->clauses[pattern->including++] = clause;
    }
}

enum bc_status bc_pattern_parse(struct bc_slice text, struct bc_pattern **pattern,
                                struct bc_error *err)
{
    if (text.size > BC_PATTERN_BYTES_MAX)
        return bc_fail(err, BC_TOO_LARGE, "patterns are at most 1 MiB of text");
    struct bc_pattern *made = bc_alloc_zero(sizeof *made);
    if (!made)
        return BC_NO_MEMORY;
    const char *start = text.data ? text.data : "";
    struct reading reading = {
        .reader = {.start = start, .at = start, .end = start + text.size, .err = err},
        .pattern = made,
    };
    enum bc_status st = read_patterns(&reading);
    bc_pattern_reader_release(&reading.reader);
    if (st) {
        bc_pattern_free(made);
        return st;
    }
    sort_clauses(made);
    *pattern = made;
    return BC_OK;
}

void bc_pattern_free(struct bc_pattern *pattern)
{
    if (!pattern)
        return;
    for (size_t i = 0; i < pattern->value_count; i++)
        bc_buffer_release(&pattern->values[i]);
    bc_free(pattern->values);
    bc_free(pattern->clauses);
    bc_free(pattern);
}
