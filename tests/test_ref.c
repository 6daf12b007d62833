/* REFs: what each form means, and what is said of bad ones. */
#include "branchcore/iso_time.h"
#include "branchcore/maintain.h"
#include "branchcore/ref.h"
#include "branchcore/state.h"
#include "tests/tree_world.h"

enum { COMMITS = 5, DAY = 86400 };
#define SECOND INT64_C(1000000000)

/* main has COMMITS commits, a day after each other from 2026-11-01T12:00:00.5Z on; n is in each. */
struct scene {
    struct world world;
    struct bc_commit_id ids[COMMITS];
};

static const int64_t first_second = INT64_C(1793534400); /* 2026-11-01T12:00:00Z */

static void make_scene(struct scene *scene)
{
    *scene = (struct scene){0};
    world_open(&scene->world, NULL);
    for (int i = 0; i < COMMITS; i++) {
        char text[16];
        (void)snprintf(text, sizeof text, "%d", i);
        world_put(scene->world.main, "n", text);
        struct bc_commit_info info = {.message = text_slice(text),
                                      .time_ns =
                                          (first_second + (int64_t)i * DAY) * SECOND + SECOND / 2};
        assert_int_equal(
            bc_branch_commit(scene->world.main, &info, &scene->ids[i], &scene->world.err), BC_OK);
    }
}

static void expect_commit(struct scene *scene, const char *ref, int index)
{
    struct world *world = &scene->world;
    struct bc_commit_id id;
    struct bc_state state;
    char text[16];
    enum bc_status st = bc_ref_commit(world->repo, world->main, text_slice(ref), &id, &world->err);
    if (st)
        fail_msg("%s: %s", ref, world->err.text);
    assert_true(bc_commit_id_equal(&id, &scene->ids[index]));
    assert_int_equal(bc_ref_open(world->repo, world->main, text_slice(ref), &state, &world->err),
                     BC_OK);
    (void)snprintf(text, sizeof text, "%d", index);
    world_expect(state.tree, "n", text);
    assert_true(state.has_commit && state.is_commit);
    assert_true(bc_commit_id_equal(&state.commit, &id));
    assert_int_equal(state.layer, bc_branch_layer(state.tree));
    assert_int_equal(bc_branch_head(state.tree, &id), BC_OK);
    bc_state_release(&state);
}

static void expect_refusal(struct scene *scene, const char *ref, enum bc_status status,
                           const char *message)
{
    struct world *world = &scene->world;
    struct bc_commit_id id;
    struct bc_state state;
    struct bc_slice slice = text_slice(ref);
    assert_int_equal(bc_ref_commit(world->repo, world->main, slice, &id, &world->err), status);
    assert_string_equal(world->err.text, message);
    assert_int_equal(bc_ref_commit(world->repo, world->main, slice, &id, NULL), status);
    assert_int_equal(bc_ref_open(world->repo, world->main, slice, &state, &world->err), status);
}

