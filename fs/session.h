/* Inside fs/: the libfuse session: its operations, its options, what is asked of the kernel. */
#ifndef FS_SESSION_H
#define FS_SESSION_H

#include "fs/mount.h"

/* Makes mount->session, not mounted yet. BC_INVALID: libfuse does not like an option. */
enum bc_status tfs_session_new(struct tfs_mount *mount, struct bc_error *err);

#endif
