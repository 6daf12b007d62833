/* Commits: what they tell, and what they are made of. */
#include "branchcore/commit_record.h"
#include "branchcore/history.h"
#include "tests/commit_world.h"

#define A "<http://e/a> <http://e/p> \"1\" .\n"
#define B "<http://e/b> <http://e/p> \"2\" .\n"
#define C "<http://e/c> <http://e/p> \"3\" .\n"

static void a_commit_tells_what_was_changed(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    world_expect_head(world.main, NULL);
    assert_int_equal(world_try_commit(&world, world.main, "too early", 0, NULL), BC_NO_DATA);
    assert_string_equal(world.err.text, "nothing to commit: main is empty");
    world_put(world.main, "a.nt", A B);
    world_put(world.main, "plain", "x");
    struct bc_commit_id first = world_commit(&world, world.main, "first\n\n");
    world_expect_head(world.main, &first);
    assert_int_equal(world_differences(world.main), 0);
    assert_int_equal(world_try_commit(&world, world.main, "again", 0, NULL), BC_NO_DATA);
    assert_string_equal(world.err.text, "nothing to commit: main is what its last commit is");
    world_put(world.main, "a.nt", B C);
    assert_int_equal(world_differences(world.main), 1);
    struct bc_commit_id second = world_commit(&world, world.main, "second\n\nwith a body");
    struct bc_commit one = world_get(&world, &first);
    struct bc_commit two = world_get(&world, &second);
    assert_int_equal(one.parent_count, 0);
    assert_int_equal(one.generation, 1);
    assert_int_equal(one.files, 2);
    assert_int_equal(one.added, 2);
    assert_int_equal(one.removed, 0);
    assert_string_equal(one.message, "first");
    assert_string_equal(one.author, "ada");
    assert_int_equal(two.parent_count, 1);
    assert_true(bc_commit_id_equal(&two.parents[0], &first));
    assert_int_equal(two.generation, 2);
    assert_int_equal(two.files, 1);
    assert_int_equal(two.added, 1);
    assert_int_equal(two.removed, 1);
    assert_true(two.time_ns >= one.time_ns);
    assert_string_equal(two.message, "second\n\nwith a body");
    bc_commit_release(&one);
    bc_commit_release(&two);
    /* Back to what it was: nothing to commit although rows have come and gone. */
    world_put(world.main, "a.nt", A);
    world_put(world.main, "a.nt", B C);
    assert_int_equal(world_try_commit(&world, world.main, "nothing", 0, NULL), BC_NO_DATA);
    world_reopen(&world);
    world_expect_head(world.main, &second);
    assert_int_equal(world_collect(&world), 0);
    assert_int_equal(world_differences(world.main), 0);
    world_close(&world);
}

static void a_commit_needs_a_message(void **state)
{
    (void)state;
    struct world world;
    static char large[BC_MESSAGE_MAX + 2];
    world_open(&world, NULL);
    world_put(world.main, "a.nt", A);
    assert_int_equal(world_try_commit(&world, world.main, " \n\t\n", 0, NULL), BC_INVALID);
    assert_string_equal(world.err.text, "a commit needs a message: say what was changed, and why");
    assert_int_equal(world_try_commit(&world, world.main, "\xff", 0, NULL), BC_INVALID);
    assert_int_equal(bc_commit_message_check(bc_slice("a\0b", 3), &world.err), BC_INVALID);
    memset(large, 'x', BC_MESSAGE_MAX + 1);
    assert_int_equal(world_try_commit(&world, world.main, large, 0, NULL), BC_TOO_LARGE);
    struct bc_commit_info info = {.author = text_slice("a\nb"), .message = text_slice("m")};
    assert_int_equal(bc_branch_commit(world.main, &info, NULL, &world.err), BC_INVALID);
    assert_string_equal(world.err.text, "an author's name cannot contain control characters");
    world_expect_head(world.main, NULL);
    large[BC_MESSAGE_MAX] = '\n';
    (void)world_commit(&world, world.main, large);
    world_close(&world);
}

