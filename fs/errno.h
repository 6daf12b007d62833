/* The one place where a status becomes an errno. */
#ifndef FS_ERRNO_H
#define FS_ERRNO_H

#include "branchcore/status.h"

/* 0 for BC_OK; EIO for a value that is none of the enum. Never negative. */
int tfs_errno(enum bc_status status);

#endif
