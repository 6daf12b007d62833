/* A branch by the name that somebody typed. */
#ifndef TOOLS_BRANCH_FIND_H
#define TOOLS_BRANCH_FIND_H

#include "branchcore/branch.h"

/* As bc_branch_open; err says which branches there are, a few at most. */
enum bc_status tfs_branch_find(struct bc_repo *repo, const char *name, struct bc_branch **branch,
                               struct bc_error *err);

#endif
