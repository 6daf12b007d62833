/* One merge from its inputs to its effect, for merge.c, branch_revert.c and merge_continue.c.
 * Inside of the model.
 *
 * Rows of the family refs: "w", branch u64 -> a merge that waits (merge_waiting.c). */
#ifndef BRANCHCORE_MERGING_H
#define BRANCHCORE_MERGING_H

#include "branchcore/merge_last.h"
#include "branchcore/merge_seat.h"
#include "branchcore/merge_tree.h"
#include "branchcore/state.h"
#include "branchcore/tree_diff.h"

/* What is merged, and what becomes of it. The slices are borrowed. */
struct bc_merging {
    struct bc_repo *repo;
    struct bc_branch *branch; /* ours */
    struct bc_merge_seat *seat;
    struct bc_frozen frozen; /* what the branch was when the merge looked at it */
    uint64_t base_layer;     /* the trees; 0: the empty one */
    uint64_t ours_layer;
    uint64_t theirs_layer;
    struct bc_commit_id base;
    struct bc_commit_id theirs;
    bool has_base;
    bool has_theirs; /* it is a parent of the result; else only ours is */
    enum bc_merge_policy policy;
    bool dry_run;
    uint8_t action;      /* enum bc_reflog_action */
    struct bc_slice ref; /* as it was given */
    struct bc_slice author;
    struct bc_slice message;
    struct bc_progress_item *progress;
    const struct bc_compute *compute; /* NULL: the repository's */
    int64_t started_ns;               /* CLOCK_MONOTONIC */
    struct bc_merge_last *last;       /* the report in the making; to be closed in the end */
};

int64_t bc_monotonic_ns(void);

/* Commits what is uncommitted. BC_OK also if nothing is. */
enum bc_status bc_merge_commit_first(struct bc_branch *branch, struct bc_slice author,
                                     const char *before, struct bc_slice name,
                                     struct bc_error *err);
/* BC_BUSY with err if a merge waits. */
enum bc_status bc_merge_none_waits(struct bc_branch *branch, struct bc_error *err);
/* Merges the three trees and commits, or waits. BC_CONFLICT, BC_BUSY (overtaken), and as bc_merge.
 */
enum bc_status bc_merging_run(struct bc_merging *merging, struct bc_merge_report *report,
                              struct bc_error *err);
/* The merged tree of a scratch branch over ours as a layer (NULL: empty), on ours or on theirs
 * (merge_side.h). *top gets a reference; the scratch keeps the tree. */
enum bc_status bc_merging_freeze(struct bc_merging *merging, struct bc_branch *scratch,
                                 struct bc_layer **top);
/* The commit of a merged tree, and the branch's move to it with the rows of `extra` (taken over
 * into it). tree: the same over ours, for comparing; NULL: there is none. The report's numbers and
 * result are filled. */
enum bc_status bc_merging_finish(struct bc_merging *merging, uint64_t layer, struct bc_branch *tree,
                                 struct bc_batch *extra, struct bc_merge_report *report,
                                 struct bc_error *err);
/* Begins the report, and fills what it says of the inputs. BC_NO_MEMORY. */
enum bc_status bc_merging_begin_report(struct bc_merging *merging, struct bc_merge_report *report);
/* Adds a line to it, with its '\n'. */
enum bc_status bc_merging_tell(struct bc_merging *merging, struct bc_merge_report *report,
                               struct bc_slice line);
/* The report is complete: the time is taken, and its text noted for bc_merge_last_open, unless the
 * merge waits, which keeps its own. */
enum bc_status bc_merging_end_report(struct bc_merging *merging, struct bc_merge_report *report);
/* Appends its head, as `.branch/merge` shows it. */
enum bc_status bc_merge_report_format(const struct bc_merge_report *report,
                                      enum bc_merge_policy policy, struct bc_slice ref,
                                      struct bc_buffer *to);

/* The layer that is `layer` with the mode and owner of the root folder that `branch` has: these are
 * a branch's own. *kept (to be released; may be NULL) keeps it from being collected. */
enum bc_status bc_keep_root(struct bc_branch *branch, uint64_t layer, uint64_t *to,
                            struct bc_layer **kept);

/* A waiting merge. */
struct bc_waiting {
    uint64_t hidden;     /* the branch with the tree of conflicts */
    uint64_t original;   /* that tree's layer as it was made */
    uint64_t merged;     /* the layer with everything that did not conflict */
    uint64_t ours_layer; /* what the branch was, and must be still */
    uint64_t base_layer;
    uint64_t theirs_layer;
    uint64_t lines_layer; /* what the report says of each conflict (merge_last.h); 0: `report` has
                             all of it */
    bool has_head;
    struct bc_commit_id head; /* ours' last commit */
    bool has_base;
    struct bc_commit_id base;
    bool has_theirs;
    struct bc_commit_id theirs;
    enum bc_merge_policy policy;
    uint8_t action;
    struct bc_slice ref;
    struct bc_slice message;
    struct bc_slice report;        /* its head */
    struct bc_conflicts conflicts; /* bc_conflicts_release; reasons are not kept */
    struct bc_value value;         /* that the slices lie in */
};
/* BC_NO_DATA: none waits. BC_CORRUPT, BC_NEWER_FORMAT. The caller releases. */
enum bc_status bc_waiting_get(struct bc_branch *branch, struct bc_waiting *waiting);
/* What a row's value says; the slices lie in that value, and not in the waiting's own. */
enum bc_status bc_waiting_decode(struct bc_slice value, struct bc_waiting *waiting);
void bc_waiting_release(struct bc_waiting *waiting);
enum bc_status bc_waiting_put(struct bc_branch *branch, const struct bc_waiting *waiting,
                              struct bc_batch *batch);
enum bc_status bc_waiting_remove(struct bc_branch *branch, struct bc_batch *batch);
/* What of a row's value is to be kept by the collector: layers (0: none) and commits; the hidden
 * branch has a record of its own. */
enum { BC_WAITING_LAYERS = 6, BC_WAITING_COMMITS = 3 };
struct bc_waiting_reach {
    uint64_t hidden;
    uint64_t layers[BC_WAITING_LAYERS];
    struct bc_commit_id commits[BC_WAITING_COMMITS];
    unsigned commit_count;
};
enum bc_status bc_waiting_reach(struct bc_slice value, struct bc_waiting_reach *reach);
/* The merges that wait for branches that are not there, nor among those that can be brought back
 * (`restorable`, by id): deletes their rows and their hidden branches' records in the batch, and
 * appends the ids of these, u64 each. The list of branches is locked. */
enum bc_status bc_waiting_drop_lost(struct bc_repo *repo, struct bc_id_counts *restorable,
                                    struct bc_batch *batch, struct bc_buffer *hidden);

/* merge_conflicts.c: the tree of conflicts as a scratch branch, frozen. */
enum bc_status bc_conflict_tree(struct bc_tree_merge *merge, struct bc_branch **tree);
/* The folder of a conflict, and what it has for a part: "base", "ours", "theirs", "result"; 0:
 * nothing. */
enum bc_status bc_conflict_folder(struct bc_branch *tree, struct bc_slice path, uint64_t *folder);
enum bc_status bc_conflict_part(struct bc_branch *tree, uint64_t folder, const char *part,
                                uint64_t *node);

#endif
