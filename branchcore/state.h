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
/* The same, and what the branch's last commit was at that moment. */
struct bc_frozen {
    struct bc_layer *top; /* a reference; NULL: empty */
    bool has_head;
    struct bc_commit_id head;
    uint64_t base; /* the layer that `status` compares with */
};
enum bc_status bc_branch_freeze_head(struct bc_branch *branch, struct bc_frozen *frozen);
/* As a read-only branch: bc_branch_snapshot (branch.h). */
/* The highest layer of a branch that has no rows above it (a past, or one just frozen); 0: none. */
uint64_t bc_branch_layer(struct bc_branch *branch);

/* A branch without a name and without a record over that layer (0: empty, not even the root folder
 * is there: bc_tree_make has nothing to make in), to be changed like any other. Nobody is told of
 * its changes. Its rows go with it (bc_branch_release) unless it was frozen: a frozen layer stays
 * as long as it is in memory, or what something refers to stands on it. BC_CORRUPT, BC_IO. */
enum bc_status bc_scratch_new(struct bc_repo *repo, uint64_t layer, struct bc_branch **scratch);

struct bc_move {
    uint64_t expected; /* the layer that the branch must be at, without a working set above */
    uint64_t to;       /* the layer that it is to be at */
    const struct bc_commit_id
        *expected_head;              /* what its last commit must be still; NULL: whatever it is */
    const struct bc_commit_id *head; /* the last commit afterwards, in the store or in `extra`;
                                        NULL: as it is */
    bool no_head;                    /* afterwards it has none, and `status` compares with `to` */
    struct bc_batch *extra;          /* rows that are put with it; NULL: none */
    uint8_t action;                  /* enum bc_reflog_action */
    struct bc_slice detail;          /* for the reflog: one line, such as the REF merged */
};
/* One synced batch. BC_BUSY: the branch has changed meanwhile (prepare again). The reflog's entry
 * holds the branch's record from before, so that what it was can be brought back
 * (bc_branch_restore). Then tells listeners (bc_state_events), or, if the thread has closed the
 * branch's gate, when it opens it. BC_STALE, BC_NO_SPACE, BC_IO,
 * BC_NOT_FOUND (there is no such commit): nothing changed. */
enum bc_status bc_branch_move(struct bc_branch *branch, const struct bc_move *move);

/* Keeps others from changing the branch between gate_close and gate_open: for the last try of an
 * operation that was overtaken too often. The thread that closed it may call every function of this
 * header, bc_branch_commit and bc_branch_head; others wait in bc_update_begin, bc_branch_freeze,
 * bc_branch_commit and bc_branch_move. (A fork goes on: it changes nothing once the branch is
 * frozen.) Closing waits for whoever has it closed; it is not to be closed twice by one thread. */
void bc_branch_gate_close(struct bc_branch *branch);
void bc_branch_gate_open(struct bc_branch *branch);
/* For whoever changes a branch: waits at its gate and takes its lock for writing. BC_STALE: it is
 * gone (no lock is held). BC_READ_ONLY: it is a past. */
enum bc_status bc_branch_lock(struct bc_branch *branch);

/* Tells the repository's listeners of everything that differs between two states of the branch:
 * bc_repo.moved once, then bc_repo.event for each difference. No lock is held. What cannot be
 * compared for want of memory is not told. */
void bc_state_events(struct bc_branch *branch, struct bc_branch *before, struct bc_branch *after);

/* Hidden branches: with a record, so that they survive restarts and the collector keeps them, but
 * without a name: never in bc_branch_each, opened by their id (bc_branch_id) alone. */

/* An empty working set over that layer (0: empty), at once. */
enum bc_status bc_hidden_new(struct bc_repo *repo, uint64_t layer, struct bc_branch **hidden);
/* A scratch branch becomes a hidden one together with whatever else is in the batch: put its
 * record, apply the batch, then say that it was applied. Until then it stays a scratch; between the
 * two it must not be frozen. */
enum bc_status bc_hidden_put(struct bc_branch *scratch, struct bc_batch *batch);
void bc_hidden_kept(struct bc_branch *scratch);
/* BC_NOT_FOUND. The caller releases. */
enum bc_status bc_hidden_open(struct bc_repo *repo, uint64_t id, struct bc_branch **hidden);
/* Removes its record: with a batch that the caller applies, and tells with bc_hidden_removed; or at
 * once (batch NULL: bc_hidden_removed is not to be called). Afterwards its operations return
 * BC_STALE, and its rows go with the last reference to it. */
enum bc_status bc_hidden_remove(struct bc_branch *hidden, struct bc_batch *batch);
void bc_hidden_removed(struct bc_branch *hidden);

#endif
