#include "branchcore/pool.h"

#include "branchcore/memory.h"

#include <pthread.h>
#include <signal.h>

/* A job that was never started is DONE; one that is started without a pool stays READY until it is
 * waited for. */
enum job_state { DONE, READY, RUNNING };

/* A call of bc_pool_each, on its caller's stack; in the list as long as pieces are left. */
struct call {
    enum bc_status (*piece)(void *context, size_t i);
    void *context;
    size_t count;
    size_t next;    /* the first piece that nobody has begun */
    size_t running; /* pieces begun and not ended */
    size_t failed;  /* the least piece that failed, if status says so */
    enum bc_status status;
    bool listed;
    struct call *behind;
    struct call *before;
    pthread_cond_t ended; /* running became 0 and there is no next */
};

struct bc_pool {
    pthread_mutex_t lock; /* guards all that follows */
    pthread_cond_t work;  /* for threads: something is to be done, or the end */
    pthread_cond_t done;  /* for those in bc_pool_wait: a job was done */
    struct bc_pool_job *first_job;
    struct bc_pool_job *last_job;
    struct call *calls; /* the next to be helped; a ring */
    bool ending;
    bool call_next;   /* jobs and calls take turns */
    unsigned idle;    /* threads that wait and that nobody has woken */
    unsigned woken;   /* threads that were woken and have not noticed yet */
    unsigned waiting; /* in bc_pool_wait */
    uint64_t jobs;    /* in the list */
    uint64_t call_count;
    struct bc_pool_figures figures;
    unsigned threads_max;
    pthread_t ids[];
};

enum bc_status bc_pool_new(unsigned threads, struct bc_pool **to)
{
    if (threads > BC_POOL_THREADS_MAX)
        return BC_INVALID;
    struct bc_pool *pool = bc_alloc(sizeof *pool + threads * sizeof pool->ids[0]);
    if (!pool)
        return BC_NO_MEMORY;
    *pool = (struct bc_pool){.threads_max = threads};
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->work, NULL);
    pthread_cond_init(&pool->done, NULL);
    *to = pool;
    return BC_OK;
}

void bc_pool_free(struct bc_pool *pool)
{
    if (!pool)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->ending = true;
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->lock);
    for (unsigned i = 0; i < pool->figures.threads; i++)
        pthread_join(pool->ids[i], NULL);
    pthread_mutex_destroy(&pool->lock);
    pthread_cond_destroy(&pool->work);
    pthread_cond_destroy(&pool->done);
    bc_free(pool);
}

unsigned bc_pool_width(const struct bc_pool *pool)
{
    return pool ? pool->threads_max + 1 : 1;
}

/* What follows, up to the next note, holds the lock. */

static void list_call(struct bc_pool *pool, struct call *call)
{
    if (pool->calls) {
        call->behind = pool->calls;
        call->before = pool->calls->before;
        call->before->behind = call;
        call->behind->before = call;
    } else {
        call->behind = call;
        call->before = call;
        pool->calls = call;
    }
    call->listed = true;
    pool->call_count++;
}

static void unlist_call(struct bc_pool *pool, struct call *call)
{
    if (!call->listed)
        return;
    if (pool->calls == call)
        pool->calls = call->behind == call ? NULL : call->behind;
    call->behind->before = call->before;
    call->before->behind = call->behind;
    call->listed = false;
    pool->call_count--;
}

/* Runs one piece, letting go of the lock meanwhile. There is one. */
static void run_piece(struct bc_pool *pool, struct call *call)
{
    size_t i = call->next++;
    call->running++;
    if (call->next == call->count)
        unlist_call(pool, call);
    pthread_mutex_unlock(&pool->lock);
    enum bc_status status = call->piece(call->context, i);
    pthread_mutex_lock(&pool->lock);
    if (status && (!call->status || i < call->failed)) {
        call->status = status;
        call->failed = i;
    }
    if (status) {
        unlist_call(pool, call);
        call->next = call->count;
    }
    pool->figures.pieces++;
    call->running--;
    if (!call->running && call->next == call->count)
        pthread_cond_signal(&call->ended); /* the call may be gone once the lock is */
}

/* Takes a job out of the list. */
static void take_job(struct bc_pool *pool, struct bc_pool_job *job)
{
    struct bc_pool_job *before = NULL;
    if (pool->first_job == job) {
        pool->first_job = job->next;
    } else {
        for (before = pool->first_job; before->next != job; before = before->next)
            ;
        before->next = job->next;
    }
    if (pool->last_job == job)
        pool->last_job = before;
    pool->jobs--;
}

