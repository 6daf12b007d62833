/* Inside branchcore: telling apart blank nodes whose first hash is the same ("Hash N-Degree Quads",
 * section 4.8 of RDFC-1.0): by the shortest-looking way, among all orders of those that look alike,
 * to walk on from one to the next.
 *
 * The text says this as a recursion that copies the identifiers issued on the way. Here the frames
 * are on a stack of their own, and what one way issued is taken back for the next. */
#ifndef BRANCHCORE_CANON_PATHS_H
#define BRANCHCORE_CANON_PATHS_H

#include "branchcore/canon_hash.h"

/* Identifiers that are issued one after the other: node numbers in their order, and of each node
 * its place in it and 1; 0: none. */
struct bc_canon_issuer {
    uint32_t *order;
    uint32_t *places; /* of all nodes */
    size_t count;
};

enum bc_status bc_canon_issuer_init(struct bc_canon_issuer *issuer, size_t node_count);
void bc_canon_issuer_release(struct bc_canon_issuer *issuer);
static inline void bc_canon_issue(struct bc_canon_issuer *issuer, uint32_t node)
{
    if (issuer->places[node])
        return;
    issuer->order[issuer->count++] = node;
    issuer->places[node] = (uint32_t)issuer->count;
}
/* Back to the first `count`. */
void bc_canon_issuer_cut(struct bc_canon_issuer *issuer, size_t count);

struct bc_canon_frame;

struct bc_canon_paths {
    /* The caller's. */
    const struct bc_canon_graph *graph;
    struct bc_canon_hasher *hasher;
    const struct bc_canon_digest *first; /* of each node */
    const uint32_t *twins;               /* of each node the number of what is said of it */
    const struct bc_canon_issuer *canonical;
    uint64_t limit;
    const atomic_bool *stop;

    uint64_t steps;                /* so far, for all calls */
    struct bc_canon_issuer issuer; /* after a call: what the way issued, the node first */
    struct bc_buffer message;
    struct bc_canon_frame *frames;
    size_t depth;
    size_t capacity;
};

/* After the caller's fields were set, and all others to zero. */
enum bc_status bc_canon_paths_init(struct bc_canon_paths *paths);
void bc_canon_paths_release(struct bc_canon_paths *paths);
/* The hash of a node's best way. BC_TOO_LARGE: the limit is reached; BC_CANCELLED. */
enum bc_status bc_canon_paths_hash(struct bc_canon_paths *paths, uint32_t node,
                                   struct bc_canon_digest *digest);

#endif