static void each_form_leads_to_its_commit(void **state)
{
    (void)state;
    struct scene scene;
    char hex[BC_COMMIT_HEX + 1];
    make_scene(&scene);
    expect_commit(&scene, "head", 4);
    expect_commit(&scene, "head~0", 4);
    expect_commit(&scene, "head~3", 1);
    expect_commit(&scene, "main~4", 0);
    expect_commit(&scene, "main~0", 4);
    bc_commit_id_format(&scene.ids[2], hex);
    expect_commit(&scene, hex, 2);
    for (char *c = hex; *c; c++) {
        if (*c >= 'a')
            *c = (char)(*c - 'a' + 'A');
    }
    expect_commit(&scene, hex, 2);
    hex[8] = '\0';
    expect_commit(&scene, hex, 2);
    hex[7] = '\0';
    expect_commit(&scene, hex, 2);
    char before[BC_COMMIT_HEX + 8];
    (void)snprintf(before, sizeof before, "%s~1", hex);
    expect_commit(&scene, before, 1);
    assert_int_equal(bc_tag_set(scene.world.repo, text_slice("v1"), &scene.ids[3], NULL), BC_OK);
    expect_commit(&scene, "v1", 3);
    expect_commit(&scene, "v1~1", 2);
    expect_commit(&scene, "@2026-11-02", 1);
    expect_commit(&scene, "main@2026-11-02", 1);
    expect_commit(&scene, "v1@2030-01-01", 3);
    expect_commit(&scene, "head@2026-11-03T12:00:00Z", 2);
    expect_commit(&scene, "head@2026-11-03T12:00", 2);
    expect_commit(&scene, "head@2026-11-03T12:00:00.4Z", 1);
    expect_commit(&scene, "head@2026-11-03T12:00:00.5Z", 2);
    expect_commit(&scene, "head@2026-11-03T11:59:59", 1);
    expect_commit(&scene, "head@2026-11-03T14:00:00+02:00", 2);
    expect_commit(&scene, "head@2026-11-03T13:59:59+02:00", 1);
    world_close(&scene.world);
}

static void a_branchs_name_is_the_branch_as_it_is_now(void **state)
{
    (void)state;
    struct scene scene;
    struct bc_state now;
    make_scene(&scene);
    struct world *world = &scene.world;
    assert_int_equal(bc_ref_open(world->repo, NULL, text_slice("main"), &now, NULL), BC_OK);
    assert_true(now.is_branch && now.is_commit && now.has_commit);
    bc_state_release(&now);
    world_put(world->main, "n", "uncommitted");
    assert_int_equal(bc_ref_open(world->repo, NULL, text_slice("main"), &now, NULL), BC_OK);
    world_put(world->main, "n", "later");
    world_expect(now.tree, "n", "uncommitted");
    assert_true(now.is_branch && !now.is_commit && now.has_commit);
    assert_true(bc_commit_id_equal(&now.commit, &scene.ids[4]));
    struct bc_branch *fork = world_fork(world, now.tree, "fork");
    world_expect(fork, "n", "uncommitted");
    bc_branch_release(fork);
    bc_state_release(&now);
    assert_int_equal(bc_ref_open(world->repo, NULL, text_slice("main~2"), &now, NULL), BC_OK);
    fork = world_fork(world, now.tree, "past");
    bc_state_release(&now);
    world_expect(fork, "n", "2");
    assert_string_equal(fork->forked_from, "main~2");
    struct bc_commit_id id;
    assert_int_equal(bc_branch_head(fork, &id), BC_OK);
    assert_true(bc_commit_id_equal(&id, &scene.ids[2]));
    bc_branch_release(fork);
    world_close(world);
}

/* Whatever its stack is made of meanwhile. */
static void a_state_keeps_its_id(void **state)
{
    (void)state;
    struct scene scene;
    struct bc_state first;
    struct bc_state again;
    make_scene(&scene);
    struct world *world = &scene.world;
    for (int i = 0; i < 20; i++) {
        struct bc_layer *top = NULL;
        world_put(world->main, "n", i % 2 ? "odd" : "even");
        assert_int_equal(bc_branch_freeze(world->main, &top), BC_OK);
        bc_layer_release(world->repo, top);
    }
    assert_int_equal(bc_ref_open(world->repo, NULL, text_slice("main"), &first, NULL), BC_OK);
    assert_int_equal(bc_branch_maintain(world->main, NULL), BC_OK);
    assert_int_equal(bc_ref_open(world->repo, NULL, text_slice("main"), &again, NULL), BC_OK);
    assert_int_not_equal(first.layer, again.layer);
    assert_int_equal(first.id, again.id);
    bc_state_release(&again);
    struct bc_commit_info info = {.message = text_slice("the same")};
    assert_int_equal(bc_branch_commit(world->main, &info, NULL, &world->err), BC_OK);
    assert_int_equal(bc_ref_open(world->repo, NULL, text_slice("main~0"), &again, NULL), BC_OK);
    assert_int_equal(first.id, again.id);
    bc_state_release(&again);
    world_put(world->main, "n", "another");
    assert_int_equal(bc_ref_open(world->repo, NULL, text_slice("main"), &again, NULL), BC_OK);
    assert_int_not_equal(first.id, again.id);
    bc_state_release(&again);
    bc_state_release(&first);
    world_close(world);
}

