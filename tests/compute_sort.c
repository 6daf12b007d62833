/* Sorting lines: every engine against qsort. */
#include "tests/compute_fixture.h"

#include <stdio.h>

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

int run_compute_sort(void)
{
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
    };
    return cmocka_run_group_tests_name("sorting", tests, NULL, NULL);
}
