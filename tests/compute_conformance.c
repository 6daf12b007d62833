#include "tests/compute_conformance.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static const struct bc_compute *engine;
static uint64_t random_state;

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

/* A growing array of lines, each a copy of its own. With `guarded` each ends where a page ends that
 * cannot be read past. */
struct lines {
    struct bc_line *at;
    size_t count;
    size_t capacity;
    bool guarded;
};

static size_t mapped_bytes(size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    return (size + page - 1) / page * page + page;
}

static char *guarded_copy(const void *data, size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t bytes = mapped_bytes(size);
    char *pages = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(pages != MAP_FAILED);
    assert_int_equal(mprotect(pages + bytes - page, page, PROT_NONE), 0);
    char *copy = pages + bytes - page - size;
    if (size)
        memcpy(copy, data, size);
    return copy;
}

static void free_guarded(const char *copy, size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t bytes = mapped_bytes(size);
    munmap((char *)copy + size + page - bytes, bytes);
}

static void add(struct lines *lines, const void *data, size_t size)
{
    if (lines->count == lines->capacity) {
        lines->capacity = lines->capacity ? lines->capacity * 2 : 64;
        lines->at = realloc(lines->at, lines->capacity * sizeof lines->at[0]);
        assert_non_null(lines->at);
    }
    char *copy;
    if (lines->guarded) {
        copy = guarded_copy(data, size);
    } else {
        copy = malloc(size + 1);
        assert_non_null(copy);
        if (size)
            memcpy(copy, data, size);
    }
    lines->at[lines->count++] = (struct bc_line){copy, (uint32_t)size};
}

static void release(struct lines *lines)
{
    for (size_t i = 0; i < lines->count; i++) {
        if (lines->guarded)
            free_guarded(lines->at[i].data, lines->at[i].size);
        else
            free((char *)lines->at[i].data);
    }
    free(lines->at);
    *lines = (struct lines){0};
}

static struct bc_slice slice_of(const struct bc_line *line)
{
    return bc_slice(line->data, line->size);
}

static int compare_lines(const void *a, const void *b)
{
    return bc_slice_compare(slice_of(a), slice_of(b));
}

static size_t reference_sort_unique(struct bc_line *lines, size_t count)
{
    if (count)
        qsort(lines, count, sizeof lines[0], compare_lines);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (!kept || compare_lines(&lines[kept - 1], &lines[i]))
            lines[kept++] = lines[i];
    }
    return kept;
}

static struct bc_line *copy_array(const struct lines *lines)
{
    struct bc_line *copy = malloc((lines->count + 1) * sizeof *copy);
    assert_non_null(copy);
    if (lines->count)
        memcpy(copy, lines->at, lines->count * sizeof *copy);
    return copy;
}

static void assert_same_lines(const struct bc_line *found, size_t found_count,
                              const struct bc_line *expected, size_t expected_count)
{
    assert_int_equal(found_count, expected_count);
    for (size_t i = 0; i < found_count; i++)
        assert_true(bc_slice_equal(slice_of(&found[i]), slice_of(&expected[i])));
}

/* Sorts a copy and checks it against the reference; then frees the lines. */
static void check_sort(struct lines *lines)
{
    struct bc_line *found = copy_array(lines);
    struct bc_line *expected = copy_array(lines);
    size_t found_count = lines->count;
    size_t expected_count = reference_sort_unique(expected, lines->count);
    assert_int_equal(engine->sort_unique(engine, found, &found_count), BC_OK);
    assert_same_lines(found, found_count, expected, expected_count);
    free(found);
    free(expected);
    release(lines);
}

static void sorting_nothing_and_one_line(void **state)
{
    (void)state;
    size_t count = 0;
    assert_int_equal(engine->sort_unique(engine, NULL, &count), BC_OK);
    assert_int_equal(count, 0);
    struct lines lines = {0};
    add(&lines, "only\n", 5);
    check_sort(&lines);
    add(&lines, "", 0);
    check_sort(&lines);
}

static void sorting_all_equal_leaves_one(void **state)
{
    (void)state;
    static const size_t counts[] = {2, 3, 8, 33, 1000, 40000};
    static const size_t sizes[] = {0, 1, 7, 8, 9, 63, 64, 65, 200};
    char text[200];
    memset(text, 'x', sizeof text);
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        for (size_t j = 0; j < sizeof sizes / sizeof sizes[0]; j++) {
            struct lines lines = {0};
            for (size_t k = 0; k < counts[i]; k++)
                add(&lines, text, sizes[j]);
            check_sort(&lines);
        }
    }
}

