/* A loser tree that never compares the same bytes twice (Ng and Kakehi, "Merging string sequences
 * by longest common prefixes", 2008): picks the least of the lines that stand at the heads of
 * sorted sequences.
 *
 * Each head knows how many bytes it shares with the line given last. Of two heads the one that
 * shares more is the lesser, for neither is less than the line given last; only if they share the
 * same are their bytes looked at, from there on. */
#ifndef BRANCHCORE_LOSER_TREE_H
#define BRANCHCORE_LOSER_TREE_H

#include "branchcore/memory.h"

enum { BC_HEAD_DONE = -1 };

struct bc_head {
    struct bc_slice line;
    /* Bytes shared with the line given last; BC_HEAD_DONE: the sequence is at its end. */
    int64_t shared;
};

struct bc_loser_tree {
    struct bc_head *heads;
    uint32_t *losers; /* at node i the head that lost there; node i has the children 2i, 2i + 1 */
    uint32_t count;
};

/* heads are the caller's and outlive the tree; count is at least 1. */
enum bc_status bc_loser_tree_init(struct bc_loser_tree *tree, struct bc_head *heads,
                                  uint32_t count);
/* Starts over; all heads must be set, with shared 0 or BC_HEAD_DONE. Returns the number of the
 * least head. */
uint32_t bc_loser_tree_build(struct bc_loser_tree *tree);
/* Plays again after the head `winner`, which was the least, has moved on; its new `shared` is what
 * it has in common with the old. Returns the number of the least head, whose `shared` is what it
 * has in common with the old winner's line. If it is done, all are. */
uint32_t bc_loser_tree_replay(struct bc_loser_tree *tree, uint32_t winner);
void bc_loser_tree_release(struct bc_loser_tree *tree);

#endif
