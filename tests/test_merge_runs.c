/* Merges of runs of changes: what every engine, cut into pieces or not, with what it found kept or
 * not, makes of random graphs is what the model says. The seed is printed, and taken from
 * TRIPLEFS_SEED. */
#include "branchcore/delta_run.h"
#include "branchcore/memory_store.h"
#include "branchcore/merge_runs.h"
#include "tests/merge_model.h"
#include "tests/tree_world.h"
#include "vec/engine.h"

/* Lines get so long that a block has few of them. */
enum { ROUNDS = 40, SUBJECTS = 30, LONG = 4000, NEAR = 1, FAR = 2 };

static const char functional[] = "<http://e/p0>";

static struct merge_graphs *random_graphs(uint64_t *random)
{
    struct merge_shape shape = {SUBJECTS, 125, world_random(random, 2) ? 120 : 3,
                                world_random(random, 2) ? 120 : 3, world_random(random, 20)};
    return merge_graphs_random(random, &shape);
}

/* A line of the model with its object drawn out, which keeps the order. */
static struct bc_slice draw_out(const char *line, struct bc_buffer *to)
{
    static char filling[LONG];
    memset(filling, 'x', sizeof filling);
    const char *quote = strrchr(line, '"');
    bc_buffer_clear(to);
    assert_int_equal(bc_buffer_append(to, line, (size_t)(quote - line)), BC_OK);
    assert_int_equal(bc_buffer_append(to, filling, sizeof filling), BC_OK);
    assert_int_equal(bc_buffer_append(to, quote, strlen(quote)), BC_OK);
    return bc_buffer_slice(to);
}

static void contract(struct bc_slice line, char to[MODEL_LINE_MAX])
{
    const char *fill = memmem(line.data, line.size, "xxxx", 4);
    assert_non_null(fill);
    size_t before = (size_t)(fill - line.data);
    assert_true(line.size > LONG && line.size - LONG < MODEL_LINE_MAX);
    memcpy(to, line.data, before);
    memcpy(to + before, fill + LONG, line.size - before - LONG);
    to[line.size - LONG] = '\0';
}

/* What turns one set into another, as a run of changes. */
static void write_changes(struct bc_store *store, uint64_t run, const struct merge_set *from,
                          const struct merge_set *to)
{
    struct bc_run_writer *writer = NULL;
    struct bc_buffer scratch = {0};
    struct bc_buffer line = {0};
    assert_int_equal(bc_run_writer_new_changes(store, run, &writer), BC_OK);
    for (size_t f = 0, t = 0; f < from->count || t < to->count;) {
        int order = f == from->count ? 1
                    : t == to->count ? -1
                                     : strcmp(from->lines[f], to->lines[t]);
        const char *next = order > 0 ? to->lines[t] : from->lines[f];
        if (order)
            assert_int_equal(bc_delta_run_add(writer, order > 0 ? '+' : '-', draw_out(next, &line),
                                              strstr(next, "/g") != NULL, &scratch),
                             BC_OK);
        f += order <= 0;
        t += order >= 0;
    }
    assert_int_equal(bc_run_writer_finish(writer, NULL), BC_OK);
    bc_buffer_release(&scratch);
    bc_buffer_release(&line);
}

static enum bc_status is_p0(void *context, struct bc_slice predicate, bool *is)
{
    (void)context;
    *is = bc_slice_equal(predicate, text_slice(functional));
    return BC_OK;
}

/* A slot as merge_model tells it. */
static enum bc_status take_slot(void *context, const struct bc_slot_conflict *slot)
{
    char line[MODEL_LINE_MAX];
    (void)snprintf(line, sizeof line, "%.*s%s%.*s\n", (int)slot->prefix.size - 1, slot->prefix.data,
                   slot->graph.size ? " " : "", (int)slot->graph.size, slot->graph.data);
    assert_false(merge_set_has(context, line));
    merge_set_add(context, line);
    return BC_OK;
}

