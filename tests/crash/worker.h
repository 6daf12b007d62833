/* Inside tests/crash: one worker of crash_store.c. A worker has a branch of its own and does one
 * operation after the other there; which one is next follows from the seed, the worker's number and
 * how many it has done. So the state that a store must have after n operations is known without
 * looking at the store. */
#ifndef CRASH_WORKER_H
#define CRASH_WORKER_H

#include "branchcore/branch.h"

#include <stdint.h>

/* What a worker's branch holds. A triple file holds the lines of all numbers in [low, high). */
struct worker_state {
    uint64_t done; /* operations */
    uint64_t low;
    uint64_t high;
    uint64_t name; /* of the triple file: it is renamed */
    bool copied;   /* there is a copy of it as it was then */
    uint64_t copy_low;
    uint64_t copy_high;
    uint64_t fork; /* the number of the branch forked from it, 0: none */
    uint64_t fork_low;
    uint64_t fork_high;
    uint64_t blocks;   /* of the plain file */
    uint64_t mode;     /* of the plain file */
    uint64_t rejected; /* the number in the refused text; 0: none */
    uint64_t shared;   /* lines that it has added to the shared file */
    /* Of a file that is renamed between a shown syntax and lines: its lines, and its own prefixes,
     * one that its last whole text declared, and one for each text that was added since. */
    uint64_t graph_low;
    uint64_t graph_whole; /* high, of the last whole text */
    uint64_t graph_high;
    bool graph_as_lines; /* its name is that of lines */
};

struct worker {
    struct bc_repo *repo;
    struct bc_branch *branch; /* its own */
    struct bc_branch *shared; /* the branch with the shared file */
    uint64_t seed;
    unsigned number;
};

/* A message that says what failed. */
struct worker_report {
    char text[512];
};

/* Opens the worker's branches; they must exist. worker->repo, seed and number are set. */
bool worker_open(struct worker *worker, struct worker_report *report);
void worker_close(struct worker *worker);
/* Makes the branches, in a new store. state is what they then have. */
bool worker_create(struct worker *worker, struct worker_state *state, struct worker_report *report);

/* The state after the operation that comes next. */
void worker_predict(const struct worker *worker, struct worker_state *state);
/* Does it. False if it failed, which it never may. */
bool worker_do(const struct worker *worker, const struct worker_state *state,
               struct worker_report *report);
/* The name of the operation that comes next. */
const char *worker_next(const struct worker *worker, const struct worker_state *state);
/* Whether the store has exactly this state; report says where not. */
bool worker_matches(const struct worker *worker, const struct worker_state *state,
                    struct worker_report *report);

#endif
