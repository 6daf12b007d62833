/* The pool: pieces and jobs on several threads, and on none. */
#include "branchcore/memory.h"
#include "branchcore/pool.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static const unsigned thread_counts[] = {0, 1, 3, 16};

static void nap(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
}

struct tally {
    atomic_uint done[1000];
    atomic_size_t begun;
    size_t fails[2]; /* pieces that fail; SIZE_MAX: none */
    struct bc_pool *pool;
};

static enum bc_status count_piece(void *context, size_t i)
{
    struct tally *tally = context;
    atomic_fetch_add(&tally->begun, 1);
    if (i % 64 == 0)
        nap();
    atomic_fetch_add(&tally->done[i], 1);
    if (i == tally->fails[0])
        return BC_IO;
    return i == tally->fails[1] ? BC_NO_SPACE : BC_OK;
}

static struct tally *fresh_tally(struct bc_pool *pool)
{
    static struct tally tally;
    memset(&tally, 0, sizeof tally);
    tally.fails[0] = SIZE_MAX;
    tally.fails[1] = SIZE_MAX;
    tally.pool = pool;
    return &tally;
}

static void each_piece_runs_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct bc_pool *pool;
        assert_int_equal(bc_pool_new(thread_counts[i], &pool), BC_OK);
        assert_int_equal(bc_pool_width(pool), thread_counts[i] + 1);
        static const size_t counts[] = {0, 1, 2, 7, 1000};
        for (size_t j = 0; j < 5; j++) {
            struct tally *tally = fresh_tally(pool);
            assert_int_equal(bc_pool_each(pool, counts[j], count_piece, tally), BC_OK);
            for (size_t k = 0; k < 1000; k++)
                assert_int_equal(tally->done[k], k < counts[j]);
        }
        bc_pool_free(pool);
    }
}

static void no_pool_runs_all_on_the_caller(void **state)
{
    (void)state;
    struct tally *tally = fresh_tally(NULL);
    assert_int_equal(bc_pool_each(NULL, 1000, count_piece, tally), BC_OK);
    assert_int_equal(tally->begun, 1000);
    assert_int_equal(bc_pool_width(NULL), 1);
    struct bc_pool_figures figures;
    bc_pool_figures(NULL, &figures);
    assert_int_equal(figures.pieces, 0);
    bc_pool_free(NULL);
}

static void first_failure_in_order_is_returned_and_ends_the_rest(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct bc_pool *pool;
        assert_int_equal(bc_pool_new(thread_counts[i], &pool), BC_OK);
        for (int round = 0; round < 20; round++) {
            struct tally *tally = fresh_tally(pool);
            tally->fails[0] = 64; /* naps, so that the next ones end before it */
            tally->fails[1] = 65;
            assert_int_equal(bc_pool_each(pool, 1000, count_piece, tally), BC_IO);
            assert_true(tally->begun < 1000);
            for (size_t k = 0; k < 64; k++)
                assert_int_equal(tally->done[k], 1);
        }
        bc_pool_free(pool);
    }
}

static enum bc_status nest(void *context, size_t i)
{
    struct tally *tally = context;
    struct tally *inner = calloc(1, sizeof *inner);
    (void)i;
    if (!inner)
        return BC_NO_MEMORY;
    inner->fails[0] = SIZE_MAX;
    inner->fails[1] = SIZE_MAX;
    enum bc_status st = bc_pool_each(tally->pool, 100, count_piece, inner);
    atomic_fetch_add(&tally->begun, inner->begun);
    free(inner);
    return st;
}

static void pieces_may_have_pieces(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct bc_pool *pool;
        assert_int_equal(bc_pool_new(thread_counts[i], &pool), BC_OK);
        struct tally *tally = fresh_tally(pool);
        assert_int_equal(bc_pool_each(pool, 20, nest, tally), BC_OK);
        assert_int_equal(tally->begun, 2000);
        bc_pool_free(pool);
    }
}

struct counted_job {
    struct bc_pool_job job;
    unsigned runs; /* not atomic: bc_pool_wait orders it */
    struct bc_pool *pool;
    struct counted_job *inner;
};

static void count_job(struct bc_pool_job *job)
{
    struct counted_job *self = (struct counted_job *)job;
    if (self->inner) {
        bc_pool_start(self->pool, &self->inner->job);
        bc_pool_wait(self->pool, &self->inner->job);
    }
    self->runs++;
}