/* Applies what the merge gives, and appends it to `all`. */
static void drain(struct bc_run_merge *merge, struct merge_set *to, struct bc_buffer *all)
{
    struct bc_slice lines;
    char last[MODEL_LINE_MAX] = "";
    bool quads;
    enum bc_status st;
    while (!(st = bc_run_merge_next(merge, &lines, &quads))) {
        assert_true(lines.size > 0);
        assert_int_equal(bc_buffer_append(all, lines.data, lines.size), BC_OK);
        for (const char *at = lines.data; at < lines.data + lines.size;) {
            const char *end = memchr(at, '\n', (size_t)(lines.data + lines.size - at));
            char line[MODEL_LINE_MAX];
            assert_non_null(end);
            char sign = end[-1];
            contract(bc_slice(at, (size_t)(end - at)), line);
            line[strlen(line) - 1] = '\n';
            assert_true(strcmp(last, line) < 0);
            memcpy(last, line, sizeof last);
            assert_int_equal(merge_set_has(to, line), sign == '-');
            assert_true(sign == '-' || sign == '+');
            if (sign == '+')
                merge_set_add(to, line);
            else
                merge_set_remove(to, line);
            at = end + 1;
        }
    }
    assert_int_equal(st, BC_NO_DATA);
}

struct expected {
    struct merge_set result;
    struct merge_set conflicts;
    struct bc_buffer lines; /* of the first one that was looked at */
    bool any;
};

static void check_one(const struct bc_run_merge_input *input, const struct merge_set *near,
                      struct expected *expected)
{
    struct bc_run_merge *merge = NULL;
    static struct merge_set told;
    static struct merge_set result;
    struct bc_text_merge_input rules = *input->rules;
    struct bc_run_merge_input telling = *input;
    told.count = 0;
    rules.conflict = take_slot;
    rules.context = &told;
    telling.rules = &rules;
    assert_int_equal(bc_run_merge_new(&telling, &merge), BC_OK);
    assert_int_equal(bc_run_merge_conflicts(merge), expected->conflicts.count);
    assert_true(merge_set_equal(&told, &expected->conflicts));
    for (int round = 0; round < 2; round++) {
        struct bc_buffer lines = {0};
        result = *near;
        drain(merge, &result, &lines);
        assert_true(merge_set_equal(&result, &expected->result));
        if (!expected->any)
            assert_int_equal(bc_buffer_append(&expected->lines, lines.data, lines.size), BC_OK);
        expected->any = true;
        assert_true(bc_slice_equal(bc_buffer_slice(&lines), bc_buffer_slice(&expected->lines)));
        bc_buffer_release(&lines);
        bc_run_merge_rewind(merge);
    }
    bc_run_merge_free(merge);
}

/* All engines, in pieces of all sizes, on several threads and on one. */
static void check_all(struct bc_store *store, struct bc_pool *pool,
                      const struct bc_text_merge_input *rules, const struct merge_set *near,
                      struct expected *expected)
{
    static const uint64_t pieces[] = {0, 1 << 17, 70000};
    for (unsigned set = VEC_SCALAR; set <= VEC_AVX512; set *= 2) {
        const struct bc_compute *compute = vec_engine_of((enum vec_set)set);
        for (size_t i = 0; compute && i < sizeof pieces / sizeof *pieces; i++)
            check_one(&(struct bc_run_merge_input){.store = store,
                                                   .near = NEAR,
                                                   .far = FAR,
                                                   .rules = rules,
                                                   .compute = compute,
                                                   .pool = i ? pool : NULL,
                                                   .piece_bytes = pieces[i],
                                                   .kept_bytes = i == 2 ? 1 : 0},
                      near, expected);
    }
}

static void check_policy(const struct merge_graphs *graphs, struct bc_store *store,
                         struct bc_pool *pool, enum bc_merge_policy policy, bool far_is_ours)
{
    struct expected expected = {0};
    struct bc_text_merge_input rules = {
        .far_is_ours = far_is_ours, .policy = policy, .functional = is_p0};
    merge_model(&graphs->base, &graphs->ours, &graphs->theirs, policy, functional, &expected.result,
                &expected.conflicts);
    check_all(store, pool, &rules, far_is_ours ? &graphs->theirs : &graphs->ours, &expected);
    bc_buffer_release(&expected.lines);
}

