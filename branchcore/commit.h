/* Commits: named points of a branch's history. A commit says what the tree was (a layer), what came
 * before (its parents), who made it, when and why. Its id is a SHA-256 that chains over the parents
 * and the canonical content of the change (tree_digest.h), so equal histories have equal ids.
 *
 * Rows of the family refs: "c", id (32 bytes) -> the commit record (commit_record.c). */
#ifndef BRANCHCORE_COMMIT_H
#define BRANCHCORE_COMMIT_H

#include "branchcore/branch.h"

enum {
    BC_COMMIT_ID_BYTES = 32,
    BC_COMMIT_HEX = 64,
    BC_COMMIT_PARENTS_MAX = 2,
    BC_MESSAGE_MAX = 64 << 10 /* bytes of a message */
};

struct bc_commit_id {
    unsigned char bytes[BC_COMMIT_ID_BYTES];
};

/* 64 lower-case digits and a NUL. */
void bc_commit_id_format(const struct bc_commit_id *id, char hex[BC_COMMIT_HEX + 1]);
static inline bool bc_commit_id_equal(const struct bc_commit_id *a, const struct bc_commit_id *b)
{
    return __builtin_memcmp(a->bytes, b->bytes, BC_COMMIT_ID_BYTES) == 0;
}

struct bc_commit {
    struct bc_commit_id id;
    struct bc_commit_id parents[BC_COMMIT_PARENTS_MAX];
    unsigned parent_count;
    uint64_t layer;      /* the tree is the stack of this layer; 0: empty */
    uint64_t generation; /* 1 + the greatest of the parents'; 1: no parent */
    int64_t time_ns;
    uint64_t files; /* paths that differ from the first parent */
    uint64_t added; /* triples, against the first parent */
    uint64_t removed;
    const char *author;       /* UTF-8, no control characters, never empty */
    const char *message;      /* UTF-8, no NUL, no '\n' at the end; never empty */
    struct bc_buffer strings; /* holds author and message */
};
void bc_commit_release(struct bc_commit *commit);

/* BC_NOT_FOUND, BC_CORRUPT, BC_NEWER_FORMAT, BC_IO. The caller releases. */
enum bc_status bc_commit_get(struct bc_repo *repo, const struct bc_commit_id *id,
                             struct bc_commit *commit);

/* The branch's last commit. BC_NO_DATA: it has none. BC_STALE. */
enum bc_status bc_branch_head(struct bc_branch *branch, struct bc_commit_id *id);

struct bc_commit_info {
    struct bc_slice author;  /* empty: "unknown" */
    struct bc_slice message; /* spaces and newlines at its end are cut */
    int64_t time_ns;         /* 0: now */
};
/* BC_INVALID (empty, a NUL, not UTF-8) or BC_TOO_LARGE, with err. */
enum bc_status bc_commit_message_check(struct bc_slice message, struct bc_error *err);

/* Commits everything that differs from the last commit; safe from a power cut when it returns.
 * BC_NO_DATA with err: nothing does. BC_INVALID, BC_TOO_LARGE: the message. BC_STALE, BC_IO,
 * BC_NO_SPACE. id may be NULL. */
enum bc_status bc_branch_commit(struct bc_branch *branch, const struct bc_commit_info *info,
                                struct bc_commit_id *id, struct bc_error *err);

#endif
