/* Two branches that live side by side and are merged in both directions in turn, with edits on both
 * sides in between: what a merge costs must not grow with the number of merges before it. Costs are
 * calls of the store (failing_store.h), so they do not depend on the machine. */
#include "branchcore/gc.h"
#include "branchcore/maintain.h"
#include "branchcore/merge.h"
#include "branchcore/text_change.h"
#include "branchcore/tree_diff.h"
#include "tests/failing_store.h"
#include "tests/tree_world.h"

#include <inttypes.h>
#include <time.h>

enum { SUBJECTS = 10000, SMALL = 100, EDITS = 10, FILES = 8 };

/* A text of which each side edits subjects of its own, even and odd ones. */
struct edited {
    const char *path;
    uint64_t subjects;
    uint64_t next[2];
    uint64_t objects[SUBJECTS];
};

struct rounds {
    struct world world;
    struct bc_branch *dev;
    struct edited large;
    struct edited small[FILES];
    char small_paths[FILES][32];
    uint64_t files[2]; /* that a side has made */
};

static void line_of(char line[128], uint64_t subject, uint64_t object)
{
    (void)snprintf(line, 128, "<http://e/s%06llu> <http://e/p> \"%08llu\" .\n",
                   (unsigned long long)subject, (unsigned long long)object);
}

static void fill(struct bc_branch *branch, const char *path, uint64_t subjects)
{
    struct bc_buffer text = {0};
    char line[128];
    for (uint64_t i = 0; i < subjects; i++) {
        line_of(line, i, 0);
        assert_int_equal(bc_buffer_append(&text, line, strlen(line)), BC_OK);
    }
    assert_int_equal(bc_buffer_append(&text, "", 1), BC_OK);
    (void)world_put(branch, path, text.data);
    bc_buffer_release(&text);
}

static void begin_text(struct rounds *rounds, struct edited *text, const char *path,
                       uint64_t subjects)
{
    *text = (struct edited){.path = path, .subjects = subjects};
    fill(rounds->world.main, path, subjects);
}

static struct rounds *begin(void)
{
    struct bc_store *memory = NULL;
    struct bc_merge_report report;
    struct bc_merge_options options = {.policy = BC_MERGE_AUTO};
    struct rounds *rounds = calloc(1, sizeof *rounds);
    assert_non_null(rounds);
    assert_int_equal(bc_memory_store_new(&memory), BC_OK);
    struct bc_store *store = failing_store_new(memory);
    assert_non_null(store);
    world_open(&rounds->world, store);
    begin_text(rounds, &rounds->large, "a.nt", SUBJECTS);
    (void)world_folder(rounds->world.main, "many");
    for (int i = 0; i < FILES; i++) {
        (void)snprintf(rounds->small_paths[i], sizeof rounds->small_paths[i], "many/%d.nt", i);
        begin_text(rounds, &rounds->small[i], rounds->small_paths[i], SMALL);
    }
    rounds->dev = world_fork(&rounds->world, rounds->world.main, "dev");
    /* A first commit that both have. */
    assert_int_equal(
        bc_merge(rounds->dev, text_slice("main"), &options, &report, &rounds->world.err), BC_OK);
    bc_merge_report_release(&report);
    return rounds;
}

static void end(struct rounds *rounds)
{
    bc_branch_release(rounds->dev);
    world_close(&rounds->world);
    free(rounds);
}

/* Signed lines as a stream. */
struct stream {
    char lines[2 * EDITS][128];
    size_t count;
    size_t at;
};

static enum bc_status next_line(void *context, char *sign, struct bc_slice *line)
{
    struct stream *stream = context;
    if (stream->at == stream->count)
        return BC_NO_DATA;
    *sign = stream->at % 2 ? '+' : '-';
    *line = text_slice(stream->lines[stream->at++]);
    return BC_OK;
}

static enum bc_status rewind_lines(void *context)
{
    ((struct stream *)context)->at = 0;
    return BC_OK;
}

