#include "branchcore/merge.h"
#include "branchcore/ref.h"
#include "branchcore/tree_diff.h"
#include "tests/failing_store.h"
#include "tests/tree_world.h"

#define A  "<http://e/a> <http://e/p> \"1\" .\n"
#define A2 "<http://e/a> <http://e/p> \"2\" .\n"
#define A3 "<http://e/a> <http://e/p> \"3\" .\n"
#define B  "<http://e/b> <http://e/p> \"1\" .\n"
#define C  "<http://e/c> <http://e/p> \"1\" .\n"
#define D  "<http://e/d> <http://e/p> \"1\" .\n"

static void commit(struct bc_branch *branch, const char *message)
{
    struct bc_commit_info info = {.message = text_slice(message)};
    enum bc_status st = bc_branch_commit(branch, &info, NULL, NULL);
    assert_true(st == BC_OK || st == BC_NO_DATA);
}

static struct bc_merge_report report; /* of the last merge */

static enum bc_status merge_with(struct world *world, struct bc_branch *ours, const char *theirs,
                                 enum bc_merge_policy policy, bool dry_run)
{
    struct bc_merge_options options = {.policy = policy, .dry_run = dry_run};
    bc_merge_report_release(&report);
    return bc_merge(ours, text_slice(theirs), &options, &report, &world->err);
}

static enum bc_status merge(struct world *world, struct bc_branch *ours, const char *theirs)
{
    return merge_with(world, ours, theirs, BC_MERGE_AUTO, false);
}

static enum bc_status go_on(struct world *world, struct bc_branch *ours)
{
    bc_merge_report_release(&report);
    return bc_merge_continue(ours, bc_slice("", 0), &report, &world->err);
}

static void merged(struct world *world, struct bc_branch *ours, const char *theirs)
{
    enum bc_status st = merge(world, ours, theirs);
    if (st)
        fail_msg("%s: %s%.*s", bc_status_text(st), world->err.text, (int)report.lines.size,
                 report.lines.data);
    assert_int_equal(report.outcome, BC_MERGE_DONE);
}

static void conflicts(struct world *world, struct bc_branch *ours, const char *theirs,
                      unsigned count)
{
    assert_int_equal(merge(world, ours, theirs), BC_CONFLICT);
    assert_int_equal(report.conflicts, count);
}

static struct bc_branch *tree_of(struct bc_branch *ours)
{
    struct bc_branch *tree = NULL;
    assert_int_equal(bc_merge_conflicts(ours, &tree), BC_OK);
    return tree;
}

/* Makes a file of the tree of conflicts. */
static void resolve(struct bc_branch *ours, const char *path, const char *content)
{
    struct bc_branch *tree = tree_of(ours);
    (void)world_put(tree, path, content);
    bc_branch_release(tree);
}

static void remove_all(struct bc_branch *tree, const char *path)
{
    static const char *const parts[] = {"base", "ours", "theirs", "result"};
    static const char *const ends[] = {"", ".nt", ".nq", ".md"};
    char part[256];
    for (size_t i = 0; i < 16; i++) {
        (void)snprintf(part, sizeof part, "%s/%s%s", path, parts[i / 4], ends[i % 4]);
        if (world_find(tree, part))
            assert_int_equal(world_remove(tree, part), BC_OK);
    }
    assert_int_equal(world_remove(tree, path), BC_OK);
}

static void resolve_without(struct bc_branch *ours, const char *path)
{
    struct bc_branch *tree = tree_of(ours);
    remove_all(tree, path);
    bc_branch_release(tree);
}

/* The whole report, read by parts. */
static void read_last(struct bc_branch *branch, struct bc_buffer *to)
{
    enum { PART = 77777 };
    struct bc_merge_last *last = NULL;
    size_t done = PART;
    assert_int_equal(bc_merge_last_open(branch, &last), BC_OK);
    bc_buffer_clear(to);
    while (done == PART) {
        assert_int_equal(bc_buffer_reserve(to, PART), BC_OK);
        assert_int_equal(bc_merge_last_read(last, to->size, to->data + to->size, PART, &done),
                         BC_OK);
        to->size += done;
    }
    bc_merge_last_close(last);
}

static bool says(const char *text)
{
    return report.lines.size && memmem(report.lines.data, report.lines.size, text, strlen(text));
}

static void renamed(struct world *world, struct bc_branch *branch, const char *from, const char *to)
{
    assert_int_equal(world_rename(world, branch, from, to, 0, NULL), BC_OK);
}

static void absent(struct bc_branch *branch, const char *path)
{
    if (world_find(branch, path))
        fail_msg("%s is there", path);
}

/* A base with some files, and a fork of it named "other". */
static struct bc_branch *start(struct world *world)
{
    world_open(world, NULL);
    (void)world_put(world->main, "a.nt", A B);
    (void)world_put(world->main, "notes.md", "one\n");
    (void)world_folder(world->main, "geo");
    (void)world_put(world->main, "geo/cities.nt", A B C);
    commit(world->main, "base");
    return world_fork(world, world->main, "other");
}

static void end(struct world *world, struct bc_branch *other)
{
    bc_branch_release(other);
    bc_merge_report_release(&report);
    world_close(world);
}

static void what_theirs_has_alone_is_a_fast_forward(void **state)
{
    (void)state;
    struct world world;
    struct bc_branch *other = start(&world);
    struct bc_commit_id head;
    struct bc_commit_id theirs;
    (void)world_put(other, "a.nt", A B C);
    assert_int_equal(merge(&world, world.main, "other"), BC_OK);
    assert_int_equal(report.outcome, BC_MERGE_FAST_FORWARD);
    assert_int_equal(report.paths, 1);
    assert_int_equal(report.added, 1);
    world_expect(world.main, "a.nt", A B C);
    assert_int_equal(bc_branch_head(world.main, &head), BC_OK);
    assert_int_equal(bc_branch_head(other, &theirs), BC_OK);
    assert_true(bc_commit_id_equal(&head, &theirs));
    assert_int_equal(merge(&world, world.main, "other"), BC_OK);
    assert_int_equal(report.outcome, BC_MERGE_NOTHING);
    assert_true(says("has nothing new"));
    end(&world, other);
}

static void a_branch_has_nothing_for_itself(void **state)
{
    (void)state;
    struct world world;
    struct bc_branch *other = start(&world);
    assert_int_equal(merge(&world, world.main, "main"), BC_OK);
    assert_int_equal(report.outcome, BC_MERGE_NOTHING);
    assert_true(says("itself"));
    assert_int_equal(merge(&world, world.main, "nobody"), BC_NOT_FOUND);
    assert_int_equal(merge(&world, world.main, ""), BC_INVALID);
    end(&world, other);
}

static void both_sides_changes_are_one_commit_with_two_parents(void **state)
{
    (void)state;
    struct world world;
    struct bc_branch *other = start(&world);
    struct bc_commit made;
    struct bc_commit_id head;
    struct bc_buffer last = {0};
    (void)world_put(world.main, "a.nt", A B C);
    (void)world_put(other, "a.nt", A D);
    (void)world_put(other, "new.nt", A);
    merged(&world, world.main, "other");
    world_expect(world.main, "a.nt", A C D);
    world_expect(world.main, "new.nt", A);
    assert_int_equal(bc_branch_head(world.main, &head), BC_OK);
    assert_true(bc_commit_id_equal(&head, &report.result));
    assert_int_equal(bc_commit_get(world.repo, &head, &made), BC_OK);
    assert_int_equal(made.parent_count, 2);
    assert_true(bc_commit_id_equal(&made.parents[0], &report.ours));
    assert_true(bc_commit_id_equal(&made.parents[1], &report.theirs));
    assert_string_equal(made.message, "Merge other into main");
    assert_int_equal(made.files, 2);
    bc_commit_release(&made);
    assert_int_equal(report.paths, 2);
    assert_int_equal(report.added, 2);
    assert_int_equal(report.removed, 1);
    assert_string_equal(report.engine, "scalar");
    read_last(world.main, &last);
    assert_non_null(memmem(last.data, last.size, "outcome merged\n", 15));
    bc_buffer_release(&last);
    /* The other way is a fast-forward now. */
    assert_int_equal(merge(&world, other, "main"), BC_OK);
    assert_int_equal(report.outcome, BC_MERGE_FAST_FORWARD);
    world_expect(other, "a.nt", A C D);
    end(&world, other);
}

static void a_fork_of_uncommitted_changes_starts_from_them(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    (void)world_put(world.main, "a.nt", A B C);
    struct bc_branch *other = world_fork(&world, world.main, "other");
    (void)world_put(other, "a.nt", A C);
    (void)world_put(world.main, "b.nt", D);
    assert_int_equal(merge(&world, world.main, "other"), BC_OK);
    world_expect(world.main, "a.nt", A C);
    world_expect(world.main, "b.nt", D);
    /* And where there is a commit below. */
    (void)world_put(world.main, "a.nt", A B C D);
    struct bc_branch *third = world_fork(&world, world.main, "third");
    (void)world_put(third, "a.nt", A C D);
    (void)world_put(world.main, "b.nt", C);
    assert_int_equal(merge(&world, world.main, "third"), BC_OK);
    world_expect(world.main, "a.nt", A C D);
    world_expect(world.main, "b.nt", C);
    bc_branch_release(third);
    end(&world, other);
}

static void an_empty_branch_becomes_what_is_merged(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    struct bc_branch *other = world_fork(&world, world.main, "other");
    assert_int_equal(merge(&world, world.main, "other"), BC_OK);
    assert_int_equal(report.outcome, BC_MERGE_NOTHING);
    (void)world_put(other, "a.nt", A);
    assert_int_equal(merge(&world, world.main, "other"), BC_OK);
    assert_int_equal(report.outcome, BC_MERGE_FAST_FORWARD);
    world_expect(world.main, "a.nt", A);
    end(&world, other);
}

