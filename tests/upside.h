/* A format for tests, behind the names Turtle, TriG and RDF/XML, so that what stands on the port of
 * branchcore/syntax.h is tested without the formats that people have.
 *
 * A text is lines of N-Triples (TriG: N-Quads) in descending order, below the prefixes:
 *
 *   @prefix ex: <http://ex/> .
 *   {ex:b} {ex:p} "v" .
 *   {ex:a} {ex:p} "v" .
 *
 * Read are lines in any order, "#" comments, <> as the base, and [] as a blank node that is named
 * by how many statements are in `before` ("_:b2"), or "_:added2" for an added text. RDF/XML cannot
 * say a predicate that ends in '!'. */
#ifndef TESTS_UPSIDE_H
#define TESTS_UPSIDE_H

#include "branchcore/syntax.h"

const struct bc_formats *upside_formats(void);
/* How often something was written since the last call. Thread-safe. */
unsigned upside_written(void);
/* Each writing takes so long. */
void upside_take_ms(unsigned milliseconds);

#endif
