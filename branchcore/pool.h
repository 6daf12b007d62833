/* The pool: the threads that work on texts (decompress, compare, sort, compress), one for a whole
 * process. Work is cut into pieces; threads take the next piece when they have done one, so that
 * uneven pieces spread evenly.
 *
 * The caller of bc_pool_each works too, so it gets on even if all threads are busy elsewhere, and a
 * pool of no threads is a valid pool: everything then runs on the caller. Threads block all
 * signals. A piece may itself call bc_pool_each. A piece must not wait for another piece. */
#ifndef BRANCHCORE_POOL_H
#define BRANCHCORE_POOL_H

#include "branchcore/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BC_POOL_THREADS_MAX = 256 };

struct bc_pool;

/* `threads` in all, the callers' own not counted; they are made as work comes and stay.
 * BC_INVALID: more than BC_POOL_THREADS_MAX; BC_NO_MEMORY. */
enum bc_status bc_pool_new(unsigned threads, struct bc_pool **pool);
/* Nobody may use it any more. NULL is allowed. */
void bc_pool_free(struct bc_pool *pool);
/* Threads that can work for one caller at once, itself included. NULL is allowed: 1. */
unsigned bc_pool_width(const struct bc_pool *pool);

/* Calls piece(context, i) for each i from 0 below count, on several threads at once, started in
 * order of i, and returns when all that were started have ended. After a piece failed no further
 * one is started; the failure with the least i is returned. pool NULL: all on the caller. */
enum bc_status bc_pool_each(struct bc_pool *pool, size_t count,
                            enum bc_status (*piece)(void *context, size_t i), void *context);

/* A job of its own, for work that goes on beside the caller. It lives in the struct that it works
 * on, zero-initialised but for run; the memory stays until bc_pool_wait returned. Jobs are begun in
 * the order in which they were started. */
struct bc_pool_job {
    void (*run)(struct bc_pool_job *job);
    struct bc_pool_job *next; /* the pool's own, as what follows */
    int state;
};
/* Never fails: where no thread can be had, bc_pool_wait runs it. A job that was waited for may be
 * started again. pool NULL is allowed, here and for bc_pool_wait. */
void bc_pool_start(struct bc_pool *pool, struct bc_pool_job *job);
/* Returns when the job was run; runs it on the caller if nobody has begun it. Nothing is to be
 * waited for in a job that was never started. */
void bc_pool_wait(struct bc_pool *pool, struct bc_pool_job *job);
/* True if there is nothing to wait for. Whoever sees it sees what the job did. */
bool bc_pool_done(struct bc_pool *pool, const struct bc_pool_job *job);

/* What it did and does, for metrics. */
struct bc_pool_figures {
    unsigned threads;    /* that exist */
    unsigned busy;       /* that work now */
    uint64_t queued;     /* jobs and calls of bc_pool_each that wait for a thread now */
    uint64_t pieces;     /* done so far, by threads and callers */
    uint64_t by_callers; /* of these, by the callers themselves */
};
/* pool NULL is allowed: all are 0. */
void bc_pool_figures(struct bc_pool *pool, struct bc_pool_figures *figures);

#endif
