#include "branchcore/rendering.h"
#include "branchcore/repo_prefixes.h"
#include "branchcore/shown.h"
#include "tests/failing_store.h"
#include "tests/tree_world.h"
#include "tests/upside.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#define EX "@prefix ex: <http://ex/> .\n"
#define A  "{ex:a} {ex:p} \"1\" .\n"
#define B  "{ex:b} {ex:p} \"2\" .\n"

static struct bc_shown *open_shown(struct bc_branch *branch, uint64_t node, enum bc_syntax syntax)
{
    struct bc_shown *shown = NULL;
    struct bc_attr attr;
    struct bc_error err = {{0}};
    enum bc_status st = bc_shown_open(branch, node, syntax, &shown, &attr, &err);
    if (st)
        fail_msg("%s: %s", bc_status_text(st), err.text);
    assert_int_equal(attr.size_bytes, bc_shown_bytes(shown));
    assert_int_equal(attr.node, node);
    return shown;
}

static void expect_shown(const struct bc_shown *shown, const char *text)
{
    char bytes[4096];
    size_t done;
    assert_int_equal(bc_shown_read(shown, 0, bytes, sizeof bytes - 1, &done), BC_OK);
    bytes[done] = '\0';
    assert_string_equal(bytes, text);
    assert_int_equal(done, bc_shown_bytes(shown));
}

static void expect(struct bc_branch *branch, uint64_t node, enum bc_syntax syntax, const char *text)
{
    struct bc_shown *shown = open_shown(branch, node, syntax);
    expect_shown(shown, text);
    bc_shown_release(shown);
}

static void put(struct bc_branch *branch, uint64_t node, enum bc_syntax syntax, const char *text)
{
    struct bc_edit *edit;
    struct bc_error err = {{0}};
    assert_int_equal(bc_edit_new(branch, node, syntax, BC_EDIT_REPLACE, &edit), BC_OK);
    assert_int_equal(bc_edit_write(edit, 0, text, strlen(text), &err), BC_OK);
    assert_int_equal(bc_edit_commit(edit, false, NULL, &err), BC_OK);
    bc_edit_free(edit);
}

static void a_version_is_written_once_for_all_who_read_it(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    uint64_t node = world_file(world.main, "a.ttl");
    put(world.main, node, BC_TURTLE, EX A B);
    (void)upside_written();
    struct bc_shown *first = open_shown(world.main, node, BC_TURTLE);
    struct bc_shown *second = open_shown(world.main, node, BC_TURTLE);
    expect_shown(first, EX B A);
    assert_true(bc_shown_same(first, second));
    bc_shown_release(first);
    expect_shown(second, EX B A);
    struct bc_branch *fork = world_fork(&world, world.main, "fork");
    expect(fork, node, BC_TURTLE, EX B A);
    bc_shown_release(second);
    expect(world.main, node, BC_TURTLE, EX B A); /* kept, though nobody used it */
    assert_int_equal(upside_written(), 1);
    expect(world.main, node, BC_TRIG, EX B A); /* another syntax */
    assert_int_equal(upside_written(), 1);
    expect(world.main, node, BC_NTRIPLES,
           "<http://ex/a> <http://ex/p> \"1\" .\n<http://ex/b> <http://ex/p> \"2\" .\n");
    assert_int_equal(upside_written(), 0);
    bc_branch_release(fork);
    world_close(&world);
}

static void what_is_open_stays_as_it_was(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    uint64_t node = world_file(world.main, "a.ttl");
    put(world.main, node, BC_TURTLE, EX A);
    struct bc_shown *old = open_shown(world.main, node, BC_TURTLE);
    put(world.main, node, BC_TURTLE, EX B);
    expect(world.main, node, BC_TURTLE, EX B);
    expect_shown(old, EX A);
    bc_shown_release(old);
    world_close(&world);
}