static void bad_references_say_why(void **state)
{
    (void)state;
    struct scene scene;
    make_scene(&scene);
    static const struct {
        const char *ref;
        enum bc_status status;
        const char *message;
    } bad[] = {
        {"", BC_INVALID, "a REF is missing: give a branch, a tag, a commit's id, head or @TIME"},
        {"nobody", BC_NOT_FOUND, "there is no branch, tag or commit 'nobody'"},
        {"abc", BC_NOT_FOUND,
         "there is no branch or tag 'abc'; of a commit's id give at least 7 digits"},
        {"0000000", BC_NOT_FOUND, "there is no branch, tag or commit '0000000'"},
        {"main~", BC_INVALID,
         "'main~' is no REF: a number of commits goes behind '~', a name before it, as in main~1"},
        {"~1", BC_INVALID,
         "'~1' is no REF: a number of commits goes behind '~', a name before it, as in main~1"},
        {"main~1~1", BC_INVALID,
         "'main~1~1' is no REF: a number of commits goes behind '~', a name before it, as in "
         "main~1"},
        {"main~-1", BC_INVALID,
         "'main~-1' is no REF: a number of commits goes behind '~', a name before it, as in "
         "main~1"},
        {"main~99999999999999999999", BC_INVALID,
         "'main~99999999999999999999' is no REF: a number of commits goes behind '~', a name "
         "before it, as in main~1"},
        {"main~5", BC_NOT_FOUND, "'main~5': the history has fewer commits than that"},
        {"main@2020-01-01", BC_NOT_FOUND, "'main@2020-01-01': the first commit was made later"},
        {"main@yesterday", BC_INVALID,
         "'yesterday' is no time: write it like 2026-11-22, 2026-11-22T14:42 or "
         "2026-11-22T14:42:04Z"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        expect_refusal(&scene, bad[i].ref, bad[i].status, bad[i].message);
    struct bc_commit_id id;
    struct world *world = &scene.world;
    assert_int_equal(bc_ref_commit(world->repo, NULL, text_slice("head"), &id, &world->err),
                     BC_NOT_FOUND);
    assert_string_equal(world->err.text,
                        "'head' is about the branch that it is used in, and here is none: put a "
                        "branch's name in front, as in main~0");
    struct bc_store *empty;
    struct world young;
    assert_int_equal(bc_memory_store_new(&empty), BC_OK);
    world_open(&young, empty);
    assert_int_equal(bc_ref_commit(young.repo, young.main, text_slice("main"), &id, &young.err),
                     BC_NOT_FOUND);
    assert_string_equal(young.err.text, "branch 'main' has no commit yet: commit first");
    struct bc_state now;
    assert_int_equal(bc_ref_open(young.repo, NULL, text_slice("main"), &now, NULL), BC_OK);
    assert_false(now.has_commit || now.is_commit);
    bc_state_release(&now);
    world_close(&young);
    world_close(world);
}

/* With 7 digits of 28 bits no two of some commits are alike: a record put by hand is. */
static void ambiguous_names_are_refused(void **state)
{
    (void)state;
    struct scene scene;
    char hex[BC_COMMIT_HEX + 1];
    char message[128];
    make_scene(&scene);
    struct world *world = &scene.world;
    bc_branch_release(world_fork(world, world->main, "v1"));
    assert_int_equal(bc_tag_set(world->repo, text_slice("v1"), &scene.ids[0], NULL), BC_OK);
    expect_refusal(&scene, "v1", BC_INVALID,
                   "'v1' is a branch and a tag: rename one of them, or give the commit's id");
    expect_refusal(&scene, "v1~1", BC_INVALID,
                   "'v1' is a branch and a tag: rename one of them, or give the commit's id");
    char key[1 + BC_COMMIT_ID_BYTES] = "c";
    struct bc_value value = {0};
    struct bc_batch batch = {0};
    memcpy(key + 1, scene.ids[0].bytes, BC_COMMIT_ID_BYTES);
    assert_int_equal(bc_store_get(world->store, NULL, BC_REFS, bc_slice(key, sizeof key), &value),
                     BC_OK);
    key[BC_COMMIT_ID_BYTES] ^= 1;
    assert_int_equal(bc_batch_put(&batch, BC_REFS, bc_slice(key, sizeof key), value.slice), BC_OK);
    assert_int_equal(bc_store_apply(world->store, &batch, false), BC_OK);
    bc_batch_release(&batch);
    bc_value_release(&value);
    bc_commit_id_format(&scene.ids[0], hex);
    expect_commit(&scene, hex, 0);
    hex[9] = '\0';
    (void)snprintf(message, sizeof message, "'%s' is the start of 2 commits: give more digits",
                   hex);
    expect_refusal(&scene, hex, BC_INVALID, message);
    /* A name wins over digits. */
    assert_int_equal(bc_tag_set(world->repo, text_slice(hex), &scene.ids[1], NULL), BC_OK);
    expect_commit(&scene, hex, 1);
    assert_int_equal(bc_batch_delete(&batch, BC_REFS, bc_slice(key, sizeof key)), BC_OK);
    assert_int_equal(bc_store_apply(world->store, &batch, false), BC_OK);
    bc_batch_release(&batch);
    /* Where there is a branch, "head" is its last commit whatever branches are called. */
    struct bc_branch *fork = world_fork(world, world->main, "head");
    world_put(fork, "n", "9");
    expect_commit(&scene, "head", 4);
    struct bc_state now;
    assert_int_equal(bc_ref_open(world->repo, NULL, text_slice("head"), &now, NULL), BC_OK);
    world_expect(now.tree, "n", "9");
    bc_state_release(&now);
    bc_branch_release(fork);
    world_close(world);
}

static enum bc_status add_tag(void *context, struct bc_slice name, const struct bc_commit_id *id)
{
    (void)id;
    return bc_buffer_printf(context, "%.*s ", (int)name.size, name.data);
}

static void tags_name_commits(void **state)
{
    (void)state;
    struct scene scene;
    struct bc_commit_id id;
    struct bc_buffer tags = {0};
    make_scene(&scene);
    struct world *world = &scene.world;
    assert_int_equal(bc_tag_set(world->repo, text_slice("b"), &scene.ids[0], NULL), BC_OK);
    assert_int_equal(bc_tag_set(world->repo, text_slice("a tag"), &scene.ids[1], NULL), BC_OK);
    assert_int_equal(bc_tag_set(world->repo, text_slice("b"), &scene.ids[2], NULL), BC_OK);
    assert_int_equal(bc_tag_set(world->repo, text_slice("a/b"), &id, &world->err), BC_INVALID);
    assert_string_equal(world->err.text, "a tag's name cannot contain '/'");
    assert_int_equal(bc_tag_set(world->repo, text_slice("head"), &scene.ids[0], &world->err),
                     BC_INVALID);
    memset(&id, 0, sizeof id);
    assert_int_equal(bc_tag_set(world->repo, text_slice("c"), &id, &world->err), BC_NOT_FOUND);
    world_reopen(world);
    assert_int_equal(bc_repo_collect(world->repo, NULL), BC_OK);
    assert_int_equal(bc_tag_get(world->repo, text_slice("b"), &id), BC_OK);
    assert_true(bc_commit_id_equal(&id, &scene.ids[2]));
    assert_int_equal(bc_tag_each(world->repo, add_tag, &tags), BC_OK);
    assert_int_equal(bc_buffer_append(&tags, "", 1), BC_OK);
    assert_string_equal(tags.data, "a tag b ");
    assert_int_equal(bc_tag_remove(world->repo, text_slice("b"), &world->err), BC_OK);
    assert_int_equal(bc_tag_remove(world->repo, text_slice("b"), &world->err), BC_NOT_FOUND);
    assert_string_equal(world->err.text, "there is no tag 'b'");
    assert_int_equal(bc_tag_get(world->repo, text_slice("b"), &id), BC_NOT_FOUND);
    bc_buffer_release(&tags);
    world_close(world);
}

static void times_are_iso_8601(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t seconds; /* the last whole one */
    } good[] = {
        {"1970-01-01", DAY - 1},
        {"1969-12-31", -1},
        {"2000-02-29", 951868799},
        {"2026-11-01T12:00:00Z", 1793534400},
        {"2026-11-01T12:00", 1793534459},
        {"2026-11-01T12:00Z", 1793534459},
        {"2026-11-01T14:00:00+02:00", 1793534400},
        {"2026-11-01T06:30:00-05:30", 1793534400},
        {"2026-11-01T12:00:00.123456789Z", 1793534400},
        {"2262-04-11T23:47:15", 9223372035},
        {"1677-09-22", -9223200001},
    };
    static const char *const bad[] = {
        "",
        "2026",
        "2026-11",
        "2026-13-01",
        "2026-00-01",
        "2026-02-29",
        "1900-02-29",
        "2026-04-31",
        "2026-11-01T",
        "2026-11-01T24:00",
        "2026-11-01T12:60",
        "2026-11-01T12:00:60",
        "2026-11-01T12:00:00.",
        "2026-11-01T12:00:00.1234567890",
        "2026-11-01T12:00:00+2",
        "2026-11-01T12:00:00+0200",
        "2026-11-01T12:00:00z",
        "2026-11-01 12:00",
        "2026-11-01T12:00:00ZZ",
        "26-11-01",
        "+026-11-01",
        "2262-04-12T23:47:17",
        "1600-01-01",
        "0000-01-01",
    };
    int64_t ns;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        if (!bc_iso_time_parse(text_slice(good[i].text), &ns))
            fail_msg("%s is a time", good[i].text);
        int64_t floor = ns / SECOND - (ns % SECOND < 0);
        if (floor != good[i].seconds)
            fail_msg("%s is %lld", good[i].text, (long long)floor);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (bc_iso_time_parse(text_slice(bad[i]), &ns))
            fail_msg("%s is no time", bad[i]);
    }
}

