/* States of branches: snapshots, scratches, moves, hidden branches. */
#include "branchcore/commit_record.h"
#include "branchcore/reflog.h"
#include "branchcore/state.h"
#include "tests/commit_world.h"

#define A "<http://e/a> <http://e/p> \"1\" .\n"
#define B "<http://e/b> <http://e/p> \"2\" .\n"
#define C "<http://e/c> <http://e/p> \"3\" .\n"

static void a_snapshot_stays_as_it_was(void **state)
{
    (void)state;
    struct world world;
    struct bc_branch *past = NULL;
    world_open(&world, NULL);
    world_put(world.main, "a.nt", A);
    struct bc_commit_id first = world_commit(&world, world.main, "first");
    world_put(world.main, "a.nt", B);
    assert_int_equal(bc_branch_snapshot(world.main, &past), BC_OK);
    assert_int_not_equal(bc_branch_layer(past), 0);
    world_put(world.main, "a.nt", C);
    assert_int_equal(world_collect(&world), 0);
    world_expect(past, "a.nt", B);
    world_expect_head(past, &first);
    assert_int_equal(world_differences(past), 1);
    struct bc_make make = {.kind = BC_FILE};
    struct bc_attr attr;
    assert_int_equal(bc_tree_make(past, BC_ROOT_NODE, text_slice("x"), &make, &attr), BC_READ_ONLY);
    assert_int_equal(world_try_commit(&world, past, "no", 0, NULL), BC_READ_ONLY);
    struct bc_branch *fork = world_fork(&world, past, "fork");
    world_expect(fork, "a.nt", B);
    world_expect_head(fork, &first);
    bc_branch_release(fork);
    bc_branch_release(past);
    world_close(&world);
}

static uint64_t layers_with_rows(struct world *world)
{
    struct bc_cursor *cursor = NULL;
    uint64_t count = 0;
    uint64_t last = 0;
    assert_int_equal(bc_store_cursor(world->store, NULL, BC_LAYERS, bc_slice("", 0),
                                     bc_slice("", 0), false, &cursor),
                     BC_OK);
    for (cursor->ops->first(cursor); cursor->valid; cursor->ops->next(cursor)) {
        uint64_t layer = bc_get_u64(cursor->key.data);
        count += layer != last;
        last = layer;
    }
    bc_cursor_free(cursor);
    return count;
}

static void a_scratch_leaves_nothing(void **state)
{
    (void)state;
    struct world world;
    struct bc_branch *scratch = NULL;
    struct bc_buffer large = {0};
    world_open(&world, NULL);
    world_put(world.main, "a.nt", A);
    struct bc_layer *top = NULL;
    assert_int_equal(bc_branch_freeze(world.main, &top), BC_OK);
    uint64_t before = layers_with_rows(&world);
    assert_int_equal(bc_scratch_new(world.repo, top->id, &scratch), BC_OK);
    world_expect(scratch, "a.nt", A);
    world_put(scratch, "a.nt", B);
    world_numbers(&large, 0, 5000);
    world_put(scratch, "large.nt", large.data);
    for (int i = 0; i < 300; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "f%d", i);
        world_put(scratch, name, "x");
    }
    /* It is nobody's, but in use. */
    assert_int_equal(world_collect(&world), 0);
    world_expect(scratch, "large.nt", large.data);
    world_expect(world.main, "a.nt", A);
    uint64_t open = world_find(scratch, "f0");
    assert_int_equal(bc_node_open(scratch, open), BC_OK);
    assert_int_equal(world_remove(scratch, "f0"), BC_OK);
    bc_branch_release(scratch);
    assert_int_equal(layers_with_rows(&world), before);
    assert_int_equal(world_collect(&world), 0);
    /* What it froze outlives it while it is in memory. */
    assert_int_equal(bc_scratch_new(world.repo, top->id, &scratch), BC_OK);
    world_put(scratch, "large.nt", large.data);
    struct bc_layer *frozen = NULL;
    assert_int_equal(bc_branch_freeze(scratch, &frozen), BC_OK);
    world_put(scratch, "b.nt", B);
    bc_branch_release(scratch);
    assert_int_equal(world_collect(&world), 0);
    struct bc_branch *past = NULL;
    assert_int_equal(bc_branch_past(world.repo, frozen->id, &past), BC_OK);
    world_expect(past, "large.nt", large.data);
    bc_branch_release(past);
    bc_layer_release(world.repo, frozen);
    bc_layer_release(world.repo, top);
    assert_true(world_collect(&world) > 0);
    assert_int_equal(layers_with_rows(&world), before);
    bc_buffer_release(&large);
    world_close(&world);
}

