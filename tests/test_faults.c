/* Every operation with each of its allocations, and each of its calls of the store, made to fail in
 * turn: a failure changes nothing that can be seen, leaves nothing that the check finds, and the
 * operation succeeds when it is repeated. */
#include "branchcore/maintain.h"
#include "branchcore/state.h"
#include "tests/failing_store.h"
#include "tests/tree_world.h"

#define A "<http://e/a> <http://e/p> \"1\" .\n"
#define B "<http://e/b> <http://e/p> \"2\" .\n"
#define C "<http://e/c> <http://e/p> \"3\" .\n"
#define D "<http://e/d> <http://e/p> \"4\" .\n"

struct operation {
    const char *name;
    enum bc_status (*run)(struct world *world);
    void (*prepare)(struct world *world); /* may be NULL */
    enum bc_status expected;
};

static void large_text(struct bc_buffer *text, int lines)
{
    for (int i = 0; i < lines; i++)
        assert_int_equal(
            bc_buffer_printf(text, "<http://example.org/%06d> <http://e/p> \"%d\" .\n", i, i),
            BC_OK);
}

/* Files of each kind, in a frozen layer and above it. */
static void make_scene(struct world *world)
{
    static char bytes[3 * BC_CHUNK_BYTES];
    struct bc_store *inner;
    assert_int_equal(bc_memory_store_new(&inner), BC_OK);
    world_open(world, failing_store_new(inner));
    struct bc_branch *m = world->main;
    world_put(m, "a.nt", A B);
    uint64_t plain = world_file(m, "plain");
    memset(bytes, 'x', sizeof bytes);
    assert_int_equal(bc_bytes_write(m, plain, 0, bytes, sizeof bytes, false, NULL), BC_OK);
    assert_int_equal(bc_xattr_set(m, plain, text_slice("user.x"), text_slice("1"), false, false),
                     BC_OK);
    world_folder(m, "folder");
    world_put(m, "folder/low", "low");
    bc_branch_release(world_fork(world, m, "other"));
    assert_int_equal(world_edit(m, world_find(m, "a.nt"), BC_EDIT_APPEND, C, strlen(C)), BC_OK);
    assert_int_equal(bc_bytes_write(m, plain, 5, "work", 4, false, NULL), BC_OK);
    world_put(m, "tmp", D B);
    world_put(m, "bad", "oops");
    world_put(m, "was.nt", A D);
    assert_int_equal(world_rename(world, m, "was.nt", "was", 0, NULL), BC_OK);
    struct bc_branch *gone = world_fork(world, m, "gone");
    world_put(gone, "g.nt", A);
    assert_int_equal(bc_branch_delete(world->repo, text_slice("gone"), true, NULL), BC_OK);
    bc_branch_release(gone);
    struct bc_branch *own = world_fork(world, m, "own");
    world_put(own, "a.nt", D);
    bc_branch_release(own);
    assert_int_equal(bc_bytes_write(m, plain, 70000, "again", 5, false, NULL), BC_OK);
}

struct painter {
    struct world *world;
    struct bc_branch *branch;
    struct bc_buffer *picture;
    uint64_t folder;
};

static enum bc_status paint_folder(struct painter *painter, uint64_t folder);

static enum bc_status paint_entry(void *context, struct bc_slice name, const struct bc_attr *attr)
{
    struct painter *painter = context;
    struct bc_buffer names = {0};
    assert_int_equal(bc_buffer_printf(painter->picture, "%.*s kind %d mode %o size %d in %d",
                                      (int)name.size, name.data, attr->kind, attr->mode,
                                      (int)attr->size_bytes, (int)painter->folder),
                     BC_OK);
    if (attr->kind == BC_FILE) {
        struct bc_buffer content = world_content(painter->branch, attr->node);
        uint64_t sum = 0;
        for (size_t i = 0; i < content.size; i++)
            sum = sum * 31 + (unsigned char)content.data[i];
        assert_int_equal(bc_buffer_printf(painter->picture, " sum %llx", (unsigned long long)sum),
                         BC_OK);
        bc_buffer_release(&content);
    }
    assert_int_equal(bc_xattr_list(painter->branch, attr->node, &names), BC_OK);
    assert_int_equal(bc_buffer_printf(painter->picture, " xattrs %d\n", (int)names.size), BC_OK);
    bc_buffer_release(&names);
    return attr->kind == BC_DIRECTORY ? paint_folder(painter, attr->node) : BC_OK;
}

