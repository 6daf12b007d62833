#include "branchcore/sorter.h"

#include "branchcore/line_arena.h"
#include "branchcore/ntriples.h"
#include "branchcore/spill.h"
#include "branchcore/spill_merge.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

enum {
    ARENAS = 4,
    DEFAULT_BYTES = 256 << 20,
    LEAST_BYTES = 1 << 20,
    WRITE_BUFFER_MIN = 16 << 10,
    WRITE_BUFFER_MAX = 512 << 10,
    READ_BUFFER_MIN = 16 << 10,
    READ_BUFFER_MAX = 128 << 10,
    OVERHEAD = 96 << 10,  /* what the engine takes whatever it sorts, and the sorter's own */
    LINES_A_CHECK = 1024, /* lines spilled between two looks at `stop` */
};

/* An arena's way: FREE, then current (FILLING, the caller's), then FULL, then in the worker's hands
 * (BUSY) or waiting for it (SORTED). */
enum state { FREE, FILLING, FULL, BUSY, SORTED };

struct bin {
    struct bc_line_arena arena;
    struct bc_sorted_lines sorted; /* in the arena; only if SORTED */
    enum state state;
};

struct bc_sorter {
    char *directory;
    const struct bc_compute *compute;
    uint64_t added;

    /* The shares of the budget. */
    size_t memory_bytes;
    size_t write_buffer_bytes;
    size_t arena_bytes; /* of each bin */
    size_t arena_lines; /* so many can be sorted at a time */

    struct bin *current; /* FILLING, or NULL */
    struct bc_spill_merge *merge;
    bool finished;

    /* Written by the worker while it runs, else by the caller. */
    struct bc_spill spill;
    struct bc_spill_run *runs;
    size_t run_count;
    size_t run_capacity;

    pthread_t worker;
    bool has_worker;
    atomic_bool stop;
    atomic_int failed; /* an enum bc_status; once set, nothing else happens */

    pthread_mutex_t lock; /* for the bins' states and `spilling` */
    pthread_cond_t changed;
    bool spilling; /* memory ran out once: what is sorted is spilled at once */
    struct bin bins[ARENAS];
};

static void share_budget(struct bc_sorter *sorter, size_t memory_bytes)
{
    if (!memory_bytes)
        memory_bytes = DEFAULT_BYTES;
    if (memory_bytes < LEAST_BYTES)
        memory_bytes = LEAST_BYTES;
    size_t buffer = memory_bytes / 64;
    if (buffer < WRITE_BUFFER_MIN)
        buffer = WRITE_BUFFER_MIN;
    if (buffer > WRITE_BUFFER_MAX)
        buffer = WRITE_BUFFER_MAX;
    sorter->memory_bytes = memory_bytes;
    sorter->write_buffer_bytes = buffer;
    /* The work area of one sort gets 3/8 of an arena, right for lines of 130 bytes and more. */
    sorter->arena_bytes = (memory_bytes - buffer - OVERHEAD) / (8 * ARENAS + 3) * 8;
    sorter->arena_lines = sorter->arena_bytes / 8 * 3 / BC_SORT_BYTES_A_LINE;
}

static void free_sorter(struct bc_sorter *sorter)
{
    bc_spill_merge_free(sorter->merge);
    for (size_t i = 0; i < ARENAS; i++)
        bc_line_arena_release(&sorter->bins[i].arena);
    bc_spill_close(&sorter->spill);
    bc_free(sorter->runs);
    bc_free(sorter->directory);
    bc_free(sorter);
}

enum bc_status bc_sorter_new(const struct bc_sorter_options *options, struct bc_sorter **sorter)
{
    if (!options->directory)
        return BC_INVALID;
    struct bc_sorter *made = bc_alloc_zero(sizeof *made);
    if (!made)
        return BC_NO_MEMORY;
    made->spill.file = -1;
    made->compute = options->compute ? options->compute : bc_scalar_engine();
    share_budget(made, options->memory_bytes);
    made->directory = bc_copy_string(options->directory, strlen(options->directory));
    if (!made->directory || pthread_mutex_init(&made->lock, NULL)) {
        free_sorter(made);
        return BC_NO_MEMORY;
    }
    if (pthread_cond_init(&made->changed, NULL)) {
        pthread_mutex_destroy(&made->lock);
        free_sorter(made);
        return BC_NO_MEMORY;
    }
    *sorter = made;
    return BC_OK;
}

static struct bin *find(struct bc_sorter *sorter, enum state state)
{
    for (size_t i = 0; i < ARENAS; i++) {
        if (sorter->bins[i].state == state)
            return &sorter->bins[i];
    }
    return NULL;
}

/* Sorting and spilling: on the worker, and on the caller's thread while there is no worker. */

