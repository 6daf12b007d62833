/* What a commit changed, as people read it. */
#ifndef TOOLS_COMMIT_CHANGES_H
#define TOOLS_COMMIT_CHANGES_H

#include "tools/diff_show.h"

/* Prints an empty line and what the commit `id` changed against its first parent; for one without
 * a parent, where its files are. header: of its tfs_commit_text. Returns an exit status. */
int tfs_commit_changes(const struct tfs_face *face, const char *id, struct bc_slice header,
                       const struct tfs_diff_style *style);

#endif
