/* A persistent ordered map of rows (keys and values): one family of the memory store.
 *
 * A tree is a counted reference to its root. Taking a second reference is a copy of the whole map
 * in O(1): from then on a change of one of the two copies the nodes on its path and leaves the
 * other as it was. A node that is reachable from one reference alone is changed in place, so a
 * batch of changes copies each path once.
 *
 * It is a treap whose priorities are a hash of the key, so its shape depends on its keys alone and
 * its depth is logarithmic with overwhelming probability. All operations are O(log rows) but for
 * freeing.
 *
 * Threads: references may be taken and dropped anywhere, and shared trees read anywhere. A tree
 * that is being changed belongs to one thread. */
#ifndef BRANCHCORE_TREAP_H
#define BRANCHCORE_TREAP_H

#include "branchcore/memory.h"

struct bc_pair;
struct bc_treap_node;

/* A counted, immutable key and value in one allocation. NULL when out of memory. */
struct bc_pair *bc_pair_new(struct bc_slice key, struct bc_slice value);
struct bc_pair *bc_pair_ref(struct bc_pair *row);
void bc_pair_unref(struct bc_pair *row);
struct bc_slice bc_pair_key(const struct bc_pair *row);
struct bc_slice bc_pair_value(const struct bc_pair *row);

/* NULL is the empty tree. Zero-initialised is empty. */
struct bc_treap {
    struct bc_treap_node *root;
};

struct bc_treap bc_treap_ref(struct bc_treap tree);
/* Drops the reference; the tree is empty behind it. */
void bc_treap_release(struct bc_treap *tree);

/* The changes return BC_OK or BC_NO_MEMORY. After a failure the tree may have lost rows and is only
 * good for bc_treap_release: change a second reference and keep the first. */

/* Takes the row over in every case. A row of the same key is replaced. */
enum bc_status bc_treap_put(struct bc_treap *tree, struct bc_pair *row);
enum bc_status bc_treap_delete(struct bc_treap *tree, struct bc_slice key);
/* Every key with first <= key < behind. */
enum bc_status bc_treap_delete_range(struct bc_treap *tree, struct bc_slice first,
                                     struct bc_slice behind);
/* Adds all rows of `from`, which is empty afterwards in every case. No row of the tree may lie
 * between the first and the last row of `from`. */
enum bc_status bc_treap_join(struct bc_treap *tree, struct bc_treap *from);

/* The look-ups return a row that the tree owns, or NULL. */
struct bc_pair *bc_treap_get(struct bc_treap tree, struct bc_slice key);
/* The first row with a key >= key (> key where `beyond`). */
struct bc_pair *bc_treap_at_or_after(struct bc_treap tree, struct bc_slice key, bool beyond);
/* The last row with a key <= key (< key where `beyond`). */
struct bc_pair *bc_treap_at_or_before(struct bc_treap tree, struct bc_slice key, bool beyond);
struct bc_pair *bc_treap_last(struct bc_treap tree);

/* Rows, and bytes of keys and values, with a key < key; of the whole tree. */
struct bc_treap_total {
    uint64_t rows;
    uint64_t bytes;
};
struct bc_treap_total bc_treap_total_before(struct bc_treap tree, struct bc_slice key);
struct bc_treap_total bc_treap_total(struct bc_treap tree);
/* True if order, priorities and totals are what they must be. */
bool bc_treap_sound(struct bc_treap tree);

#endif