static void a_file_without_own_prefixes_is_shown_with_those_of_the_store(void **state)
{
    (void)state;
    struct world world;
    struct bc_prefixes table = {0};
    world_open(&world, NULL);
    uint64_t node = world_file(world.main, "a.nt");
    put(world.main, node, BC_NTRIPLES, "<http://ex/a> <http://ex/p> \"1\" .\n");
    expect(world.main, node, BC_TURTLE, "<http://ex/a> <http://ex/p> \"1\" .\n");
    assert_int_equal(
        bc_prefixes_read(&table, text_slice("ex: <http://ex/>\nno: <http://no/>\n"), NULL), BC_OK);
    assert_int_equal(bc_repo_prefixes_set(world.repo, &table), BC_OK);
    expect(world.main, node, BC_TURTLE, EX A);
    struct bc_slice empty = bc_slice("", 0);
    assert_int_equal(
        bc_xattr_set(world.main, node, text_slice(BC_PREFIXES_ATTRIBUTE), empty, false, false),
        BC_OK);
    expect(world.main, node, BC_TURTLE, "<http://ex/a> <http://ex/p> \"1\" .\n");
    assert_int_equal(bc_xattr_remove(world.main, node, text_slice(BC_PREFIXES_ATTRIBUTE)), BC_OK);
    expect(world.main, node, BC_TURTLE, EX A);
    bc_prefixes_release(&table);
    world_close(&world);
}

static void other_prefixes_make_another_version(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    struct bc_slice name = text_slice(BC_PREFIXES_ATTRIBUTE);
    uint64_t node = world_file(world.main, "a.ttl");
    put(world.main, node, BC_TURTLE, EX A);
    uint64_t version = world_stat(world.main, node).version;
    assert_int_equal(
        bc_xattr_set(world.main, node, name, text_slice("ex: <http://ex/>\n"), false, false),
        BC_OK);
    assert_int_equal(world_stat(world.main, node).version, version);
    assert_int_equal(bc_xattr_set(world.main, node, name, text_slice("no prefixes"), false, false),
                     BC_INVALID);
    assert_int_equal(
        bc_xattr_set(world.main, node, name, text_slice("e: <http://ex/>\n"), false, false), BC_OK);
    assert_int_not_equal(world_stat(world.main, node).version, version);
    version = world_stat(world.main, node).version;
    expect(world.main, node, BC_TURTLE, "@prefix e: <http://ex/> .\n{e:a} {e:p} \"1\" .\n");
    assert_int_equal(
        bc_xattr_set(world.main, node, text_slice("user.x"), text_slice("y"), false, false), BC_OK);
    assert_int_equal(world_stat(world.main, node).version, version);
    assert_int_equal(bc_xattr_remove(world.main, node, name), BC_OK);
    assert_int_not_equal(world_stat(world.main, node).version, version);
    world_close(&world);
}

static void what_cannot_be_shown_is_told(void **state)
{
    (void)state;
    struct world world;
    struct bc_shown *shown = NULL;
    world_open(&world, NULL);
    uint64_t node = world_file(world.main, "a.nt");
    put(world.main, node, BC_NTRIPLES, "<http://ex/a> <http://ex/p!> \"1\" .\n");
    assert_int_equal(bc_shown_open(world.main, node, BC_RDFXML, &shown, NULL, &world.err),
                     BC_SYNTAX);
    assert_non_null(strstr(world.err.text, "'!'"));
    struct bc_attr attr = world_stat(world.main, node);
    assert_int_equal(bc_shown_size(world.main, BC_RDFXML, true, &attr), BC_OK);
    assert_int_equal(attr.size_bytes, 0);
    uint64_t plain = world_put(world.main, "plain", "bytes");
    assert_int_equal(bc_shown_open(world.main, plain, BC_TURTLE, &shown, NULL, NULL), BC_INVALID);
    assert_int_equal(bc_shown_open(world.main, BC_ROOT_NODE, BC_TURTLE, &shown, NULL, NULL),
                     BC_IS_DIRECTORY);
    assert_int_equal(bc_shown_open(world.main, 12345, BC_TURTLE, &shown, NULL, NULL), BC_STALE);
    const struct bc_formats *formats = world.repo->formats;
    world.repo->formats = NULL;
    assert_int_equal(bc_shown_open(world.main, node, BC_TURTLE, &shown, NULL, &world.err),
                     BC_UNSUPPORTED);
    assert_non_null(strstr(world.err.text, "Turtle"));
    world.repo->formats = formats;
    world_close(&world);
}

static void put_many(struct bc_branch *branch, uint64_t node, unsigned lines)
{
    struct bc_buffer text = {0};
    for (unsigned i = 0; i < lines; i++)
        assert_int_equal(bc_buffer_printf(&text, "<http://ex/%06u> <http://ex/p> \"v\" .\n", i),
                         BC_OK);
    assert_int_equal(bc_buffer_append(&text, "", 1), BC_OK);
    put(branch, node, BC_NTRIPLES, text.data);
    bc_buffer_release(&text);
}

