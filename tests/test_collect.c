/* Collecting: what nothing leads to goes, everything else stays. */
#include "branchcore/branch_past.h"
#include "branchcore/commit_record.h"
#include "branchcore/gc.h"
#include "branchcore/maintain.h"
#include "branchcore/merge.h"
#include "branchcore/ref.h"
#include "branchcore/state.h"
#include "tests/failing_store.h"
#include "tests/tree_world.h"

static void freeze(struct bc_branch *branch)
{
    struct bc_layer *top = NULL;
    assert_int_equal(bc_branch_freeze(branch, &top), BC_OK);
    bc_layer_release(branch->repo, top);
}

static void append_line(struct bc_branch *branch, const char *path, uint64_t number)
{
    char line[80];
    int size = snprintf(line, sizeof line, "<http://e/%06llu> <http://e/p> <http://e/o> .\n",
                        (unsigned long long)number);
    assert_int_equal(
        world_edit(branch, world_file(branch, path), BC_EDIT_APPEND, line, (size_t)size), BC_OK);
}

/* More than line rows may be: a run. */
static void put_large(struct bc_branch *branch, const char *path, uint64_t seed)
{
    struct bc_buffer text = {0};
    for (uint64_t i = 0; i < 3000; i++)
        assert_int_equal(bc_buffer_printf(&text, "<http://e/%06llu> <http://e/p> \"%llu\" .\n",
                                          (unsigned long long)i, (unsigned long long)seed),
                         BC_OK);
    assert_int_equal(
        world_edit(branch, world_file(branch, path), BC_EDIT_REPLACE, text.data, text.size), BC_OK);
    bc_buffer_release(&text);
}

static struct bc_commit_id commit(struct bc_branch *branch, const char *message)
{
    struct bc_commit_info info = {.author = text_slice("me"), .message = text_slice(message)};
    struct bc_commit_id id;
    struct bc_error err;
    assert_int_equal(bc_branch_commit(branch, &info, &id, &err), BC_OK);
    return id;
}

static bool is_there(struct world *world, const struct bc_commit_id *id)
{
    uint64_t layer;
    enum bc_status st = bc_commit_layer(world->repo, NULL, id, &layer);
    assert_true(st == BC_OK || st == BC_NOT_FOUND);
    return st == BC_OK;
}

/* Makes the branch what it was at a commit. */
static void move_to(struct bc_branch *branch, const struct bc_commit_id *id)
{
    uint64_t layer;
    struct bc_layer *top = NULL;
    assert_int_equal(bc_commit_layer(branch->repo, NULL, id, &layer), BC_OK);
    assert_int_equal(bc_branch_freeze(branch, &top), BC_OK);
    struct bc_move move = {.expected = top->id,
                           .to = layer,
                           .head = id,
                           .action = BC_REFLOG_RESET,
                           .detail = text_slice("back")};
    bc_layer_release(branch->repo, top);
    assert_int_equal(bc_branch_move(branch, &move), BC_OK);
}

static struct bc_collected collect(struct world *world)
{
    struct bc_collected collected = {0};
    assert_int_equal(bc_repo_collect(world->repo, &collected), BC_OK);
    world_check(world);
    return collected;
}

static struct bc_gc_report gc(struct world *world)
{
    struct bc_gc_report report;
    assert_int_equal(bc_repo_gc(world->repo, NULL, &report, &world->err), BC_OK);
    world_check(world);
    return report;
}

static void history_is_kept(void **state)
{
    (void)state;
    struct world world;
    struct bc_branch *past = NULL;
    struct bc_commit_id commits[30];
    world_open(&world, NULL);
    for (uint64_t i = 0; i < 30; i++) {
        append_line(world.main, "a.nt", i);
        commits[i] = commit(world.main, "more");
    }
    assert_int_equal(bc_branch_maintain(world.main, NULL), BC_OK);
    world_reopen(&world);
    struct bc_collected collected = collect(&world);
    assert_int_equal(collected.layers + collected.commits + collected.runs, 0);
    (void)gc(&world);
    for (uint64_t i = 0; i < 30; i++) {
        struct bc_commit found;
        assert_int_equal(bc_commit_get(world.repo, &commits[i], &found), BC_OK);
        assert_int_equal(bc_branch_past(world.repo, found.layer, &past), BC_OK);
        assert_int_equal(world_stat(past, world_find(past, "a.nt")).triples, i + 1);
        bc_branch_release(past);
        bc_commit_release(&found);
    }
    world_close(&world);
}

