/* Whether two sets of canonical lines say the same but for the labels of their blank nodes. By
 * colours: a node's is a hash of the statements that it is in, with the colours of the nodes beside
 * it, refined until they settle; where several nodes have one colour, each choice is tried. For the
 * small sets of tests. */
#ifndef TESTS_ISOMORPHISM_H
#define TESTS_ISOMORPHISM_H

#include "branchcore/memory.h"

#include <stdbool.h>

/* Lines may come several times and in any order. */
bool same_but_for_labels(struct bc_slice a, struct bc_slice b);

#endif
