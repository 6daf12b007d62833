#include "rocks/store.h"

#include "branchcore/codec.h"
#include "rocks/internal.h"
#include "tests/store_conformance.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <rocksdb/c.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

/* A small buffer, so that runs of a few MiB become several files. */
static const struct rk_options small = {
    .create = true, .memory_bytes = 12u << 20, .bulk_bytes = 3u << 20};

static char folder[] = "/tmp/triplefs-rocks-XXXXXX";
static char directory[sizeof folder + 16];
static const char *program;

static int remove_entry(const char *path, const struct stat *about, int type, struct FTW *where)
{
    (void)about;
    (void)type;
    (void)where;
    return remove(path);
}

static void remove_tree(const char *path)
{
    (void)nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

static struct bc_store *open_with(const struct rk_options *options)
{
    struct bc_store *store = NULL;
    struct bc_error err = {0};
    if (rk_store_open(directory, options, &store, &err))
        fail_msg("%s", err.text);
    return store;
}

static struct bc_store *open_small(void *context)
{
    (void)context;
    return open_with(&small);
}

static void close_and_remove(void *context, struct bc_store *store)
{
    (void)context;
    bc_store_close(store);
    remove_tree(directory);
}

static int remove_store(void **state)
{
    (void)state;
    bc_memory_fail_after(0, 0);
    remove_tree(directory);
    return 0;
}

static struct bc_store *reopen(struct bc_store *store)
{
    bc_store_close(store);
    return open_with(&small);
}

/* Bytes in files of the database whose names end in `suffix`; their number to *count. */
static uint64_t bytes_of_files(const char *suffix, int *count)
{
    uint64_t bytes = 0;
    int files = 0;
    DIR *entries = opendir(directory);
    assert_non_null(entries);
    const struct dirent *entry;
    while ((entry = readdir(entries))) {
        size_t size = strlen(entry->d_name);
        struct stat about;
        if (size < strlen(suffix) || strcmp(entry->d_name + size - strlen(suffix), suffix) != 0 ||
            fstatat(dirfd(entries), entry->d_name, &about, 0))
            continue;
        files++;
        bytes += (uint64_t)about.st_size;
    }
    closedir(entries);
    if (count)
        *count = files;
    return bytes;
}

static int files_in_ingest(void)
{
    char path[sizeof directory + 16];
    (void)snprintf(path, sizeof path, "%s/ingest", directory);
    DIR *entries = opendir(path);
    assert_non_null(entries);
    int count = 0;
    const struct dirent *entry;
    while ((entry = readdir(entries)))
        count += entry->d_name[0] != '.';
    closedir(entries);
    return count;
}

static void what_was_applied_is_there_after_a_reopen(void **state)
{
    (void)state;
    struct bc_store *store = open_with(&small);
    put_one(store, BC_REFS, "a", "1");
    put_one(store, BC_LAYERS, "b", "2");
    bulk_rows(store, 7, 100, 50 << 10);
    store = reopen(store);
    assert_rows(store, NULL, BC_REFS, "a=1");
    assert_rows(store, NULL, BC_LAYERS, "b=2");
    assert_int_equal(count_rows(store, BC_RUNS), 100);
    put_one(store, BC_REFS, "a", "3");
    assert_status(store->ops->run_drop(store, 7), BC_OK);
    store = reopen(store);
    assert_rows(store, NULL, BC_REFS, "a=3");
    assert_int_equal(count_rows(store, BC_RUNS), 0);
    assert_status(store->ops->verify(store, NULL), BC_OK);
    bc_store_close(store);
}

static void opening_says_what_is_wrong(void **state)
{
    (void)state;
    struct bc_store *store;
    struct bc_error err = {0};
    assert_status(rk_store_open(directory, NULL, &store, &err), BC_NOT_FOUND);
    assert_non_null(strstr(err.text, directory));
    assert_status(rk_store_open("/proc/nothing/here", &small, &store, &err), BC_IO);
    static const struct rk_options wrong[] = {
        {.memory_bytes = 1},      {.bulk_bytes = 1},          {.bulk_files = -1},
        {.bulk_files = 100},      {.background_threads = -1}, {.compression_level = 23},
        {.dictionary_bytes = -1}, {.memory_bytes = SIZE_MAX},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_status(rk_store_open(directory, &wrong[i], &store, &err), BC_INVALID);
    struct bc_store *first = open_with(&small);
    assert_status(rk_store_open(directory, &small, &store, &err), BC_LOCKED);
    assert_status(rk_store_open(directory, &small, &store, NULL), BC_LOCKED);
    bc_store_close(first);
}

static void another_process_finds_it_locked(void **state)
{
    (void)state;
    struct bc_store *store = open_with(&small);
    pid_t child = fork();
    assert_true(child >= 0);
    if (!child) {
        execl(program, program, "--is-locked", directory, (char *)NULL);
        _exit(127);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && !WEXITSTATUS(status));
    bc_store_close(store);
}

static void a_database_of_something_else_is_refused(void **state)
{
    (void)state;
    char *error = NULL;
    rocksdb_options_t *options = rocksdb_options_create();
    rocksdb_options_set_create_if_missing(options, 1);
    rocksdb_t *db = rocksdb_open(options, directory, &error);
    assert_null(error);
    rocksdb_close(db);
    struct bc_store *store;
    struct bc_error err = {0};
    assert_status(rk_store_open(directory, NULL, &store, &err), BC_NOT_A_STORE);
    db = rocksdb_open(options, directory, &error);
    assert_null(error);
    rocksdb_column_family_handle_destroy(
        rocksdb_create_column_family(db, options, "someone's", &error));
    assert_null(error);
    rocksdb_close(db);
    rocksdb_options_destroy(options);
    assert_status(rk_store_open(directory, &small, &store, &err), BC_NOT_A_STORE);
}

static void each_failed_allocation_of_opening_is_reported(void **state)
{
    (void)state;
    struct bc_store *store = NULL;
    enum bc_status st = BC_NO_MEMORY;
    for (uint64_t countdown = 1; st; countdown++) {
        bc_memory_fail_after(countdown, 0);
        st = rk_store_open(directory, &small, &store, NULL);
        bc_memory_fail_after(0, 0);
        if (st)
            assert_status(st, BC_NO_MEMORY);
    }
    bc_store_close(store);
}

static void a_read_only_store_reads_and_changes_nothing(void **state)
{
    (void)state;
    struct bc_store *store = open_with(&small);
    put_one(store, BC_REFS, "a", "1");
    bulk_rows(store, 7, 10, 1000);
    bc_store_close(store);
    store = open_with(&(struct rk_options){.read_only = true});
    assert_rows(store, NULL, BC_REFS, "a=1");
    assert_int_equal(count_rows(store, BC_RUNS), 10);
    struct bc_batch batch = {0};
    assert_status(bc_batch_put(&batch, BC_REFS, text("a"), text("2")), BC_OK);
    assert_status(bc_store_apply(store, &batch, false), BC_READ_ONLY);
    bc_batch_release(&batch);
    struct bc_bulk *bulk;
    assert_status(store->ops->bulk_new(store, 8, &bulk), BC_READ_ONLY);
    assert_status(store->ops->run_drop(store, 7), BC_READ_ONLY);
    assert_status(store->ops->sync(store), BC_READ_ONLY);
    assert_status(store->ops->verify(store, NULL), BC_OK);
    bc_store_close(store);
}

static void dropping_a_run_gives_its_space_back_at_once(void **state)
{
    (void)state;
    struct bc_store *store = open_with(&small);
    uint64_t bytes[4];
    int files[4];
    bytes[0] = bytes_of_files(".sst", &files[0]);
    for (uint64_t run = 1; run <= 3; run++) {
        bulk_rows(store, run, 100, 64 << 10);
        bytes[run] = bytes_of_files(".sst", &files[run]);
        /* Several files a run, or this would show little. */
        assert_true(files[run] >= files[run - 1] + 3);
        assert_true(bytes[run] > bytes[run - 1] + (3 << 20));
    }
    assert_int_equal(files_in_ingest(), 0);
    assert_status(store->ops->run_drop(store, 2), BC_OK);
    int left;
    assert_int_equal(bytes_of_files(".sst", &left), bytes[3] - (bytes[2] - bytes[1]));
    assert_int_equal(left, files[3] - (files[2] - files[1]));
    assert_int_equal(count_rows(store, BC_RUNS), 200);
    store = reopen(store);
    assert_int_equal(count_rows(store, BC_RUNS), 200);
    assert_status(store->ops->run_drop(store, 1), BC_OK);
    assert_status(store->ops->run_drop(store, 3), BC_OK);
    assert_int_equal(bytes_of_files(".sst", &left), bytes[0]);
    assert_int_equal(left, files[0]);
    bc_store_close(store);
}

/* Rows of the family `runs` that are in memory, in level 0, and in a file of several runs: nothing
 * in triplefs makes such, and dropping is thorough all the same. */
static void dropping_a_run_finds_rows_in_unusual_places(void **state)
{
    (void)state;
    bc_store_close(open_with(&small));
    char *error = NULL;
    rocksdb_options_t *options = rocksdb_options_create();
    const char *const names[] = {"default", "refs", "layers", "runs"};
    const rocksdb_options_t *const each[] = {options, options, options, options};
    rocksdb_column_family_handle_t *families[4];
    rocksdb_t *db =
        rocksdb_open_column_families(options, directory, 4, names, each, families, &error);
    assert_null(error);
    rocksdb_writeoptions_t *writing = rocksdb_writeoptions_create();
    rocksdb_flushoptions_t *flush = rocksdb_flushoptions_create();
    for (uint64_t row = 0; row < 10; row++) {
        for (uint64_t run = 1; run <= 3; run++) {
            struct run_key key = run_key(run, row);
            rocksdb_put_cf(db, writing, families[3], key.bytes, sizeof key, "v", 1, &error);
            assert_null(error);
        }
        if (row == 4)
            rocksdb_flush_cf(db, flush, families[3], &error);
        assert_null(error);
    }
    for (int i = 0; i < 4; i++)
        rocksdb_column_family_handle_destroy(families[i]);
    rocksdb_close(db);
    rocksdb_writeoptions_destroy(writing);
    rocksdb_flushoptions_destroy(flush);
    rocksdb_options_destroy(options);
    struct bc_store *store = open_with(&small);
    assert_int_equal(count_rows(store, BC_RUNS), 30);
    assert_status(store->ops->run_drop(store, 2), BC_OK);
    assert_int_equal(count_rows(store, BC_RUNS), 20);
    store = reopen(store);
    assert_int_equal(count_rows(store, BC_RUNS), 20);
    bulk_rows(store, 2, 5, 100);
    assert_int_equal(count_rows(store, BC_RUNS), 25);
    bc_store_close(store);
}

static void a_reader_may_hold_a_run_while_another_is_dropped(void **state)
{
    (void)state;
    struct bc_store *store = open_with(&small);
    bulk_rows(store, 1, 100, 64 << 10);
    bulk_rows(store, 2, 100, 64 << 10);
    struct bc_cursor *cursor;
    assert_status(bc_store_cursor(store, NULL, BC_RUNS, text(""), text(""), true, &cursor), BC_OK);
    cursor->ops->first(cursor);
    assert_status(store->ops->run_drop(store, 1), BC_OK);
    uint64_t rows = 0;
    for (; cursor->valid; cursor->ops->next(cursor))
        rows++;
    assert_status(cursor->status, BC_OK);
    assert_int_equal(rows, 200);
    bc_cursor_free(cursor);
    assert_int_equal(count_rows(store, BC_RUNS), 100);
    bc_store_close(store);
}

static void opening_removes_what_a_crash_left_of_a_bulk(void **state)
{
    (void)state;
    struct bc_store *store = open_with(&small);
    char path[sizeof directory + 32];
    (void)snprintf(path, sizeof path, "%s/ingest/0-0.sst", directory);
    int file = open(path, O_CREAT | O_WRONLY, 0600);
    assert_true(file >= 0);
    assert_int_equal(write(file, "half", 4), 4);
    close(file);
    store = reopen(store);
    assert_int_equal(files_in_ingest(), 0);
    bulk_rows(store, 7, 100, 64 << 10);
    assert_int_equal(files_in_ingest(), 0);
    struct bc_bulk *bulk;
    assert_status(store->ops->bulk_new(store, 8, &bulk), BC_OK);
    char *value = bc_alloc_zero(1 << 20);
    for (uint64_t row = 0; row < 8; row++) {
        struct run_key key = run_key(8, row);
        assert_status(bulk->ops->add(bulk, bc_slice(&key, sizeof key), bc_slice(value, 1 << 20)),
                      BC_OK);
    }
    bc_free(value);
    bulk->ops->abort(bulk);
    assert_int_equal(files_in_ingest(), 0);
    bc_store_close(store);
}

static void a_run_of_a_file_that_cannot_be_written_is_refused(void **state)
{
    (void)state;
    struct bc_store *store = open_with(&small);
    char path[sizeof directory + 16];
    (void)snprintf(path, sizeof path, "%s/ingest", directory);
    assert_int_equal(rmdir(path), 0);
    struct bc_bulk *bulk;
    assert_status(store->ops->bulk_new(store, 8, &bulk), BC_OK);
    struct run_key key = run_key(8, 0);
    assert_status(bulk->ops->add(bulk, bc_slice(&key, sizeof key), text("v")), BC_OK);
    assert_status(bulk->ops->finish(bulk), BC_IO);
    struct bc_error err;
    rk_store_last_error(store, &err);
    assert_non_null(strstr(err.text, "ingest"));
    assert_int_equal(count_rows(store, BC_RUNS), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    bulk_rows(store, 8, 2, 10);
    bc_store_close(store);
}

/* Inverts one byte in the first part, where data blocks are, of every SST file. */
static void damage_tables(void)
{
    DIR *entries = opendir(directory);
    assert_non_null(entries);
    const struct dirent *entry;
    while ((entry = readdir(entries))) {
        if (!strstr(entry->d_name, ".sst"))
            continue;
        int file = openat(dirfd(entries), entry->d_name, O_RDWR);
        assert_true(file >= 0);
        char byte;
        assert_int_equal(pread(file, &byte, 1, 100), 1);
        byte = (char)~byte;
        assert_int_equal(pwrite(file, &byte, 1, 100), 1);
        close(file);
    }
    closedir(entries);
}

static void a_flipped_byte_is_noticed(void **state)
{
    (void)state;
    struct bc_store *store = open_with(&small);
    bulk_rows(store, 7, 10, 64 << 10);
    assert_status(store->ops->verify(store, NULL), BC_OK);
    bc_store_close(store);
    damage_tables();
    store = open_with(&small);
    struct run_key key = run_key(7, 0);
    struct bc_value value = {0};
    assert_status(bc_store_get(store, NULL, BC_RUNS, bc_slice(&key, sizeof key), &value),
                  BC_CORRUPT);
    assert_null(value.release);
    struct bc_cursor *cursor;
    assert_status(bc_store_cursor(store, NULL, BC_RUNS, text(""), text(""), false, &cursor), BC_OK);
    cursor->ops->first(cursor);
    assert_false(cursor->valid);
    assert_status(cursor->status, BC_CORRUPT);
    cursor->ops->last(cursor);
    assert_false(cursor->valid);
    assert_status(cursor->status, BC_CORRUPT);
    bc_cursor_free(cursor);
    struct bc_error err = {0};
    assert_status(store->ops->verify(store, &err), BC_CORRUPT);
    assert_non_null(strstr(err.text, "runs"));
    assert_non_null(strstr(err.text, ".sst"));
    rk_store_last_error(store, &err);
    assert_non_null(strstr(err.text, "Corruption"));
    /* A run that cannot be read can still be dropped. */
    assert_status(store->ops->run_drop(store, 7), BC_OK);
    assert_int_equal(count_rows(store, BC_RUNS), 0);
    assert_status(store->ops->verify(store, &err), BC_OK);
    bc_store_close(store);
}

static void a_missing_table_is_corruption(void **state)
{
    (void)state;
    struct bc_store *store = open_with(&small);
    bulk_rows(store, 7, 10, 64 << 10);
    bc_store_close(store);
    DIR *entries = opendir(directory);
    assert_non_null(entries);
    const struct dirent *entry;
    while ((entry = readdir(entries)))
        if (strstr(entry->d_name, ".sst"))
            assert_int_equal(unlinkat(dirfd(entries), entry->d_name, 0), 0);
    closedir(entries);
    struct bc_error err = {0};
    assert_status(rk_store_open(directory, &small, &store, &err), BC_CORRUPT);
    /* RocksDB tries an old suffix last, so this is not the name of the file. */
    assert_non_null(strstr(err.text, "No such file"));
}

static void a_dictionary_is_of_no_consequence_to_readers(void **state)
{
    (void)state;
    struct rk_options options = small;
    options.dictionary_bytes = 16 << 10;
    struct bc_store *store = open_with(&options);
    bulk_rows(store, 7, 300, 20 << 10);
    store = reopen(store);
    assert_int_equal(count_rows(store, BC_RUNS), 300);
    assert_status(store->ops->verify(store, NULL), BC_OK);
    bc_store_close(store);
}

/* The child of the crash test: batch n puts n under three keys of two families and removes n - 1,
 * every tenth round also writes a run and every twentieth drops one. It writes a dot for each round
 * that returned. */
static int write_until_killed(void)
{
    struct bc_store *store;
    struct bc_batch batch = {0};
    if (rk_store_open(directory, &small, &store, NULL))
        return 1;
    for (uint64_t round = 1;; round++) {
        char number[8];
        char before[8];
        bc_put_u64(number, round);
        bc_put_u64(before, round - 1);
        struct bc_slice value = bc_slice(number, 8);
        bc_batch_clear(&batch);
        if (bc_batch_put(&batch, BC_REFS, text("round"), value) ||
            bc_batch_put(&batch, BC_LAYERS, text("round"), value) ||
            bc_batch_put(&batch, BC_LAYERS, value, value) ||
            bc_batch_delete(&batch, BC_LAYERS, bc_slice(before, 8)) ||
            bc_store_apply(store, &batch, round % 16 == 0))
            return 1;
        if (round % 10 == 0)
            bulk_rows(store, round, 20, 64 << 10);
        if (round % 20 == 0 && store->ops->run_drop(store, round - 10))
            return 1;
        if (write(1, &number, 8) != 8)
            return 1;
    }
}

static uint64_t number_at(struct bc_store *store, enum bc_family family, struct bc_slice key)
{
    struct bc_value value = {0};
    enum bc_status st = bc_store_get(store, NULL, family, key, &value);
    uint64_t number = st ? 0 : bc_get_u64(value.slice.data);
    bc_value_release(&value);
    return number;
}

/* The rounds whose end the child reported, the last of them. */
static uint64_t last_reported(int from)
{
    uint64_t last = 0;
    char number[8];
    while (read(from, number, 8) == 8)
        last = bc_get_u64(number);
    return last;
}

static void assert_rounds(struct bc_store *store, uint64_t reported)
{
    uint64_t round = number_at(store, BC_REFS, text("round"));
    char number[8];
    bc_put_u64(number, round);
    assert_true(round >= reported);
    assert_int_equal(number_at(store, BC_LAYERS, text("round")), round);
    if (round)
        assert_int_equal(number_at(store, BC_LAYERS, bc_slice(number, 8)), round);
    assert_int_equal(count_rows(store, BC_LAYERS), round ? 2 : 0);
    assert_status(store->ops->verify(store, NULL), BC_OK);
    /* Each run is there as a whole or not at all, and those that were finished are. */
    uint64_t runs = count_rows(store, BC_RUNS);
    assert_int_equal(runs % 20, 0);
    assert_in_range(runs / 20, (reported / 10 + 1) / 2, (round / 10 + 1) / 2 + 1);
}

static void a_killed_writer_leaves_whole_batches_and_runs(void **state)
{
    (void)state;
    uint64_t random = test_seed("a_killed_writer_leaves_whole_batches_and_runs");
    uint64_t most = 0;
    for (int trial = 0; trial < 8; trial++) {
        remove_tree(directory);
        int ends[2];
        assert_int_equal(pipe(ends), 0);
        pid_t child = fork();
        assert_true(child >= 0);
        if (!child) {
            dup2(ends[1], 1);
            close(ends[0]);
            close(ends[1]);
            execl(program, program, "--write-until-killed", directory, (char *)NULL);
            _exit(127);
        }
        close(ends[1]);
        /* Not before the child has opened the store, or many trials would see nothing. */
        char number[8];
        assert_int_equal(read(ends[0], number, 8), 8);
        struct timespec delay = {0, (long)(test_random(&random) % 200000000u)};
        nanosleep(&delay, NULL);
        kill(child, SIGKILL);
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
        uint64_t reported = last_reported(ends[0]);
        close(ends[0]);
        struct bc_store *store = open_with(&small);
        assert_rounds(store, reported);
        assert_int_equal(files_in_ingest(), 0);
        bc_store_close(store);
        most = reported > most ? reported : most;
    }
    print_message("at most %llu rounds\n", (unsigned long long)most);
    assert_true(most > 0);
}

static void fill_disk(const char *path)
{
    static char bytes[64 << 10];
    int file = open(path, O_CREAT | O_WRONLY, 0600);
    assert_true(file >= 0);
    while (write(file, bytes, sizeof bytes) > 0)
        ;
    while (write(file, bytes, 1) > 0)
        ;
    close(file);
}

static enum bc_status put_big(struct bc_store *store, uint64_t number)
{
    char key[8];
    bc_put_u64(key, number);
    static char bytes[64 << 10];
    for (size_t at = 0; at < sizeof bytes; at += 8)
        bc_put_u64(bytes + at, test_random(&number));
    struct bc_batch batch = {0};
    assert_status(bc_batch_put(&batch, BC_LAYERS, bc_slice(key, 8), bc_slice(bytes, sizeof bytes)),
                  BC_OK);
    enum bc_status st = bc_store_apply(store, &batch, false);
    bc_batch_release(&batch);
    return st;
}

static enum bc_status bulk_big(struct bc_store *store, uint64_t run)
{
    struct bc_bulk *bulk;
    enum bc_status st = store->ops->bulk_new(store, run, &bulk);
    if (st)
        return st;
    static char bytes[64 << 10];
    uint64_t random = run;
    for (uint64_t row = 0; row < 400; row++) {
        for (size_t at = 0; at < sizeof bytes; at += 8)
            bc_put_u64(bytes + at, test_random(&random));
        struct run_key key = run_key(run, row);
        st = bulk->ops->add(bulk, bc_slice(&key, sizeof key), bc_slice(bytes, sizeof bytes));
        if (st) {
            bulk->ops->abort(bulk);
            return st;
        }
    }
    return bulk->ops->finish(bulk);
}

/* As long as the disk is full no run is written, and no row is lost or added. */
static void assert_full(struct bc_store *store, uint64_t rows)
{
    assert_status(put_big(store, rows), BC_NO_SPACE);
    assert_status(bulk_big(store, 8), BC_NO_SPACE);
    assert_int_equal(files_in_ingest(), 0);
    assert_rows(store, NULL, BC_REFS, "a=1");
    assert_int_equal(count_rows(store, BC_LAYERS), rows);
    assert_int_equal(count_rows(store, BC_RUNS), 10);
}

static uint64_t put_until_full(struct bc_store *store)
{
    uint64_t rows = 0;
    enum bc_status st;
    while (!(st = put_big(store, rows)))
        assert_true(++rows < 1000);
    assert_status(st, BC_NO_SPACE);
    return rows;
}

static struct bc_store *assert_works_again(struct bc_store *store, uint64_t rows)
{
    for (int opened = 0; opened < 2; opened++) {
        assert_rows(store, NULL, BC_REFS, "a=1");
        assert_int_equal(count_rows(store, BC_LAYERS), rows);
        assert_status(store->ops->verify(store, NULL), BC_OK);
        bulk_rows(store, 20 + (uint64_t)opened, 10, 1000);
        assert_int_equal(count_rows(store, BC_RUNS), 20 + 10 * opened);
        store = reopen(store);
    }
    return store;
}

static void fill_with_rows(const char *filler)
{
    (void)filler;
    struct bc_store *store = open_with(&small);
    put_one(store, BC_REFS, "a", "1");
    bulk_rows(store, 7, 10, 1000);
    assert_status(bulk_big(store, 8), BC_NO_SPACE);
    uint64_t rows = put_until_full(store);
    assert_true(rows > 10);
    assert_full(store, rows);
    /* There is room enough to remove something, and then to write. */
    struct bc_batch batch = {0};
    assert_status(bc_batch_delete_range(&batch, BC_LAYERS, text(""), text("\xff")), BC_OK);
    assert_status(bc_store_apply(store, &batch, true), BC_OK);
    bc_batch_release(&batch);
    assert_int_equal(count_rows(store, BC_LAYERS), 0);
    bc_store_close(store);
}

static void fill_with_a_file(const char *filler)
{
    struct bc_store *store = open_with(&small);
    put_one(store, BC_REFS, "a", "1");
    bulk_rows(store, 7, 10, 1000);
    assert_status(put_big(store, 0), BC_OK);
    fill_disk(filler);
    assert_full(store, 1);
    assert_int_equal(unlink(filler), 0);
    assert_status(put_big(store, 1), BC_OK);
    bc_store_close(assert_works_again(store, 2));
}

static int seconds_until_writable(struct bc_store *store, uint64_t row, int limit)
{
    for (int tenths = 0; tenths < limit * 10; tenths++) {
        if (put_big(store, row) == BC_OK)
            return tenths / 10;
        struct timespec delay = {0, 100000000};
        nanosleep(&delay, NULL);
    }
    return -1;
}

/* Without the reserve, as if others took the last byte between the look and the write. */
static void fill_under_the_database(const char *filler)
{
    struct bc_store *store = open_with(&small);
    put_one(store, BC_REFS, "a", "1");
    bulk_rows(store, 7, 10, 1000);
    atomic_store(&((struct rk_store *)store)->reserve_bytes, 0);
    fill_disk(filler);
    uint64_t rows = put_until_full(store);
    assert_int_equal(count_rows(store, BC_LAYERS), rows);
    assert_int_equal(unlink(filler), 0);
    int seconds = seconds_until_writable(store, rows, 60);
    print_message("writable again after %d s\n", seconds);
    assert_true(seconds >= 0);
    struct bc_bulk *bulk;
    assert_status(store->ops->bulk_new(store, 20, &bulk), BC_IO);
    bc_store_close(assert_works_again(reopen(store), rows + 1));
}

static void on_small_disk(void (*use)(const char *filler))
{
    char disk[sizeof folder + 8];
    char filler[sizeof folder + 16];
    char before[sizeof directory];
    (void)snprintf(disk, sizeof disk, "%s/disk", folder);
    (void)snprintf(filler, sizeof filler, "%s/filler", disk);
    assert_int_equal(mkdir(disk, 0700), 0);
    if (mount("triplefs-test", disk, "tmpfs", 0, "size=20m")) {
        rmdir(disk);
        print_message("no tmpfs may be mounted here: %s\n", strerror(errno));
        skip();
    }
    memcpy(before, directory, sizeof before);
    (void)snprintf(directory, sizeof directory, "%s/disk/db", folder);
    use(filler);
    memcpy(directory, before, sizeof before);
    assert_int_equal(umount(disk), 0);
    rmdir(disk);
}

static void a_disk_full_of_rows_can_be_cleared(void **state)
{
    (void)state;
    on_small_disk(fill_with_rows);
}

static void a_disk_filled_by_others_is_told_and_survived(void **state)
{
    (void)state;
    on_small_disk(fill_with_a_file);
}

static void a_write_that_fails_half_way_is_told_and_survived(void **state)
{
    (void)state;
    on_small_disk(fill_under_the_database);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, remove_store, remove_store)

static int run_all(void)
{
    const struct store_factory factory = {
        .name = "rocks store",
        .open = open_small,
        .done = close_and_remove,
    };
    const struct CMUnitTest tests[] = {
        CASE(what_was_applied_is_there_after_a_reopen),
        CASE(opening_says_what_is_wrong),
        CASE(another_process_finds_it_locked),
        CASE(a_database_of_something_else_is_refused),
        CASE(each_failed_allocation_of_opening_is_reported),
        CASE(a_read_only_store_reads_and_changes_nothing),
        CASE(dropping_a_run_gives_its_space_back_at_once),
        CASE(dropping_a_run_finds_rows_in_unusual_places),
        CASE(a_reader_may_hold_a_run_while_another_is_dropped),
        CASE(opening_removes_what_a_crash_left_of_a_bulk),
        CASE(a_run_of_a_file_that_cannot_be_written_is_refused),
        CASE(a_flipped_byte_is_noticed),
        CASE(a_missing_table_is_corruption),
        CASE(a_dictionary_is_of_no_consequence_to_readers),
        CASE(a_killed_writer_leaves_whole_batches_and_runs),
        CASE(a_disk_full_of_rows_can_be_cleared),
        CASE(a_disk_filled_by_others_is_told_and_survived),
        CASE(a_write_that_fails_half_way_is_told_and_survived),
    };
    return store_conformance_run(&factory) + cmocka_run_group_tests(tests, NULL, NULL);
}

static int is_locked(void)
{
    struct bc_store *store;
    return rk_store_open(directory, &small, &store, NULL) == BC_LOCKED ? 0 : 1;
}

int main(int count, char **arguments)
{
    program = "/proc/self/exe";
    if (count == 3) {
        (void)snprintf(directory, sizeof directory, "%s", arguments[2]);
        return strcmp(arguments[1], "--is-locked") == 0 ? is_locked() : write_until_killed();
    }
    if (!mkdtemp(folder)) {
        perror(folder);
        return 1;
    }
    (void)snprintf(directory, sizeof directory, "%s/db", folder);
    int failed = run_all();
    remove_tree(folder);
    return failed;
}
