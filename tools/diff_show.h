/* A diff as people read it: RDF Patch text with colours, or a line a path with what it adds and
 * removes. */
#ifndef TOOLS_DIFF_SHOW_H
#define TOOLS_DIFF_SHOW_H

#include "tools/face.h"

struct tfs_diff_style {
    bool colours;
    bool stat;
    bool prefixes;    /* prefixed names, by the store's prefixes and those that are known */
    const char *path; /* that path alone and what is below it; NULL or "": all */
};

/* Shows the patch that a control file has. */
int tfs_diff_show(const struct tfs_face *face, const char *control,
                  const struct tfs_diff_style *style);

/* A path as it was typed, from the top of the branch's tree. False, after telling: it is outside.
 */
bool tfs_diff_path(const struct tfs_face *face, const char *typed, char path[PATH_MAX]);

#endif