/* Ids are those of the content: not of layers, nodes or stores. */
static void equal_histories_have_equal_ids(void **state)
{
    (void)state;
    struct bc_commit_id ids[2][3];
    for (int detour = 0; detour < 2; detour++) {
        struct world world;
        world_open(&world, NULL);
        if (detour) {
            world_put(world.main, "tmp", "x");
            bc_branch_release(world_fork(&world, world.main, "fork"));
            assert_int_equal(world_remove(world.main, "tmp"), BC_OK);
        }
        world_put(world.main, "a.nt", detour ? A C : A B);
        if (detour)
            world_put(world.main, "a.nt", A B);
        assert_int_equal(world_try_commit(&world, world.main, "one", 1000, &ids[detour][0]), BC_OK);
        world_folder(world.main, "folder");
        world_put(world.main, "folder/x", "bytes");
        assert_int_equal(world_try_commit(&world, world.main, "two", 2000, &ids[detour][1]), BC_OK);
        assert_int_equal(world_rename(&world, world.main, "a.nt", "b.nt", 0, NULL), BC_OK);
        assert_int_equal(world_try_commit(&world, world.main, "three", 3000, &ids[detour][2]),
                         BC_OK);
        world_close(&world);
    }
    for (int i = 0; i < 3; i++)
        assert_true(bc_commit_id_equal(&ids[0][i], &ids[1][i]));
    char hex[BC_COMMIT_HEX + 1];
    bc_commit_id_format(&ids[0][0], hex);
    assert_int_equal(strlen(hex), BC_COMMIT_HEX);
}

static enum bc_status check_id(void *context, const struct bc_commit_id *id,
                               const struct bc_commit_record *record)
{
    struct bc_commit_id found;
    assert_int_equal(bc_commit_record_id(record, &found), BC_OK);
    assert_true(bc_commit_id_equal(id, &found));
    ++*(int *)context;
    return BC_OK;
}

static void every_record_says_its_id(void **state)
{
    (void)state;
    struct world world;
    int count = 0;
    world_open(&world, NULL);
    for (int i = 0; i < 20; i++) {
        char text[64];
        (void)snprintf(text, sizeof text, "<http://e/a> <http://e/p> \"%d\" .\n", i);
        world_put(world.main, "a.nt", text);
        (void)world_commit(&world, world.main, text);
    }
    assert_int_equal(bc_commit_each(world.repo, NULL, check_id, &count), BC_OK);
    assert_int_equal(count, 20);
    world_close(&world);
}

static void a_fork_goes_on_from_the_last_commit(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    world_put(world.main, "a.nt", A);
    struct bc_commit_id first = world_commit(&world, world.main, "first");
    world_put(world.main, "b.nt", B);
    struct bc_branch *fork = world_fork(&world, world.main, "fork");
    world_expect_head(fork, &first);
    assert_int_equal(world_differences(fork), 1);
    struct bc_commit_id mine = world_commit(&world, fork, "the fork's");
    struct bc_commit made = world_get(&world, &mine);
    assert_true(bc_commit_id_equal(&made.parents[0], &first));
    assert_int_equal(made.files, 1);
    bc_commit_release(&made);
    world_expect_head(world.main, &first);
    assert_int_equal(world_differences(world.main), 1);
    struct bc_commit_id theirs = world_commit(&world, world.main, "main's");
    struct bc_commit_id base;
    assert_int_equal(bc_history_merge_base(world.repo, &mine, &theirs, &base), BC_OK);
    assert_true(bc_commit_id_equal(&base, &first));
    bc_branch_release(fork);
    world_reopen(&world);
    fork = world_branch(&world, "fork");
    world_expect_head(fork, &mine);
    world_expect_head(world.main, &theirs);
    assert_int_equal(world_differences(fork), 0);
    bc_branch_release(fork);
    world_close(&world);
}

static void the_very_same_commit_is_one(void **state)
{
    (void)state;
    struct world world;
    struct bc_commit_id ids[2];
    world_open(&world, NULL);
    struct bc_branch *fork = world_fork(&world, world.main, "fork");
    world_put(world.main, "a.nt", A);
    world_put(fork, "a.nt", A);
    assert_int_equal(world_try_commit(&world, world.main, "same", 5, &ids[0]), BC_OK);
    struct bc_commit before = world_get(&world, &ids[0]);
    assert_int_equal(world_try_commit(&world, fork, "same", 5, &ids[1]), BC_OK);
    assert_true(bc_commit_id_equal(&ids[0], &ids[1]));
    struct bc_commit after = world_get(&world, &ids[0]);
    assert_int_equal(before.layer, after.layer);
    assert_int_equal(world_differences(fork), 0);
    assert_int_equal(world_try_commit(&world, fork, "more", 6, NULL), BC_NO_DATA);
    bc_commit_release(&before);
    bc_commit_release(&after);
    bc_branch_release(fork);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_commit_tells_what_was_changed),
        cmocka_unit_test(a_commit_needs_a_message),
        cmocka_unit_test(equal_histories_have_equal_ids),
        cmocka_unit_test(every_record_says_its_id),
        cmocka_unit_test(a_fork_goes_on_from_the_last_commit),
        cmocka_unit_test(the_very_same_commit_is_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
