/* What a repository remembers of merges while it is open. Inside of the model.
 *
 * A branch has one seat: whoever merges into it, continues or aborts sits there, one at a time. It
 * keeps the last merge's report. */
#ifndef BRANCHCORE_MERGE_SEAT_H
#define BRANCHCORE_MERGE_SEAT_H

#include "branchcore/functional.h"
#include "branchcore/merge_last.h"

struct bc_merges;
struct bc_merge_seat;

enum bc_status bc_merges_new(struct bc_merges **merges);
void bc_merges_free(struct bc_merges *merges); /* NULL is allowed */
struct bc_functional_memory *bc_merges_functional(struct bc_repo *repo);

/* Waits until it is free. */
enum bc_status bc_merge_sit(struct bc_branch *branch, struct bc_merge_seat **seat);
void bc_merge_rise(struct bc_merge_seat *seat);

/* The seat's report becomes this one, which is retained. */
void bc_merge_note(struct bc_merge_seat *seat, struct bc_merge_last *report);
/* The branch's, with a reference; NULL: there is none. No seat is needed. */
struct bc_merge_last *bc_merge_noted(struct bc_branch *branch);

#endif