static void a_size_is_known_without_writing(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    uint64_t node = world_file(world.main, "a.ttl");
    uint64_t large = world_file(world.main, "large.nt");
    put(world.main, node, BC_TURTLE, EX A);
    put_many(world.main, large, 20000);
    (void)upside_written();
    struct bc_attr attr = world_stat(world.main, node);
    assert_int_equal(bc_shown_size(world.main, BC_TURTLE, false, &attr), BC_OK);
    assert_int_equal(attr.size_bytes, strlen(EX A));
    struct bc_attr lines = attr;
    assert_int_equal(bc_shown_size(world.main, BC_NTRIPLES, false, &lines), BC_OK);
    assert_int_equal(lines.size_bytes, attr.size_bytes);
    struct bc_attr large_attr = world_stat(world.main, large);
    assert_true(large_attr.size_bytes > BC_SHOWN_QUICK_BYTES);
    assert_int_equal(bc_shown_size(world.main, BC_TURTLE, false, &large_attr), BC_BUSY);
    assert_int_equal(upside_written(), 1);
    assert_int_equal(bc_shown_size(world.main, BC_TURTLE, true, &large_attr), BC_OK);
    uint64_t size = large_attr.size_bytes;
    assert_int_equal(upside_written(), 1);
    world_reopen(&world);
    attr = world_stat(world.main, node);
    large_attr = world_stat(world.main, large);
    assert_int_equal(bc_shown_size(world.main, BC_TURTLE, false, &attr), BC_OK);
    assert_int_equal(bc_shown_size(world.main, BC_TURTLE, false, &large_attr), BC_OK);
    assert_int_equal(attr.size_bytes, strlen(EX A));
    assert_int_equal(large_attr.size_bytes, size);
    assert_int_equal(upside_written(), 0);
    put(world.main, node, BC_TURTLE, EX A B);
    attr = world_stat(world.main, node);
    assert_int_equal(bc_shown_size(world.main, BC_TURTLE, false, &attr), BC_OK);
    assert_int_equal(attr.size_bytes, strlen(EX A B));
    world_close(&world);
}

static unsigned size_rows(struct world *world)
{
    struct bc_cursor *cursor = NULL;
    unsigned count = 0;
    assert_int_equal(bc_store_cursor(world->store, NULL, BC_REFS, bc_slice("s", 1),
                                     bc_slice("t", 1), false, &cursor),
                     BC_OK);
    for (cursor->ops->first(cursor); cursor->valid; cursor->ops->next(cursor))
        count++;
    bc_cursor_free(cursor);
    return count;
}

static void sizes_go_with_their_layers(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    uint64_t node = world_file(world.main, "a.ttl");
    for (int i = 0; i < 5; i++) { /* of one layer the last is kept */
        put(world.main, node, BC_TURTLE, i % 2 ? EX A : EX B);
        expect(world.main, node, BC_TURTLE, i % 2 ? EX A : EX B);
    }
    assert_int_equal(size_rows(&world), 1);
    struct bc_branch *fork = world_fork(&world, world.main, "fork");
    put(fork, node, BC_TURTLE, EX A B);
    expect(fork, node, BC_TURTLE, EX B A);
    assert_int_equal(size_rows(&world), 2);
    bc_branch_release(fork);
    assert_int_equal(bc_repo_collect(world.repo, NULL), BC_OK);
    assert_int_equal(size_rows(&world), 2);
    struct bc_batch batch = {0};
    char key[18] = "s\0\0\0\0\0\xFF";
    assert_int_equal(bc_batch_put(&batch, BC_REFS, bc_slice(key, sizeof key), bc_slice(key, 18)),
                     BC_OK);
    assert_int_equal(bc_store_apply(world.store, &batch, false), BC_OK);
    bc_batch_release(&batch);
    assert_int_equal(size_rows(&world), 3);
    assert_int_equal(bc_repo_collect(world.repo, NULL), BC_OK);
    assert_int_equal(size_rows(&world), 2);
    world_close(&world);
}

