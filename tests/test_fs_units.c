/* What of fs/ can be tested without a mount: its tables, its rings, its threads, and which inode
 * shows which version of a triple file to whom. */
#include "branchcore/memory_store.h"
#include "fs/errno.h"
#include "fs/errors.h"
#include "fs/events.h"
#include "fs/inode.h"
#include "fs/line.h"
#include "fs/pool.h"
#include "fs/versions.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void every_status_has_an_errno(void **state)
{
    (void)state;
    assert_int_equal(tfs_errno(BC_OK), 0);
    for (int status = 1; status < BC_STATUS_COUNT; status++)
        assert_true(tfs_errno((enum bc_status)status) > 0);
    assert_int_equal(tfs_errno((enum bc_status)BC_STATUS_COUNT), EIO);
    assert_int_equal(tfs_errno(BC_SYNTAX), EINVAL);
    assert_int_equal(tfs_errno(BC_CROSS_BRANCH), EXDEV);
    assert_int_equal(tfs_errno(BC_CONFLICT), ECANCELED);
}

static void times_are_iso_8601_also_before_1970(void **state)
{
    (void)state;
    char text[TFS_TIME_SIZE];
    tfs_time_format(INT64_C(1000000000123456789), text);
    assert_string_equal(text, "2001-09-09T01:46:40.123Z");
    tfs_time_format(-1, text);
    assert_string_equal(text, "1969-12-31T23:59:59.999Z");
}

static void paths_stay_on_one_line(void **state)
{
    (void)state;
    struct bc_buffer text = {0};
    assert_int_equal(tfs_path_append(&text, "a\nb\x7f c\xc3\xa4"), BC_OK);
    assert_int_equal(bc_buffer_append(&text, "", 1), BC_OK);
    assert_string_equal(text.data, "a\\x0Ab\\x7F c\xc3\xa4");
    bc_buffer_release(&text);
}

static char *errors_text(struct tfs_errors *errors, struct bc_buffer *to)
{
    bc_buffer_clear(to);
    assert_int_equal(tfs_errors_format(errors, to), BC_OK);
    assert_int_equal(bc_buffer_append(to, "", 1), BC_OK);
    return to->data;
}

static void errors_keep_the_last_eight(void **state)
{
    (void)state;
    struct tfs_errors errors;
    struct bc_buffer text = {0};
    tfs_errors_init(&errors);
    assert_string_equal(errors_text(&errors, &text), "");
    for (int i = 0; i < 20; i++) {
        char path[16];
        (void)snprintf(path, sizeof path, "f%d", i);
        tfs_errors_note(&errors, 0, "write", path, "no");
    }
    const char *all = errors_text(&errors, &text);
    assert_null(strstr(all, "f11:"));
    assert_non_null(strstr(all, "f12: no\n"));
    assert_true(strstr(all, "f12:") < strstr(all, "f19:"));
    tfs_errors_release(&errors);
    bc_buffer_release(&text);
}

static void errors_say_a_path_once_and_indent_excerpts(void **state)
{
    (void)state;
    struct tfs_errors errors;
    struct bc_buffer text = {0};
    tfs_errors_init(&errors);
    tfs_errors_note(&errors, 0, "close", "a.nt", "a.nt: line 1, column 2: bad\nx y\n ^\n");
    tfs_errors_note(&errors, 1000000, "close", "a.nt", "a.nt: line 1, column 2: bad\nx y\n ^\n");
    assert_string_equal(errors_text(&errors, &text),
                        "1970-01-01T00:00:00.001Z close a.nt: line 1, column 2: bad\n"
                        "    x y\n"
                        "     ^\n");
    tfs_errors_release(&errors);
    bc_buffer_release(&text);
}

static void count_wake(void *context)
{
    (*(int *)context)++;
}

