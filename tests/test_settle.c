/* Settled texts: what many layers change is read from one, and is the same. */
#include "branchcore/branch_past.h"
#include "branchcore/maintain.h"
#include "branchcore/settle.h"
#include "branchcore/state.h"
#include "branchcore/text_change.h"
#include "branchcore/text_history.h"
#include "tests/failing_store.h"
#include "tests/tree_world.h"

static void freeze(struct bc_branch *branch)
{
    struct bc_layer *top = NULL;
    assert_int_equal(bc_branch_freeze(branch, &top), BC_OK);
    bc_layer_release(branch->repo, top);
}

static void maintain(struct bc_branch *branch)
{
    assert_int_equal(bc_branch_maintain(branch, NULL), BC_OK);
}

static struct bc_buffer line_of(uint64_t number)
{
    struct bc_buffer line = {0};
    assert_int_equal(bc_buffer_printf(&line, "<http://e/%06llu> <http://e/p> \"%llu\" .\n",
                                      (unsigned long long)number, (unsigned long long)number),
                     BC_OK);
    return line;
}

static void append_line(struct bc_branch *branch, const char *path, uint64_t number)
{
    struct bc_buffer line = line_of(number);
    assert_int_equal(
        world_edit(branch, world_file(branch, path), BC_EDIT_APPEND, line.data, line.size), BC_OK);
    bc_buffer_release(&line);
}

/* The file's lines become [first, end). */
static void put_lines(struct bc_branch *branch, const char *path, uint64_t first, uint64_t end)
{
    struct bc_buffer text = {0};
    for (uint64_t i = first; i < end; i++) {
        struct bc_buffer line = line_of(i);
        assert_int_equal(bc_buffer_append(&text, line.data, line.size), BC_OK);
        bc_buffer_release(&line);
    }
    assert_int_equal(
        world_edit(branch, world_file(branch, path), BC_EDIT_REPLACE, text.data, text.size), BC_OK);
    bc_buffer_release(&text);
}

static void expect_lines(struct bc_branch *branch, const char *path, uint64_t first, uint64_t end)
{
    struct bc_buffer text = {0};
    for (uint64_t i = first; i < end; i++) {
        struct bc_buffer line = line_of(i);
        assert_int_equal(bc_buffer_append(&text, line.data, line.size), BC_OK);
        bc_buffer_release(&line);
    }
    assert_int_equal(bc_buffer_append(&text, "", 1), BC_OK);
    world_expect(branch, path, text.data);
    bc_buffer_release(&text);
}

/* How the branch's text is stored. */
struct stored {
    struct bc_node record; /* without the names */
    uint64_t layer;
    size_t sources;
    bool joined; /* the lowest of them are joined rows */
    uint64_t run;
};

static struct stored stored_of(struct bc_branch *branch, const char *path)
{
    struct bc_found found;
    struct bc_content content;
    uint64_t node = world_find(branch, path);
    pthread_rwlock_rdlock(&branch->lock);
    assert_int_equal(bc_node_find(branch, node, &found), BC_OK);
    assert_int_equal(bc_content_resolve(branch, &found, &content), BC_OK);
    struct stored stored = {.record = found.record,
                            .layer = found.layer,
                            .sources = content.source_count,
                            .joined = content.source_count && content.sources[0].joined,
                            .run = content.run};
    stored.record.name = stored.record.target = bc_slice("", 0);
    bc_content_release(&content);
    bc_found_release(&found);
    pthread_rwlock_unlock(&branch->lock);
    return stored;
}

enum { BASE = 20000, LAYERS = 100 };

/* A file with a base run, which LAYERS layers append one line each to. */
static void make_chain(struct bc_branch *branch)
{
    put_lines(branch, "a.nt", 0, BASE);
    freeze(branch);
    for (uint64_t i = 0; i < LAYERS; i++) {
        append_line(branch, "a.nt", BASE + i);
        freeze(branch);
    }
}

