/* The prefixes of a store, and what uses them. */
#include "branchcore/pattern.h"
#include "branchcore/repo_prefixes.h"
#include "branchcore/rewrite.h"
#include "tests/failing_store.h"
#include "tests/tree_world.h"

static struct bc_prefixes read(const char *text)
{
    struct bc_prefixes prefixes = {0};
    assert_int_equal(bc_prefixes_read(&prefixes, text_slice(text), NULL), BC_OK);
    return prefixes;
}

static enum bc_status set(struct bc_repo *repo, const char *text, bool adds)
{
    struct bc_prefixes prefixes = read(text);
    enum bc_status st =
        adds ? bc_repo_prefixes_add(repo, &prefixes) : bc_repo_prefixes_set(repo, &prefixes);
    bc_prefixes_release(&prefixes);
    return st;
}

/* Requires that the store's own are these; returns their generation. */
static uint64_t expect(struct bc_repo *repo, const char *text)
{
    struct bc_prefixes prefixes = {0};
    struct bc_buffer written = {0};
    uint64_t generation = 0, alone = 0;
    assert_int_equal(bc_repo_prefixes(repo, false, &prefixes, &generation), BC_OK);
    assert_int_equal(bc_repo_prefixes(repo, false, NULL, &alone), BC_OK);
    assert_int_equal(alone, generation);
    assert_int_equal(bc_prefixes_write(&prefixes, &written), BC_OK);
    assert_int_equal(bc_buffer_append(&written, "", 1), BC_OK);
    assert_string_equal(written.data, text);
    bc_buffer_release(&written);
    bc_prefixes_release(&prefixes);
    assert_true(generation != 0);
    return generation;
}

static void each_table_has_its_generation(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    uint64_t first = expect(world.repo, "");
    assert_int_equal(set(world.repo, "ex: <http://e/>\n: <http://none/>", false), BC_OK);
    uint64_t second = expect(world.repo, "ex: <http://e/>\n: <http://none/>\n");
    assert_true(second > first);
    /* The same again is no change; another order is, since files are shown in it. */
    assert_int_equal(set(world.repo, "ex: <http://e/>\n: <http://none/>", false), BC_OK);
    assert_int_equal(expect(world.repo, "ex: <http://e/>\n: <http://none/>\n"), second);
    assert_int_equal(set(world.repo, ": <http://none/>\nex: <http://e/>\n", false), BC_OK);
    uint64_t third = expect(world.repo, ": <http://none/>\nex: <http://e/>\n");
    assert_true(third > second);
    world_reopen(&world);
    assert_int_equal(expect(world.repo, ": <http://none/>\nex: <http://e/>\n"), third);
    assert_int_equal(set(world.repo, "", false), BC_OK);
    assert_true(expect(world.repo, "") > third);
    world_close(&world);
}

static void what_is_added_stands_behind(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    assert_int_equal(set(world.repo, "b: <http://b/>\na: <http://a/>", true), BC_OK);
    assert_int_equal(set(world.repo, "c: <http://c/>\nb: <http://other/>", true), BC_OK);
    expect(world.repo, "b: <http://other/>\na: <http://a/>\nc: <http://c/>\n");
    world_close(&world);
}

static void known_ones_stand_below(void **state)
{
    (void)state;
    struct world world;
    struct bc_prefixes all = {0};
    size_t count;
    (void)bc_pattern_known_prefixes(&count);
    world_open(&world, NULL);
    assert_int_equal(set(world.repo, "zz: <http://z/>\nfoaf: <http://mine/>", false), BC_OK);
    assert_int_equal(bc_repo_prefixes(world.repo, true, &all, NULL), BC_OK);
    assert_int_equal(all.count, count + 1);
    assert_string_equal(all.list[0].name, "zz");
    assert_string_equal(bc_prefixes_find(&all, text_slice("foaf"))->iri, "http://mine/");
    assert_string_equal(bc_prefixes_find(&all, text_slice("rdfs"))->iri,
                        "http://www.w3.org/2000/01/rdf-schema#");
    bc_prefixes_release(&all);
    world_close(&world);
}

