/* REFs: what people call a state by.
 *
 *   REF  = NAME | NAME "~" N | NAME "@" TIME | "@" TIME
 *   NAME = a branch's name, a tag's, a commit's id or a unique prefix of at least 7 hex digits, or
 *          "head": the last commit of the branch that the REF is used in
 *   TIME = ISO 8601: 2026-11-22, 2026-11-22T14:42, 2026-11-22T14:42:04Z, with or without "Z" (UTC)
 *          or an offset such as +02:00; what it leaves out is at its end: a date is the end of the
 *          day, a minute the end of the minute
 *
 * A branch's name alone is that branch as it is seen now, uncommitted changes included; with "~N"
 * it is the Nth first parent of its last commit (NAME~0: that commit itself), with "@TIME" its last
 * commit that is not later. A name that is a branch and a tag, or a hex prefix of several commits,
 * is ambiguous; a branch's or tag's name wins over a commit's prefix, and "head" in a branch over a
 * branch of that name. */
#ifndef BRANCHCORE_REF_H
#define BRANCHCORE_REF_H

#include "branchcore/commit.h"

struct bc_state {
    /* Read-only: the tree (branch_past.h). Its name is the REF, its last commit (bc_branch_head) is
     * `commit`, and a fork of it goes on from there. Released with bc_state_release. */
    struct bc_branch *tree;
    uint64_t layer; /* what the tree is read through; 0: empty */
    /* Which state it is: the same number whenever this state is opened again, by whatever REF.
     * (`layer` may be another each time: stacks are made shorter.) 0: empty. */
    uint64_t id;
    bool has_commit;
    struct bc_commit_id
        commit;     /* of a branch's name: its last commit, which may be older than the tree */
    bool is_commit; /* the tree is that of `commit` */
    bool is_branch; /* it was a branch's name alone */
};
void bc_state_release(struct bc_state *state);

/* here (may be NULL): the branch whose "head" and "@TIME" are meant. BC_NOT_FOUND, BC_INVALID (it
 * is ambiguous, or no REF by its form), each with err saying what and what to do; BC_STALE, BC_IO.
 */
enum bc_status bc_ref_open(struct bc_repo *repo, struct bc_branch *here, struct bc_slice ref,
                           struct bc_state *state, struct bc_error *err);
/* The same where a commit is needed: BC_NOT_FOUND also if the branch has no commit yet. */
enum bc_status bc_ref_commit(struct bc_repo *repo, struct bc_branch *here, struct bc_slice ref,
                             struct bc_commit_id *id, struct bc_error *err);

/* Tags: names for commits, by the rules of branches' names; "head" is none. Rows of refs: "t", name
 * -> id (32 bytes). BC_INVALID, BC_NAME_TOO_LONG (the name), BC_NOT_FOUND (the tag; setting: the
 * commit). Setting replaces. */
enum bc_status bc_tag_set(struct bc_repo *repo, struct bc_slice name, const struct bc_commit_id *id,
                          struct bc_error *err);
enum bc_status bc_tag_get(struct bc_repo *repo, struct bc_slice name, struct bc_commit_id *id);
enum bc_status bc_tag_remove(struct bc_repo *repo, struct bc_slice name, struct bc_error *err);
/* In the order of names. */
enum bc_status bc_tag_each(struct bc_repo *repo,
                           enum bc_status (*sink)(void *context, struct bc_slice name,
                                                  const struct bc_commit_id *id),
                           void *context);

#endif
