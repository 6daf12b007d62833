/* What a merge takes for one file on its sides, and with what it compares them. */
#include "branchcore/merge.h"
#include "tests/tree_world.h"

#define A "<http://e/a> <http://e/p> \"1\" .\n"
#define B "<http://e/b> <http://e/p> \"1\" .\n"
#define C "<http://e/c> <http://e/p> \"1\" .\n"
#define D "<http://e/d> <http://e/p> \"1\" .\n"

static void commit(struct bc_branch *branch)
{
    struct bc_commit_info info = {.message = text_slice("a change")};
    assert_int_equal(bc_branch_commit(branch, &info, NULL, NULL), BC_OK);
}

static enum bc_status merge(struct world *world, enum bc_merge_policy policy, uint64_t *conflicts)
{
    struct bc_merge_options options = {.policy = policy};
    struct bc_merge_report report;
    enum bc_status st = bc_merge(world->main, text_slice("other"), &options, &report, &world->err);
    if (st && st != BC_CONFLICT)
        fail_msg("%s: %s", bc_status_text(st), world->err.text);
    *conflicts = report.conflicts;
    bc_merge_report_release(&report);
    return st;
}

static void merged(struct world *world, enum bc_merge_policy policy)
{
    uint64_t conflicts;
    if (merge(world, policy, &conflicts))
        fail_msg("%s", world->err.text);
}

/* One is expected. The caller releases. */
static struct bc_branch *conflict(struct world *world)
{
    struct bc_branch *tree = NULL;
    uint64_t conflicts;
    assert_int_equal(merge(world, BC_MERGE_AUTO, &conflicts), BC_CONFLICT);
    assert_int_equal(conflicts, 1);
    assert_int_equal(bc_merge_conflicts(world->main, &tree), BC_OK);
    return tree;
}

static void renamed(struct world *world, struct bc_branch *branch, const char *from, const char *to)
{
    assert_int_equal(world_rename(world, branch, from, to, 0, NULL), BC_OK);
}

/* As tools write to a file with a plain name: it has bytes from then on. */
static void write_plain(struct bc_branch *branch, const char *path, const char *text)
{
    struct bc_attr attr;
    struct bc_change cut = {.mask = BC_CHANGE_SIZE};
    uint64_t node = world_find(branch, path);
    assert_int_equal(bc_tree_change(branch, node, &cut, &attr), BC_OK);
    assert_int_equal(bc_bytes_write(branch, node, 0, text, strlen(text), false, NULL), BC_OK);
}

/* A base with a.nt, and a fork of it named "other". */
static struct bc_branch *start(struct world *world)
{
    world_open(world, NULL);
    (void)world_put(world->main, "a.nt", A B);
    commit(world->main);
    return world_fork(world, world->main, "other");
}

static void end(struct world *world, struct bc_branch *other)
{
    bc_branch_release(other);
    world_close(world);
}

/* Ours moved a.nt to b.nt; theirs made another a.nt in its place, and a new b.nt. */
static struct bc_branch *start_with_a_claim(struct world *world)
{
    struct bc_branch *other = start(world);
    assert_int_equal(world_remove(other, "a.nt"), BC_OK);
    (void)world_put(other, "a.nt", A C);
    (void)world_put(other, "b.nt", A D);
    renamed(world, world->main, "a.nt", "b.nt");
    return other;
}

static void a_file_moved_to_a_path_is_not_the_one_that_theirs_created_there(void **state)
{
    (void)state;
    struct world world;
    struct bc_branch *other = start_with_a_claim(&world);
    struct bc_branch *tree = conflict(&world);
    world_expect(tree, "b.nt/ours.nt", A B);
    world_expect(tree, "b.nt/theirs.nt", A D);
    bc_branch_release(tree);
    end(&world, other);
}

static void theirs_of_two_files_at_one_path_leaves_the_other_its_place_there(void **state)
{
    (void)state;
    struct world world;
    struct bc_branch *other = start_with_a_claim(&world);
    merged(&world, BC_MERGE_THEIRS);
    world_expect(world.main, "a.nt", A C);
    world_expect(world.main, "b.nt", A D);
    end(&world, other);
}

static void union_of_two_files_at_one_path_keeps_both(void **state)
{
    (void)state;
    struct world world;
    struct bc_branch *other = start_with_a_claim(&world);
    merged(&world, BC_MERGE_UNION);
    world_expect(world.main, "b.nt", A C);
    world_expect(world.main, "b.nt~1", A D);
    end(&world, other);
}

