#include "branchcore/sorter.h"

#include "branchcore/line_arena.h"
#include "branchcore/ntriples.h"
#include "branchcore/spill.h"
#include "branchcore/spill_merge.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>

enum {
    ARENAS = 4,
    SORTS = 2, /* arenas that may be sorted at the same time */
    DEFAULT_BYTES = 256 << 20,
    LEAST_BYTES = 1 << 20,
    WRITE_BUFFER_MIN = 16 << 10,
    WRITE_BUFFER_MAX = 512 << 10,
    READ_BUFFER_MIN = 16 << 10,
    READ_BUFFER_MAX = 512 << 10,
    CHUNK_MIN = 64 << 10, /* of a merge that runs ahead */
    CHUNK_MAX = 1 << 20,
    AHEADS_MAX = 8,
    ENGINE_BYTES = 64 << 10, /* what one sort takes whatever it sorts */
    OVERHEAD = 32 << 10,
    LINES_A_CHECK = 1024, /* lines spilled between two looks at `stop` */
};

/* One arena and its way: filled by the caller; then its job, which nobody but bc_pool_wait's caller
 * may look behind, sorts it and, once memory has run out, spills it. */
struct bin {
    struct bc_pool_job job;
    struct bc_sorter *sorter;
    struct bc_line_arena arena;
    struct bc_sorted_lines sorted; /* in the arena; if is_sorted */
    bool is_sorted;
    struct bc_spill spill;
};

struct bc_sorter {
    char *directory;
    const struct bc_compute *compute;
    struct bc_pool *pool;
    uint64_t added;

    /* The shares of the budget. */
    size_t memory_bytes;
    size_t write_buffer_bytes; /* of each bin */
    size_t arena_bytes;        /* of each bin */
    size_t arena_lines;        /* so many can be sorted at a time */

    struct bin bins[ARENAS]; /* filled in turn */
    size_t turn;             /* how many have been handed over */
    bool filling;            /* bin_at(turn) */
    struct bc_spill_merge *merge;
    bool finished;

    atomic_bool spilling; /* memory ran out once: what is sorted is spilled at once */
    atomic_bool stop;
    atomic_int failed; /* an enum bc_status; once set, nothing else happens */

    pthread_mutex_t lock; /* guards the runs while jobs run */
    struct bc_spill_run *runs;
    size_t run_count;
    size_t run_capacity;
};

static struct bin *bin_at(struct bc_sorter *sorter, size_t turn)
{
    return &sorter->bins[turn % ARENAS];
}

/* The work area of one sort gets 3/8 of an arena, right for lines of 130 bytes and more. */
static size_t sort_bytes(const struct bc_sorter *sorter)
{
    return sorter->arena_bytes / 8 * 3;
}

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
    size_t fixed =
        ARENAS * (buffer + BC_PAST_CACHE_ALIGNMENT) + (size_t)SORTS * ENGINE_BYTES + OVERHEAD;
    sorter->memory_bytes = memory_bytes;
    sorter->write_buffer_bytes = buffer;
    sorter->arena_bytes = (memory_bytes - fixed) / (8 * ARENAS + 3 * SORTS) * 8;
    sorter->arena_lines = sort_bytes(sorter) / BC_SORT_BYTES_A_LINE;
}

static void free_sorter(struct bc_sorter *sorter)
{
    bc_spill_merge_free(sorter->merge);
    for (size_t i = 0; i < ARENAS; i++) {
        bc_line_arena_release(&sorter->bins[i].arena);
        bc_spill_close(&sorter->bins[i].spill);
    }
    pthread_mutex_destroy(&sorter->lock);
    bc_free(sorter->runs);
    bc_free(sorter->directory);
    bc_free(sorter);
}

static enum bc_status failure(const struct bc_sorter *sorter)
{
    return (enum bc_status)atomic_load_explicit(&sorter->failed, memory_order_relaxed);
}

/* What jobs do: sorting and spilling. */

