/* A tar that comes into a branch: all that is in it, at its paths below the item's target, with
 * modes, times and extended attributes, and with owners where root imports. It is read twice:
 * before anything is changed, all of it is verified, and that no path leads out of the branch. A
 * tar that is no file is copied to the import's spool first. */
#ifndef TOOLS_IMPORT_TAR_H
#define TOOLS_IMPORT_TAR_H

#include "tools/import_run.h"

/* A triple file that has this attribute in a tar is there as its lines, N-Triples or N-Quads,
 * whatever syntax its name says. In a branch it is no attribute. */
#define TFS_TAR_LINES_ATTRIBUTE "user.triplefs.lines"

/* BC_INVALID with err, and nothing changed: no tar, damaged, cut off, or with a path that cannot be
 * in a branch. Members that cannot be imported are told, and the others come in all the same:
 * BC_CANCELLED then, as when the task is to stop. BC_IO, BC_NO_SPACE (of the spool), BC_NO_MEMORY.
 */
enum bc_status tfs_import_tar(struct tfs_import *import, struct bc_error *err);

#endif
