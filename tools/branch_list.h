/* The branches of a mounted store, as `.store/branches` has them: a line each. */
#ifndef TOOLS_BRANCH_LIST_H
#define TOOLS_BRANCH_LIST_H

#include "tools/face.h"

/* Prints them: the branch that the face found marked '*'; with details their last commit and size.
 */
int tfs_branch_list(const struct tfs_face *face, bool details);
/* Prints the default branch's name. */
int tfs_branch_print_default(const struct tfs_face *face);

#endif
