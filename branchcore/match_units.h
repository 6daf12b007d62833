/* Inside branchcore: the work of a search (match.h), cut into units that threads take on and whose
 * results come in order. A unit is a piece of a file, or a small file. How the work is cut depends
 * on the texts and the pattern alone. Only match*.c, aggregate*.c and rewrite*.c use it. */
#ifndef BRANCHCORE_MATCH_UNITS_H
#define BRANCHCORE_MATCH_UNITS_H

#include "branchcore/match.h"
#include "branchcore/model.h"
#include "branchcore/text_history.h"

/* What is to be done with matching statements in place of collecting them as text. */
struct bc_match_work {
    void *context;
    /* Takes matching statements of one block, on any thread; those of a unit come in order, and
     * *unit, NULL at first, is the unit's to keep what it makes of them. */
    enum bc_status (*take)(void *context, void **unit, const char *text,
                           const struct bc_spans *spans, size_t count);
    /* Frees a unit's; NULL is allowed. */
    void (*drop)(void *unit);
};

/* As bc_match_new; work NULL: the lines. */
enum bc_status bc_match_new_work(const struct bc_match_source *source,
                                 const struct bc_pattern *pattern,
                                 const struct bc_match_options *options,
                                 const struct bc_match_work *work, struct bc_match **match,
                                 struct bc_error *err);
/* As bc_match_next, for a search with work: the part has no lines, and *unit, what take made (not
 * NULL), is the caller's to drop. */
enum bc_status bc_match_next_unit(struct bc_match *match, struct bc_match_part *part, void **unit);

/* The files of a source, in order. */
struct bc_match_file {
    size_t path; /* where it is in paths, with a NUL behind it */
    uint64_t node;
    uint64_t bytes;
    uint64_t triples;
};
struct bc_match_files {
    struct bc_buffer paths;
    struct bc_match_file *items;
    size_t count;
    size_t capacity;
};
/* All triple files of a folder and of what is in it, or the one file; path may have slashes at its
 * ends. BC_NOT_FOUND, BC_NOT_DIRECTORY, BC_INVALID with err. The caller releases files, also after
 * a failure. */
enum bc_status bc_match_files_find(struct bc_branch *branch, struct bc_slice path,
                                   struct bc_match_files *files, struct bc_error *err);
/* Whether the path is a file's as the branch is now. */
bool bc_match_is_file(struct bc_branch *branch, struct bc_slice path);
void bc_match_files_release(struct bc_match_files *files);

/* The stretches of a sorted text in which a pattern's lines must lie, by their subjects. */
struct bc_match_keys {
    struct bc_buffer *items; /* what lines begin with; sorted, none begins with another */
    size_t count;            /* 0: they may lie anywhere */
};
enum bc_status bc_match_keys_of(const struct bc_pattern *pattern, struct bc_match_keys *keys);
void bc_match_keys_release(struct bc_match_keys *keys);

#endif
