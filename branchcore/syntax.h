/* Which syntax a file's name says: ".nt" is N-Triples, ".nq" N-Quads; any other name is a plain
 * file's. */
#ifndef BRANCHCORE_SYNTAX_H
#define BRANCHCORE_SYNTAX_H

#include "branchcore/ntriples.h"

#include <stdbool.h>

/* False for a plain file's name, syntax untouched; a name that is nothing but the extension (".nt")
 * is plain. */
bool bc_syntax_of_name(struct bc_slice name, enum bc_syntax *syntax);

#endif
