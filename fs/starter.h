/* Inside fs/: what can only be done once the kernel has been answered for the first time: setting
 * the mount's read-ahead, and telling the caller that it serves. */
#ifndef FS_STARTER_H
#define FS_STARTER_H

#include "fs/serve.h"

struct tfs_starter;

/* Starts the thread that does it. BC_NO_MEMORY. */
enum bc_status tfs_starter_start(const struct tfs_serve_options *options,
                                 struct tfs_starter **starter);
/* After the session was unmounted: waits for the thread. NULL is allowed. */
void tfs_starter_stop(struct tfs_starter *starter);

#endif
