/* Inside branchcore: a pattern's questions to one statement. */
#ifndef BRANCHCORE_PATTERN_MATCH_H
#define BRANCHCORE_PATTERN_MATCH_H

#include "branchcore/pattern.h"

/* Whether a test asks for more than its bc_term_test, and whether a term that passes that has it
 * all; `negated` is left to the caller. */
static inline bool bc_pattern_asks_more(const struct bc_pattern_test *test)
{
    return test->in_text || test->triple;
}
bool bc_pattern_has_more(const struct bc_pattern_test *test, struct bc_slice term);
/* Whether a clause asks how terms are to each other, or for a graph. */
static inline bool bc_pattern_asks_to_fit(const struct bc_pattern_clause *clause)
{
    return clause->graph != BC_GRAPH_EITHER || clause->same[1] != 1 || clause->same[2] != 2 ||
           clause->same[3] != 3 || clause->pair_count;
}
/* Whether the statement has a graph as the clause asks for, and equal terms where it does. */
bool bc_pattern_clause_fits(const struct bc_pattern_clause *clause, const char *text,
                            const struct bc_spans *spans);

#endif