static void events_wait_in_order_and_only_for_their_branch(void **state)
{
    (void)state;
    struct tfs_hub *hub;
    struct tfs_watcher *one;
    struct tfs_watcher *all;
    struct tfs_event event;
    int wakes = 0;
    int all_wakes = 0;
    assert_int_equal(tfs_hub_new(&hub), BC_OK);
    assert_false(tfs_hub_event_wanted(hub, 7));
    assert_int_equal(tfs_watcher_new(hub, 7, count_wake, &wakes, &one), BC_OK);
    assert_true(tfs_hub_event_wanted(hub, 7));
    assert_false(tfs_hub_event_wanted(hub, 8));
    assert_int_equal(tfs_watcher_new(hub, 0, count_wake, &all_wakes, &all), BC_OK);
    tfs_hub_event(hub, 7, BC_EVENT_CREATE, "a");
    tfs_hub_event(hub, 8, BC_EVENT_CHANGE, "b");
    tfs_hub_event(hub, 7, BC_EVENT_DELETE, "c");
    assert_int_equal(wakes, 1);
    assert_true(tfs_watcher_take(one, &event));
    assert_string_equal(event.path, "a");
    bc_free(event.path);
    assert_true(tfs_watcher_take(one, &event));
    assert_int_equal(event.kind, BC_EVENT_DELETE);
    bc_free(event.path);
    assert_false(tfs_watcher_take(one, &event));
    tfs_hub_event(hub, 7, BC_EVENT_MOVE, "d");
    assert_int_equal(wakes, 2);
    tfs_watcher_free(one);
    for (int i = 0; i < 4; i++) {
        assert_true(tfs_watcher_take(all, &event));
        bc_free(event.path);
    }
    assert_false(tfs_watcher_pending(all));
    tfs_watcher_free(all);
    tfs_hub_free(hub);
}

static void a_slow_reader_of_events_is_told_that_it_lost_some(void **state)
{
    (void)state;
    struct tfs_hub *hub;
    struct tfs_watcher *watcher;
    struct tfs_event event;
    int wakes = 0;
    assert_int_equal(tfs_hub_new(&hub), BC_OK);
    assert_int_equal(tfs_watcher_new(hub, 0, count_wake, &wakes, &watcher), BC_OK);
    for (int i = 0; i < TFS_EVENTS_KEPT + 100; i++)
        tfs_hub_event(hub, 1, BC_EVENT_CHANGE, "x");
    for (int i = 0; i < TFS_EVENTS_KEPT; i++) {
        assert_true(tfs_watcher_take(watcher, &event));
        assert_false(event.overflow);
        bc_free(event.path);
    }
    assert_true(tfs_watcher_take(watcher, &event));
    assert_true(event.overflow);
    assert_false(tfs_watcher_take(watcher, &event));
    tfs_hub_event(hub, 1, BC_EVENT_CHANGE, "y");
    assert_true(tfs_watcher_take(watcher, &event));
    assert_string_equal(event.path, "y");
    bc_free(event.path);
    tfs_watcher_free(watcher);
    tfs_hub_free(hub);
}

struct counted_job {
    struct tfs_job job;
    pthread_barrier_t *barrier; /* NULL: does not wait */
    atomic_int *ran;
};

static void run_counted(struct tfs_job *job)
{
    struct counted_job *self = (struct counted_job *)job;
    if (self->barrier)
        (void)pthread_barrier_wait(self->barrier);
    (void)atomic_fetch_add(self->ran, 1);
}

static void a_pool_grows_so_that_waiting_jobs_do_not_block_others(void **state)
{
    (void)state;
    enum { WAITING = 4, MORE = 100 };
    struct tfs_pool *pool;
    struct counted_job jobs[WAITING + MORE];
    pthread_barrier_t barrier;
    atomic_int ran = 0;
    assert_int_equal(tfs_pool_new(WAITING, &pool), BC_OK);
    assert_int_equal(pthread_barrier_init(&barrier, NULL, WAITING), 0);
    for (int i = 0; i < WAITING + MORE; i++) {
        jobs[i] = (struct counted_job){{.run = run_counted}, i < WAITING ? &barrier : NULL, &ran};
        tfs_pool_submit(pool, &jobs[i].job);
    }
    tfs_pool_free(pool);
    assert_int_equal(ran, WAITING + MORE);
    (void)pthread_barrier_destroy(&barrier);
}

/* A table with a branch. */
struct world {
    struct bc_store *store;
    struct bc_repo *repo;
    struct bc_branch *main;
    struct tfs_table table;
    struct tfs_branch *branch;
};

static int world_setup(void **state)
{
    struct world *world = bc_alloc_zero(sizeof *world);
    struct bc_repo_options options = {.spool_directory = "/tmp"};
    assert_non_null(world);
    assert_int_equal(bc_memory_store_new(&world->store), BC_OK);
    assert_int_equal(bc_repo_open(world->store, &options, &world->repo, NULL), BC_OK);
    assert_int_equal(bc_default_branch(world->repo, &world->main), BC_OK);
    assert_int_equal(tfs_table_init(&world->table), BC_OK);
    assert_int_equal(tfs_branch_of(&world->table, world->main, &world->branch), BC_OK);
    *state = world;
    return 0;
}

