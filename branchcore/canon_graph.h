/* Inside branchcore: the statements with blank nodes, as canonicalisation (canon.h) looks at them:
 * blank nodes are numbers, and each knows its statements. */
#ifndef BRANCHCORE_CANON_GRAPH_H
#define BRANCHCORE_CANON_GRAPH_H

#include "branchcore/compute.h"
#include "branchcore/group_table.h"

#define BC_CANON_NONE UINT32_MAX

enum { BC_CANON_PLACES = 3 };

/* Where in a statement a blank node may stand. */
static const char bc_canon_place_names[BC_CANON_PLACES] = {'s', 'o', 'g'};

struct bc_canon_quad {
    const char *line;                /* canonical, with its '\n' */
    uint32_t sizes[4];               /* of subject, predicate, object, graph (0: none) */
    uint32_t nodes[BC_CANON_PLACES]; /* BC_CANON_NONE: no blank node */
};

struct bc_canon_graph {
    struct bc_buffer text; /* lines that are candidates, as they came, until finish */
    size_t line_count;
    struct bc_canon_quad *quads;
    size_t quad_count;
    struct bc_group_table labels; /* an entry a node */
    size_t *first;                /* node n is in mentions[first[n]] on, to first[n + 1] */
    uint32_t *mentions;           /* quads, each once for a node */
};

/* A line may have a blank node if "_:" is in it where a term begins. */
bool bc_canon_may_mention(struct bc_slice line);
enum bc_status bc_canon_graph_add(struct bc_canon_graph *graph, struct bc_slice line);
/* Drops duplicates, and gives the lines that have no blank node after all to `ground`. BC_SYNTAX;
 * BC_UNSUPPORTED, with err: a triple term has a blank node; BC_TOO_LARGE, with err: 2^32 - 2
 * statements or blank nodes; what `ground` returns. */
enum bc_status bc_canon_graph_finish(struct bc_canon_graph *graph, const struct bc_compute *compute,
                                     enum bc_status (*ground)(void *context, struct bc_slice line),
                                     void *context, struct bc_error *err);
void bc_canon_graph_release(struct bc_canon_graph *graph);

static inline size_t bc_canon_node_count(const struct bc_canon_graph *graph)
{
    return graph->labels.count;
}

static inline size_t bc_canon_degree(const struct bc_canon_graph *graph, uint32_t node)
{
    return graph->first[node + 1] - graph->first[node];
}

static inline struct bc_slice bc_canon_predicate(const struct bc_canon_quad *quad)
{
    return bc_slice(quad->line + quad->sizes[0] + 1, quad->sizes[1]);
}

/* Appends the statement's line, the label of each of its blank nodes replaced by what `name`
 * appends for it. */
enum bc_status bc_canon_put_quad(const struct bc_canon_quad *quad,
                                 enum bc_status (*name)(const void *context, uint32_t node,
                                                        struct bc_buffer *to),
                                 const void *context, struct bc_buffer *to);

#endif
