/* Inside branchcore: a pattern's questions to one statement. */
#ifndef BRANCHCORE_PATTERN_MATCH_H
#define BRANCHCORE_PATTERN_MATCH_H

#include "branchcore/pattern.h"

/* Whether the text of a term has `part` in it: an IRI's without <>, a literal's alone, a blank
 * node's label. part is spelled as within a canonical literal; an escape is one character. */
bool bc_term_text_has(struct bc_slice term, struct bc_slice part);
/* Whether the statement has a graph as the clause asks for, and equal terms where it does. */
bool bc_pattern_clause_fits(const struct bc_pattern_clause *clause, const char *text,
                            const struct bc_spans *spans);

#endif
