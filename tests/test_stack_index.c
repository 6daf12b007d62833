/* Index layers: stacks stay short, and everything reads as it would without them. */
#include "branchcore/branch_past.h"
#include "branchcore/entry.h"
#include "branchcore/layer_record.h"
#include "branchcore/maintain.h"
#include "branchcore/stack_index.h"
#include "branchcore/state.h"
#include "tests/failing_store.h"
#include "tests/tree_world.h"

#include <time.h>

static void freeze(struct bc_branch *branch)
{
    struct bc_layer *top = NULL;
    assert_int_equal(bc_branch_freeze(branch, &top), BC_OK);
    bc_layer_release(branch->repo, top);
}

static void maintain(struct bc_branch *branch)
{
    bool again = true;
    assert_int_equal(bc_branch_maintain(branch, &again), BC_OK);
    assert_false(again);
}

static void append_line(struct bc_branch *branch, const char *path, uint64_t number)
{
    char line[80];
    int size = snprintf(line, sizeof line, "<http://e/%06llu> <http://e/p> <http://e/o> .\n",
                        (unsigned long long)number);
    assert_int_equal(
        world_edit(branch, world_file(branch, path), BC_EDIT_APPEND, line, (size_t)size), BC_OK);
}

/* Everything that a tree shows, as one text. */
struct rendering {
    struct bc_buffer *to;
    struct bc_buffer children; /* struct bc_attr each */
};

static enum bc_status render_entry(void *context, struct bc_slice name, const struct bc_attr *attr)
{
    struct rendering *rendering = context;
    assert_int_equal(bc_buffer_printf(rendering->to, "%.*s %llu %d %o %llu %llu\n", (int)name.size,
                                      name.data, (unsigned long long)attr->node, attr->kind,
                                      attr->mode, (unsigned long long)attr->triples,
                                      (unsigned long long)attr->version),
                     BC_OK);
    return bc_buffer_append(&rendering->children, attr, sizeof *attr);
}

static void render_folder(struct bc_branch *branch, uint64_t folder, struct bc_buffer *to)
{
    struct rendering rendering = {.to = to};
    assert_int_equal(bc_tree_list_attr(branch, folder, render_entry, &rendering), BC_OK);
    for (size_t at = 0; at < rendering.children.size; at += sizeof(struct bc_attr)) {
        struct bc_attr attr;
        struct bc_buffer bytes = {0};
        memcpy(&attr, rendering.children.data + at, sizeof attr);
        assert_int_equal(bc_xattr_list(branch, attr.node, &bytes), BC_OK);
        for (size_t i = 0; i < bytes.size; i++)
            assert_int_equal(bc_buffer_append(to, bytes.data[i] ? bytes.data + i : "\n", 1), BC_OK);
        bc_buffer_release(&bytes);
        if (attr.kind == BC_DIRECTORY) {
            render_folder(branch, attr.node, to);
        } else {
            bytes = world_content(branch, attr.node);
            assert_int_equal(bc_buffer_append(to, bytes.data, bytes.size), BC_OK);
            bc_buffer_release(&bytes);
        }
    }
    bc_buffer_release(&rendering.children);
}

static struct bc_buffer render(struct bc_branch *branch)
{
    struct bc_buffer to = {0};
    render_folder(branch, BC_ROOT_NODE, &to);
    assert_int_equal(bc_buffer_append(&to, "", 1), BC_OK);
    return to;
}

static void expect_rendering(struct bc_branch *branch, const struct bc_buffer *expected)
{
    struct bc_buffer now = render(branch);
    assert_string_equal(now.data, expected->data);
    bc_buffer_release(&now);
}

enum { LAYERS = 300 };

/* LAYERS layers, each with a little, and one file that all of them change. */
static void make_deep(struct bc_branch *branch)
{
    char path[32];
    world_folder(branch, "folder");
    for (uint64_t i = 0; i < LAYERS; i++) {
        (void)snprintf(path, sizeof path, "%s%llu.nt", i % 2 ? "folder/f" : "f",
                       (unsigned long long)(i % 50));
        append_line(branch, path, i);
        append_line(branch, "all.nt", i);
        if (i % 10 == 9)
            (void)world_remove(branch, "f8.nt");
        freeze(branch);
    }
}

