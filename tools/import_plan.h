/* What an import is to bring in: found out before anything is changed, so that mistakes show early
 * and the progress bar knows the total. */
#ifndef TOOLS_IMPORT_PLAN_H
#define TOOLS_IMPORT_PLAN_H

#include "branchcore/memory.h"

#include <sys/types.h>

enum tfs_import_kind {
    TFS_IMPORT_FILE,
    TFS_IMPORT_FOLDER,
    TFS_IMPORT_LINK,
    TFS_IMPORT_TAR /* all that is in it */
};

struct tfs_import_item {
    enum tfs_import_kind kind;
    char *source; /* "-": standard input */
    char *target; /* path in the branch, without a leading slash; of a tar the folder that it is
                     unpacked into, "" for the top */
    mode_t mode;
    uint64_t size_bytes;
    bool shortened; /* target lacks the compression's extension, which the source has */
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

struct tfs_import_how {
    /* NULL: the source's own name, without the extension of a compression if it is then a triple
     * file's; a folder whose name is "." or "..", or ends in one: what is in it goes to the root
     * of the branch; a tar is unpacked there. */
    const char *target;
    bool recursive; /* take folders, with all that is in them */
    bool tar;       /* the source is a tar, whatever its name; else names decide, but where the
                       target has a tar's name, too */
};

/* Adds a file, a folder or a tar. What cannot be imported is told on standard error and sets
 * plan->failed. BC_NO_MEMORY. */
enum bc_status tfs_import_plan_add(struct tfs_import_plan *plan, const char *source,
                                   const struct tfs_import_how *how);
/* Behind the last one: where a compressed file would get the target of another file, it is left out
 * as above. BC_NO_MEMORY. */
enum bc_status tfs_import_plan_settle(struct tfs_import_plan *plan);
void tfs_import_plan_release(struct tfs_import_plan *plan);

#endif
