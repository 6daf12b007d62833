#include "branchcore/pattern_match.h"

#include "branchcore/scalar.h"

#include <string.h>

/* The text within a term. */
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

bool bc_term_text_has(struct bc_slice term, struct bc_slice part)
{
    struct bc_slice text = text_of(term);
    if (!part.size)
        return true;
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
    return true;
}

static bool passes(const struct bc_pattern_test *test, const char *text,
                   const struct bc_spans *spans)
{
    struct bc_slice term = bc_spans_term(text, spans, test->test.term);
    bool passed = test->in_text ? term.size && bc_term_text_has(term, test->test.value)
                                : bc_scalar_passes(term, &test->test);
    return passed != test->negated;
}

bool bc_pattern_clause_matches(const struct bc_pattern_clause *clause, const char *text,
                               const struct bc_spans *spans)
{
    for (size_t i = 0; i < clause->test_count; i++) {
        if (!passes(&clause->tests[i], text, spans))
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