/* Some of the side's subjects in turn get another object. */
static void edit_text(struct rounds *rounds, int side, struct edited *text, uint64_t edits)
{
    struct stream lines = {.count = 2 * edits};
    struct bc_branch *branch = side ? rounds->dev : rounds->world.main;
    struct bc_file_text *old = NULL;
    struct bc_text_change change;
    uint64_t own = text->subjects / 2;
    uint64_t first = text->next[side];
    text->next[side] = (first + edits) % own;
    for (uint64_t i = 0; i < edits; i++) {
        /* Spread over the text, in order. */
        uint64_t subject = 2 * ((first / edits + i * (own / edits)) % own) + (uint64_t)side;
        line_of(lines.lines[2 * i], subject, text->objects[subject]);
        line_of(lines.lines[2 * i + 1], subject, ++text->objects[subject]);
    }
    struct bc_signed_stream stream = {.next = next_line, .rewind = rewind_lines, .context = &lines};
    uint64_t node = world_find(branch, text->path);
    assert_int_equal(bc_file_text_open(branch, node, &old, NULL), BC_OK);
    assert_int_equal(bc_text_change_signed(branch->repo, &stream, old, NULL, &change), BC_OK);
    bc_file_text_release(old);
    assert_int_equal(bc_text_change_apply(branch, node, &change), BC_OK);
    bc_text_change_release(branch->repo, &change);
}

/* A file is made, the one of the round before is renamed, the one before that goes. */
static void edit_names(struct rounds *rounds, int side)
{
    char path[64];
    char to[64];
    struct bc_branch *branch = side ? rounds->dev : rounds->world.main;
    unsigned long long made = ++rounds->files[side];
    (void)snprintf(path, sizeof path, "new-%d-%llu.nt", side, made);
    fill(branch, path, 3);
    (void)snprintf(path, sizeof path, "new-%d-%llu.nt", side, made - 1);
    (void)snprintf(to, sizeof to, "many/old-%d-%llu.nt", side, made - 1);
    if (world_find(branch, path))
        assert_int_equal(world_rename(&rounds->world, branch, path, to, 0, NULL), BC_OK);
    (void)snprintf(path, sizeof path, "many/old-%d-%llu.nt", side, made - 2);
    if (world_find(branch, path))
        assert_int_equal(world_remove(branch, path), BC_OK);
}

static void edit(struct rounds *rounds, int side, bool tree)
{
    if (!tree) {
        edit_text(rounds, side, &rounds->large, EDITS);
        return;
    }
    for (int i = 0; i < FILES; i++)
        edit_text(rounds, side, &rounds->small[i], 1);
    edit_names(rounds, side);
}

struct cost {
    uint64_t calls;
    uint64_t nanoseconds;
};

static uint64_t now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

static void merge(struct rounds *rounds, struct bc_branch *ours, const char *theirs,
                  struct cost *cost)
{
    struct bc_merge_report report;
    struct bc_merge_options options = {.policy = BC_MERGE_AUTO};
    failing_store_fail_after(rounds->world.store, 0, 0, BC_IO);
    uint64_t begun = now_ns();
    enum bc_status st = bc_merge(ours, text_slice(theirs), &options, &report, &rounds->world.err);
    if (st)
        fail_msg("%s: %s", bc_status_text(st), rounds->world.err.text);
    assert_int_equal(report.outcome, BC_MERGE_DONE);
    cost->nanoseconds += now_ns() - begun;
    cost->calls += failing_store_calls(rounds->world.store);
    bc_merge_report_release(&report);
    assert_int_equal(bc_branch_maintain(ours, NULL), BC_OK);
}

static void round_of(struct rounds *rounds, bool tree, struct cost cost[2])
{
    edit(rounds, 0, tree);
    edit(rounds, 1, tree);
    merge(rounds, rounds->world.main, "dev", &cost[0]);
    edit(rounds, 0, tree);
    edit(rounds, 1, tree);
    merge(rounds, rounds->dev, "main", &cost[1]);
}

