#include "branchcore/merge_seat.h"

struct bc_merge_seat {
    struct bc_merge_seat *next;
    struct bc_merges *merges;
    uint64_t branch;
    pthread_mutex_t taken;
    struct bc_merge_last *report; /* under the lock of the merges; NULL: none */
};

struct bc_merges {
    pthread_mutex_t lock;
    struct bc_merge_seat *seats; /* never fewer: one for each branch that was merged into */
    struct bc_functional_memory *functional;
};

enum bc_status bc_merges_new(struct bc_merges **merges)
{
    struct bc_merges *made = bc_alloc_zero(sizeof *made);
    enum bc_status st = made ? bc_functional_memory_new(&made->functional) : BC_NO_MEMORY;
    if (st) {
        bc_free(made);
        return st;
    }
    pthread_mutex_init(&made->lock, NULL);
    *merges = made;
    return BC_OK;
}

void bc_merges_free(struct bc_merges *merges)
{
    if (!merges)
        return;
    for (struct bc_merge_seat *seat = merges->seats; seat;) {
        struct bc_merge_seat *next = seat->next;
        bc_merge_last_close(seat->report);
        pthread_mutex_destroy(&seat->taken);
        bc_free(seat);
        seat = next;
    }
    bc_functional_memory_free(merges->functional);
    pthread_mutex_destroy(&merges->lock);
    bc_free(merges);
}

struct bc_functional_memory *bc_merges_functional(struct bc_repo *repo)
{
    return repo->merges->functional;
}

static struct bc_merge_seat *find(struct bc_merges *merges, uint64_t branch)
{
    struct bc_merge_seat *seat = merges->seats;
    while (seat && seat->branch != branch)
        seat = seat->next;
    return seat;
}

static struct bc_merge_seat *find_or_add(struct bc_merges *merges, uint64_t branch)
{
    struct bc_merge_seat *seat = find(merges, branch);
    if (seat)
        return seat;
    seat = bc_alloc_zero(sizeof *seat);
    if (!seat)
        return NULL;
    seat->merges = merges;
    seat->branch = branch;
    pthread_mutex_init(&seat->taken, NULL);
    seat->next = merges->seats;
    merges->seats = seat;
    return seat;
}

enum bc_status bc_merge_sit(struct bc_branch *branch, struct bc_merge_seat **seat)
{
    struct bc_merges *merges = branch->repo->merges;
    pthread_mutex_lock(&merges->lock);
    struct bc_merge_seat *found = find_or_add(merges, branch->id);
    pthread_mutex_unlock(&merges->lock);
    if (!found)
        return BC_NO_MEMORY;
    pthread_mutex_lock(&found->taken);
    *seat = found;
    return BC_OK;
}

void bc_merge_rise(struct bc_merge_seat *seat)
{
    pthread_mutex_unlock(&seat->taken);
}

void bc_merge_note(struct bc_merge_seat *seat, struct bc_merge_last *report)
{
    pthread_mutex_lock(&seat->merges->lock);
    struct bc_merge_last *old = seat->report;
    seat->report = bc_merge_last_retain(report);
    pthread_mutex_unlock(&seat->merges->lock);
    bc_merge_last_close(old);
}

struct bc_merge_last *bc_merge_noted(struct bc_branch *branch)
{
    struct bc_merges *merges = branch->repo->merges;
    pthread_mutex_lock(&merges->lock);
    const struct bc_merge_seat *seat = find(merges, branch->id);
    struct bc_merge_last *report = seat ? bc_merge_last_retain(seat->report) : NULL;
    pthread_mutex_unlock(&merges->lock);
    return report;
}