static void a_long_chain_is_joined(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    make_chain(world.main);
    struct stored before = stored_of(world.main, "a.nt");
    assert_int_equal(before.sources, LAYERS);
    assert_true(before.run);
    maintain(world.main);
    struct stored after = stored_of(world.main, "a.nt");
    assert_int_equal(after.sources, 1);
    assert_true(after.joined);
    assert_int_equal(after.layer, before.layer);
    assert_int_equal(after.run, before.run);
    assert_int_equal(after.record.version, before.record.version);
    assert_int_equal(after.record.below, before.record.below);
    assert_true(after.record.flags & BC_NODE_COVERS);
    assert_true(after.record.flags & BC_NODE_DELTA);
    expect_lines(world.main, "a.nt", 0, BASE + LAYERS);
    world_reopen(&world);
    expect_lines(world.main, "a.nt", 0, BASE + LAYERS);
    world_close(&world);
}

static void what_comes_afterwards_goes_on_top(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    make_chain(world.main);
    maintain(world.main);
    /* A line that is joined is there, one that is not can be added. */
    append_line(world.main, "a.nt", BASE + 5);
    append_line(world.main, "a.nt", BASE + LAYERS);
    expect_lines(world.main, "a.nt", 0, BASE + LAYERS + 1);
    assert_int_equal(stored_of(world.main, "a.nt").sources, 2);
    put_lines(world.main, "a.nt", 1, BASE + LAYERS - 3);
    freeze(world.main);
    expect_lines(world.main, "a.nt", 1, BASE + LAYERS - 3);
    world_check(&world);
    assert_int_equal(bc_repo_collect(world.repo, NULL), BC_OK);
    expect_lines(world.main, "a.nt", 1, BASE + LAYERS - 3);
    world_close(&world);
}

static void the_history_stays_what_it_was(void **state)
{
    (void)state;
    struct world world;
    struct bc_branch *past = NULL;
    world_open(&world, NULL);
    make_chain(world.main);
    uint64_t states[LAYERS + 1] = {0};
    size_t count = 0;
    for (uint64_t at = world.main->top->state; at;) {
        states[count++] = at;
        assert_int_equal(bc_layer_previous(world.repo, at, &at), BC_OK);
    }
    assert_int_equal(count, LAYERS + 1);
    maintain(world.main);
    for (size_t i = 0; i < count; i += 9) {
        assert_int_equal(bc_branch_past(world.repo, states[i], &past), BC_OK);
        expect_lines(past, "a.nt", 0, BASE + LAYERS - i);
        bc_branch_release(past);
    }
    /* The layer that covers the others still says what itself changed. */
    struct bc_delta delta;
    struct bc_text_version versions[2] = {0};
    for (size_t i = 0; i < 2; i++) {
        struct bc_file_text *text = NULL;
        assert_int_equal(bc_branch_past(world.repo, states[i], &past), BC_OK);
        assert_int_equal(bc_file_text_open(past, world_find(past, "a.nt"), &text, NULL), BC_OK);
        versions[i] = bc_file_text_version(text);
        bc_file_text_release(text);
        bc_branch_release(past);
    }
    assert_int_equal(bc_text_history(world.repo, &versions[1], &versions[0], &delta, NULL), BC_OK);
    assert_int_equal(delta.count, 1);
    bc_delta_release(&delta);
    world_close(&world);
}

static void lines_that_come_and_go_cancel_out(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    put_lines(world.main, "a.nt", 0, BASE);
    freeze(world.main);
    for (uint64_t i = 0; i < LAYERS; i++) {
        put_lines(world.main, "a.nt", i % 2, BASE);
        freeze(world.main);
    }
    put_lines(world.main, "a.nt", 0, BASE);
    freeze(world.main);
    maintain(world.main);
    struct stored stored = stored_of(world.main, "a.nt");
    assert_int_equal(stored.sources, 0);
    assert_int_equal(stored.record.delta_bytes, 0);
    assert_false(stored.record.flags & BC_NODE_JOINED);
    expect_lines(world.main, "a.nt", 0, BASE);
    world_close(&world);
}

static void a_text_without_a_base_is_joined_too(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    for (uint64_t i = 0; i < LAYERS; i++) {
        append_line(world.main, "small.nt", i);
        freeze(world.main);
    }
    maintain(world.main);
    struct stored stored = stored_of(world.main, "small.nt");
    assert_int_equal(stored.sources, 1);
    assert_int_equal(stored.run, 0);
    expect_lines(world.main, "small.nt", 0, LAYERS);
    world_close(&world);
}