/* The text is what both sides have made of it. */
static void expect_text(struct bc_branch *branch, const struct edited *text)
{
    struct bc_buffer expected = {0};
    char line[128];
    for (uint64_t i = 0; i < text->subjects; i++) {
        line_of(line, i, text->objects[i]);
        assert_int_equal(bc_buffer_append(&expected, line, strlen(line)), BC_OK);
    }
    assert_int_equal(bc_buffer_append(&expected, "", 1), BC_OK);
    world_expect(branch, text->path, expected.data);
    bc_buffer_release(&expected);
}

static uint64_t count_differences(struct bc_branch *a, struct bc_branch *b)
{
    struct bc_tree_sums sums;
    assert_int_equal(bc_tree_diff_sums(a, b, &sums), BC_OK);
    return sums.paths;
}

/* After a last merge both branches have everything. */
static void expect_equal(struct rounds *rounds)
{
    struct bc_merge_report report;
    struct bc_merge_options options = {.policy = BC_MERGE_AUTO};
    assert_int_equal(
        bc_merge(rounds->world.main, text_slice("dev"), &options, &report, &rounds->world.err),
        BC_OK);
    bc_merge_report_release(&report);
    assert_int_equal(count_differences(rounds->world.main, rounds->dev), 0);
    expect_text(rounds->world.main, &rounds->large);
    expect_text(rounds->dev, &rounds->large);
    for (int i = 0; i < FILES; i++)
        expect_text(rounds->world.main, &rounds->small[i]);
}

/* TRIPLEFS_ROUNDS asks for more of them, to be looked at. */
static void expect_flat(bool tree)
{
    enum { LEAST = 120 };
    const uint64_t group = 20;
    const char *given = getenv("TRIPLEFS_ROUNDS");
    uint64_t most = given ? strtoull(given, NULL, 0) : LEAST;
    uint64_t first = 0;
    uint64_t last = 0;
    struct rounds *rounds = begin();
    for (uint64_t done = 0; done < most; done += group) {
        struct cost cost[2] = {0};
        for (uint64_t i = 0; i < group; i++)
            round_of(rounds, tree, cost);
        print_message("rounds to %5" PRIu64 ": a merge into main %6" PRIu64 " calls %6" PRIu64
                      " us, into dev %6" PRIu64 " calls %6" PRIu64 " us\n",
                      done + group, cost[0].calls / group, cost[0].nanoseconds / group / 1000,
                      cost[1].calls / group, cost[1].nanoseconds / group / 1000);
        first = first ? first : cost[0].calls + cost[1].calls;
        last = cost[0].calls + cost[1].calls;
    }
    assert_true(last < 2 * first);
    expect_equal(rounds);
    end(rounds);
}

static void a_text_merged_to_and_fro_costs_what_changed_since(void **state)
{
    (void)state;
    expect_flat(false);
}

static void trees_merged_to_and_fro_cost_what_changed_since(void **state)
{
    (void)state;
    expect_flat(true);
}

/* What is in conflict takes part: both change one subject, and ours is chosen. */
static void conflict_and_resolve(struct rounds *rounds, struct bc_branch *ours, const char *theirs,
                                 uint64_t round)
{
    struct bc_merge_report report;
    struct bc_merge_options options = {.policy = BC_MERGE_AUTO};
    struct bc_branch *tree = NULL;
    char line[128];
    char old[128];
    line_of(old, 1, round);
    line_of(line, 1, 1000000 + round);
    (void)world_put(rounds->world.main, "both.nt", line);
    line_of(line, 1, 2000000 + round);
    (void)world_put(rounds->dev, "both.nt", line);
    assert_int_equal(bc_merge(ours, text_slice(theirs), &options, &report, &rounds->world.err),
                     BC_CONFLICT);
    bc_merge_report_release(&report);
    assert_int_equal(bc_merge_conflicts(ours, &tree), BC_OK);
    line_of(line, 1, round + 1);
    (void)world_put(tree, "both.nt/result.nt", line);
    bc_branch_release(tree);
    enum bc_status st = bc_merge_continue(ours, text_slice(""), &report, &rounds->world.err);
    if (st)
        fail_msg("%s", rounds->world.err.text);
    bc_merge_report_release(&report);
    world_expect(ours, "both.nt", line);
    assert_int_equal(bc_branch_maintain(ours, NULL), BC_OK);
}

