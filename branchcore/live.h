/* What in a store is in use: everything that can be reached from names, from the reflog, from what
 * waits, and from memory. Inside of the model; collect.c frees the rest.
 *
 * Reached are: of each branch with a record (hidden ones too), of each state that the reflog keeps,
 * and of each merge that waits its working set, its layers, and its last commit; the commits that
 * tags name; the layers of rejected texts; what is pinned; layers in memory. A layer keeps the
 * layers below it and, of an index, the history that it stands for. A commit keeps its layer and
 * its parents. */
#ifndef BRANCHCORE_LIVE_H
#define BRANCHCORE_LIVE_H

#include "branchcore/commit.h"
#include "branchcore/model.h"

/* A set of commits (open addressing). Zero-initialised is empty. */
struct bc_commit_set {
    struct bc_commit_id *slots;
    bool *used;
    size_t capacity;
    size_t count;
};
bool bc_commit_set_has(const struct bc_commit_set *set, const struct bc_commit_id *id);
/* *added (may be NULL): it was not there. BC_NO_MEMORY. */
enum bc_status bc_commit_set_add(struct bc_commit_set *set, const struct bc_commit_id *id,
                                 bool *added);
void bc_commit_set_release(struct bc_commit_set *set);

/* Zero-initialised, but for repo, is nothing. What was marked stays so. */
struct bc_live {
    struct bc_repo *repo;
    struct bc_id_counts stacked; /* layers, of which all below are marked too */
    struct bc_id_counts alone;   /* working sets, rejected texts' layers, what is pinned */
    struct bc_id_counts memory;  /* layers in memory, their states too */
    struct bc_commit_set commits;
};

/* Marks what the rows of refs, as of a snapshot, reach. */
enum bc_status bc_live_mark_rows(struct bc_live *live, struct bc_snapshot *snapshot);
/* Marks what is in memory now: pins and layers. In one step with it makes a snapshot (NULL: none);
 * whatever is unpinned later is referred to by rows that a later snapshot has. */
enum bc_status bc_live_mark_memory(struct bc_live *live, struct bc_snapshot **snapshot);
/* Marks a commit with all its ancestors. */
enum bc_status bc_live_mark_commit(struct bc_live *live, const struct bc_commit_id *id);

/* Of a layer. */
bool bc_live_has(const struct bc_live *live, uint64_t layer);
void bc_live_release(struct bc_live *live);

#endif