static void renames_are_followed(void **state)
{
    (void)state;
    struct world world;
    struct bc_branch *other = start(&world);
    renamed(&world, world.main, "a.nt", "geo/renamed.nt");
    renamed(&world, other, "geo", "places");
    (void)world_put(other, "a.nt", A B D);
    (void)world_put(world.main, "geo/cities.nt", A B);
    (void)world_put(other, "notes.md", "two\n");
    renamed(&world, world.main, "notes.md", "NOTES");
    merged(&world, world.main, "other");
    world_expect(world.main, "places/renamed.nt", A B D);
    world_expect(world.main, "places/cities.nt", A B);
    world_expect(world.main, "NOTES", "two\n");
    absent(world.main, "a.nt");
    absent(world.main, "geo");
    absent(world.main, "notes.md");
    end(&world, other);
}

static void names_can_be_swapped(void **state)
{
    (void)state;
    struct world world;
    struct bc_branch *other = start(&world);
    (void)world_put(world.main, "b.nt", C);
    commit(world.main, "b");
    assert_int_equal(merge(&world, other, "main"), BC_OK);
    assert_int_equal(world_rename(&world, other, "a.nt", "b.nt", BC_RENAME_EXCHANGE, NULL), BC_OK);
    (void)world_put(world.main, "a.nt", A B D);
    merged(&world, world.main, "other");
    world_expect(world.main, "b.nt", A B D);
    world_expect(world.main, "a.nt", C);
    end(&world, other);
}

static void slots_in_conflict_wait_for_a_result(void **state)
{
    (void)state;
    struct world world;
    struct bc_branch *other = start(&world);
    (void)world_put(world.main, "a.nt", A2 B C);
    (void)world_put(other, "a.nt", A3 B D);
    conflicts(&world, world.main, "other", 1);
    assert_true(says("a.nt: <http://e/a> <http://e/p>: one side removed what the other changed"));
    world_expect(world.main, "a.nt", A2 B C);
    struct bc_branch *tree = tree_of(world.main);
    world_expect(tree, "a.nt/base.nt", A);
    world_expect(tree, "a.nt/ours.nt", A2);
    world_expect(tree, "a.nt/theirs.nt", A3);
    absent(tree, "a.nt/result.nt");
    bc_branch_release(tree);
    assert_int_equal(merge(&world, world.main, "other"), BC_BUSY);
    assert_int_equal(go_on(&world, world.main), BC_BUSY);
    assert_non_null(strstr(world.err.text, "a.nt: <http://e/a> <http://e/p>"));
    /* Neither side lacks the slot, so nothing is no answer. */
    resolve(world.main, "a.nt/result.nt", "");
    assert_int_equal(go_on(&world, world.main), BC_BUSY);
    resolve(world.main, "a.nt/result.nt", A3 D);
    assert_int_equal(go_on(&world, world.main), BC_INVALID);
    assert_non_null(strstr(world.err.text, "<http://e/d>"));
    resolve(world.main, "a.nt/result.nt", A A3);
    assert_int_equal(go_on(&world, world.main), BC_OK);
    assert_int_equal(report.outcome, BC_MERGE_DONE);
    world_expect(world.main, "a.nt", A A3 B C D);
    struct bc_branch *none = NULL;
    assert_int_equal(bc_merge_conflicts(world.main, &none), BC_NO_DATA);
    assert_int_equal(go_on(&world, world.main), BC_NO_DATA);
    assert_int_equal(merge(&world, world.main, "other"), BC_OK);
    assert_int_equal(report.outcome, BC_MERGE_NOTHING);
    end(&world, other);
}

static void a_slot_that_one_side_removed_may_be_resolved_with_nothing(void **state)
{
    (void)state;
    struct world world;
    struct bc_branch *other = start(&world);
    (void)world_put(world.main, "a.nt", B);
    (void)world_put(other, "a.nt", A A2 B);
    conflicts(&world, world.main, "other", 1);
    resolve(world.main, "a.nt/result.nt", "");
    assert_int_equal(go_on(&world, world.main), BC_OK);
    world_expect(world.main, "a.nt", B);
    end(&world, other);
}

static void a_waiting_merge_survives_and_can_be_aborted(void **state)
{
    (void)state;
    struct world world;
    struct bc_branch *other = start(&world);
    struct bc_buffer last = {0};
    (void)world_put(world.main, "a.nt", A2 B);
    (void)world_put(other, "a.nt", A3 B);
    (void)world_put(other, "big.nt", A B C D);
    conflicts(&world, world.main, "other", 1);
    bc_branch_release(other);
    assert_int_equal(bc_repo_collect(world.repo, NULL), BC_OK);
    world_check(&world);
    world_reopen(&world);
    assert_int_equal(bc_repo_collect(world.repo, NULL), BC_OK);
    read_last(world.main, &last);
    assert_non_null(memmem(last.data, last.size, "outcome conflicts\n", 18));
    assert_non_null(memmem(last.data, last.size, "a.nt: ", 6));
    assert_int_equal(bc_merge_abort(world.main, &world.err), BC_OK);
    assert_int_equal(bc_merge_abort(world.main, &world.err), BC_NO_DATA);
    assert_int_equal(bc_repo_collect(world.repo, NULL), BC_OK);
    world_expect(world.main, "a.nt", A2 B);
    absent(world.main, "big.nt");
    assert_int_equal(merge(&world, world.main, "other"), BC_CONFLICT);
    bc_branch_release(NULL);
    world_reopen(&world);
    assert_int_equal(bc_repo_collect(world.repo, NULL), BC_OK);
    resolve(world.main, "a.nt/result.nt", A2);
    world_reopen(&world);
    assert_int_equal(bc_repo_collect(world.repo, NULL), BC_OK);
    assert_int_equal(go_on(&world, world.main), BC_OK);
    world_expect(world.main, "a.nt", A2 B);
    world_expect(world.main, "big.nt", A B C D);
    bc_buffer_release(&last);
    end(&world, NULL);
}

static void a_branch_that_was_changed_cannot_continue(void **state)
{
    (void)state;
    struct world world;
    struct bc_branch *other = start(&world);
    (void)world_put(world.main, "a.nt", A2 B);
    (void)world_put(other, "a.nt", A3 B);
    conflicts(&world, world.main, "other", 1);
    resolve(world.main, "a.nt/result.nt", A2);
    (void)world_put(world.main, "c.nt", C);
    assert_int_equal(go_on(&world, world.main), BC_BUSY);
    assert_non_null(strstr(world.err.text, "abort"));
    /* What is as it was is no change. */
    assert_int_equal(world_remove(world.main, "c.nt"), BC_OK);
    assert_int_equal(go_on(&world, world.main), BC_OK);
    end(&world, other);
}

static void a_dry_run_changes_nothing(void **state)
{
    (void)state;
    struct world world;
    struct bc_branch *other = start(&world);
    struct bc_commit_id head;
    struct bc_commit_id after;
    struct bc_branch *none = NULL;
    (void)world_put(world.main, "a.nt", A2 B);
    (void)world_put(other, "a.nt", A3 B D);
    assert_int_equal(bc_branch_head(world.main, &head), BC_OK);
    assert_int_equal(merge_with(&world, world.main, "other", BC_MERGE_AUTO, true), BC_CONFLICT);
    assert_int_equal(report.conflicts, 1);
    assert_true(report.dry_run);
    assert_int_equal(merge_with(&world, world.main, "other", BC_MERGE_UNION, true), BC_OK);
    assert_int_equal(report.outcome, BC_MERGE_DONE);
    assert_int_equal(report.added, 2);
    assert_int_equal(report.removed, 0);
    world_expect(world.main, "a.nt", A2 B);
    assert_int_equal(bc_merge_conflicts(world.main, &none), BC_NO_DATA);
    assert_int_equal(bc_branch_head(world.main, &after), BC_OK);
    assert_true(bc_commit_id_equal(&head, &after));
    (void)world_put(world.main, "a.nt", A B);
    assert_int_equal(merge_with(&world, world.main, "other", BC_MERGE_AUTO, true), BC_OK);
    assert_int_equal(merge_with(&world, other, "main", BC_MERGE_AUTO, true), BC_OK);
    assert_int_equal(report.outcome, BC_MERGE_DONE);
    assert_int_equal(bc_branch_head(other, &after), BC_OK);
    assert_true(bc_commit_id_equal(&head, &after));
    end(&world, other);
}