static void deep_stacks_become_short(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    make_deep(world.main);
    assert_true(world.main->top->depth >= LAYERS);
    struct bc_buffer before = render(world.main);
    maintain(world.main);
    assert_true(world.main->top->depth < BC_INDEX_AT);
    expect_rendering(world.main, &before);
    world_check(&world);
    world_reopen(&world);
    assert_true(world.main->top->depth < BC_INDEX_AT);
    expect_rendering(world.main, &before);
    bc_buffer_release(&before);
    world_close(&world);
}

static void stacks_stay_short_while_they_grow(void **state)
{
    (void)state;
    struct world world;
    uint64_t deepest = 0;
    world_open(&world, NULL);
    for (uint64_t i = 0; i < LAYERS; i++) {
        char path[32];
        (void)snprintf(path, sizeof path, "f%llu.nt", (unsigned long long)i);
        append_line(world.main, path, i);
        freeze(world.main);
        maintain(world.main);
        if (world.main->top->depth > deepest)
            deepest = world.main->top->depth;
    }
    assert_true(deepest < 3 * (uint64_t)BC_INDEX_AT);
    world_close(&world);
}

/* The states from the branch's top down, as u64 each. */
static struct bc_buffer history(struct bc_branch *branch)
{
    struct bc_buffer states = {0};
    uint64_t state;
    assert_int_equal(bc_layer_state(branch->repo, branch->top->id, &state), BC_OK);
    while (state) {
        uint64_t previous;
        assert_int_equal(bc_encode_u64(&states, state), BC_OK);
        assert_int_equal(bc_layer_previous(branch->repo, state, &previous), BC_OK);
        assert_true(previous < state);
        state = previous;
    }
    return states;
}

static void history_is_what_it_was(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    make_deep(world.main);
    struct bc_buffer before = history(world.main);
    maintain(world.main);
    assert_true(world.main->top->id != world.main->top->state);
    struct bc_buffer after = history(world.main);
    assert_int_equal(before.size, after.size);
    assert_memory_equal(before.data, after.data, before.size);
    append_line(world.main, "all.nt", LAYERS);
    freeze(world.main);
    bc_buffer_release(&after);
    after = history(world.main);
    assert_int_equal(before.size + 8, after.size);
    assert_memory_equal(before.data, after.data + 8, before.size);
    bc_buffer_release(&before);
    bc_buffer_release(&after);
    world_close(&world);
}

static void every_state_is_found_in_the_history(void **state)
{
    (void)state;
    struct world world;
    bool contains;
    world_open(&world, NULL);
    for (uint64_t i = 0; i < 200; i++) {
        append_line(world.main, "a.nt", i);
        freeze(world.main);
        if (i % 7 == 0)
            maintain(world.main);
    }
    struct bc_branch *fork = world_fork(&world, world.main, "fork");
    append_line(fork, "a.nt", 1000);
    freeze(fork);
    struct bc_buffer states = history(world.main);
    for (size_t at = 0; at < states.size; at += 8) {
        assert_int_equal(
            bc_layer_contains(world.repo, fork->top, bc_get_u64(states.data + at), &contains),
            BC_OK);
        assert_true(contains);
    }
    assert_int_equal(bc_layer_contains(world.repo, world.main->top, fork->top->state, &contains),
                     BC_OK);
    assert_false(contains);
    assert_int_equal(bc_layer_contains(world.repo, world.main->top, fork->work, &contains), BC_OK);
    assert_false(contains);
    bc_buffer_release(&states);
    bc_branch_release(fork);
    world_close(&world);
}

static void what_is_in_the_working_set_stays_on_top(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    make_deep(world.main);
    uint64_t node = world_find(world.main, "all.nt");
    assert_int_equal(
        bc_xattr_set(world.main, node, text_slice("user.a"), text_slice("low"), false, false),
        BC_OK);
    uint64_t plain = world_put(world.main, "plain", "bytes of a file");
    freeze(world.main);
    append_line(world.main, "all.nt", LAYERS);
    assert_int_equal(world_remove(world.main, "folder/f1.nt"), BC_OK);
    struct bc_buffer before = render(world.main);
    maintain(world.main);
    expect_rendering(world.main, &before);
    /* Everything that was found through an index can be changed. */
    append_line(world.main, "f4.nt", 7777);
    assert_int_equal(bc_bytes_write(world.main, plain, 3, "XYZ", 3, false, NULL), BC_OK);
    world_expect(world.main, "plain", "bytXYZof a file");
    struct bc_buffer value = {0};
    assert_int_equal(bc_xattr_get(world.main, node, text_slice("user.a"), &value), BC_OK);
    assert_int_equal(value.size, 3);
    assert_int_equal(bc_xattr_remove(world.main, node, text_slice("user.a")), BC_OK);
    assert_int_equal(bc_xattr_get(world.main, node, text_slice("user.a"), &value), BC_NO_DATA);
    assert_int_equal(world_find(world.main, "folder/f1.nt"), 0);
    assert_int_equal(world_remove(world.main, "all.nt"), BC_OK);
    freeze(world.main);
    world_check(&world);
    assert_int_equal(world_find(world.main, "all.nt"), 0);
    bc_buffer_release(&value);
    bc_buffer_release(&before);
    world_close(&world);
}

