/* How many processor cores this process may use. */
#ifndef TOOLS_CORES_H
#define TOOLS_CORES_H

/* At least 1, and no more threads than a pool may have (branchcore/pool.h). */
unsigned tfs_core_count(void);

#endif