static void jobs_run_once_each_time_they_are_started(void **state)
{
    (void)state;
    enum { JOBS = 50, ROUNDS = 40 };
    for (size_t i = 0; i < 5; i++) {
        struct bc_pool *pool = NULL; /* the last time */
        if (i < 4)
            assert_int_equal(bc_pool_new(thread_counts[i], &pool), BC_OK);
        struct counted_job jobs[JOBS] = {0};
        struct counted_job inner[JOBS] = {0};
        for (size_t j = 0; j < JOBS; j++) {
            inner[j] = (struct counted_job){.job = {.run = count_job}};
            jobs[j] = (struct counted_job){
                .job = {.run = count_job}, .pool = pool, .inner = j % 3 ? NULL : &inner[j]};
            bc_pool_wait(pool, &jobs[j].job); /* nothing to wait for */
            assert_true(bc_pool_done(pool, &jobs[j].job));
        }
        for (unsigned round = 1; round <= ROUNDS; round++) {
            for (size_t j = 0; j < JOBS; j++)
                bc_pool_start(pool, &jobs[j].job);
            for (size_t j = 0; j < JOBS; j++) {
                size_t k = (j * 7) % JOBS;
                bc_pool_wait(pool, &jobs[k].job);
                assert_true(bc_pool_done(pool, &jobs[k].job));
                assert_int_equal(jobs[k].runs, round);
            }
        }
        bc_pool_free(pool);
    }
}

static void *call_each(void *context)
{
    struct tally *tally = context;
    struct tally *own = calloc(1, sizeof *own);
    own->fails[0] = SIZE_MAX;
    own->fails[1] = SIZE_MAX;
    for (int i = 0; i < 10; i++)
        if (bc_pool_each(tally->pool, 200, count_piece, own))
            abort();
    atomic_fetch_add(&tally->begun, own->begun);
    free(own);
    return NULL;
}

static void many_callers_share_it(void **state)
{
    (void)state;
    enum { CALLERS = 6 };
    struct bc_pool *pool;
    assert_int_equal(bc_pool_new(3, &pool), BC_OK);
    struct tally *tally = fresh_tally(pool);
    pthread_t callers[CALLERS];
    for (size_t i = 0; i < CALLERS; i++)
        assert_int_equal(pthread_create(&callers[i], NULL, call_each, tally), 0);
    for (size_t i = 0; i < CALLERS; i++)
        pthread_join(callers[i], NULL);
    assert_int_equal(tally->begun, CALLERS * 2000);
    struct bc_pool_figures figures;
    bc_pool_figures(pool, &figures);
    assert_int_equal(figures.pieces, CALLERS * 2000);
    assert_in_range(figures.threads, 1, 3);
    assert_true(figures.by_callers > 0 && figures.by_callers <= figures.pieces);
    assert_int_equal(figures.queued, 0);
    bc_pool_free(pool);
}

struct held {
    struct bc_pool_job job;
    atomic_bool *go;
    bool blocked; /* signals are */
};

static void hold(struct bc_pool_job *job)
{
    struct held *self = (struct held *)job;
    sigset_t set;
    pthread_sigmask(SIG_SETMASK, NULL, &set);
    self->blocked = sigismember(&set, SIGTERM) && sigismember(&set, SIGINT);
    while (!atomic_load(self->go))
        nap();
}

/* All threads are held: whoever calls or waits gets on by itself. */
static void callers_get_on_when_all_threads_are_busy(void **state)
{
    (void)state;
    struct bc_pool *pool;
    atomic_bool go = false;
    assert_int_equal(bc_pool_new(2, &pool), BC_OK);
    struct held held[2];
    struct bc_pool_figures figures;
    for (size_t i = 0; i < 2; i++) {
        held[i] = (struct held){.job = {.run = hold}, .go = &go};
        bc_pool_start(pool, &held[i].job);
    }
    do {
        nap();
        bc_pool_figures(pool, &figures);
    } while (figures.busy < 2);
    assert_false(bc_pool_done(pool, &held[0].job));
    struct tally *tally = fresh_tally(pool);
    assert_int_equal(bc_pool_each(pool, 1000, count_piece, tally), BC_OK);
    struct counted_job job = {.job = {.run = count_job}};
    struct counted_job other = {.job = {.run = count_job}};
    bc_pool_start(pool, &job.job);
    bc_pool_start(pool, &other.job);
    bc_pool_figures(pool, &figures);
    assert_int_equal(figures.queued, 2);
    bc_pool_wait(pool, &other.job);
    bc_pool_wait(pool, &job.job);
    bc_pool_figures(pool, &figures);
    assert_int_equal(figures.by_callers, 1002);
    atomic_store(&go, true);
    for (size_t i = 0; i < 2; i++) {
        bc_pool_wait(pool, &held[i].job);
        assert_true(held[i].blocked);
    }
    bc_pool_free(pool);
}

static void too_many_threads_are_refused(void **state)
{
    (void)state;
    struct bc_pool *pool;
    assert_int_equal(bc_pool_new(BC_POOL_THREADS_MAX + 1, &pool), BC_INVALID);
    bc_memory_fail_after(1, 0);
    assert_int_equal(bc_pool_new(2, &pool), BC_NO_MEMORY);
    bc_memory_fail_after(0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_piece_runs_once),
        cmocka_unit_test(no_pool_runs_all_on_the_caller),
        cmocka_unit_test(first_failure_in_order_is_returned_and_ends_the_rest),
        cmocka_unit_test(pieces_may_have_pieces),
        cmocka_unit_test(jobs_run_once_each_time_they_are_started),
        cmocka_unit_test(many_callers_share_it),
        cmocka_unit_test(callers_get_on_when_all_threads_are_busy),
        cmocka_unit_test(too_many_threads_are_refused),
    };
    return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