static enum bc_status sort_bin(struct bin *bin)
{
    const struct bc_compute *compute = bin->sorter->compute;
    struct bc_line *lines = bc_line_arena_lines(&bin->arena);
    size_t count = bin->arena.count;
    enum bc_status st = compute->sort_unique(compute, lines, &count);
    bin->sorted = (struct bc_sorted_lines){lines, count};
    bin->is_sorted = !st;
    return st;
}

static enum bc_status keep_run(struct bc_sorter *sorter, const struct bc_spill_run *run)
{
    enum bc_status st = BC_OK;
    pthread_mutex_lock(&sorter->lock);
    if (sorter->run_count == sorter->run_capacity) {
        size_t capacity = sorter->run_capacity ? sorter->run_capacity * 2 : 16;
        struct bc_spill_run *runs = bc_realloc_array(sorter->runs, capacity, sizeof *runs);
        if (runs) {
            sorter->runs = runs;
            sorter->run_capacity = capacity;
        } else {
            st = BC_NO_MEMORY;
        }
    }
    if (!st)
        sorter->runs[sorter->run_count++] = *run;
    pthread_mutex_unlock(&sorter->lock);
    return st;
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

/* Merges what options say into a run at the end of the list, in the bin's file. */
static enum bc_status spill_merged(struct bin *bin, const struct bc_spill_merge_options *options)
{
    struct bc_sorter *sorter = bin->sorter;
    struct bc_spill_merge *merge;
    enum bc_status st = bin->spill.file < 0 ? bc_spill_open(&bin->spill, sorter->directory) : BC_OK;
    if (!st)
        st = bc_spill_merge_new(options, &merge);
    if (st)
        return st;
    struct bc_spill_writer writer;
    st = bc_spill_writer_init(&writer, &bin->spill, sorter->write_buffer_bytes);
    if (!st)
        st = write_merged(sorter, &writer, merge);
    bc_spill_writer_release(&writer);
    bc_spill_merge_free(merge);
    return st;
}

static enum bc_status spill_bin(struct bin *bin)
{
    struct bc_spill_merge_options options = {.sorted = &bin->sorted, .sorted_count = 1};
    enum bc_status st = spill_merged(bin, &options);
    bin->is_sorted = false;
    return st;
}

static void process_bin(struct bc_pool_job *job)
{
    struct bin *bin = (struct bin *)job;
    struct bc_sorter *sorter = bin->sorter;
    if (failure(sorter) || atomic_load(&sorter->stop))
        return;
    enum bc_status st = bin->is_sorted ? BC_OK : sort_bin(bin);
    if (!st && atomic_load(&sorter->spilling))
        st = spill_bin(bin);
    if (st)
        atomic_store(&sorter->failed, (int)st);
}

/* On the caller's thread. */

static void wait_for(struct bin *bin)
{
    bc_pool_wait(bin->sorter->pool, &bin->job);
}

static void wait_for_all(struct bc_sorter *sorter)
{
    for (size_t i = 0; i < ARENAS; i++)
        wait_for(bin_at(sorter, sorter->turn + i)); /* the oldest first */
}

enum bc_status bc_sorter_new(const struct bc_sorter_options *options, struct bc_sorter **sorter)
{
    if (!options->directory)
        return BC_INVALID;
    struct bc_sorter *made = bc_alloc_zero(sizeof *made);
    if (!made)
        return BC_NO_MEMORY;
    made->compute = options->compute ? options->compute : bc_scalar_engine();
    made->pool = options->pool;
    for (size_t i = 0; i < ARENAS; i++)
        made->bins[i] =
            (struct bin){.job = {.run = process_bin}, .sorter = made, .spill = {.file = -1}};
    pthread_mutex_init(&made->lock, NULL);
    share_budget(made, options->memory_bytes);
    made->directory = bc_copy_string(options->directory, strlen(options->directory));
    if (!made->directory) {
        free_sorter(made);
        return BC_NO_MEMORY;
    }
    *sorter = made;
    return BC_OK;
}

void bc_sorter_free(struct bc_sorter *sorter)
{
    if (!sorter)
        return;
    atomic_store(&sorter->stop, true);
    wait_for_all(sorter);
    free_sorter(sorter);
}

/* Hands the bin that is being filled, if any, to the pool. */
static void hand_over(struct bc_sorter *sorter)
{
    if (!sorter->filling)
        return;
    /* Of those before, so many may be under way that with this one it is SORTS. */
    wait_for(bin_at(sorter, sorter->turn + ARENAS - SORTS));
    bc_pool_start(sorter->pool, &bin_at(sorter, sorter->turn)->job);
    sorter->turn++;
    sorter->filling = false;
}

/* From the first time on that all memory is in use, sorted bins are spilled. */
static void begin_spilling(struct bc_sorter *sorter)
{
    wait_for_all(sorter);
    atomic_store(&sorter->spilling, true);
    for (size_t i = 0; i < ARENAS; i++) {
        struct bin *bin = bin_at(sorter, sorter->turn + i);
        if (bin->is_sorted)
            bc_pool_start(sorter->pool, &bin->job);
    }
}

/* Gets the next bin ready to be filled with lines, of which one is of this size. */
static enum bc_status next_bin(struct bc_sorter *sorter, size_t line_size)
{
    hand_over(sorter);
    struct bin *bin = bin_at(sorter, sorter->turn);
    wait_for(bin);
    if (bin->is_sorted) {
        begin_spilling(sorter);
        wait_for(bin);
    }
    enum bc_status st = failure(sorter);
    if (st)
        return st;
    size_t need = bc_line_arena_cost(line_size);
    st = bc_line_arena_reset(&bin->arena, need > sorter->arena_bytes ? need : sorter->arena_bytes);
    sorter->filling = !st;
    return st;
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
    struct bc_line_arena *arena = &bin_at(sorter, sorter->turn)->arena;
    if (!sorter->filling || arena->count >= sorter->arena_lines ||
        !bc_line_arena_add(arena, line)) {
        st = next_bin(sorter, line.size);
        if (st)
            return st;
        bool added = bc_line_arena_add(&bin_at(sorter, sorter->turn)->arena, line);
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

/* Finishing. */

static enum bc_status sort_rest(struct bc_sorter *sorter)
{
    /* What is not spilled yet stays in memory. */
    atomic_store(&sorter->spilling, false);
    hand_over(sorter);
    wait_for_all(sorter);
    return failure(sorter);
}

/* Bytes that reading the first `count` runs at once takes at least. */
static size_t least_for(const struct bc_sorter *sorter, size_t count)
{
    size_t sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += READ_BUFFER_MIN + 2 * BC_PAST_CACHE_ALIGNMENT + sorter->runs[i].longest +
               sizeof(struct bc_spill_reader);
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
        enum bc_status st = bin->is_sorted ? spill_bin(bin) : BC_OK;
        if (st)
            return st;
        bc_line_arena_release(&bin->arena);
    }
    return BC_OK;
}

/* Merges the first `count` runs into one behind the others. */
static enum bc_status merge_oldest(struct bc_sorter *sorter, size_t count, size_t budget)
{
    struct bc_spill_merge_options options = {
        .runs = sorter->runs,
        .run_count = count,
        .buffer_bytes = read_buffer(sorter, count, budget),
    };
    enum bc_status st = spill_merged(&sorter->bins[0], &options);
    if (st)
        return st;
    for (size_t i = 0; i < count; i++)
        bc_spill_drop(&sorter->runs[i]);
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

/* What is to be merged, dealt out to merges that run ahead. */
struct shares {
    struct bc_sorted_lines sorted[ARENAS];
    size_t sorted_count;
    size_t count;       /* of shares; 0: nothing runs ahead */
    size_t chunk_bytes; /* of each share, twice */
    size_t buffer_bytes;
    struct bc_merge_ahead *aheads[AHEADS_MAX];
    size_t made;
};

static void find_sorted(struct bc_sorter *sorter, struct shares *shares)
{
    for (size_t i = 0; i < ARENAS; i++) {
        if (sorter->bins[i].is_sorted)
            shares->sorted[shares->sorted_count++] = sorter->bins[i].sorted;
    }
}

/* As many shares as there are threads, if memory allows and there is something to merge. */
static void choose_shares(const struct bc_sorter *sorter, struct shares *shares, size_t budget)
{
    size_t least = least_for(sorter, sorter->run_count);
    size_t left = budget > least ? budget - least : 0;
    size_t longest = 0;
    for (size_t i = 0; i < sorter->run_count; i++)
        longest = sorter->runs[i].longest > longest ? sorter->runs[i].longest : longest;
    size_t most = (sorter->run_count + shares->sorted_count) / 2;
    size_t count = bc_pool_width(sorter->pool) - 1;
    if (count > AHEADS_MAX)
        count = AHEADS_MAX;
    if (count > most)
        count = most;
    size_t chunks = left / 2; /* the rest is for reading */
    if (count > chunks / (2 * (CHUNK_MIN + longest)))
        count = chunks / (2 * (CHUNK_MIN + longest));
    shares->count = count;
    if (count) {
        size_t bytes = chunks / (2 * count) - longest;
        shares->chunk_bytes = bytes < CHUNK_MAX ? bytes : CHUNK_MAX;
        budget -= (shares->chunk_bytes + longest) * 2 * count;
    }
    shares->buffer_bytes = read_buffer(sorter, sorter->run_count, budget);
}

/* Neighbours in time, which may be neighbours in order, go to different shares. */
static enum bc_status make_share(struct bc_sorter *sorter, struct shares *shares, size_t share)
{
    struct bc_spill_run *runs = bc_alloc_array(sorter->run_count / shares->count + 1, sizeof *runs);
    struct bc_sorted_lines sorted[ARENAS];
    struct bc_spill_merge_options options = {
        .runs = runs, .sorted = sorted, .buffer_bytes = shares->buffer_bytes};
    if (!runs)
        return BC_NO_MEMORY;
    for (size_t i = share; i < sorter->run_count; i += shares->count)
        runs[options.run_count++] = sorter->runs[i];
    /* From the other end, so that shares get even. */
    for (size_t i = shares->count - 1 - share; i < shares->sorted_count; i += shares->count)
        sorted[options.sorted_count++] = shares->sorted[i];
    struct bc_spill_merge *merge;
    enum bc_status st = bc_spill_merge_new(&options, &merge);
    bc_free(runs);
    return st ? st
              : bc_merge_ahead_new(sorter->pool, merge, shares->chunk_bytes,
                                   &shares->aheads[share]);
}

static enum bc_status open_merge(struct bc_sorter *sorter, size_t budget)
{
    struct shares shares = {0};
    find_sorted(sorter, &shares);
    choose_shares(sorter, &shares, budget);
    enum bc_status st = BC_OK;
    for (; shares.made < shares.count; shares.made++) {
        st = make_share(sorter, &shares, shares.made);
        if (st)
            break;
    }
    if (st) {
        for (size_t i = 0; i < shares.made; i++)
            bc_merge_ahead_free(shares.aheads[i]);
        return st;
    }
    struct bc_spill_merge_options all = {
        .runs = sorter->runs,
        .run_count = sorter->run_count,
        .sorted = shares.sorted,
        .sorted_count = shares.sorted_count,
        .buffer_bytes = shares.buffer_bytes,
    };
    struct bc_spill_merge_options ahead = {.aheads = shares.aheads, .ahead_count = shares.count};
    return bc_spill_merge_new(shares.count ? &ahead : &all, &sorter->merge);
}

static enum bc_status finish(struct bc_sorter *sorter)
{
    enum bc_status st = sort_rest(sorter);
    if (st)
        return st;
    /* What was meant for sorting is free for reading now. If it is too little, the arenas go. */
    size_t budget = SORTS * sort_bytes(sorter) + ARENAS * sorter->write_buffer_bytes;
    if (sorter->run_count && least_for(sorter, sorter->run_count) > budget) {
        st = spill_all(sorter);
        budget =
            sorter->memory_bytes - sorter->write_buffer_bytes - BC_PAST_CACHE_ALIGNMENT - OVERHEAD;
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
