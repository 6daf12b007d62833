/* What an import is to bring in: found out before anything is changed, so that mistakes show early
 * and the progress bar knows the total. */
#ifndef TOOLS_IMPORT_PLAN_H
#define TOOLS_IMPORT_PLAN_H

#include "branchcore/memory.h"

#include <sys/types.h>

enum tfs_import_kind { TFS_IMPORT_FILE, TFS_IMPORT_FOLDER, TFS_IMPORT_LINK };

struct tfs_import_item {
    enum tfs_import_kind kind;
    char *source; /* "-": standard input */
    char *target; /* path in the branch, without a leading slash */
    mode_t mode;
    uint64_t size_bytes;
};

struct tfs_import_plan {
    struct tfs_import_item *items;
    size_t count;
    size_t capacity;
    uint64_t size_bytes;
    bool failed; /* something was left out, and said so */
};

/* The path in a branch that people mean: no leading, trailing or double slashes. BC_INVALID with
 * err: it is empty, has "." or ".." in it, or names the control directory; BC_NAME_TOO_LONG. The
 * caller frees *clean. */
enum bc_status tfs_branch_path(const char *path, char **clean, struct bc_error *err);

/* Adds a file, or a folder with all that is in it. target NULL: its own name; a folder whose name
 * is "." or "..", or ends in one: what is in it goes to the root of the branch. What cannot be
 * imported is told on standard error and sets plan->failed. BC_NO_MEMORY. */
enum bc_status tfs_import_plan_add(struct tfs_import_plan *plan, const char *source,
                                   const char *target, bool recursive);
void tfs_import_plan_release(struct tfs_import_plan *plan);

#endif
