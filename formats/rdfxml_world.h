/* Inside formats/: raptor's worlds, each for one reader at a time.
 *
 * Freeing a world frees what libxml2 shares among all threads, so none is ever freed: they are kept
 * for the next readers, as many as there ever were at the same time. Any thread. */
#ifndef FORMATS_RDFXML_WORLD_H
#define FORMATS_RDFXML_WORLD_H

#include "branchcore/status.h"

#include <raptor2.h>

enum bc_status fmt_rdfxml_world_take(raptor_world **world);
void fmt_rdfxml_world_give(raptor_world *world);

#endif