static int world_teardown(void **state)
{
    struct world *world = *state;
    tfs_table_release(&world->table);
    bc_branch_release(world->main);
    bc_repo_close(world->repo);
    bc_store_close(world->store);
    bc_free(world);
    return 0;
}

enum { NODE = 42, READER = 1001, OTHER = 1002 };

static struct bc_attr version_of(uint64_t version)
{
    return (struct bc_attr){.node = NODE,
                            .parent = BC_ROOT_NODE,
                            .kind = BC_FILE,
                            .form = BC_TEXT,
                            .version = version,
                            .size_bytes = version * 10};
}

static struct tfs_inode *see(struct world *world, const char *name, uint64_t version, pid_t thread)
{
    struct bc_attr attr = version_of(version);
    struct tfs_inode *inode = NULL;
    assert_int_equal(tfs_inode_see(&world->table, world->branch, &attr, true,
                                   bc_slice(name, strlen(name)), thread, &inode),
                     BC_OK);
    return inode;
}

static void inodes_live_as_long_as_somebody_knows_them(void **state)
{
    struct world *world = *state;
    struct tfs_inode *inode = see(world, "a.nt", 1, 0);
    assert_ptr_equal(see(world, "a.nt", 1, 0), inode);
    assert_int_equal(tfs_inode_count(&world->table), 1);
    tfs_inode_forget(&world->table, inode, 1);
    tfs_inode_pin(&world->table, inode);
    tfs_inode_forget(&world->table, inode, 1);
    assert_int_equal(tfs_inode_count(&world->table), 1);
    tfs_inode_unpin(&world->table, inode);
    assert_int_equal(tfs_inode_count(&world->table), 0);
}

static void the_table_holds_many_inodes(void **state)
{
    enum { MANY = 20000 };
    struct world *world = *state;
    static struct tfs_inode *inodes[MANY];
    for (uint64_t i = 0; i < MANY; i++) {
        struct bc_attr attr = {.node = i + 2, .parent = 1, .kind = BC_FILE};
        assert_int_equal(tfs_inode_see(&world->table, world->branch, &attr, true, bc_slice("p", 1),
                                       0, &inodes[i]),
                         BC_OK);
        assert_int_equal(tfs_number(inodes[i]), tfs_number_of(world->branch->id, i + 2));
    }
    assert_int_equal(tfs_inode_count(&world->table), MANY);
    for (size_t i = 0; i < MANY; i++)
        tfs_inode_forget(&world->table, inodes[i], 1);
    assert_int_equal(tfs_inode_count(&world->table), 0);
}

static void an_inode_that_is_not_open_follows_the_file(void **state)
{
    struct world *world = *state;
    struct tfs_inode *inode = see(world, "a.nt", 1, 0);
    assert_ptr_equal(see(world, "a.nt", 2, 0), inode);
    struct tfs_visit visit = {.thread = READER};
    struct bc_attr attr = version_of(2);
    assert_int_equal(tfs_reader_enter(&world->table, inode, &visit), BC_OK);
    assert_int_equal(visit.way, TFS_FRESH);
    assert_int_equal(tfs_reader_opened(&world->table, inode, &attr, &visit), BC_OK);
    tfs_pages_dropped(&world->table, inode);
    visit.way = TFS_SHARED;
    tfs_reader_leave(&world->table, inode, &visit);
    assert_int_equal(tfs_reader_enter(&world->table, inode, &visit), BC_OK);
    assert_int_equal(visit.way, TFS_SHARED);
    tfs_reader_leave(&world->table, inode, &visit);
}

static void a_reader_keeps_its_version(void **state)
{
    struct world *world = *state;
    struct tfs_inode *old = see(world, "a.nt", 1, 0);
    struct tfs_visit visit = {.thread = READER};
    assert_int_equal(tfs_reader_enter(&world->table, old, &visit), BC_OK);
    struct tfs_inode *new = see(world, "a.nt", 2, 0);
    assert_ptr_not_equal(old, new);
    assert_int_equal(tfs_number(old), tfs_number(new));
    struct bc_attr attr = version_of(2);
    assert_int_equal(tfs_version_seen(&world->table, old, true, &attr), BC_OK);
    assert_int_equal(attr.size_bytes, 10);
    struct bc_attr outdated = version_of(1);
    struct tfs_inode *none;
    assert_int_equal(
        tfs_inode_see(&world->table, world->branch, &outdated, true, bc_slice("a.nt", 4), 0, &none),
        BC_BUSY);
    tfs_reader_leave(&world->table, old, &visit);
}

