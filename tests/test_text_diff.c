/* The lines that two texts differ by, against a naive set difference. */
#include "branchcore/text_diff.h"

#include "branchcore/delta_run.h"
#include "branchcore/text_view.h"
#include "branchcore/text_walk.h"
#include "tests/failing_store.h"
#include "tests/tree_world.h"

enum { LINES = 3000 };

/* Lines in order, of which texts have some. A few are longer than a line's key may be, and one than
 * a block; two of these begin alike for as long. */
struct universe {
    char *lines[LINES];
    size_t sizes[LINES];
};

static bool is_huge(int line)
{
    return line == 1234 || line == 1235;
}

static void universe_init(struct universe *universe)
{
    for (int i = 0; i < LINES; i++) {
        struct bc_buffer line = {0};
        bool huge = is_huge(i);
        int padding = i % 500 == 7 ? 2000 : huge ? 200000 : i % 90;
        assert_int_equal(
            bc_buffer_printf(&line, "<http://e/%06d> <http://e/p> \"", huge ? 1234 : i), BC_OK);
        assert_int_equal(bc_buffer_reserve(&line, (size_t)padding), BC_OK);
        memset(line.data + line.size, 'x', (size_t)padding);
        line.size += (size_t)padding;
        assert_int_equal(bc_buffer_printf(&line, "%06d\" .\n", i), BC_OK);
        universe->lines[i] = line.data;
        universe->sizes[i] = line.size;
    }
}

static void universe_release(struct universe *universe)
{
    for (int i = 0; i < LINES; i++)
        bc_free(universe->lines[i]);
}

static void some(uint64_t *random, bool set[LINES], unsigned permille)
{
    for (int i = 0; i < LINES; i++)
        set[i] = world_random(random, 1000) < permille;
}

/* Not the huge ones, so that a small change is one. */
static void change(uint64_t *random, bool set[LINES], unsigned permille)
{
    for (int i = 0; i < LINES; i++) {
        if (world_random(random, 1000) < permille && !is_huge(i))
            set[i] = !set[i];
    }
}

static void write_set(struct universe *universe, struct bc_branch *branch, const char *path,
                      const bool set[LINES])
{
    struct bc_buffer raw = {0};
    for (int i = 0; i < LINES; i++) {
        if (set[i])
            assert_int_equal(bc_buffer_append(&raw, universe->lines[i], universe->sizes[i]), BC_OK);
    }
    assert_int_equal(world_edit(branch, world_file(branch, path), BC_EDIT_REPLACE,
                                raw.data ? raw.data : "", raw.size),
                     BC_OK);
    bc_buffer_release(&raw);
}

static struct bc_file_text *open_text(struct bc_branch *branch, const char *path)
{
    struct bc_file_text *text = NULL;
    assert_int_equal(bc_file_text_open(branch, world_find(branch, path), &text, NULL), BC_OK);
    return text;
}

/* The next line, now and then by itself and else out of as many as there are. */
static enum bc_status next_of_lines(struct bc_text_diff *diff, int at, struct bc_slice *lines,
                                    char *sign, struct bc_slice *body)
{
    if (!lines->size && at % 7 == 3) {
        enum bc_status st = bc_text_diff_next(diff, sign, body);
        body->size -= !st;
        return st;
    }
    enum bc_status st = lines->size ? BC_OK : bc_text_diff_lines(diff, lines);
    return st ? st : bc_delta_run_take(lines, sign, body);
}

static void assert_difference_in_lines(const struct universe *universe, struct bc_text_diff *diff,
                                       const bool *old, const bool *new)
{
    struct bc_slice lines = {"", 0};
    struct bc_slice body = {"", 0};
    char sign = 0;
    for (int i = 0; i < LINES; i++) {
        bool was = old && old[i];
        bool is = new &&new[i];
        if (was == is)
            continue;
        assert_int_equal(next_of_lines(diff, i, &lines, &sign, &body), BC_OK);
        assert_int_equal(sign, is ? '+' : '-');
        assert_int_equal(body.size + 1, universe->sizes[i]);
        assert_memory_equal(body.data, universe->lines[i], body.size);
    }
    assert_int_equal(lines.size, 0);
    assert_int_equal(bc_text_diff_lines(diff, &lines), BC_NO_DATA);
    assert_int_equal(bc_text_diff_next(diff, &sign, &body), BC_NO_DATA);
}