/* A state of main, prepared beside it. */
static struct bc_layer *prepare(struct world *world, const char *path, const char *text)
{
    struct bc_layer *now = NULL;
    struct bc_layer *to = NULL;
    struct bc_branch *scratch = NULL;
    assert_int_equal(bc_branch_freeze(world->main, &now), BC_OK);
    assert_int_equal(bc_scratch_new(world->repo, now->id, &scratch), BC_OK);
    world_put(scratch, path, text);
    assert_int_equal(bc_branch_freeze(scratch, &to), BC_OK);
    bc_branch_release(scratch);
    bc_layer_release(world->repo, now);
    return to;
}

static enum bc_status move_to(struct world *world, const struct bc_layer *to,
                              const struct bc_commit_id *head, uint8_t action, const char *detail)
{
    struct bc_layer *now = NULL;
    assert_int_equal(bc_branch_freeze(world->main, &now), BC_OK);
    struct bc_move move = {.expected = now->id,
                           .to = to ? to->id : 0,
                           .head = head,
                           .action = action,
                           .detail = text_slice(detail)};
    enum bc_status st = bc_branch_move(world->main, &move);
    bc_layer_release(world->repo, now);
    return st;
}

static enum bc_status keep_last(void *context, const char *line)
{
    struct bc_buffer *last = context;
    bc_buffer_clear(last);
    return bc_buffer_printf(last, "%s", strchr(line, ' ') + 1);
}

static void a_move_takes_effect_at_once_and_can_be_undone(void **state)
{
    (void)state;
    struct world world;
    struct bc_buffer last = {0};
    world_open(&world, NULL);
    world_put(world.main, "a.nt", A);
    struct bc_commit_id first = world_commit(&world, world.main, "first");
    struct bc_layer *to = prepare(&world, "a.nt", B);
    struct bc_commit_info info = {.message = text_slice("moved")};
    struct bc_commit_new what = {
        .parents = &first, .parent_count = 1, .layer = to->id, .info = &info};
    struct bc_batch batch = {0};
    struct bc_commit_id moved;
    assert_int_equal(bc_commit_make(world.repo, &what, &batch, &moved, NULL, &world.err), BC_OK);
    uint64_t work = world.main->work;
    struct bc_move move = {.expected = bc_branch_layer(world.main),
                           .to = to->id,
                           .expected_head = &first,
                           .head = &moved,
                           .extra = &batch,
                           .action = BC_REFLOG_PATCH,
                           .detail = text_slice("a detail")};
    assert_int_equal(bc_branch_move(world.main, &move), BC_OK);
    world_expect(world.main, "a.nt", B);
    world_expect_head(world.main, &moved);
    assert_int_equal(world_differences(world.main), 0);
    assert_int_equal(bc_branch_move(world.main, &move), BC_BUSY);
    world_put(world.main, "a.nt", C);
    assert_int_equal(world_differences(world.main), 1);
    bc_layer_release(world.repo, to);
    bc_batch_release(&batch);
    char id[32];
    char line[64];
    (void)snprintf(id, sizeof id, "w%llx", (unsigned long long)work);
    (void)snprintf(line, sizeof line, "patch main %s a detail", id);
    assert_int_equal(bc_reflog_each(world.repo, keep_last, &last), BC_OK);
    assert_string_equal(last.data, line);
    world_reopen(&world);
    assert_int_equal(world_collect(&world), 0);
    world_expect(world.main, "a.nt", C);
    world_expect_head(world.main, &moved);
    assert_int_equal(bc_branch_restore(world.repo, text_slice(id), text_slice(""), &world.err),
                     BC_EXISTS);
    (void)snprintf(line, sizeof line, "'restore %s NAME'",
                   id); /* the advice at the end of the message */
    assert_non_null(strstr(world.err.text, line));
    assert_int_equal(bc_branch_restore(world.repo, text_slice("main"), text_slice("x"), NULL),
                     BC_NOT_FOUND);
    for (int i = 0; i < 2; i++) {
        const char *name = i ? "before 2" : "before";
        assert_int_equal(bc_branch_restore(world.repo, text_slice(id), text_slice(name), NULL),
                         BC_OK);
        struct bc_branch *before = world_branch(&world, name);
        world_expect(before, "a.nt", A);
        world_expect_head(before, &first);
        assert_int_equal(world_differences(before), 0);
        world_put(before, "a.nt", i ? B : C);
        bc_branch_release(before);
    }
    world_expect(world.main, "a.nt", C);
    world_reopen(&world);
    assert_int_equal(world_collect(&world), 0);
    struct bc_branch *before = world_branch(&world, "before");
    world_expect(before, "a.nt", C);
    bc_branch_release(before);
    bc_buffer_release(&last);
    world_close(&world);
}