static void policies_take_sides(void **state)
{
    (void)state;
    static const struct {
        enum bc_merge_policy policy;
        const char *text;
        const char *notes;
    } cases[] = {
        {BC_MERGE_OURS, A2 B C D, "ours\n"},
        {BC_MERGE_THEIRS, A3 B C D, "theirs\n"},
        {BC_MERGE_UNION, A2 A3 B C D, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct world world;
        struct bc_branch *other = start(&world);
        (void)world_put(world.main, "a.nt", A2 B C);
        (void)world_put(other, "a.nt", A3 B D);
        (void)world_put(world.main, "notes.md", "ours\n");
        (void)world_put(other, "notes.md", "theirs\n");
        assert_int_equal(merge_with(&world, world.main, "other", cases[i].policy, false), BC_OK);
        assert_int_equal(report.conflicts, 0);
        world_expect(world.main, "a.nt", cases[i].text);
        if (cases[i].notes)
            world_expect(world.main, "notes.md", cases[i].notes);
        assert_true(says("notes.md: changed on both sides"));
        end(&world, other);
    }
    struct world world;
    struct bc_branch *other = start(&world);
    (void)world_put(world.main, "a.nt", A A2 B);
    (void)world_put(other, "a.nt", A A3 B);
    assert_int_equal(merge_with(&world, world.main, "other", BC_MERGE_STRICT, false), BC_CONFLICT);
    assert_true(says("both changed it differently"));
    assert_int_equal(bc_merge_abort(world.main, &world.err), BC_OK);
    assert_int_equal(merge(&world, world.main, "other"), BC_OK);
    world_expect(world.main, "a.nt", A A2 A3 B);
    end(&world, other);
}

static void functional_predicates_have_one_object(void **state)
{
    (void)state;
    static const char *const schemas[] = {
        "<http://e/p> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> "
        "<http://www.w3.org/2002/07/owl#FunctionalProperty> .\n",
        "_:s <http://www.w3.org/ns/shacl#maxCount> "
        "\"1\"^^<http://www.w3.org/2001/XMLSchema#integer> .\n"
        "_:s <http://www.w3.org/ns/shacl#path> <http://e/p> .\n",
        NULL, /* the setting */
        "_:s <http://www.w3.org/ns/shacl#maxCount> "
        "\"2\"^^<http://www.w3.org/2001/XMLSchema#integer> .\n"
        "_:s <http://www.w3.org/ns/shacl#path> <http://e/p> .\n"
        "_:t <http://www.w3.org/ns/shacl#maxCount> "
        "\"1\"^^<http://www.w3.org/2001/XMLSchema#integer> .\n",
    };
    for (size_t i = 0; i < 4; i++) {
        struct world world;
        struct bc_branch *other = start(&world);
        if (schemas[i]) {
            (void)world_folder(other, "schema");
            (void)world_put(other, "schema/shapes.nt", schemas[i]);
        } else {
            assert_int_equal(
                bc_functional_set(world.repo, text_slice("http://e/q\n<http://e/p>\n"), &world.err),
                BC_OK);
        }
        (void)world_put(world.main, "a.nt", A B C);
        (void)world_put(other, "a.nt", A B "<http://e/c> <http://e/p> \"2\" .\n");
        if (i == 3) {
            merged(&world, world.main, "other");
        } else {
            conflicts(&world, world.main, "other", 1);
            assert_true(says("the predicate has one at most"));
            resolve(world.main, "a.nt/result.nt", C);
            assert_int_equal(go_on(&world, world.main), BC_OK);
            world_expect(world.main, "a.nt", A B C);
        }
        end(&world, other);
    }
}

#define REIFIES  "<http://www.w3.org/1999/02/22-rdf-syntax-ns#reifies>"
#define CLAIM(o) "<<( <http://e/a> <http://e/p> \"" o "\" )>>"
#define OF_CLAIM "_:r " REIFIES " " CLAIM("1") " .\n"
#define SURE(n)                                                                                    \
    "_:r <http://e/confidence> \"" n "\"^^<http://www.w3.org/2001/XMLSchema#decimal> .\n"

static void reifiers_are_subjects_as_all_others(void **state)
{
    (void)state;
    for (int functional = 0; functional < 2; functional++) {
        struct world world;
        struct bc_branch *other = start(&world);
        if (functional)
            assert_int_equal(
                bc_functional_set(world.repo, text_slice("http://e/confidence\n"), &world.err),
                BC_OK);
        (void)world_put(world.main, "a.nt", A B OF_CLAIM SURE("0.8"));
        (void)world_put(other, "a.nt", A B OF_CLAIM SURE("0.9"));
        if (!functional) {
            merged(&world, world.main, "other");
            world_expect(world.main, "a.nt", A B SURE("0.8") SURE("0.9") OF_CLAIM);
        } else {
            conflicts(&world, world.main, "other", 1);
            assert_true(says("a.nt: _:r <http://e/confidence>: "));
            resolve(world.main, "a.nt/result.nt", SURE("0.9"));
            assert_int_equal(go_on(&world, world.main), BC_OK);
            world_expect(world.main, "a.nt", A B SURE("0.9") OF_CLAIM);
        }
        end(&world, other);
    }
}

static void a_removed_statement_can_still_be_spoken_of(void **state)
{
    (void)state;
    struct world world;
    struct bc_branch *other = start(&world);
    (void)world_put(world.main, "a.nt", B);
    (void)world_put(other, "a.nt", A B OF_CLAIM SURE("0.9"));
    merged(&world, world.main, "other");
    world_expect(world.main, "a.nt", B SURE("0.9") OF_CLAIM);
    end(&world, other);
}

/* What a reifier reifies in one graph is no slot of another graph, nor of none. */
static void triple_terms_of_two_graphs_do_not_conflict(void **state)
{
    (void)state;
    static const char of_g[] = "_:r " REIFIES " " CLAIM("1") " <http://e/g> .\n";
    static const char of_g2[] = "_:r " REIFIES " " CLAIM("2") " <http://e/g> .\n";
    struct world world;
    struct bc_buffer text = {0};
    world_open(&world, NULL);
    assert_int_equal(bc_buffer_printf(&text, "%s%s", OF_CLAIM, of_g), BC_OK);
    (void)world_put(world.main, "r.nq", text.data);
    commit(world.main, "base");
    struct bc_branch *other = world_fork(&world, world.main, "other");
    (void)world_put(world.main, "r.nq", of_g);
    bc_buffer_clear(&text);
    assert_int_equal(bc_buffer_printf(&text, "%s%s", OF_CLAIM, of_g2), BC_OK);
    (void)world_put(other, "r.nq", text.data);
    merged(&world, world.main, "other");
    world_expect(world.main, "r.nq", of_g2);
    (void)world_put(world.main, "r.nq", "_:r " REIFIES " " CLAIM("3") " <http://e/g> .\n");
    (void)world_put(other, "r.nq", "_:r " REIFIES " " CLAIM("4") " <http://e/g> .\n");
    conflicts(&world, world.main, "other", 1);
    bc_buffer_release(&text);
    end(&world, other);
}

static void functional_settings_are_checked(void **state)
{
    (void)state;
    struct world world;
    struct bc_buffer iris = {0};
    world_open(&world, NULL);
    assert_int_equal(bc_functional_get(world.repo, &iris), BC_OK);
    assert_int_equal(iris.size, 0);
    assert_int_equal(bc_functional_set(world.repo, text_slice("no iri"), &world.err), BC_INVALID);
    assert_int_equal(bc_functional_set(world.repo, text_slice("a:b> <c:d"), &world.err),
                     BC_INVALID);
    assert_int_equal(bc_functional_set(world.repo, text_slice(" <a:b> \n\nc:d"), &world.err),
                     BC_OK);
    assert_int_equal(bc_functional_get(world.repo, &iris), BC_OK);
    assert_int_equal(bc_buffer_append(&iris, "", 1), BC_OK);
    assert_string_equal(iris.data, "a:b\nc:d\n");
    bc_buffer_release(&iris);
    world_close(&world);
}

static void plain_files_are_taken_or_conflict_whole(void **state)
{
    (void)state;
    struct world world;
    struct bc_branch *other = start(&world);
    (void)world_put(world.main, "mine.md", "same\n");
    (void)world_put(other, "mine.md", "same\n");
    (void)world_put(world.main, "two.md", "ours\n");
    (void)world_put(other, "two.md", "theirs\n");
    (void)world_put(world.main, "notes.md", "ours\n");
    (void)world_put(other, "notes.md", "theirs\n");
    (void)world_put(other, "geo/only.md", "theirs alone\n");
    conflicts(&world, world.main, "other", 2);
    struct bc_branch *tree = tree_of(world.main);
    world_expect(tree, "notes.md/base.md", "one\n");
    world_expect(tree, "notes.md/ours.md", "ours\n");
    world_expect(tree, "notes.md/theirs.md", "theirs\n");
    absent(tree, "two.md/base.md");
    world_expect(tree, "two.md/ours.md", "ours\n");
    world_expect(tree, "two.md/theirs.md", "theirs\n");
    bc_branch_release(tree);
    resolve(world.main, "notes.md/result.md", "both\n");
    assert_int_equal(go_on(&world, world.main), BC_BUSY);
    resolve_without(world.main, "two.md");
    assert_int_equal(go_on(&world, world.main), BC_OK);
    world_expect(world.main, "notes.md", "both\n");
    world_expect(world.main, "mine.md", "same\n");
    world_expect(world.main, "geo/only.md", "theirs alone\n");
    absent(world.main, "two.md");
    end(&world, other);
}

static void a_replaced_file_is_still_the_file(void **state)
{
    (void)state;
    struct world world;
    struct bc_branch *other = start(&world);
    /* As editors do that write another file and rename it. */
    (void)world_put(other, "tmp", "two\n");
    renamed(&world, other, "tmp", "notes.md");
    (void)world_put(world.main, "a.nt", A B C);
    merged(&world, world.main, "other");
    world_expect(world.main, "notes.md", "two\n");
    assert_int_equal(world_remove(world.main, "a.nt"), BC_OK);
    (void)world_put(world.main, "a.nt", A B C D);
    (void)world_put(other, "a.nt", A);
    merged(&world, world.main, "other");
    world_expect(world.main, "a.nt", A C D);
    (void)world_put(other, "notes.md", "three\n");
    (void)world_put(world.main, "tmp", "four\n");
    renamed(&world, world.main, "tmp", "notes.md");
    conflicts(&world, world.main, "other", 1);
    resolve(world.main, "notes.md/result.md", "five\n");
    assert_int_equal(go_on(&world, world.main), BC_OK);
    world_expect(world.main, "notes.md", "five\n");
    end(&world, other);
}

static void texts_created_on_both_sides_are_one(void **state)
{
    (void)state;
    struct world world;
    struct bc_branch *other = start(&world);
    (void)world_put(world.main, "new.nt", A B);
    (void)world_put(other, "new.nt", B C);
    (void)world_folder(world.main, "f");
    (void)world_folder(other, "f");
    (void)world_put(world.main, "f/x.nt", A);
    (void)world_put(other, "f/y.nt", B);
    merged(&world, world.main, "other");
    world_expect(world.main, "new.nt", A B C);
    world_expect(world.main, "f/x.nt", A);
    world_expect(world.main, "f/y.nt", B);
    /* The next merge knows that they are one. */
    (void)world_put(other, "new.nt", B D);
    (void)world_put(other, "f/y.nt", C);
    (void)world_put(world.main, "new.nt", B C);
    merged(&world, world.main, "other");
    world_expect(world.main, "new.nt", B D);
    world_expect(world.main, "f/y.nt", C);
    assert_int_equal(merge(&world, other, "main"), BC_OK);
    world_expect(other, "new.nt", B D);
    end(&world, other);
}

static void what_one_deleted_and_the_other_changed_conflicts(void **state)
{
    (void)state;
    struct world world;
    struct bc_branch *other = start(&world);
    assert_int_equal(world_remove(world.main, "a.nt"), BC_OK);
    (void)world_put(other, "a.nt", A B C);
    (void)world_put(world.main, "notes.md", "changed\n");
    assert_int_equal(world_remove(other, "notes.md"), BC_OK);
    assert_int_equal(world_remove(other, "geo/cities.nt"), BC_OK);
    assert_int_equal(world_remove(other, "geo"), BC_OK);
    conflicts(&world, world.main, "other", 2);
    assert_true(says("a.nt: deleted in ours, changed in theirs"));
    assert_true(says("notes.md: deleted in theirs, changed in ours"));
    struct bc_branch *tree = tree_of(world.main);
    world_expect(tree, "a.nt/base.nt", A B);
    world_expect(tree, "a.nt/theirs.nt", A B C);
    absent(tree, "a.nt/ours.nt");
    bc_branch_release(tree);
    resolve(world.main, "a.nt/result.nt", A B C);
    resolve_without(world.main, "notes.md");
    assert_int_equal(go_on(&world, world.main), BC_OK);
    world_expect(world.main, "a.nt", A B C);
    absent(world.main, "notes.md");
    absent(world.main, "geo");
    /* It is the same file again, for later merges. */
    (void)world_put(other, "a.nt", B C);
    (void)world_put(world.main, "a.nt", A B C D);
    merged(&world, world.main, "other");
    world_expect(world.main, "a.nt", B C D);
    end(&world, other);
}

static void union_keeps_what_was_added_to_a_deleted_text(void **state)
{
    (void)state;
    for (int side = 0; side < 2; side++) {
        struct world world;
        struct bc_branch *other = start(&world);
        struct bc_branch *deletes = side ? other : world.main;
        struct bc_branch *changes = side ? world.main : other;
        assert_int_equal(world_remove(deletes, "a.nt"), BC_OK);
        (void)world_put(changes, "a.nt", A C D);
        assert_int_equal(world_remove(deletes, "geo/cities.nt"), BC_OK);
        (void)world_put(changes, "geo/cities.nt", A);
        assert_int_equal(merge_with(&world, world.main, "other", BC_MERGE_UNION, false), BC_OK);
        world_expect(world.main, "a.nt", C D);
        absent(world.main, "geo/cities.nt");
        end(&world, other);
    }
}

static void a_folder_with_something_new_stays(void **state)
{
    (void)state;
    for (int side = 0; side < 2; side++) {
        struct world world;
        struct bc_branch *other = start(&world);
        struct bc_branch *deletes = side ? other : world.main;
        struct bc_branch *adds = side ? world.main : other;
        assert_int_equal(world_remove(deletes, "geo/cities.nt"), BC_OK);
        assert_int_equal(world_remove(deletes, "geo"), BC_OK);
        (void)world_put(adds, "geo/rivers.nt", D);
        merged(&world, world.main, "other");
        world_expect(world.main, "geo/rivers.nt", D);
        absent(world.main, "geo/cities.nt");
        end(&world, other);
    }
}

static void two_names_for_one_file_conflict(void **state)
{
    (void)state;
    for (int way = 0; way < 4; way++) {
        struct world world;
        struct bc_branch *other = start(&world);
        renamed(&world, world.main, "a.nt", "mine.nt");
        renamed(&world, other, "a.nt", "geo/yours.nt");
        (void)world_put(world.main, "mine.nt", A B C);
        (void)world_put(other, "geo/yours.nt", A B D);
        conflicts(&world, world.main, "other", 2);
        struct bc_branch *tree = tree_of(world.main);
        /* Each shows what it would be: the contents are merged. */
        world_expect(tree, "mine.nt/ours.nt", A B C D);
        world_expect(tree, "geo/yours.nt/theirs.nt", A B C D);
        bc_branch_release(tree);
        if (way & 1)
            resolve(world.main, "mine.nt/result.nt", A B C D);
        else
            resolve_without(world.main, "mine.nt");
        if (way & 2)
            resolve(world.main, "geo/yours.nt/result.nt", A B D);
        else
            resolve_without(world.main, "geo/yours.nt");
        assert_int_equal(go_on(&world, world.main), BC_OK);
        if (way & 1)
            world_expect(world.main, "mine.nt", A B C D);
        else
            absent(world.main, "mine.nt");
        if (way & 2)
            world_expect(world.main, "geo/yours.nt", A B D);
        else
            absent(world.main, "geo/yours.nt");
        absent(world.main, "a.nt");
        end(&world, other);
    }
    for (int policy = BC_MERGE_OURS; policy <= BC_MERGE_THEIRS; policy++) {
        struct world world;
        struct bc_branch *other = start(&world);
        renamed(&world, world.main, "a.nt", "mine.nt");
        renamed(&world, other, "a.nt", "yours.nt");
        (void)world_put(other, "yours.nt", A B D);
        assert_int_equal(
            merge_with(&world, world.main, "other", (enum bc_merge_policy)policy, false), BC_OK);
        world_expect(world.main, policy == BC_MERGE_OURS ? "mine.nt" : "yours.nt", A B D);
        absent(world.main, policy == BC_MERGE_OURS ? "yours.nt" : "mine.nt");
        end(&world, other);
    }
}

static void the_same_rename_is_no_conflict(void **state)
{
    (void)state;
    struct world world;
    struct bc_branch *other = start(&world);
    renamed(&world, world.main, "a.nt", "b.nt");
    renamed(&world, other, "a.nt", "b.nt");
    renamed(&world, world.main, "geo", "places");
    renamed(&world, other, "geo", "places");
    (void)world_put(other, "b.nt", A B C);
    merged(&world, world.main, "other");
    world_expect(world.main, "b.nt", A B C);
    world_expect(world.main, "places/cities.nt", A B C);
    end(&world, other);
}

static void a_rename_to_a_taken_name_conflicts(void **state)
{
    (void)state;
    static const enum bc_merge_policy policies[] = {BC_MERGE_AUTO, BC_MERGE_OURS, BC_MERGE_THEIRS,
                                                    BC_MERGE_UNION};
    for (size_t i = 0; i < 4; i++) {
        struct world world;
        struct bc_branch *other = start(&world);
        (void)world_put(world.main, "b.nt", C);
        renamed(&world, other, "a.nt", "b.nt");
        enum bc_status st = merge_with(&world, world.main, "other", policies[i], false);
        assert_int_equal(st, policies[i] == BC_MERGE_AUTO ? BC_CONFLICT : BC_OK);
        if (policies[i] == BC_MERGE_AUTO) {
            struct bc_branch *tree = tree_of(world.main);
            world_expect(tree, "b.nt/ours.nt", C);
            world_expect(tree, "b.nt/theirs.nt", A B);
            bc_branch_release(tree);
            resolve(world.main, "b.nt/result.nt", A B C);
            assert_int_equal(go_on(&world, world.main), BC_OK);
            world_expect(world.main, "b.nt", A B C);
            world_expect(world.main, "a.nt", A B);
        } else if (policies[i] == BC_MERGE_OURS) {
            world_expect(world.main, "b.nt", C);
            world_expect(world.main, "a.nt", A B);
        } else if (policies[i] == BC_MERGE_THEIRS) {
            world_expect(world.main, "b.nt", A B);
            absent(world.main, "a.nt");
        } else {
            world_expect(world.main, "b.nt", C);
            world_expect(world.main, "b.nt~1", A B);
        }
        end(&world, other);
    }
}

static void a_file_and_a_folder_of_one_name_conflict(void **state)
{
    (void)state;
    static const enum bc_merge_policy policies[] = {BC_MERGE_AUTO, BC_MERGE_OURS, BC_MERGE_THEIRS,
                                                    BC_MERGE_UNION};
    for (int side = 0; side < 2; side++) {
        for (size_t i = 0; i < 5; i++) {
            enum bc_merge_policy policy = policies[i % 4];
            struct world world;
            struct bc_branch *other = start(&world);
            struct bc_branch *file = side ? other : world.main;
            struct bc_branch *folder = side ? world.main : other;
            (void)world_put(file, "x", "file\n");
            (void)world_folder(folder, "x");
            (void)world_put(folder, "x/in.nt", A);
            enum bc_status st = merge_with(&world, world.main, "other", policy, false);
            assert_int_equal(st, policy == BC_MERGE_AUTO ? BC_CONFLICT : BC_OK);
            if (i == 0) {
                resolve(world.main, "x/result", "file\n");
                assert_int_equal(go_on(&world, world.main), BC_OK);
                world_expect(world.main, "x", "file\n");
            } else if (i == 4) {
                resolve_without(world.main, "x");
                assert_int_equal(go_on(&world, world.main), BC_OK);
                world_expect(world.main, "x/in.nt", A);
            } else if (policy == BC_MERGE_UNION) {
                world_expect(world.main, side ? "x~1" : "x", "file\n");
                world_expect(world.main, side ? "x/in.nt" : "x~1/in.nt", A);
            } else if ((policy == BC_MERGE_OURS) == !side) {
                world_expect(world.main, "x", "file\n");
            } else {
                world_expect(world.main, "x/in.nt", A);
            }
            end(&world, other);
        }
    }
}

static void folders_moved_into_each_other_stay_as_ours(void **state)
{
    (void)state;
    struct world world;
    struct bc_branch *other = start(&world);
    (void)world_folder(world.main, "sea");
    commit(world.main, "sea");
    assert_int_equal(merge(&world, other, "main"), BC_OK);
    renamed(&world, world.main, "geo", "sea/geo");
    renamed(&world, other, "sea", "geo/sea");
    (void)world_put(other, "geo/new.nt", D);
    merged(&world, world.main, "other");
    world_expect(world.main, "sea/geo/cities.nt", A B C);
    world_expect(world.main, "sea/geo/new.nt", D);
    assert_true(says("ours stays"));
    end(&world, other);
}

static void chmod_to(struct bc_branch *branch, const char *path, uint32_t mode, uint32_t gid)
{
    struct bc_attr attr;
    struct bc_change change = {.mask = BC_CHANGE_MODE | BC_CHANGE_GID, .mode = mode, .gid = gid};
    assert_int_equal(bc_tree_change(branch, world_find(branch, path), &change, &attr), BC_OK);
}

static void set_xattr(struct bc_branch *branch, const char *path, const char *name,
                      const char *value)
{
    assert_int_equal(bc_xattr_set(branch, world_find(branch, path), text_slice(name),
                                  text_slice(value), false, false),
                     BC_OK);
}

static void expect_xattr(struct bc_branch *branch, const char *path, const char *name,
                         const char *value)
{
    struct bc_buffer got = {0};
    enum bc_status st = bc_xattr_get(branch, world_find(branch, path), text_slice(name), &got);
    assert_int_equal(st, value ? BC_OK : BC_NO_DATA);
    if (value)
        assert_true(bc_slice_equal(bc_buffer_slice(&got), text_slice(value)));
    bc_buffer_release(&got);
}

static void modes_and_attributes_are_merged_one_by_one(void **state)
{
    (void)state;
    for (int policy = BC_MERGE_AUTO; policy <= BC_MERGE_THEIRS; policy += BC_MERGE_THEIRS) {
        struct world world;
        struct bc_branch *other = start(&world);
        set_xattr(world.main, "a.nt", "user.gone", "x");
        set_xattr(world.main, "a.nt", "user.both", "x");
        commit(world.main, "attributes");
        assert_int_equal(merge(&world, other, "main"), BC_OK);
        chmod_to(world.main, "a.nt", 0600, 8);
        chmod_to(other, "a.nt", 0644, 99);
        chmod_to(other, "geo", 0700, 8);
        chmod_to(world.main, "notes.md", 0600, 8);
        chmod_to(other, "notes.md", 0640, 8);
        set_xattr(world.main, "a.nt", "user.ours", "1");
        set_xattr(other, "a.nt", "user.theirs", "2");
        set_xattr(world.main, "a.nt", "user.both", "3");
        set_xattr(other, "a.nt", "user.both", "4");
        assert_int_equal(bc_xattr_remove(other, world_find(other, "a.nt"), text_slice("user.gone")),
                         BC_OK);
        (void)world_put(other, "new.md", "x");
        set_xattr(other, "new.md", "user.new", "5");
        chmod_to(other, "new.md", 0751, 5);
        assert_int_equal(
            merge_with(&world, world.main, "other", (enum bc_merge_policy)policy, false), BC_OK);
        struct bc_attr attr = world_stat(world.main, world_find(world.main, "a.nt"));
        assert_int_equal(attr.mode, 0600);
        assert_int_equal(attr.gid, 99);
        assert_int_equal(world_stat(world.main, world_find(world.main, "geo")).mode, 0700);
        bool ours = policy == BC_MERGE_AUTO;
        assert_int_equal(world_stat(world.main, world_find(world.main, "notes.md")).mode,
                         ours ? 0600 : 0640);
        expect_xattr(world.main, "a.nt", "user.ours", "1");
        expect_xattr(world.main, "a.nt", "user.theirs", "2");
        expect_xattr(world.main, "a.nt", "user.both", ours ? "3" : "4");
        expect_xattr(world.main, "a.nt", "user.gone", NULL);
        expect_xattr(world.main, "new.md", "user.new", "5");
        assert_int_equal(world_stat(world.main, world_find(world.main, "new.md")).mode, 0751);
        assert_true(says("notes.md: both changed its mode or owner"));
        assert_true(says("a.nt: both changed an extended attribute"));
        end(&world, other);
    }
}

static void the_root_folder_is_the_branches_own(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    struct bc_owner owner = {1000, 1001};
    struct bc_branch *other = NULL;
    (void)world_put(world.main, "a.nt", A);
    commit(world.main, "base");
    assert_int_equal(bc_branch_fork(world.main, text_slice("other"), &owner, &other, &world.err),
                     BC_OK);
    (void)world_put(other, "a.nt", A B);
    assert_int_equal(merge(&world, world.main, "other"), BC_OK);
    assert_int_equal(report.outcome, BC_MERGE_FAST_FORWARD);
    assert_int_equal(world_stat(world.main, BC_ROOT_NODE).uid, 7);
    (void)world_put(other, "b.nt", B);
    (void)world_put(world.main, "c.nt", B);
    merged(&world, world.main, "other");
    assert_int_equal(world_stat(world.main, BC_ROOT_NODE).uid, 7);
    assert_int_equal(bc_branch_reset(world.main, text_slice("other"), &world.err), BC_OK);
    assert_int_equal(world_stat(world.main, BC_ROOT_NODE).uid, 7);
    absent(world.main, "c.nt");
    /* That is no change to be committed. */
    struct bc_commit_info info = {.message = text_slice("nothing")};
    assert_int_equal(bc_branch_commit(world.main, &info, NULL, &world.err), BC_NO_DATA);
    end(&world, other);
}

static uint64_t link_to(struct bc_branch *branch, const char *name, const char *target)
{
    struct bc_make make = {
        .kind = BC_SYMLINK, .mode = 0777, .uid = 7, .gid = 8, .target = text_slice(target)};
    struct bc_attr attr;
    (void)world_remove(branch, name);
    assert_int_equal(bc_tree_make(branch, BC_ROOT_NODE, text_slice(name), &make, &attr), BC_OK);
    return attr.node;
}

static void expect_link(struct bc_branch *branch, const char *name, const char *target)
{
    struct bc_buffer got = {0};
    assert_int_equal(bc_tree_readlink(branch, world_find(branch, name), &got), BC_OK);
    assert_true(bc_slice_equal(bc_buffer_slice(&got), text_slice(target)));
    bc_buffer_release(&got);
}

static void links_are_merged_by_their_targets(void **state)
{
    (void)state;
    struct world world;
    struct bc_branch *other = start(&world);
    (void)link_to(world.main, "l", "a.nt");
    (void)link_to(other, "l", "a.nt");
    (void)link_to(other, "m", "notes.md");
    merged(&world, world.main, "other");
    expect_link(world.main, "l", "a.nt");
    expect_link(world.main, "m", "notes.md");
    (void)link_to(world.main, "m", "1");
    (void)link_to(other, "m", "2");
    conflicts(&world, world.main, "other", 1);
    struct bc_branch *tree = tree_of(world.main);
    struct bc_make make = {.kind = BC_SYMLINK, .mode = 0777, .target = text_slice("2")};
    struct bc_attr attr;
    assert_int_equal(bc_tree_make(tree, world_find(tree, "m"), text_slice("result"), &make, &attr),
                     BC_OK);
    bc_branch_release(tree);
    assert_int_equal(go_on(&world, world.main), BC_OK);
    expect_link(world.main, "m", "2");
    end(&world, other);
}

static void write_at(struct bc_branch *branch, const char *path, uint64_t offset, const char *text)
{
    assert_int_equal(
        bc_bytes_write(branch, world_file(branch, path), offset, text, strlen(text), false, NULL),
        BC_OK);
}

static void expect_at(struct bc_branch *branch, const char *path, uint64_t offset, const char *text)
{
    char got[64] = "";
    size_t done;
    assert_int_equal(
        bc_bytes_read(branch, world_find(branch, path), offset, got, strlen(text), &done), BC_OK);
    assert_int_equal(done, strlen(text));
    assert_memory_equal(got, text, done);
}

static void large_and_sparse_files_are_adopted(void **state)
{
    (void)state;
    const uint64_t far = (uint64_t)1 << 25;
    const uint64_t chunk = BC_CHUNK_BYTES;
    struct world world;
    world_open(&world, NULL);
    write_at(world.main, "big", 0, "start");
    write_at(world.main, "big", 3 * chunk, "third");
    write_at(world.main, "big", 9 * chunk, "ninth");
    commit(world.main, "base");
    struct bc_branch *other = world_fork(&world, world.main, "other");
    /* Cut and grown again: what was behind the cut is zeros. */
    struct bc_change cut = {.mask = BC_CHANGE_SIZE, .size_bytes = 4 * chunk};
    struct bc_attr attr;
    assert_int_equal(bc_tree_change(other, world_find(other, "big"), &cut, &attr), BC_OK);
    write_at(other, "big", chunk + 7, "first");
    write_at(other, "big", far, "far");
    write_at(other, "sparse", far, "end");
    (void)world_put(world.main, "x.md", "x");
    chmod_to(world.main, "big", 0600, 8);
    merged(&world, world.main, "other");
    expect_at(world.main, "big", 0, "start");
    expect_at(world.main, "big", chunk + 7, "first");
    expect_at(world.main, "big", 3 * chunk, "third");
    char zeros[6] = "xxxxx";
    size_t done;
    assert_int_equal(
        bc_bytes_read(world.main, world_find(world.main, "big"), 9 * chunk, zeros, 5, &done),
        BC_OK);
    assert_memory_equal(zeros, "\0\0\0\0\0", 5);
    expect_at(world.main, "big", far, "far");
    expect_at(world.main, "sparse", far, "end");
    assert_int_equal(world_stat(world.main, world_find(world.main, "big")).size_bytes, far + 3);
    assert_int_equal(world_stat(world.main, world_find(world.main, "big")).mode, 0600);
    /* Both change it: other content than the base's. */
    write_at(world.main, "big", 0, "OURS");
    write_at(other, "big", 0, "MINE");
    assert_int_equal(merge_with(&world, world.main, "other", BC_MERGE_THEIRS, false), BC_OK);
    expect_at(world.main, "big", 0, "MINEt");
    expect_at(world.main, "big", chunk + 7, "first");
    /* Equal contents are no conflict, however they came about. */
    write_at(world.main, "big", 2 * chunk, "same");
    write_at(other, "big", 2 * chunk, "same");
    merged(&world, world.main, "other");
    end(&world, other);
}

static char *many_lines(unsigned from, unsigned to, unsigned step)
{
    char *text = malloc((size_t)(to - from) * 64 + 1);
    char *at = text;
    assert_non_null(text);
    *at = '\0';
    for (unsigned i = from; i < to; i += step)
        at += sprintf(at, "<http://e/s%06u> <http://e/p> \"%u\" .\n", i, i);
    return text;
}

static void large_texts_become_new_runs(void **state)
{
    (void)state;
    struct world world;
    char *base = many_lines(0, 20000, 1);
    char *ours = many_lines(0, 30000, 1);
    char *theirs = many_lines(0, 20000, 2);
    world_open(&world, NULL);
    (void)world_put(world.main, "big.nt", base);
    commit(world.main, "base");
    struct bc_branch *other = world_fork(&world, world.main, "other");
    (void)world_put(world.main, "big.nt", ours);
    (void)world_put(other, "big.nt", theirs);
    merged(&world, world.main, "other");
    struct bc_attr attr = world_stat(world.main, world_find(world.main, "big.nt"));
    assert_int_equal(attr.triples, 20000);
    /* Few of ours against much of theirs: theirs' run is shared. */
    (void)world_put(other, "big.nt", ours);
    (void)world_put(other, "other.nt", ours);
    struct bc_edit *edit = NULL;
    assert_int_equal(bc_edit_new(world.main, world_find(world.main, "big.nt"), BC_NTRIPLES,
                                 BC_EDIT_APPEND, &edit),
                     BC_OK);
    assert_int_equal(bc_edit_write(edit, 0, A, strlen(A), NULL), BC_OK);
    assert_int_equal(bc_edit_commit(edit, false, NULL, NULL), BC_OK);
    bc_edit_free(edit);
    merged(&world, world.main, "other");
    attr = world_stat(world.main, world_find(world.main, "big.nt"));
    assert_int_equal(attr.triples, 30001);
    assert_int_equal(world_stat(world.main, world_find(world.main, "other.nt")).triples, 30000);
    free(base);
    free(ours);
    free(theirs);
    end(&world, other);
}

static void criss_cross_histories_merge(void **state)
{
    (void)state;
    struct world world;
    struct bc_branch *other = start(&world);
    char hex[BC_COMMIT_HEX + 1];
    struct bc_commit_id head;
    (void)world_put(world.main, "a.nt", A B C);
    commit(world.main, "ours");
    (void)world_put(other, "a.nt", A B D);
    (void)world_put(other, "new.nt", A);
    commit(other, "theirs");
    assert_int_equal(bc_branch_head(world.main, &head), BC_OK);
    bc_commit_id_format(&head, hex);
    merged(&world, world.main, "other");
    merged(&world, other, hex);
    world_expect(other, "a.nt", A B C D);
    (void)world_put(world.main, "a.nt", B C D);
    (void)world_put(other, "a.nt", A C D);
    (void)world_put(other, "new.nt", A B);
    merged(&world, world.main, "other");
    world_expect(world.main, "a.nt", C D);
    world_expect(world.main, "new.nt", A B);
    assert_int_equal(merge(&world, other, "main"), BC_OK);
    assert_int_equal(report.outcome, BC_MERGE_FAST_FORWARD);
    end(&world, other);
}

static void a_reset_makes_the_branch_what_a_state_is(void **state)
{
    (void)state;
    struct world world;
    struct bc_branch *other = start(&world);
    struct bc_commit_id head;
    struct bc_commit_id after;
    assert_int_equal(bc_branch_head(world.main, &head), BC_OK);
    (void)world_put(world.main, "a.nt", C);
    commit(world.main, "second");
    (void)world_put(world.main, "a.nt", D);
    assert_int_equal(bc_branch_reset(world.main, text_slice("main~1"), &world.err), BC_OK);
    world_expect(world.main, "a.nt", A B);
    assert_int_equal(bc_branch_head(world.main, &after), BC_OK);
    assert_true(bc_commit_id_equal(&head, &after));
    /* A branch's uncommitted changes stay so. */
    (void)world_put(other, "a.nt", D);
    assert_int_equal(bc_branch_reset(world.main, text_slice("other"), &world.err), BC_OK);
    world_expect(world.main, "a.nt", D);
    assert_int_equal(bc_branch_head(world.main, &after), BC_OK);
    assert_true(bc_commit_id_equal(&head, &after));
    struct bc_commit_info info = {.message = text_slice("changes")};
    assert_int_equal(bc_branch_commit(world.main, &info, NULL, &world.err), BC_OK);
    assert_int_equal(bc_branch_reset(world.main, text_slice("nobody"), &world.err), BC_NOT_FOUND);
    end(&world, other);
}

static enum bc_status revert(struct world *world, struct bc_branch *branch, const char *ref)
{
    struct bc_merge_options options = {.policy = BC_MERGE_AUTO};
    bc_merge_report_release(&report);
    return bc_branch_revert(branch, text_slice(ref), &options, &report, &world->err);
}

static void a_revert_undoes_one_commit(void **state)
{
    (void)state;
    struct world world;
    struct bc_branch *other = start(&world);
    struct bc_commit made;
    (void)world_put(world.main, "a.nt", A C);
    (void)world_put(world.main, "new.nt", A);
    commit(world.main, "A change\n\nwith a body");
    (void)world_put(world.main, "a.nt", A C D);
    commit(world.main, "later");
    assert_int_equal(revert(&world, world.main, "head~1"), BC_OK);
    assert_int_equal(report.outcome, BC_MERGE_DONE);
    world_expect(world.main, "a.nt", A B D);
    absent(world.main, "new.nt");
    assert_int_equal(bc_commit_get(world.repo, &report.result, &made), BC_OK);
    assert_int_equal(made.parent_count, 1);
    assert_int_equal(strncmp(made.message, "Revert A change\n\nThis reverts commit ", 37), 0);
    bc_commit_release(&made);
    /* The last one, and the first. */
    assert_int_equal(revert(&world, world.main, "head"), BC_OK);
    world_expect(world.main, "a.nt", A C D);
    world_expect(world.main, "new.nt", A);
    assert_int_equal(revert(&world, world.main, "head~2"), BC_OK);
    world_expect(world.main, "a.nt", A C);
    assert_int_equal(revert(&world, world.main, "head~3"), BC_OK);
    assert_int_equal(report.outcome, BC_MERGE_NOTHING);
    assert_int_equal(revert(&world, other, "head"), BC_OK);
    absent(other, "a.nt");
    absent(other, "geo");
    /* What was changed since conflicts. */
    (void)world_put(world.main, "a.nt", A2 C);
    commit(world.main, "to be undone");
    (void)world_put(world.main, "a.nt", A3 C);
    commit(world.main, "changed again");
    assert_int_equal(revert(&world, world.main, "head~1"), BC_CONFLICT);
    resolve(world.main, "a.nt/result.nt", A);
    assert_int_equal(go_on(&world, world.main), BC_OK);
    world_expect(world.main, "a.nt", A C);
    assert_int_equal(bc_commit_get(world.repo, &report.result, &made), BC_OK);
    assert_int_equal(made.parent_count, 1);
    bc_commit_release(&made);
    end(&world, other);
}

/* Each write of a merge fails once: the branch is before it or after it, never between. */
static struct bc_branch *start_on(struct world *world, struct bc_store *store)
{
    world_open(world, store);
    (void)world_put(world->main, "a.nt", A B);
    (void)world_put(world->main, "notes.md", "one\n");
    commit(world->main, "base");
    struct bc_branch *other = world_fork(world, world->main, "other");
    (void)world_put(other, "a.nt", A3 B D);
    (void)world_put(other, "new.md", "new\n");
    commit(other, "theirs");
    (void)world_put(world->main, "a.nt", A2 B C);
    commit(world->main, "ours");
    return other;
}

static void check_before_or_after(struct world *world, enum bc_status st, const char *after)
{
    if (!st)
        world_expect(world->main, "a.nt", after);
    else
        world_expect(world->main, "a.nt", A2 B C);
    if (!st)
        world_expect(world->main, "new.md", "new\n");
    else
        absent(world->main, "new.md");
    world_check(world);
}

static void a_failing_store_leaves_before_or_after(void **state)
{
    (void)state;
    bool all_done = false;
    for (uint64_t i = 1; !all_done; i++) {
        struct world world;
        struct bc_store *inner = NULL;
        assert_int_equal(bc_memory_store_new(&inner), BC_OK);
        struct bc_store *store = failing_store_new(inner);
        struct bc_branch *other = start_on(&world, store);
        failing_store_fail_after(store, i, 0, BC_NO_SPACE);
        enum bc_status st = merge_with(&world, world.main, "other", BC_MERGE_UNION, false);
        all_done = !failing_store_failures(store);
        failing_store_fail_after(store, 0, 0, BC_OK);
        assert_int_equal(all_done, st == BC_OK);
        check_before_or_after(&world, st, A2 A3 B C D);
        /* And it can be done again. */
        assert_int_equal(merge_with(&world, world.main, "other", BC_MERGE_UNION, false), BC_OK);
        world_expect(world.main, "a.nt", A2 A3 B C D);
        end(&world, other);
    }
}

static void a_failing_store_leaves_a_waiting_merge_whole(void **state)
{
    (void)state;
    for (int step = 0; step < 3; step++) {
        bool all_done = false;
        for (uint64_t i = 1; !all_done; i++) {
            struct world world;
            struct bc_store *inner = NULL;
            struct bc_branch *none = NULL;
            assert_int_equal(bc_memory_store_new(&inner), BC_OK);
            struct bc_store *store = failing_store_new(inner);
            struct bc_branch *other = start_on(&world, store);
            enum bc_status st = BC_CONFLICT;
            if (step) {
                assert_int_equal(merge(&world, world.main, "other"), BC_CONFLICT);
                resolve(world.main, "a.nt/result.nt", A3);
            }
            failing_store_fail_after(store, i, 0, BC_NO_SPACE);
            if (step == 0)
                st = merge(&world, world.main, "other");
            else if (step == 1)
                st = go_on(&world, world.main);
            else
                st = bc_merge_abort(world.main, &world.err);
            all_done = !failing_store_failures(store);
            failing_store_fail_after(store, 0, 0, BC_OK);
            if (step == 0) {
                assert_int_equal(all_done, st == BC_CONFLICT);
                if (!all_done)
                    assert_int_equal(bc_merge_conflicts(world.main, &none), BC_NO_DATA);
                world_expect(world.main, "a.nt", A2 B C);
            } else if (step == 1) {
                check_before_or_after(&world, st, A3 B C D);
                if (st)
                    assert_int_equal(go_on(&world, world.main), BC_OK);
                world_expect(world.main, "a.nt", A3 B C D);
            } else if (st) {
                assert_int_equal(bc_merge_abort(world.main, &world.err), BC_OK);
            }
            end(&world, other);
        }
    }
}

static void every_failure_of_memory_and_reading_is_told(void **state)
{
    (void)state;
    for (int kind = 0; kind < 2; kind++) {
        bool all_done = false;
        for (uint64_t i = 1; !all_done; i += 1 + i / 40) {
            struct world world;
            struct bc_store *inner = NULL;
            assert_int_equal(bc_memory_store_new(&inner), BC_OK);
            struct bc_store *store = failing_store_new(inner);
            struct bc_branch *other = start_on(&world, store);
            uint64_t before = bc_memory_allocations();
            if (kind)
                failing_store_fail_after(store, i, 0, BC_IO);
            else
                bc_memory_fail_after(i, 0);
            enum bc_status st = merge(&world, world.main, "other");
            all_done = kind ? !failing_store_failures(store) : bc_memory_allocations() - before < i;
            bc_memory_fail_after(0, 0);
            failing_store_fail_after(store, 0, 0, BC_OK);
            if (all_done)
                assert_int_equal(st, BC_CONFLICT);
            world_expect(world.main, "a.nt", A2 B C);
            if (st == BC_CONFLICT)
                assert_int_equal(bc_merge_abort(world.main, &world.err), BC_OK);
            end(&world, other);
        }
    }
}

struct writer {
    struct bc_branch *branch;
    uint64_t node;
    atomic_bool stop;
    unsigned written;
    enum bc_status status;
};

static void *write_on(void *context)
{
    struct writer *writer = context;
    while (!writer->stop && !writer->status) {
        char line[64];
        int size =
            snprintf(line, sizeof line, "<http://e/w%u> <http://e/p> \"1\" .\n", writer->written);
        writer->status =
            world_edit(writer->branch, writer->node, BC_EDIT_APPEND, line, (size_t)size);
        writer->written += !writer->status;
    }
    return NULL;
}

static void a_branch_that_is_written_to_all_the_time_is_merged(void **state)
{
    (void)state;
    struct world world;
    struct bc_branch *other = start(&world);
    struct writer writer = {.branch = world.main};
    pthread_t thread;
    writer.node = world_put(world.main, "w.nt", "");
    assert_int_equal(pthread_create(&thread, NULL, write_on, &writer), 0);
    for (unsigned i = 0; i < 20; i++) {
        char line[64];
        (void)snprintf(line, sizeof line, "<http://e/o%u> <http://e/p> \"1\" .\n", i);
        assert_int_equal(
            world_edit(other, world_find(other, "a.nt"), BC_EDIT_APPEND, line, strlen(line)),
            BC_OK);
        assert_int_equal(merge(&world, world.main, "other"), BC_OK);
        assert_true(report.outcome != BC_MERGE_NOTHING);
    }
    writer.stop = true;
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(writer.status, BC_OK);
    assert_int_equal(world_stat(world.main, writer.node).triples, writer.written);
    assert_int_equal(world_stat(world.main, world_find(world.main, "a.nt")).triples, 22);
    end(&world, other);
}

static void shorten(struct bc_branch *branch, const char *path, uint64_t size_bytes)
{
    struct bc_change change = {.mask = BC_CHANGE_SIZE, .size_bytes = size_bytes};
    struct bc_attr attr;
    assert_int_equal(bc_tree_change(branch, world_find(branch, path), &change, &attr), BC_OK);
    assert_int_equal(attr.size_bytes, size_bytes);
}

/* Two and a half chunks of a plain file, of which each byte tells where it is. */
static char *long_bytes(void)
{
    enum { SIZE = BC_CHUNK_BYTES * 5 / 2 };
    char *text = malloc(SIZE + 1);
    assert_non_null(text);
    for (size_t i = 0; i < SIZE; i++)
        text[i] = (char)('a' + (i + i / 26 + i / BC_CHUNK_BYTES) % 26);
    text[SIZE] = '\0';
    return text;
}

static void shortened_bytes_come_back(void **state)
{
    (void)state;
    static const uint64_t sizes[] = {0, 5, BC_CHUNK_BYTES, BC_CHUNK_BYTES + 5,
                                     UINT64_C(2) * BC_CHUNK_BYTES};
    char *text = long_bytes();
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct world world;
        struct bc_branch *other = start(&world);
        (void)world_put(world.main, "long", text);
        commit(world.main, "long");
        shorten(world.main, "long", sizes[i]);
        commit(world.main, "short");
        /* With another change since, it is more than going back. */
        (void)world_put(world.main, "a.nt", A B C);
        commit(world.main, "another");
        assert_int_equal(revert(&world, world.main, "head~1"), BC_OK);
        world_expect(world.main, "long", text);
        /* Once more, and made longer again: zeros, through which nothing shines. */
        shorten(world.main, "long", sizes[i]);
        commit(world.main, "short");
        shorten(world.main, "long", strlen(text));
        (void)world_put(world.main, "a.nt", A);
        commit(world.main, "long, of zeros");
        assert_int_equal(revert(&world, world.main, "head~1"), BC_CONFLICT);
        assert_int_equal(bc_merge_abort(world.main, &world.err), BC_OK);
        assert_int_equal(revert(&world, world.main, "head"), BC_OK);
        assert_int_equal(revert(&world, world.main, "head~2"), BC_OK);
        world_expect(world.main, "long", text);
        end(&world, other);
    }
    free(text);
}

