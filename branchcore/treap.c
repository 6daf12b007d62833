#include "branchcore/treap.h"

#include <assert.h>
#include <stdatomic.h>
#include <string.h>
#include <xxhash.h>

struct bc_pair {
    atomic_size_t references;
    size_t key_size;
    size_t value_size;
    uint64_t priority;
    char bytes[]; /* key, value */
};

struct bc_treap_node {
    atomic_size_t references;
    struct bc_pair *row;
    struct bc_treap_node *left;
    struct bc_treap_node *right;
    struct bc_treap_total total; /* of this node and all below */
};

struct bc_pair *bc_pair_new(struct bc_slice key, struct bc_slice value)
{
    size_t size;
    if (__builtin_add_overflow(key.size, value.size, &size) ||
        __builtin_add_overflow(size, sizeof(struct bc_pair), &size))
        return NULL;
    struct bc_pair *row = bc_alloc(size);
    if (!row)
        return NULL;
    atomic_init(&row->references, 1);
    row->key_size = key.size;
    row->value_size = value.size;
    if (key.size)
        memcpy(row->bytes, key.data, key.size);
    if (value.size)
        memcpy(row->bytes + key.size, value.data, value.size);
    row->priority = XXH3_64bits(row->bytes, key.size);
    return row;
}

struct bc_pair *bc_pair_ref(struct bc_pair *row)
{
    atomic_fetch_add_explicit(&row->references, 1, memory_order_relaxed);
    return row;
}

void bc_pair_unref(struct bc_pair *row)
{
    if (row && atomic_fetch_sub_explicit(&row->references, 1, memory_order_acq_rel) == 1)
        bc_free(row);
}

struct bc_slice bc_pair_key(const struct bc_pair *row)
{
    return bc_slice(row->bytes, row->key_size);
}

struct bc_slice bc_pair_value(const struct bc_pair *row)
{
    return bc_slice(row->bytes + row->key_size, row->value_size);
}

static int compare(const struct bc_treap_node *node, struct bc_slice key)
{
    assert(node);
    return bc_slice_compare(bc_pair_key(node->row), key);
}

static struct bc_treap_node *node_ref(struct bc_treap_node *node)
{
    if (node)
        atomic_fetch_add_explicit(&node->references, 1, memory_order_relaxed);
    return node;
}

/* Recursion goes as deep as the tree, here and below: some 4 ln(rows). */
static void node_unref(struct bc_treap_node *node)
{
    if (!node || atomic_fetch_sub_explicit(&node->references, 1, memory_order_acq_rel) != 1)
        return;
    node_unref(node->left);
    node_unref(node->right);
    bc_pair_unref(node->row);
    bc_free(node);
}

static struct bc_treap_total node_total(const struct bc_treap_node *node)
{
    return node ? node->total : (struct bc_treap_total){0};
}

static struct bc_treap_total add(struct bc_treap_total a, struct bc_treap_total b)
{
    return (struct bc_treap_total){a.rows + b.rows, a.bytes + b.bytes};
}

static struct bc_treap_total row_total(const struct bc_pair *row)
{
    return (struct bc_treap_total){1, row->key_size + row->value_size};
}

static void sum(struct bc_treap_node *node)
{
    node->total = add(row_total(node->row), add(node_total(node->left), node_total(node->right)));
}

/* Takes the row and the children over where it succeeds. */
static struct bc_treap_node *node_new(struct bc_pair *row, struct bc_treap_node *left,
                                      struct bc_treap_node *right)
{
    struct bc_treap_node *node = bc_alloc(sizeof *node);
    if (!node)
        return NULL;
    atomic_init(&node->references, 1);
    node->row = row;
    node->left = left;
    node->right = right;
    sum(node);
    return node;
}

/* Makes *slot a node that nobody else reaches. The caller reaches the slot alone, so a count of 1
 * can only stay 1; a count that another thread lowers meanwhile costs a needless copy. */
static bool own(struct bc_treap_node **slot)
{
    struct bc_treap_node *shared = *slot;
    assert(shared);
    if (atomic_load_explicit(&shared->references, memory_order_acquire) == 1)
        return true;
    struct bc_treap_node *copy = node_new(shared->row, shared->left, shared->right);
    if (!copy)
        return false;
    bc_pair_ref(copy->row);
    node_ref(copy->left);
    node_ref(copy->right);
    *slot = copy;
    node_unref(shared);
    return true;
}

