/* Slots: all statements of a text with one subject and predicate (and graph). What a merge settles
 * at once. Nothing here allocates or fails.
 *
 * Lines of one subject and predicate lie side by side in a sorted text: they begin with the same
 * bytes, the subject, a space, the predicate and a space, which no other line begins with. The
 * graph comes last in a line, so a slot's lines may lie among those of the same subject and
 * predicate with other graphs. */
#ifndef BRANCHCORE_SLOT_H
#define BRANCHCORE_SLOT_H

#include "branchcore/memory.h"

/* Of a canonical line, with or without '\n': subject and predicate, each with the space behind it.
 */
struct bc_slice bc_slot_prefix(struct bc_slice line);
/* Of such a prefix. */
struct bc_slice bc_slot_predicate(struct bc_slice prefix);
/* The graph of a canonical line; empty: it has none. */
struct bc_slice bc_slot_graph(struct bc_slice line);

static inline bool bc_slot_begins(struct bc_slice line, struct bc_slice prefix)
{
    return line.size >= prefix.size && !__builtin_memcmp(line.data, prefix.data, prefix.size);
}

#endif