/* The walk by itself, in pieces so small that there are many. */
static void assert_walk(const struct universe *universe, struct bc_file_text *past, const bool *old,
                        struct bc_file_text *now, const bool *new, struct bc_pool *pool,
                        size_t piece_bytes)
{
    struct bc_text_walk *walk = NULL;
    struct bc_slice lines = {"", 0};
    struct bc_slice body;
    char sign = 0;
    assert_int_equal(bc_text_walk_new(past, now, bc_scalar_engine(), pool, piece_bytes, &walk),
                     BC_OK);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < LINES; i++) {
            if ((old && old[i]) == (new &&new[i]))
                continue;
            if (!lines.size)
                assert_int_equal(bc_text_walk_lines(walk, &lines), BC_OK);
            assert_int_equal(bc_delta_run_take(&lines, &sign, &body), BC_OK);
            assert_int_equal(sign, old && old[i] ? '-' : '+');
            assert_int_equal(body.size + 1, universe->sizes[i]);
            assert_memory_equal(body.data, universe->lines[i], body.size);
        }
        assert_int_equal(lines.size, 0);
        assert_int_equal(bc_text_walk_lines(walk, &lines), BC_NO_DATA);
        assert_int_equal(bc_text_walk_lines(walk, &lines), BC_NO_DATA);
        bc_text_walk_rewind(walk);
    }
    bc_text_walk_free(walk);
}

static void assert_walks(const struct universe *universe, struct bc_file_text *past,
                         const bool *old, struct bc_file_text *now, const bool *new)
{
    static const size_t alone[] = {1, 30000, 0};
    static const size_t ahead[] = {2000, 250000};
    struct bc_pool *pool = NULL;
    assert_int_equal(bc_pool_new(3, &pool), BC_OK);
    for (size_t i = 0; i < sizeof alone / sizeof *alone; i++)
        assert_walk(universe, past, old, now, new, NULL, alone[i]);
    for (size_t i = 0; i < sizeof ahead / sizeof *ahead; i++)
        assert_walk(universe, past, old, now, new, pool, ahead[i]);
    /* Given up in the middle. */
    struct bc_text_walk *walk = NULL;
    struct bc_slice lines;
    assert_int_equal(bc_text_walk_new(past, now, bc_scalar_engine(), pool, 1000, &walk), BC_OK);
    (void)bc_text_walk_lines(walk, &lines);
    bc_text_walk_free(walk);
    bc_pool_free(pool);
}

/* NULL sets are those of NULL texts. */
static void assert_difference(const struct universe *universe, struct bc_file_text *past,
                              const bool *old, struct bc_file_text *now, const bool *new)
{
    struct bc_text_diff *diff = NULL;
    struct bc_slice line;
    char sign;
    assert_int_equal(bc_text_diff_new(past, now, &diff), BC_OK);
    for (int i = 0; i < LINES; i++) {
        bool was = old && old[i];
        bool is = new &&new[i];
        if (was == is)
            continue;
        assert_int_equal(bc_text_diff_next(diff, &sign, &line), BC_OK);
        assert_int_equal(sign, is ? '+' : '-');
        assert_int_equal(line.size, universe->sizes[i]);
        assert_memory_equal(line.data, universe->lines[i], line.size);
    }
    assert_int_equal(bc_text_diff_next(diff, &sign, &line), BC_NO_DATA);
    assert_int_equal(bc_text_diff_next(diff, &sign, &line), BC_NO_DATA);
    assert_int_equal(bc_text_diff_rewind(diff), BC_OK);
    assert_difference_in_lines(universe, diff, old, new);
    bc_text_diff_free(diff);
    if (past || now)
        assert_walks(universe, past, old, now, new);
}

static void assert_both_ways(const struct universe *universe, struct bc_file_text *a,
                             const bool old[LINES], struct bc_file_text *b, const bool new[LINES])
{
    assert_difference(universe, a, old, b, new);
    assert_difference(universe, b, new, a, old);
    assert_difference(universe, a, old, a, old);
    assert_difference(universe, NULL, NULL, b, new);
    assert_difference(universe, a, old, NULL, NULL);
    assert_difference(universe, NULL, NULL, NULL, NULL);
}

static bool on_one_run(struct bc_file_text *a, struct bc_file_text *b)
{
    uint64_t run = bc_text_run(bc_file_text_view(a));
    return run && run == bc_text_run(bc_file_text_view(b));
}

