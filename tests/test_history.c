/* The laws of history, on random graphs of commits beside a naive model: the set of ancestors of
 * each, as bits. */
#include "branchcore/commit_record.h"
#include "branchcore/history.h"
#include "tests/tree_world.h"

enum { COMMITS = 64, ROUNDS = 40 };

struct node {
    struct bc_commit_id id;
    unsigned parents[2];
    unsigned parent_count;
    uint64_t ancestors; /* itself included */
    uint64_t generation;
    int64_t time_ns;
};

struct graph {
    struct world world;
    struct node nodes[COMMITS];
    unsigned count;
};

static void add_node(struct graph *graph, const unsigned *parents, unsigned parent_count,
                     int64_t time_ns)
{
    struct node *node = &graph->nodes[graph->count];
    struct bc_commit_id ids[2];
    char message[32];
    struct bc_batch batch = {0};
    *node = (struct node){.parent_count = parent_count,
                          .ancestors = UINT64_C(1) << graph->count,
                          .generation = 1,
                          .time_ns = time_ns};
    for (unsigned i = 0; i < parent_count; i++) {
        const struct node *parent = &graph->nodes[parents[i]];
        node->parents[i] = parents[i];
        node->ancestors |= parent->ancestors;
        if (parent->generation >= node->generation)
            node->generation = parent->generation + 1;
        ids[i] = parent->id;
    }
    (void)snprintf(message, sizeof message, "commit %u", graph->count);
    struct bc_commit_info info = {.message = text_slice(message), .time_ns = time_ns};
    struct bc_commit_new what = {.parents = ids, .parent_count = parent_count, .info = &info};
    assert_int_equal(bc_commit_make(graph->world.repo, &what, &batch, &node->id, NULL, NULL),
                     BC_OK);
    assert_int_equal(bc_store_apply(graph->world.store, &batch, false), BC_OK);
    bc_batch_release(&batch);
    graph->count++;
}

/* Some roots, some merges, clocks that go wrong. */
static void make_graph(struct graph *graph, uint64_t *seed)
{
    *graph = (struct graph){.count = 0};
    world_open(&graph->world, NULL);
    unsigned near = (unsigned)world_random(seed, COMMITS) + 1;
    for (unsigned i = 0; i < COMMITS; i++) {
        unsigned lowest = i > near ? i - near : 0;
        unsigned parents[2] = {0, 0};
        unsigned count = !i || world_random(seed, 20) == 0 ? 0 : world_random(seed, 3) ? 1 : 2;
        for (unsigned k = 0; k < count; k++)
            parents[k] = lowest + (unsigned)world_random(seed, i - lowest);
        if (count == 2 && parents[0] == parents[1])
            count = 1;
        add_node(graph, parents, count, 1 + 3 * (int64_t)i + (int64_t)world_random(seed, 20));
    }
}

static unsigned index_of(const struct graph *graph, const struct bc_commit_id *id)
{
    for (unsigned i = 0; i < graph->count; i++) {
        if (bc_commit_id_equal(&graph->nodes[i].id, id))
            return i;
    }
    fail_msg("an unknown commit");
    return 0;
}

static bool is_ancestor(const struct graph *graph, unsigned of, unsigned ancestor)
{
    return graph->nodes[of].ancestors >> ancestor & 1;
}

/* Of two by what the order says, the greater first. */
static bool is_greater(const struct node *a, const struct node *b, bool by_time)
{
    if (by_time && a->time_ns != b->time_ns)
        return a->time_ns > b->time_ns;
    if (a->generation != b->generation)
        return a->generation > b->generation;
    if (a->time_ns != b->time_ns)
        return a->time_ns > b->time_ns;
    return memcmp(a->id.bytes, b->id.bytes, sizeof a->id.bytes) > 0;
}

