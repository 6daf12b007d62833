/* Writers, committers, movers, whoever forks, and the collector on one branch at once. To be run
 * under the thread sanitizer too. */
#include "branchcore/history.h"
#include "branchcore/state.h"
#include "tests/commit_world.h"

#include <pthread.h>
#include <stdatomic.h>

enum { ROUNDS = 40 };

struct stage {
    struct world world;
    atomic_int at_work;
    atomic_int failures;
    atomic_int closed; /* writers must not get through */
    uint64_t text;
    uint64_t gated;
    char said[512];
};

static void fail_at(struct stage *stage, int line, const char *what, int value)
{
    if (!atomic_fetch_add(&stage->failures, 1))
        (void)snprintf(stage->said, sizeof stage->said, "line %d: %s: %d", line, what, value);
}

#define REQUIRE(stage, condition)                                                                  \
    do {                                                                                           \
        if (!(condition))                                                                          \
            fail_at(stage, __LINE__, #condition, 0);                                               \
    } while (0)
#define REQUIRE_OK(stage, call)                                                                    \
    do {                                                                                           \
        enum bc_status st_ = (call);                                                               \
        if (st_)                                                                                   \
            fail_at(stage, __LINE__, #call, (int)st_);                                             \
    } while (0)

struct actor {
    struct stage *stage;
    int number;
    pthread_t thread;
};

static void *write_lines(void *context)
{
    struct actor *actor = context;
    struct stage *stage = actor->stage;
    for (int i = 0; i < ROUNDS; i++) {
        char line[128];
        (void)snprintf(line, sizeof line, "<http://e/s%d> <http://e/p> \"%d\" .\n", actor->number,
                       i);
        REQUIRE_OK(stage,
                   world_edit(stage->world.main, stage->text, BC_EDIT_APPEND, line, strlen(line)));
    }
    atomic_fetch_sub(&stage->at_work, 1);
    return NULL;
}

static void *make_commits(void *context)
{
    struct actor *actor = context;
    struct stage *stage = actor->stage;
    for (int i = 0; i < ROUNDS; i++) {
        char message[64];
        (void)snprintf(message, sizeof message, "%d of %d", i, actor->number);
        struct bc_commit_info info = {.message = text_slice(message)};
        struct bc_commit_id id;
        struct bc_error err;
        enum bc_status st = bc_branch_commit(stage->world.main, &info, &id, &err);
        if (st == BC_NO_DATA)
            continue;
        REQUIRE_OK(stage, st);
        struct bc_commit made;
        struct bc_commit_id head;
        bool contains = false;
        REQUIRE_OK(stage, bc_commit_get(stage->world.repo, &id, &made));
        REQUIRE(stage, made.files >= 1 && made.files <= 2); /* a.nt, b.nt */
        bc_commit_release(&made);
        REQUIRE_OK(stage, bc_branch_head(stage->world.main, &head));
        REQUIRE_OK(stage, bc_history_contains(stage->world.repo, &head, &id, &contains));
        REQUIRE(stage, contains);
    }
    atomic_fetch_sub(&stage->at_work, 1);
    return NULL;
}

static void *freeze_and_fork(void *context)
{
    struct actor *actor = context;
    struct stage *stage = actor->stage;
    struct bc_owner owner = {7, 8};
    for (int i = 0; i < ROUNDS; i++) {
        struct bc_branch *past = NULL;
        struct bc_attr one;
        struct bc_attr two;
        char name[32];
        REQUIRE_OK(stage, bc_branch_snapshot(stage->world.main, &past));
        if (!past)
            break;
        REQUIRE_OK(stage, bc_tree_stat(past, stage->text, &one));
        (void)snprintf(name, sizeof name, "f%d", i);
        REQUIRE_OK(stage, bc_branch_fork(past, text_slice(name), &owner, NULL, NULL));
        REQUIRE_OK(stage, bc_tree_stat(past, stage->text, &two));
        REQUIRE(stage, one.version == two.version && one.triples == two.triples);
        bc_branch_release(past);
        REQUIRE_OK(stage, bc_branch_delete(stage->world.repo, text_slice(name), true, NULL));
    }
    atomic_fetch_sub(&stage->at_work, 1);
    return NULL;
}

/* One move of main that adds a line to b.nt, prepared from what main is; *st of the move. */
static void try_move(struct stage *stage, int number, enum bc_status *moved)
{
    struct bc_repo *repo = stage->world.repo;
    struct bc_frozen now;
    struct bc_layer *to = NULL;
    struct bc_branch *scratch = NULL;
    char line[128];
    *moved = BC_IO;
    REQUIRE_OK(stage, bc_branch_freeze_head(stage->world.main, &now));
    enum bc_status st = bc_scratch_new(repo, now.top->id, &scratch);
    (void)snprintf(line, sizeof line, "<http://e/m> <http://e/p> \"%d\" .\n", number);
    if (!st)
        st = world_edit(scratch, stage->gated, BC_EDIT_APPEND, line, strlen(line));
    if (!st)
        st = bc_branch_freeze(scratch, &to);
    bc_branch_release(scratch);
    if (!st) {
        struct bc_move move = {.expected = now.top->id,
                               .to = to->id,
                               .expected_head = now.has_head ? &now.head : NULL,
                               .action = BC_REFLOG_PATCH,
                               .detail = text_slice("a line")};
        *moved = bc_branch_move(stage->world.main, &move);
    }
    REQUIRE_OK(stage, st);
    bc_layer_release(repo, to);
    bc_layer_release(repo, now.top);
}

static void *move_main(void *context)
{
    struct actor *actor = context;
    struct stage *stage = actor->stage;
    struct bc_branch *m = stage->world.main;
    for (int i = 0; i < ROUNDS; i++) {
        enum bc_status moved;
        int number = actor->number * ROUNDS + i;
        try_move(stage, number, &moved);
        if (!moved)
            continue;
        REQUIRE(stage, moved == BC_BUSY);
        bc_branch_gate_close(m);
        REQUIRE(stage, !atomic_fetch_add(&stage->closed, 1));
        try_move(stage, number, &moved);
        REQUIRE_OK(stage, moved);
        atomic_fetch_sub(&stage->closed, 1);
        bc_branch_gate_open(m);
    }
    atomic_fetch_sub(&stage->at_work, 1);
    return NULL;
}

static enum bc_status count_commit(void *context, const struct bc_commit *commit)
{
    (void)commit;
    ++*(int *)context;
    return BC_OK;
}

static void *keep_house(void *context)
{
    struct actor *actor = context;
    struct stage *stage = actor->stage;
    while (atomic_load(&stage->at_work)) {
        struct bc_commit_id head;
        int count = 0;
        REQUIRE_OK(stage, bc_repo_collect(stage->world.repo, NULL));
        if (!bc_branch_head(stage->world.main, &head))
            REQUIRE_OK(stage, bc_history_each(stage->world.repo, &head, count_commit, &count));
    }
    return NULL;
}

static void everything_at_once(void **state)
{
    (void)state;
    static void *(*const acts[])(void *) = {write_lines,  write_lines, make_commits,
                                            make_commits, move_main,   freeze_and_fork,
                                            move_main,    keep_house};
    enum { ALL = sizeof acts / sizeof *acts, CHANGING = ALL - 1 };
    struct stage stage = {.said = ""};
    struct actor actors[ALL];
    world_open(&stage.world, NULL);
    stage.text = world_file(stage.world.main, "a.nt");
    stage.gated = world_file(stage.world.main, "b.nt");
    atomic_store(&stage.at_work, CHANGING);
    for (int i = 0; i < ALL; i++) {
        actors[i] = (struct actor){.stage = &stage, .number = i};
        assert_int_equal(pthread_create(&actors[i].thread, NULL, acts[i], &actors[i]), 0);
    }
    for (int i = 0; i < ALL; i++)
        assert_int_equal(pthread_join(actors[i].thread, NULL), 0);
    if (atomic_load(&stage.failures))
        fail_msg("%d failures, the first: %s", atomic_load(&stage.failures), stage.said);
    assert_int_equal(world_stat(stage.world.main, stage.text).triples, 2 * ROUNDS);
    assert_int_equal(world_stat(stage.world.main, stage.gated).triples, 2 * ROUNDS);
    enum bc_status st = world_try_commit(&stage.world, stage.world.main, "the last", 0, NULL);
    assert_true(!st || st == BC_NO_DATA);
    assert_int_equal(world_differences(stage.world.main), 0);
    world_close(&stage.world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
