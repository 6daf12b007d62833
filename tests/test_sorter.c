#include "branchcore/ntriples.h"
#include "branchcore/sorter.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static const size_t MIB = 1 << 20;

static char directory[] = "/tmp/test_sorter-XXXXXX";
static uint64_t random_state;
static struct bc_pool *pool; /* all tests run without one, and with pools of several sizes */

static uint64_t next_random(void)
{
    random_state += 0x9E3779B97F4A7C15u;
    uint64_t z = random_state;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static size_t below(size_t limit)
{
    return (size_t)(next_random() % limit);
}

/* A line whose place in the order is that of its number; at most 200 bytes. */
static size_t make_line(char *text, uint64_t number)
{
    return (size_t)snprintf(text, 256,
                            "<http://www.example.org/library/shelf/%010" PRIu64
                            "> <http://example.org/ns#holds> \"a book with the number %" PRIu64
                            "\" .\n",
                            number, number);
}

static struct bc_sorter *new_sorter(size_t memory_bytes)
{
    struct bc_sorter_options options = {
        .directory = directory, .memory_bytes = memory_bytes, .pool = pool};
    struct bc_sorter *sorter;
    assert_int_equal(bc_sorter_new(&options, &sorter), BC_OK);
    return sorter;
}

/* Adds the lines of `count` numbers in no order, some of them often. */
static enum bc_status add_shuffled(struct bc_sorter *sorter, uint64_t count)
{
    enum { STRIDE = 1000003 }; /* a prime that no count here is a multiple of */
    char text[256];
    for (uint64_t i = 0; i < count; i++) {
        uint64_t number = i * STRIDE % count;
        size_t size = make_line(text, number);
        for (int copies = number % 10 ? 1 : 3; copies; copies--) {
            enum bc_status st = bc_sorter_add(sorter, bc_slice(text, size));
            if (st)
                return st;
        }
    }
    return BC_OK;
}

static enum bc_status read_numbers(struct bc_sorter *sorter, uint64_t count)
{
    struct bc_slice line;
    for (uint64_t i = 0; i < count; i++) {
        enum bc_status st = bc_sorter_next(sorter, &line);
        if (st)
            return st;
        char text[256];
        size_t size = make_line(text, i);
        assert_int_equal(line.size, size);
        assert_memory_equal(line.data, text, size);
    }
    assert_int_equal(bc_sorter_next(sorter, &line), BC_NO_DATA);
    assert_int_equal(bc_sorter_next(sorter, &line), BC_NO_DATA);
    return BC_OK;
}

static void check_numbers(size_t memory_bytes, uint64_t count, bool spills)
{
    struct bc_sorter *sorter = new_sorter(memory_bytes);
    assert_int_equal(add_shuffled(sorter, count), BC_OK);
    assert_int_equal(bc_sorter_added(sorter), count + 2 * ((count + 9) / 10));
    assert_int_equal(bc_sorter_finish(sorter), BC_OK);
    assert_int_equal(bc_sorter_spilled_bytes(sorter) > 0, spills);
    for (int reading = 0; reading < 2; reading++) {
        assert_int_equal(read_numbers(sorter, count), BC_OK);
        assert_int_equal(bc_sorter_rewind(sorter), BC_OK);
    }
    /* Rewinding halfway. */
    struct bc_slice line;
    for (uint64_t i = 0; i < count / 2; i++)
        assert_int_equal(bc_sorter_next(sorter, &line), BC_OK);
    assert_int_equal(bc_sorter_rewind(sorter), BC_OK);
    assert_int_equal(read_numbers(sorter, count), BC_OK);
    bc_sorter_free(sorter);
}

static void what_fits_stays_in_memory(void **state)
{
    (void)state;
    check_numbers(MIB, 0, false);
    check_numbers(MIB, 1, false);
    check_numbers(MIB, 3000, false);
    check_numbers(8 * MIB, 30000, false);
}

static void what_does_not_fit_is_spilled_and_merged(void **state)
{
    (void)state;
    check_numbers(MIB, 10000, true);
    check_numbers(4 * MIB, 100000, true);
}

/* More runs than can be read at once in 1 MiB. */
static void many_runs_are_merged_in_passes(void **state)
{
    (void)state;
    check_numbers(MIB, 250000, true);
}

static void directory_stays_empty(void **state)
{
    (void)state;
    struct bc_sorter *sorter = new_sorter(MIB);
    assert_int_equal(add_shuffled(sorter, 20000), BC_OK);
    assert_int_equal(bc_sorter_finish(sorter), BC_OK);
    DIR *stream = opendir(directory);
    assert_non_null(stream);
    for (struct dirent *entry; (entry = readdir(stream));)
        assert_int_equal(entry->d_name[0], '.');
    closedir(stream);
    bc_sorter_free(sorter);
    assert_int_equal(rmdir(directory), 0);
    assert_non_null(mkdtemp(strcpy(directory, "/tmp/test_sorter-XXXXXX")));
}

static void directory_is_needed_for_spilling_only(void **state)
{
    (void)state;
    struct bc_sorter_options options = {
        .directory = "/nowhere/at/all", .memory_bytes = MIB, .pool = pool};
    struct bc_sorter *sorter;
    assert_int_equal(bc_sorter_new(&options, &sorter), BC_OK);
    assert_int_equal(add_shuffled(sorter, 1000), BC_OK);
    assert_int_equal(bc_sorter_finish(sorter), BC_OK);
    assert_int_equal(read_numbers(sorter, 1000), BC_OK);
    bc_sorter_free(sorter);

    assert_int_equal(bc_sorter_new(&options, &sorter), BC_OK);
    enum bc_status st = add_shuffled(sorter, 100000);
    assert_int_equal(st ? st : bc_sorter_finish(sorter), BC_NOT_FOUND);
    bc_sorter_free(sorter);

    options.directory = NULL;
    assert_int_equal(bc_sorter_new(&options, &sorter), BC_INVALID);
}

static void blocks_hold_the_same_lines(void **state)
{
    (void)state;
    enum { COUNT = 20000, ENOUGH = 4096 };
    struct bc_sorter *sorter = new_sorter(MIB);
    assert_int_equal(add_shuffled(sorter, COUNT), BC_OK);
    assert_int_equal(bc_sorter_finish(sorter), BC_OK);
    struct bc_buffer text = {0};
    struct bc_buffer expected = {0};
    for (size_t at = 0; !bc_sorter_next_block(sorter, at + ENOUGH, &text); at = text.size)
        assert_in_range(text.size, at + 1, at + ENOUGH + 200);
    assert_int_equal(bc_sorter_rewind(sorter), BC_OK);
    struct bc_slice line;
    while (!bc_sorter_next(sorter, &line))
        assert_int_equal(bc_buffer_append(&expected, line.data, line.size), BC_OK);
    assert_true(bc_slice_equal(bc_buffer_slice(&text), bc_buffer_slice(&expected)));
    bc_buffer_release(&text);
    bc_buffer_release(&expected);
    bc_sorter_free(sorter);
}

static void order_of_calls_is_checked(void **state)
{
    (void)state;
    struct bc_sorter *sorter = new_sorter(0);
    struct bc_slice line;
    struct bc_buffer text = {0};
    assert_int_equal(bc_sorter_next(sorter, &line), BC_INVALID);
    assert_int_equal(bc_sorter_next_block(sorter, 1, &text), BC_INVALID);
    assert_int_equal(bc_sorter_rewind(sorter), BC_INVALID);
    assert_int_equal(bc_sorter_finish(sorter), BC_OK);
    assert_int_equal(bc_sorter_finish(sorter), BC_INVALID);
    assert_int_equal(bc_sorter_add(sorter, bc_slice("a\n", 2)), BC_INVALID);
    assert_int_equal(bc_sorter_next(sorter, &line), BC_NO_DATA);
    bc_sorter_free(sorter);
    bc_sorter_free(NULL);
}

static int compare_slices(const void *a, const void *b)
{
    return bc_slice_compare(*(const struct bc_slice *)a, *(const struct bc_slice *)b);
}

/* Random lines of any bytes and of very different lengths. */
static void random_lines_come_sorted(void **state)
{
    (void)state;
    for (size_t round = 0; round < 6; round++) {
        size_t count = 2000 + below(6000);
        struct bc_slice *lines = calloc(count, sizeof *lines);
        assert_non_null(lines);
        struct bc_sorter *sorter = new_sorter(MIB);
        for (size_t i = 0; i < count; i++) {
            size_t size = below(100) ? below(300) : below(200) ? below(5000) : below(400000);
            char *text = malloc(size + 1);
            assert_non_null(text);
            for (size_t j = 0; j < size; j++)
                text[j] = (char)(j % 64 ? 'a' : below(round % 2 ? 256 : 3));
            lines[i] = bc_slice(text, size);
            assert_int_equal(bc_sorter_add(sorter, lines[i]), BC_OK);
        }
        assert_int_equal(bc_sorter_finish(sorter), BC_OK);
        qsort(lines, count, sizeof lines[0], compare_slices);
        struct bc_slice line;
        for (size_t i = 0; i < count; i++) {
            if (i && bc_slice_equal(lines[i - 1], lines[i]))
                continue;
            assert_int_equal(bc_sorter_next(sorter, &line), BC_OK);
            assert_true(bc_slice_equal(line, lines[i]));
        }
        assert_int_equal(bc_sorter_next(sorter, &line), BC_NO_DATA);
        bc_sorter_free(sorter);
        for (size_t i = 0; i < count; i++)
            free((char *)lines[i].data);
        free(lines);
    }
}

static void longest_lines_pass_and_longer_ones_do_not(void **state)
{
    (void)state;
    enum { COUNT = 9 };
    char *text = malloc(BC_LINE_MAX + 1);
    assert_non_null(text);
    memset(text, 'l', BC_LINE_MAX + 1);
    struct bc_sorter *sorter = new_sorter(MIB);
    assert_int_equal(bc_sorter_add(sorter, bc_slice(text, BC_LINE_MAX + 1)), BC_TOO_LARGE);
    bc_sorter_free(sorter);
    sorter = new_sorter(MIB);
    for (int i = 0; i < COUNT; i++) {
        text[BC_LINE_MAX - 2] = (char)('a' + i * 4 % COUNT);
        assert_int_equal(bc_sorter_add(sorter, bc_slice(text, BC_LINE_MAX)), BC_OK);
        assert_int_equal(bc_sorter_add(sorter, bc_slice("short\n", 6)), BC_OK);
    }
    assert_int_equal(bc_sorter_finish(sorter), BC_OK);
    struct bc_slice line;
    for (int i = 0; i < COUNT; i++) {
        text[BC_LINE_MAX - 2] = (char)('a' + i);
        assert_int_equal(bc_sorter_next(sorter, &line), BC_OK);
        assert_true(bc_slice_equal(line, bc_slice(text, BC_LINE_MAX)));
    }
    assert_int_equal(bc_sorter_next(sorter, &line), BC_OK);
    assert_true(bc_slice_equal(line, bc_slice("short\n", 6)));
    assert_int_equal(bc_sorter_next(sorter, &line), BC_NO_DATA);
    bc_sorter_free(sorter);
    free(text);
}

static void free_stops_it_at_any_time(void **state)
{
    (void)state;
    for (uint64_t count = 0; count < 40000; count = count * 3 / 2 + 1) {
        struct bc_sorter *sorter = new_sorter(MIB);
        assert_int_equal(add_shuffled(sorter, count), BC_OK);
        bc_sorter_free(sorter);
    }
}

/* Adds, finishes, reads; checks the lines if all goes well. */
static enum bc_status try_all(uint64_t count)
{
    struct bc_sorter_options options = {.directory = directory, .memory_bytes = MIB, .pool = pool};
    struct bc_sorter *sorter;
    enum bc_status st = bc_sorter_new(&options, &sorter);
    if (st)
        return st;
    st = add_shuffled(sorter, count);
    if (!st)
        st = bc_sorter_finish(sorter);
    if (!st)
        st = read_numbers(sorter, count);
    bc_sorter_free(sorter);
    return st;
}

static void each_failed_allocation_is_reported(void **state)
{
    (void)state;
    static const uint64_t counts[] = {100, 14000};
    for (size_t i = 0; i < 2; i++) {
        enum bc_status st = BC_NO_MEMORY;
        uint64_t countdown;
        for (countdown = 1; st; countdown++) {
            bc_memory_fail_after(countdown, 0);
            st = try_all(counts[i]);
            bc_memory_fail_after(0, 0);
            assert_true(st == BC_OK || st == BC_NO_MEMORY);
        }
        assert_true(countdown > 5);
    }
}

static void file_size_limit_is_no_space(void **state)
{
    (void)state;
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    struct rlimit small = {.rlim_cur = 300000, .rlim_max = before.rlim_max};
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    enum bc_status st = try_all(100000);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, handler);
    assert_int_equal(st, BC_NO_SPACE);
}