/* Whatever bytes: a status of the contract, and a message. */
static void random_references_do_no_harm(void **state)
{
    (void)state;
    struct scene scene;
    uint64_t seed = world_seed();
    static const char alphabet[] = "main~@0123456789abcdefheadT:-+Z.\n\xff";
    make_scene(&scene);
    for (int i = 0; i < 20000; i++) {
        char ref[64];
        struct bc_commit_id id;
        size_t size = world_random(&seed, sizeof ref);
        for (size_t k = 0; k < size; k++)
            ref[k] = alphabet[world_random(&seed, sizeof alphabet)];
        enum bc_status st = bc_ref_commit(scene.world.repo, scene.world.main, bc_slice(ref, size),
                                          &id, &scene.world.err);
        assert_true(st == BC_OK || st == BC_NOT_FOUND || st == BC_INVALID);
        assert_true(!st || scene.world.err.text[0]);
    }
    world_close(&scene.world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_form_leads_to_its_commit),
        cmocka_unit_test(a_branchs_name_is_the_branch_as_it_is_now),
        cmocka_unit_test(a_state_keeps_its_id),
        cmocka_unit_test(bad_references_say_why),
        cmocka_unit_test(ambiguous_names_are_refused),
        cmocka_unit_test(tags_name_commits),
        cmocka_unit_test(times_are_iso_8601),
        cmocka_unit_test(random_references_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
