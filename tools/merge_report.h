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

/* Calls sink for each line about a conflict in that path; path empty: for all. */
void tfs_merge_conflicts_each(struct bc_slice report, struct bc_slice path,
                              void (*sink)(void *context, struct bc_slice line), void *context);
/* Appends the report. 0 or an errno. */
int tfs_merge_report(const struct tfs_face *face, struct bc_buffer *to);

#endif
