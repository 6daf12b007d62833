/* Freeing on request: what only the reflog still keeps (deleted branches with the merges that wait
 * in them, states before a reset or a merge) is given up, and everything that nothing leads to any
 * more is freed. */
#ifndef BRANCHCORE_GC_H
#define BRANCHCORE_GC_H

#include "branchcore/repo.h"

/* What is to stay unless somebody says otherwise: entries of so many days. */
enum { BC_GC_KEEP_DAYS = 30 };

struct bc_gc_options {
    int64_t keep_from_ns; /* entries of the reflog from this time on stay; 0: none does */
};

struct bc_gc_report {
    uint64_t entries; /* of the reflog, that are gone */
    struct bc_collected freed;
    /* Estimates of what all of the store takes on disk, before and after. A store frees the space
     * of runs at once and that of small rows later. */
    uint64_t disk_bytes_before;
    uint64_t disk_bytes_after;
};

/* options NULL: all 0. Safe beside everything else; what is open stays readable. BC_READ_ONLY,
 * BC_CORRUPT, BC_IO, BC_NO_SPACE, with err (may be NULL): what was done stays done, and it is safe
 * to do it again. */
enum bc_status bc_repo_gc(struct bc_repo *repo, const struct bc_gc_options *options,
                          struct bc_gc_report *report, struct bc_error *err);

#endif
