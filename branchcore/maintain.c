#include "branchcore/maintain.h"

#include "branchcore/settle.h"
#include "branchcore/stack_index.h"

#include <signal.h>

/* How long a branch that is changed all the time is left alone, and how long it is quiet before
 * large texts are written for it. */
enum { AGAIN_MS = 100, QUIET_MS = 1000 };

struct bc_maintainer {
    struct bc_repo *repo;
    pthread_t thread;
    pthread_mutex_t lock; /* what follows; a leaf */
    pthread_cond_t wake;
    struct bc_id_counts wanted;   /* branches whose stacks may be too deep */
    struct bc_id_counts overlaid; /* branches that may have texts with much on top of them */
    struct timespec quiet_at;     /* when those are looked at */
    bool stop;
};

enum bc_status bc_branch_maintain(struct bc_branch *branch, bool *again)
{
    bool later = false;
    pthread_mutex_lock(&branch->repo->maintain_lock);
    enum bc_status st = bc_texts_settle(branch);
    if (!st)
        st = bc_stack_shorten(branch, &later);
    pthread_mutex_unlock(&branch->repo->maintain_lock);
    if (again)
        *again = later;
    return st;
}

void bc_maintain_init(struct bc_repo *repo)
{
    pthread_mutex_init(&repo->maintain_lock, NULL);
    repo->index_at = BC_INDEX_AT;
    repo->settle_at = BC_SETTLE_AT;
}

/* Where it cannot be noted for want of memory, the next layer brings it back. */
static void want(struct bc_maintainer *maintainer, uint64_t branch)
{
    pthread_mutex_lock(&maintainer->lock);
    if (!bc_counts_find(&maintainer->wanted, branch) && !bc_counts_add(&maintainer->wanted, branch))
        pthread_cond_signal(&maintainer->wake);
    pthread_mutex_unlock(&maintainer->lock);
}

void bc_maintain_note(struct bc_branch *branch)
{
    struct bc_repo *repo = branch->repo;
    if (repo->maintainer && branch->work && !branch->scratch && branch->top &&
        branch->top->depth >= repo->index_at)
        want(repo->maintainer, branch->id);
}

static struct timespec in_milliseconds(long milliseconds)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    time.tv_sec += milliseconds / 1000;
    time.tv_nsec += milliseconds % 1000 * 1000000;
    time.tv_sec += time.tv_nsec / 1000000000;
    time.tv_nsec %= 1000000000;
    return time;
}

void bc_maintain_overlaid(struct bc_branch *branch)
{
    struct bc_maintainer *maintainer = branch->repo->maintainer;
    if (!maintainer || branch->scratch)
        return;
    pthread_mutex_lock(&maintainer->lock);
    maintainer->quiet_at = in_milliseconds(QUIET_MS);
    if (!bc_counts_find(&maintainer->overlaid, branch->id) &&
        !bc_counts_add(&maintainer->overlaid, branch->id))
        pthread_cond_signal(&maintainer->wake);
    pthread_mutex_unlock(&maintainer->lock);
}

static uint64_t take_one(struct bc_id_counts *from)
{
    uint64_t branch = 0;
    for (size_t i = 0; !branch && i < from->capacity; i++)
        branch = from->slots[i].id;
    (void)bc_counts_remove(from, branch);
    return branch;
}

/* Waits for a branch that wants something; 0: it is to stop. */
static uint64_t next_wanted(struct bc_maintainer *maintainer, bool *overlaid)
{
    bool quiet = false;
    pthread_mutex_lock(&maintainer->lock);
    while (!maintainer->stop && !maintainer->wanted.used && !quiet) {
        if (!maintainer->overlaid.used) {
            pthread_cond_wait(&maintainer->wake, &maintainer->lock);
            continue;
        }
        struct timespec until = maintainer->quiet_at; /* it is put off while things are done */
        quiet = pthread_cond_timedwait(&maintainer->wake, &maintainer->lock, &until) &&
                until.tv_sec == maintainer->quiet_at.tv_sec &&
                until.tv_nsec == maintainer->quiet_at.tv_nsec;
    }
    *overlaid = !maintainer->wanted.used;
    uint64_t branch =
        maintainer->stop ? 0 : take_one(*overlaid ? &maintainer->overlaid : &maintainer->wanted);
    pthread_mutex_unlock(&maintainer->lock);
    return branch;
}

