/* Exporting: writes what is in a branch as files of the native file system. */
#ifndef TOOLS_EXPORT_RUN_H
#define TOOLS_EXPORT_RUN_H

#include "branchcore/branch.h"
#include "branchcore/tree.h"
#include "tools/stream_out.h"

struct tfs_export {
    struct bc_branch *branch;
    char *buffer; /* TFS_EXPORT_PIECE bytes, the caller's */
    uint64_t files;
    uint64_t triples;
    uint64_t bytes;
};

enum { TFS_EXPORT_PIECE = 1 << 20 };

/* All of these tell nothing and return, with err as a whole reason that names the path: BC_EXISTS,
 * BC_IO, BC_NO_SPACE, BC_DENIED, BC_CORRUPT, BC_STALE, BC_SYNTAX (a triple file's set cannot be
 * said in its syntax). */

/* A file's bytes, to the stream, behind what it has. path is that in the branch. */
enum bc_status tfs_export_stream(struct tfs_export *export, const struct bc_attr *attr,
                                 const char *path, struct tfs_stream_out *to, struct bc_error *err);
/* The same into a file of its own, as tfs_export_node does it. path is that in the branch, output
 * that of the file, for the messages. */
enum bc_status tfs_export_file(struct tfs_export *export, const struct bc_attr *attr,
                               enum tfs_compression compression, int directory, const char *name,
                               const char *path, const char *output, struct bc_error *err);
/* A file, a link, or a folder with all that is in it, as `name` in an open directory; with modes
 * and times, and owners where we may. A file that is there is replaced when the new one is whole; a
 * folder that is there is added to. path is for the messages. */
enum bc_status tfs_export_node(struct tfs_export *export, const struct bc_attr *attr, int directory,
                               const char *name, const char *path, struct bc_error *err);
/* What is in a folder, into an open directory. */
enum bc_status tfs_export_entries(struct tfs_export *export, uint64_t folder, int directory,
                                  const char *path, struct bc_error *err);

/* Counts a file that was exported. */
void tfs_export_count(struct tfs_export *export, uint64_t bytes, uint64_t triples);

#endif