static void unused_ones_are_kept_within_their_share(void **state)
{
    (void)state;
    enum { FILES = 12 };
    struct world world;
    world_open(&world, NULL);
    struct bc_renderings *old = world.repo->renderings;
    struct bc_rendering_limits limits = {.memory_bytes = 300000, .disk_bytes = 7 << 20, .files = 5};
    assert_int_equal(bc_renderings_new(&limits, &world.repo->renderings), BC_OK);
    uint64_t small[FILES];
    uint64_t large[FILES];
    char name[32];
    for (int i = 0; i < FILES; i++) {
        (void)snprintf(name, sizeof name, "small%d.nt", i);
        small[i] = world_file(world.main, name);
        put_many(world.main, small[i], 1500); /* about 60 KB, 75 KB with its memory's room */
        (void)snprintf(name, sizeof name, "large%d.nt", i);
        large[i] = world_file(world.main, name);
        put_many(world.main, large[i], 40000);
    }
    for (int i = 0; i < FILES; i++) {
        bc_shown_release(open_shown(world.main, small[i], BC_TURTLE));
        bc_shown_release(open_shown(world.main, large[i], BC_TURTLE));
        struct bc_rendering_limits unused = bc_renderings_unused(world.repo->renderings);
        assert_true(unused.memory_bytes <= limits.memory_bytes);
        assert_true(unused.disk_bytes <= limits.disk_bytes);
        assert_true(unused.files <= limits.files);
    }
    struct bc_rendering_limits unused = bc_renderings_unused(world.repo->renderings);
    assert_true(unused.memory_bytes > 50000);
    assert_true(unused.files >= 3);
    (void)upside_written();
    bc_shown_release(open_shown(world.main, small[FILES - 1], BC_TURTLE));
    bc_shown_release(open_shown(world.main, large[FILES - 1], BC_TURTLE));
    assert_int_equal(upside_written(), 0);
    bc_shown_release(open_shown(world.main, small[0], BC_TURTLE));
    bc_shown_release(open_shown(world.main, large[0], BC_TURTLE));
    assert_int_equal(upside_written(), 2);
    bc_renderings_free(world.repo->renderings);
    world.repo->renderings = old;
    world_close(&world);
}

struct reading {
    struct world *world;
    uint64_t node;
    enum bc_syntax syntax;
    enum bc_status expected;
    struct bc_buffer text;
};

static void *read_all(void *context)
{
    const struct reading *reading = context;
    struct bc_shown *shown = NULL;
    struct bc_error err = {{0}};
    enum bc_status st =
        bc_shown_open(reading->world->main, reading->node, reading->syntax, &shown, NULL, &err);
    bool good = st == reading->expected && (!st || err.text[0]);
    char piece[7777];
    size_t done = sizeof piece;
    for (uint64_t at = 0; good && !st && done == sizeof piece; at += done)
        good = !bc_shown_read(shown, at, piece, sizeof piece, &done) &&
               at + done <= reading->text.size && !memcmp(piece, reading->text.data + at, done);
    bc_shown_release(shown);
    return good ? context : NULL;
}

static void read_in_parallel(struct reading *reading)
{
    enum { THREADS = 16 };
    pthread_t threads[THREADS];
    (void)upside_written();
    upside_take_ms(30);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_all, reading), 0);
    for (int i = 0; i < THREADS; i++) {
        void *result;
        assert_int_equal(pthread_join(threads[i], &result), 0);
        assert_non_null(result);
    }
    upside_take_ms(0);
}

static void many_threads_wait_for_one_writer(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    for (int round = 0; round < 2; round++) {
        struct reading reading = {.world = &world, .syntax = BC_TURTLE};
        reading.node = world_file(world.main, round ? "large.nt" : "small.nt");
        put_many(world.main, reading.node, round ? 40000 : 100);
        struct bc_shown *shown = open_shown(world.main, reading.node, BC_TRIG);
        assert_int_equal(bc_buffer_reserve(&reading.text, bc_shown_bytes(shown)), BC_OK);
        assert_int_equal(
            bc_shown_read(shown, 0, reading.text.data, bc_shown_bytes(shown), &reading.text.size),
            BC_OK);
        bc_shown_release(shown);
        read_in_parallel(&reading);
        assert_int_equal(upside_written(), 1);
        bc_buffer_release(&reading.text);
    }
    struct reading bad = {.world = &world, .syntax = BC_RDFXML, .expected = BC_SYNTAX};
    bad.node = world_file(world.main, "bad.nt");
    put(world.main, bad.node, BC_NTRIPLES, "<http://ex/a> <http://ex/p!> \"1\" .\n");
    read_in_parallel(&bad);
    world_close(&world);
}

struct stopped {
    struct bc_branch *branch;
    uint64_t node;
    atomic_bool asked;
    enum bc_status status;
};

static bool is_asked(void *context)
{
    return atomic_load((atomic_bool *)context);
}

static void *open_until(void *context)
{
    struct stopped *stopped = context;
    struct bc_shown *shown = NULL;
    struct bc_stop stop = {is_asked, &stopped->asked};
    stopped->status =
        bc_shown_open_until(stopped->branch, stopped->node, BC_TURTLE, &stop, &shown, NULL, NULL);
    bc_shown_release(shown);
    return NULL;
}

