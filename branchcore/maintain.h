/* What keeps a repository quick to read, beside readers and writers: stacks are shortened
 * (stack_index.h), texts settled (settle.h). Nothing that can be read changes by it. */
#ifndef BRANCHCORE_MAINTAIN_H
#define BRANCHCORE_MAINTAIN_H

#include "branchcore/branch.h"

/* Does what the branch deserves now. *again (may be NULL): it is changed so often that not all
 * could be done. BC_STALE, BC_READ_ONLY, BC_CORRUPT, BC_IO, BC_NO_SPACE: what was done stays done.
 */
enum bc_status bc_branch_maintain(struct bc_branch *branch, bool *again);

/* Inside of the model. */

void bc_maintain_init(struct bc_repo *repo);
/* Starts the repository's thread. BC_NO_MEMORY. */
enum bc_status bc_maintainer_start(struct bc_repo *repo);
/* Stops it, waiting for what it is at. */
void bc_maintain_release(struct bc_repo *repo);
/* A layer was put on the branch's stack, or the branch was opened: the thread, if there is one,
 * will look whether that calls for something. Any lock may be held. */
void bc_maintain_note(struct bc_branch *branch);
/* Some of its texts may have large changes on top of them: the thread looks when nothing of the
 * kind has happened for a second. Any lock may be held. */
void bc_maintain_overlaid(struct bc_branch *branch);

#endif
