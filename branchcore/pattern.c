#include "branchcore/pattern_read.h"

#include "branchcore/term_text.h"
#include "branchcore/triple_term.h"

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

/* A variable where it stands first. */
struct name {
    struct bc_slice text;
    unsigned char place;
    bool negated;
};

struct reading {
    struct bc_pattern_reader reader;
    struct bc_pattern *pattern;
    size_t clause_capacity;
    size_t value_capacity;
    size_t triple_capacity;
    struct bc_pattern_term terms[POSITIONS];
    size_t term_count;
    struct name names[BC_PATTERN_PLACES];
    size_t name_count;
    const char *start; /* of the pattern that is being read */
};

static const char *const position_names[] = {"subject", "predicate", "object", "graph"};

static void drop_terms(struct reading *reading)
{
    for (size_t i = 0; i < reading->term_count; i++)
        bc_pattern_term_release(&reading->terms[i]);
    reading->term_count = 0;
    reading->name_count = 0;
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

/* What the terms that are placed belong to: the statement, or a triple term. */
struct scope {
    struct bc_pattern_clause *clause;
    struct bc_pattern_test *tests;
    size_t *test_count;
    unsigned first_place; /* of its subject */
    bool negated;         /* it is within a triple term with '!' */
};

static struct scope scope_of(struct bc_pattern_clause *clause)
{
    return (struct scope){clause, clause->tests, &clause->test_count, 0, false};
}

static enum bc_status keep_test(struct reading *reading, struct bc_pattern_term *term,
                                enum bc_term position, const struct scope *scope)
{
    struct bc_pattern_test *test = &scope->tests[(*scope->test_count)++];
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
    const char *what = "a blank node";
    const char *instead = "it may be the subject, the object or the graph";
    if (term->kind == BC_PATTERN_LITERAL) {
        what = "a literal";
        instead = "? ? LITERAL asks for it as the object";
    } else if (term->kind == BC_PATTERN_TRIPLE) {
        what = "a triple term";
        instead = "? ? <<( s p o )>> asks for it as the object";
    }
    return bc_pattern_refuse(&reading->reader, term->spot, "%s cannot be the %s: %s", what,
                             position_names[position], instead);
}

/* The place must have the term that is where the name stood before. */
static enum bc_status place_name(struct reading *reading, const struct bc_pattern_term *term,
                                 unsigned place, const struct scope *scope)
{
    struct bc_pattern_clause *clause = scope->clause;
    const struct name *before = NULL;
    for (size_t i = 0; !before && i < reading->name_count; i++)
        before = bc_slice_equal(reading->names[i].text, term->name) ? &reading->names[i] : NULL;
    if (!before) {
        reading->names[reading->name_count++] =
            (struct name){term->name, (unsigned char)place, scope->negated};
    } else if (scope->negated || before->negated) {
        return bc_pattern_refuse(&reading->reader, term->spot,
                                 "a name in !<<( )>> cannot stand twice; leave the statements out "
                                 "with a pattern that begins with NOT");
    } else if (place < POSITIONS && before->place < POSITIONS) {
        clause->same[place] = before->place;
    } else {
        clause->pairs[clause->pair_count++] =
            (struct bc_pattern_pair){before->place, (unsigned char)place};
    }
    return BC_OK;
}

static enum bc_status place_variable(struct reading *reading, const struct bc_pattern_term *term,
                                     enum bc_term position, const struct scope *scope)
{
    if (term->negated && position == BC_GRAPH && term->kind == BC_PATTERN_ANYTHING) {
        scope->clause->graph = BC_GRAPH_NONE;
        return BC_OK;
    }
    if (term->negated)
        return bc_pattern_refuse(&reading->reader, term->spot,
                                 "'!' needs a term behind it; as the graph alone !* is known: "
                                 "statements without a graph");
    if (term->kind == BC_PATTERN_ANYTHING)
        return BC_OK;
    return place_name(reading, term, scope->first_place + (unsigned)position, scope);
}

static enum bc_status place_term(struct reading *reading, struct bc_pattern_term *term,
                                 enum bc_term position, const struct scope *scope);

/* Room for what is asked of a triple term's terms; the pattern's. */
static enum bc_status add_triple(struct reading *reading, struct bc_pattern_triple **triple)
{
    struct bc_pattern *pattern = reading->pattern;
    if (pattern->triple_count == reading->triple_capacity) {
        size_t capacity = reading->triple_capacity ? reading->triple_capacity * 2 : 4;
        struct bc_pattern_triple **triples =
            bc_realloc_array(pattern->triples, capacity, sizeof(struct bc_pattern_triple *));
        if (!triples)
            return BC_NO_MEMORY;
        pattern->triples = triples;
        reading->triple_capacity = capacity;
    }
    *triple = bc_alloc_zero(sizeof **triple);
    if (!*triple)
        return BC_NO_MEMORY;
    pattern->triples[pattern->triple_count++] = *triple;
    return BC_OK;
}

/* Appends what terms begin with that pass, as far as each term of it is known up to its end;
 * *whole: that is all of the term. */
static enum bc_status append_known(const struct bc_pattern_triple *triple, struct bc_buffer *value,
                                   bool *whole)
{
    unsigned known = 0;
    enum bc_status st = bc_buffer_append(value, BC_TRIPLE_TERM_OPEN, 4);
    for (; !st && known < triple->test_count; known++) {
        const struct bc_pattern_test *test = &triple->tests[known];
        if (test->test.term != (enum bc_term)known || test->negated ||
            test->test.kind != BC_TEST_EQUAL)
            break;
        st = bc_buffer_append(value, test->test.value.data, test->test.value.size);
        if (!st)
            st = bc_buffer_append(value, known == BC_OBJECT ? BC_TRIPLE_TERM_CLOSE : " ",
                                  known == BC_OBJECT ? 4 : 1);
    }
    *whole = known > BC_OBJECT;
    return st;
}

static enum bc_status place_triple(struct reading *reading, struct bc_pattern_term *term,
                                   const struct scope *scope)
{
    struct bc_pattern_triple *triple = NULL;
    struct bc_buffer value = {0};
    bool whole = false;
    enum bc_status st = add_triple(reading, &triple);
    if (st)
        return st;
    struct scope inner = {
        .clause = scope->clause,
        .tests = triple->tests,
        .test_count = &triple->test_count,
        .first_place = scope->first_place ? scope->first_place + 3 : POSITIONS,
        .negated = scope->negated || term->negated,
    };
    for (unsigned i = 0; !st && i < term->inner_count; i++)
        st = place_term(reading, &term->inner[i], (enum bc_term)i, &inner);
    if (!st)
        st = append_known(triple, &value, &whole);
    struct bc_pattern_test test = {
        .test = {.term = BC_OBJECT, .kind = whole ? BC_TEST_EQUAL : BC_TEST_PREFIX},
        .negated = term->negated,
        .triple = whole ? NULL : triple,
    };
    if (!st)
        st = keep_value(reading, &value, &test.test.value);
    if (!st)
        scope->tests[(*scope->test_count)++] = test;
    bc_buffer_release(&value);
    return st;
}

static enum bc_status place_term(struct reading *reading, struct bc_pattern_term *term,
                                 enum bc_term position, const struct scope *scope)
{
    if (position == BC_GRAPH)
        scope->clause->graph = BC_GRAPH_NAMED;
    switch (term->kind) {
    case BC_PATTERN_ANYTHING:
    case BC_PATTERN_VARIABLE:
        return place_variable(reading, term, position, scope);
    case BC_PATTERN_A:
        if (position != BC_PREDICATE)
            return bc_pattern_refuse(&reading->reader, term->spot,
                                     "'a' stands for rdf:type, as the predicate alone");
        term->test = BC_TEST_EQUAL;
        enum bc_status st = bc_buffer_append(&term->value, RDF_TYPE, sizeof RDF_TYPE - 1);
        return st ? st : keep_test(reading, term, position, scope);
    case BC_PATTERN_TRIPLE:
        return position == BC_OBJECT ? place_triple(reading, term, scope)
                                     : refuse_position(reading, term, position);
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
    return keep_test(reading, term, position, scope);
}

static const struct bc_pattern_clause everything = {.same = {0, 1, 2, 3}};

/* ~"part" alone: in any term, so a pattern for each; !~"part" alone: in none. */
static enum bc_status place_anywhere(struct reading *reading, bool excludes)
{
    struct bc_pattern_term *term = &reading->terms[0];
    struct bc_pattern_clause clause = everything;
    struct scope scope = scope_of(&clause);
    bool negated = term->negated;
    enum bc_status st = keep_test(reading, term, BC_SUBJECT, &scope);
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
    struct scope scope = scope_of(&clause);
    enum bc_status st = BC_OK;
    enum bc_pattern_kind alone =
        reading->term_count == 1 ? reading->terms[0].kind : BC_PATTERN_ANYTHING;
    clause.excludes = excludes;
    if (alone == BC_PATTERN_TEXT)
        return place_anywhere(reading, excludes);
    if (alone == BC_PATTERN_LITERAL || alone == BC_PATTERN_TRIPLE) {
        st = place_term(reading, &reading->terms[0], BC_OBJECT, &scope);
        return st ? st : add_clause(reading, &clause);
    }
    for (unsigned i = 0; !st && i < reading->term_count; i++)
        st = place_term(reading, &reading->terms[i], (enum bc_term)i, &scope);
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

enum bc_status bc_pattern_parse(struct bc_slice text, const struct bc_prefixes *prefixes,
                                struct bc_pattern **pattern, struct bc_error *err)
{
    if (text.size > BC_PATTERN_BYTES_MAX)
        return bc_fail(err, BC_TOO_LARGE, "patterns are at most 1 MiB of text");
    struct bc_pattern *made = bc_alloc_zero(sizeof *made);
    if (!made)
        return BC_NO_MEMORY;
    const char *start = text.data ? text.data : "";
    struct reading reading = {
        .reader =
            {.start = start, .at = start, .end = start + text.size, .given = prefixes, .err = err},
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
    for (size_t i = 0; i < pattern->triple_count; i++)
        bc_free(pattern->triples[i]);
    bc_free(pattern->triples);
    bc_free(pattern->values);
    bc_free(pattern->clauses);
    bc_free(pattern);
}