static void expect_merge_base(const struct graph *graph, unsigned a, unsigned b)
{
    uint64_t common = graph->nodes[a].ancestors & graph->nodes[b].ancestors;
    const struct node *best = NULL;
    struct bc_commit_id base;
    for (unsigned i = 0; i < graph->count; i++) {
        bool is_best = common >> i & 1;
        for (unsigned k = 0; k < graph->count; k++)
            is_best &= k == i || !(common >> k & 1) || !is_ancestor(graph, k, i);
        if (is_best && (!best || is_greater(&graph->nodes[i], best, false)))
            best = &graph->nodes[i];
    }
    enum bc_status st =
        bc_history_merge_base(graph->world.repo, &graph->nodes[a].id, &graph->nodes[b].id, &base);
    assert_int_equal(st, best ? BC_OK : BC_NO_DATA);
    if (best)
        assert_int_equal(index_of(graph, &base), best - graph->nodes);
}

static void merge_bases_and_containment_are_those_of_the_model(void **state)
{
    (void)state;
    uint64_t seed = world_seed();
    for (int round = 0; round < ROUNDS / 4; round++) {
        struct graph graph;
        make_graph(&graph, &seed);
        for (unsigned a = 0; a < graph.count; a++) {
            for (unsigned b = 0; b < graph.count; b++) {
                bool contains;
                assert_int_equal(bc_history_contains(graph.world.repo, &graph.nodes[a].id,
                                                     &graph.nodes[b].id, &contains),
                                 BC_OK);
                assert_int_equal(contains, is_ancestor(&graph, a, b));
                expect_merge_base(&graph, a, b);
            }
        }
        world_close(&graph.world);
    }
}

static void several_are_asked_with_one_walk(void **state)
{
    (void)state;
    uint64_t seed = world_seed();
    struct graph graph;
    make_graph(&graph, &seed);
    for (int round = 0; round < 500; round++) {
        struct bc_commit_id of[3];
        unsigned ancestor = (unsigned)world_random(&seed, graph.count);
        size_t count = world_random(&seed, 4);
        bool expected = false;
        bool contains;
        for (size_t i = 0; i < count; i++) {
            unsigned which = (unsigned)world_random(&seed, graph.count);
            of[i] = graph.nodes[which].id;
            expected |= is_ancestor(&graph, which, ancestor);
        }
        assert_int_equal(bc_history_any_contains(graph.world.repo, of, count,
                                                 &graph.nodes[ancestor].id, &contains),
                         BC_OK);
        assert_int_equal(contains, expected);
    }
    world_close(&graph.world);
}

/* What a history must be told as: again and again the greatest of those that are free to come. */
struct expected {
    const struct graph *graph;
    uint64_t left;
    unsigned told;
    unsigned limit;
};

static bool is_free(const struct expected *expected, unsigned commit)
{
    if (!(expected->left >> commit & 1))
        return false;
    for (unsigned i = 0; i < expected->graph->count; i++) {
        if (i != commit && expected->left >> i & 1 && is_ancestor(expected->graph, i, commit))
            return false;
    }
    return true;
}

static enum bc_status expect_next(void *context, const struct bc_commit *commit)
{
    struct expected *expected = context;
    const struct graph *graph = expected->graph;
    const struct node *next = NULL;
    for (unsigned i = 0; i < graph->count; i++) {
        if (is_free(expected, i) && (!next || is_greater(&graph->nodes[i], next, true)))
            next = &graph->nodes[i];
    }
    if (!next) {
        fail_msg("a commit too many");
        return BC_CANCELLED;
    }
    unsigned index = (unsigned)(next - graph->nodes);
    char message[32];
    assert_int_equal(index_of(graph, &commit->id), index);
    (void)snprintf(message, sizeof message, "commit %u", index);
    assert_string_equal(commit->message, message);
    assert_string_equal(commit->author, "unknown");
    assert_int_equal(commit->generation, next->generation);
    assert_int_equal(commit->parent_count, next->parent_count);
    expected->left &= ~(UINT64_C(1) << index);
    return ++expected->told == expected->limit ? BC_CANCELLED : BC_OK;
}

