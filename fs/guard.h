/* Inside fs/: what happens to a mount whose daemon is killed.
 *
 * The kernel ends a connection when the daemon's last descriptor of it is closed. A thread that is
 * killed while it waits for the lock of a folder (notify.h) keeps them open; and if the process
 * that has the lock waits for an answer of the daemon, which nobody will give any more, both stay
 * for ever, and nobody can kill them. So a small process watches the daemon, and ends the
 * connection where its death did not. */
#ifndef FS_GUARD_H
#define FS_GUARD_H

#include "branchcore/status.h"

struct tfs_guard;

/* Called once the mountpoint (which must stay valid memory) is mounted, by the thread that lives as
 * long as the daemon. BC_NO_MEMORY: there is no guard. */
enum bc_status tfs_guard_start(const char *mountpoint, struct tfs_guard **guard);
/* Waits until the guard has looked at the mount for the first and only time, for which the daemon
 * must be serving: from then on it does not keep anybody from unmounting. */
void tfs_guard_wait(const struct tfs_guard *guard);
/* Called once it is unmounted. NULL is allowed. */
void tfs_guard_stop(struct tfs_guard *guard);

#endif