static void a_writer_has_its_inode_alone(void **state)
{
    struct world *world = *state;
    struct tfs_inode *inode = see(world, "a.nt", 1, 0);
    struct tfs_visit writer = {.thread = OTHER};
    struct tfs_visit reader = {.thread = READER};
    enum tfs_writer_state doing = TFS_WRITING;
    assert_int_equal(tfs_writer_enter(&world->table, inode, NULL, &writer), BC_OK);
    assert_int_equal(tfs_reader_enter(&world->table, inode, &reader), BC_STALE);

    tfs_retry_note(&world->table.retries, world->branch, READER);
    /* The second time the reader finds an inode that is its own, whoever else comes. */
    struct tfs_inode *own = see(world, "a.nt", 1, READER);
    assert_ptr_not_equal(own, inode);
    struct tfs_visit intruder = {.thread = OTHER};
    assert_int_equal(tfs_writer_enter(&world->table, own, NULL, &intruder), BC_STALE);
    struct bc_attr attr = version_of(1);
    assert_int_equal(tfs_reader_enter(&world->table, own, &reader), BC_OK);
    assert_int_equal(tfs_reader_opened(&world->table, own, &attr, &reader), BC_OK);

    /* The commit: the writer's inode is the file's, the reader's shows what it showed. */
    attr = version_of(2);
    assert_true(tfs_version_became(&world->table, inode, &attr, false));
    tfs_writer_state(&world->table, inode, NULL, &doing, TFS_GONE);
    assert_ptr_equal(see(world, "a.nt", 2, 0), inode);
    assert_int_equal(tfs_version_seen(&world->table, own, true, &attr), BC_OK);
    assert_int_equal(attr.size_bytes, 10);
    tfs_reader_leave(&world->table, own, &reader);
}

static void count_left(void *context, struct tfs_inode *inode)
{
    (void)inode;
    ++*(unsigned *)context;
}

static void a_file_of_another_kind_has_another_inode(void **state)
{
    struct world *world = *state;
    struct tfs_inode *text = see(world, "a.nt", 1, 0);
    unsigned left = 0;
    tfs_node_converted(&world->table, world->branch, NODE, count_left, &left);
    assert_int_equal(left, 1);
    struct tfs_visit visit = {.thread = READER};
    assert_int_equal(tfs_reader_enter(&world->table, text, &visit), BC_STALE);
    struct tfs_inode *plain = see(world, "a.txt", 1, 0);
    assert_ptr_not_equal(text, plain);
    assert_false(plain->text);
    assert_ptr_not_equal(see(world, "a.nt", 1, 0), plain);
}

static void another_syntax_is_another_inode(void **state)
{
    struct world *world = *state;
    struct tfs_inode *turtle = see(world, "a.ttl", 1, 0);
    struct tfs_inode *lines = see(world, "a.nt", 1, 0);
    assert_ptr_not_equal(turtle, lines);
    assert_true(turtle->gone);
    assert_ptr_equal(see(world, "a.nq", 1, 0), lines);
    /* Bytes stay bytes whatever their name. */
    struct bc_attr attr = {.node = NODE + 1, .parent = BC_ROOT_NODE, .kind = BC_FILE};
    struct tfs_inode *bytes;
    assert_int_equal(
        tfs_inode_see(&world->table, world->branch, &attr, true, bc_slice("b.ttl", 5), 0, &bytes),
        BC_OK);
    assert_false(bytes->text);
}

/* After a commit the size of what is shown is asked for anew, once. */
static void a_size_that_is_not_known_is_asked_for(void **state)
{
    struct world *world = *state;
    struct tfs_inode *inode = see(world, "a.ttl", 1, 0);
    struct bc_attr attr = version_of(1);
    enum bc_syntax syntax;
    attr.size_bytes = 1;
    assert_true(tfs_version_sized(&world->table, inode, &attr, &syntax));
    assert_int_equal(tfs_version_seen(&world->table, inode, false, &attr), BC_OK);
    assert_int_equal(attr.size_bytes, 10);
    attr = version_of(2);
    (void)tfs_version_became(&world->table, inode, &attr, false);
    assert_false(tfs_version_sized(&world->table, inode, &attr, &syntax));
    assert_int_equal(syntax, BC_TURTLE);
    attr.size_bytes = 7;
    assert_int_equal(tfs_version_seen(&world->table, inode, true, &attr), BC_OK);
    assert_true(tfs_version_sized(&world->table, inode, &attr, &syntax));
    attr = version_of(2);
    assert_int_equal(tfs_version_seen(&world->table, inode, true, &attr), BC_OK);
    assert_int_equal(attr.size_bytes, 7);
}

