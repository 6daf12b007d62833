/* Which predicates have at most one object a subject, for one merge: those that the store's
 * settings name, and those that the data of the merged trees declare. Inside of the model.
 *
 *   <p> rdf:type owl:FunctionalProperty .
 *   SHAPE sh:path <p> .  SHAPE sh:maxCount 1 .      (both in one file)
 *
 * Nothing is looked for before the first question. Then the trees' triple files are listed, and
 * those of up to BC_SCHEMA_BYTES are read once, folder by folder until they are BC_SCHEMA_ALL
 * together; what a version of a file declares is remembered until the store is closed, so that the
 * next merge reads only what changed. In larger files owl:FunctionalProperty is found with one
 * look-up a predicate, and shapes are not looked for. */
#ifndef BRANCHCORE_FUNCTIONAL_H
#define BRANCHCORE_FUNCTIONAL_H

#include "branchcore/merge.h"
#include "branchcore/model.h"

enum { BC_SCHEMA_BYTES = 16 << 20, BC_SCHEMA_ALL = 1 << 30 };

struct bc_functional;
/* The trees must stay as they are, and live as long. */
enum bc_status bc_functional_new(struct bc_branch *ours, struct bc_branch *theirs,
                                 struct bc_functional **functional);
/* predicate: with its <>. BC_CORRUPT, BC_IO. */
enum bc_status bc_functional_is(struct bc_functional *functional, struct bc_slice predicate,
                                bool *is);
void bc_functional_free(struct bc_functional *functional); /* NULL is allowed */

/* What is remembered of versions, for merge_seat.h. */
struct bc_functional_memory;
enum bc_status bc_functional_memory_new(struct bc_functional_memory **memory);
void bc_functional_memory_free(struct bc_functional_memory *memory); /* NULL is allowed */

#endif