static enum bc_status paint_folder(struct painter *painter, uint64_t folder)
{
    uint64_t outer = painter->folder;
    painter->folder = folder;
    assert_int_equal(bc_tree_list_attr(painter->branch, folder, paint_entry, painter), BC_OK);
    painter->folder = outer;
    return BC_OK;
}

static enum bc_status paint_branch(void *context, const struct bc_branch_info *info)
{
    struct painter *painter = context;
    assert_int_equal(
        bc_buffer_printf(painter->picture, "branch %s of %s\n", info->name, info->forked_from),
        BC_OK);
    painter->branch = world_branch(painter->world, info->name);
    (void)paint_folder(painter, BC_ROOT_NODE);
    bc_branch_release(painter->branch);
    return BC_OK;
}

/* All that can be seen of the repository. */
static char *paint(struct world *world)
{
    struct bc_buffer picture = {0};
    struct painter painter = {.world = world, .picture = &picture};
    assert_int_equal(bc_branch_each(world->repo, paint_branch, &painter), BC_OK);
    struct bc_branch *branch;
    char name[BC_BRANCH_NAME_MAX + 1];
    assert_int_equal(bc_default_branch(world->repo, &branch), BC_OK);
    bc_branch_name(branch, name);
    bc_branch_release(branch);
    assert_int_equal(bc_buffer_printf(&picture, "default %s\n", name), BC_OK);
    assert_int_equal(bc_buffer_append(&picture, "", 1), BC_OK);
    return picture.data;
}

static enum bc_status fork_it(struct world *world)
{
    struct bc_owner owner = {1, 2};
    struct bc_branch *fork = NULL;
    enum bc_status st = bc_branch_fork(world->main, text_slice("new"), &owner, &fork, NULL);
    bc_branch_release(fork);
    return st;
}

static enum bc_status rename_branch(struct world *world)
{
    return bc_branch_rename(world->repo, text_slice("main"), text_slice("other"), true, NULL);
}

static enum bc_status delete_branch(struct world *world)
{
    return bc_branch_delete(world->repo, text_slice("other"), false, NULL);
}

static enum bc_status delete_own_branch(struct world *world)
{
    return bc_branch_delete(world->repo, text_slice("own"), false, NULL);
}

static enum bc_status discard_branch(struct world *world)
{
    return bc_branch_delete(world->repo, text_slice("own"), true, NULL);
}

static enum bc_status restore_branch(struct world *world)
{
    return bc_branch_restore(world->repo, text_slice("gone"), text_slice(""), NULL);
}

static enum bc_status set_default(struct world *world)
{
    return bc_default_branch_set(world->repo, text_slice("own"), NULL);
}

static enum bc_status make_file(struct world *world)
{
    struct bc_make make = {.kind = BC_FILE, .mode = 0644};
    struct bc_attr attr;
    return bc_tree_make(world->main, BC_ROOT_NODE, text_slice("new.nt"), &make, &attr);
}

static enum bc_status remove_file(struct world *world)
{
    return bc_tree_remove(world->main, BC_ROOT_NODE, text_slice("plain"), false, NULL);
}

static enum bc_status rename_to(struct world *world, const char *from, const char *to,
                                unsigned flags)
{
    return bc_tree_rename(world->main, BC_ROOT_NODE, text_slice(from), BC_ROOT_NODE, text_slice(to),
                          flags, NULL, NULL);
}

static enum bc_status rename_over(struct world *world)
{
    return rename_to(world, "was", "plain", 0);
}

static enum bc_status exchange(struct world *world)
{
    return rename_to(world, "folder", "plain", BC_RENAME_EXCHANGE);
}

static enum bc_status rename_into_text(struct world *world)
{
    return rename_to(world, "tmp", "a.nt", 0);
}

static enum bc_status rename_to_text(struct world *world)
{
    return rename_to(world, "tmp", "new.nt", 0);
}

static enum bc_status rename_bad(struct world *world)
{
    return rename_to(world, "bad", "a.nt", 0);
}

static uint64_t text_node; /* looked up where nothing fails */
static uint64_t plain_node;
static uint64_t was_node;

