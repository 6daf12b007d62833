/* The formats that people have, for the port of branchcore/syntax.h: Turtle and TriG (RDF 1.1 and
 * 1.2), RDF/XML. Immutable; any thread. */
#ifndef FORMATS_FORMATS_H
#define FORMATS_FORMATS_H

#include "branchcore/syntax.h"

const struct bc_formats *fmt_formats(void);

#endif
