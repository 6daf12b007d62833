/* Inside formats/: the blank nodes of the set that a text replaces, as candidates whose labels
 * nodes without one may get (anonymous.h, rules 1 and 2). Each is found once.
 *
 * What is said of a node is compared by a hash, its content, made of fmt_said for each statement;
 * where it is mentioned by another, its place. */
#ifndef FORMATS_FORMER_NODES_H
#define FORMATS_FORMER_NODES_H

#include "branchcore/text.h"
#include "formats/hash.h"
#include "formats/label_table.h"

struct bc_compute;
struct fmt_former_nodes;

/* The hash of what one statement says of its subject. */
struct fmt_said {
    uint64_t hash;
    bool nested; /* its object has no label: said twice, it is of two nodes */
};

/* object: the hash of its text, or fmt_nested_object. graph is empty for a triple. */
static inline uint64_t fmt_said_hash(struct bc_slice predicate, uint64_t object,
                                     struct bc_slice graph)
{
    uint64_t said = fmt_mix(fmt_hash(predicate), object);
    return graph.size ? fmt_mix(said, fmt_hash(graph)) : said;
}

static inline uint64_t fmt_nested_object(uint64_t content)
{
    return fmt_mix(content, 1);
}

/* The content; reorders said. */
uint64_t fmt_content(struct fmt_said *said, size_t count);

/* Reads the set. BC_CORRUPT, BC_IO. */
enum bc_status fmt_former_nodes_new(struct bc_text *before, const struct bc_compute *compute,
                                    struct fmt_former_nodes **nodes);
/* These take a node that nobody has taken and whose label is free, and say its label (borrowed
 * until the end): one with this content at this place (0: mentioned by none), the only one with the
 * content, any at this place. Empty: there is none. */
struct bc_slice fmt_former_nodes_same(struct fmt_former_nodes *nodes,
                                      const struct fmt_label_table *labels, uint64_t content,
                                      uint64_t place);
struct bc_slice fmt_former_nodes_only(struct fmt_former_nodes *nodes,
                                      const struct fmt_label_table *labels, uint64_t content);
struct bc_slice fmt_former_nodes_placed(struct fmt_former_nodes *nodes,
                                        const struct fmt_label_table *labels, uint64_t place);
/* Whether the label is that of one that nobody has taken. */
bool fmt_former_nodes_left(const struct fmt_former_nodes *nodes, struct bc_slice label);
/* Whether the set says anything of a node of this label. BC_CORRUPT, BC_IO. */
enum bc_status fmt_former_nodes_known(struct fmt_former_nodes *nodes, struct bc_slice label,
                                      bool *known);
void fmt_former_nodes_free(struct fmt_former_nodes *nodes); /* NULL is allowed */

#endif
