#include "tools/collector.h"

#include "tools/say.h"

#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>

/* A collection reads what layers and runs there are and who refers to them: cheap, not free. */
enum { SECONDS_BETWEEN = 15 * 60 };

struct tfs_collector {
    struct bc_repo *repo;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stop;
};

static void collect(struct bc_repo *repo)
{
    struct bc_collected collected = {0};
    enum bc_status status = bc_repo_collect(repo, &collected);
    if (status)
        tfs_say_error(status, NULL, "cannot free unused layers");
    else if (collected.layers || collected.runs || collected.commits)
        tfs_say("freed %" PRIu64 " unused layers, %" PRIu64 " unused runs and %" PRIu64
                " commits that nothing leads to",
                collected.layers, collected.runs, collected.commits);
}

static bool wait_for_next(struct tfs_collector *collector)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += SECONDS_BETWEEN;
    pthread_mutex_lock(&collector->lock);
    int result = 0;
    while (!collector->stop && result == 0)
        result = pthread_cond_timedwait(&collector->wake, &collector->lock, &until);
    bool stop = collector->stop;
    pthread_mutex_unlock(&collector->lock);
    return !stop;
}

static void *run(void *context)
{
    struct tfs_collector *collector = context;
    do
        collect(collector->repo);
    while (wait_for_next(collector));
    return NULL;
}

/* The process's signals are for the threads that wait for them. */
static int start_thread(struct tfs_collector *collector)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int result = pthread_create(&collector->thread, NULL, run, collector);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return result;
}

static void release(struct tfs_collector *collector)
{
    pthread_cond_destroy(&collector->wake);
    pthread_mutex_destroy(&collector->lock);
    bc_free(collector);
}

enum bc_status tfs_collector_start(struct bc_repo *repo, struct tfs_collector **result)
{
    struct tfs_collector *collector = bc_alloc_zero(sizeof *collector);
    if (!collector)
        return BC_NO_MEMORY;
    collector->repo = repo;
    pthread_mutex_init(&collector->lock, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&collector->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (start_thread(collector) != 0) {
        release(collector);
        return BC_NO_MEMORY;
    }
    *result = collector;
    return BC_OK;
}

void tfs_collector_stop(struct tfs_collector *collector)
{
    if (!collector)
        return;
    pthread_mutex_lock(&collector->lock);
    collector->stop = true;
    pthread_cond_signal(&collector->wake);
    pthread_mutex_unlock(&collector->lock);
    pthread_join(collector->thread, NULL);
    release(collector);
}