static enum bc_status append(struct world *world)
{
    return world_edit(world->main, text_node, BC_EDIT_APPEND, D, strlen(D));
}

static enum bc_status replace(struct world *world)
{
    return world_edit(world->main, text_node, BC_EDIT_REPLACE, D A, strlen(D A));
}

static struct bc_buffer large;

static enum bc_status replace_by_run(struct world *world)
{
    return world_edit(world->main, text_node, BC_EDIT_REPLACE, large.data, large.size);
}

static void have_run(struct world *world)
{
    assert_int_equal(replace_by_run(world), BC_OK);
}

static enum bc_status write_bytes(struct world *world)
{
    static char bytes[BC_CHUNK_BYTES];
    memset(bytes, 'y', sizeof bytes);
    return bc_bytes_write(world->main, plain_node, 100, bytes, sizeof bytes, false, NULL);
}

static enum bc_status cut_bytes(struct world *world)
{
    struct bc_change change = {.mask = BC_CHANGE_SIZE, .size_bytes = 70001};
    struct bc_attr attr;
    return bc_tree_change(world->main, plain_node, &change, &attr);
}

static enum bc_status write_into_text(struct world *world)
{
    return bc_bytes_write(world->main, was_node, 3, "x", 1, false, NULL);
}

static enum bc_status set_xattr(struct world *world)
{
    return bc_xattr_set(world->main, plain_node, text_slice("user.y"), text_slice("2"), true,
                        false);
}

static enum bc_status remove_xattr(struct world *world)
{
    return bc_xattr_remove(world->main, plain_node, text_slice("user.x"));
}

static enum bc_status collect(struct world *world)
{
    return bc_repo_collect(world->repo, NULL);
}

/* What a crash leaves: a layer and a run that nothing refers to. */
static void leave_rubbish(struct world *world)
{
    struct bc_batch batch = {0};
    struct bc_key key;
    struct bc_bulk *bulk;
    uint64_t layer;
    uint64_t run;
    assert_int_equal(bc_repo_next_id(world->repo, &layer), BC_OK);
    assert_int_equal(bc_repo_next_id(world->repo, &run), BC_OK);
    bc_key_chunk(&key, layer, 1, 0);
    assert_int_equal(bc_batch_put(&batch, BC_LAYERS, bc_key_slice(&key), bc_slice("rubbish", 7)),
                     BC_OK);
    assert_int_equal(bc_store_apply(world->store, &batch, false), BC_OK);
    bc_batch_release(&batch);
    assert_int_equal(world->store->ops->bulk_new(world->store, run, &bulk), BC_OK);
    bc_key_prefix(&key, run, 'B');
    assert_int_equal(bulk->ops->add(bulk, bc_key_slice(&key), bc_slice("rubbish", 7)), BC_OK);
    assert_int_equal(bulk->ops->finish(bulk), BC_OK);
}

static enum bc_status no_difference(void *context, const struct bc_difference *difference)
{
    (void)context;
    (void)difference;
    return BC_OK;
}

static enum bc_status tell_status(struct world *world)
{
    return bc_branch_status(world->main, no_difference, NULL);
}

static enum bc_status measure(struct world *world)
{
    struct bc_branch_totals totals;
    return bc_branch_measure(world->main, &totals);
}

static void no_problem(void *context, const char *text)
{
    (void)context;
    fail_msg("check: %s", text);
}

static enum bc_status check(struct world *world)
{
    struct bc_check_counts counts;
    return bc_check(world->repo, &counts, no_problem, NULL);
}

static enum bc_status open_branch(struct world *world)
{
    struct bc_branch *branch = NULL;
    enum bc_status st = bc_branch_open(world->repo, text_slice("own"), &branch);
    bc_branch_release(branch);
    return st;
}

static enum bc_status close_orphan(struct world *world)
{
    bc_node_close(world->main, plain_node);
    return BC_OK;
}

static void have_orphan(struct world *world)
{
    assert_int_equal(bc_node_open(world->main, plain_node), BC_OK);
    assert_int_equal(remove_file(world), BC_OK);
}