/* Two texts that were one, each changed so much since; apart: the changed one was written to a file
 * of its own. */
static void compare_changed(unsigned first, unsigned past_permille, unsigned now_permille,
                            bool apart, bool *one_run)
{
    struct world world;
    static struct universe universe;
    static bool old[LINES];
    static bool new[LINES];
    uint64_t random = world_seed();
    world_open(&world, NULL);
    universe_init(&universe);
    some(&random, old, first);
    memcpy(new, old, sizeof new);
    write_set(&universe, world.main, "t.nt", old);
    struct bc_branch *fork = world_fork(&world, world.main, "fork");
    change(&random, old, past_permille);
    change(&random, new, now_permille);
    write_set(&universe, world.main, "t.nt", old);
    const char *path = apart ? "apart.nt" : "t.nt";
    write_set(&universe, fork, path, new);
    struct bc_file_text *a = open_text(world.main, "t.nt");
    struct bc_file_text *b = open_text(fork, path);
    *one_run = on_one_run(a, b);
    assert_both_ways(&universe, a, old, b, new);
    bc_file_text_release(a);
    bc_file_text_release(b);
    bc_branch_release(fork);
    universe_release(&universe);
    world_close(&world);
}

static void changes_of_one_run_are_merged(void **state)
{
    (void)state;
    bool one_run;
    compare_changed(900, 0, 10, false, &one_run);
    assert_true(one_run);
    compare_changed(900, 10, 10, false, &one_run);
    assert_true(one_run);
}

static void texts_of_two_runs_are_walked(void **state)
{
    (void)state;
    bool one_run;
    compare_changed(900, 0, 300, true, &one_run);
    assert_false(one_run);
    compare_changed(500, 500, 500, true, &one_run);
    assert_false(one_run);
    compare_changed(900, 5, 3, true, &one_run);
    assert_false(one_run);
}

static uint64_t run_between(struct bc_file_text *past, struct bc_file_text *now)
{
    struct bc_text_diff *diff = NULL;
    assert_int_equal(bc_text_diff_new(past, now, &diff), BC_OK);
    uint64_t run = bc_text_diff_run(diff);
    bc_text_diff_free(diff);
    return run;
}

static void known_changes_are_read_either_way_round(void **state)
{
    (void)state;
    struct world world;
    static struct universe universe;
    static bool old[LINES];
    static bool new[LINES];
    uint64_t random = world_seed();
    world_open(&world, NULL);
    universe_init(&universe);
    /* Too much for line rows, and less than half of the text. */
    some(&random, old, 1000);
    write_set(&universe, world.main, "t.nt", old);
    struct bc_branch *fork = world_fork(&world, world.main, "fork");
    memcpy(new, old, sizeof new);
    change(&random, new, 450);
    write_set(&universe, fork, "t.nt", new);
    struct bc_file_text *a = open_text(world.main, "t.nt");
    struct bc_file_text *b = open_text(fork, "t.nt");
    assert_true(run_between(a, b) != 0);
    assert_true(run_between(b, a) == 0);
    assert_both_ways(&universe, a, old, b, new);
    bc_file_text_release(a);
    bc_file_text_release(b);
    bc_branch_release(fork);
    universe_release(&universe);
    world_close(&world);
}

static void texts_without_a_run_and_empty_ones_differ_too(void **state)
{
    (void)state;
    bool one_run;
    compare_changed(10, 10, 10, false, &one_run);
    compare_changed(0, 0, 5, false, &one_run);
    compare_changed(0, 0, 500, false, &one_run);
    compare_changed(0, 1000, 500, false, &one_run);
    compare_changed(0, 0, 0, false, &one_run);
    compare_changed(1000, 0, 1000, false, &one_run);
}

/* Nothing in common, one behind the other, alternating. */
static void texts_without_a_common_line_differ_wholly(void **state)
{
    (void)state;
    struct world world;
    static struct universe universe;
    static bool old[LINES];
    static bool new[LINES];
    world_open(&world, NULL);
    universe_init(&universe);
    for (int pattern = 0; pattern < 2; pattern++) {
        for (int i = 0; i < LINES; i++) {
            old[i] = pattern ? i < LINES / 2 : i % 2;
            new[i] = !old[i];
        }
        struct bc_branch *fork = world_fork(&world, world.main, pattern ? "halves" : "turns");
        write_set(&universe, world.main, "t.nt", old);
        write_set(&universe, fork, "t.nt", new);
        struct bc_file_text *a = open_text(world.main, "t.nt");
        struct bc_file_text *b = open_text(fork, "t.nt");
        assert_both_ways(&universe, a, old, b, new);
        bc_file_text_release(a);
        bc_file_text_release(b);
        bc_branch_release(fork);
    }
    universe_release(&universe);
    world_close(&world);
}