/* All prefixes, each twice, of a text of one byte over and over. */
static void prefixes_sort_before_what_they_begin(void **state)
{
    (void)state;
    static const char bytes[] = {'\0', '\n', 'a', '\x7f', '\x80', '\xff'};
    for (size_t i = 0; i < sizeof bytes; i++) {
        for (size_t step = 1; step < 18; step += 8) {
            struct lines lines = {.guarded = true};
            char text[300];
            memset(text, bytes[i], sizeof text);
            for (size_t size = 0; size < sizeof text; size += step) {
                add(&lines, text, sizeof text - 1 - size);
                add(&lines, text, size);
            }
            check_sort(&lines);
        }
    }
}

static void every_byte_has_its_place(void **state)
{
    (void)state;
    struct lines lines = {.guarded = true};
    for (int i = 255; i >= 0; i--) {
        unsigned char text[] = {(unsigned char)i, (unsigned char)(i * 7), 0, (unsigned char)i};
        add(&lines, text, 1);
        add(&lines, text, 2);
        add(&lines, text, 3);
        add(&lines, text, 4);
    }
    check_sort(&lines);
}

/* Lines of sizes around those of words and vectors that differ in their last byte, or nowhere. */
static void lines_end_at_any_boundary(void **state)
{
    (void)state;
    for (size_t around = 8; around <= 256; around *= 2) {
        struct lines lines = {.guarded = true};
        for (size_t size = around - 3; size <= around + 3; size++) {
            char text[300];
            memset(text, 'p', sizeof text);
            for (int last = 0; last < 4; last++) {
                text[size - 1] = "\0p\n\xff"[last];
                add(&lines, text, size);
                add(&lines, text, size);
            }
        }
        check_sort(&lines);
    }
}

static void long_shared_prefixes_cost_no_more_than_reading_them(void **state)
{
    (void)state;
    enum { SIZE = 1 << 20, COUNT = 100 };
    char *text = malloc(SIZE);
    assert_non_null(text);
    memset(text, 'u', SIZE);
    struct lines lines = {0};
    for (size_t i = 0; i < COUNT; i++) {
        text[SIZE - 1] = (char)(i * 37 % 50);
        add(&lines, text, SIZE);
    }
    check_sort(&lines);
    /* Each line leaves the others at another place. */
    for (size_t i = 0; i < COUNT; i++) {
        size_t at = (i * 37 % COUNT + 1) * (SIZE / COUNT - 1);
        text[at] = 'v';
        add(&lines, text, SIZE);
        text[at] = 'u';
    }
    check_sort(&lines);
    free(text);
}

static void sorted_and_reversed_input(void **state)
{
    (void)state;
    for (int reversed = 0; reversed < 2; reversed++) {
        struct lines lines = {0};
        for (size_t i = 0; i < 40000; i++) {
            char text[64];
            size_t number = reversed ? 40000 - i : i;
            int size = snprintf(text, sizeof text, "<http://example.org/%08zu> .\n", number);
            add(&lines, text, (size_t)size);
        }
        check_sort(&lines);
    }
}

/* A random line over an alphabet, often with a prefix of the line before it. */
static size_t random_line(char *text, size_t before, size_t most, size_t alphabet)
{
    size_t size = below(4) ? below(most + 1) : below(most < 20 ? most + 1 : 20);
    size_t kept = below(2) ? below((before < size ? before : size) + 1) : 0;
    for (size_t i = kept; i < size; i++)
        text[i] = (char)(alphabet == 256 ? (int)below(256) : "a\0b\xff\n\x80yz"[below(alphabet)]);
    return size;
}

static void random_lines_sort_as_the_reference_does(void **state)
{
    (void)state;
    static const size_t alphabets[] = {1, 2, 3, 8, 256};
    char text[400];
    for (size_t round = 0; round < 200; round++) {
        struct lines lines = {.guarded = round % 2};
        size_t count = lines.guarded ? below(300) : below(3000);
        size_t most = below(2) ? 12 : sizeof text;
        size_t alphabet = alphabets[below(5)];
        size_t size = 0;
        for (size_t i = 0; i < count; i++) {
            size = random_line(text, size, most, alphabet);
            add(&lines, text, size);
        }
        check_sort(&lines);
    }
}

static void many_lines_like_those_of_real_data(void **state)
{
    (void)state;
    struct lines lines = {0};
    for (size_t i = 0; i < 120000; i++) {
        char text[256];
        int size = snprintf(text, sizeof text,
                            "<http://www.Department%zu.University%zu.edu/Student%zu> "
                            "<http://swat.cse.lehigh.edu/onto/univ-bench.owl#takesCourse> "
                            "<http://www.Department0.University0.edu/Course%zu> .\n",
                            below(20), below(9), below(300), below(4));
        add(&lines, text, (size_t)size);
    }
    check_sort(&lines);
}

