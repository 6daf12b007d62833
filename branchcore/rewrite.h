/* Rewriting IRIs: all that begin with one prefix begin with another afterwards, in subjects,
 * predicates, objects, graphs and datatypes of a branch's triple files, or of a folder or a file of
 * it, within triple terms, too. Text within literals stays, as do blank nodes and other files.
 *
 * Takes effect as one change of the branch, all of it or nothing; what the branch was is in the
 * reflog. Only blocks with the old prefix in them are looked at line by line, and only lines that
 * change are written (until that is most of a file, which is then written anew). The new lines are
 * sorted within the repository's memory budget, and spilled to its spool directory beyond that. */
#ifndef BRANCHCORE_REWRITE_H
#define BRANCHCORE_REWRITE_H

#include "branchcore/match.h"

struct bc_rewrite_options {
    struct bc_slice path; /* a triple file's or a folder's; empty: all of the branch */
    struct bc_slice from; /* what IRIs are to begin with, without '<'; not empty */
    struct bc_slice to;   /* what they begin with then */
    bool dry_run;         /* count alone */
    struct bc_pool *pool; /* as in bc_match_options, like what follows */
    const struct bc_compute *compute;
    struct bc_progress_item *progress;
};

struct bc_rewrite_report {
    uint64_t files;    /* that change */
    uint64_t lines;    /* statements that change */
    uint64_t terms;    /* IRIs that change, datatypes included */
    uint64_t collided; /* statements that became one that was there already, or that another became:
                          the files together have so many fewer afterwards */
};

/* BC_INVALID: `from` is empty or has what no IRI has, or an IRI that would result is not valid (err
 * has the statement); BC_TOO_LARGE: a statement would be longer than BC_LINE_MAX.
 * BC_NOT_FOUND, BC_NOT_DIRECTORY: no such path. BC_READ_ONLY, BC_STALE, BC_BUSY, BC_CORRUPT, BC_IO,
 * BC_NO_SPACE. The report is filled on success alone. Where nothing changes, nothing is done. */
enum bc_status bc_rewrite(struct bc_branch *branch, const struct bc_rewrite_options *options,
                          struct bc_rewrite_report *report, struct bc_error *err);

/* Reads what a command says: `OLD NEW`, each as bc_pattern_iri takes it, such as
 * `<http://old.example/> <https://new.example/>` or `ex: schema:`, with PREFIX declarations before
 * them if need be; prefixes as for bc_pattern_parse. Appends both, without brackets. BC_SYNTAX with
 * err. */
enum bc_status bc_rewrite_parse(struct bc_slice text, const struct bc_prefixes *prefixes,
                                struct bc_buffer *from, struct bc_buffer *to, struct bc_error *err);

#endif