static enum bc_status sort_bin(struct bc_sorter *sorter, struct bin *bin)
{
    bin->sorted = (struct bc_sorted_lines){bc_line_arena_lines(&bin->arena), bin->arena.count};
    return sorter->compute->sort_unique(sorter->compute, bc_line_arena_lines(&bin->arena),
                                        &bin->sorted.count);
}

static enum bc_status keep_run(struct bc_sorter *sorter, const struct bc_spill_run *run)
{
    if (sorter->run_count == sorter->run_capacity) {
        size_t capacity = sorter->run_capacity ? sorter->run_capacity * 2 : 16;
        struct bc_spill_run *runs = bc_realloc_array(sorter->runs, capacity, sizeof *runs);
        if (!runs)
            return BC_NO_MEMORY;
        sorter->runs = runs;
        sorter->run_capacity = capacity;
    }
    sorter->runs[sorter->run_count++] = *run;
    return BC_OK;
}

/* Writes all that the merge gives as one run. */
static enum bc_status write_merged(struct bc_sorter *sorter, struct bc_spill_writer *writer,
                                   struct bc_spill_merge *merge)
{
    struct bc_slice line;
    size_t shared;
    enum bc_status st;
    for (size_t count = 0; !(st = bc_spill_merge_next(merge, &line, &shared)); count++) {
        if (count % LINES_A_CHECK == 0 && atomic_load(&sorter->stop))
            return BC_CANCELLED;
        st = bc_spill_writer_add(writer, line, shared);
        if (st)
            return st;
    }
    if (st != BC_NO_DATA)
        return st;
    struct bc_spill_run run;
    st = bc_spill_writer_finish(writer, &run);
    return st ? st : keep_run(sorter, &run);
}

/* Merges what options say into a run at the end of the list. */
static enum bc_status spill_merged(struct bc_sorter *sorter,
                                   const struct bc_spill_merge_options *options)
{
    struct bc_spill_merge *merge;
    enum bc_status st = bc_spill_merge_new(options, &merge);
    if (st)
        return st;
    struct bc_spill_writer writer;
    st = bc_spill_writer_init(&writer, &sorter->spill, sorter->write_buffer_bytes);
    if (!st)
        st = write_merged(sorter, &writer, merge);
    bc_spill_writer_release(&writer);
    bc_spill_merge_free(merge);
    return st;
}

static enum bc_status spill_bin(struct bc_sorter *sorter, struct bin *bin)
{
    if (sorter->spill.file < 0) {
        enum bc_status st = bc_spill_open(&sorter->spill, sorter->directory);
        if (st)
            return st;
    }
    struct bc_spill_merge_options options = {.sorted = &bin->sorted, .sorted_count = 1};
    return spill_merged(sorter, &options);
}

/* The next thing for the worker to do, taken into its hands: NULL if there is none. With the lock
 * held. */
static struct bin *take_work(struct bc_sorter *sorter, enum state *was)
{
    struct bin *bin = sorter->spilling ? find(sorter, SORTED) : NULL;
    if (!bin)
        bin = find(sorter, FULL);
    if (bin) {
        *was = bin->state;
        bin->state = BUSY;
    }
    return bin;
}

/* Sorts or spills one bin. With the lock held, but not meanwhile. */
static void work_on(struct bc_sorter *sorter, struct bin *bin, enum state was)
{
    pthread_mutex_unlock(&sorter->lock);
    enum bc_status st = was == FULL ? sort_bin(sorter, bin) : spill_bin(sorter, bin);
    pthread_mutex_lock(&sorter->lock);
    if (st)
        atomic_store(&sorter->failed, (int)st);
    bin->state = was == FULL ? SORTED : FREE;
    pthread_cond_broadcast(&sorter->changed);
}

static void *run_worker(void *context)
{
    struct bc_sorter *sorter = context;
    pthread_mutex_lock(&sorter->lock);
    while (!atomic_load(&sorter->stop) && !atomic_load(&sorter->failed)) {
        enum state was;
        struct bin *bin = take_work(sorter, &was);
        if (bin)
            work_on(sorter, bin, was);
        else
            pthread_cond_wait(&sorter->changed, &sorter->lock);
    }
    pthread_mutex_unlock(&sorter->lock);
    return NULL;
}

static void stop_worker(struct bc_sorter *sorter)
{
    if (!sorter->has_worker)
        return;
    pthread_mutex_lock(&sorter->lock);
    atomic_store(&sorter->stop, true);
    pthread_cond_broadcast(&sorter->changed);
    pthread_mutex_unlock(&sorter->lock);
    pthread_join(sorter->worker, NULL);
    sorter->has_worker = false;
    atomic_store(&sorter->stop, false);
}