static void histories_are_told_children_first(void **state)
{
    (void)state;
    uint64_t seed = world_seed();
    for (int round = 0; round < ROUNDS; round++) {
        struct graph graph;
        make_graph(&graph, &seed);
        for (unsigned i = 0; i < graph.count; i++) {
            struct expected expected = {.graph = &graph, .left = graph.nodes[i].ancestors};
            assert_int_equal(
                bc_history_each(graph.world.repo, &graph.nodes[i].id, expect_next, &expected),
                BC_OK);
            assert_int_equal(expected.left, 0);
        }
        struct expected some = {
            .graph = &graph, .left = graph.nodes[COMMITS - 1].ancestors, .limit = 1};
        assert_int_equal(
            bc_history_each(graph.world.repo, &graph.nodes[COMMITS - 1].id, expect_next, &some),
            BC_CANCELLED);
        world_close(&graph.world);
    }
}

static void first_parents_lead_back(void **state)
{
    (void)state;
    uint64_t seed = world_seed();
    struct graph graph;
    make_graph(&graph, &seed);
    for (unsigned i = 0; i < graph.count; i++) {
        unsigned at = i;
        struct bc_commit_id to;
        for (uint64_t steps = 0;; steps++) {
            assert_int_equal(
                bc_history_first_parent(graph.world.repo, &graph.nodes[i].id, steps, &to), BC_OK);
            assert_int_equal(index_of(&graph, &to), at);
            if (!graph.nodes[at].parent_count) {
                assert_int_equal(
                    bc_history_first_parent(graph.world.repo, &graph.nodes[i].id, steps + 1, &to),
                    BC_NOT_FOUND);
                break;
            }
            at = graph.nodes[at].parents[0];
        }
        for (int64_t time = 0; time < COMMITS * 3 + 30; time += 7) {
            at = i;
            while (graph.nodes[at].time_ns > time && graph.nodes[at].parent_count)
                at = graph.nodes[at].parents[0];
            bool found = graph.nodes[at].time_ns <= time;
            assert_int_equal(bc_history_at(graph.world.repo, &graph.nodes[i].id, time, &to),
                             found ? BC_OK : BC_NOT_FOUND);
            if (found)
                assert_int_equal(index_of(&graph, &to), at);
        }
    }
    world_close(&graph.world);
}

static void criss_cross_histories_have_one_base(void **state)
{
    (void)state;
    struct graph graph = {.count = 0};
    world_open(&graph.world, NULL);
    add_node(&graph, NULL, 0, 10);
    add_node(&graph, (unsigned[]){0}, 1, 20);
    add_node(&graph, (unsigned[]){0}, 1, 30);
    add_node(&graph, (unsigned[]){1, 2}, 2, 40);
    add_node(&graph, (unsigned[]){2, 1}, 2, 50);
    struct bc_commit_id base;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(bc_history_merge_base(graph.world.repo, &graph.nodes[3 + i].id,
                                               &graph.nodes[4 - i].id, &base),
                         BC_OK);
        assert_int_equal(index_of(&graph, &base), 2); /* the later of the two */
    }
    world_close(&graph.world);
}

static void long_histories_are_walked_no_further_than_needed(void **state)
{
    (void)state;
    enum { LONG = 3000 };
    struct world world;
    world_open(&world, NULL);
    struct bc_commit_id ids[LONG];
    for (int i = 0; i < LONG; i++) {
        struct bc_batch batch = {0};
        char message[32];
        (void)snprintf(message, sizeof message, "commit %d", i);
        struct bc_commit_info info = {.message = text_slice(message), .time_ns = i + 1};
        struct bc_commit_new what = {
            .parents = i ? &ids[i - 1] : NULL, .parent_count = i > 0, .info = &info};
        assert_int_equal(bc_commit_make(world.repo, &what, &batch, &ids[i], NULL, NULL), BC_OK);
        assert_int_equal(bc_store_apply(world.store, &batch, false), BC_OK);
        bc_batch_release(&batch);
    }
    bool contains;
    struct bc_commit_id to;
    uint64_t before = bc_memory_allocations();
    assert_int_equal(bc_history_contains(world.repo, &ids[LONG - 1], &ids[LONG - 3], &contains),
                     BC_OK);
    assert_true(contains);
    assert_int_equal(bc_history_contains(world.repo, &ids[LONG - 3], &ids[LONG - 1], &contains),
                     BC_OK);
    assert_false(contains);
    assert_int_equal(bc_history_merge_base(world.repo, &ids[LONG - 1], &ids[LONG - 4], &to), BC_OK);
    assert_true(bc_commit_id_equal(&to, &ids[LONG - 4]));
    assert_true(bc_memory_allocations() - before < 200);
    assert_int_equal(bc_history_first_parent(world.repo, &ids[LONG - 1], LONG - 1, &to), BC_OK);
    assert_true(bc_commit_id_equal(&to, &ids[0]));
    assert_int_equal(bc_history_first_parent(world.repo, &ids[0], UINT64_MAX, &to), BC_NOT_FOUND);
    world_close(&world);
}

