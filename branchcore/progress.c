#include "branchcore/progress.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

struct bc_progress_item {
    struct bc_progress *progress;
    struct bc_progress_item *next;
    struct bc_progress_item *previous;
    int64_t started_ns;
    _Atomic(const char *) phase;
    atomic_uint_fast64_t done;
    atomic_uint_fast64_t total;
    atomic_int_fast64_t phase_ns; /* when the phase began */
    char name[];
};

struct bc_progress {
    pthread_mutex_t lock; /* the list; not what its items say */
    struct bc_progress_item *first;
    struct bc_progress_item *last;
};

static int64_t now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

enum bc_status bc_progress_new(struct bc_progress **progress)
{
    struct bc_progress *made = bc_alloc_zero(sizeof *made);
    if (!made)
        return BC_NO_MEMORY;
    if (pthread_mutex_init(&made->lock, NULL)) {
        bc_free(made);
        return BC_NO_MEMORY;
    }
    *progress = made;
    return BC_OK;
}

void bc_progress_free(struct bc_progress *progress)
{
    if (!progress)
        return;
    while (progress->first)
        bc_progress_end(progress->first);
    pthread_mutex_destroy(&progress->lock);
    bc_free(progress);
}

struct bc_progress_item *bc_progress_begin(struct bc_progress *progress, const char *name)
{
    if (!progress)
        return NULL;
    size_t size = strlen(name) + 1;
    struct bc_progress_item *item = bc_alloc_zero(sizeof *item + size);
    if (!item)
        return NULL;
    memcpy(item->name, name, size);
    item->progress = progress;
    item->started_ns = now_ns();
    atomic_init(&item->phase, "starting");
    atomic_init(&item->phase_ns, item->started_ns);
    pthread_mutex_lock(&progress->lock);
    item->previous = progress->last;
    if (progress->last)
        progress->last->next = item;
    else
        progress->first = item;
    progress->last = item;
    pthread_mutex_unlock(&progress->lock);
    return item;
}

void bc_progress_set(struct bc_progress_item *item, const char *phase, uint64_t done,
                     uint64_t total)
{
    if (!item)
        return;
    if (atomic_load_explicit(&item->phase, memory_order_relaxed) != phase) {
        atomic_store_explicit(&item->phase_ns, now_ns(), memory_order_relaxed);
        atomic_store_explicit(&item->phase, phase, memory_order_relaxed);
    }
    atomic_store_explicit(&item->total, total, memory_order_relaxed);
    atomic_store_explicit(&item->done, done, memory_order_relaxed);
}

void bc_progress_end(struct bc_progress_item *item)
{
    if (!item)
        return;
    struct bc_progress *progress = item->progress;
    pthread_mutex_lock(&progress->lock);
    if (item->previous)
        item->previous->next = item->next;
    else
        progress->first = item->next;
    if (item->next)
        item->next->previous = item->previous;
    else
        progress->last = item->previous;
    pthread_mutex_unlock(&progress->lock);
    bc_free(item);
}

void bc_progress_each(struct bc_progress *progress,
                      void (*sink)(void *context, const struct bc_progress_state *state),
                      void *context)
{
    if (!progress)
        return;
    pthread_mutex_lock(&progress->lock);
    for (struct bc_progress_item *item = progress->first; item; item = item->next) {
        struct bc_progress_state state = {
            .name = item->name,
            .phase = atomic_load_explicit(&item->phase, memory_order_relaxed),
            .done = atomic_load_explicit(&item->done, memory_order_relaxed),
            .total = atomic_load_explicit(&item->total, memory_order_relaxed),
            .started_ns = item->started_ns,
            .phase_ns = atomic_load_explicit(&item->phase_ns, memory_order_relaxed),
        };
        sink(context, &state);
    }
    pthread_mutex_unlock(&progress->lock);
}

/* Seconds until the phase is done at the speed that it had so far; -1: nobody knows. */
static int64_t seconds_left(const struct bc_progress_state *state)
{
    int64_t spent_ns = now_ns() - state->phase_ns;
    if (!state->done || state->done > state->total || spent_ns <= 0)
        return -1;
    double left = (double)(state->total - state->done) / (double)state->done;
    double seconds = left * (double)spent_ns / 1e9;
    return seconds < 1e9 ? (int64_t)(seconds + 0.5) : -1;
}

/* One line an operation, whatever bytes a path in its name has. */
static enum bc_status format_name(const char *name, struct bc_buffer *to)
{
    size_t size = strlen(name);
    enum bc_status st = bc_buffer_append(to, name, size);
    for (size_t i = 0; !st && i < size; i++) {
        char *at = to->data + to->size - size + i;
        if ((unsigned char)*at < ' ' || *at == 0x7F)
            *at = '?';
    }
    return st;
}

static enum bc_status format_state(const struct bc_progress_state *state, struct bc_buffer *to)
{
    enum bc_status st = format_name(state->name, to);
    if (!st)
        st = bc_buffer_printf(to, " %s ", state->phase);
    if (st)
        return st;
    if (!state->total)
        return bc_buffer_printf(to, "- -\n");
    uint64_t done = state->done < state->total ? state->done : state->total;
    unsigned percent = (unsigned)((double)done * 100 / (double)state->total);
    int64_t left = seconds_left(state);
    if (left < 0)
        return bc_buffer_printf(to, "%u%% -\n", percent);
    return bc_buffer_printf(to, "%u%% %llds left\n", percent, (long long)left);
}

struct formatting {
    struct bc_buffer *to;
    enum bc_status status;
};

static void format_sink(void *context, const struct bc_progress_state *state)
{
    struct formatting *formatting = context;
    if (!formatting->status)
        formatting->status = format_state(state, formatting->to);
}

enum bc_status bc_progress_format(struct bc_progress *progress, struct bc_buffer *to)
{
    size_t before = to->size;
    struct formatting formatting = {to, BC_OK};
    bc_progress_each(progress, format_sink, &formatting);
    if (formatting.status)
        to->size = before;
    return formatting.status;
}