static void forks_share_what_was_made(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    make_deep(world.main);
    maintain(world.main);
    struct bc_branch *fork = world_fork(&world, world.main, "fork");
    assert_ptr_equal(fork->top, world.main->top);
    struct bc_buffer before = render(fork);
    append_line(world.main, "all.nt", LAYERS);
    expect_rendering(fork, &before);
    bc_buffer_release(&before);
    bc_branch_release(fork);
    assert_int_equal(bc_branch_delete(world.repo, text_slice("fork"), false, &world.err), BC_OK);
    world_close(&world);
}

static void small_layers_do_not_copy_a_large_one(void **state)
{
    (void)state;
    struct world world;
    uint64_t rows = 0;
    world_open(&world, NULL);
    for (uint64_t i = 0; i < 3000; i++) {
        char path[32];
        (void)snprintf(path, sizeof path, "f%llu", (unsigned long long)i);
        world_file(world.main, path);
    }
    freeze(world.main);
    for (uint64_t i = 0; i < 20; i++) {
        append_line(world.main, "a.nt", i);
        freeze(world.main);
        maintain(world.main);
    }
    for (struct bc_layer *layer = world.main->top; layer; layer = layer->parent)
        rows += layer->id == layer->state ? 0 : layer->rows;
    assert_true(rows > 0 && rows < 50);
    world_close(&world);
}

static void scratches_and_pasts_are_left_alone(void **state)
{
    (void)state;
    struct world world;
    struct bc_branch *scratch = NULL;
    struct bc_branch *past = NULL;
    world_open(&world, NULL);
    make_deep(world.main);
    uint64_t layer = bc_branch_layer(world.main);
    assert_int_equal(bc_scratch_new(world.repo, layer, &scratch), BC_OK);
    assert_int_equal(bc_branch_past(world.repo, layer, &past), BC_OK);
    append_line(scratch, "all.nt", LAYERS);
    maintain(scratch);
    maintain(past);
    assert_int_equal(scratch->top->id, layer);
    assert_int_equal(past->top->id, layer);
    bc_branch_release(scratch);
    bc_branch_release(past);
    world_close(&world);
}

/* A random history; what each of its states shows is noted when it is made. */
enum { STATES = 120 };

struct noted {
    uint64_t state;
    struct bc_buffer rendering;
};

static void change_something(struct bc_branch *branch, uint64_t *random)
{
    char path[32];
    char other[32];
    uint64_t folder = world_random(random, 3);
    static const char *const folders[] = {"", "d1/", "d2/"};
    (void)snprintf(path, sizeof path, "%sf%llu.nt", folders[folder],
                   (unsigned long long)world_random(random, 6));
    (void)snprintf(other, sizeof other, "g%llu.nt", (unsigned long long)world_random(random, 6));
    uint64_t node = world_find(branch, path);
    struct world unused;
    struct bc_renamed renamed;
    switch (world_random(random, 8)) {
    case 0:
        if (node)
            assert_int_equal(world_remove(branch, path), BC_OK);
        break;
    case 1:
        if (node)
            assert_int_equal(world_rename(&unused, branch, path, other, 0, &renamed), BC_OK);
        break;
    case 2:
        if (node)
            assert_int_equal(
                bc_xattr_set(branch, node, text_slice("user.x"), text_slice("1"), false, false),
                BC_OK);
        break;
    case 3:
        (void)world_put(branch, "plain", path);
        break;
    default:
        append_line(branch, path, world_random(random, 40));
    }
}

