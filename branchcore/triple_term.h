/* Triple terms (RDF 1.2 Concepts, section 3.6): objects that are triples themselves, in canonical
 * text <<( s p o )>>. Only the object of a triple term can be a triple term again, so however deep
 * they nest, what opens them comes first and what closes them last: nothing here recurses.
 *
 * Terms are those of canonical lines (ntriples.h), which were checked: what is no such term gives
 * any slices of it, yet nothing outside of it. */
#ifndef BRANCHCORE_TRIPLE_TERM_H
#define BRANCHCORE_TRIPLE_TERM_H

#include "branchcore/ntriples.h"

#include <string.h>

#define BC_TRIPLE_TERM_OPEN  "<<( "
#define BC_TRIPLE_TERM_CLOSE " )>>"

/* What begins with '<' is an IRI otherwise. */
static inline bool bc_is_triple_term(struct bc_slice term)
{
    return term.size > 8 && !memcmp(term.data, BC_TRIPLE_TERM_OPEN, 4);
}

/* The terms of a triple term, of which the object may be one; graph is empty. */
void bc_triple_term_split(struct bc_slice term, struct bc_statement *terms);

/* Steps through the IRIs, blank nodes and literals that a term is made of, in their order: those of
 * a triple term and of all triple terms in it, or the term itself. *rest is the whole term at
 * first. False: there are no more. */
bool bc_term_part(struct bc_slice *rest, struct bc_slice *part);

/* Behind the closing quote of a string that starts with its quote at `at`; end if there is none. */
const char *bc_behind_string(const char *at, const char *end);

#endif
