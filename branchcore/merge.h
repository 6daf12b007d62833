/* Merges: three-way, by the rules of docs/merging.md (the slot rules and policies are there).
 *
 * Merging `theirs` into a branch: uncommitted changes of both are committed first; the base is the
 * best common ancestor (history.h). If the branch has nothing of its own since, it moves to theirs
 * (fast-forward); if theirs has nothing new, nothing happens. Else each path that both sides
 * changed is merged: files are paired by node, what both sides created at one path by the path. The
 * result is one commit with two parents, and takes effect with one batch.
 *
 * With conflicts nothing of the branch changes: the merge waits. What conflicts lies as files in a
 * tree of its own (bc_merge_conflicts), where people resolve it; bc_merge_continue commits,
 * bc_merge_abort forgets. A waiting merge survives crashes.
 *
 * The tree of conflicts: for each conflicting path a folder of that path (`geo/cities.nt/`), in it
 * `base`, `ours`, `theirs` and `result` with the file's extension (`base.nt`; a name without one:
 * `base`). Of a triple file they hold the statements of the conflicting slots alone, as lines
 * whatever its syntax (`base.nt` of a Turtle file); of anything else the whole file. What a side
 * has not is missing. `result` is not there at first. A slot is resolved when result has a
 * statement of it, or when a side has none of it and result is there; a whole-file conflict when
 * result is there (that is the file then) or the folder of the path is removed (the file is deleted
 * then). */
#ifndef BRANCHCORE_MERGE_H
#define BRANCHCORE_MERGE_H

#include "branchcore/commit.h"

enum bc_merge_policy {
    BC_MERGE_AUTO,
    BC_MERGE_UNION,
    BC_MERGE_OURS,
    BC_MERGE_THEIRS,
    BC_MERGE_STRICT
};
/* "auto", "union", "ours", "theirs", "strict"; BC_INVALID with err. */
enum bc_status bc_merge_policy_parse(struct bc_slice text, enum bc_merge_policy *policy,
                                     struct bc_error *err);
const char *bc_merge_policy_name(enum bc_merge_policy policy);

struct bc_merge_options {
    enum bc_merge_policy policy;
    bool dry_run;
    const struct bc_compute *compute; /* NULL: the repository's */
    struct bc_slice author;
    struct bc_slice message;      /* empty: "Merge NAME into NAME" */
    struct bc_progress *progress; /* NULL: the repository's */
};

enum bc_merge_outcome {
    BC_MERGE_NOTHING,      /* theirs has nothing new, or is the branch itself */
    BC_MERGE_FAST_FORWARD, /* the branch is now what theirs is */
    BC_MERGE_DONE,
    BC_MERGE_CONFLICTS /* it waits (BC_CONFLICT) */
};

struct bc_merge_report {
    enum bc_merge_outcome outcome;
    bool dry_run;
    bool has_base;
    struct bc_commit_id base;
    struct bc_commit_id ours; /* before */
    struct bc_commit_id theirs;
    struct bc_commit_id result; /* of DONE and FAST_FORWARD without dry_run */
    uint64_t paths;             /* that changed in the branch */
    uint64_t added;             /* triples */
    uint64_t removed;
    uint64_t conflicts; /* slots, and whole files */
    uint64_t conflicting_paths;
    uint64_t nanoseconds;
    const char *engine;          /* static: "scalar", "simd", ... */
    const char *instruction_set; /* static: "scalar", "avx2", ... */
    /* For people: a line a conflict, "PATH: SUBJECT PREDICATE: reason", ended by '\n'; of more than
     * BC_MERGE_LINES_MAX conflicts only the first, and a line that says how many there are besides
     * (bc_merge_last_read has them all). The caller releases (bc_merge_report_release). */
    struct bc_buffer lines;
};
enum { BC_MERGE_LINES_MAX = 100000 };
void bc_merge_report_release(struct bc_merge_report *report);

/* theirs: a REF (ref.h). BC_CONFLICT with err: it waits now (or, with dry_run, would). BC_BUSY with
 * err: one waits already, or the branch is changed all the time. BC_NOT_FOUND, BC_INVALID (the
 * REF), BC_STALE, BC_IO, BC_NO_SPACE: nothing changed, but that uncommitted changes may have been
 * committed. The report is filled on BC_OK and BC_CONFLICT. */
enum bc_status bc_merge(struct bc_branch *ours, struct bc_slice theirs,
                        const struct bc_merge_options *options, struct bc_merge_report *report,
                        struct bc_error *err);
/* BC_NO_DATA: no merge waits. BC_BUSY with err: PATH and slot that are not resolved, and how many
 * there are; or the branch was changed since and the merge has to be aborted and done again.
 * BC_SYNTAX, BC_INVALID: a result has statements of a slot that is not in conflict. */
enum bc_status bc_merge_continue(struct bc_branch *ours, struct bc_slice author,
                                 struct bc_merge_report *report, struct bc_error *err);
/* BC_NO_DATA. */
enum bc_status bc_merge_abort(struct bc_branch *ours, struct bc_error *err);

/* The tree of conflicts of a waiting merge; the caller releases it. BC_NO_DATA: none waits. */
enum bc_status bc_merge_conflicts(struct bc_branch *ours, struct bc_branch **conflicts);
/* The last merge's report as text, in the form that `.branch/merge` shows ("key value" lines, then
 * a line for each conflict, of which there may be millions: they are not in memory). It is what it
 * was when it was opened, whatever happens to the merge; empty if there was none since the store
 * was opened and none waits. Any thread may read. */
struct bc_merge_last;
/* BC_CORRUPT, BC_NEWER_FORMAT, BC_IO. */
enum bc_status bc_merge_last_open(struct bc_branch *ours, struct bc_merge_last **last);
/* *done is less than size only at the end. BC_CORRUPT, BC_IO. */
enum bc_status bc_merge_last_read(struct bc_merge_last *last, uint64_t offset, void *to,
                                  size_t size, size_t *done);
void bc_merge_last_close(struct bc_merge_last *last); /* NULL is allowed */

/* Makes the branch what a state is; its last commit becomes that state's. What it was stays in the
 * reflog. BC_NOT_FOUND, BC_INVALID (the REF), BC_BUSY. */
enum bc_status bc_branch_reset(struct bc_branch *branch, struct bc_slice ref, struct bc_error *err);
/* A new commit that undoes another: a merge with that commit as base and its first parent as
 * theirs. Uncommitted changes are committed first. BC_CONFLICT: it waits like a merge. */
enum bc_status bc_branch_revert(struct bc_branch *branch, struct bc_slice ref,
                                const struct bc_merge_options *options,
                                struct bc_merge_report *report, struct bc_error *err);

/* Predicates with at most one object a subject: those that the store's settings name, and those
 * that the merged branches' own data declare (owl:FunctionalProperty; sh:maxCount 1 of a property
 * shape with that sh:path). Functional settings: row "mfunctional" of refs, IRIs a line. */
enum bc_status bc_functional_get(struct bc_repo *repo, struct bc_buffer *iris);
enum bc_status bc_functional_set(struct bc_repo *repo, struct bc_slice iris, struct bc_error *err);

#endif
