#include "tools/cores.h"

#include "branchcore/pool.h"

#include <sched.h>

unsigned tfs_core_count(void)
{
    cpu_set_t set;
    unsigned cores = sched_getaffinity(0, sizeof set, &set) ? 1 : (unsigned)CPU_COUNT(&set);
    return cores < BC_POOL_THREADS_MAX ? cores : BC_POOL_THREADS_MAX;
}