static void full_disk_is_no_space(void **state)
{
    (void)state;
    if (mount("tmpfs", directory, "tmpfs", 0, "size=1m")) {
        print_message("mounting a small tmpfs: %s\n", strerror(errno));
        skip();
    }
    enum bc_status st = try_all(100000);
    enum bc_status small = try_all(10000);
    assert_int_equal(umount(directory), 0);
    assert_int_equal(st, BC_NO_SPACE);
    assert_int_equal(small, BC_OK);
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                         \
    __has_feature(memory_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

static long peak_kib(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

/* In a process of its own, whose peak nobody else has raised, and with its own threads. */
static int peak_is_within_budget(long budget_kib)
{
    /* What is given back leaves the process at once, however large it is. */
    (void)mallopt(M_MMAP_THRESHOLD, 128 << 10);
    if (pool && bc_pool_new(bc_pool_width(pool) - 1, &pool))
        return 2;
    if (try_all(100)) /* brings in the code and the allocator */
        return 2;
    long before = peak_kib();
    struct bc_sorter_options options = {
        .directory = directory, .memory_bytes = (size_t)budget_kib << 10, .pool = pool};
    struct bc_sorter *sorter;
    struct bc_slice line;
    if (bc_sorter_new(&options, &sorter) || add_shuffled(sorter, 700000) ||
        bc_sorter_finish(sorter))
        return 2;
    while (!bc_sorter_next(sorter, &line))
        ;
    bc_sorter_free(sorter);
    long used = peak_kib() - before;
    printf("%ld KiB resident of %ld KiB\n", used, budget_kib);
    fflush(stdout);
    return used > budget_kib + 1024; /* what the allocator keeps for each thread */
}

static bool stays_within(long budget_kib)
{
    fflush(stdout);
    pid_t child = fork();
    assert_true(child >= 0);
    if (!child)
        _exit(peak_is_within_budget(budget_kib));
    int result;
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_true(WIFEXITED(result) && WEXITSTATUS(result) < 2);
    return WEXITSTATUS(result) == 0;
}

static void memory_stays_within_the_budget(void **state)
{
    (void)state;
    if (SANITIZED)
        skip();
    static const long budgets[] = {1 << 10, 8 << 10, 48 << 10};
    for (size_t i = 0; i < 3; i++)
        assert_true(stays_within(budgets[i]));
}

static int make_directory(void **state)
{
    (void)state;
    return mkdtemp(strcpy(directory, "/tmp/test_sorter-XXXXXX")) ? 0 : -1;
}

static int remove_directory(void **state)
{
    (void)state;
    return rmdir(directory);
}

static int run_with_pool(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_stays_within_the_budget),
        cmocka_unit_test(what_fits_stays_in_memory),
        cmocka_unit_test(what_does_not_fit_is_spilled_and_merged),
        cmocka_unit_test(many_runs_are_merged_in_passes),
        cmocka_unit_test(directory_stays_empty),
        cmocka_unit_test(directory_is_needed_for_spilling_only),
        cmocka_unit_test(blocks_hold_the_same_lines),
        cmocka_unit_test(order_of_calls_is_checked),
        cmocka_unit_test(random_lines_come_sorted),
        cmocka_unit_test(longest_lines_pass_and_longer_ones_do_not),
        cmocka_unit_test(free_stops_it_at_any_time),
        cmocka_unit_test(each_failed_allocation_is_reported),
        cmocka_unit_test(file_size_limit_is_no_space),
        cmocka_unit_test(full_disk_is_no_space),
    };
    return cmocka_run_group_tests_name("sorter", tests, make_directory, remove_directory);
}

int main(void)
{
    const char *given = getenv("TRIPLEFS_SEED");
    random_state = given ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);
    printf("TRIPLEFS_SEED=%" PRIu64 "\n", random_state);
    int failed = 0;
    for (int threads = -1; threads <= 5; threads += 3) {
        if (threads >= 0 && bc_pool_new((unsigned)threads, &pool))
            return 1;
        printf("%d threads\n", threads);
        failed += run_with_pool();
        bc_pool_free(pool);
        pool = NULL;
    }
    return failed;
}
