#include "rocks/internal.h"

struct rk_bulk_pool {
    struct rk_store *store;
    const rocksdb_options_t *options;
    size_t buffer_bytes;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t work;  /* a job came, or the end */
    pthread_cond_t room;  /* a job was finished */
    struct rk_bulk_job *first;
    struct rk_bulk_job *last;
    int unfinished; /* jobs queued or being worked on */
    bool ending;
    uint64_t serial;
    int threads_max;
    int threads;
    pthread_t ids[];
};

static struct rk_bulk_job *next_job(struct rk_bulk_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    while (!pool->first && !pool->ending)
        pthread_cond_wait(&pool->work, &pool->lock);
    struct rk_bulk_job *job = pool->first;
    if (job) {
        pool->first = job->next;
        if (!pool->first)
            pool->last = NULL;
    }
    pthread_mutex_unlock(&pool->lock);
    return job;
}

static void *run_jobs(void *argument)
{
    struct rk_bulk_pool *pool = argument;
    struct rk_bulk_job *job;
    while ((job = next_job(pool))) {
        enum bc_status st =
            rk_sst_write(pool->store, pool->options, job->path, bc_buffer_slice(&job->rows));
        job->done(job, st);
        pthread_mutex_lock(&pool->lock);
        pool->unfinished--;
        pthread_cond_signal(&pool->room);
        pthread_mutex_unlock(&pool->lock);
    }
    return NULL;
}

enum bc_status rk_bulk_pool_new(struct rk_store *store, const rocksdb_options_t *options,
                                int threads, size_t buffer_bytes, struct rk_bulk_pool **to)
{
    struct rk_bulk_pool *pool = bc_alloc(sizeof *pool + (size_t)threads * sizeof *pool->ids);
    if (!pool)
        return BC_NO_MEMORY;
    *pool = (struct rk_bulk_pool){
        .store = store,
        .options = options,
        .buffer_bytes = buffer_bytes,
        .threads_max = threads,
    };
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->work, NULL);
    pthread_cond_init(&pool->room, NULL);
    *to = pool;
    return BC_OK;
}

void rk_bulk_pool_free(struct rk_bulk_pool *pool)
{
    if (!pool)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->ending = true;
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->lock);
    for (int i = 0; i < pool->threads; i++)
        pthread_join(pool->ids[i], NULL);
    pthread_mutex_destroy(&pool->lock);
    pthread_cond_destroy(&pool->work);
    pthread_cond_destroy(&pool->room);
    bc_free(pool);
}

size_t rk_bulk_pool_buffer_bytes(const struct rk_bulk_pool *pool)
{
    return pool->buffer_bytes;
}

uint64_t rk_bulk_pool_serial(struct rk_bulk_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    uint64_t serial = pool->serial++;
    pthread_mutex_unlock(&pool->lock);
    return serial;
}

/* A thread for each job that would wait for one; they stay for later ones. The lock is held. */
static bool have_threads(struct rk_bulk_pool *pool)
{
    while (pool->threads < pool->threads_max && pool->threads <= pool->unfinished) {
        if (pthread_create(&pool->ids[pool->threads], NULL, run_jobs, pool))
            break;
        pool->threads++;
    }
    return pool->threads;
}

enum bc_status rk_bulk_pool_submit(struct rk_bulk_pool *pool, struct rk_bulk_job *job)
{
    pthread_mutex_lock(&pool->lock);
    if (!have_threads(pool)) {
        pthread_mutex_unlock(&pool->lock);
        return BC_NO_MEMORY;
    }
    while (pool->unfinished >= pool->threads)
        pthread_cond_wait(&pool->room, &pool->lock);
    job->next = NULL;
    if (pool->last)
        pool->last->next = job;
    else
        pool->first = job;
    pool->last = job;
    pool->unfinished++;
    pthread_cond_signal(&pool->work);
    pthread_mutex_unlock(&pool->lock);
    return BC_OK;
}