/* A stack of layers that change one text, and that few of are enough to be maintained. */
static void have_layers(struct world *world)
{
    for (int i = 0; i < 4; i++) {
        struct bc_layer *top = NULL;
        struct bc_buffer line = {0};
        assert_int_equal(bc_buffer_printf(&line, "<http://e/f> <http://e/p> \"%d\" .\n", i), BC_OK);
        assert_int_equal(world_edit(world->main, text_node, BC_EDIT_APPEND, line.data, line.size),
                         BC_OK);
        assert_int_equal(bc_branch_freeze(world->main, &top), BC_OK);
        bc_layer_release(world->repo, top);
        bc_buffer_release(&line);
    }
    world->repo->index_at = 2;
    world->repo->settle_at = 1;
}

static enum bc_status maintain(struct world *world)
{
    return bc_branch_maintain(world->main, NULL);
}

static void have_maintained(struct world *world)
{
    have_layers(world);
    assert_int_equal(maintain(world), BC_OK);
}

static const struct operation operations[] = {
    {"fork", fork_it, NULL, BC_OK},
    {"rename a branch", rename_branch, NULL, BC_OK},
    {"delete a branch", delete_branch, NULL, BC_OK},
    {"refuse to delete a branch", delete_own_branch, NULL, BC_NOT_EMPTY},
    {"discard a branch", discard_branch, NULL, BC_OK},
    {"restore a branch", restore_branch, NULL, BC_OK},
    {"set the default branch", set_default, NULL, BC_OK},
    {"open a branch", open_branch, NULL, BC_OK},
    {"make", make_file, NULL, BC_OK},
    {"remove", remove_file, NULL, BC_OK},
    {"rename over", rename_over, NULL, BC_OK},
    {"exchange", exchange, NULL, BC_OK},
    {"rename into a text", rename_into_text, NULL, BC_OK},
    {"rename to a text", rename_to_text, NULL, BC_OK},
    {"rename bad text", rename_bad, NULL, BC_SYNTAX},
    {"append", append, NULL, BC_OK},
    {"append to a run", append, have_run, BC_OK},
    {"replace", replace, NULL, BC_OK},
    {"replace a run", replace, have_run, BC_OK},
    {"replace by a run", replace_by_run, NULL, BC_OK},
    {"write bytes", write_bytes, NULL, BC_OK},
    {"cut bytes", cut_bytes, NULL, BC_OK},
    {"write bytes into a text", write_into_text, NULL, BC_OK},
    {"set an attribute", set_xattr, NULL, BC_OK},
    {"remove an attribute", remove_xattr, NULL, BC_OK},
    {"close what has no name", close_orphan, have_orphan, BC_OK},
    {"collect", collect, leave_rubbish, BC_OK},
    {"status", tell_status, have_run, BC_OK},
    {"measure", measure, have_run, BC_OK},
    {"check", check, have_run, BC_OK},
    {"maintain", maintain, have_layers, BC_OK},
    {"check what is maintained", check, have_maintained, BC_OK},
};

static void find_nodes(struct world *world)
{
    text_node = world_find(world->main, "a.nt");
    plain_node = world_find(world->main, "plain");
    was_node = world_find(world->main, "was");
}

