/* Walking a branch, in the order of names. */
#ifndef TOOLS_EXPORT_WALK_H
#define TOOLS_EXPORT_WALK_H

#include "branchcore/tree.h"

/* What is in a folder, as at one moment. {0} is an empty one. */
struct tfs_entries {
    struct bc_buffer names; /* each with a NUL behind it */
    struct bc_buffer attrs; /* struct bc_attr, in the same order */
};

/* path is for the message. BC_STALE, BC_CORRUPT, BC_IO, BC_NO_MEMORY, with err. */
enum bc_status tfs_entries_read(struct bc_branch *branch, uint64_t folder, const char *path,
                                struct tfs_entries *entries, struct bc_error *err);
void tfs_entries_release(struct tfs_entries *entries);
/* Calls sink for each with its full path: path, '/' and its name; "" is the top. */
typedef enum bc_status (*tfs_walk_sink)(void *context, const struct bc_attr *attr, const char *path,
                                        struct bc_error *err);
enum bc_status tfs_entries_each(const struct tfs_entries *entries, const char *path,
                                tfs_walk_sink sink, void *context, struct bc_error *err);

/* Calls sink for a node at a path and, if it is a folder, then for all that is in it. */
enum bc_status tfs_walk(struct bc_branch *branch, const struct bc_attr *attr, const char *path,
                        tfs_walk_sink sink, void *context, struct bc_error *err);

#endif
