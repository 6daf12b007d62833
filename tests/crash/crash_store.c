/* Crash test without a mount: crash_store [ROUNDS [SECONDS]]. In each round a process opens the
 * store, verifies it whole, compares it with what must be there, and lets workers change it, until
 * it is killed at a random moment. Whatever had returned must be there in the next round; of what
 * was under way, all or nothing.
 *
 * Ends after ROUNDS (300) or SECONDS (100). TRIPLEFS_SEED repeats the choice of operations and of
 * moments, though not the moments themselves. A failure leaves the store and prints where. */
#include "worker.h"

#include "branchcore/check.h"
#include "rocks/store.h"
#include "tests/upside.h"

#include <errno.h>
#include <ftw.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WORKERS = 3, STORE_ROUNDS = 30, OPENING_LIMIT_S = 120 };

enum stage { STARTED, WORKING, FAILED };

/* How far a worker is. Phase 2k: states[k % 2] must be there. Phase 2k + 1: the next operation has
 * begun in that state and has not returned. The process may be killed between any two stores, so
 * the one to phase is what counts. */
struct progress {
    struct worker_state states[2];
    atomic_uint_fast64_t phase;
};

/* What outlives the killed process: memory shared with it. */
struct shared {
    atomic_int stage;
    bool created; /* the workers' branches are there */
    struct progress workers[WORKERS];
    char message[1024];
};

struct round {
    struct shared *shared;
    char store[256];
    uint64_t seed;
    struct bc_store *rows;
    struct bc_repo *repo;
};

struct thread {
    struct round *round;
    struct worker worker;
    pthread_t id;
};

static uint64_t random_state;

static uint64_t next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static struct worker_state *settled(struct progress *progress)
{
    return &progress->states[atomic_load(&progress->phase) / 2 % 2];
}

static bool is_under_way(struct progress *progress)
{
    return atomic_load(&progress->phase) % 2 != 0;
}

static void set_under_way(struct progress *progress, bool under_way)
{
    uint64_t phase = atomic_load(&progress->phase);
    atomic_store(&progress->phase, phase / 2 * 2 + under_way);
}

static void settle(struct progress *progress, const struct worker_state *next)
{
    uint64_t step = atomic_load(&progress->phase) / 2 + 1;
    progress->states[step % 2] = *next;
    atomic_store(&progress->phase, 2 * step);
}

/* --- in the process that is going to be killed */

__attribute__((format(printf, 2, 3), noreturn)) static void give_up(struct shared *shared,
                                                                    const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(shared->message, sizeof shared->message, format, arguments);
    va_end(arguments);
    atomic_store(&shared->stage, FAILED);
    _exit(1);
}

static void open_store(struct round *round)
{
    char path[300], spool[300];
    snprintf(path, sizeof path, "%s/db", round->store);
    snprintf(spool, sizeof spool, "%s/spool", round->store);
    mkdir(round->store, 0700);
    mkdir(path, 0700);
    mkdir(spool, 0700);
    struct bc_error err = {0};
    enum bc_status st = rk_store_open(
        path, &(struct rk_options){.create = true, .memory_bytes = 16 << 20}, &round->rows, &err);
    if (!st)
        st = bc_repo_open(round->rows,
                          &(struct bc_repo_options){.spool_directory = spool,
                                                    .memory_bytes = 32 << 20,
                                                    .formats = upside_formats()},
                          &round->repo, &err);
    if (st)
        give_up(round->shared, "open: %s: %s", bc_status_text(st), err.text);
}

static void note_problem(void *context, const char *text)
{
    struct shared *shared = context;
    if (!shared->message[0])
        snprintf(shared->message, sizeof shared->message, "check: %s", text);
}

static void check_store(struct round *round)
{
    struct bc_check_counts counts;
    enum bc_status st = bc_check(round->repo, &counts, note_problem, round->shared);
    if (st)
        give_up(round->shared, "check: %s", bc_status_text(st));
    if (counts.problems) {
        atomic_store(&round->shared->stage, FAILED);
        _exit(1);
    }
}

/* Compares, and finds out whether what was under way is there. */
static void verify_worker(struct round *round, struct worker *worker)
{
    struct progress *progress = &round->shared->workers[worker->number];
    const struct worker_state *state = settled(progress);
    struct worker_report before, after;
    if (worker_matches(worker, state, &before)) {
        set_under_way(progress, false);
        return;
    }
    if (!is_under_way(progress))
        give_up(round->shared, "worker %u after %" PRIu64 " operations: %s", worker->number,
                state->done, before.text);
    struct worker_state next = *state;
    worker_predict(worker, &next);
    if (!worker_matches(worker, &next, &after))
        give_up(round->shared, "worker %u, %s (%" PRIu64 ") neither done nor not: %s; and: %s",
                worker->number, worker_next(worker, state), state->done, before.text, after.text);
    settle(progress, &next);
}

static void *work(void *context)
{
    struct thread *thread = context;
    const struct worker *worker = &thread->worker;
    struct shared *shared = thread->round->shared;
    struct progress *progress = &shared->workers[worker->number];
    struct worker_report report;
    for (;;) {
        const struct worker_state *state = settled(progress);
        struct worker_state next = *state;
        worker_predict(worker, &next);
        set_under_way(progress, true);
        if (!worker_do(worker, state, &report))
            give_up(shared, "worker %u, %s (%" PRIu64 "): %s", worker->number,
                    worker_next(worker, state), state->done, report.text);
        settle(progress, &next);
    }
    return NULL;
}

