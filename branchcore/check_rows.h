/* Inside of the check: rows, runs, and the trees that they make up. */
#ifndef BRANCHCORE_CHECK_ROWS_H
#define BRANCHCORE_CHECK_ROWS_H

#include "branchcore/check.h"
#include "branchcore/model.h"

struct bc_check {
    struct bc_repo *repo;
    struct bc_check_counts *counts;
    struct bc_snapshot *snapshot; /* of the rows, for the first two below */
    struct bc_id_counts versions; /* of texts that were met already */
    struct bc_id_counts states;   /* whose history was looked at already */
    struct bc_id_counts indexes;  /* likewise, with the indexes below */
    void (*problem)(void *context, const char *text);
    void *context;
};

/* What is stored cannot be understood: a problem to be told, not a failure of the check. */
static inline bool bc_check_unreadable(enum bc_status st)
{
    return st == BC_CORRUPT || st == BC_NEWER_FORMAT;
}

void bc_check_problem(struct bc_check *check, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The numbers of a node's record in a layer, as of the snapshot; BC_NOT_FOUND, also if it cannot be
 * read. */
enum bc_status bc_check_record_of(struct bc_check *check, uint64_t layer, uint64_t node,
                                  struct bc_node *record);
/* The runs that a record uses: its base and its run of changes; 0: none. */
struct bc_check_runs_of {
    uint64_t base;
    uint64_t delta;
};
struct bc_check_runs_of bc_check_runs_of(const struct bc_node *record);

/* Every row of the family layers decodes; every record's run has its reference; chunks are within
 * their files. A layer that nothing refers to is no problem: it is collected. */
enum bc_status bc_check_layers(struct bc_check *check);
/* Every reference to a run: its record says so too, and the run is there, its blocks follow each
 * other, its lines are canonical (of a run of changes each with its sign) and in order, its header
 * and index say what they hold. */
enum bc_status bc_check_runs(struct bc_check *check);
/* Of what a branch's working set changes: every entry has its node and every node its entry.
 * Appends to texts, as u64 each, the nodes of the texts that were not met before. Writers of the
 * branch wait. */
enum bc_status bc_check_work(struct bc_check *check, struct bc_branch *branch,
                             struct bc_buffer *texts);
/* The same of a frozen layer; texts is called with them and with what the layer's tree looks like.
 */
enum bc_status bc_check_frozen(struct bc_check *check, struct bc_layer *layer,
                               enum bc_status (*texts)(struct bc_check *check,
                                                       struct bc_branch *branch, const char *label,
                                                       const struct bc_buffer *nodes));
/* Every state from this one down, to the first that was met already, its trees and its texts. */
enum bc_status bc_check_history(struct bc_check *check, uint64_t state);
/* Of a record that covers the layers below it: it is what they make. where: for messages. */
enum bc_status bc_check_covers(struct bc_check *check, struct bc_branch *branch,
                               const struct bc_found *found, const char *where);
/* Every commit: its id, parents, generation, what it says that it changed, its layers; and that
 * heads and tags are there. */
enum bc_status bc_check_commits(struct bc_check *check);
/* Every merge that waits: its layers, the tree of its conflicts and its report are there and whole.
 */
enum bc_status bc_check_waiting(struct bc_check *check);
/* The layers of a branch and its working set, trees and texts. */
enum bc_status bc_check_tree(struct bc_check *check, struct bc_branch *branch);
/* "branch NAME", for messages; of a branch without a name, "branch ID". */
enum { BC_CHECK_LABEL = BC_BRANCH_NAME_MAX + 32 };
void bc_check_label(struct bc_branch *branch, char label[BC_CHECK_LABEL]);
/* Of an index layer: it shows what the layers show that it stands for. */
enum bc_status bc_check_index(struct bc_check *check, struct bc_layer *layer);

#endif
