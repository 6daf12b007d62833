/* A naive model of a branch's tree: every node with its whole content in memory. What a sequence of
 * operations must lead to, to be compared with the branch. */
#ifndef TESTS_TREE_MODEL_H
#define TESTS_TREE_MODEL_H

#include "tests/tree_world.h"

enum { MODEL_NODES = 64, MODEL_XATTRS = 4, MODEL_LINES = 3000 };

struct model_node {
    uint64_t node;   /* 0: this place is free */
    uint64_t parent; /* 0: it has no name any more, and is open */
    char name[256];
    enum bc_kind kind;
    bool text;
    uint32_t mode;
    char *content; /* as read; of a link its target */
    size_t size;
    char *xattrs[MODEL_XATTRS]; /* values of the attributes user.0, user.1 ...; NULL: none */
};

struct model_tree {
    struct model_node nodes[MODEL_NODES];
};

/* The lines that texts of the model are made of, sorted; each fourth has a graph, some are long. */
const char *model_line(size_t number);
bool model_line_is_quad(size_t number);

void model_tree_copy(struct model_tree *to, const struct model_tree *from);
void model_tree_release(struct model_tree *tree);
struct model_node *model_find(struct model_tree *tree, uint64_t node);
struct model_node *model_lookup(struct model_tree *tree, uint64_t parent, const char *name);
struct model_node *model_add(struct model_tree *tree); /* NULL: it is full */
void model_drop(struct model_node *node);
/* Takes content over. */
void model_set(struct model_node *node, char *content, size_t size);
bool model_empty(const struct model_tree *tree, uint64_t folder);

/* The canonical text of what a parser reads, or NULL: it is no text (of the model's lines). */
char *model_parse(const char *raw, size_t size, bool quads, size_t *canonical_size);
uint64_t model_triples(const struct model_node *node, uint64_t *quads);

/* Requires that the branch is what the model says, from listings, look-ups, reads, totals. */
void model_compare(const struct model_tree *tree, struct bc_branch *branch);

#endif
