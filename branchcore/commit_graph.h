/* The part of the commit graph that a walk has met, and heaps of what it has yet to look at: for
 * history.c. Inside of the model. */
#ifndef BRANCHCORE_COMMIT_GRAPH_H
#define BRANCHCORE_COMMIT_GRAPH_H

#include "branchcore/commit.h"

/* What a walk needs of a commit. */
struct bc_commit_links {
    struct bc_commit_id id;
    struct bc_commit_id parents[BC_COMMIT_PARENTS_MAX];
    unsigned parent_count;
    uint64_t layer;
    uint64_t generation;
    int64_t time_ns;
};
/* BC_NOT_FOUND, BC_CORRUPT, BC_NEWER_FORMAT, BC_IO. */
enum bc_status bc_commit_links_get(struct bc_repo *repo, const struct bc_commit_id *id,
                                   struct bc_commit_links *links);

struct bc_graph_node {
    struct bc_commit_links links;
    unsigned colours;
    uint64_t waiting; /* children that must come first */
};

/* A set of nodes by their ids (open addressing). Zero-initialised but for repo is empty. */
struct bc_graph {
    struct bc_repo *repo;
    struct bc_graph_node **slots;
    size_t capacity;
    size_t used;
};
/* The node, which is loaded if it is new. It stays where it is until it is dropped. */
enum bc_status bc_graph_get(struct bc_graph *graph, const struct bc_commit_id *id,
                            struct bc_graph_node **node, bool *is_new);
/* The same of a parent of `child`, which must exist and be of a lower generation: BC_CORRUPT. */
enum bc_status bc_graph_parent(struct bc_graph *graph, const struct bc_graph_node *child,
                               unsigned which, struct bc_graph_node **node, bool *is_new);
void bc_graph_drop(struct bc_graph *graph, struct bc_graph_node *node);
void bc_graph_release(struct bc_graph *graph);

/* A binary heap; the node that is before all others is taken first. */
struct bc_graph_heap {
    bool (*before)(const struct bc_commit_links *a, const struct bc_commit_links *b);
    struct bc_graph_node **items;
    size_t count;
    size_t capacity;
};
/* By generation, then time, then id, the greatest first: children before their parents. */
bool bc_graph_by_generation(const struct bc_commit_links *a, const struct bc_commit_links *b);
/* By time, then generation, then id, the greatest first. */
bool bc_graph_by_time(const struct bc_commit_links *a, const struct bc_commit_links *b);
enum bc_status bc_graph_push(struct bc_graph_heap *heap, struct bc_graph_node *node);
struct bc_graph_node *bc_graph_first(const struct bc_graph_heap *heap); /* NULL: none is left */
struct bc_graph_node *bc_graph_take(struct bc_graph_heap *heap);        /* likewise */
void bc_graph_heap_release(struct bc_graph_heap *heap);

#endif
