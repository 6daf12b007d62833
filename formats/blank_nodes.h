/* Inside formats/: what a set says of its blank nodes, and which of them need no label where the
 * set is written down.
 *
 * A node is nested if it is the object of exactly one statement, appears nowhere else but as a
 * subject (not in a triple term, not as a graph's name), something is said of it, all its
 * statements have the graph of the one that mentions it, and following that leads to a node that is
 * not nested: so it is no part of a cycle. It is shown as "[ ... ]" in place of its label.
 *
 * A cell is a nested node with exactly two statements, an rdf:first and an rdf:rest; a list is a
 * chain of cells by rdf:rest that ends in rdf:nil: shown as "( ... )".
 *
 * What is said of blank nodes is held in memory, so nodes are nested only in sets whose statements
 * with a blank subject have at most FMT_NESTED_MAX bytes altogether; in others, none is. This is a
 * property of the set alone, like all else here. */
#ifndef FORMATS_BLANK_NODES_H
#define FORMATS_BLANK_NODES_H

#include "branchcore/syntax.h"
#include "branchcore/text.h"
#include "formats/hash.h"

enum { FMT_NESTED_MAX = 64 << 20 };

struct fmt_blank_nodes;

/* Reads the whole set once. compute may be NULL. BC_CORRUPT, BC_IO. */
enum bc_status fmt_blank_nodes_new(struct bc_text *text, const struct bc_compute *compute,
                                   struct fmt_blank_nodes **nodes);
/* The lines, '\n' included, whose subject is the node (canonical, "_:x"), in order; empty if it is
 * not nested. Borrowed. */
struct bc_slice fmt_blank_nodes_lines(const struct fmt_blank_nodes *nodes, struct bc_slice node);
bool fmt_blank_nodes_nested(const struct fmt_blank_nodes *nodes, struct bc_slice node);
/* True if the node is a cell of a list that ends in rdf:nil: *first and *rest are its objects. */
bool fmt_blank_nodes_cell(const struct fmt_blank_nodes *nodes, struct bc_slice node,
                          struct bc_slice *first, struct bc_slice *rest);

/* Nodes have numbers from 1 up to this, those of which something is said. 0: none, or they are not
 * held in memory. */
uint32_t fmt_blank_nodes_count(const struct fmt_blank_nodes *nodes);
/* 0: nothing is said of it, or not held. */
uint32_t fmt_blank_nodes_number(const struct fmt_blank_nodes *nodes, struct bc_slice node);
/* Whether what is said of blank nodes is held in memory. */
bool fmt_blank_nodes_held(const struct fmt_blank_nodes *nodes);

struct fmt_unlabelled {
    uint32_t number;
    struct bc_slice label; /* canonical, "_:x" */
    struct bc_slice lines;
    uint64_t place; /* fmt_blank_nodes_place; 0: mentioned by none */
};

/* Every node that is nested, or that no statement mentions; each behind the nested ones that its
 * own statements mention. */
enum bc_status fmt_blank_nodes_each(const struct fmt_blank_nodes *nodes,
                                    enum bc_status (*sink)(void *context,
                                                           const struct fmt_unlabelled *node),
                                    void *context);
/* Where a node is mentioned, as a hash that is not 0. graph is empty for a triple. */
static inline uint64_t fmt_blank_nodes_place(struct bc_slice parent, struct bc_slice predicate,
                                             struct bc_slice graph)
{
    uint64_t place = fmt_mix(fmt_hash(parent), fmt_hash(predicate));
    place = graph.size ? fmt_mix(place, fmt_hash(graph)) : place;
    return place ? place : 1;
}
void fmt_blank_nodes_free(struct fmt_blank_nodes *nodes); /* NULL is allowed */

#endif