static void a_merge_lengthens_what_ours_shortened(void **state)
{
    (void)state;
    static const enum bc_merge_policy policies[] = {BC_MERGE_THEIRS, BC_MERGE_UNION};
    char *text = long_bytes();
    for (size_t i = 0; i < 2; i++) {
        struct world world;
        struct bc_branch *other = start(&world);
        (void)world_put(world.main, "long", text);
        struct bc_branch *third = world_fork(&world, world.main, "third");
        shorten(world.main, "long", 5);
        commit(world.main, "short");
        /* The later one. */
        text[1] = (char)('A' + i);
        uint64_t node = world_find(third, "long");
        assert_int_equal(bc_bytes_write(third, node, 1, text + 1, 1, false, NULL), BC_OK);
        assert_int_equal(merge_with(&world, world.main, "third", policies[i], false), BC_OK);
        world_expect(world.main, "long", text);
        bc_branch_release(third);
        end(&world, other);
    }
    free(text);
}

static void policy_theirs_loses_nothing_that_theirs_has(void **state)
{
    (void)state;
    for (int in_folder = 0; in_folder < 2; in_folder++) {
        struct world world;
        struct bc_branch *other = start(&world);
        if (in_folder) {
            (void)world_folder(world.main, "x");
            (void)world_put(world.main, "x/own.nt", D);
        }
        renamed(&world, world.main, "a.nt", in_folder ? "x/a.nt" : "x");
        (void)world_put(world.main, in_folder ? "x/a.nt" : "geo/own.nt", A B C);
        (void)world_put(other, "x", "theirs\n");
        assert_int_equal(merge_with(&world, world.main, "other", BC_MERGE_THEIRS, false), BC_OK);
        world_expect(world.main, "x", "theirs\n");
        world_expect(world.main, "a.nt", in_folder ? A B C : A B);
        end(&world, other);
    }
}

