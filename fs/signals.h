/* Inside fs/: SIGINT, SIGTERM and SIGHUP end the session. */
#ifndef FS_SIGNALS_H
#define FS_SIGNALS_H

#include "branchcore/status.h"

struct fuse_session;
struct tfs_signals;

/* Called by the thread that will run the session's loop. From now on such a signal, whichever
 * thread gets it, makes the loop return. One at a time in a process. BC_NO_MEMORY, BC_BUSY. */
enum bc_status tfs_signals_start(struct fuse_session *session, struct tfs_signals **signals);
/* Called by the same thread, when the loop has returned. Puts back what was there before. NULL is
 * allowed. */
void tfs_signals_stop(struct tfs_signals *signals);

#endif