static void indexes_that_were_replaced_go(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    /* Nothing is frozen between two indexes, so nothing stands on the first. */
    for (uint64_t i = 0; i < 20; i++) {
        append_line(world.main, "a.nt", i);
        freeze(world.main);
    }
    assert_int_equal(bc_branch_maintain(world.main, NULL), BC_OK);
    assert_int_equal(world.main->top->depth, 1);
    uint64_t first = world.main->top->id;
    append_line(world.main, "a.nt", 20);
    freeze(world.main);
    world.repo->index_at = 2;
    assert_int_equal(bc_branch_maintain(world.main, NULL), BC_OK);
    /* The layer that was frozen stands on the first. */
    assert_int_equal(collect(&world).layers, 0);
    struct bc_layer *layer = NULL;
    assert_int_equal(bc_layer_get(world.repo, first, &layer), BC_OK);
    bc_layer_release(world.repo, layer);
    assert_int_equal(world_stat(world.main, world_find(world.main, "a.nt")).triples, 21);
    world_close(&world);
}

static void what_a_reset_left_goes_with_the_reflog(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    append_line(world.main, "a.nt", 0);
    struct bc_commit_id first = commit(world.main, "first");
    put_large(world.main, "b.nt", 1);
    struct bc_commit_id second = commit(world.main, "second");
    move_to(world.main, &first);
    world_reopen(&world);
    struct bc_collected collected = collect(&world);
    assert_int_equal(collected.commits + collected.layers + collected.runs, 0);
    assert_true(is_there(&world, &second));
    struct bc_gc_report report = gc(&world);
    assert_true(report.entries > 0);
    assert_int_equal(report.freed.commits, 1);
    assert_int_equal(report.freed.layers, 1);
    assert_int_equal(report.freed.runs, 1);
    assert_true(report.disk_bytes_after < report.disk_bytes_before);
    assert_false(is_there(&world, &second));
    assert_true(is_there(&world, &first));
    assert_int_equal(world_find(world.main, "b.nt"), 0);
    world_close(&world);
}

static void what_the_reflog_is_to_keep_stays(void **state)
{
    (void)state;
    struct world world;
    struct bc_gc_report report;
    world_open(&world, NULL);
    append_line(world.main, "a.nt", 0);
    struct bc_commit_id first = commit(world.main, "first");
    append_line(world.main, "a.nt", 1);
    struct bc_commit_id second = commit(world.main, "second");
    int64_t before = bc_now_ns();
    move_to(world.main, &first);
    struct bc_gc_options options = {.keep_from_ns = before};
    assert_int_equal(bc_repo_gc(world.repo, &options, &report, &world.err), BC_OK);
    assert_true(is_there(&world, &second));
    options.keep_from_ns = bc_now_ns() + 1;
    assert_int_equal(bc_repo_gc(world.repo, &options, &report, &world.err), BC_OK);
    assert_int_equal(report.entries, 1);
    assert_false(is_there(&world, &second));
    world_close(&world);
}

static uint64_t count_rows(struct world *world, char kind)
{
    char behind = (char)(kind + 1);
    uint64_t count = 0;
    struct bc_cursor *cursor = NULL;
    assert_int_equal(bc_store_cursor(world->store, NULL, BC_REFS, bc_slice(&kind, 1),
                                     bc_slice(&behind, 1), false, &cursor),
                     BC_OK);
    for (cursor->ops->first(cursor); cursor->valid; cursor->ops->next(cursor))
        count++;
    bc_cursor_free(cursor);
    return count;
}