static void failed_sort_loses_no_line(void **state)
{
    (void)state;
    struct lines lines = {0};
    char text[64];
    for (size_t i = 0; i < 500; i++)
        add(&lines, text, random_line(text, 0, sizeof text, 256));
    struct bc_line *expected = copy_array(&lines);
    qsort(expected, lines.count, sizeof expected[0], compare_lines);
    enum bc_status st = BC_NO_MEMORY;
    for (uint64_t countdown = 1; st; countdown++) {
        struct bc_line *found = copy_array(&lines);
        size_t count = lines.count;
        bc_memory_fail_after(countdown, 0);
        st = engine->sort_unique(engine, found, &count);
        bc_memory_fail_after(0, 0);
        if (st) {
            assert_int_equal(st, BC_NO_MEMORY);
            assert_int_equal(count, lines.count);
            qsort(found, count, sizeof found[0], compare_lines);
            assert_same_lines(found, count, expected, lines.count);
        }
        free(found);
    }
    free(expected);
    release(&lines);
}

/* Walks. */

struct step {
    enum bc_side side;
    struct bc_slice line;
};

struct steps {
    struct step *at;
    size_t count;
    size_t capacity;
    size_t fail_at; /* the sink fails at this step */
};

static void push_step(struct steps *steps, enum bc_side side, struct bc_slice line)
{
    if (steps->count == steps->capacity) {
        steps->capacity = steps->capacity ? steps->capacity * 2 : 64;
        steps->at = realloc(steps->at, steps->capacity * sizeof steps->at[0]);
        assert_non_null(steps->at);
    }
    steps->at[steps->count++] = (struct step){side, line};
}

static enum bc_status collect(void *context, enum bc_side side, struct bc_slice line)
{
    struct steps *steps = context;
    push_step(steps, side, line);
    return steps->count == steps->fail_at ? BC_CANCELLED : BC_OK;
}

static void reference_walk(const struct lines *left, const struct lines *right, unsigned filter,
                           struct steps *steps)
{
    size_t i = 0;
    size_t j = 0;
    while (i < left->count || j < right->count) {
        int order = i == left->count    ? 1
                    : j == right->count ? -1
                                        : compare_lines(&left->at[i], &right->at[j]);
        enum bc_side side = order < 0 ? BC_LEFT_ONLY : order > 0 ? BC_RIGHT_ONLY : BC_BOTH;
        struct bc_slice line = slice_of(order > 0 ? &right->at[j] : &left->at[i]);
        i += order <= 0;
        j += order >= 0;
        if (filter & side)
            push_step(steps, side, line);
    }
}

static bool within(struct bc_slice line, struct bc_slice text)
{
    return line.data >= text.data && line.data + line.size <= text.data + text.size;
}

/* The lines as one text at the end of a page; also sorts them and drops duplicates. */
static struct bc_slice make_text(struct lines *lines)
{
    size_t all = lines->count;
    lines->count = reference_sort_unique(lines->at, all);
    struct bc_buffer buffer = {0};
    for (size_t i = 0; i < lines->count; i++)
        assert_int_equal(bc_buffer_append(&buffer, lines->at[i].data, lines->at[i].size), BC_OK);
    char *copy = guarded_copy(buffer.data, buffer.size);
    struct bc_slice text = bc_slice(copy, buffer.size);
    bc_buffer_release(&buffer);
    return text;
}

static void check_filter(const struct lines *left, struct bc_slice left_text,
                         const struct lines *right, struct bc_slice right_text, unsigned filter)
{
    struct steps expected = {0};
    struct steps found = {0};
    reference_walk(left, right, filter, &expected);
    assert_int_equal(engine->walk(engine, left_text, right_text, filter, collect, &found), BC_OK);
    assert_int_equal(found.count, expected.count);
    for (size_t i = 0; found.at && expected.at && i < found.count; i++) {
        assert_int_equal(found.at[i].side, expected.at[i].side);
        assert_true(bc_slice_equal(found.at[i].line, expected.at[i].line));
        bool from_right = found.at[i].side == BC_RIGHT_ONLY;
        assert_true(within(found.at[i].line, from_right ? right_text : left_text));
    }
    if (found.count) {
        struct steps failing = {.fail_at = found.count / 2 + 1};
        assert_int_equal(engine->walk(engine, left_text, right_text, filter, collect, &failing),
                         BC_CANCELLED);
        assert_int_equal(failing.count, found.count / 2 + 1);
        free(failing.at);
    }
    free(expected.at);
    free(found.at);
}