static void questions_may_use_them(void **state)
{
    (void)state;
    struct bc_prefixes prefixes = read("my: <http://my/>\nfoaf: <http://mine/>\n");
    struct bc_pattern *pattern;
    struct bc_buffer from = {0}, to = {0};
    assert_int_equal(bc_pattern_parse(text_slice("my:a foaf:b rdfs:c"), &prefixes, &pattern, NULL),
                     BC_OK);
    static const char *const expected[] = {"<http://my/a>", "<http://mine/b>",
                                           "<http://www.w3.org/2000/01/rdf-schema#c>"};
    for (size_t i = 0; i < 3; i++)
        assert_true(
            bc_slice_equal(pattern->clauses[0].tests[i].test.value, text_slice(expected[i])));
    bc_pattern_free(pattern);
    /* What the question declares itself goes first. */
    assert_int_equal(
        bc_pattern_parse(text_slice("PREFIX my: <x:y/> my:a"), &prefixes, &pattern, NULL), BC_OK);
    assert_true(bc_slice_equal(pattern->clauses[0].tests[0].test.value, text_slice("<x:y/a>")));
    bc_pattern_free(pattern);
    assert_int_equal(bc_rewrite_parse(text_slice("my: foaf:x"), &prefixes, &from, &to, NULL),
                     BC_OK);
    assert_true(bc_slice_equal(bc_buffer_slice(&from), text_slice("http://my/")));
    assert_true(bc_slice_equal(bc_buffer_slice(&to), text_slice("http://mine/x")));
    bc_buffer_release(&from);
    bc_buffer_release(&to);
    bc_prefixes_release(&prefixes);
}

static void a_table_that_is_too_large_is_refused(void **state)
{
    (void)state;
    struct world world;
    struct bc_prefixes prefixes = {0};
    char *iri = malloc(BC_REPO_PREFIXES_MAX);
    memset(iri, 'a', BC_REPO_PREFIXES_MAX);
    iri[1] = ':';
    world_open(&world, NULL);
    assert_int_equal(set(world.repo, "a: <http://a/>", false), BC_OK);
    assert_int_equal(
        bc_prefixes_set(&prefixes, text_slice("b"), bc_slice(iri, BC_REPO_PREFIXES_MAX - 5)),
        BC_OK);
    assert_int_equal(bc_repo_prefixes_add(world.repo, &prefixes), BC_TOO_LARGE);
    expect(world.repo, "a: <http://a/>\n");
    /* "b: <", ">\n" and the IRI are just what there is room for. */
    assert_int_equal(
        bc_prefixes_set(&prefixes, text_slice("b"), bc_slice(iri, BC_REPO_PREFIXES_MAX - 6)),
        BC_OK);
    assert_int_equal(bc_repo_prefixes_set(world.repo, &prefixes), BC_OK);
    bc_prefixes_release(&prefixes);
    free(iri);
    world_close(&world);
}

static void a_failure_leaves_the_table(void **state)
{
    (void)state;
    struct world world;
    struct bc_store *inner;
    assert_int_equal(bc_memory_store_new(&inner), BC_OK);
    struct bc_store *store = failing_store_new(inner);
    world_open(&world, store);
    assert_int_equal(set(world.repo, "a: <http://a/>", false), BC_OK);
    uint64_t generation = expect(world.repo, "a: <http://a/>\n");
    bool failed = true;
    for (uint64_t call = 1; failed; call++) {
        failing_store_fail_after(store, call, 0, BC_IO);
        enum bc_status st = set(world.repo, "b: <http://b/>", true);
        failed = failing_store_failures(store) > 0;
        failing_store_fail_after(store, 0, 0, BC_IO);
        if (!failed) {
            assert_int_equal(st, BC_OK);
        } else {
            assert_int_equal(st, BC_IO);
            assert_int_equal(expect(world.repo, "a: <http://a/>\n"), generation);
        }
    }
    expect(world.repo, "a: <http://a/>\nb: <http://b/>\n");
    world_close(&world);
}

static void a_damaged_table_can_be_replaced(void **state)
{
    (void)state;
    struct world world;
    struct bc_batch batch = {0};
    struct bc_prefixes prefixes = {0};
    world_open(&world, NULL);
    assert_int_equal(bc_setting_put(&batch, "mprefixes", text_slice("12345678oops")), BC_OK);
    assert_int_equal(bc_store_apply(world.store, &batch, false), BC_OK);
    bc_batch_release(&batch);
    assert_int_equal(bc_repo_prefixes(world.repo, false, &prefixes, NULL), BC_CORRUPT);
    assert_int_equal(prefixes.count, 0);
    assert_int_equal(set(world.repo, "a: <http://a/>", true), BC_CORRUPT);
    assert_int_equal(set(world.repo, "a: <http://a/>", false), BC_OK);
    expect(world.repo, "a: <http://a/>\n");
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_table_has_its_generation),
        cmocka_unit_test(what_is_added_stands_behind),
        cmocka_unit_test(known_ones_stand_below),
        cmocka_unit_test(questions_may_use_them),
        cmocka_unit_test(a_table_that_is_too_large_is_refused),
        cmocka_unit_test(a_failure_leaves_the_table),
        cmocka_unit_test(a_damaged_table_can_be_replaced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