static void long_lines_are_joined(void **state)
{
    (void)state;
    struct world world;
    struct bc_buffer expected = {0};
    world_open(&world, NULL);
    for (int i = 0; i < 40; i++) {
        struct bc_buffer line = {0};
        assert_int_equal(bc_buffer_printf(&line, "<http://e/a> <http://e/p> \"%01200d\" .\n", i),
                         BC_OK);
        assert_int_equal(bc_buffer_append(&expected, line.data, line.size), BC_OK);
        assert_int_equal(world_edit(world.main, world_file(world.main, "long.nt"), BC_EDIT_APPEND,
                                    line.data, line.size),
                         BC_OK);
        bc_buffer_release(&line);
        freeze(world.main);
    }
    assert_int_equal(bc_buffer_append(&expected, "", 1), BC_OK);
    maintain(world.main);
    assert_int_equal(stored_of(world.main, "long.nt").sources, 1);
    world_expect(world.main, "long.nt", expected.data);
    bc_buffer_release(&expected);
    world_close(&world);
}

/* Line rows for the sum of which a base of this size is too small, as merges make them. */
static void too_many_lines_become_a_run(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    world.repo->settle_at = 2;
    put_lines(world.main, "a.nt", 0, 2000);
    freeze(world.main);
    uint64_t node = world_find(world.main, "a.nt");
    uint64_t lines = 2000;
    for (int layer = 0; layer < 10; layer++) {
        for (int i = 0; i < 300; i++)
            append_line(world.main, "a.nt", lines++);
        /* The record understates what its rows have. */
        struct bc_update update;
        struct bc_found found;
        assert_int_equal(bc_update_begin(world.main, &update), BC_OK);
        assert_int_equal(bc_node_find(world.main, node, &found), BC_OK);
        found.record.delta_bytes = 0;
        assert_int_equal(bc_node_put(&update, &found), BC_OK);
        bc_found_release(&found);
        assert_int_equal(bc_update_commit(&update, false), BC_OK);
        freeze(world.main);
    }
    uint64_t base = stored_of(world.main, "a.nt").run;
    maintain(world.main);
    struct stored stored = stored_of(world.main, "a.nt");
    assert_int_equal(stored.sources, 0);
    assert_true(stored.run && stored.run != base);
    assert_false(stored.record.flags & BC_NODE_JOINED);
    expect_lines(world.main, "a.nt", 0, lines);
    world_check(&world);
    struct bc_collected collected = {0};
    assert_int_equal(bc_repo_collect(world.repo, &collected), BC_OK);
    assert_int_equal(collected.runs, 0);
    expect_lines(world.main, "a.nt", 0, lines);
    world_close(&world);
}

/* A text is not joined anew for each few layers. */
static void what_is_joined_is_joined_seldom(void **state)
{
    (void)state;
    struct world world;
    uint64_t last = 0;
    uint64_t joined = 0;
    uint64_t rows = 0;
    world_open(&world, NULL);
    world.repo->settle_at = 4;
    put_lines(world.main, "a.nt", 0, BASE);
    freeze(world.main);
    for (uint64_t i = 0; i < 1000; i++) {
        append_line(world.main, "a.nt", BASE + i);
        freeze(world.main);
        maintain(world.main);
        struct stored stored = stored_of(world.main, "a.nt");
        assert_true(stored.sources < 4 + 16 + 1 + i / 32);
        if (stored.joined && stored.record.flags & BC_NODE_JOINED && stored.layer != last) {
            last = stored.layer;
            joined++;
            rows += i;
        }
    }
    assert_true(joined > 10);
    assert_true(rows < 100000);
    expect_lines(world.main, "a.nt", 0, BASE + 1000);
    world_close(&world);
}

static void every_failure_leaves_the_text_as_it_was(void **state)
{
    (void)state;
    struct world world;
    struct bc_store *inner;
    assert_int_equal(bc_memory_store_new(&inner), BC_OK);
    world_open(&world, failing_store_new(inner));
    for (uint64_t i = 0; i < 40; i++) {
        append_line(world.main, "a.nt", i);
        freeze(world.main);
    }
    uint64_t failures = 1;
    for (uint64_t countdown = 1; failures; countdown++) {
        failing_store_fail_after(world.store, countdown, 0, BC_IO);
        enum bc_status st = bc_texts_settle(world.main);
        failures = failing_store_failures(world.store);
        failing_store_fail_after(world.store, 0, 0, BC_OK);
        assert_int_equal(st, failures ? BC_IO : BC_OK);
        expect_lines(world.main, "a.nt", 0, 40);
        assert_int_equal(stored_of(world.main, "a.nt").joined, !failures);
    }
    world_close(&world);
}