static void past_states_read_the_same_afterwards(void **state)
{
    (void)state;
    struct world world;
    struct noted *noted = calloc(STATES, sizeof *noted);
    assert_non_null(noted);
    uint64_t random = world_seed();
    world_open(&world, NULL);
    world.repo->index_at = 3;
    world.repo->settle_at = 2;
    world_folder(world.main, "d1");
    world_folder(world.main, "d2");
    struct bc_branch *branches[3] = {bc_branch_retain(world.main)};
    branches[1] = world_fork(&world, world.main, "one");
    branches[2] = world_fork(&world, world.main, "two");
    for (size_t i = 0; i < STATES; i++) {
        struct bc_branch *branch = branches[world_random(&random, 3)];
        for (uint64_t changes = world_random(&random, 5) + 1; changes; changes--)
            change_something(branch, &random);
        freeze(branch);
        noted[i] = (struct noted){branch->top->state, render(branch)};
        if (!world_random(&random, 4))
            maintain(branch);
        if (!world_random(&random, 30))
            assert_int_equal(bc_repo_collect(world.repo, NULL), BC_OK);
    }
    for (size_t i = 0; i < STATES; i++) {
        struct bc_branch *past = NULL;
        assert_int_equal(bc_branch_past(world.repo, noted[i].state, &past), BC_OK);
        expect_rendering(past, &noted[i].rendering);
        bc_branch_release(past);
        bc_buffer_release(&noted[i].rendering);
    }
    for (size_t i = 0; i < 3; i++)
        bc_branch_release(branches[i]);
    free(noted);
    world_close(&world);
}

static void every_failure_leaves_the_branch_as_it_was(void **state)
{
    (void)state;
    struct world world;
    struct bc_store *inner;
    assert_int_equal(bc_memory_store_new(&inner), BC_OK);
    world_open(&world, failing_store_new(inner));
    uint64_t failures = 1;
    for (uint64_t i = 0; i < 40; i++) {
        append_line(world.main, i % 3 ? "a.nt" : "b.nt", i);
        freeze(world.main);
    }
    world.repo->settle_at = 4;
    struct bc_buffer before = render(world.main);
    for (uint64_t countdown = 1; failures; countdown++) {
        failing_store_fail_after(world.store, countdown, 0, BC_IO);
        enum bc_status st = bc_branch_maintain(world.main, NULL);
        failures = failing_store_failures(world.store);
        failing_store_fail_after(world.store, 0, 0, BC_OK);
        assert_true(!failures || st == BC_IO);
        expect_rendering(world.main, &before);
        if (failures && countdown % 16 == 0)
            world_check(&world);
    }
    assert_true(world.main->top->depth < BC_INDEX_AT);
    assert_int_equal(bc_repo_collect(world.repo, NULL), BC_OK);
    expect_rendering(world.main, &before);
    world_reopen(&world);
    expect_rendering(world.main, &before);
    bc_buffer_release(&before);
    world_close(&world);
}

static void put_row(struct world *world, struct bc_slice key, struct bc_slice value)
{
    struct bc_batch batch = {0};
    assert_int_equal(bc_batch_put(&batch, BC_LAYERS, key, value), BC_OK);
    assert_int_equal(bc_store_apply(world->store, &batch, false), BC_OK);
    bc_batch_release(&batch);
}

static void delete_row(struct world *world, struct bc_slice key)
{
    struct bc_batch batch = {0};
    assert_int_equal(bc_batch_delete(&batch, BC_LAYERS, key), BC_OK);
    assert_int_equal(bc_store_apply(world->store, &batch, false), BC_OK);
    bc_batch_release(&batch);
}

/* Requires that the check finds something that says so. */
static void expect_problem(struct world *world, const char *words)
{
    assert_true(world_problems(world) > 0);
    if (!strstr(world->problem, words))
        fail_msg("check: %s", world->problem);
}

static void the_check_tells_of_an_index_that_lies(void **state)
{
    (void)state;
    struct world world;
    struct bc_key key;
    struct bc_value value = {0};
    char redirect[BC_REDIRECT_BYTES];
    world_open(&world, NULL);
    make_deep(world.main);
    maintain(world.main);
    uint64_t index = world.main->top->id;
    assert_true(index != world.main->top->state);
    uint64_t node = world_find(world.main, "all.nt");
    bc_key_node(&key, index, BC_ROW_NODE, node);
    assert_int_equal(bc_store_get(world.store, NULL, BC_LAYERS, bc_key_slice(&key), &value), BC_OK);
    struct bc_buffer kept = {0};
    assert_int_equal(bc_buffer_append(&kept, value.slice.data, value.slice.size), BC_OK);
    bc_value_release(&value);

    struct bc_buffer states = history(world.main);
    if (states.size < 16)
        abort();
    bc_redirect_encode(bc_get_u64(states.data + 8), redirect);
    put_row(&world, bc_key_slice(&key), bc_slice(redirect, sizeof redirect));
    expect_problem(&world, "is in another layer");
    delete_row(&world, bc_key_slice(&key));
    expect_problem(&world, "is missing");
    put_row(&world, bc_key_slice(&key), bc_buffer_slice(&kept));
    world_check(&world);

    char entry[9] = {0};
    bc_put_u64(entry, node);
    entry[8] = BC_FILE;
    bc_key_entry(&key, index, BC_ROOT_NODE, text_slice("nowhere"));
    put_row(&world, bc_key_slice(&key), bc_slice(entry, sizeof entry));
    expect_problem(&world, "is nowhere else");
    delete_row(&world, bc_key_slice(&key));
    bc_buffer_release(&kept);
    bc_buffer_release(&states);
    world_close(&world);
}