static void what_goes_back_to_theirs_name_fits_it(void **state)
{
    (void)state;
    struct world world;
    struct bc_branch *other = start(&world);
    renamed(&world, world.main, "a.nt", "x");
    uint64_t node = world_find(world.main, "x");
    assert_int_equal(bc_bytes_write(world.main, node, 0, "plain", 5, false, NULL), BC_OK);
    (void)world_put(other, "x", "theirs\n");
    assert_int_equal(merge_with(&world, world.main, "other", BC_MERGE_THEIRS, false), BC_OK);
    world_expect(world.main, "x", "theirs\n");
    world_expect(world.main, "a.nt", A B);
    end(&world, other);
}

static void a_deleted_folder_leaves_its_name_to_a_file(void **state)
{
    (void)state;
    struct world world;
    struct bc_branch *other = start(&world);
    (void)world_folder(world.main, "geo/deep");
    commit(world.main, "deep");
    assert_int_equal(merge(&world, other, "main"), BC_OK);
    assert_int_equal(world_remove(other, "geo/deep"), BC_OK);
    assert_int_equal(world_remove(other, "geo/cities.nt"), BC_OK);
    assert_int_equal(world_remove(other, "geo"), BC_OK);
    (void)world_put(other, "geo", "file\n");
    (void)world_put(world.main, "a.nt", A);
    merged(&world, world.main, "other");
    world_expect(world.main, "geo", "file\n");
    end(&world, other);
}

