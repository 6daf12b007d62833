/* Terms of canonical lines as JSON, in the form of "SPARQL 1.2 Query Results JSON Format"
 * (https://www.w3.org/TR/sparql12-results-json/): an object with "type" (uri, literal, bnode,
 * triple), "value" and, of literals that have them, "xml:lang", and "its:dir", or "datatype". The
 * value of a triple is an object with "subject", "predicate" and "object". */
#ifndef TOOLS_TERM_JSON_H
#define TOOLS_TERM_JSON_H

#include "tools/json.h"

json_t *tfs_term_json(struct bc_slice term);
/* Sets "subject", "predicate", "object" and, if it has one, "graph" of a canonical line. False: it
 * is none. */
bool tfs_statement_json(json_t *object, struct bc_slice line);

#endif
