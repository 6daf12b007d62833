/* Short words for tests of commits and states, on top of tree_world.h. */
#ifndef TESTS_COMMIT_WORLD_H
#define TESTS_COMMIT_WORLD_H

#include "branchcore/commit.h"
#include "tests/tree_world.h"

/* By "ada"; time_ns 0: now. id may be NULL. */
enum bc_status world_try_commit(struct world *world, struct bc_branch *branch, const char *message,
                                int64_t time_ns, struct bc_commit_id *id);
struct bc_commit_id world_commit(struct world *world, struct bc_branch *branch,
                                 const char *message);
/* The caller releases. */
struct bc_commit world_get(struct world *world, const struct bc_commit_id *id);
/* Paths that status tells. */
int world_differences(struct bc_branch *branch);
/* NULL: none. */
void world_expect_head(struct bc_branch *branch, const struct bc_commit_id *id);
/* Runs the collector: how many layers and runs it found. */
uint64_t world_collect(struct world *world);
/* Appends lines that are already sorted, each with its number. */
void world_numbers(struct bc_buffer *text, int from, int lines);

#endif
