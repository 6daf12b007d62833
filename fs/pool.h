/* Threads for work that must not occupy the workers that read requests: commits, renames,
 * invalidations. Threads are made as work comes, up to a limit, and stay. They block all signals.
 */
#ifndef FS_POOL_H
#define FS_POOL_H

#include "branchcore/status.h"

#include <stdbool.h>

struct tfs_pool;

/* A job lives in the struct that it works on: the submitter embeds it, and the memory stays until
 * run returns (run may free it). So submitting never fails. */
struct tfs_job {
    struct tfs_job *next;
    void (*run)(struct tfs_job *job);
};

/* BC_NO_MEMORY; also when not even one thread can be made. */
enum bc_status tfs_pool_new(unsigned threads_max, struct tfs_pool **pool);
/* Runs what is queued, then ends the threads. Nobody may submit any more. NULL is allowed. */
void tfs_pool_free(struct tfs_pool *pool);

/* Jobs start in the order of their submission. Any thread. */
void tfs_pool_submit(struct tfs_pool *pool, struct tfs_job *job);
/* True if no job is queued or running. */
bool tfs_pool_idle(struct tfs_pool *pool);
/* Returns when no job is queued or running. */
void tfs_pool_wait(struct tfs_pool *pool);

#endif
