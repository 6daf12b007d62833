/* The records of branches and of the reflog in the family refs. Integers are big-endian.
 *
 *   "b", name        -> branch u64
 *   "B", branch u64  -> u8 version, u64 top, u64 work, u64 base, u64 created ns, u64 changed ns,
 * bytes name (empty: a hidden branch, state.h), bytes forked from, bytes head (the last commit's
 * id: 32 bytes, or none)
 *   "g", u64         -> u8 version, u64 time ns, u8 action, bytes name, bytes detail, u64 branch,
 * bytes branch record (what a restore brings back; empty where there is nothing to bring back) */
#ifndef BRANCHCORE_BRANCH_RECORD_H
#define BRANCHCORE_BRANCH_RECORD_H

#include "branchcore/commit.h"
#include "branchcore/store.h"

struct bc_branch_record {
    uint64_t top;
    uint64_t work;
    uint64_t base;
    int64_t created_ns;
    int64_t changed_ns;
    struct bc_slice name;
    struct bc_slice forked_from;
    bool has_head;
    struct bc_commit_id head;
};

enum bc_status bc_branch_record_encode(const struct bc_branch_record *record, struct bc_buffer *to);
/* The names are slices into value. BC_CORRUPT, BC_NEWER_FORMAT. */
enum bc_status bc_branch_record_decode(struct bc_slice value, struct bc_branch_record *record);

enum bc_reflog_action {
    BC_REFLOG_CREATE = 'C',
    BC_REFLOG_DELETE = 'D',
    BC_REFLOG_RENAME = 'R',
    BC_REFLOG_RESTORE = 'U',
    BC_REFLOG_DEFAULT = 'S',
    /* Moves (bc_branch_move). */
    BC_REFLOG_MERGE = 'M',
    BC_REFLOG_FAST_FORWARD = 'F',
    BC_REFLOG_RESET = 'B',
    BC_REFLOG_PATCH = 'P',
    BC_REFLOG_REVERT = 'V',
    BC_REFLOG_REWRITE = 'W'
};

struct bc_reflog_record {
    int64_t time_ns;
    uint8_t action;
    struct bc_slice name;
    struct bc_slice detail;
    uint64_t branch;
    struct bc_slice branch_record;
};

enum bc_status bc_reflog_record_encode(const struct bc_reflog_record *record, struct bc_buffer *to);
enum bc_status bc_reflog_record_decode(struct bc_slice value, struct bc_reflog_record *record);

#endif