static void run_job(struct bc_pool *pool, struct bc_pool_job *job)
{
    job->state = RUNNING;
    pthread_mutex_unlock(&pool->lock);
    job->run(job);
    pthread_mutex_lock(&pool->lock);
    pool->figures.pieces++;
    job->state = DONE;
    if (pool->waiting)
        pthread_cond_broadcast(&pool->done);
}

/* Does the next thing, if there is one. */
static bool work(struct bc_pool *pool)
{
    bool call_next = pool->calls && (pool->call_next || !pool->first_job);
    if (!call_next && !pool->first_job)
        return false;
    pool->call_next = !call_next;
    pool->figures.busy++;
    if (call_next) {
        struct call *call = pool->calls;
        pool->calls = call->behind; /* calls take turns, too */
        run_piece(pool, call);
    } else {
        struct bc_pool_job *job = pool->first_job;
        take_job(pool, job);
        run_job(pool, job);
    }
    pool->figures.busy--;
    return true;
}

static void *run_thread(void *context)
{
    struct bc_pool *pool = context;
    pthread_mutex_lock(&pool->lock);
    while (!pool->ending) {
        if (work(pool))
            continue;
        pool->idle++;
        while (!pool->woken && !pool->ending)
            pthread_cond_wait(&pool->work, &pool->lock);
        pool->woken -= !pool->ending;
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

/* One more thread if there may be one; signals are for the threads that wait for them. */
static bool add_thread(struct bc_pool *pool)
{
    if (pool->figures.threads == pool->threads_max)
        return false;
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool made = !pthread_create(&pool->ids[pool->figures.threads], NULL, run_thread, pool);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pool->figures.threads += made;
    return made;
}

/* Gets threads for so many new pieces. Where there are too few, the pieces wait for those that are
 * busy, or for their caller. */
static void call_threads(struct bc_pool *pool, size_t pieces)
{
    for (; pieces && pool->idle; pieces--) {
        pool->idle--;
        pool->woken++;
        pthread_cond_signal(&pool->work);
    }
    while (pieces && add_thread(pool))
        pieces--;
}

/* From here on without the lock. */

static enum bc_status each_on_caller(size_t count, enum bc_status (*piece)(void *context, size_t i),
                                     void *context)
{
    enum bc_status st = BC_OK;
    for (size_t i = 0; i < count && !st; i++)
        st = piece(context, i);
    return st;
}

enum bc_status bc_pool_each(struct bc_pool *pool, size_t count,
                            enum bc_status (*piece)(void *context, size_t i), void *context)
{
    if (!pool || count < 2)
        return each_on_caller(count, piece, context);
    struct call call = {.piece = piece, .context = context, .count = count};
    pthread_cond_init(&call.ended, NULL);
    pthread_mutex_lock(&pool->lock);
    list_call(pool, &call);
    call_threads(pool, count - 1);
    while (call.next < call.count) {
        run_piece(pool, &call);
        pool->figures.by_callers++;
    }
    while (call.running)
        pthread_cond_wait(&call.ended, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
    pthread_cond_destroy(&call.ended);
    return call.status;
}

void bc_pool_start(struct bc_pool *pool, struct bc_pool_job *job)
{
    job->next = NULL;
    job->state = READY;
    if (!pool)
        return;
    pthread_mutex_lock(&pool->lock);
    if (pool->last_job)
        pool->last_job->next = job;
    else
        pool->first_job = job;
    pool->last_job = job;
    pool->jobs++;
    call_threads(pool, 1);
    pthread_mutex_unlock(&pool->lock);
}

void bc_pool_wait(struct bc_pool *pool, struct bc_pool_job *job)
{
    if (!pool) {
        if (job->state == READY)
            job->run(job);
        job->state = DONE;
        return;
    }
    pthread_mutex_lock(&pool->lock);
    if (job->state == READY) {
        take_job(pool, job);
        run_job(pool, job);
        pool->figures.by_callers++;
    }
    pool->waiting++;
    while (job->state != DONE)
        pthread_cond_wait(&pool->done, &pool->lock);
    pool->waiting--;
    pthread_mutex_unlock(&pool->lock);
}

bool bc_pool_done(struct bc_pool *pool, const struct bc_pool_job *job)
{
    if (!pool)
        return job->state == DONE;
    pthread_mutex_lock(&pool->lock);
    bool done = job->state == DONE;
    pthread_mutex_unlock(&pool->lock);
    return done;
}

void bc_pool_figures(struct bc_pool *pool, struct bc_pool_figures *figures)
{
    *figures = (struct bc_pool_figures){0};
    if (!pool)
        return;
    pthread_mutex_lock(&pool->lock);
    *figures = pool->figures;
    figures->queued = pool->jobs + pool->call_count;
    pthread_mutex_unlock(&pool->lock);
}
