/* Terms of canonical lines as JSON, in the form of "SPARQL 1.1 Query Results JSON Format" (W3C,
 * 2013): an object with "type" (uri, literal, bnode), "value" and, of literals that have them,
 * "xml:lang" or "datatype". */
#ifndef TOOLS_TERM_JSON_H
#define TOOLS_TERM_JSON_H

#include "tools/json.h"

json_t *tfs_term_json(struct bc_slice term);
/* Sets "subject", "predicate", "object" and, if it has one, "graph" of a canonical line. False: it
 * is none. */
bool tfs_statement_json(json_t *object, struct bc_slice line);

#endif
