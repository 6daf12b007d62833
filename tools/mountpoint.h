/* Where a store may be mounted. */
#ifndef TOOLS_MOUNTPOINT_H
#define TOOLS_MOUNTPOINT_H

#include "branchcore/status.h"

#include <limits.h>

/* The absolute path of a mountpoint at which this store may be mounted. store is absolute.
 * BC_NOT_FOUND, BC_NOT_DIRECTORY, BC_INVALID (one is inside the other), BC_BUSY (something is
 * mounted there), BC_DENIED, BC_IO, with err as a whole sentence. */
enum bc_status tfs_mountpoint_check(const char *path, const char *store, char real[PATH_MAX],
                                    struct bc_error *err);

#endif
