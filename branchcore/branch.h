/* Branches: names for stacks of layers. A fork shares everything and costs one record, whatever the
 * size. */
#ifndef BRANCHCORE_BRANCH_H
#define BRANCHCORE_BRANCH_H

#include "branchcore/repo.h"

enum { BC_BRANCH_NAME_MAX = 200 };

/* A reference to a branch that exists. After a deletion it stays valid memory and every operation
 * on it returns BC_STALE. */
struct bc_branch;

/* BC_OK, or BC_NAME_TOO_LONG, or BC_INVALID with err saying which rule it breaks: 1-200 bytes of
 * UTF-8, no leading '.' or '-', none of / ~ ^ : @ { } \ * ? [ and no control characters. */
enum bc_status bc_branch_name_check(struct bc_slice name, struct bc_error *err);

/* BC_NOT_FOUND. The caller releases. */
enum bc_status bc_branch_open(struct bc_repo *repo, struct bc_slice name,
                              struct bc_branch **branch);
struct bc_branch *bc_branch_retain(struct bc_branch *branch);
void bc_branch_release(struct bc_branch *branch); /* NULL is allowed */

struct bc_repo *bc_branch_repo(struct bc_branch *branch);
/* Never reused. */
uint64_t bc_branch_id(const struct bc_branch *branch);
/* Copies the current name, with a NUL. */
void bc_branch_name(struct bc_branch *branch, char name[BC_BRANCH_NAME_MAX + 1]);

struct bc_branch_info {
    uint64_t id;
    const char *name;
    const char *forked_from; /* the name that the source had then; "" for main */
    int64_t created_ns;
    int64_t changed_ns; /* the last change of its content that was noted: freeze, fork, commit */
    uint64_t top;       /* its highest frozen layer; 0: none */
    uint64_t work;      /* its working set */
    bool has_head;
    const unsigned char *head; /* the id of its last commit (commit.h): 32 bytes */
};

/* In the order of names. info is valid during the call. */
enum bc_status bc_branch_each(struct bc_repo *repo,
                              enum bc_status (*sink)(void *context,
                                                     const struct bc_branch_info *info),
                              void *context);

/* The branch as it is now, as a read-only branch that goes on being that; its last commit is the
 * branch's. Changes of it return BC_READ_ONLY. The caller releases it. BC_STALE, BC_IO. */
enum bc_status bc_branch_snapshot(struct bc_branch *branch, struct bc_branch **past);

/* How often it went from one state to another at once (moved of repo.h) since it was opened. What
 * is read between two answers that are the same is of before or after each such move. */
uint64_t bc_branch_moves(struct bc_branch *branch);

/* What the whole of a branch holds; costs a walk over its tree. */
struct bc_branch_totals {
    uint64_t triples;
    uint64_t files;
    uint64_t folders;
    uint64_t bytes;      /* of all files, as read */
    uint64_t layers;     /* depth of its stack, the working set included */
    uint64_t disk_bytes; /* compressed, everything that it refers to, shared or not; an estimate */
    uint64_t own_bytes;  /* of these, those of its working set */
};
enum bc_status bc_branch_measure(struct bc_branch *branch, struct bc_branch_totals *totals);

/* A new branch that is what source is now. owner: who owns its root folder. BC_EXISTS, BC_INVALID,
 * BC_NAME_TOO_LONG, BC_STALE. *branch (may be NULL) is released by the caller. */
struct bc_owner {
    uint32_t uid;
    uint32_t gid;
};
enum bc_status bc_branch_fork(struct bc_branch *source, struct bc_slice name,
                              const struct bc_owner *owner, struct bc_branch **branch,
                              struct bc_error *err);

/* exchange: both exist and swap names. replace is never done: BC_EXISTS. */
enum bc_status bc_branch_rename(struct bc_repo *repo, struct bc_slice from, struct bc_slice to,
                                bool exchange, struct bc_error *err);

/* BC_NOT_EMPTY (unless force) if the branch has changes that no other branch has; err says what
 * would be lost. Another branch has them if it, or a commit in its history, stands on them (a
 * fork), or if all of them are committed and the last commit is part of the other's history (a
 * merge). BC_BUSY for the default branch. It stays recoverable through the reflog. */
enum bc_status bc_branch_delete(struct bc_repo *repo, struct bc_slice name, bool force,
                                struct bc_error *err);
/* Brings back what a branch was, under its name or another (empty: its name). state is the id that
 * the reflog tells: "w" and hex digits, behind the name of a deleted branch ("delete NAME wID"), or
 * of one that was moved ("merge NAME wID REF", and so fast-forward, reset, patch, revert). Instead
 * of the id, the name of a deleted branch (the one deleted last). A deleted branch is itself again;
 * what a branch was before a move becomes a new branch, since its own name is most often in use:
 * give another. BC_NOT_FOUND, BC_EXISTS with err. */
enum bc_status bc_branch_restore(struct bc_repo *repo, struct bc_slice state, struct bc_slice name,
                                 struct bc_error *err);

/* The branch that mkdir in the root forks. */
enum bc_status bc_default_branch(struct bc_repo *repo, struct bc_branch **branch);
enum bc_status bc_default_branch_set(struct bc_repo *repo, struct bc_slice name,
                                     struct bc_error *err);

/* What differs from the last commit, or from what it was forked from where it has no commit of its
 * own. In the order of paths. */
struct bc_difference {
    char kind; /* 'A', 'M', 'D', 'R' */
    const char *path;
    const char *old_path; /* of 'R'; else NULL */
    uint64_t added;       /* triples; of plain files 0 */
    uint64_t removed;
};
enum bc_status bc_branch_status(struct bc_branch *branch,
                                enum bc_status (*sink)(void *context,
                                                       const struct bc_difference *difference),
                                void *context);

#endif
