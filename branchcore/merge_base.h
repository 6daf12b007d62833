/* The tree that two sides of a merge are compared with. Inside of the model.
 *
 * It is that of their best common ancestor (history.h), or a later one: a fork shares what its
 * source was, committed or not, so the two may part after the last commit that both have: where
 * their histories of layers part. A merge that lies on the layers of what was merged
 * (merge_side.h) counts as if it lay on those of its branch. */
#ifndef BRANCHCORE_MERGE_BASE_H
#define BRANCHCORE_MERGE_BASE_H

#include "branchcore/commit.h"

/* A side: a tree, and its last commit. */
struct bc_merge_from {
    uint64_t layer; /* 0: the empty tree */
    bool has_commit;
    struct bc_commit_id commit;
};

/* *has_base: the two have a common ancestor, whose id *base gets. *layer: the tree of the base, 0
 * is the empty one. Costs what was committed and frozen since the base. BC_CORRUPT, BC_IO. */
enum bc_status bc_merge_base(struct bc_repo *repo, const struct bc_merge_from *ours,
                             const struct bc_merge_from *theirs, bool *has_base,
                             struct bc_commit_id *base, uint64_t *layer);

#endif
