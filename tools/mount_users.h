/* Who uses a mount, for the message that it cannot be unmounted. */
#ifndef TOOLS_MOUNT_USERS_H
#define TOOLS_MOUNT_USERS_H

#include "branchcore/memory.h"

/* Appends "NAME (PID), NAME (PID)" for the processes that have their working directory, their root,
 * their program or an open file at or below a path, as far as we may see; a few at most. Does not
 * ask the file system itself. BC_NO_MEMORY. */
enum bc_status tfs_mount_users(const char *point, struct bc_buffer *to);

#endif