/* The same in many pieces. */
static enum bc_status count_walked(struct bc_file_text *past, struct bc_file_text *now,
                                   size_t *count)
{
    struct bc_text_walk *walk = NULL;
    struct bc_slice lines;
    struct bc_slice body;
    char sign;
    *count = 0;
    enum bc_status st = bc_text_walk_new(past, now, bc_scalar_engine(), NULL, 50000, &walk);
    while (!st) {
        st = bc_text_walk_lines(walk, &lines);
        while (!st && lines.size) {
            st = bc_delta_run_take(&lines, &sign, &body);
            *count += !st;
        }
    }
    bc_text_walk_free(walk);
    return st == BC_NO_DATA ? BC_OK : st;
}

static enum bc_status count_differences(struct bc_file_text *past, struct bc_file_text *now,
                                        size_t *count)
{
    struct bc_text_diff *diff = NULL;
    struct bc_slice line;
    char sign;
    *count = 0;
    enum bc_status st = bc_text_diff_new(past, now, &diff);
    while (!st) {
        st = bc_text_diff_next(diff, &sign, &line);
        *count += !st;
    }
    bc_text_diff_free(diff);
    return st == BC_NO_DATA ? BC_OK : st;
}

typedef enum bc_status (*counting)(struct bc_file_text *past, struct bc_file_text *now,
                                   size_t *count);

/* Whatever fails is told, and what does not fail is right. */
static void assert_fails_cleanly(struct world *world, counting counting, struct bc_file_text *a,
                                 struct bc_file_text *b, size_t expected)
{
    size_t count;
    bool failed = true;
    for (uint64_t at = 1; failed; at++) {
        uint64_t before = bc_memory_allocations();
        bc_memory_fail_after(at, 0);
        enum bc_status st = counting(a, b, &count);
        bc_memory_fail_after(0, 0);
        failed = st;
        assert_true(st == BC_OK || st == BC_NO_MEMORY);
        assert_true(st || count == expected);
        assert_true(bc_memory_allocations() > before);
    }
    failed = true;
    for (uint64_t at = 1; failed; at++) {
        failing_store_fail_after(world->store, at, 0, BC_IO);
        enum bc_status st = counting(a, b, &count);
        failing_store_fail_after(world->store, 0, 0, BC_IO);
        failed = st;
        assert_true(st == BC_OK || st == BC_IO);
        assert_true(st || count == expected);
    }
}

static void failures_are_told_and_leave_nothing(void **state)
{
    (void)state;
    struct world world;
    struct bc_store *inner;
    static struct universe universe;
    static bool old[LINES];
    static bool new[LINES];
    uint64_t random = 1;
    size_t expected;
    assert_int_equal(bc_memory_store_new(&inner), BC_OK);
    world_open(&world, failing_store_new(inner));
    universe_init(&universe);
    some(&random, old, 900);
    some(&random, new, 900);
    write_set(&universe, world.main, "t.nt", old);
    write_set(&universe, world.main, "u.nt", new);
    struct bc_file_text *a = open_text(world.main, "t.nt");
    struct bc_file_text *b = open_text(world.main, "u.nt");
    assert_int_equal(count_differences(a, b, &expected), BC_OK);
    assert_true(expected > 0);
    assert_fails_cleanly(&world, count_differences, a, b, expected);
    assert_fails_cleanly(&world, count_walked, a, b, expected);
    bc_file_text_release(a);
    bc_file_text_release(b);
    universe_release(&universe);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changes_of_one_run_are_merged),
        cmocka_unit_test(texts_of_two_runs_are_walked),
        cmocka_unit_test(known_changes_are_read_either_way_round),
        cmocka_unit_test(texts_without_a_run_and_empty_ones_differ_too),
        cmocka_unit_test(texts_without_a_common_line_differ_wholly),
        cmocka_unit_test(failures_are_told_and_leave_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
