/* A tar of a branch: every file, folder and link with its mode, owner, time of change and extended
 * attributes, the top as "./" if all of it is meant. The same branch always gives the same bytes,
 * and what `import` makes of them gives them again. */
#ifndef TOOLS_EXPORT_TAR_H
#define TOOLS_EXPORT_TAR_H

#include "tools/export_run.h"

struct tfs_export_tar;

/* lines: triple files go in as their lines, N-Triples or N-Quads, whatever their syntax, with an
 * attribute that says so (import_tar.h) where it is another one. Both are borrowed. Fails as
 * tfs_tar_out_new. */
enum bc_status tfs_export_tar_new(struct tfs_export *export, struct tfs_stream_out *stream,
                                  bool lines, struct tfs_export_tar **tar, struct bc_error *err);
/* Adds a node, and all that is in it; path "" is the top. Fails as tfs_export_stream and
 * tfs_tar_out_member. */
enum bc_status tfs_export_tar_add(struct tfs_export_tar *tar, const struct bc_attr *attr,
                                  const char *path, struct bc_error *err);
enum bc_status tfs_export_tar_finish(struct tfs_export_tar *tar, struct bc_error *err);
void tfs_export_tar_free(struct tfs_export_tar *tar); /* NULL is allowed */

#endif