/* Requires that the check finds something that says so. */
static void expect_problem(struct world *world, const char *words)
{
    assert_true(world_problems(world) > 0);
    if (!strstr(world->problem, words))
        fail_msg("check: %s", world->problem);
}

static void the_check_tells_of_joined_lines_that_lie(void **state)
{
    (void)state;
    struct world world;
    struct bc_key key;
    struct bc_batch batch = {0};
    world_open(&world, NULL);
    make_chain(world.main);
    maintain(world.main);
    uint64_t layer = stored_of(world.main, "a.nt").layer;
    uint64_t node = world_find(world.main, "a.nt");
    /* One line for another of the same size: no sum tells. */
    struct bc_buffer there = line_of(BASE + 7);
    struct bc_buffer other = line_of(BASE + LAYERS + 7);
    bc_key_line_of(&key, layer, BC_ROW_JOINED, node, bc_buffer_slice(&there));
    assert_int_equal(bc_batch_delete(&batch, BC_LAYERS, bc_key_slice(&key)), BC_OK);
    bc_key_line_of(&key, layer, BC_ROW_JOINED, node, bc_buffer_slice(&other));
    assert_int_equal(bc_batch_put(&batch, BC_LAYERS, bc_key_slice(&key), bc_slice("+", 1)), BC_OK);
    assert_int_equal(bc_store_apply(world.store, &batch, false), BC_OK);
    expect_problem(&world, "covers those below and is not what they make");
    bc_batch_clear(&batch);
    assert_int_equal(bc_batch_delete(&batch, BC_LAYERS, bc_key_slice(&key)), BC_OK);
    bc_key_line_of(&key, layer, BC_ROW_JOINED, node, bc_buffer_slice(&there));
    assert_int_equal(bc_batch_put(&batch, BC_LAYERS, bc_key_slice(&key), bc_slice("+", 1)), BC_OK);
    assert_int_equal(bc_store_apply(world.store, &batch, false), BC_OK);
    bc_batch_release(&batch);
    bc_buffer_release(&there);
    bc_buffer_release(&other);
    world_close(&world);
}

/* Random appends, removals and rewrites of one text over many layers, settled at random moments. */
static void random_texts_read_the_same(void **state)
{
    (void)state;
    enum { ALL = 400, STEPS = 300 };
    struct world world;
    bool has[ALL] = {false};
    uint64_t random = world_seed();
    world_open(&world, NULL);
    world.repo->settle_at = 2;
    world.repo->index_at = 2;
    world_file(world.main, "a.nt");
    for (int step = 0; step < STEPS; step++) {
        struct bc_buffer text = {0};
        for (uint64_t i = world_random(&random, 4); i-- > 0;) {
            size_t at = world_random(&random, ALL);
            has[at] = !has[at];
        }
        for (size_t i = 0; i < ALL; i++) {
            struct bc_buffer line = line_of(i);
            if (has[i])
                assert_int_equal(bc_buffer_append(&text, line.data, line.size), BC_OK);
            bc_buffer_release(&line);
        }
        assert_int_equal(world_edit(world.main, world_find(world.main, "a.nt"), BC_EDIT_REPLACE,
                                    text.data ? text.data : "", text.size),
                         BC_OK);
        if (world_random(&random, 3))
            freeze(world.main);
        if (!world_random(&random, 5))
            maintain(world.main);
        assert_int_equal(bc_buffer_append(&text, "", 1), BC_OK);
        world_expect(world.main, "a.nt", text.data);
        bc_buffer_release(&text);
        if (step % 50 == 0)
            world_check(&world);
    }
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_long_chain_is_joined),
        cmocka_unit_test(what_comes_afterwards_goes_on_top),
        cmocka_unit_test(the_history_stays_what_it_was),
        cmocka_unit_test(lines_that_come_and_go_cancel_out),
        cmocka_unit_test(a_text_without_a_base_is_joined_too),
        cmocka_unit_test(long_lines_are_joined),
        cmocka_unit_test(too_many_lines_become_a_run),
        cmocka_unit_test(what_is_joined_is_joined_seldom),
        cmocka_unit_test(every_failure_leaves_the_text_as_it_was),
        cmocka_unit_test(the_check_tells_of_joined_lines_that_lie),
        cmocka_unit_test(random_texts_read_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