static bool above(const struct bc_treap_node *a, const struct bc_treap_node *b)
{
    assert(a && b);
    return a->row->priority > b->row->priority;
}

/* Lifts the left (right) child, an owned node, over its owned parent. */
static void rotate(struct bc_treap_node **slot, bool left)
{
    struct bc_treap_node *parent = *slot;
    struct bc_treap_node *child = left ? parent->left : parent->right;
    if (left) {
        parent->left = child->right;
        child->right = parent;
    } else {
        parent->right = child->left;
        child->left = parent;
    }
    sum(parent);
    sum(child);
    *slot = child;
}

static bool put(struct bc_treap_node **slot, struct bc_pair *row)
{
    if (!*slot) {
        *slot = node_new(row, NULL, NULL);
        return *slot;
    }
    if (!own(slot))
        return false;
    struct bc_treap_node *node = *slot;
    int order = compare(node, bc_pair_key(row));
    if (!order) {
        bc_pair_unref(node->row);
        node->row = row;
        sum(node);
        return true;
    }
    bool left = order > 0;
    struct bc_treap_node **below = left ? &node->left : &node->right;
    if (!put(below, row))
        return false;
    sum(node);
    if (above(*below, node))
        rotate(slot, left);
    return true;
}

/* Consumes both; every key of left is smaller than every key of right. On failure *to is NULL and
 * both are gone. */
static bool merge(struct bc_treap_node *left, struct bc_treap_node *right,
                  struct bc_treap_node **to)
{
    if (!left || !right) {
        *to = left ? left : right;
        return true;
    }
    bool left_on_top = !above(right, left);
    struct bc_treap_node **top = left_on_top ? &left : &right;
    if (!own(top)) {
        node_unref(left);
        node_unref(right);
        *to = NULL;
        return false;
    }
    struct bc_treap_node *node = *to = *top;
    bool merged;
    if (left_on_top)
        merged = merge(node->right, right, &node->right);
    else
        merged = merge(left, node->left, &node->left);
    if (!merged) {
        node_unref(node);
        *to = NULL;
        return false;
    }
    sum(node);
    return true;
}

/* Consumes node: keys < key to *left, the others to *right. On failure rows are lost, and what is
 * left of them is in *left and *right all the same. */
static bool split(struct bc_treap_node *node, struct bc_slice key, struct bc_treap_node **left,
                  struct bc_treap_node **right)
{
    *left = *right = NULL;
    if (!node)
        return true;
    if (!own(&node)) {
        node_unref(node);
        return false;
    }
    bool done;
    struct bc_treap_node *rest;
    if (compare(node, key) < 0) {
        done = split(node->right, key, &node->right, &rest);
        *left = node;
        *right = rest;
    } else {
        done = split(node->left, key, &rest, &node->left);
        *left = rest;
        *right = node;
    }
    sum(node);
    return done;
}

static bool delete_present(struct bc_treap_node **slot, struct bc_slice key)
{
    if (!own(slot))
        return false;
    struct bc_treap_node *node = *slot;
    int order = compare(node, key);
    if (order) {
        if (!delete_present(order > 0 ? &node->left : &node->right, key))
            return false;
        sum(node);
        return true;
    }
    struct bc_treap_node *left = node->left;
    struct bc_treap_node *right = node->right;
    node->left = node->right = NULL;
    node_unref(node);
    return merge(left, right, slot);
}

struct bc_treap bc_treap_ref(struct bc_treap tree)
{
    return (struct bc_treap){node_ref(tree.root)};
}

void bc_treap_release(struct bc_treap *tree)
{
    node_unref(tree->root);
    tree->root = NULL;
}

enum bc_status bc_treap_put(struct bc_treap *tree, struct bc_pair *row)
{
    if (put(&tree->root, row))
        return BC_OK;
    bc_pair_unref(row);
    return BC_NO_MEMORY;
}

