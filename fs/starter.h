/* Inside fs/: what can only be done once the kernel has been answered for the first time: setting
 * the mount's read-ahead, and telling the caller that it serves. */
#ifndef FS_STARTER_H
#define FS_STARTER_H

#include "fs/guard.h"
#include "fs/serve.h"

#include <stdatomic.h>

struct tfs_starter;

/* Starts the thread that does it. The guard, and where st_dev of the mount goes to, stay until the
 * starter is stopped. BC_NO_MEMORY. */
enum bc_status tfs_starter_start(const struct tfs_serve_options *options,
                                 const struct tfs_guard *guard, atomic_ullong *device,
                                 struct tfs_starter **starter);
/* After the session was unmounted: waits for the thread. NULL is allowed. */
void tfs_starter_stop(struct tfs_starter *starter);

#endif
