/* Each of what changes branches, with each allocation and each call of the store failing in turn:
 * what is seen afterwards is what was before or what is to be. */
#include "branchcore/history.h"
#include "branchcore/state.h"
#include "tests/commit_world.h"
#include "tests/failing_store.h"

#define A "<http://e/a> <http://e/p> \"1\" .\n"
#define B "<http://e/b> <http://e/p> \"2\" .\n"
#define C "<http://e/c> <http://e/p> \"3\" .\n"

struct operation {
    const char *name;
    enum bc_status (*run)(struct world *world);
};

static struct bc_layer *target;

static enum bc_status commit_it(struct world *world)
{
    return world_try_commit(world, world->main, "a commit", 77, NULL);
}

static enum bc_status freeze_it(struct world *world)
{
    struct bc_layer *top = NULL;
    enum bc_status st = bc_branch_freeze(world->main, &top);
    if (!st)
        bc_layer_release(world->repo, top);
    return st;
}

static enum bc_status snapshot_it(struct world *world)
{
    struct bc_branch *past = NULL;
    enum bc_status st = bc_branch_snapshot(world->main, &past);
    bc_branch_release(past);
    return st;
}

static enum bc_status scratch_it(struct world *world)
{
    struct bc_branch *scratch = NULL;
    struct bc_layer *top = NULL;
    struct bc_make make = {.kind = BC_FILE, .mode = 0644};
    struct bc_attr attr;
    enum bc_status st = bc_scratch_new(world->repo, target->id, &scratch);
    if (!st)
        st = bc_tree_make(scratch, BC_ROOT_NODE, text_slice("new.nt"), &make, &attr);
    if (!st)
        st = world_edit(scratch, attr.node, BC_EDIT_REPLACE, A C, strlen(A C));
    if (!st)
        st = bc_branch_freeze(scratch, &top);
    if (!st)
        st = bc_tree_make(scratch, BC_ROOT_NODE, text_slice("more.nt"), &make, &attr);
    bc_layer_release(world->repo, top);
    bc_branch_release(scratch);
    return st;
}

static enum bc_status move_it(struct world *world)
{
    struct bc_frozen now;
    enum bc_status st = bc_branch_freeze_head(world->main, &now);
    if (st)
        return st;
    struct bc_move move = {.expected = now.top ? now.top->id : 0,
                           .to = target->id,
                           .head = &now.head,
                           .action = BC_REFLOG_RESET,
                           .detail = text_slice("it")};
    st = bc_branch_move(world->main, &move);
    bc_layer_release(world->repo, now.top);
    return st;
}

static enum bc_status hide_it(struct world *world)
{
    struct bc_branch *hidden = NULL;
    enum bc_status st = bc_hidden_new(world->repo, target->id, &hidden);
    if (!st)
        st = bc_hidden_remove(hidden, NULL);
    bc_branch_release(hidden);
    return st;
}

static const struct operation operations[] = {
    {"commit", commit_it},   {"freeze", freeze_it}, {"snapshot", snapshot_it},
    {"scratch", scratch_it}, {"move", move_it},     {"hide", hide_it},
};

/* Everything starts from a commit and a change after it; target is a state beside it. */
static void make_scene(struct world *world)
{
    struct bc_store *inner;
    struct bc_buffer large = {0};
    struct bc_branch *scratch = NULL;
    struct bc_layer *top = NULL;
    assert_int_equal(bc_memory_store_new(&inner), BC_OK);
    world_open(world, failing_store_new(inner));
    world_numbers(&large, 0, 3000);
    world_put(world->main, "large.nt", large.data);
    world_put(world->main, "a.nt", A B);
    assert_int_equal(world_try_commit(world, world->main, "first", 7, NULL), BC_OK);
    assert_int_equal(bc_branch_freeze(world->main, &top), BC_OK);
    assert_int_equal(bc_scratch_new(world->repo, top->id, &scratch), BC_OK);
    world_put(scratch, "a.nt", C);
    assert_int_equal(bc_branch_freeze(scratch, &target), BC_OK);
    bc_branch_release(scratch);
    bc_layer_release(world->repo, top);
    world_put(world->main, "a.nt", A C);
    world_put(world->main, "b", "bytes");
    bc_buffer_release(&large);
    world_check(world);
}

