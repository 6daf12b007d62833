#include "fs/pool.h"

#include "branchcore/memory.h"

#include <pthread.h>
#include <signal.h>

struct tfs_pool {
    pthread_mutex_t lock;
    pthread_cond_t work;
    pthread_cond_t done; /* the last job is */
    struct tfs_job *first;
    struct tfs_job **last;
    bool ending;
    unsigned running; /* jobs under way */
    unsigned queued;
    unsigned count; /* threads */
    unsigned max;
    pthread_t threads[];
};

static void *serve(void *argument)
{
    struct tfs_pool *pool = argument;
    (void)pthread_mutex_lock(&pool->lock);
    for (;;) {
        while (!pool->first && !pool->ending)
            (void)pthread_cond_wait(&pool->work, &pool->lock);
        struct tfs_job *job = pool->first;
        if (!job)
            break;
        pool->first = job->next;
        if (!pool->first)
            pool->last = &pool->first;
        pool->queued--;
        pool->running++;
        (void)pthread_mutex_unlock(&pool->lock);
        job->run(job);
        (void)pthread_mutex_lock(&pool->lock);
        pool->running--;
        if (!pool->first && !pool->running)
            (void)pthread_cond_broadcast(&pool->done);
    }
    (void)pthread_mutex_unlock(&pool->lock);
    return NULL;
}

/* With the lock held. Signals are the main thread's. */
static bool start_thread(struct tfs_pool *pool)
{
    sigset_t all;
    sigset_t old;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &old);
    bool started = pthread_create(&pool->threads[pool->count], NULL, serve, pool) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (started)
        pool->count++;
    return started;
}

enum bc_status tfs_pool_new(unsigned threads_max, struct tfs_pool **pool)
{
    struct tfs_pool *made = bc_alloc_zero(sizeof *made + threads_max * sizeof made->threads[0]);
    if (!made)
        return BC_NO_MEMORY;
    (void)pthread_mutex_init(&made->lock, NULL);
    (void)pthread_cond_init(&made->work, NULL);
    (void)pthread_cond_init(&made->done, NULL);
    made->last = &made->first;
    made->max = threads_max;
    (void)pthread_mutex_lock(&made->lock);
    bool started = start_thread(made);
    (void)pthread_mutex_unlock(&made->lock);
    if (!started) {
        tfs_pool_free(made);
        return BC_NO_MEMORY;
    }
    *pool = made;
    return BC_OK;
}

void tfs_pool_free(struct tfs_pool *pool)
{
    if (!pool)
        return;
    (void)pthread_mutex_lock(&pool->lock);
    pool->ending = true;
    (void)pthread_cond_broadcast(&pool->work);
    (void)pthread_mutex_unlock(&pool->lock);
    for (unsigned i = 0; i < pool->count; i++)
        (void)pthread_join(pool->threads[i], NULL);
    (void)pthread_cond_destroy(&pool->done);
    (void)pthread_cond_destroy(&pool->work);
    (void)pthread_mutex_destroy(&pool->lock);
    bc_free(pool);
}

void tfs_pool_submit(struct tfs_pool *pool, struct tfs_job *job)
{
    (void)pthread_mutex_lock(&pool->lock);
    job->next = NULL;
    *pool->last = job;
    pool->last = &job->next;
    pool->queued++;
    if (pool->running + pool->queued > pool->count && pool->count < pool->max)
        (void)start_thread(pool);
    (void)pthread_cond_signal(&pool->work);
    (void)pthread_mutex_unlock(&pool->lock);
}

bool tfs_pool_idle(struct tfs_pool *pool)
{
    (void)pthread_mutex_lock(&pool->lock);
    bool idle = pool->queued == 0 && pool->running == 0;
    (void)pthread_mutex_unlock(&pool->lock);
    return idle;
}

void tfs_pool_wait(struct tfs_pool *pool)
{
    (void)pthread_mutex_lock(&pool->lock);
    while (pool->queued || pool->running)
        (void)pthread_cond_wait(&pool->done, &pool->lock);
    (void)pthread_mutex_unlock(&pool->lock);
}