static void index_records_in_a_circle_are_refused(void **state)
{
    (void)state;
    struct world world;
    struct bc_layer *layer = NULL;
    struct bc_batch batch = {0};
    world_open(&world, NULL);
    append_line(world.main, "a.nt", 1);
    freeze(world.main);
    uint64_t real = world.main->top->id;
    /* Two that stand on each other, and one that says to be the same as a later one. */
    assert_int_equal(
        bc_layer_record_put_index(&batch, 1000, &(struct bc_layer_record){1001, real, 1}), BC_OK);
    assert_int_equal(
        bc_layer_record_put_index(&batch, 1001, &(struct bc_layer_record){1000, real, 1}), BC_OK);
    assert_int_equal(
        bc_layer_record_put_index(&batch, 1002, &(struct bc_layer_record){real, 1003, 1}), BC_OK);
    assert_int_equal(bc_store_apply(world.store, &batch, false), BC_OK);
    bc_batch_release(&batch);
    assert_int_equal(bc_layer_get(world.repo, 1000, &layer), BC_CORRUPT);
    assert_int_equal(bc_layer_get(world.repo, 1002, &layer), BC_CORRUPT);
    assert_int_equal(bc_repo_collect(world.repo, NULL), BC_OK);
    assert_int_equal(bc_layer_get(world.repo, real, &layer), BC_OK);
    bc_layer_release(world.repo, layer);
    world_close(&world);
}

/* The repository's own thread, beside writers and readers. */

enum { WRITERS = 3, WRITES = 150 };

struct busy {
    struct world *world;
    int number;
    atomic_bool *stop;
};

static void *write_and_freeze(void *context)
{
    struct busy *busy = context;
    struct bc_branch *branch = world_branch(busy->world, "main");
    char path[32];
    (void)snprintf(path, sizeof path, "w%d.nt", busy->number);
    for (uint64_t i = 0; i < WRITES; i++) {
        append_line(branch, path, i);
        freeze(branch);
    }
    bc_branch_release(branch);
    return NULL;
}

/* A file never has less than it had before. */
static void *read_all(void *context)
{
    struct busy *busy = context;
    struct bc_branch *branch = world_branch(busy->world, "main");
    uint64_t before[WRITERS] = {0};
    while (!atomic_load(busy->stop)) {
        for (int i = 0; i < WRITERS; i++) {
            char path[32];
            struct bc_attr attr;
            struct bc_file_text *text = NULL;
            (void)snprintf(path, sizeof path, "w%d.nt", i);
            uint64_t node = world_find(branch, path);
            if (!node)
                continue;
            assert_int_equal(bc_file_text_open(branch, node, &text, &attr), BC_OK);
            assert_true(attr.triples >= before[i]);
            assert_int_equal(attr.triples, bc_text_triples(bc_file_text_view(text)));
            before[i] = attr.triples;
            bc_file_text_release(text);
        }
    }
    bc_branch_release(branch);
    return NULL;
}

static void *collect_all(void *context)
{
    struct busy *busy = context;
    while (!atomic_load(busy->stop))
        assert_int_equal(bc_repo_collect(busy->world->repo, NULL), BC_OK);
    return NULL;
}

