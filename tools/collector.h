/* The collector: frees, on a thread of its own, what nothing in a repository refers to any more;
 * once at its start and then from time to time. */
#ifndef TOOLS_COLLECTOR_H
#define TOOLS_COLLECTOR_H

#include "branchcore/repo.h"

struct tfs_collector;

/* BC_NO_MEMORY. */
enum bc_status tfs_collector_start(struct bc_repo *repo, struct tfs_collector **collector);
/* Waits for a collection that is under way. NULL is allowed. */
void tfs_collector_stop(struct tfs_collector *collector);

#endif