static void a_folder_that_was_inside_can_be_around(void **state)
{
    (void)state;
    struct world world;
    struct bc_branch *other = start(&world);
    (void)world_folder(world.main, "geo/y");
    (void)world_folder(world.main, "geo/y/z");
    commit(world.main, "deep");
    assert_int_equal(merge(&world, other, "main"), BC_OK);
    renamed(&world, other, "geo/y", "y");
    renamed(&world, other, "geo", "y/z/geo");
    (void)world_put(world.main, "geo/cities.nt", A);
    merged(&world, world.main, "other");
    world_expect(world.main, "y/z/geo/cities.nt", A);
    absent(world.main, "geo");
    assert_false(says("ours stays"));
    end(&world, other);
}

static void an_empty_folder_of_theirs_is_there(void **state)
{
    (void)state;
    struct world world;
    struct bc_branch *other = start(&world);
    renamed(&world, world.main, "geo", "sea");
    assert_int_equal(world_remove(other, "geo/cities.nt"), BC_OK);
    assert_int_equal(world_remove(other, "geo"), BC_OK);
    (void)world_folder(other, "sea");
    merged(&world, world.main, "other");
    assert_true(world_find(world.main, "sea"));
    absent(world.main, "sea/cities.nt");
    end(&world, other);
}