enum bc_status bc_treap_delete(struct bc_treap *tree, struct bc_slice key)
{
    if (!bc_treap_get(*tree, key))
        return BC_OK;
    return delete_present(&tree->root, key) ? BC_OK : BC_NO_MEMORY;
}

enum bc_status bc_treap_delete_range(struct bc_treap *tree, struct bc_slice first,
                                     struct bc_slice behind)
{
    struct bc_pair *inside = bc_treap_at_or_after(*tree, first, false);
    if (!inside || bc_slice_compare(bc_pair_key(inside), behind) >= 0)
        return BC_OK;
    struct bc_treap_node *left;
    struct bc_treap_node *middle;
    struct bc_treap_node *right;
    struct bc_treap_node *rest;
    bool done = split(tree->root, first, &left, &rest);
    done = split(rest, behind, &middle, &right) && done;
    node_unref(middle);
    done = merge(left, right, &tree->root) && done;
    return done ? BC_OK : BC_NO_MEMORY;
}

enum bc_status bc_treap_join(struct bc_treap *tree, struct bc_treap *from)
{
    struct bc_pair *first = bc_treap_at_or_after(*from, bc_slice("", 0), false);
    if (!first)
        return BC_OK;
    struct bc_treap_node *left;
    struct bc_treap_node *right;
    /* The row must outlive the merge, which may free the node that holds it when it fails. */
    bc_pair_ref(first);
    bool done = split(tree->root, bc_pair_key(first), &left, &right);
    done = merge(left, from->root, &left) && done;
    done = merge(left, right, &tree->root) && done;
    bc_pair_unref(first);
    from->root = NULL;
    return done ? BC_OK : BC_NO_MEMORY;
}

struct bc_pair *bc_treap_get(struct bc_treap tree, struct bc_slice key)
{
    struct bc_treap_node *node = tree.root;
    while (node) {
        int order = compare(node, key);
        if (!order)
            return node->row;
        node = order > 0 ? node->left : node->right;
    }
    return NULL;
}

struct bc_pair *bc_treap_at_or_after(struct bc_treap tree, struct bc_slice key, bool beyond)
{
    struct bc_pair *found = NULL;
    struct bc_treap_node *node = tree.root;
    while (node) {
        int order = compare(node, key);
        if (order > 0 || (!order && !beyond)) {
            found = node->row;
            node = node->left;
        } else {
            node = node->right;
        }
    }
    return found;
}

struct bc_pair *bc_treap_at_or_before(struct bc_treap tree, struct bc_slice key, bool beyond)
{
    struct bc_pair *found = NULL;
    struct bc_treap_node *node = tree.root;
    while (node) {
        int order = compare(node, key);
        if (order < 0 || (!order && !beyond)) {
            found = node->row;
            node = node->right;
        } else {
            node = node->left;
        }
    }
    return found;
}

struct bc_pair *bc_treap_last(struct bc_treap tree)
{
    struct bc_treap_node *node = tree.root;
    while (node && node->right)
        node = node->right;
    return node ? node->row : NULL;
}

struct bc_treap_total bc_treap_total_before(struct bc_treap tree, struct bc_slice key)
{
    struct bc_treap_total total = {0};
    struct bc_treap_node *node = tree.root;
    while (node) {
        if (compare(node, key) < 0) {
            total = add(total, add(row_total(node->row), node_total(node->left)));
            node = node->right;
        } else {
            node = node->left;
        }
    }
    return total;
}

struct bc_treap_total bc_treap_total(struct bc_treap tree)
{
    return node_total(tree.root);
}

static bool sound(const struct bc_treap_node *node, const struct bc_pair **previous)
{
    if (!node)
        return true;
    if ((node->left && above(node->left, node)) || (node->right && above(node->right, node)))
        return false;
    if (!sound(node->left, previous))
        return false;
    if (*previous && compare(node, bc_pair_key(*previous)) <= 0)
        return false;
    *previous = node->row;
    struct bc_treap_total below = add(node_total(node->left), node_total(node->right));
    struct bc_treap_total all = add(row_total(node->row), below);
    return all.rows == node->total.rows && all.bytes == node->total.bytes &&
           sound(node->right, previous);
}

bool bc_treap_sound(struct bc_treap tree)
{
    const struct bc_pair *previous = NULL;
    return sound(tree.root, &previous);
}
