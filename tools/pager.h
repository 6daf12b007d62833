/* The pager that long output goes through at a terminal. */
#ifndef TOOLS_PAGER_H
#define TOOLS_PAGER_H

#include <sys/types.h>

/* If standard output is a terminal, starts TRIPLEFS_PAGER, PAGER or else less, and standard output
 * leads there from now on; "cat" or an empty value stands for none. What fails leaves all as it is.
 * Colours are to be decided before. Returns 0 if there is none. */
pid_t tfs_pager_start(void);
/* Ends the output and waits until the user has seen it. pager 0: nothing. */
void tfs_pager_wait(pid_t pager);

#endif