static void every_engine_gives_what_the_model_says(void **state)
{
    (void)state;
    uint64_t random = world_seed();
    struct bc_pool *pool = NULL;
    assert_int_equal(bc_pool_new(3, &pool), BC_OK);
    for (int i = 0; i < ROUNDS; i++) {
        struct merge_graphs *graphs = random_graphs(&random);
        for (int far_is_ours = 0; far_is_ours < 2; far_is_ours++) {
            const struct merge_set *near = far_is_ours ? &graphs->theirs : &graphs->ours;
            const struct merge_set *far = far_is_ours ? &graphs->ours : &graphs->theirs;
            struct bc_store *store = NULL;
            assert_int_equal(bc_memory_store_new(&store), BC_OK);
            write_changes(store, NEAR, &graphs->base, near);
            write_changes(store, FAR, &graphs->base, far);
            for (int policy = BC_MERGE_AUTO; policy <= BC_MERGE_STRICT; policy++)
                check_policy(graphs, store, pool, (enum bc_merge_policy)policy, far_is_ours);
            bc_store_close(store);
        }
        free(graphs);
    }
    bc_pool_free(pool);
}

/* Sides that meet nowhere: the result is far's run, and is known to be that. */
static void what_meets_nowhere_does_not_differ(void **state)
{
    (void)state;
    struct bc_store *store = NULL;
    struct bc_run_merge *merge = NULL;
    static struct merge_set none;
    static struct merge_set sides[2];
    for (int i = 0; i < 300; i++) {
        char line[MODEL_LINE_MAX];
        (void)snprintf(line, sizeof line, "<http://e/s%03d> <http://e/p> \"%d\" .\n", i, i % 10);
        merge_set_add(&sides[i % 3 == 1], line);
    }
    assert_int_equal(bc_memory_store_new(&store), BC_OK);
    write_changes(store, NEAR, &none, &sides[0]);
    write_changes(store, FAR, &none, &sides[1]);
    struct bc_text_merge_input rules = {0};
    struct bc_run_merge_input input = {.store = store,
                                       .near = NEAR,
                                       .far = FAR,
                                       .rules = &rules,
                                       .compute = bc_scalar_engine(),
                                       .piece_bytes = 200000};
    assert_int_equal(bc_run_merge_new(&input, &merge), BC_OK);
    assert_false(bc_run_merge_differs(merge));
    bc_run_merge_free(merge);
    input.near = FAR; /* the very same on both sides: nothing is left of it */
    assert_int_equal(bc_run_merge_new(&input, &merge), BC_OK);
    assert_true(bc_run_merge_differs(merge));
    struct bc_slice lines;
    bool quads;
    assert_int_equal(bc_run_merge_next(merge, &lines, &quads), BC_NO_DATA);
    bc_run_merge_free(merge);
    bc_store_close(store);
}

/* A side that changed a line which the other one cannot have changed so. */
static void sides_of_different_bases_are_refused(void **state)
{
    (void)state;
    struct bc_store *store = NULL;
    struct bc_run_merge *merge = NULL;
    static struct merge_set none;
    static struct merge_set some;
    merge_set_add(&some, "<http://e/s> <http://e/p> \"1\" .\n");
    assert_int_equal(bc_memory_store_new(&store), BC_OK);
    write_changes(store, NEAR, &none, &some);
    write_changes(store, FAR, &some, &none);
    struct bc_text_merge_input rules = {0};
    struct bc_run_merge_input input = {
        .store = store, .near = NEAR, .far = FAR, .rules = &rules, .compute = bc_scalar_engine()};
    assert_int_equal(bc_run_merge_new(&input, &merge), BC_CORRUPT);
    input.near = 3; /* there is no such run */
    assert_int_equal(bc_run_merge_new(&input, &merge), BC_CORRUPT);
    bc_store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_engine_gives_what_the_model_says),
        cmocka_unit_test(what_meets_nowhere_does_not_differ),
        cmocka_unit_test(sides_of_different_bases_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