void bc_sorter_free(struct bc_sorter *sorter)
{
    if (!sorter)
        return;
    stop_worker(sorter);
    pthread_mutex_destroy(&sorter->lock);
    pthread_cond_destroy(&sorter->changed);
    free_sorter(sorter);
}

/* Adding: on the caller's thread. */

static enum bc_status failure(const struct bc_sorter *sorter)
{
    return (enum bc_status)atomic_load_explicit(&sorter->failed, memory_order_relaxed);
}

/* The worker takes no signals: they are for the threads that wait for them. */
static enum bc_status start_worker(struct bc_sorter *sorter)
{
    if (sorter->has_worker)
        return BC_OK;
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    sorter->has_worker = !pthread_create(&sorter->worker, NULL, run_worker, sorter);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return sorter->has_worker ? BC_OK : BC_NO_MEMORY;
}

/* Hands the current bin, if any, to the worker. */
static enum bc_status hand_over(struct bc_sorter *sorter)
{
    if (!sorter->current)
        return BC_OK;
    enum bc_status st = start_worker(sorter);
    if (st)
        return st;
    pthread_mutex_lock(&sorter->lock);
    sorter->current->state = FULL;
    pthread_cond_broadcast(&sorter->changed);
    pthread_mutex_unlock(&sorter->lock);
    sorter->current = NULL;
    return BC_OK;
}

/* Waits for a bin without lines; from the first wait on, sorted bins are spilled. */
static enum bc_status take_free_bin(struct bc_sorter *sorter, struct bin **bin)
{
    pthread_mutex_lock(&sorter->lock);
    while (!(*bin = find(sorter, FREE)) && !failure(sorter)) {
        if (!sorter->spilling) {
            sorter->spilling = true;
            pthread_cond_broadcast(&sorter->changed);
        }
        pthread_cond_wait(&sorter->changed, &sorter->lock);
    }
    if (*bin)
        (*bin)->state = FILLING;
    pthread_mutex_unlock(&sorter->lock);
    return *bin ? BC_OK : failure(sorter);
}

/* Makes a bin current that has room for a line. */
static enum bc_status next_bin(struct bc_sorter *sorter, size_t line_size)
{
    enum bc_status st = hand_over(sorter);
    if (st)
        return st;
    st = take_free_bin(sorter, &sorter->current);
    if (st)
        return st;
    size_t need = bc_line_arena_cost(line_size);
    return bc_line_arena_reset(&sorter->current->arena,
                               need > sorter->arena_bytes ? need : sorter->arena_bytes);
}

enum bc_status bc_sorter_add(struct bc_sorter *sorter, struct bc_slice line)
{
    if (line.size > BC_LINE_MAX)
        return BC_TOO_LARGE;
    if (sorter->finished)
        return BC_INVALID;
    enum bc_status st = failure(sorter);
    if (st)
        return st;
    if (!sorter->current || sorter->current->arena.count >= sorter->arena_lines ||
        !bc_line_arena_add(&sorter->current->arena, line)) {
        st = next_bin(sorter, line.size);
        if (st)
            return st;
        bool added = bc_line_arena_add(&sorter->current->arena, line);
        assert(added);
        (void)added;
    }
    sorter->added++;
    return BC_OK;
}

uint64_t bc_sorter_added(const struct bc_sorter *sorter)
{
    return sorter->added;
}

/* Finishing: on the caller's thread. */

static enum bc_status sort_rest(struct bc_sorter *sorter)
{
    struct bin *bin;
    enum state was;
    pthread_mutex_lock(&sorter->lock);
    sorter->spilling = false;
    if (sorter->current)
        sorter->current->state = FULL;
    sorter->current = NULL;
    pthread_cond_broadcast(&sorter->changed);
    while (!failure(sorter) && (find(sorter, FULL) || find(sorter, BUSY))) {
        if (sorter->has_worker)
            pthread_cond_wait(&sorter->changed, &sorter->lock);
        else if ((bin = take_work(sorter, &was)))
            work_on(sorter, bin, was);
    }
    pthread_mutex_unlock(&sorter->lock);
    stop_worker(sorter);
    return failure(sorter);
}

/* Bytes that reading the first `count` runs at once takes at least. */
static size_t least_for(const struct bc_sorter *sorter, size_t count)
{
    size_t sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += READ_BUFFER_MIN + sorter->runs[i].longest + sizeof(struct bc_spill_reader);
    return sum;
}

static size_t read_buffer(const struct bc_sorter *sorter, size_t count, size_t budget)
{
    size_t least = least_for(sorter, count);
    size_t more = count && budget > least ? (budget - least) / count : 0;
    return more > READ_BUFFER_MAX - READ_BUFFER_MIN ? READ_BUFFER_MAX : READ_BUFFER_MIN + more;
}

