/* What holds for every merge, on random graphs. The seed is printed, and taken from TRIPLEFS_SEED.
 */
#include "branchcore/merge_text.h"
#include "tests/merge_model.h"
#include "tests/tree_world.h"
#include "vec/engine.h"

enum { ROUNDS = 60, SUBJECTS = 5 };

static const char functional[] = "<http://e/p0>";

static struct merge_graphs *random_graphs(uint64_t *random)
{
    struct merge_shape shape = {SUBJECTS, 30, world_random(random, 20), world_random(random, 20),
                                3};
    return merge_graphs_random(random, &shape);
}

static void put(struct bc_branch *branch, const char *path, const struct merge_set *set)
{
    char *text = merge_set_text(set);
    (void)world_put(branch, path, text);
    free(text);
}

static void expect(struct bc_branch *branch, const char *path, const struct merge_set *set)
{
    char *text = merge_set_text(set);
    world_expect(branch, path, text);
    free(text);
}

static void commit(struct bc_branch *branch, const char *message)
{
    struct bc_commit_info info = {.message = text_slice(message)};
    enum bc_status st = bc_branch_commit(branch, &info, NULL, NULL);
    assert_true(st == BC_OK || st == BC_NO_DATA);
}

/* Merges take turns with all engines that are here. */
static const struct bc_compute *next_engine(void)
{
    static unsigned set = VEC_SCALAR;
    const struct bc_compute *engine = NULL;
    while (!engine) {
        engine = vec_engine_of((enum vec_set)set);
        set = set == VEC_AVX512 ? VEC_SCALAR : 2 * set;
    }
    return engine;
}

static enum bc_status merge(struct world *world, struct bc_branch *ours, const char *theirs,
                            enum bc_merge_policy policy, struct bc_merge_report *report)
{
    struct bc_merge_options options = {.policy = policy, .compute = next_engine()};
    return bc_merge(ours, text_slice(theirs), &options, report, &world->err);
}

/* main and "other", of which one has ours and one theirs in g.nq. */
static struct bc_branch *two_branches(struct world *world, const struct merge_graphs *graphs)
{
    put(world->main, "g.nq", &graphs->base);
    commit(world->main, "base");
    struct bc_branch *other = world_fork(world, world->main, "other");
    put(world->main, "g.nq", &graphs->ours);
    put(other, "g.nq", &graphs->theirs);
    return other;
}

static void resolve_all(struct world *world, const char *side)
{
    struct bc_branch *tree = NULL;
    char path[64];
    assert_int_equal(bc_merge_conflicts(world->main, &tree), BC_OK);
    (void)snprintf(path, sizeof path, "g.nq/%s.nq", side);
    struct bc_buffer content = world_content(tree, world_find(tree, path));
    (void)world_put(tree, "g.nq/result.nq", content.data);
    bc_buffer_release(&content);
    bc_branch_release(tree);
}

static void check_conflicts(struct world *world, const struct merge_set *conflicts,
                            const struct bc_merge_report *report)
{
    struct bc_branch *tree = NULL;
    static struct merge_set seen;
    static struct merge_set lines;
    assert_int_equal(report->conflicts, conflicts->count);
    assert_int_equal(report->conflicting_paths, 1);
    assert_int_equal(bc_merge_conflicts(world->main, &tree), BC_OK);
    seen.count = 0;
    for (int i = 0; i < 3; i++) {
        const char *const paths[] = {"g.nq/base.nq", "g.nq/ours.nq", "g.nq/theirs.nq"};
        struct bc_buffer content = world_content(tree, world_find(tree, paths[i]));
        merge_set_parse(&lines, content.data);
        for (size_t l = 0; l < lines.count; l++) {
            char slot[MODEL_LINE_MAX];
            merge_slot_line(lines.lines[l], slot);
            merge_set_add(&seen, slot);
        }
        bc_buffer_release(&content);
    }
    assert_true(merge_set_equal(&seen, conflicts));
    bc_branch_release(tree);
}

/* The merge of one pair of graphs under one policy, against the model; waiting ones are resolved
 * with one side. */
