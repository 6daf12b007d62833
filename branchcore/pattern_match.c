#include "branchcore/pattern_match.h"

#include "branchcore/scalar.h"
#include "branchcore/triple_term.h"

#include <string.h>

/* The text within a term that is no triple term: an IRI's without <>, a literal's alone, a blank
 * node's label. */
static struct bc_slice text_of(struct bc_slice term)
{
    if (term.size < 2)
        return bc_slice(term.data, 0);
    switch (term.data[0]) {
    case '_':
        return bc_slice(term.data + 2, term.size - 2);
    case '"': {
        /* Nothing that may stand behind a literal's text has a '"' in it. */
        const char *close = memrchr(term.data, '"', term.size);
        return bc_slice(term.data + 1, (size_t)(close - term.data) - 1);
    }
    default:
        return bc_slice(term.data + 1, term.size - 2);
    }
}

/* Whether a character begins at `at`: no escape goes over it. */
static bool is_boundary(struct bc_slice text, const char *at)
{
    const char *slash = text.size ? memchr(text.data, '\\', text.size) : NULL;
    while (slash && slash < at) {
        const char *next = slash + (slash[1] == 'u' ? 6 : 2);
        if (next > at)
            return false;
        slash = memchr(next, '\\', (size_t)(text.data + text.size - next));
    }
    return true;
}

/* part is spelled as within a canonical literal; an escape is one character. */
static bool simple_text_has(struct bc_slice term, struct bc_slice part)
{
    struct bc_slice text = text_of(term);
    const char *at = text.data;
    const char *end = text.data + text.size;
    while ((size_t)(end - at) >= part.size &&
           (at = memmem(at, (size_t)(end - at), part.data, part.size))) {
        if (term.data[0] != '"' || is_boundary(text, at))
            return true;
        at++;
    }
    return false;
}

static bool text_has(struct bc_slice term, struct bc_slice part)
{
    struct bc_slice simple;
    bool has = !part.size;
    while (!has && bc_term_part(&term, &simple))
        has = simple_text_has(simple, part);
    return has;
}

static bool passes(const struct bc_pattern_test *test, struct bc_slice term)
{
    return (bc_scalar_passes(term, &test->test) && bc_pattern_has_more(test, term)) !=
           test->negated;
}

static struct bc_slice term_of(const struct bc_statement *terms, enum bc_term term)
{
    switch (term) {
    case BC_SUBJECT:
        return terms->subject;
    case BC_PREDICATE:
        return terms->predicate;
    case BC_OBJECT:
        return terms->object;
    case BC_GRAPH:
        break;
    }
    return terms->graph;
}

/* As deep as patterns nest. */
static bool triple_passes(const struct bc_pattern_triple *triple, struct bc_slice term)
{
    struct bc_statement terms;
    bc_triple_term_split(term, &terms);
    for (size_t i = 0; i < triple->test_count; i++) {
        const struct bc_pattern_test *test = &triple->tests[i];
        if (!passes(test, term_of(&terms, test->test.term)))
            return false;
    }
    return true;
}

bool bc_pattern_has_more(const struct bc_pattern_test *test, struct bc_slice term)
{
    if (test->in_text)
        return term.size && text_has(term, test->test.value);
    return !test->triple || (bc_is_triple_term(term) && triple_passes(test->triple, term));
}

/* The term at a place; empty: there is none. */
static struct bc_slice term_at(const char *text, const struct bc_spans *spans, unsigned place)
{
    if (place < 4)
        return bc_spans_term(text, spans, (enum bc_term)place);
    struct bc_statement terms = {.object = bc_spans_term(text, spans, BC_OBJECT)};
    for (place -= 4;; place -= 3) {
        if (!bc_is_triple_term(terms.object))
            return bc_slice(text, 0);
        bc_triple_term_split(terms.object, &terms);
        if (place < 3)
            return term_of(&terms, (enum bc_term)place);
    }
}

bool bc_pattern_clause_fits(const struct bc_pattern_clause *clause, const char *text,
                            const struct bc_spans *spans)
{
    if (clause->graph != BC_GRAPH_EITHER && (clause->graph == BC_GRAPH_NAMED) != (spans->graph > 0))
        return false;
    for (unsigned i = BC_PREDICATE; i <= BC_GRAPH; i++) {
        if (clause->same[i] != i &&
            !bc_slice_equal(bc_spans_term(text, spans, (enum bc_term)i),
                            bc_spans_term(text, spans, (enum bc_term)clause->same[i])))
            return false;
    }
    for (size_t i = 0; i < clause->pair_count; i++) {
        struct bc_slice first = term_at(text, spans, clause->pairs[i].first);
        if (!first.size || !bc_slice_equal(first, term_at(text, spans, clause->pairs[i].again)))
            return false;
    }
    return true;
}

bool bc_pattern_clause_matches(const struct bc_pattern_clause *clause, const char *text,
                               const struct bc_spans *spans)
{
    for (size_t i = 0; i < clause->test_count; i++) {
        const struct bc_pattern_test *test = &clause->tests[i];
        if (!passes(test, bc_spans_term(text, spans, test->test.term)))
            return false;
    }
    return bc_pattern_clause_fits(clause, text, spans);
}

bool bc_pattern_matches(const struct bc_pattern *pattern, const char *text,
                        const struct bc_spans *spans)
{
    bool matches = !pattern->including;
    size_t i = 0;
    for (; !matches && i < pattern->including; i++)
        matches = bc_pattern_clause_matches(&pattern->clauses[i], text, spans);
    for (i = pattern->including; matches && i < pattern->count; i++)
        matches = !bc_pattern_clause_matches(&pattern->clauses[i], text, spans);
    return matches;
}