/* A branch named "other" in which a merge of main waits. */
static void let_wait(struct world *world)
{
    struct bc_merge_options options = {.policy = BC_MERGE_STRICT};
    struct bc_merge_report report = {0};
    (void)world_put(world->main, "a", "base\n");
    (void)commit(world->main, "base");
    struct bc_branch *other = world_fork(world, world->main, "other");
    (void)world_put(world->main, "a", "ours\n");
    (void)world_put(other, "a", "theirs\n");
    assert_int_equal(bc_merge(other, text_slice("main"), &options, &report, &world->err),
                     BC_CONFLICT);
    bc_merge_report_release(&report);
    bc_branch_release(other);
}

static void merges_wait_as_long_as_their_branch_can_come_back(void **state)
{
    (void)state;
    struct world world;
    struct bc_gc_report report;
    struct bc_branch *tree = NULL;
    world_open(&world, NULL);
    let_wait(&world);
    struct bc_gc_options options = {.keep_from_ns = 1};
    assert_int_equal(bc_branch_delete(world.repo, text_slice("other"), true, &world.err), BC_OK);
    assert_int_equal(bc_repo_gc(world.repo, &options, &report, &world.err), BC_OK);
    assert_int_equal(report.entries, 0);
    assert_int_equal(
        bc_branch_restore(world.repo, text_slice("other"), bc_slice("", 0), &world.err), BC_OK);
    (void)gc(&world);
    struct bc_branch *other = world_branch(&world, "other");
    assert_int_equal(bc_merge_conflicts(other, &tree), BC_OK);
    world_expect(tree, "a/theirs", "ours\n");
    bc_branch_release(other);
    /* Somebody looks at the conflicts. */
    (void)world_put(tree, "a/result", "half done\n");
    assert_int_equal(bc_branch_delete(world.repo, text_slice("other"), true, &world.err), BC_OK);
    assert_int_equal(count_rows(&world, 'w'), 1);
    assert_int_equal(count_rows(&world, 'B'), 2);
    report = gc(&world);
    assert_true(report.freed.layers > 0);
    assert_int_equal(count_rows(&world, 'w'), 0);
    assert_int_equal(count_rows(&world, 'B'), 1);
    struct bc_attr attr;
    assert_int_equal(bc_tree_stat(tree, BC_ROOT_NODE, &attr), BC_STALE);
    bc_branch_release(tree);
    (void)collect(&world);
    world_reopen(&world);
    assert_int_equal(collect(&world).layers, 0);
    world_close(&world);
}

static void a_tag_keeps_its_commit(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    append_line(world.main, "a.nt", 0);
    struct bc_commit_id first = commit(world.main, "first");
    append_line(world.main, "a.nt", 1);
    struct bc_commit_id middle = commit(world.main, "middle");
    append_line(world.main, "a.nt", 2);
    struct bc_commit_id last = commit(world.main, "last");
    assert_int_equal(bc_tag_set(world.repo, text_slice("v1"), &middle, &world.err), BC_OK);
    move_to(world.main, &first);
    assert_int_equal(gc(&world).freed.commits, 1);
    assert_true(is_there(&world, &middle));
    assert_false(is_there(&world, &last));
    assert_int_equal(bc_tag_remove(world.repo, text_slice("v1"), &world.err), BC_OK);
    assert_int_equal(collect(&world).commits, 1);
    assert_false(is_there(&world, &middle));
    world_close(&world);
}

