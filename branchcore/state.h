/* States: stacks of frozen layers, and how a branch goes from one to another. Inside of the model.
 *
 * Whatever changes more of a branch than one file (a merge, a reset, a patch, a revert) is prepared
 * in a scratch branch that nobody sees, with the ordinary operations of the tree and of texts, and
 * takes effect with one batch that moves the branch there. A crash before it leaves layers that
 * nothing refers to, which are collected.
 *
 * A layer that is in memory (struct bc_layer) is never collected, nor is anything below it. */
#ifndef BRANCHCORE_STATE_H
#define BRANCHCORE_STATE_H

#include "branchcore/branch_past.h"
#include "branchcore/commit.h"
#include "branchcore/model.h"

/* The branch's present state as a layer: freezes its working set if that has rows. *top gets a
 * reference (bc_layer_release), NULL if the branch is empty. BC_STALE. */
enum bc_status bc_branch_freeze(struct bc_branch *branch, struct bc_layer **top);
/* The same as a read-only branch (branch_past.h). */
enum bc_status bc_branch_snapshot(struct bc_branch *branch, struct bc_branch **past);
/* The highest layer of a branch that has no rows above it (a past, or one just frozen); 0: none. */
uint64_t bc_branch_layer(struct bc_branch *branch);

/* A branch without a name and without a record over that layer (0: empty), to be changed like any
 * other. Its rows go with it (bc_branch_release) unless it was frozen. */
enum bc_status bc_scratch_new(struct bc_repo *repo, uint64_t layer, struct bc_branch **scratch);

enum { BC_MOVE_COMMITS_MAX = 4 };
struct bc_move {
    uint64_t expected; /* the layer that the branch must be at, without a working set above */
    uint64_t to;       /* the layer that it is to be at */
    const struct bc_commit_id *head; /* the last commit afterwards; NULL: as it is */
    bool no_head;                    /* afterwards it has none */
    struct bc_batch *extra;          /* rows that are put with it; NULL: none */
    uint8_t action;                  /* enum bc_reflog_action */
    struct bc_slice detail;          /* for the reflog */
};
/* One synced batch. BC_BUSY: the branch has changed meanwhile (prepare again). The reflog's entry
 * holds the branch's record from before, so that what it was can be brought back. */
enum bc_status bc_branch_move(struct bc_branch *branch, const struct bc_move *move);

/* Keeps others from changing the branch between gate_close and gate_open: for the last try of an
 * operation that was overtaken too often. The thread that closed it may call every function of this
 * header; others wait in bc_update_begin and bc_branch_freeze. */
void bc_branch_gate_close(struct bc_branch *branch);
void bc_branch_gate_open(struct bc_branch *branch);

/* Tells the repository's listener of everything that differs between two states of the branch. */
void bc_state_events(struct bc_branch *branch, struct bc_branch *before, struct bc_branch *after);

#endif
