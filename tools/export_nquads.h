/* The triple files of a branch as one N-Quads text, canonical and sorted: each statement in the
 * graph that is its file, <file:///PATH> (bc_base_of_path). Labels of blank nodes mean one node
 * within a file: where there are more files than one, each gets the file's mark before it,
 * "_:HASH.LABEL". */
#ifndef TOOLS_EXPORT_NQUADS_H
#define TOOLS_EXPORT_NQUADS_H

#include "branchcore/sorter.h"
#include "tools/export_run.h"

struct tfs_export_nquads {
    /* Set by the caller. */
    struct tfs_export *export;
    struct bc_sorter *sorter;
    bool keep_graphs; /* statements that have a graph keep it; else they are refused */

    /* Its own. */
    uint64_t files;
    struct bc_buffer line;
    struct bc_buffer graph;
    char mark[20];
};

/* First for each root (a node and its path, "" the top), then the second for each, then the third.
 * BC_INVALID with err: a statement has a graph. BC_STALE, BC_CORRUPT, BC_IO, BC_NO_SPACE,
 * BC_NO_MEMORY, with err. */
enum bc_status tfs_export_nquads_count(struct tfs_export_nquads *nquads, const struct bc_attr *attr,
                                       const char *path, struct bc_error *err);
enum bc_status tfs_export_nquads_add(struct tfs_export_nquads *nquads, const struct bc_attr *attr,
                                     const char *path, struct bc_error *err);
enum bc_status tfs_export_nquads_write(struct tfs_export_nquads *nquads, struct tfs_stream_out *to,
                                       struct bc_error *err);
void tfs_export_nquads_release(struct tfs_export_nquads *nquads);

#endif