static void *collect(void *context)
{
    struct round *round = context;
    for (;;) {
        enum bc_status st = bc_repo_collect(round->repo, NULL);
        if (st)
            give_up(round->shared, "collect: %s", bc_status_text(st));
        usleep(5000);
    }
    return NULL;
}

static void prepare_workers(struct round *round, struct thread *threads)
{
    struct shared *shared = round->shared;
    struct worker_report report;
    for (unsigned i = 0; i < WORKERS; i++) {
        threads[i].round = round;
        threads[i].worker = (struct worker){.repo = round->repo, .seed = round->seed, .number = i};
        bool good = shared->created
                        ? worker_open(&threads[i].worker, &report)
                        : worker_create(&threads[i].worker, settled(&shared->workers[i]), &report);
        if (!good)
            give_up(shared, "worker %u: %s", i, report.text);
        if (shared->created)
            verify_worker(round, &threads[i].worker);
    }
    shared->created = true;
}

__attribute__((noreturn)) static void live(struct round *round)
{
    struct thread threads[WORKERS];
    open_store(round);
    check_store(round);
    prepare_workers(round, threads);
    atomic_store(&round->shared->stage, WORKING);
    pthread_t collector;
    if (pthread_create(&collector, NULL, collect, round) != 0)
        give_up(round->shared, "no thread");
    for (unsigned i = 0; i < WORKERS; i++)
        if (pthread_create(&threads[i].id, NULL, work, &threads[i]) != 0)
            give_up(round->shared, "no thread");
    for (;;)
        pause();
}

/* --- in the process that kills */

static bool ended(pid_t child, int *status)
{
    return waitpid(child, status, WNOHANG) == child;
}

/* True if the child lives on, as it must. */
static bool wait_for_work(struct shared *shared, pid_t child)
{
    double limit = now_s() + OPENING_LIMIT_S;
    int status;
    while (atomic_load(&shared->stage) == STARTED && now_s() < limit) {
        if (ended(child, &status)) {
            if (atomic_load(&shared->stage) != FAILED)
                snprintf(shared->message, sizeof shared->message,
                         "the process ended by itself with status %x", (unsigned)status);
            return false;
        }
        usleep(500);
    }
    return atomic_load(&shared->stage) == WORKING;
}

/* Whether the round went well: the process was still well when it was killed. */
static bool run_round(struct round *round)
{
    struct shared *shared = round->shared;
    atomic_store(&shared->stage, STARTED);
    bool early = shared->created && next_random() % 8 == 0;
    unsigned wait_us = (unsigned)(next_random() % (next_random() % 4 ? 80000 : 200000));
    pid_t child = fork();
    if (child < 0) {
        snprintf(shared->message, sizeof shared->message, "fork: %s", strerror(errno));
        return false;
    }
    if (child == 0)
        live(round);
    bool good = early || wait_for_work(shared, child);
    if (good)
        usleep(wait_us);
    kill(child, SIGKILL);
    int status = 0;
    while (good && waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    if (good && !(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)) {
        if (!shared->message[0])
            snprintf(shared->message, sizeof shared->message, "the process ended with status %x",
                     (unsigned)status);
        return false;
    }
    return good && atomic_load(&shared->stage) != FAILED;
}

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *at)
{
    (void)info;
    (void)kind;
    (void)at;
    return remove(path);
}

static uint64_t operations_of(struct shared *shared)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < WORKERS; i++)
        sum += settled(&shared->workers[i])->done;
    return sum;
}

int main(int argc, char **argv)
{
    unsigned rounds = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 300;
    double seconds = argc > 2 ? strtod(argv[2], NULL) : 100;
    const char *wanted = getenv("TRIPLEFS_SEED");
    uint64_t seed =
        wanted ? strtoull(wanted, NULL, 0) : (uint64_t)time(NULL) << 20 ^ (uint64_t)getpid();
    random_state = seed | 1;
    struct round round = {.seed = seed};
    round.shared =
        mmap(NULL, sizeof *round.shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    const char *parent = getenv("TMPDIR");
    char folder[200];
    snprintf(folder, sizeof folder, "%s/triplefs-crash.XXXXXX", parent ? parent : "/tmp");
    if (round.shared == MAP_FAILED || !mkdtemp(folder)) {
        perror("crash_store");
        return 1;
    }
    printf("seed %" PRIu64 " (TRIPLEFS_SEED)\n", seed);
    fflush(stdout);
    double limit = now_s() + seconds;
    uint64_t operations = 0;
    unsigned done = 0;
    for (; done < rounds && now_s() < limit; done++) {
        if (done % STORE_ROUNDS == 0) {
            operations += operations_of(round.shared);
            memset(round.shared, 0, sizeof *round.shared);
            if (done)
                nftw(round.store, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
            snprintf(round.store, sizeof round.store, "%s/%u", folder, done / STORE_ROUNDS);
            round.seed = seed + done;
        }
        if (!run_round(&round)) {
            printf("round %u of %u failed: %s\nleft behind: %s\n", done, rounds,
                   round.shared->message, round.store);
            return 1;
        }
    }
    operations += operations_of(round.shared);
    nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    printf("%u kills, %" PRIu64 " operations, nothing lost\n", done, operations);
    return done > 0 ? 0 : 1;
}