static void what_is_open_is_kept(void **state)
{
    (void)state;
    struct world world;
    struct bc_state open;
    char hex[BC_COMMIT_HEX + 1];
    world_open(&world, NULL);
    append_line(world.main, "a.nt", 0);
    struct bc_commit_id first = commit(world.main, "first");
    append_line(world.main, "a.nt", 1);
    struct bc_commit_id second = commit(world.main, "second");
    append_line(world.main, "a.nt", 2);
    struct bc_commit_id third = commit(world.main, "third");
    move_to(world.main, &first);
    bc_commit_id_format(&third, hex);
    assert_int_equal(bc_ref_open(world.repo, NULL, text_slice(hex), &open, &world.err), BC_OK);
    assert_int_equal(gc(&world).freed.commits, 0);
    assert_int_equal(world_stat(open.tree, world_find(open.tree, "a.nt")).triples, 3);
    /* So a branch can still go there. */
    move_to(world.main, &third);
    bc_state_release(&open);
    (void)gc(&world);
    assert_true(is_there(&world, &second));
    assert_true(is_there(&world, &third));
    move_to(world.main, &first);
    assert_int_equal(gc(&world).freed.commits, 2);
    world_close(&world);
}

static void a_deleted_branch_goes_with_the_reflog(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    append_line(world.main, "a.nt", 0);
    struct bc_branch *fork = world_fork(&world, world.main, "fork");
    put_large(fork, "b.nt", 1);
    struct bc_commit_id id = commit(fork, "mine");
    put_large(fork, "c.nt", 2);
    assert_int_equal(bc_branch_delete(world.repo, text_slice("fork"), true, &world.err), BC_OK);
    (void)collect(&world);
    assert_int_equal(bc_branch_restore(world.repo, text_slice("fork"), bc_slice("", 0), &world.err),
                     BC_OK);
    assert_int_equal(world_stat(fork, world_find(fork, "c.nt")).triples, 3000);
    assert_int_equal(bc_branch_delete(world.repo, text_slice("fork"), true, &world.err), BC_OK);
    bc_branch_release(fork);
    struct bc_gc_report report = gc(&world);
    assert_int_equal(report.freed.commits, 1);
    assert_int_equal(report.freed.runs, 2);
    assert_false(is_there(&world, &id));
    assert_int_equal(bc_branch_restore(world.repo, text_slice("fork"), bc_slice("", 0), &world.err),
                     BC_NOT_FOUND);
    world_close(&world);
}

static void hidden_branches_are_kept(void **state)
{
    (void)state;
    struct world world;
    struct bc_branch *hidden = NULL;
    world_open(&world, NULL);
    append_line(world.main, "a.nt", 0);
    freeze(world.main);
    assert_int_equal(bc_hidden_new(world.repo, bc_branch_layer(world.main), &hidden), BC_OK);
    put_large(hidden, "b.nt", 1);
    uint64_t id = bc_branch_id(hidden);
    bc_branch_release(hidden);
    world_reopen(&world);
    (void)gc(&world);
    assert_int_equal(bc_hidden_open(world.repo, id, &hidden), BC_OK);
    assert_int_equal(world_stat(hidden, world_find(hidden, "b.nt")).triples, 3000);
    assert_int_equal(bc_hidden_remove(hidden, NULL), BC_OK);
    bc_branch_release(hidden);
    (void)gc(&world);
    world_close(&world);
}

static void a_scratch_is_kept_while_it_is_open(void **state)
{
    (void)state;
    struct world world;
    struct bc_branch *scratch = NULL;
    struct bc_layer *top = NULL;
    world_open(&world, NULL);
    append_line(world.main, "a.nt", 0);
    freeze(world.main);
    uint64_t layer = bc_branch_layer(world.main);
    assert_int_equal(bc_scratch_new(world.repo, layer, &scratch), BC_OK);
    put_large(scratch, "b.nt", 1);
    assert_int_equal(bc_repo_collect(world.repo, NULL), BC_OK);
    assert_int_equal(bc_branch_freeze(scratch, &top), BC_OK);
    put_large(scratch, "c.nt", 2);
    assert_int_equal(bc_repo_collect(world.repo, NULL), BC_OK);
    assert_int_equal(world_stat(scratch, world_find(scratch, "b.nt")).triples, 3000);
    assert_int_equal(world_stat(scratch, world_find(scratch, "c.nt")).triples, 3000);
    bc_layer_release(world.repo, top);
    bc_branch_release(scratch);
    struct bc_collected collected = collect(&world);
    assert_int_equal(collected.layers, 1);
    assert_int_equal(collected.runs, 1);
    world_close(&world);
}