static enum bc_status count_line(void *context, const char *line)
{
    (void)line;
    ++*(int *)context;
    return BC_OK;
}

static enum bc_status count_commit(void *context, const struct bc_commit *commit)
{
    (void)commit;
    ++*(int *)context;
    return BC_OK;
}

static char *paint(struct world *world)
{
    struct bc_buffer picture = {0};
    struct bc_commit_id head;
    char hex[BC_COMMIT_HEX + 1];
    int commits = 0;
    int lines = 0;
    assert_int_equal(bc_branch_head(world->main, &head), BC_OK);
    assert_int_equal(bc_history_each(world->repo, &head, count_commit, &commits), BC_OK);
    assert_int_equal(bc_reflog_each(world->repo, count_line, &lines), BC_OK);
    bc_commit_id_format(&head, hex);
    struct bc_buffer content = world_content(world->main, world_find(world->main, "a.nt"));
    assert_int_equal(bc_buffer_printf(&picture, "head %s\n%d commits\n%d differences\n%d lines\n%s",
                                      hex, commits, world_differences(world->main), lines,
                                      content.data),
                     BC_OK);
    bc_buffer_release(&content);
    return picture.data;
}

enum injection { ALLOCATIONS, READS_AND_WRITES, FULL_DISK };

static enum bc_status inject(struct world *world, enum injection injection, uint64_t countdown)
{
    static const enum bc_status failures[] = {BC_NO_MEMORY, BC_IO, BC_NO_SPACE};
    if (injection == ALLOCATIONS)
        bc_memory_fail_after(countdown, 0);
    else
        failing_store_fail_after(world->store, countdown, 0, failures[injection]);
    return failures[injection];
}

static void end_scene(struct world *world)
{
    bc_layer_release(world->repo, target);
    (void)world_collect(world);
    assert_int_equal(world_collect(world), 0);
    world_reopen(world);
    world_close(world);
}

/* One run with the countdown-th call failing; false if there is no such call. */
static bool try_one(const struct operation *operation, enum injection injection, uint64_t countdown,
                    const char *after)
{
    struct world world;
    make_scene(&world);
    char *before = paint(&world);
    uint64_t allocated = bc_memory_allocations();
    enum bc_status failure = inject(&world, injection, countdown);
    enum bc_status st = operation->run(&world);
    bool failed = injection == ALLOCATIONS ? bc_memory_allocations() - allocated >= countdown
                                           : failing_store_failures(world.store) > 0;
    (void)inject(&world, injection, 0);
    char *now = paint(&world);
    if (st && st != failure)
        fail_msg("%s, injection %d, call %d: %s", operation->name, injection, (int)countdown,
                 bc_status_text(st));
    if (strcmp(now, st ? before : after) != 0)
        fail_msg("%s, injection %d, call %d (%s) left\n%s\nfor\n%s", operation->name, injection,
                 (int)countdown, bc_status_text(st), now, st ? before : after);
    world_check(&world);
    if (st) {
        assert_int_equal(operation->run(&world), BC_OK);
        bc_free(now);
        now = paint(&world);
        assert_string_equal(now, after);
    }
    bc_free(before);
    bc_free(now);
    end_scene(&world);
    return failed;
}

static void try_all(enum injection injection)
{
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
        struct world world;
        make_scene(&world);
        assert_int_equal(operations[i].run(&world), BC_OK);
        char *after = paint(&world);
        end_scene(&world);
        uint64_t countdown = 1;
        while (try_one(&operations[i], injection, countdown, after))
            countdown++;
        bc_free(after);
    }
}

static void each_allocation_may_fail(void **state)
{
    (void)state;
    try_all(ALLOCATIONS);
}

static void each_call_of_the_store_may_fail(void **state)
{
    (void)state;
    try_all(READS_AND_WRITES);
}

static void the_disk_may_be_full_at_each_write(void **state)
{
    (void)state;
    try_all(FULL_DISK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_allocation_may_fail),
        cmocka_unit_test(each_call_of_the_store_may_fail),
        cmocka_unit_test(the_disk_may_be_full_at_each_write),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