struct reshown {
    unsigned follow;
    unsigned stay;
};

static void count_reshown(void *context, struct tfs_inode *inode, bool follows)
{
    struct reshown *reshown = context;
    (void)inode;
    reshown->follow += follows;
    reshown->stay += !follows;
}

static void other_prefixes_show_other_bytes(void **state)
{
    struct world *world = *state;
    struct reshown reshown = {0, 0};
    struct tfs_inode *inode = see(world, "a.ttl", 1, 0);
    struct bc_attr attr = version_of(1);
    enum bc_syntax syntax;
    tfs_all_reshown(&world->table, count_reshown, &reshown);
    assert_int_equal(reshown.follow, 1);
    assert_false(tfs_version_sized(&world->table, inode, &attr, &syntax));
    assert_ptr_equal(see(world, "a.ttl", 1, 0), inode);
    /* Who has it open keeps what he opened. */
    struct tfs_visit visit = {.thread = READER};
    assert_int_equal(tfs_reader_enter(&world->table, inode, &visit), BC_OK);
    assert_int_equal(tfs_reader_opened(&world->table, inode, &attr, &visit), BC_OK);
    tfs_node_reshown(&world->table, world->branch, NODE, count_reshown, &reshown);
    assert_int_equal(reshown.stay, 1);
    assert_ptr_not_equal(see(world, "a.ttl", 1, 0), inode);
    attr.size_bytes = 5;
    assert_int_equal(tfs_version_seen(&world->table, inode, true, &attr), BC_OK);
    assert_int_equal(attr.size_bytes, 10);
    tfs_reader_leave(&world->table, inode, &visit);
    /* Lines are what they are. */
    struct tfs_inode *lines = see(world, "a.nt", 1, 0);
    tfs_all_reshown(&world->table, count_reshown, &reshown);
    assert_true(tfs_version_sized(&world->table, lines, &attr, &syntax));
}

static void a_flushed_truncation_is_waited_for_but_not_for_long(void **state)
{
    struct world *world = *state;
    struct tfs_inode *inode = see(world, "a.nt", 1, 0);
    struct tfs_visit writer = {.thread = OTHER};
    enum tfs_writer_state doing = TFS_WRITING;
    assert_false(tfs_wait_truncation(&world->table, world->branch, NODE));
    assert_int_equal(tfs_writer_enter(&world->table, inode, NULL, &writer), BC_OK);
    tfs_writer_state(&world->table, inode, NULL, &doing, TFS_TRUNCATED);
    int64_t before_ns = tfs_monotonic_ns();
    assert_true(tfs_wait_truncation(&world->table, world->branch, NODE));
    assert_true(tfs_monotonic_ns() - before_ns >= INT64_C(5) * 1000000);
    assert_false(tfs_wait_truncation(&world->table, world->branch, NODE));
    tfs_writer_state(&world->table, inode, NULL, &doing, TFS_GONE);
    assert_int_equal(atomic_load(&world->table.truncating), 0);
}

#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_has_an_errno),
        cmocka_unit_test(times_are_iso_8601_also_before_1970),
        cmocka_unit_test(paths_stay_on_one_line),
        cmocka_unit_test(errors_keep_the_last_eight),
        cmocka_unit_test(errors_say_a_path_once_and_indent_excerpts),
        cmocka_unit_test(events_wait_in_order_and_only_for_their_branch),
        cmocka_unit_test(a_slow_reader_of_events_is_told_that_it_lost_some),
        cmocka_unit_test(a_pool_grows_so_that_waiting_jobs_do_not_block_others),
        WITH_WORLD(inodes_live_as_long_as_somebody_knows_them),
        WITH_WORLD(the_table_holds_many_inodes),
        WITH_WORLD(an_inode_that_is_not_open_follows_the_file),
        WITH_WORLD(a_reader_keeps_its_version),
        WITH_WORLD(a_writer_has_its_inode_alone),
        WITH_WORLD(a_file_of_another_kind_has_another_inode),
        WITH_WORLD(another_syntax_is_another_inode),
        WITH_WORLD(a_size_that_is_not_known_is_asked_for),
        WITH_WORLD(other_prefixes_show_other_bytes),
        WITH_WORLD(a_flushed_truncation_is_waited_for_but_not_for_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