static void a_path_in_conflict_twice_shows_both_sides_files(void **state)
{
    (void)state;
    struct world world;
    struct bc_branch *other = start(&world);
    assert_int_equal(world_remove(other, "a.nt"), BC_OK);
    (void)world_put(other, "b.nt", A D);
    renamed(&world, world.main, "a.nt", "b.nt");
    struct bc_branch *tree = conflict(&world);
    world_expect(tree, "b.nt/base.nt", A B);
    world_expect(tree, "b.nt/ours.nt", A B);
    world_expect(tree, "b.nt/theirs.nt", A D);
    bc_branch_release(tree);
    end(&world, other);
}

/* The folder that theirs created is one with that which ours moved there, in which theirs has a
 * file of the same name. */
static struct bc_branch *start_with_two_folders(struct world *world)
{
    world_open(world, NULL);
    (void)world_folder(world->main, "f");
    (void)world_put(world->main, "f/a.nt", A);
    commit(world->main);
    struct bc_branch *other = world_fork(world, world->main, "other");
    renamed(world, world->main, "f", "g");
    (void)world_put(world->main, "g/x.nt", A);
    (void)world_folder(other, "g");
    (void)world_put(other, "g/x.nt", B D);
    (void)world_put(other, "f/x.nt", C D);
    return other;
}

static void one_file_of_ours_is_not_two_of_theirs(void **state)
{
    (void)state;
    struct world world;
    struct bc_branch *other = start_with_two_folders(&world);
    bc_branch_release(conflict(&world));
    end(&world, other);
}

static void what_theirs_has_twice_under_one_name_gets_another(void **state)
{
    (void)state;
    struct world world;
    struct bc_branch *other = start_with_two_folders(&world);
    merged(&world, BC_MERGE_UNION);
    bool first = world_stat(world.main, world_find(world.main, "g/x.nt~1")).version ==
                 world_stat(other, world_find(other, "g/x.nt")).version;
    world_expect(world.main, "g/x.nt", first ? A C D : A B D);
    world_expect(world.main, "g/x.nt~1", first ? B D : C D);
    end(&world, other);
}

static void plain_bytes_are_compared_with_the_text_that_they_were(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    (void)world_put(world.main, "a.nt", A B);
    renamed(&world, world.main, "a.nt", "notes.md");
    commit(world.main);
    struct bc_branch *other = world_fork(&world, world.main, "other");
    write_plain(world.main, "notes.md", A B);
    (void)world_put(world.main, "b.nt", B);
    write_plain(other, "notes.md", "two\n");
    merged(&world, BC_MERGE_AUTO);
    world_expect(world.main, "notes.md", "two\n");
    end(&world, other);
}

static void a_plain_file_that_theirs_made_a_triple_file_becomes_one(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    (void)world_put(world.main, "one.md", A);
    (void)world_put(world.main, "two.md", A);
    commit(world.main);
    struct bc_branch *other = world_fork(&world, world.main, "other");
    renamed(&world, other, "one.md", "one.nt");
    (void)world_put(other, "two.md", A B);
    renamed(&world, other, "two.md", "two.nt");
    (void)world_put(world.main, "two.md", A B); /* the same change */
    merged(&world, BC_MERGE_AUTO);
    world_expect(world.main, "one.nt", A);
    world_expect(world.main, "two.nt", A B);
    assert_int_equal(world_stat(world.main, world_find(world.main, "one.nt")).form, BC_TEXT);
    assert_int_equal(world_stat(world.main, world_find(world.main, "two.nt")).form, BC_TEXT);
    end(&world, other);
}

static void what_was_reverted_since_a_fork_is_a_change_since_then(void **state)
{
    (void)state;
    struct world world;
    struct bc_merge_options options = {0};
    struct bc_merge_report report;
    world_open(&world, NULL);
    (void)world_put(world.main, "a.nt", A B);
    commit(world.main);
    (void)world_put(world.main, "a.nt", A);
    struct bc_branch *other = world_fork(&world, world.main, "other");
    commit(other);
    assert_int_equal(bc_branch_revert(other, text_slice("head"), &options, &report, &world.err),
                     BC_OK);
    bc_merge_report_release(&report);
    world_expect(other, "a.nt", A B);
    (void)world_put(world.main, "a.nt", A C);
    merged(&world, BC_MERGE_AUTO);
    world_expect(world.main, "a.nt", A B C);
    end(&world, other);
}