static void check_policy(const struct merge_graphs *graphs, enum bc_merge_policy policy,
                         const char *side)
{
    struct world world;
    static struct merge_set result;
    static struct merge_set conflicts;
    struct bc_merge_report report;
    world_open(&world, NULL);
    assert_int_equal(bc_functional_set(world.repo, text_slice("http://e/p0"), &world.err), BC_OK);
    struct bc_branch *other = two_branches(&world, graphs);
    merge_model(&graphs->base, &graphs->ours, &graphs->theirs, policy, functional, &result,
                &conflicts);
    enum bc_status st = merge(&world, world.main, "other", policy, &report);
    assert_int_equal(st, conflicts.count ? BC_CONFLICT : BC_OK);
    if (conflicts.count) {
        expect(world.main, "g.nq", &graphs->ours);
        check_conflicts(&world, &conflicts, &report);
        resolve_all(&world, side);
        bc_merge_report_release(&report);
        assert_int_equal(bc_merge_continue(world.main, bc_slice("", 0), &report, &world.err),
                         BC_OK);
        /* As a policy that takes that side, of all slots that policy has in conflict. */
        for (size_t i = 0; i < conflicts.count && !strcmp(side, "theirs"); i++) {
            for (size_t l = 0; l < graphs->ours.count + graphs->theirs.count; l++) {
                bool ours = l < graphs->ours.count;
                const char *line =
                    ours ? graphs->ours.lines[l] : graphs->theirs.lines[l - graphs->ours.count];
                char slot[MODEL_LINE_MAX];
                merge_slot_line(line, slot);
                if (strcmp(slot, conflicts.lines[i]) != 0)
                    continue;
                if (ours)
                    merge_set_remove(&result, line);
                else
                    merge_set_add(&result, line);
            }
        }
    }
    expect(world.main, "g.nq", &result);
    bc_merge_report_release(&report);
    assert_int_equal(merge(&world, world.main, "other", policy, &report), BC_OK);
    assert_int_equal(report.outcome, BC_MERGE_NOTHING);
    bc_merge_report_release(&report);
    bc_branch_release(other);
    world_close(&world);
}

static void merges_are_what_the_model_says(void **state)
{
    (void)state;
    uint64_t random = world_seed();
    for (int i = 0; i < ROUNDS; i++) {
        struct merge_graphs *graphs = random_graphs(&random);
        for (int policy = BC_MERGE_AUTO; policy <= BC_MERGE_STRICT; policy++)
            check_policy(graphs, (enum bc_merge_policy)policy, i % 2 ? "ours" : "theirs");
        free(graphs);
    }
}

static void merge_both_ways(const struct merge_graphs *graphs, struct merge_set results[2])
{
    for (int way = 0; way < 2; way++) {
        struct world world;
        struct bc_merge_report report;
        world_open(&world, NULL);
        struct bc_branch *other = two_branches(&world, graphs);
        struct bc_branch *into = way ? other : world.main;
        assert_int_equal(merge(&world, into, way ? "main" : "other", BC_MERGE_UNION, &report),
                         BC_OK);
        struct bc_buffer content = world_content(into, world_find(into, "g.nq"));
        merge_set_parse(&results[way], content.data);
        bc_buffer_release(&content);
        bc_merge_report_release(&report);
        bc_branch_release(other);
        world_close(&world);
    }
}

static void union_commutes(void **state)
{
    (void)state;
    uint64_t random = world_seed();
    static struct merge_set results[2];
    for (int i = 0; i < ROUNDS; i++) {
        struct merge_graphs *graphs = random_graphs(&random);
        merge_both_ways(graphs, results);
        assert_true(merge_set_equal(&results[0], &results[1]));
        free(graphs);
    }
}

static void the_base_is_neutral(void **state)
{
    (void)state;
    uint64_t random = world_seed();
    for (int i = 0; i < ROUNDS; i++) {
        struct merge_graphs *graphs = random_graphs(&random);
        graphs->ours = graphs->base;
        /* So that it is a merge and no fast-forward. */
        merge_set_add(&graphs->ours, "<http://e/alone> <http://e/p9> \"1\" .\n");
        for (int policy = BC_MERGE_AUTO; policy <= BC_MERGE_STRICT; policy++) {
            struct world world;
            struct bc_merge_report report;
            static struct merge_set result;
            world_open(&world, NULL);
            struct bc_branch *other = two_branches(&world, graphs);
            assert_int_equal(
                merge(&world, world.main, "other", (enum bc_merge_policy)policy, &report), BC_OK);
            result = graphs->theirs;
            merge_set_add(&result, "<http://e/alone> <http://e/p9> \"1\" .\n");
            expect(world.main, "g.nq", &result);
            bc_merge_report_release(&report);
            bc_branch_release(other);
            world_close(&world);
        }
        free(graphs);
    }
}

/* Drained into the text that results. */
static void apply(struct bc_text_merge *lines, struct merge_set *to)
{
    struct bc_slice line;
    char copy[MODEL_LINE_MAX];
    char last[MODEL_LINE_MAX] = "";
    char sign;
    enum bc_status st;
    while (!(st = bc_text_merge_next(lines, &sign, &line))) {
        assert_true(line.size < sizeof copy);
        memcpy(copy, line.data, line.size);
        copy[line.size] = '\0';
        assert_true(strcmp(last, copy) < 0);
        memcpy(last, copy, line.size + 1);
        assert_int_equal(merge_set_has(to, copy), sign == '-');
        if (sign == '+')
            merge_set_add(to, copy);
        else
            merge_set_remove(to, copy);
    }
    assert_int_equal(st, BC_NO_DATA);
}

