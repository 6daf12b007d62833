/* What differs between two files, whatever their blank nodes are called. */
#ifndef TOOLS_DIFF_ISOMORPHIC_H
#define TOOLS_DIFF_ISOMORPHIC_H

#include "tools/canon_file.h"

/* Prints how the canonical form of the first file becomes that of the second one, as rows of RDF
 * Patch; nothing, if the two are isomorphic. */
int tfs_diff_isomorphic(const char *past, const char *now, const struct tfs_canon_choice *choice,
                        bool colours);

#endif