static enum bc_status ignore(void *context, const struct bc_commit *commit)
{
    (void)context;
    (void)commit;
    return BC_OK;
}

static void put_record(struct world *world, const struct bc_commit_id *id,
                       const struct bc_commit_record *record)
{
    char key[BC_COMMIT_KEY_BYTES];
    struct bc_buffer value = {0};
    struct bc_batch batch = {0};
    bc_commit_key(id, key);
    assert_int_equal(bc_commit_record_encode(record, &value), BC_OK);
    assert_int_equal(
        bc_batch_put(&batch, BC_REFS, bc_slice(key, sizeof key), bc_buffer_slice(&value)), BC_OK);
    assert_int_equal(bc_store_apply(world->store, &batch, false), BC_OK);
    bc_batch_release(&batch);
    bc_buffer_release(&value);
}

static void remove_record(struct world *world, const struct bc_commit_id *id)
{
    char key[BC_COMMIT_KEY_BYTES];
    struct bc_batch batch = {0};
    bc_commit_key(id, key);
    assert_int_equal(bc_batch_delete(&batch, BC_REFS, bc_slice(key, sizeof key)), BC_OK);
    assert_int_equal(bc_store_apply(world->store, &batch, false), BC_OK);
    bc_batch_release(&batch);
}

/* A loop of parents, and parents that are missing. */
static void damaged_graphs_end(void **state)
{
    (void)state;
    struct world world;
    struct bc_commit_id a = {{1}};
    struct bc_commit_id b = {{2}};
    struct bc_commit_id to;
    bool contains;
    world_open(&world, NULL);
    struct bc_commit_record record = {
        .commit = {.parents = {b}, .parent_count = 1, .generation = 5, .time_ns = 9},
        .form = BC_CHANGE_FORM,
        .author = text_slice("x"),
        .message = text_slice("m")};
    put_record(&world, &a, &record);
    record.commit.parents[0] = a;
    put_record(&world, &b, &record);
    for (int missing = 0; missing < 2; missing++) {
        struct bc_repo *repo = world.repo;
        struct bc_commit_id lowest = {{3}};
        record.commit.generation = 1;
        record.commit.parent_count = 0;
        put_record(&world, &lowest, &record);
        assert_int_equal(bc_history_each(repo, &a, ignore, NULL), BC_CORRUPT);
        assert_int_equal(bc_history_contains(repo, &a, &lowest, &contains), BC_CORRUPT);
        assert_int_equal(bc_history_merge_base(repo, &a, &lowest, &to), BC_CORRUPT);
        assert_int_equal(bc_history_first_parent(repo, &a, 9, &to), BC_CORRUPT);
        assert_int_equal(bc_history_at(repo, &a, 3, &to), BC_CORRUPT);
        remove_record(&world, &lowest);
        remove_record(&world, &b);
    }
    assert_int_equal(bc_history_first_parent(world.repo, &b, 1, &to), BC_NOT_FOUND);
    remove_record(&world, &a);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(merge_bases_and_containment_are_those_of_the_model),
        cmocka_unit_test(several_are_asked_with_one_walk),
        cmocka_unit_test(histories_are_told_children_first),
        cmocka_unit_test(first_parents_lead_back),
        cmocka_unit_test(criss_cross_histories_have_one_base),
        cmocka_unit_test(long_histories_are_walked_no_further_than_needed),
        cmocka_unit_test(damaged_graphs_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
