/* What `.branch/merge` tells of a branch's last merge: lines "KEY VALUE", then a line a conflict.
 */
#ifndef TOOLS_MERGE_REPORT_H
#define TOOLS_MERGE_REPORT_H

#include "tools/face.h"
#include "tools/json.h"

/* Whether a merge waits for its conflicts to be resolved. */
bool tfs_merge_waits(const struct tfs_face *face);

/* Prints what the last merge, or `what` else that is one ("merge", "revert"), did, from its report;
 * where it waits, what to do next. Returns TFS_FAILED, after telling, if there are conflicts. */
int tfs_merge_print(const struct tfs_face *face, const char *what);

/* The lines of a report about conflicts, found by their paths. The slices lie in the report; `list`
 * is the caller's to free (bc_free). */
struct tfs_merge_lines {
    struct bc_slice *list; /* in the order of their bytes */
    size_t count;
};
/* False: no memory. */
bool tfs_merge_lines_of(struct bc_slice report, struct tfs_merge_lines *lines);
/* Calls sink for each line about that path. */
void tfs_merge_lines_each(const struct tfs_merge_lines *lines, struct bc_slice path,
                          void (*sink)(void *context, struct bc_slice line), void *context);
/* Appends the report. 0 or an errno. */
int tfs_merge_report(const struct tfs_face *face, struct bc_buffer *to);

#endif
