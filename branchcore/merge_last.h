/* The last merge's report as people read it (merge.h): made by whoever merges, then shared by all
 * who read it. Inside of the model.
 *
 * The head, its "key value" lines, is in memory. Of the lines behind it, one for each conflict,
 * there may be millions: they are in a spool, or, of a merge that waits, in a layer of its own: a
 * tree with nothing but a plain file that holds them. */
#ifndef BRANCHCORE_MERGE_LAST_H
#define BRANCHCORE_MERGE_LAST_H

#include "branchcore/merge.h"
#include "branchcore/model.h"

/* Empty. NULL: no memory. */
struct bc_merge_last *bc_merge_last_new(struct bc_repo *repo);
/* NULL is allowed. */
struct bc_merge_last *bc_merge_last_retain(struct bc_merge_last *last);

/* Only while nobody else has it. BC_NO_SPACE, BC_IO. */
enum bc_status bc_merge_last_set_head(struct bc_merge_last *last, struct bc_slice head);
enum bc_status bc_merge_last_add(struct bc_merge_last *last, struct bc_slice lines);
/* Its lines as a scratch branch of one file, frozen: bc_branch_layer is the layer. The root is as
 * in `like`. The caller releases. */
enum bc_status bc_merge_last_freeze(struct bc_merge_last *last, struct bc_branch *like,
                                    struct bc_branch **tree);
/* What a head and such a layer (0: no lines) say together. BC_CORRUPT: the layer is not there. */
enum bc_status bc_merge_last_thaw(struct bc_repo *repo, struct bc_slice head, uint64_t layer,
                                  struct bc_merge_last **last);

#endif