static void what_nobody_waits_for_is_not_written_to_its_end(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    struct stopped stopped = {world.main, world_file(world.main, "a.ttl"), true, BC_OK};
    put(world.main, stopped.node, BC_TURTLE, EX A B);
    (void)upside_written();
    (void)open_until(&stopped);
    assert_int_equal(stopped.status, BC_CANCELLED);
    assert_int_equal(upside_written(), 1);
    expect(world.main, stopped.node, BC_TURTLE, EX B A);
    assert_int_equal(upside_written(), 1);
    /* It is there. */
    (void)open_until(&stopped);
    assert_int_equal(stopped.status, BC_OK);
    world_close(&world);
}

/* One writes it and the other waits; one of them is stopped meanwhile. */
static void stop_one_of_two(struct world *world, bool writer)
{
    struct stopped both[2] = {{.branch = world->main, .status = BC_IO},
                              {.branch = world->main, .status = BC_IO}};
    pthread_t threads[2];
    both[0].node = both[1].node = world_file(world->main, writer ? "a.ttl" : "b.ttl");
    put(world->main, both[0].node, BC_TURTLE, EX A B);
    (void)upside_written();
    upside_take_ms(400);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, open_until, &both[i]), 0);
        assert_int_equal(usleep(100000), 0);
    }
    atomic_store(&both[writer ? 0 : 1].asked, true);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    upside_take_ms(0);
    assert_int_equal(both[0].status, BC_OK);
    assert_int_equal(both[1].status, writer ? BC_OK : BC_CANCELLED);
    assert_int_equal(upside_written(), 1);
}

static void who_is_stopped_leaves_the_others_what_they_wait_for(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    stop_one_of_two(&world, true);
    stop_one_of_two(&world, false);
    world_close(&world);
}

static void each_failure_is_told_and_leaves_nothing(void **state)
{
    (void)state;
    struct world world;
    struct bc_store *inner;
    assert_int_equal(bc_memory_store_new(&inner), BC_OK);
    struct bc_store *store = failing_store_new(inner);
    world_open(&world, store);
    uint64_t node = world_file(world.main, "a.ttl");
    put(world.main, node, BC_TURTLE, EX A B);
    for (int kind = 0; kind < 2; kind++) {
        enum bc_status st = BC_IO;
        for (uint64_t at = 1; at < 2000; at++) {
            struct bc_shown *shown = NULL;
            struct bc_attr attr = world_stat(world.main, node);
            bc_renderings_free(world.repo->renderings); /* nothing is known of it */
            assert_int_equal(
                bc_renderings_new(&(struct bc_rendering_limits){.memory_bytes = 1 << 20},
                                  &world.repo->renderings),
                BC_OK);
            uint64_t before = bc_memory_allocations();
            if (kind)
                bc_memory_fail_after(at, 0);
            else
                failing_store_fail_after(store, at, 0, BC_IO);
            st = at % 2 ? bc_shown_open(world.main, node, BC_TURTLE, &shown, &attr, NULL)
                        : bc_shown_size(world.main, BC_TURTLE, true, &attr);
            bc_memory_fail_after(0, 0);
            bool over =
                kind ? bc_memory_allocations() - before < at : !failing_store_failures(store);
            failing_store_fail_after(store, 0, 0, BC_IO);
            assert_true(st == BC_OK || st == (kind ? BC_NO_MEMORY : BC_IO));
            if (!st)
                assert_int_equal(attr.size_bytes, strlen(EX A B));
            if (shown)
                expect_shown(shown, EX B A);
            bc_shown_release(shown);
            if (over && at % 2)
                break;
        }
        assert_int_equal(st, BC_OK);
    }
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_version_is_written_once_for_all_who_read_it),
        cmocka_unit_test(what_is_open_stays_as_it_was),
        cmocka_unit_test(a_file_without_own_prefixes_is_shown_with_those_of_the_store),
        cmocka_unit_test(other_prefixes_make_another_version),
        cmocka_unit_test(what_cannot_be_shown_is_told),
        cmocka_unit_test(a_size_is_known_without_writing),
        cmocka_unit_test(sizes_go_with_their_layers),
        cmocka_unit_test(unused_ones_are_kept_within_their_share),
        cmocka_unit_test(many_threads_wait_for_one_writer),
        cmocka_unit_test(what_nobody_waits_for_is_not_written_to_its_end),
        cmocka_unit_test(who_is_stopped_leaves_the_others_what_they_wait_for),
        cmocka_unit_test(each_failure_is_told_and_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