static enum bc_status spill_all(struct bc_sorter *sorter)
{
    for (size_t i = 0; i < ARENAS; i++) {
        struct bin *bin = &sorter->bins[i];
        enum bc_status st = bin->state == SORTED ? spill_bin(sorter, bin) : BC_OK;
        if (st)
            return st;
        bin->state = FREE;
        bc_line_arena_release(&bin->arena);
    }
    return BC_OK;
}

/* Merges the first `count` runs into one behind the others. */
static enum bc_status merge_oldest(struct bc_sorter *sorter, size_t count, size_t budget)
{
    struct bc_spill_merge_options options = {
        .spill = &sorter->spill,
        .runs = sorter->runs,
        .run_count = count,
        .buffer_bytes = read_buffer(sorter, count, budget),
    };
    enum bc_status st = spill_merged(sorter, &options);
    if (st)
        return st;
    for (size_t i = 0; i < count; i++)
        bc_spill_drop(&sorter->spill, &sorter->runs[i]);
    sorter->run_count -= count;
    memmove(sorter->runs, sorter->runs + count, sorter->run_count * sizeof sorter->runs[0]);
    return BC_OK;
}

/* Merges runs until those that are left can be read at once; two always can. */
static enum bc_status reduce_runs(struct bc_sorter *sorter, size_t budget)
{
    while (sorter->run_count > 2 && least_for(sorter, sorter->run_count) > budget) {
        size_t most = 2;
        while (least_for(sorter, most + 1) <= budget)
            most++;
        size_t excess = sorter->run_count - most + 1;
        enum bc_status st = merge_oldest(sorter, excess < most ? excess : most, budget);
        if (st)
            return st;
    }
    return BC_OK;
}

static enum bc_status open_merge(struct bc_sorter *sorter, size_t budget)
{
    struct bc_sorted_lines sorted[ARENAS];
    size_t count = 0;
    for (size_t i = 0; i < ARENAS; i++) {
        if (sorter->bins[i].state == SORTED)
            sorted[count++] = sorter->bins[i].sorted;
    }
    struct bc_spill_merge_options options = {
        .spill = &sorter->spill,
        .runs = sorter->runs,
        .run_count = sorter->run_count,
        .sorted = sorted,
        .sorted_count = count,
        .buffer_bytes = read_buffer(sorter, sorter->run_count, budget),
    };
    return bc_spill_merge_new(&options, &sorter->merge);
}

static enum bc_status finish(struct bc_sorter *sorter)
{
    enum bc_status st = sort_rest(sorter);
    if (st)
        return st;
    /* What was meant for sorting is free for reading now. If it is too little, the arenas go. */
    size_t budget = sorter->arena_bytes / 8 * 3 + sorter->write_buffer_bytes;
    if (sorter->run_count && least_for(sorter, sorter->run_count) > budget) {
        st = spill_all(sorter);
        budget = sorter->memory_bytes - sorter->write_buffer_bytes - OVERHEAD;
    }
    if (!st)
        st = reduce_runs(sorter, budget);
    return st ? st : open_merge(sorter, budget);
}

enum bc_status bc_sorter_finish(struct bc_sorter *sorter)
{
    if (sorter->finished)
        return BC_INVALID;
    enum bc_status st = failure(sorter);
    if (!st)
        st = finish(sorter);
    sorter->finished = true;
    return st;
}

/* Reading. */

enum bc_status bc_sorter_next(struct bc_sorter *sorter, struct bc_slice *line)
{
    size_t shared;
    return sorter->merge ? bc_spill_merge_next(sorter->merge, line, &shared) : BC_INVALID;
}

enum bc_status bc_sorter_next_block(struct bc_sorter *sorter, size_t enough, struct bc_buffer *text)
{
    if (!sorter->merge)
        return BC_INVALID;
    size_t before = text->size;
    struct bc_slice line;
    size_t shared;
    do {
        enum bc_status st = bc_spill_merge_next(sorter->merge, &line, &shared);
        if (st == BC_NO_DATA && text->size > before)
            return BC_OK;
        if (!st)
            st = bc_buffer_append(text, line.data, line.size);
        if (st)
            return st;
    } while (text->size < enough);
    return BC_OK;
}

enum bc_status bc_sorter_rewind(struct bc_sorter *sorter)
{
    if (!sorter->merge)
        return BC_INVALID;
    bc_spill_merge_rewind(sorter->merge);
    return BC_OK;
}

uint64_t bc_sorter_spilled_bytes(const struct bc_sorter *sorter)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < sorter->run_count; i++)
        sum += sorter->runs[i].size;
    return sum;
}
