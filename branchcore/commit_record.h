/* Commits as rows, and the making of them. Inside of the model.
 *
 *   "c", id 32 bytes -> u8 version, which is also the form of the digest, 1 or 2; u8 number of
 * parents, their ids (32 bytes each), u64 layer, u64 generation, i64 time ns, u64 files, u64 added,
 * u64 removed, 32 bytes digest of the change (bc_tree_digest of the first parent's tree and this
 * one), bytes author, bytes message
 *
 * The id is the SHA-256 of this text: "triplefs commit 1\n", for each parent "parent HEX\n",
 * "author AUTHOR\n", "time NANOSECONDS\n", "change HEX\n" (the digest), "\n", the message. */
#ifndef BRANCHCORE_COMMIT_RECORD_H
#define BRANCHCORE_COMMIT_RECORD_H

#include "branchcore/commit.h"
#include "branchcore/tree_diff.h"

enum { BC_COMMIT_KEY_BYTES = 1 + BC_COMMIT_ID_BYTES, BC_AUTHOR_MAX = 1000 };

void bc_commit_key(const struct bc_commit_id *id, char key[BC_COMMIT_KEY_BYTES]);

/* Of a decoded one, author and message are slices into the value. */
struct bc_commit_record {
    struct bc_commit commit; /* its id, author, message and strings are not used */
    unsigned form;           /* of the digest: bc_tree_digest */
    unsigned char change[32];
    struct bc_slice author;
    struct bc_slice message;
};
enum bc_status bc_commit_record_encode(const struct bc_commit_record *record, struct bc_buffer *to);
/* BC_CORRUPT, BC_NEWER_FORMAT. */
enum bc_status bc_commit_record_decode(struct bc_slice value, struct bc_commit_record *record);
/* The record of a commit, whose slices are of value; the caller releases value. BC_NOT_FOUND. */
enum bc_status bc_commit_record_get(struct bc_repo *repo, const struct bc_commit_id *id,
                                    struct bc_value *value, struct bc_commit_record *record);
/* What the id of such a record is: a record whose key is another is damaged. */
enum bc_status bc_commit_record_id(const struct bc_commit_record *record, struct bc_commit_id *id);

/* A commit in the making. */
struct bc_commit_new {
    const struct bc_commit_id *parents; /* in the store; the first is what it is compared with */
    unsigned parent_count;
    uint64_t layer;         /* frozen; 0: the empty tree */
    struct bc_branch *tree; /* the same tree, where that is easier to compare; NULL: the layer's */
    const struct bc_commit_info *info;
};
/* Checks the info, compares the two trees and puts the record into the batch. *id (not NULL) and
 * *sums (may be NULL: what differs from the first parent) are filled. It may be a commit without
 * differences: refusing that is the caller's business. If the store has the very same commit (same
 * parents, change, author, time, message), that one stays as it is. What bc_branch_commit returns.
 */
enum bc_status bc_commit_make(struct bc_repo *repo, const struct bc_commit_new *what,
                              struct bc_batch *batch, struct bc_commit_id *id,
                              struct bc_tree_sums *sums, struct bc_error *err);
/* The layer of a commit that is in the store or, not yet, in a batch (may be NULL). BC_NOT_FOUND.
 */
enum bc_status bc_commit_layer(struct bc_repo *repo, const struct bc_batch *batch,
                               const struct bc_commit_id *id, uint64_t *layer);

/* Every commit of the store, in the order of ids, whether anything refers to it or not; snapshot
 * NULL: now. record is valid during the call. BC_CORRUPT, BC_NEWER_FORMAT. */
enum bc_status bc_commit_each(struct bc_repo *repo, struct bc_snapshot *snapshot,
                              enum bc_status (*sink)(void *context, const struct bc_commit_id *id,
                                                     const struct bc_commit_record *record),
                              void *context);

#endif