static void what_theirs_has_twice_is_there_twice(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    (void)world_folder(world.main, "f");
    (void)world_put(world.main, "f/a.nt", A);
    commit(world.main);
    struct bc_branch *other = world_fork(&world, world.main, "other");
    renamed(&world, world.main, "f", "g");
    (void)world_folder(other, "g");
    (void)world_put(other, "g/a.nt", B);
    merged(&world, BC_MERGE_THEIRS);
    world_expect(world.main, "g/a.nt", B);
    world_expect(world.main, "g/a.nt~1", A);
    end(&world, other);
}

/* A plain file of some chunks, changed at random. */

enum { PLAIN_MAX = 5 * BC_CHUNK_BYTES };

static void change_plain(struct bc_branch *branch, uint64_t node, uint64_t *random)
{
    static char bytes[2 * BC_CHUNK_BYTES];
    struct bc_attr attr;
    struct bc_change cut = {.mask = BC_CHANGE_SIZE, .size_bytes = world_random(random, PLAIN_MAX)};
    if (world_random(random, 3) == 0) {
        assert_int_equal(bc_tree_change(branch, node, &cut, &attr), BC_OK);
        return;
    }
    size_t size = 1 + world_random(random, sizeof bytes - 1);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (char)('a' + world_random(random, 20));
    uint64_t at = world_random(random, PLAIN_MAX - sizeof bytes);
    assert_int_equal(bc_bytes_write(branch, node, at, bytes, size, false, NULL), BC_OK);
}

static void expect_plain(struct bc_branch *branch, uint64_t node, const struct bc_buffer *wanted)
{
    struct bc_buffer now = world_content(branch, node);
    assert_int_equal(now.size, wanted->size);
    assert_memory_equal(now.data, wanted->data, wanted->size);
    bc_buffer_release(&now);
}

static void revert_last(struct world *world)
{
    struct bc_merge_options options = {0};
    struct bc_merge_report report;
    assert_int_equal(
        bc_branch_revert(world->main, text_slice("head"), &options, &report, &world->err), BC_OK);
    bc_merge_report_release(&report);
}

static void commit_change(struct world *world, uint64_t node, uint64_t *random)
{
    struct bc_commit_info info = {.message = text_slice("a change")};
    for (uint64_t i = world_random(random, 3) + 1; i > 0; i--)
        change_plain(world->main, node, random);
    enum bc_status st = bc_branch_commit(world->main, &info, NULL, NULL);
    assert_true(st == BC_OK || st == BC_NO_DATA);
}

static void a_plain_file_is_reverted_to_what_it_was(void **state)
{
    (void)state;
    struct world world;
    uint64_t random = world_seed();
    world_open(&world, NULL);
    uint64_t node = world_put(world.main, "data.bin", "");
    commit(world.main);
    for (int round = 0; round < 60; round++) {
        commit_change(&world, node, &random);
        struct bc_buffer before = world_content(world.main, node);
        struct bc_change mode = {.mask = BC_CHANGE_MODE, .mode = round % 2 ? 0600 : 0644};
        struct bc_attr attr;
        assert_int_equal(bc_tree_change(world.main, node, &mode, &attr), BC_OK);
        commit_change(&world, node, &random);
        revert_last(&world);
        expect_plain(world.main, node, &before);
        struct bc_change grown = {.mask = BC_CHANGE_SIZE, .size_bytes = 2 * (uint64_t)PLAIN_MAX};
        assert_int_equal(bc_tree_change(world.main, node, &grown, &attr), BC_OK);
        struct bc_buffer after = world_content(world.main, node);
        assert_memory_equal(after.data, before.data, before.size);
        for (size_t i = before.size; i < after.size; i++)
            assert_int_equal(after.data[i], 0);
        bc_buffer_release(&after);
        bc_buffer_release(&before);
    }
    world_close(&world);
}

/* Trees that are changed at random, and merged by every policy. */

static const char *const folders[] = {"", "f/", "g/", "f/h/", "g/h/"};
static const char *const names[] = {"a.nt", "b.nt", "c.nq", "d.md", "f", "g", "h"};

static void random_path(uint64_t *random, bool of_folder, char path[32])
{
    size_t name = of_folder ? 4 + world_random(random, 3) : world_random(random, 4);
    (void)snprintf(path, 32, "%s%s", folders[world_random(random, 5)], names[name]);
}