/* Walks with each filter and checks it; then frees the lines, which must not be guarded. */
static void check_walk(struct lines *left, struct lines *right)
{
    struct lines left_all = {.at = copy_array(left), .count = left->count};
    struct lines right_all = {.at = copy_array(right), .count = right->count};
    struct bc_slice left_text = make_text(left);
    struct bc_slice right_text = make_text(right);
    for (unsigned filter = 0; filter < 8; filter++)
        check_filter(left, left_text, right, right_text, filter);
    free_guarded(left_text.data, left_text.size);
    free_guarded(right_text.data, right_text.size);
    free(left->at);
    free(right->at);
    *left = (struct lines){0};
    *right = (struct lines){0};
    release(&left_all);
    release(&right_all);
}

static void walking_empty_texts(void **state)
{
    (void)state;
    struct lines left = {0};
    struct lines right = {0};
    check_walk(&left, &right);
    add(&left, "a\n", 2);
    check_walk(&left, &right);
    add(&right, "a\n", 2);
    check_walk(&left, &right);
}

static void walked_lines_that_begin_alike(void **state)
{
    (void)state;
    static const char *const texts[] = {"\n",    "a\n",  "a b\n", "a\tb\n",
                                        "a b\n", "aa\n", "ab\n",  "\xff\n"};
    for (unsigned mask = 0; mask < 1u << 16; mask += 37) {
        struct lines left = {0};
        struct lines right = {0};
        for (size_t i = 0; i < 8; i++) {
            if (mask >> i & 1)
                add(&left, texts[i], strlen(texts[i]));
            if (mask >> (i + 8) & 1)
                add(&right, texts[i], strlen(texts[i]));
        }
        check_walk(&left, &right);
    }
}

static void walked_last_line_may_lack_its_end(void **state)
{
    (void)state;
    for (int ends = 0; ends < 4; ends++) {
        struct lines left = {0};
        struct lines right = {0};
        add(&left, "a\n", 2);
        add(&right, "a\n", 2);
        add(&left, "bcd\n", ends & 1 ? 4 : 3);
        add(&right, "bcd\n", ends & 2 ? 4 : 3);
        check_walk(&left, &right);
    }
}

static void walked_lines_of_any_length(void **state)
{
    (void)state;
    char text[70001];
    memset(text, 'w', sizeof text);
    for (size_t around = 8; around <= 65536; around *= 2) {
        struct lines left = {0};
        struct lines right = {0};
        for (size_t size = around - 2; size < around + 3; size++) {
            text[size - 1] = '\n';
            add(below(2) ? &left : &right, text, size);
            text[0] = 'v';
            add(&left, text, size);
            add(&right, text, size);
            text[0] = 'w';
            text[size - 1] = 'w';
        }
        check_walk(&left, &right);
    }
}

static void random_texts_walk_as_the_reference_does(void **state)
{
    (void)state;
    for (size_t round = 0; round < 200; round++) {
        struct lines left = {0};
        struct lines right = {0};
        size_t shared_of_10 = below(11);
        size_t most = below(2) ? 4 : 150;
        char text[160];
        for (size_t i = below(300); i; i--) {
            size_t size = below(most) + 1;
            for (size_t j = 0; j + 1 < size; j++)
                text[j] = (char)("abc"[below(3)] + (below(40) ? 0 : 100));
            text[size - 1] = '\n';
            bool both = below(10) < shared_of_10;
            bool one = below(2);
            if (both || one)
                add(&left, text, size);
            if (both || !one)
                add(&right, text, size);
        }
        check_walk(&left, &right);
    }
}

static void seed(void)
{
    const char *given = getenv("TRIPLEFS_SEED");
    random_state = given ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);
    printf("%s engine, TRIPLEFS_SEED=%" PRIu64 "\n", engine->name, random_state);
}

int run_compute_conformance(const struct bc_compute *tested)
{
    engine = tested;
    seed();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sorting_nothing_and_one_line),
        cmocka_unit_test(sorting_all_equal_leaves_one),
        cmocka_unit_test(prefixes_sort_before_what_they_begin),
        cmocka_unit_test(every_byte_has_its_place),
        cmocka_unit_test(lines_end_at_any_boundary),
        cmocka_unit_test(long_shared_prefixes_cost_no_more_than_reading_them),
        cmocka_unit_test(sorted_and_reversed_input),
        cmocka_unit_test(random_lines_sort_as_the_reference_does),
        cmocka_unit_test(many_lines_like_those_of_real_data),
        cmocka_unit_test(failed_sort_loses_no_line),
        cmocka_unit_test(walking_empty_texts),
        cmocka_unit_test(walked_lines_that_begin_alike),
        cmocka_unit_test(walked_last_line_may_lack_its_end),
        cmocka_unit_test(walked_lines_of_any_length),
        cmocka_unit_test(random_texts_walk_as_the_reference_does),
    };
    return cmocka_run_group_tests_name(engine->name, tests, NULL, NULL);
}