/* Ours' folder is one with two of theirs, that have a file of one name each. */
static void two_files_of_theirs_are_both_kept(void **state)
{
    (void)state;
    for (int policy = BC_MERGE_AUTO; policy <= BC_MERGE_STRICT; policy++) {
        struct world world;
        struct bc_branch *other = start(&world);
        renamed(&world, world.main, "geo", "sea");
        (void)world_put(other, "geo/x.md", "one\n");
        (void)world_folder(other, "sea");
        (void)world_put(other, "sea/x.md", "two\n");
        assert_int_equal(
            merge_with(&world, world.main, "other", (enum bc_merge_policy)policy, false), BC_OK);
        world_expect(world.main, "sea/cities.nt", A B C);
        world_expect(world.main, "sea/x.md", "one\n");
        world_expect(world.main, "sea/x.md~1", "two\n");
        end(&world, other);
    }
}

static void what_both_have_is_no_replacement_of_something_else(void **state)
{
    (void)state;
    for (int policy = BC_MERGE_AUTO; policy <= BC_MERGE_STRICT; policy++) {
        struct world world;
        struct bc_branch *other = start(&world);
        struct bc_merge_options options = {.policy = (enum bc_merge_policy)policy};
        uint64_t node = world_find(world.main, "a.nt");
        assert_int_equal(world_remove(other, "a.nt"), BC_OK);
        (void)world_put(other, "a.nt", C D);
        commit(other, "another of that name");
        renamed(&world, world.main, "a.nt", "moved.nt");
        bc_merge_report_release(&report);
        assert_int_equal(
            bc_branch_revert(world.main, text_slice("other"), &options, &report, &world.err),
            BC_OK);
        assert_int_equal(world_find(world.main, "moved.nt"), node);
        world_expect(world.main, "moved.nt", A B);
        absent(world.main, "a.nt");
        end(&world, other);
    }
}