static void set_up(struct world *world, const struct operation *operation)
{
    make_scene(world);
    find_nodes(world);
    if (operation->prepare)
        operation->prepare(world);
    /* What others pin and cache for a moment is no part of it. */
    world_check(world);
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

/* One run with the countdown-th call failing; false if there is no such call. */
static bool try_one(const struct operation *operation, enum injection injection, uint64_t countdown,
                    const char *after)
{
    struct world world;
    set_up(&world, operation);
    char *before = paint(&world);
    uint64_t allocated = bc_memory_allocations();
    enum bc_status failure = inject(&world, injection, countdown);
    enum bc_status st = operation->run(&world);
    bool failed = injection == ALLOCATIONS ? bc_memory_allocations() - allocated >= countdown
                                           : failing_store_failures(world.store) > 0;
    (void)inject(&world, injection, 0);
    char *now = paint(&world);
    if (st != operation->expected && st != failure)
        fail_msg("%s, injection %d, call %d: %s", operation->name, injection, (int)countdown,
                 bc_status_text(st));
    const char *expected = st || operation->expected ? before : after;
    if (strcmp(now, expected) != 0)
        fail_msg("%s, injection %d, call %d (%s) left\n%s\nfor\n%s", operation->name, injection,
                 (int)countdown, bc_status_text(st), now, expected);
    if (world_problems(&world))
        fail_msg("%s, injection %d, call %d: %s", operation->name, injection, (int)countdown,
                 world.problem);
    if (st == failure && st != operation->expected) {
        assert_int_equal(operation->run(&world), operation->expected);
        bc_free(now);
        now = paint(&world);
        if (strcmp(now, after) != 0)
            fail_msg("%s, injection %d, call %d, repeated, left\n%s\nfor\n%s", operation->name,
                     injection, (int)countdown, now, after);
    }
    bc_free(before);
    bc_free(now);
    assert_int_equal(bc_repo_collect(world.repo, NULL), BC_OK);
    world_close(&world);
    return failed;
}

static void try_all(enum injection injection)
{
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
        struct world world;
        set_up(&world, &operations[i]);
        assert_int_equal(operations[i].run(&world), operations[i].expected);
        char *after = paint(&world);
        world_close(&world);
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

static void the_disk_may_be_full(void **state)
{
    (void)state;
    try_all(FULL_DISK);
}

/* A start that fails leaves nothing behind and can be made again. */
static void each_step_of_a_start_may_fail(void **state)
{
    (void)state;
    struct bc_repo_options options = {.spool_directory = "/tmp"};
    for (int injection = ALLOCATIONS; injection <= FULL_DISK; injection++) {
        for (uint64_t countdown = 1;; countdown++) {
            struct world world;
            struct bc_repo *repo = NULL;
            struct bc_error err;
            make_scene(&world);
            find_nodes(&world);
            have_orphan(&world); /* not closed: a start removes it */
            bc_branch_release(world.main);
            bc_repo_close(world.repo);
            uint64_t allocated = bc_memory_allocations();
            enum bc_status failure = inject(&world, injection, countdown);
            enum bc_status st = bc_repo_open(world.store, &options, &repo, &err);
            bool failed = injection == ALLOCATIONS
                              ? bc_memory_allocations() - allocated >= countdown
                              : failing_store_failures(world.store) > 0;
            (void)inject(&world, injection, 0);
            assert_true(!st || st == failure);
            if (st)
                assert_int_equal(bc_repo_open(world.store, &options, &repo, &err), BC_OK);
            world.repo = repo;
            world.main = world_branch(&world, "main");
            struct bc_attr attr;
            assert_int_equal(bc_tree_stat(world.main, plain_node, &attr), BC_STALE);
            world_close(&world);
            if (!failed)
                break;
        }
    }
}

/* The first start of all. */
static void each_step_of_a_new_store_may_fail(void **state)
{
    (void)state;
    struct bc_repo_options options = {.spool_directory = "/tmp"};
    for (int injection = ALLOCATIONS; injection <= FULL_DISK; injection++) {
        bool failed = true;
        for (uint64_t countdown = 1; failed; countdown++) {
            struct world world = {0};
            struct bc_store *inner;
            assert_int_equal(bc_memory_store_new(&inner), BC_OK);
            world.store = failing_store_new(inner);
            uint64_t allocated = bc_memory_allocations();
            enum bc_status failure = inject(&world, injection, countdown);
            enum bc_status st = bc_repo_open(world.store, &options, &world.repo, NULL);
            failed = injection == ALLOCATIONS ? bc_memory_allocations() - allocated >= countdown
                                              : failing_store_failures(world.store) > 0;
            (void)inject(&world, injection, 0);
            assert_true(!st || st == failure);
            if (st)
                assert_int_equal(bc_repo_open(world.store, &options, &world.repo, NULL), BC_OK);
            world.main = world_branch(&world, "main");
            world_close(&world);
        }
    }
}

static int make_large(void **state)
{
    (void)state;
    large_text(&large, 2500);
    return 0;
}

static int release_large(void **state)
{
    (void)state;
    bc_buffer_release(&large);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_allocation_may_fail),
        cmocka_unit_test(each_call_of_the_store_may_fail),
        cmocka_unit_test(the_disk_may_be_full),
        cmocka_unit_test(each_step_of_a_start_may_fail),
        cmocka_unit_test(each_step_of_a_new_store_may_fail),
    };
    return cmocka_run_group_tests(tests, make_large, release_large);
}