/* Whether the folder that the path lies in is there, and what is at the path is of that kind. */
static bool may_be(struct bc_branch *branch, const char *path, bool folder)
{
    char above[32];
    const char *slash = strrchr(path, '/');
    uint64_t node = world_find(branch, path);
    (void)snprintf(above, sizeof above, "%.*s", slash ? (int)(slash - path) : 0, path);
    uint64_t in = slash ? world_find(branch, above) : BC_ROOT_NODE;
    return in && world_stat(branch, in).kind == BC_DIRECTORY &&
           (!node || (world_stat(branch, node).kind == BC_DIRECTORY) == folder);
}

static void put_at_random(struct bc_branch *branch, const char *path, uint64_t *random)
{
    static const char *const lines[] = {A, B, C, D};
    char text[512] = "";
    size_t size = 0;
    for (size_t i = 0; i < 4; i++)
        if (world_random(random, 2))
            size += (size_t)snprintf(text + size, sizeof text - size, "%s", lines[i]);
    struct bc_attr attr = world_stat(branch, world_put(branch, path, text));
    assert_int_equal(attr.size_bytes, size);
}

static void change_at_random(struct world *world, struct bc_branch *branch, uint64_t *random)
{
    char path[32];
    char to[32];
    bool folder = world_random(random, 4) == 0;
    random_path(random, folder, path);
    random_path(random, folder, to);
    if (!may_be(branch, path, folder))
        return;
    switch (world_random(random, 6)) {
    case 0:
        if (world_find(branch, path))
            (void)world_remove(branch, path);
        break;
    case 1:
    case 2:
    case 3:
        if (world_find(branch, path) && may_be(branch, to, folder))
            (void)world_rename(world, branch, path, to, 0, NULL);
        break;
    default:
        if (folder && !world_find(branch, path))
            (void)world_folder(branch, path);
        else if (!folder)
            put_at_random(branch, path, random);
    }
}

static void merge_at_random(struct world *world, struct bc_branch *into, const char *theirs,
                            uint64_t *random)
{
    struct bc_merge_options options = {.policy = (enum bc_merge_policy)world_random(random, 5)};
    bool waits = options.policy == BC_MERGE_AUTO || options.policy == BC_MERGE_STRICT;
    struct bc_merge_report report;
    enum bc_status st = bc_merge(into, text_slice(theirs), &options, &report, &world->err);
    if (st && (st != BC_CONFLICT || !waits))
        fail_msg("%s: %s: %s", bc_merge_policy_name(options.policy), bc_status_text(st),
                 world->err.text);
    if (st == BC_CONFLICT)
        assert_int_equal(bc_merge_abort(into, &world->err), BC_OK);
    bc_merge_report_release(&report);
}

static void random_trees_are_merged_by_every_policy(void **state)
{
    enum { REPOSITORIES = 40, MERGES = 8, CHANGES = 14 };
    (void)state;
    uint64_t random = world_seed();
    for (int i = 0; i < REPOSITORIES; i++) {
        struct world world;
        world_open(&world, NULL);
        for (int k = 0; k < 3 * CHANGES; k++)
            change_at_random(&world, world.main, &random);
        struct bc_branch *other = world_fork(&world, world.main, "other");
        for (int j = 0; j < MERGES; j++) {
            for (int k = 0; k < CHANGES; k++)
                change_at_random(&world, world_random(&random, 2) ? world.main : other, &random);
            if (world_random(&random, 2))
                merge_at_random(&world, world.main, "other", &random);
            else
                merge_at_random(&world, other, "main", &random);
            world_check(&world);
        }
        end(&world, other);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_moved_to_a_path_is_not_the_one_that_theirs_created_there),
        cmocka_unit_test(theirs_of_two_files_at_one_path_leaves_the_other_its_place_there),
        cmocka_unit_test(union_of_two_files_at_one_path_keeps_both),
        cmocka_unit_test(a_path_in_conflict_twice_shows_both_sides_files),
        cmocka_unit_test(one_file_of_ours_is_not_two_of_theirs),
        cmocka_unit_test(what_theirs_has_twice_under_one_name_gets_another),
        cmocka_unit_test(what_theirs_has_twice_is_there_twice),
        cmocka_unit_test(plain_bytes_are_compared_with_the_text_that_they_were),
        cmocka_unit_test(a_plain_file_that_theirs_made_a_triple_file_becomes_one),
        cmocka_unit_test(what_was_reverted_since_a_fork_is_a_change_since_then),
        cmocka_unit_test(a_plain_file_is_reverted_to_what_it_was),
        cmocka_unit_test(random_trees_are_merged_by_every_policy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