static void a_content_that_is_as_it_was_is_no_change(void **state)
{
    (void)state;
    struct world world;
    struct bc_branch *other = start(&world);
    (void)world_put(world.main, "b.nt", A);
    renamed(&world, world.main, "b.nt", "b.md");
    commit(world.main, "a plain name");
    assert_int_equal(merge(&world, other, "main"), BC_OK);
    renamed(&world, world.main, "b.md", "b.nt");
    (void)world_put(world.main, "b.nt", A B);
    (void)world_put(world.main, "b.nt", A);
    renamed(&world, world.main, "b.nt", "b.md");
    uint64_t node = world_find(other, "b.md");
    assert_int_equal(bc_bytes_write(other, node, 0, "plain", 5, false, NULL), BC_OK);
    (void)world_put(world.main, "a.nt", A);
    merged(&world, world.main, "other");
    struct bc_buffer content = world_content(world.main, world_find(world.main, "b.md"));
    assert_memory_equal(content.data, "plain", 5);
    bc_buffer_release(&content);
    end(&world, other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_theirs_has_alone_is_a_fast_forward),
        cmocka_unit_test(a_branch_has_nothing_for_itself),
        cmocka_unit_test(both_sides_changes_are_one_commit_with_two_parents),
        cmocka_unit_test(a_fork_of_uncommitted_changes_starts_from_them),
        cmocka_unit_test(an_empty_branch_becomes_what_is_merged),
        cmocka_unit_test(renames_are_followed),
        cmocka_unit_test(names_can_be_swapped),
        cmocka_unit_test(slots_in_conflict_wait_for_a_result),
        cmocka_unit_test(a_slot_that_one_side_removed_may_be_resolved_with_nothing),
        cmocka_unit_test(a_waiting_merge_survives_and_can_be_aborted),
        cmocka_unit_test(a_branch_that_was_changed_cannot_continue),
        cmocka_unit_test(a_dry_run_changes_nothing),
        cmocka_unit_test(policies_take_sides),
        cmocka_unit_test(functional_predicates_have_one_object),
        cmocka_unit_test(functional_settings_are_checked),
        cmocka_unit_test(reifiers_are_subjects_as_all_others),
        cmocka_unit_test(a_removed_statement_can_still_be_spoken_of),
        cmocka_unit_test(triple_terms_of_two_graphs_do_not_conflict),
        cmocka_unit_test(plain_files_are_taken_or_conflict_whole),
        cmocka_unit_test(a_replaced_file_is_still_the_file),
        cmocka_unit_test(texts_created_on_both_sides_are_one),
        cmocka_unit_test(what_one_deleted_and_the_other_changed_conflicts),
        cmocka_unit_test(union_keeps_what_was_added_to_a_deleted_text),
        cmocka_unit_test(a_folder_with_something_new_stays),
        cmocka_unit_test(two_names_for_one_file_conflict),
        cmocka_unit_test(the_same_rename_is_no_conflict),
        cmocka_unit_test(a_rename_to_a_taken_name_conflicts),
        cmocka_unit_test(a_file_and_a_folder_of_one_name_conflict),
        cmocka_unit_test(folders_moved_into_each_other_stay_as_ours),
        cmocka_unit_test(policy_theirs_loses_nothing_that_theirs_has),
        cmocka_unit_test(what_goes_back_to_theirs_name_fits_it),
        cmocka_unit_test(a_deleted_folder_leaves_its_name_to_a_file),
        cmocka_unit_test(a_folder_that_was_inside_can_be_around),
        cmocka_unit_test(an_empty_folder_of_theirs_is_there),
        cmocka_unit_test(two_files_of_theirs_are_both_kept),
        cmocka_unit_test(what_both_have_is_no_replacement_of_something_else),
        cmocka_unit_test(a_content_that_is_as_it_was_is_no_change),
        cmocka_unit_test(modes_and_attributes_are_merged_one_by_one),
        cmocka_unit_test(the_root_folder_is_the_branches_own),
        cmocka_unit_test(links_are_merged_by_their_targets),
        cmocka_unit_test(large_and_sparse_files_are_adopted),
        cmocka_unit_test(large_texts_become_new_runs),
        cmocka_unit_test(criss_cross_histories_merge),
        cmocka_unit_test(a_reset_makes_the_branch_what_a_state_is),
        cmocka_unit_test(a_revert_undoes_one_commit),
        cmocka_unit_test(shortened_bytes_come_back),
        cmocka_unit_test(a_merge_lengthens_what_ours_shortened),
        cmocka_unit_test(a_branch_that_is_written_to_all_the_time_is_merged),
        cmocka_unit_test(a_failing_store_leaves_before_or_after),
        cmocka_unit_test(a_failing_store_leaves_a_waiting_merge_whole),
        cmocka_unit_test(every_failure_of_memory_and_reading_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
