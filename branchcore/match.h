/* Matching: the statements of a file, a folder or a whole branch that a pattern (pattern.h) means,
 * folder by folder in the order of names and, in each file, of lines.
 *
 * A branch, or a folder of it, is looked at as it is at one moment (a snapshot), a file likewise;
 * changes made meanwhile are not seen; where the branch itself is removed, the search ends with
 * BC_STALE. Where the pattern names the subject, or how it begins, only
 * the blocks that can have such lines are read, found with the run's index; else everything is
 * read, in pieces of BC_MATCH_PIECE_BYTES on the threads of the pool. Memory: two pieces' matching
 * lines and three blocks for each thread, and the paths of all files. */
#ifndef BRANCHCORE_MATCH_H
#define BRANCHCORE_MATCH_H

#include "branchcore/file_text.h"
#include "branchcore/match_block.h"
#include "branchcore/pool.h"
#include "branchcore/progress.h"

#include <stdatomic.h>

enum { BC_MATCH_PIECE_BYTES = 2 << 20 };

/* Where to look. Either a branch, or a text. */
struct bc_match_source {
    struct bc_branch *branch;
    struct bc_slice path;      /* in the branch: a triple file's or a folder's; empty: all of it */
    struct bc_file_text *text; /* or this one alone, branch being NULL */
};

struct bc_match_options {
    struct bc_pool *pool;             /* NULL: the repository's */
    const struct bc_compute *compute; /* NULL: the repository's */
    enum bc_match_plan plan;
    uint64_t limit;                    /* at most so many statements; 0: all */
    bool count_only;                   /* the parts have no lines */
    struct bc_progress_item *progress; /* may be NULL: bytes looked at */
    const atomic_bool *stop; /* may be NULL: soon after it is true the search is BC_CANCELLED */
};

/* One search; for one thread at a time (which uses those of the pool). pattern must live as long;
 * NULL: everything. The source need not. BC_NOT_FOUND, BC_NOT_DIRECTORY: there is no such path;
 * BC_INVALID: it is no triple file and no folder; err says so. BC_STALE, BC_CORRUPT, BC_IO. */
struct bc_match;
enum bc_status bc_match_new(const struct bc_match_source *source, const struct bc_pattern *pattern,
                            const struct bc_match_options *options, struct bc_match **match,
                            struct bc_error *err);

/* Matching statements of one file, one or more. */
struct bc_match_part {
    struct bc_slice path; /* of the file, from the branch's root; empty for a text alone */
    uint64_t node;        /* 0 for a text alone */
    uint64_t count;
    struct bc_slice lines; /* as many, each with its '\n' */
};
/* The next ones; the part's slices are valid until the next call. BC_NO_DATA at the end;
 * BC_CORRUPT, BC_IO, BC_NO_MEMORY: only free may follow. What was found before a failure came
 * first. */
enum bc_status bc_match_next(struct bc_match *match, struct bc_match_part *part);
void bc_match_free(struct bc_match *match); /* NULL is allowed */

struct bc_match_figures {
    uint64_t files;         /* in the source */
    uint64_t bytes;         /* of them all */
    uint64_t bytes_skipped; /* that the index ruled out */
    uint64_t matches;       /* so far */
};
void bc_match_figures(const struct bc_match *match, struct bc_match_figures *figures);

/* All of it in one call: sink takes the parts; a status of its own other than BC_OK ends it and is
 * returned. figures may be NULL. */
enum bc_status bc_match_each(const struct bc_match_source *source, const struct bc_pattern *pattern,
                             const struct bc_match_options *options,
                             enum bc_status (*sink)(void *context,
                                                    const struct bc_match_part *part),
                             void *context, struct bc_match_figures *figures, struct bc_error *err);

#endif