static void a_move_is_refused_when_the_branch_went_on(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    world_put(world.main, "a.nt", A);
    struct bc_commit_id first = world_commit(&world, world.main, "first");
    struct bc_layer *to = prepare(&world, "a.nt", B);
    struct bc_move move = {.expected = bc_branch_layer(world.main),
                           .to = to->id,
                           .expected_head = &first,
                           .action = BC_REFLOG_RESET};
    world_put(world.main, "b.nt", B);
    assert_int_equal(bc_branch_move(world.main, &move), BC_BUSY);
    struct bc_commit_id second = world_commit(&world, world.main, "second");
    assert_int_equal(bc_branch_move(world.main, &move), BC_BUSY);
    move.expected = bc_branch_layer(world.main);
    assert_int_equal(bc_branch_move(world.main, &move), BC_BUSY);
    move.expected_head = &second;
    struct bc_commit_id unknown = {{1}};
    move.head = &unknown;
    assert_int_equal(bc_branch_move(world.main, &move), BC_NOT_FOUND);
    move.head = NULL;
    move.no_head = true;
    assert_int_equal(bc_branch_move(world.main, &move), BC_OK);
    world_expect_head(world.main, NULL);
    assert_int_equal(world_differences(world.main), 0);
    world_expect(world.main, "a.nt", B);
    bc_layer_release(world.repo, to);
    world_close(&world);
}

struct listener {
    int moves;
    struct bc_buffer events;
};

static void hear_move(void *context, struct bc_branch *branch, struct bc_branch *before,
                      struct bc_branch *after)
{
    struct listener *listener = context;
    listener->moves++;
    world_expect(before, "a.nt", A);
    world_expect(after, "a.nt", B);
    world_expect(branch, "a.nt", B);
}

static void hear_event(void *context, uint64_t branch, enum bc_event_kind kind, const char *path)
{
    struct listener *listener = context;
    (void)branch;
    assert_int_equal(bc_buffer_printf(&listener->events, "%s %s\n", bc_event_name(kind), path),
                     BC_OK);
}

static void listeners_are_told_of_moves(void **state)
{
    (void)state;
    struct world world;
    struct listener listener = {0};
    world_open(&world, NULL);
    world_put(world.main, "a.nt", A);
    world_put(world.main, "gone", "x");
    world_put(world.main, "old", "x");
    struct bc_layer *now = NULL;
    struct bc_layer *to = NULL;
    struct bc_branch *scratch = NULL;
    assert_int_equal(bc_branch_freeze(world.main, &now), BC_OK);
    world.repo->context = &listener;
    world.repo->event = hear_event;
    world.repo->moved = hear_move;
    assert_int_equal(bc_scratch_new(world.repo, now->id, &scratch), BC_OK);
    world_put(scratch, "a.nt", B);
    world_folder(scratch, "folder");
    assert_int_equal(world_remove(scratch, "gone"), BC_OK);
    assert_int_equal(world_rename(&world, scratch, "old", "new", 0, NULL), BC_OK);
    assert_int_equal(bc_branch_freeze(scratch, &to), BC_OK);
    bc_branch_release(scratch);
    assert_int_equal(listener.events.size, 0);
    assert_int_equal(move_to(&world, to, NULL, BC_REFLOG_MERGE, "x"), BC_OK);
    assert_int_equal(listener.moves, 1);
    assert_string_equal(listener.events.data,
                        "merge x\nchange a.nt\ncreate folder\ndelete gone\nmove new\n");
    bc_buffer_release(&listener.events);
    bc_layer_release(world.repo, now);
    bc_layer_release(world.repo, to);
    world_close(&world);
}