static enum bc_status is_p0(void *context, struct bc_slice predicate, bool *is)
{
    (void)context;
    *is = bc_slice_equal(predicate, text_slice(functional));
    return BC_OK;
}

static void every_way_agrees(const struct merge_graphs *graphs, struct bc_file_text *const texts[3],
                             enum bc_merge_policy policy)
{
    static struct merge_set expected;
    static struct merge_set conflicts;
    static struct merge_set result;
    merge_model(&graphs->base, &graphs->ours, &graphs->theirs, policy, functional, &expected,
                &conflicts);
    for (int from_theirs = 0; from_theirs < 2; from_theirs++) {
        for (int way = BC_MERGE_WALK; way <= BC_MERGE_PROBE; way++) {
            struct bc_text_merge *lines = NULL;
            struct bc_text_merge_input input = {
                .base = texts[0],
                .near = from_theirs ? texts[2] : texts[1],
                .far = from_theirs ? texts[1] : texts[2],
                .far_is_ours = from_theirs,
                .policy = policy,
                .functional = is_p0,
            };
            assert_int_equal(bc_text_merge_new(&input, (enum bc_text_merge_way)way, &lines), BC_OK);
            for (int round = 0; round < 2; round++) {
                result = from_theirs ? graphs->theirs : graphs->ours;
                apply(lines, &result);
                assert_true(merge_set_equal(&result, &expected));
                assert_int_equal(bc_text_merge_conflicts(lines), conflicts.count);
                assert_int_equal(bc_text_merge_rewind(lines), BC_OK);
            }
            bc_text_merge_free(lines);
        }
    }
}

static void walking_and_probing_agree(void **state)
{
    (void)state;
    uint64_t random = world_seed();
    for (int i = 0; i < ROUNDS; i++) {
        struct merge_graphs *graphs = random_graphs(&random);
        const struct merge_set *sets[3] = {&graphs->base, &graphs->ours, &graphs->theirs};
        static const char *const names[3] = {"base.nq", "ours.nq", "theirs.nq"};
        struct bc_file_text *texts[3];
        struct world world;
        world_open(&world, NULL);
        for (int s = 0; s < 3; s++) {
            put(world.main, names[s], sets[s]);
            assert_int_equal(
                bc_file_text_open(world.main, world_find(world.main, names[s]), &texts[s], NULL),
                BC_OK);
        }
        for (int policy = BC_MERGE_AUTO; policy <= BC_MERGE_STRICT; policy++)
            every_way_agrees(graphs, texts, (enum bc_merge_policy)policy);
        for (int s = 0; s < 3; s++)
            bc_file_text_release(texts[s]);
        world_close(&world);
        free(graphs);
    }
}

/* Two branches that go on changing and merging from each other: under union both end with the same,
 * and every merge is what the model says of the base that history gives. */
static void merging_again_and_again_converges(void **state)
{
    (void)state;
    uint64_t random = world_seed();
    struct world world;
    static struct merge_set sets[2];
    static struct merge_set base;
    static struct merge_set result;
    static struct merge_set conflicts;
    static const char *const names[2] = {"main", "other"};
    world_open(&world, NULL);
    struct merge_graphs *graphs = random_graphs(&random);
    base = graphs->base;
    put(world.main, "g.nq", &base);
    commit(world.main, "base");
    struct bc_branch *branches[2] = {world.main, world_fork(&world, world.main, "other")};
    sets[0] = sets[1] = base;
    for (int i = 0; i < ROUNDS; i++) {
        struct bc_merge_report report;
        int into = (int)world_random(&random, 2);
        for (int b = 0; b < 2; b++) {
            merge_set_change(&random, SUBJECTS, &sets[b], world_random(&random, 4));
            put(branches[b], "g.nq", &sets[b]);
        }
        merge_model(&base, &sets[into], &sets[!into], BC_MERGE_UNION, NULL, &result, &conflicts);
        assert_int_equal(merge(&world, branches[into], names[!into], BC_MERGE_UNION, &report),
                         BC_OK);
        expect(branches[into], "g.nq", &result);
        bc_merge_report_release(&report);
        /* The other way is a fast-forward. */
        assert_int_equal(merge(&world, branches[!into], names[into], BC_MERGE_UNION, &report),
                         BC_OK);
        assert_true(report.outcome == BC_MERGE_FAST_FORWARD || report.outcome == BC_MERGE_NOTHING);
        bc_merge_report_release(&report);
        expect(branches[!into], "g.nq", &result);
        base = sets[0] = sets[1] = result;
    }
    bc_branch_release(branches[1]);
    free(graphs);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(merges_are_what_the_model_says),
        cmocka_unit_test(union_commutes),
        cmocka_unit_test(the_base_is_neutral),
        cmocka_unit_test(walking_and_probing_agree),
        cmocka_unit_test(merging_again_and_again_converges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
