/* What the store on RocksDB costs: bench_rocks DIRECTORY RUNS [TEXT [LEVEL [DICTIONARY_BYTES]]].
 * Makes a database in DIRECTORY, which must not be there. */
#include "branchcore/codec.h"
#include "rocks/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { BLOCK_BYTES = 128 << 10, REPEATS = 8 };

static void check(enum bc_status st, const char *what)
{
    if (st) {
        (void)fprintf(stderr, "%s: %s\n", what, bc_status_text(st));
        exit(1);
    }
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void add(struct bc_bulk *bulk, uint64_t run, uint64_t row, struct bc_slice value)
{
    char key[17];
    bc_put_u64(key, run);
    key[8] = 'B';
    bc_put_u64(key + 9, row);
    check(bulk->ops->add(bulk, bc_slice(key, sizeof key), value), "add");
}

static double write_small_run(struct bc_store *store, uint64_t run)
{
    static char value[64 << 10];
    for (size_t at = 0; at < sizeof value; at += 8)
        bc_put_u64(value + at, run * 0x9e3779b97f4a7c15u + (at & ~(size_t)511));
    double start = now();
    struct bc_bulk *bulk;
    check(store->ops->bulk_new(store, run, &bulk), "bulk_new");
    for (uint64_t row = 0; row < 8; row++)
        add(bulk, run, row, bc_slice(value, sizeof value));
    check(bulk->ops->finish(bulk), "finish");
    return now() - start;
}

static void measure_runs(struct bc_store *store, uint64_t runs)
{
    double sum = 0;
    uint64_t counted = 0;
    uint64_t report = 10;
    for (uint64_t run = 1; run <= runs; run++) {
        sum += write_small_run(store, run);
        counted++;
        if (run == report || run == runs) {
            (void)printf("runs %6llu: %.2f ms for a run of 0.5 MiB (mean of the last %llu)\n",
                         (unsigned long long)run, sum * 1e3 / (double)counted,
                         (unsigned long long)counted);
            report *= 10;
            sum = 0;
            counted = 0;
        }
    }
    double start = now();
    for (uint64_t run = 1; run <= runs; run++)
        check(store->ops->run_drop(store, run), "run_drop");
    (void)printf("dropping: %.3f ms a run\n", (now() - start) * 1e3 / (double)runs);
}

static void measure_batches(struct bc_store *store)
{
    for (int sync = 0; sync < 2; sync++) {
        int count = sync ? 200 : 20000;
        struct bc_batch batch = {0};
        double start = now();
        for (int i = 0; i < count; i++) {
            char key[8];
            bc_put_u64(key, (uint64_t)i);
            bc_batch_clear(&batch);
            check(bc_batch_put(&batch, BC_LAYERS, bc_slice(key, 8), bc_slice(key, 8)), "put");
            check(bc_store_apply(store, &batch, sync), "apply");
        }
        (void)printf("apply%s: %.1f us\n", sync ? " and sync" : "",
                     (now() - start) * 1e6 / (double)count);
        bc_batch_release(&batch);
    }
}

static char *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "r");
    if (!file || fseek(file, 0, SEEK_END)) {
        perror(path);
        exit(1);
    }
    *size = (size_t)ftell(file);
    rewind(file);
    char *text = bc_alloc(*size);
    if (!text || fread(text, 1, *size, file) != *size)
        exit(1);
    (void)fclose(file);
    return text;
}

static size_t block_end(const char *text, size_t size, size_t start)
{
    size_t end = start + BLOCK_BYTES;
    if (end >= size)
        return size;
    while (text[end - 1] != '\n')
        end--;
    return end;
}

static void read_run(struct bc_store *store, uint64_t run)
{
    char lower[8];
    char upper[8];
    bc_put_u64(lower, run);
    bc_put_u64(upper, run + 1);
    uint64_t bytes = 0;
    struct bc_cursor *cursor;
    double start = now();
    check(bc_store_cursor(store, NULL, BC_RUNS, bc_slice(lower, 8), bc_slice(upper, 8), true,
                          &cursor),
          "cursor");
    for (cursor->ops->first(cursor); cursor->valid; cursor->ops->next(cursor))
        bytes += cursor->value.size;
    check(cursor->status, "walk");
    bc_cursor_free(cursor);
    (void)printf("reading: %.0f MB/s\n", (double)bytes / 1e6 / (now() - start));
}

static void measure_text(struct bc_store *store, const char *path)
{
    size_t size;
    char *text = read_file(path, &size);
    uint64_t run = UINT32_MAX;
    double start = now();
    struct bc_bulk *bulk;
    check(store->ops->bulk_new(store, run, &bulk), "bulk_new");
    uint64_t row = 0;
    for (int repeat = 0; repeat < REPEATS; repeat++)
        for (size_t at = 0; at < size;) {
            size_t end = block_end(text, size, at);
            add(bulk, run, row++, bc_slice(text + at, end - at));
            at = end;
        }
    check(bulk->ops->finish(bulk), "finish");
    double seconds = now() - start;
    char lower[8];
    char upper[8];
    bc_put_u64(lower, run);
    bc_put_u64(upper, run + 1);
    uint64_t bytes;
    check(store->ops->disk_bytes(store, BC_RUNS, bc_slice(lower, 8), bc_slice(upper, 8), &bytes),
          "disk_bytes");
    (void)printf("writing: %.0f MB/s, %.2f times smaller\n", (double)size * REPEATS / 1e6 / seconds,
                 (double)size * REPEATS / (double)bytes);
    read_run(store, run);
    bc_free(text);
}

int main(int count, char **arguments)
{
    if (count < 3) {
        (void)fprintf(stderr,
                      "usage: bench_rocks DIRECTORY RUNS [TEXT [LEVEL [DICTIONARY_BYTES]]]\n");
        return 2;
    }
    struct rk_options options = {
        .create = true,
        .compression_level = count > 4 ? (int)strtol(arguments[4], NULL, 10) : 0,
        .dictionary_bytes = count > 5 ? (int)strtol(arguments[5], NULL, 10) : 0,
    };
    struct bc_store *store;
    struct bc_error err;
    if (rk_store_open(arguments[1], &options, &store, &err)) {
        (void)fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    measure_batches(store);
    measure_runs(store, strtoull(arguments[2], NULL, 10));
    if (count > 3)
        measure_text(store, arguments[3]);
    bc_store_close(store);
    return 0;
}