static void what_another_history_has_is_not_lost(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    world_put(world.main, "a.nt", A);
    (void)world_commit(&world, world.main, "first");
    struct bc_branch *fork = world_fork(&world, world.main, "fork");
    world_put(fork, "b.nt", B);
    struct bc_commit_id mine = world_commit(&world, fork, "the fork's");
    assert_int_equal(bc_branch_delete(world.repo, text_slice("fork"), false, NULL), BC_NOT_EMPTY);
    /* As a merge does it: other layers, and the fork's commit as second parent. */
    struct bc_layer *to = prepare(&world, "b.nt", B);
    struct bc_commit_id parents[2];
    assert_int_equal(bc_branch_head(world.main, &parents[0]), BC_OK);
    parents[1] = mine;
    struct bc_commit_info info = {.message = text_slice("merge")};
    struct bc_commit_new what = {
        .parents = parents, .parent_count = 2, .layer = to->id, .info = &info};
    struct bc_batch batch = {0};
    struct bc_commit_id merged;
    assert_int_equal(bc_commit_make(world.repo, &what, &batch, &merged, NULL, NULL), BC_OK);
    struct bc_move move = {.expected = bc_branch_layer(world.main),
                           .to = to->id,
                           .head = &merged,
                           .extra = &batch,
                           .action = BC_REFLOG_MERGE,
                           .detail = text_slice("fork")};
    assert_int_equal(bc_branch_move(world.main, &move), BC_OK);
    bc_batch_release(&batch);
    bc_layer_release(world.repo, to);
    world_put(fork, "c.nt", C);
    assert_int_equal(bc_branch_delete(world.repo, text_slice("fork"), false, NULL), BC_NOT_EMPTY);
    assert_int_equal(world_remove(fork, "c.nt"), BC_OK);
    struct bc_layer *frozen = NULL;
    assert_int_equal(bc_branch_freeze(fork, &frozen), BC_OK);
    bc_layer_release(world.repo, frozen);
    assert_int_equal(bc_branch_delete(world.repo, text_slice("fork"), false, &world.err), BC_OK);
    bc_branch_release(fork);
    world_expect(world.main, "b.nt", B);
    world_close(&world);
}

static enum bc_status no_hidden(void *context, const struct bc_branch_info *info)
{
    (void)context;
    assert_int_not_equal(strlen(info->name), 0);
    return BC_OK;
}

static void hidden_branches_survive_but_are_not_seen(void **state)
{
    (void)state;
    struct world world;
    struct bc_branch *hidden = NULL;
    struct bc_branch *again = NULL;
    struct bc_layer *top = NULL;
    world_open(&world, NULL);
    world_put(world.main, "a.nt", A);
    assert_int_equal(bc_branch_freeze(world.main, &top), BC_OK);
    assert_int_equal(bc_hidden_new(world.repo, top->id, &hidden), BC_OK);
    bc_layer_release(world.repo, top);
    uint64_t id = bc_branch_id(hidden);
    world_put(hidden, "b.nt", B);
    assert_int_equal(bc_hidden_open(world.repo, id, &again), BC_OK);
    assert_ptr_equal(hidden, again);
    bc_branch_release(again);
    bc_branch_release(hidden);
    assert_int_equal(bc_branch_each(world.repo, no_hidden, NULL), BC_OK);
    world_reopen(&world);
    assert_int_equal(world_collect(&world), 0);
    assert_int_equal(bc_hidden_open(world.repo, id, &hidden), BC_OK);
    world_expect(hidden, "a.nt", A);
    world_expect(hidden, "b.nt", B);
    assert_int_equal(bc_hidden_remove(hidden, NULL), BC_OK);
    assert_int_equal(world_edit(hidden, 5, BC_EDIT_REPLACE, A, strlen(A)), BC_STALE);
    assert_int_equal(bc_hidden_open(world.repo, id + 1, &again), BC_NOT_FOUND);
    bc_branch_release(hidden);
    assert_int_equal(bc_hidden_open(world.repo, id, &again), BC_NOT_FOUND);
    assert_int_equal(world_collect(&world), 0);
    /* With a batch of somebody else's. */
    struct bc_batch batch = {0};
    assert_int_equal(bc_scratch_new(world.repo, 0, &hidden), BC_OK);
    assert_int_equal(bc_hidden_put(hidden, &batch), BC_OK);
    assert_int_equal(bc_store_apply(world.store, &batch, false), BC_OK);
    bc_hidden_kept(hidden);
    bc_batch_release(&batch);
    id = bc_branch_id(hidden);
    bc_branch_release(hidden);
    world_reopen(&world);
    assert_int_equal(bc_hidden_open(world.repo, id, &hidden), BC_OK);
    assert_int_equal(bc_hidden_remove(hidden, &batch), BC_OK);
    assert_int_equal(bc_store_apply(world.store, &batch, false), BC_OK);
    bc_hidden_removed(hidden);
    bc_batch_release(&batch);
    bc_branch_release(hidden);
    world_close(&world);
}

/* Each of what changes branches, with each allocation and each call of the store failing in turn:
 * what is seen afterwards is what was before or what is to be. */

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_snapshot_stays_as_it_was),
        cmocka_unit_test(a_scratch_leaves_nothing),
        cmocka_unit_test(a_move_takes_effect_at_once_and_can_be_undone),
        cmocka_unit_test(a_move_is_refused_when_the_branch_went_on),
        cmocka_unit_test(listeners_are_told_of_moves),
        cmocka_unit_test(what_another_history_has_is_not_lost),
        cmocka_unit_test(hidden_branches_survive_but_are_not_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