/* How many layers the histories of the two have that the other has not. */
static uint64_t layers_apart(struct rounds *rounds)
{
    struct bc_repo *repo = rounds->world.repo;
    uint64_t a = rounds->world.main->top->state;
    uint64_t b = rounds->dev->top->state;
    uint64_t layers = 0;
    for (; a != b; layers++) {
        uint64_t *later = a > b ? &a : &b;
        assert_int_equal(bc_layer_previous(repo, *later, later), BC_OK);
    }
    return layers;
}

static void merges_that_waited_keep_the_branches_together(void **state)
{
    enum { ROUNDS = 12, NEAR = 16 };
    (void)state;
    struct rounds *rounds = begin();
    char line[128];
    line_of(line, 1, 0);
    (void)world_put(rounds->world.main, "both.nt", line);
    merge(rounds, rounds->world.main, "dev", &(struct cost){0});
    (void)world_put(rounds->world.main, "own.nt", line);
    struct cost cost = {0};
    edit(rounds, 1, false);
    merge(rounds, rounds->dev, "main", &cost);
    for (uint64_t i = 0; i < ROUNDS; i++) {
        edit(rounds, 0, true);
        conflict_and_resolve(rounds, rounds->world.main, "dev", 2 * i);
        edit(rounds, 1, true);
        conflict_and_resolve(rounds, rounds->dev, "main", 2 * i + 1);
        assert_true(layers_apart(rounds) < NEAR);
    }
    struct bc_gc_report freed;
    assert_int_equal(bc_repo_gc(rounds->world.repo, NULL, &freed, &rounds->world.err), BC_OK);
    world_check(&rounds->world);
    expect_equal(rounds);
    end(rounds);
}

/* Main is put on other layers than those that a fork of it stands on, twice. */
static void what_a_fork_has_had_since_before_is_nobodys_change(void **state)
{
    (void)state;
    struct rounds *rounds = begin();
    struct world *world = &rounds->world;
    char lines[3][128];
    char text[400];
    bool contains = true;
    for (uint64_t i = 0; i < 3; i++)
        line_of(lines[i], i, 0);
    edit(rounds, 1, true);
    edit(rounds, 0, true);
    merge(rounds, world->main, "dev", &(struct cost){0});
    (void)snprintf(text, sizeof text, "%s%s%s", lines[0], lines[1], lines[2]);
    (void)world_put(world->main, "shared.nt", text);
    struct bc_branch *fork = world_fork(world, world->main, "fork");
    struct bc_branch *idle = world_fork(world, world->main, "idle");
    uint64_t shared = fork->top->state;
    /* It goes here, and is not to come back from the fork. */
    (void)snprintf(text, sizeof text, "%s%s", lines[0], lines[2]);
    (void)world_put(world->main, "shared.nt", text);
    for (int i = 0; i < 2; i++) {
        edit(rounds, 1, true);
        merge(rounds, world->main, "dev", &(struct cost){0});
    }
    assert_int_equal(bc_layer_contains(world->repo, world->main->top, shared, &contains), BC_OK);
    assert_false(contains);
    (void)world_put(fork, "forked.nt", lines[0]);
    merge(rounds, world->main, "fork", &(struct cost){0});
    world_expect(world->main, "shared.nt", text);
    world_expect(world->main, "forked.nt", lines[0]);
    bc_branch_release(fork);
    assert_int_equal(bc_branch_delete(world->repo, text_slice("fork"), false, &world->err), BC_OK);
    /* And nothing is lost with a fork that has nothing of its own. */
    bc_branch_release(idle);
    assert_int_equal(bc_branch_delete(world->repo, text_slice("idle"), false, &world->err), BC_OK);
    end(rounds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_merged_to_and_fro_costs_what_changed_since),
        cmocka_unit_test(trees_merged_to_and_fro_cost_what_changed_since),
        cmocka_unit_test(merges_that_waited_keep_the_branches_together),
        cmocka_unit_test(what_a_fork_has_had_since_before_is_nobodys_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