/* Makes the countdown-th call of the store, or allocation, fail; 0: none. */
static void fail_after(struct world *world, bool memory, uint64_t countdown)
{
    if (memory)
        bc_memory_fail_after(countdown, 0);
    else
        failing_store_fail_after(world->store, countdown, 0, BC_IO);
}

static void try_with_failures(bool memory)
{
    struct world world;
    struct bc_store *inner;
    struct bc_gc_report report;
    assert_int_equal(bc_memory_store_new(&inner), BC_OK);
    world_open(&world, failing_store_new(inner));
    append_line(world.main, "a.nt", 0);
    struct bc_commit_id first = commit(world.main, "first");
    put_large(world.main, "b.nt", 1);
    struct bc_commit_id second = commit(world.main, "second");
    move_to(world.main, &first);
    enum bc_status st = BC_BUSY;
    for (uint64_t countdown = 1; st; countdown++) {
        fail_after(&world, memory, countdown);
        st = bc_repo_gc(world.repo, NULL, &report, &world.err);
        fail_after(&world, memory, 0);
        assert_true(!st || st == (memory ? BC_NO_MEMORY : BC_IO));
        world_check(&world);
        assert_true(is_there(&world, &first));
    }
    assert_false(is_there(&world, &second));
    world_close(&world);
}

static void every_failure_can_be_repeated(void **state)
{
    (void)state;
    try_with_failures(false);
    try_with_failures(true);
}

/* Branches go back and forth, and are committed to, while others collect. */

struct busy {
    struct world *world;
    atomic_bool *stop;
    int number;
};

static void *go_back_and_forth(void *context)
{
    struct busy *busy = context;
    char name[16];
    (void)snprintf(name, sizeof name, "b%d", busy->number);
    struct bc_branch *branch = world_branch(busy->world, name);
    append_line(branch, "a.nt", 0);
    struct bc_commit_id first = commit(branch, "first");
    uint64_t lines = 1; /* at the first */
    for (uint64_t i = 1; i < 60; i++) {
        put_large(branch, "large.nt", i);
        append_line(branch, "a.nt", i);
        struct bc_commit_id id = commit(branch, "more");
        char hex[BC_COMMIT_HEX + 1];
        struct bc_state open;
        bc_commit_id_format(&id, hex);
        assert_int_equal(bc_ref_open(busy->world->repo, branch, text_slice(hex), &open, NULL),
                         BC_OK);
        move_to(branch, &first);
        assert_int_equal(world_stat(branch, world_find(branch, "a.nt")).triples, lines);
        move_to(branch, &id);
        bc_state_release(&open);
        assert_int_equal(world_stat(branch, world_find(branch, "large.nt")).triples, 3000);
        if (i % 3 == 0) {
            move_to(branch, &first);
        } else {
            first = id;
            lines++;
        }
    }
    bc_branch_release(branch);
    return NULL;
}

static void *collect_all(void *context)
{
    struct busy *busy = context;
    struct bc_gc_report report;
    while (!atomic_load(busy->stop))
        assert_int_equal(bc_repo_gc(busy->world->repo, NULL, &report, NULL), BC_OK);
    return NULL;
}

static void nothing_that_is_used_goes(void **state)
{
    (void)state;
    enum { BUSY = 3 };
    struct world world;
    struct busy busy[BUSY];
    pthread_t threads[BUSY];
    pthread_t collector;
    atomic_bool stop = false;
    world_open(&world, NULL);
    append_line(world.main, "m.nt", 0);
    for (int i = 0; i < BUSY; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "b%d", i);
        bc_branch_release(world_fork(&world, world.main, name));
        busy[i] = (struct busy){&world, &stop, i};
    }
    assert_int_equal(pthread_create(&collector, NULL, collect_all, &busy[0]), 0);
    for (int i = 0; i < BUSY; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, go_back_and_forth, &busy[i]), 0);
    for (int i = 0; i < BUSY; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    atomic_store(&stop, true);
    assert_int_equal(pthread_join(collector, NULL), 0);
    world_reopen(&world);
    (void)gc(&world);
    world_close(&world);
}

