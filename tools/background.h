/* Going into the background: the command returns when its work is under way, or says why not. */
#ifndef TOOLS_BACKGROUND_H
#define TOOLS_BACKGROUND_H

#include <stdbool.h>

/* Splits the process; must come before anything starts a thread. Returns in the child with true; in
 * the parent, when the child is ready or gone, with false and the exit status for the parent. The
 * child still has the terminal and tells its own errors. -1 in *status: the split failed, errno
 * says why. */
bool tfs_background_start(int *status);

/* In the child: lets the parent return, and lets go of the terminal. Nothing happens where the
 * process was not split. */
void tfs_background_ready(void);

#endif