static struct bc_branch *open_branch(struct bc_repo *repo, uint64_t id)
{
    pthread_mutex_lock(&repo->branches_lock);
    struct bc_branch *branch = bc_branch_find_open(repo, id);
    if (branch)
        branch->refs++;
    pthread_mutex_unlock(&repo->branches_lock);
    return branch;
}

/* Lets others go ahead for a while, unless it is to stop. */
static void pause_for_a_while(struct bc_maintainer *maintainer)
{
    struct timespec until = in_milliseconds(AGAIN_MS);
    pthread_mutex_lock(&maintainer->lock);
    while (!maintainer->stop &&
           !pthread_cond_timedwait(&maintainer->wake, &maintainer->lock, &until))
        ;
    pthread_mutex_unlock(&maintainer->lock);
}

static enum bc_status settle_overlaid(struct bc_branch *branch)
{
    pthread_mutex_lock(&branch->repo->maintain_lock);
    enum bc_status st = bc_overlaid_settle(branch);
    pthread_mutex_unlock(&branch->repo->maintain_lock);
    return st;
}

static void maintain(struct bc_maintainer *maintainer, uint64_t id, bool overlaid)
{
    struct bc_repo *repo = maintainer->repo;
    struct bc_branch *branch = open_branch(repo, id);
    if (!branch)
        return;
    bool again = false;
    enum bc_status st = overlaid ? settle_overlaid(branch) : bc_branch_maintain(branch, &again);
    bc_branch_release(branch);
    if (again) {
        want(maintainer, id);
        pause_for_a_while(maintainer);
    }
    if (st && st != BC_STALE && st != BC_READ_ONLY && repo->trouble)
        repo->trouble(repo->context, st, "cannot make a branch's history quicker to read");
}

static void *run(void *context)
{
    struct bc_maintainer *maintainer = context;
    bool overlaid;
    for (uint64_t branch; (branch = next_wanted(maintainer, &overlaid));)
        maintain(maintainer, branch, overlaid);
    return NULL;
}

/* The process's signals are for the threads that wait for them. */
static int start_thread(struct bc_maintainer *maintainer)
{
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int result = pthread_create(&maintainer->thread, NULL, run, maintainer);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return result;
}

static void release(struct bc_maintainer *maintainer)
{
    pthread_cond_destroy(&maintainer->wake);
    pthread_mutex_destroy(&maintainer->lock);
    bc_free(maintainer->wanted.slots);
    bc_free(maintainer->overlaid.slots);
    bc_free(maintainer);
}

enum bc_status bc_maintainer_start(struct bc_repo *repo)
{
    struct bc_maintainer *maintainer = bc_alloc_zero(sizeof *maintainer);
    if (!maintainer)
        return BC_NO_MEMORY;
    pthread_condattr_t monotonic;
    maintainer->repo = repo;
    pthread_mutex_init(&maintainer->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&maintainer->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (start_thread(maintainer)) {
        release(maintainer);
        return BC_NO_MEMORY;
    }
    repo->maintainer = maintainer;
    return BC_OK;
}

void bc_maintain_release(struct bc_repo *repo)
{
    struct bc_maintainer *maintainer = repo->maintainer;
    if (maintainer) {
        pthread_mutex_lock(&maintainer->lock);
        maintainer->stop = true;
        pthread_cond_signal(&maintainer->wake);
        pthread_mutex_unlock(&maintainer->lock);
        pthread_join(maintainer->thread, NULL);
        release(maintainer);
        repo->maintainer = NULL;
    }
    pthread_mutex_destroy(&repo->maintain_lock);
}