static void the_check_tells_of_what_is_missing(void **state)
{
    (void)state;
    struct world world;
    struct bc_batch batch = {0};
    char key[BC_COMMIT_KEY_BYTES];
    world_open(&world, NULL);
    append_line(world.main, "a.nt", 0);
    struct bc_commit_id first = commit(world.main, "first");
    append_line(world.main, "a.nt", 1);
    struct bc_commit_id second = commit(world.main, "second");
    assert_int_equal(bc_tag_set(world.repo, text_slice("v1"), &second, &world.err), BC_OK);
    struct bc_value value = {0};
    bc_commit_key(&first, key);
    struct bc_slice slice = bc_slice(key, sizeof key);
    assert_int_equal(bc_store_get(world.store, NULL, BC_REFS, slice, &value), BC_OK);
    struct bc_buffer kept = {0};
    assert_int_equal(bc_buffer_append(&kept, value.slice.data, value.slice.size), BC_OK);
    bc_value_release(&value);

    assert_int_equal(bc_batch_delete(&batch, BC_REFS, slice), BC_OK);
    assert_int_equal(bc_store_apply(world.store, &batch, false), BC_OK);
    assert_int_equal(world_problems(&world), 1);
    assert_non_null(strstr(world.problem, "its parent"));

    /* The author's or the message's last byte. */
    kept.data[kept.size - 1] ^= 1;
    bc_batch_clear(&batch);
    assert_int_equal(bc_batch_put(&batch, BC_REFS, slice, bc_buffer_slice(&kept)), BC_OK);
    assert_int_equal(bc_store_apply(world.store, &batch, false), BC_OK);
    assert_int_equal(world_problems(&world), 1);
    assert_non_null(strstr(world.problem, "is that of another"));

    kept.data[kept.size - 1] ^= 1;
    bc_batch_clear(&batch);
    assert_int_equal(bc_batch_put(&batch, BC_REFS, slice, bc_buffer_slice(&kept)), BC_OK);
    bc_commit_key(&second, key);
    assert_int_equal(bc_store_get(world.store, NULL, BC_REFS, slice, &value), BC_OK);
    bc_buffer_clear(&kept);
    assert_int_equal(bc_buffer_append(&kept, value.slice.data, value.slice.size), BC_OK);
    bc_value_release(&value);
    assert_int_equal(bc_batch_delete(&batch, BC_REFS, slice), BC_OK);
    assert_int_equal(bc_store_apply(world.store, &batch, false), BC_OK);
    assert_int_equal(world_problems(&world), 2); /* the branch's, and the tag's */

    bc_batch_clear(&batch);
    assert_int_equal(bc_batch_put(&batch, BC_REFS, slice, bc_buffer_slice(&kept)), BC_OK);
    assert_int_equal(bc_store_apply(world.store, &batch, false), BC_OK);
    bc_batch_release(&batch);
    bc_buffer_release(&kept);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(history_is_kept),
        cmocka_unit_test(indexes_that_were_replaced_go),
        cmocka_unit_test(what_a_reset_left_goes_with_the_reflog),
        cmocka_unit_test(what_the_reflog_is_to_keep_stays),
        cmocka_unit_test(merges_wait_as_long_as_their_branch_can_come_back),
        cmocka_unit_test(a_tag_keeps_its_commit),
        cmocka_unit_test(what_is_open_is_kept),
        cmocka_unit_test(a_deleted_branch_goes_with_the_reflog),
        cmocka_unit_test(hidden_branches_are_kept),
        cmocka_unit_test(a_scratch_is_kept_while_it_is_open),
        cmocka_unit_test(every_failure_can_be_repeated),
        cmocka_unit_test(nothing_that_is_used_goes),
        cmocka_unit_test(the_check_tells_of_what_is_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