static void readers_and_writers_go_on_meanwhile(void **state)
{
    (void)state;
    struct world world = {0};
    struct bc_repo_options options = {.spool_directory = "/tmp", .maintain = true};
    pthread_t writers[WRITERS];
    pthread_t reader;
    pthread_t collector;
    struct busy busy[WRITERS];
    atomic_bool stop = false;
    assert_int_equal(bc_memory_store_new(&world.store), BC_OK);
    assert_int_equal(bc_repo_open(world.store, &options, &world.repo, &world.err), BC_OK);
    world.repo->settle_at = 4;
    world.main = world_branch(&world, "main");
    for (int i = 0; i < WRITERS; i++) {
        busy[i] = (struct busy){&world, i, &stop};
        assert_int_equal(pthread_create(&writers[i], NULL, write_and_freeze, &busy[i]), 0);
    }
    assert_int_equal(pthread_create(&reader, NULL, read_all, &busy[0]), 0);
    assert_int_equal(pthread_create(&collector, NULL, collect_all, &busy[0]), 0);
    for (int i = 0; i < WRITERS; i++)
        assert_int_equal(pthread_join(writers[i], NULL), 0);
    atomic_store(&stop, true);
    assert_int_equal(pthread_join(reader, NULL), 0);
    assert_int_equal(pthread_join(collector, NULL), 0);
    maintain(world.main);
    assert_true(world.main->top->depth < BC_INDEX_AT);
    for (int i = 0; i < WRITERS; i++) {
        char path[32];
        (void)snprintf(path, sizeof path, "w%d.nt", i);
        struct bc_attr attr = world_stat(world.main, world_find(world.main, path));
        assert_int_equal(attr.triples, WRITES);
    }
    bc_branch_release(world.main);
    bc_repo_close(world.repo);
    assert_int_equal(bc_repo_open(world.store, &options, &world.repo, &world.err), BC_OK);
    world.main = world_branch(&world, "main");
    world_close(&world);
}

static double milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* Only told: how quick a deep history is with and without an index; TRIPLEFS_LAYERS deep. */
static void tells_how_quick_it_is(void **state)
{
    (void)state;
    const char *given = getenv("TRIPLEFS_LAYERS");
    uint64_t deep = given ? strtoull(given, NULL, 10) : 400;
    uint64_t names = deep < 1 ? 1 : deep < 2000 ? deep : 2000;
    struct world world;
    char path[32];
    world_open(&world, NULL);
    for (uint64_t i = 0; i < deep; i++) {
        (void)snprintf(path, sizeof path, "f%llu", (unsigned long long)(i % 2000));
        world_file(world.main, path);
        append_line(world.main, "all.nt", i);
        freeze(world.main);
    }
    for (int round = 0; round < 2; round++) {
        double start = milliseconds();
        for (uint64_t i = 0; i < 100; i++) {
            (void)snprintf(path, sizeof path, "f%llu", (unsigned long long)(i * 19 % names));
            assert_true(world_find(world.main, path));
        }
        double looked_up = milliseconds();
        struct bc_buffer list = {0};
        struct rendering rendering = {.to = &list};
        assert_int_equal(bc_tree_list_attr(world.main, BC_ROOT_NODE, render_entry, &rendering),
                         BC_OK);
        double listed = milliseconds();
        bc_buffer_release(&list);
        bc_buffer_release(&rendering.children);
        list = world_content(world.main, world_find(world.main, "all.nt"));
        double read = milliseconds();
        bc_buffer_release(&list);
        bc_branch_release(world_fork(&world, world.main, round ? "after" : "before"));
        double forked = milliseconds();
        print_message(
            "depth %llu: look-up %.3f ms, listing %.1f ms, reading %.2f ms, fork %.3f ms\n",
            (unsigned long long)world.main->top->depth, (looked_up - start) / 100,
            listed - looked_up, read - listed, forked - read);
        start = milliseconds();
        if (!round) {
            maintain(world.main);
            print_message("maintenance: %.0f ms\n", milliseconds() - start);
        }
    }
    bc_branch_release(world.main);
    bc_repo_close(world.repo);
    bc_store_close(world.store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(deep_stacks_become_short),
        cmocka_unit_test(stacks_stay_short_while_they_grow),
        cmocka_unit_test(history_is_what_it_was),
        cmocka_unit_test(every_state_is_found_in_the_history),
        cmocka_unit_test(what_is_in_the_working_set_stays_on_top),
        cmocka_unit_test(forks_share_what_was_made),
        cmocka_unit_test(small_layers_do_not_copy_a_large_one),
        cmocka_unit_test(scratches_and_pasts_are_left_alone),
        cmocka_unit_test(past_states_read_the_same_afterwards),
        cmocka_unit_test(every_failure_leaves_the_branch_as_it_was),
        cmocka_unit_test(the_check_tells_of_an_index_that_lies),
        cmocka_unit_test(index_records_in_a_circle_are_refused),
        cmocka_unit_test(readers_and_writers_go_on_meanwhile),
        cmocka_unit_test(tells_how_quick_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
