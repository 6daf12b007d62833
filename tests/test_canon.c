#include "tests/canon_run.h"
#include "tests/isomorphism.h"
#include "tests/tree_world.h"

#include "branchcore/file_text.h"

#include <time.h>

static uint64_t random_state;

static size_t below(size_t limit)
{
    return (size_t)world_random(&random_state, limit);
}

static void put(struct bc_buffer *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void put(struct bc_buffer *text, const char *format, ...)
{
    char line[512];
    va_list args;
    va_start(args, format);
    int size = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    assert_true(size > 0 && (size_t)size < sizeof line);
    assert_int_equal(bc_buffer_append(text, line, (size_t)size), BC_OK);
}

static struct canon_run canon_of(const struct bc_buffer *text)
{
    struct canon_run run = canon_text(bc_buffer_slice(text), BC_CANON_SHA256, 0);
    if (run.status)
        print_error("%s %s\n", bc_status_text(run.status), run.error.text);
    assert_int_equal(run.status, BC_OK);
    return run;
}

static void expect_canon(const char *text, const char *wanted)
{
    struct canon_run run = canon_text(text_slice(text), BC_CANON_SHA256, 0);
    assert_int_equal(run.status, BC_OK);
    assert_int_equal(run.lines.size, strlen(wanted));
    if (run.lines.size > 0)
        assert_memory_equal(run.lines.data, wanted, run.lines.size);
    canon_run_release(&run);
}

static void expect_refusal(const struct bc_buffer *text, uint64_t limit, enum bc_status status,
                           const char *why)
{
    struct canon_run run = canon_text(bc_buffer_slice(text), BC_CANON_SHA256, limit);
    assert_int_equal(run.status, status);
    if (!strstr(run.error.text, why))
        print_error("%s\n", run.error.text);
    assert_non_null(strstr(run.error.text, why));
    canon_run_release(&run);
}

/* Small datasets as arrays of numbers, for a model that tries all permutations. */

enum { NODES_MAX = 6, QUADS_MAX = 16, GRAPHS = 3 };

struct quad {
    unsigned subject, predicate, object, graph; /* graph: 0 none, 1 to 2 IRIs, then nodes */
};

struct dataset {
    unsigned nodes;
    size_t count;
    struct quad quads[QUADS_MAX];
};

/* node_graphs: blank nodes are names of graphs, too. */
static struct dataset random_dataset(unsigned nodes, bool node_graphs)
{
    struct dataset set = {.nodes = nodes};
    size_t count = 1 + below(QUADS_MAX - 1);
    unsigned predicates = 1 + (unsigned)below(2);
    unsigned graphs = node_graphs ? GRAPHS + nodes : below(3) ? 1 : GRAPHS;
    for (size_t i = 0; i < count; i++)
        set.quads[set.count++] = (struct quad){(unsigned)below(nodes), (unsigned)below(predicates),
                                               (unsigned)below(nodes), (unsigned)below(graphs)};
    return set;
}

/* Rings, and hubs with leaves that cannot be told apart, are what random ones seldom have. */
static struct dataset symmetric_dataset(unsigned nodes)
{
    struct dataset set = {.nodes = nodes};
    unsigned ring = below(2) ? nodes : nodes / 2;
    bool hub = below(2);
    for (unsigned n = 0; n < nodes; n++) {
        unsigned next = n < ring ? (n + 1) % ring : ring + (n + 1 - ring) % (nodes - ring);
        set.quads[set.count++] =
            hub ? (struct quad){n / 3 * 3, 0, n, 0} : (struct quad){n, 0, next, 0};
    }
    if (below(2))
        set.quads[set.count++] =
            (struct quad){(unsigned)below(nodes), 1, (unsigned)below(nodes), 0};
    return set;
}

static void write_quad(struct bc_buffer *text, const struct quad *quad, const unsigned *labels)
{
    put(text, "_:n%u <http://ex.org/p%u> _:n%u", labels[quad->subject], quad->predicate,
        labels[quad->object]);
    if (quad->graph >= GRAPHS)
        put(text, " _:n%u", labels[quad->graph - GRAPHS]);
    else if (quad->graph)
        put(text, " <http://ex.org/g%u>", quad->graph);
    put(text, " .\n");
}

static void shuffle(unsigned *numbers, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        numbers[i] = i;
    for (unsigned i = count; i > 1; i--) {
        unsigned other = (unsigned)below(i);
        unsigned kept = numbers[i - 1];
        numbers[i - 1] = numbers[other];
        numbers[other] = kept;
    }
}

/* With any labels, in any order, some statements twice. */
static struct bc_buffer write_dataset(const struct dataset *set)
{
    struct bc_buffer text = {0};
    unsigned labels[NODES_MAX], order[QUADS_MAX];
    shuffle(labels, set->nodes);
    shuffle(order, (unsigned)set->count);
    for (size_t i = 0; i < set->count; i++) {
        write_quad(&text, &set->quads[order[i]], labels);
        if (below(4) == 0)
            write_quad(&text, &set->quads[order[i]], labels);
    }
    return text;
}

static bool has_quad(const struct dataset *set, struct quad quad)
{
    for (size_t i = 0; i < set->count; i++)
        if (memcmp(&set->quads[i], &quad, sizeof quad) == 0)
            return true;
    return false;
}

static bool is_within(const struct dataset *a, const struct dataset *b, const unsigned *to)
{
    for (size_t i = 0; i < a->count; i++) {
        struct quad quad = a->quads[i];
        quad.subject = to[quad.subject];
        quad.object = to[quad.object];
        if (quad.graph >= GRAPHS)
            quad.graph = GRAPHS + to[quad.graph - GRAPHS];
        if (!has_quad(b, quad))
            return false;
    }
    return true;
}

static bool is_isomorphic_from(const struct dataset *a, const struct dataset *b, unsigned *to,
                               unsigned done)
{
    if (done == a->nodes) {
        unsigned back[NODES_MAX] = {0};
        for (unsigned n = 0; n < a->nodes; n++)
            back[to[n]] = n;
        return is_within(a, b, to) && is_within(b, a, back);
    }
    for (unsigned i = done; i < a->nodes; i++) {
        unsigned kept = to[done];
        to[done] = to[i];
        to[i] = kept;
        if (is_isomorphic_from(a, b, to, done + 1))
            return true;
        to[i] = to[done];
        to[done] = kept;
    }
    return false;
}

static bool is_isomorphic(const struct dataset *a, const struct dataset *b)
{
    unsigned to[NODES_MAX] = {0, 1, 2, 3, 4, 5};
    return is_isomorphic_from(a, b, to, 0);
}

static bool is_same_canon(const struct dataset *a, const struct dataset *b)
{
    struct bc_buffer left = write_dataset(a), right = write_dataset(b);
    struct canon_run of_left = canon_of(&left), of_right = canon_of(&right);
    bool same = bc_slice_equal(bc_buffer_slice(&of_left.lines), bc_buffer_slice(&of_right.lines));
    canon_run_release(&of_left);
    canon_run_release(&of_right);
    bc_buffer_release(&left);
    bc_buffer_release(&right);
    return same;
}

static void labels_and_order_do_not_matter(void **state)
{
    (void)state;
    for (int round = 0; round < 300; round++) {
        struct dataset set = below(2) ? random_dataset(2 + (unsigned)below(NODES_MAX - 1), false)
                                      : symmetric_dataset(4 + (unsigned)below(NODES_MAX - 3));
        assert_true(is_same_canon(&set, &set));
    }
}

/* The same for datasets with blank nodes as names of graphs, of which RDFC-1.0 gives more than one
 * form now and then (canon.h): what comes out says what went in. */
static void expect_isomorphic(const struct bc_buffer *text)
{
    struct canon_run run = canon_of(text);
    assert_true(same_but_for_labels(bc_buffer_slice(text), bc_buffer_slice(&run.lines)));
    canon_run_release(&run);
}

static void graphs_of_blank_nodes_come_out_as_they_went_in(void **state)
{
    (void)state;
    /* By the text's own steps this one has two forms. */
    struct bc_buffer open = {0};
    put(&open, "_:n0 <http://ex.org/p0> _:n5 _:n0 .\n_:n2 <http://ex.org/p0> _:n4 _:n1 .\n"
               "_:n1 <http://ex.org/p0> _:n3 _:n2 .\n_:n5 <http://ex.org/p0> _:n0 _:n4 .\n");
    expect_isomorphic(&open);
    bc_buffer_release(&open);
    for (int round = 0; round < 300; round++) {
        struct dataset set = random_dataset(2 + (unsigned)below(NODES_MAX - 1), true);
        struct bc_buffer text = write_dataset(&set);
        expect_isomorphic(&text);
        bc_buffer_release(&text);
    }
}

static void canonical_forms_are_equal_for_isomorphic_datasets_alone(void **state)
{
    (void)state;
    unsigned alike = 0, different = 0;
    for (int round = 0; round < 600; round++) {
        unsigned nodes = 2 + (unsigned)below(NODES_MAX - 1);
        struct dataset a =
            nodes > 3 && below(2) ? symmetric_dataset(nodes) : random_dataset(nodes, false);
        struct dataset b = a;
        struct quad *changed = &b.quads[below(b.count)];
        if (below(2))
            changed->object = (unsigned)below(nodes);
        else
            changed->subject = (unsigned)below(nodes);
        bool isomorphic = is_isomorphic(&a, &b);
        assert_int_equal(is_same_canon(&a, &b), isomorphic);
        alike += isomorphic;
        different += !isomorphic;
    }
    assert_true(alike > 50 && different > 50);
}

static void statements_without_blank_nodes_stay_as_they_are(void **state)
{
    (void)state;
    expect_canon("", "");
    expect_canon("<http://ex.org/b> <http://ex.org/p> \"say _:x here\" .\n"
                 "<http://ex.org/a> <http://ex.org/p> \"_:x\" <http://ex.org/g> .\n"
                 "<http://ex.org/a> <http://ex.org/p> \"_:x\" <http://ex.org/g> .\n",
                 "<http://ex.org/a> <http://ex.org/p> \"_:x\" <http://ex.org/g> .\n"
                 "<http://ex.org/b> <http://ex.org/p> \"say _:x here\" .\n");
}

static void the_example_of_the_text_comes_out(void **state)
{
    (void)state;
    /* Section 4.4, "unique hashes". */
    expect_canon("<http://example.com/#p> <http://example.com/#q> _:e0 .\n"
                 "<http://example.com/#p> <http://example.com/#r> _:e1 .\n"
                 "_:e0 <http://example.com/#s> <http://example.com/#u> .\n"
                 "_:e1 <http://example.com/#t> <http://example.com/#u> .\n",
                 "<http://example.com/#p> <http://example.com/#q> _:c14n0 .\n"
                 "<http://example.com/#p> <http://example.com/#r> _:c14n1 .\n"
                 "_:c14n0 <http://example.com/#s> <http://example.com/#u> .\n"
                 "_:c14n1 <http://example.com/#t> <http://example.com/#u> .\n");
}

static void labels_tell_what_became_of_them(void **state)
{
    (void)state;
    struct bc_buffer text = {0};
    put(&text, "_:one <http://ex.org/p> _:two .\n_:two <http://ex.org/q> \"1\" _:three .\n");
    struct canon_run run = canon_of(&text);
    assert_int_equal(bc_canon_label_count(run.canon), 3);
    /* Put back, the labels make the text that it came from. */
    struct bc_buffer back = {0};
    const char *at = run.lines.data, *end = at + run.lines.size;
    while (at < end) {
        if (end - at < 7 || memcmp(at, "_:c14n", 6) != 0) {
            put(&back, "%c", *at++);
            continue;
        }
        struct bc_slice label = bc_canon_label(run.canon, (size_t)(at[6] - '0'));
        put(&back, "%.*s", (int)label.size, label.data);
        at += 7;
    }
    struct bc_buffer swapped = {0};
    put(&swapped, "_:two <http://ex.org/q> \"1\" _:three .\n_:one <http://ex.org/p> _:two .\n");
    assert_true(bc_slice_equal(bc_buffer_slice(&back), bc_buffer_slice(&text)) ||
                bc_slice_equal(bc_buffer_slice(&back), bc_buffer_slice(&swapped)));
    canon_run_release(&run);
    bc_buffer_release(&text);
    bc_buffer_release(&back);
    bc_buffer_release(&swapped);
}

/* Poison. */

static void put_clique(struct bc_buffer *text, int size)
{
    for (int a = 0; a < size; a++)
        for (int b = 0; b < size; b++)
            if (a != b)
                put(text, "_:n%d <http://ex.org/p> _:n%d .\n", a, b);
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void cliques_are_refused_in_time(void **state)
{
    (void)state;
    static const int sizes[] = {9, 10, 20, 60};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct bc_buffer text = {0};
        put_clique(&text, sizes[i]);
        double start = now();
        expect_refusal(&text, 0, BC_TOO_LARGE, "within 2000000 steps (RDFC-1.0 poison graph)");
        /* Ten times what it takes: a machine under load, or a build that is watched over. */
        assert_true(now() - start < 10);
        bc_buffer_release(&text);
    }
}

static void a_higher_limit_allows_more(void **state)
{
    (void)state;
    struct bc_buffer text = {0};
    put_clique(&text, 5);
    expect_refusal(&text, 1000, BC_TOO_LARGE, "within 1000 steps");
    struct canon_run run = canon_text(bc_buffer_slice(&text), BC_CANON_SHA256, 10000);
    assert_int_equal(run.status, BC_OK);
    uint64_t steps = bc_canon_steps(run.canon);
    canon_run_release(&run);
    assert_true(steps > 1000 && steps <= 10000);
    run = canon_text(bc_buffer_slice(&text), BC_CANON_SHA256, steps);
    assert_int_equal(run.status, BC_OK);
    canon_run_release(&run);
    expect_refusal(&text, steps - 1, BC_TOO_LARGE, "too much alike");
    bc_buffer_release(&text);
}

static void twins_are_no_poison(void **state)
{
    (void)state;
    struct bc_buffer text = {0};
    for (int hub = 0; hub < 2; hub++)
        for (int leaf = 0; leaf < 3000; leaf++)
            put(&text, "_:h%d <http://ex.org/has> _:l%d_%d .\n", hub, hub, leaf);
    struct canon_run run = canon_of(&text);
    assert_true(bc_canon_steps(run.canon) < 100000);
    canon_run_release(&run);
    bc_buffer_release(&text);
}

static void long_ways_do_not_recurse(void **state)
{
    (void)state;
    struct bc_buffer text = {0};
    for (int i = 0; i < 100000; i++)
        put(&text, "_:n%d <http://ex.org/next> _:n%d .\n", i, (i + 1) % 100000);
    expect_refusal(&text, 0, BC_TOO_LARGE, "too much alike");
    bc_buffer_clear(&text);
    put(&text, "_:n0 <http://ex.org/p> \"the first\" .\n");
    for (int i = 0; i < 100000; i++)
        put(&text, "_:n%d <http://ex.org/next> _:n%d .\n", i, i + 1);
    /* Of 100,000 that look alike the first one's way goes along all of them. */
    expect_refusal(&text, 0, BC_TOO_LARGE, "too much alike");
    bc_buffer_release(&text);
}

static void a_stop_ends_the_work(void **state)
{
    (void)state;
    atomic_bool stop = false;
    struct bc_canon_options options = {
        .limit = UINT64_MAX, .sorting = {.directory = "/tmp"}, .stop = &stop};
    struct bc_canon *canon;
    struct bc_buffer text = {0};
    put_clique(&text, 12);
    assert_int_equal(bc_canon_new(&options, &canon), BC_OK);
    assert_int_equal(canon_read(canon, bc_buffer_slice(&text)), BC_OK);
    atomic_store(&stop, true);
    assert_int_equal(bc_canon_finish(canon, NULL), BC_CANCELLED);
    bc_canon_free(canon);
    bc_buffer_release(&text);
}

static void blank_nodes_in_triple_terms_are_refused(void **state)
{
    (void)state;
    struct bc_buffer text = {0};
    put(&text,
        "_:r <http://ex.org/reifies> <<( <http://ex.org/s> <http://ex.org/p> \"_:x \" )>> .\n");
    struct canon_run run = canon_of(&text);
    assert_non_null(memmem(run.lines.data, run.lines.size, "_:c14n0 ", 8));
    canon_run_release(&run);
    put(&text, "<http://ex.org/r> <http://ex.org/reifies> <<( <http://ex.org/s> <http://ex.org/p> "
               "<<( _:x <http://ex.org/p> \"\" )>> )>> .\n");
    expect_refusal(&text, 0, BC_UNSUPPORTED, "a blank node in a triple term, such as _:x in <");
    bc_buffer_release(&text);
}

static void a_text_comes_out_as_its_lines_do(void **state)
{
    (void)state;
    struct world world;
    struct bc_buffer text = {0}, lines = {0};
    world_open(&world, NULL);
    for (int i = 0; i < 5000; i++) {
        put(&text, "<http://ex.org/%d> <http://ex.org/p> \"%d _:b\" .\n", i * 7 % 5000, i);
        put(&text, "<http://ex.org/%d> <http://ex.org/p> _:b%d .\n", i, i % 50);
        put(&text, "_:b%d <http://ex.org/q> \"%d\" .\n", i % 100, i % 3);
    }
    assert_int_equal(bc_buffer_append(&text, "", 1), BC_OK);
    uint64_t node = world_put(world.main, "a.nt", text.data);
    text.size--;
    struct bc_file_text *file;
    assert_int_equal(bc_file_text_open(world.main, node, &file, NULL), BC_OK);
    struct bc_canon_options options = {.sorting = {.directory = "/tmp"}};
    struct bc_canon *canon;
    assert_int_equal(bc_canon_new(&options, &canon), BC_OK);
    assert_int_equal(bc_canon_add_text(canon, bc_file_text_view(file)), BC_OK);
    assert_int_equal(bc_canon_add(canon, text_slice("_:a <http://ex.org/p> _:b .\n")), BC_INVALID);
    assert_int_equal(bc_canon_finish(canon, NULL), BC_OK);
    enum bc_status st;
    while (!(st = bc_canon_next_block(canon, lines.size + 1000, &lines)))
        continue;
    assert_int_equal(st, BC_NO_DATA);
    struct canon_run run = canon_of(&text);
    assert_true(bc_slice_equal(bc_buffer_slice(&lines), bc_buffer_slice(&run.lines)));
    canon_run_release(&run);
    bc_canon_free(canon);
    bc_file_text_release(file);
    bc_buffer_release(&text);
    bc_buffer_release(&lines);
    world_close(&world);
}

static void lack_of_memory_is_told(void **state)
{
    (void)state;
    struct bc_buffer text = {0};
    put_clique(&text, 4);
    put(&text, "_:h <http://ex.org/has> _:l1 <http://ex.org/g> .\n");
    put(&text, "_:h <http://ex.org/has> _:l2 <http://ex.org/g> .\n<http://ex.org/g> "
               "<http://ex.org/p> \"\" .\n");
    struct canon_run whole = canon_of(&text);
    for (uint64_t countdown = 1;; countdown++) {
        bc_memory_fail_after(countdown, 0);
        struct canon_run run = canon_text(bc_buffer_slice(&text), BC_CANON_SHA384, 0);
        bc_memory_fail_after(0, 0);
        enum bc_status st = run.status;
        if (st == BC_OK)
            assert_int_equal(run.lines.size, whole.lines.size);
        else
            assert_int_equal(st, BC_NO_MEMORY);
        canon_run_release(&run);
        if (st == BC_OK)
            break;
        assert_true(countdown < 10000);
    }
    canon_run_release(&whole);
    bc_buffer_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statements_without_blank_nodes_stay_as_they_are),
        cmocka_unit_test(the_example_of_the_text_comes_out),
        cmocka_unit_test(labels_tell_what_became_of_them),
        cmocka_unit_test(labels_and_order_do_not_matter),
        cmocka_unit_test(graphs_of_blank_nodes_come_out_as_they_went_in),
        cmocka_unit_test(canonical_forms_are_equal_for_isomorphic_datasets_alone),
        cmocka_unit_test(cliques_are_refused_in_time),
        cmocka_unit_test(a_higher_limit_allows_more),
        cmocka_unit_test(twins_are_no_poison),
        cmocka_unit_test(long_ways_do_not_recurse),
        cmocka_unit_test(a_stop_ends_the_work),
        cmocka_unit_test(blank_nodes_in_triple_terms_are_refused),
        cmocka_unit_test(a_text_comes_out_as_its_lines_do),
        cmocka_unit_test(lack_of_memory_is_told),
    };
    random_state = world_seed() | 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
