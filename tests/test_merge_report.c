/* What people read of a merge: a line for each conflict, however many there are. */
#include "branchcore/gc.h"
#include "branchcore/merge.h"
#include "branchcore/ref.h"
#include "tests/commit_world.h"
#include "tests/failing_store.h"

#define REASON ": one side removed what the other changed\n"

/* A file of so many subjects, each with the same object. */
static void put_subjects(struct bc_branch *branch, const char *path, int count, const char *object)
{
    struct bc_buffer text = {0};
    for (int i = 0; i < count; i++)
        assert_int_equal(
            bc_buffer_printf(&text, "<http://e/%06d> <http://e/p> \"%s\" .\n", i, object), BC_OK);
    assert_int_equal(bc_buffer_append(&text, "", 1), BC_OK);
    (void)world_put(branch, path, text.data);
    bc_buffer_release(&text);
}

/* "other" and main have changed each subject of a.nt, and b.md, differently. */
static void start(struct world *world, struct bc_store *store, int count)
{
    world_open(world, store);
    put_subjects(world->main, "a.nt", count, "base");
    (void)world_put(world->main, "b.md", "base\n");
    (void)world_commit(world, world->main, "base");
    struct bc_branch *other = world_fork(world, world->main, "other");
    put_subjects(other, "a.nt", count, "theirs");
    (void)world_put(other, "b.md", "theirs\n");
    (void)world_commit(world, other, "theirs");
    put_subjects(world->main, "a.nt", count, "ours");
    (void)world_put(world->main, "b.md", "ours\n");
    (void)world_commit(world, world->main, "ours");
    bc_branch_release(other);
}

static enum bc_status try_merge(struct world *world, bool dry_run, struct bc_merge_report *report)
{
    struct bc_merge_options options = {.dry_run = dry_run};
    return bc_merge(world->main, text_slice("other"), &options, report, &world->err);
}

/* Of so many subjects. */
static void merge(struct world *world, int count, bool dry_run)
{
    struct bc_merge_report report;
    assert_int_equal(try_merge(world, dry_run, &report), BC_CONFLICT);
    assert_int_equal(report.conflicts, count + 1);
    bc_merge_report_release(&report);
}

static struct bc_merge_last *open_last(struct bc_branch *branch)
{
    struct bc_merge_last *last = NULL;
    assert_int_equal(bc_merge_last_open(branch, &last), BC_OK);
    return last;
}

/* By parts of that size; the caller releases. */
static struct bc_buffer read_by(struct bc_merge_last *last, size_t part)
{
    struct bc_buffer text = {0};
    size_t done = part;
    while (done == part) {
        assert_int_equal(bc_buffer_reserve(&text, part), BC_OK);
        assert_int_equal(bc_merge_last_read(last, text.size, text.data + text.size, part, &done),
                         BC_OK);
        text.size += done;
    }
    assert_int_equal(bc_buffer_append(&text, "", 1), BC_OK);
    text.size--;
    return text;
}

static struct bc_buffer read_last(struct bc_branch *branch)
{
    struct bc_merge_last *last = open_last(branch);
    struct bc_buffer text = read_by(last, 77777);
    bc_merge_last_close(last);
    return text;
}

static void expect_begins(struct bc_branch *branch, const char *head)
{
    struct bc_buffer text = read_last(branch);
    if (strncmp(text.data, head, strlen(head)) != 0)
        fail_msg("it begins with: %.60s", text.data);
    bc_buffer_release(&text);
}

/* The lines behind the head: the last of its keys is "milliseconds". */
static const char *lines_of(const struct bc_buffer *text)
{
    const char *at = strstr(text->data, "\nmilliseconds ");
    assert_non_null(at);
    return strchr(at + 1, '\n') + 1;
}

static void expect_every_conflict(struct bc_branch *branch, const char *head, int count)
{
    struct bc_buffer text = read_last(branch);
    char line[128];
    assert_int_equal(strncmp(text.data, head, strlen(head)), 0);
    const char *at = lines_of(&text);
    for (int i = 0; i < count; i++) {
        int size = snprintf(line, sizeof line, "a.nt: <http://e/%06d> <http://e/p>" REASON, i);
        if (strncmp(at, line, (size_t)size) != 0)
            fail_msg("line %d: %.100s", i, at);
        at += size;
    }
    assert_string_equal(at, "b.md: changed on both sides\n");
    bc_buffer_release(&text);
}

static void every_conflict_has_a_line(void **state)
{
    (void)state;
    enum { MANY = 150000 };
    struct world world;
    struct bc_merge_report report;
    start(&world, NULL, MANY);
    /* A program that merges gets the first of them. */
    assert_int_equal(try_merge(&world, true, &report), BC_CONFLICT);
    assert_int_equal(report.conflicts, MANY + 1);
    const char *more = memmem(report.lines.data, report.lines.size, "... and 50001 more\n", 19);
    assert_ptr_equal(more, report.lines.data + report.lines.size - 19);
    uint64_t lines = 0;
    for (size_t i = 0; i < report.lines.size; i++)
        lines += report.lines.data[i] == '\n';
    assert_int_equal(lines, BC_MERGE_LINES_MAX + 1);
    bc_merge_report_release(&report);
    expect_every_conflict(world.main, "outcome conflicts (dry run)\n", MANY);
    /* A merge that waits keeps them. */
    merge(&world, MANY, false);
    expect_every_conflict(world.main, "outcome conflicts\n", MANY);
    assert_int_equal(bc_repo_collect(world.repo, NULL), BC_OK);
    world_check(&world);
    world_reopen(&world);
    assert_int_equal(bc_repo_collect(world.repo, NULL), BC_OK);
    expect_every_conflict(world.main, "outcome conflicts\n", MANY);
    assert_int_equal(bc_merge_abort(world.main, &world.err), BC_OK);
    world_close(&world);
}

static void a_part_is_what_is_there(void **state)
{
    (void)state;
    static const size_t parts[] = {1, 7, 64, 4096, 1 << 20};
    for (int dry_run = 0; dry_run < 2; dry_run++) {
        struct world world;
        char bytes[16];
        size_t done = 9;
        start(&world, NULL, 20);
        merge(&world, 20, dry_run);
        struct bc_merge_last *last = open_last(world.main);
        struct bc_buffer whole = read_by(last, 1000000);
        for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
            struct bc_buffer text = read_by(last, parts[i]);
            assert_string_equal(text.data, whole.data);
            bc_buffer_release(&text);
        }
        assert_int_equal(bc_merge_last_read(last, whole.size - 5, bytes, 16, &done), BC_OK);
        assert_int_equal(done, 5);
        assert_memory_equal(bytes, whole.data + whole.size - 5, 5);
        assert_int_equal(bc_merge_last_read(last, whole.size + 5, bytes, 16, &done), BC_OK);
        assert_int_equal(done, 0);
        bc_buffer_release(&whole);
        bc_merge_last_close(last);
        world_close(&world);
    }
}

/* Who has it open goes on reading what he opened, whatever happens to the merge. */
static void an_open_report_stays(void **state)
{
    (void)state;
    for (int dry_run = 0; dry_run < 2; dry_run++) {
        struct world world;
        start(&world, NULL, 50);
        merge(&world, 50, dry_run);
        struct bc_merge_last *last = open_last(world.main);
        struct bc_buffer before = read_by(last, 100);
        assert_int_equal(bc_merge_abort(world.main, &world.err), dry_run ? BC_NO_DATA : BC_OK);
        (void)world_put(world.main, "a.nt", "");
        merge(&world, 50, true);
        assert_int_equal(bc_repo_collect(world.repo, NULL), BC_OK);
        struct bc_buffer after = read_by(last, 100);
        assert_string_equal(before.data, after.data);
        bc_buffer_release(&before);
        bc_buffer_release(&after);
        bc_merge_last_close(last);
        world_close(&world);
    }
}

static void nothing_is_left_of_an_aborted_merge(void **state)
{
    (void)state;
    struct world world;
    start(&world, NULL, 50);
    expect_begins(world.main, "");
    (void)world_collect(&world);
    merge(&world, 50, false);
    assert_int_equal(world_collect(&world), 0);
    assert_int_equal(bc_merge_abort(world.main, &world.err), BC_OK);
    expect_begins(world.main, "outcome aborted\nmerged other\n");
    assert_true(world_collect(&world) > 0);
    assert_int_equal(world_collect(&world), 0);
    world_check(&world);
    world_reopen(&world);
    struct bc_buffer none = read_last(world.main);
    assert_int_equal(none.size, 0);
    bc_buffer_release(&none);
    world_close(&world);
}

static void a_merge_that_is_continued_reports_that(void **state)
{
    (void)state;
    struct world world;
    struct bc_branch *tree = NULL;
    struct bc_merge_report report;
    start(&world, NULL, 50);
    merge(&world, 50, false);
    world_reopen(&world);
    assert_int_equal(bc_merge_conflicts(world.main, &tree), BC_OK);
    put_subjects(tree, "a.nt/result.nt", 50, "both");
    (void)world_put(tree, "b.md/result.md", "both\n");
    bc_branch_release(tree);
    assert_int_equal(bc_merge_continue(world.main, bc_slice("", 0), &report, &world.err), BC_OK);
    struct bc_buffer text = read_last(world.main);
    assert_int_equal(strncmp(text.data, "outcome merged\n", 15), 0);
    assert_string_equal(lines_of(&text), "");
    bc_buffer_release(&text);
    bc_merge_report_release(&report);
    world_close(&world);
}

static void a_deleted_branch_comes_back_with_it(void **state)
{
    (void)state;
    struct world world;
    struct bc_merge_report report;
    struct bc_merge_options options = {.policy = BC_MERGE_AUTO};
    start(&world, NULL, 50);
    struct bc_branch *copy = world_fork(&world, world.main, "copy");
    assert_int_equal(bc_merge(copy, text_slice("other"), &options, &report, &world.err),
                     BC_CONFLICT);
    bc_merge_report_release(&report);
    bc_branch_release(copy);
    assert_int_equal(bc_branch_delete(world.repo, text_slice("copy"), true, &world.err), BC_OK);
    (void)world_collect(&world);
    assert_int_equal(bc_branch_restore(world.repo, text_slice("copy"), bc_slice("", 0), &world.err),
                     BC_OK);
    copy = world_branch(&world, "copy");
    expect_every_conflict(copy, "outcome conflicts\n", 50);
    bc_branch_release(copy);
    assert_int_equal(bc_branch_delete(world.repo, text_slice("copy"), true, &world.err), BC_OK);
    struct bc_gc_report gone;
    assert_int_equal(bc_repo_gc(world.repo, NULL, &gone, &world.err), BC_OK);
    assert_true(gone.freed.layers > 0);
    assert_int_equal(world_collect(&world), 0);
    world_close(&world);
}

/* As it was written before the lines were apart: version 1 of the row has them in its report. */
static void make_old(struct world *world)
{
    enum { LINES_AT = 1 + 6 * 8, MORE = 64 };
    char key[9] = "w";
    struct bc_value row = {0};
    struct bc_buffer old = {0};
    struct bc_batch batch = {0};
    struct bc_buffer text = read_last(world->main);
    bc_put_u64(key + 1, bc_branch_id(world->main));
    assert_int_equal(bc_store_get(world->store, NULL, BC_REFS, bc_slice(key, 9), &row), BC_OK);
    assert_int_equal(row.slice.data[0], 2);
    const char *head = memmem(row.slice.data, row.slice.size, "outcome ", 8);
    assert_non_null(head);
    size_t head_size = bc_get_u32(head - 4);
    assert_int_equal(bc_encode_u8(&old, 1), BC_OK);
    assert_int_equal(bc_buffer_append(&old, row.slice.data + 1, LINES_AT - 1), BC_OK);
    const char *rest = row.slice.data + LINES_AT + 8;
    assert_int_equal(bc_buffer_append(&old, rest, (size_t)(head - 4 - rest)), BC_OK);
    assert_int_equal(bc_encode_bytes(&old, bc_buffer_slice(&text)), BC_OK);
    rest = head + head_size;
    assert_int_equal(bc_buffer_append(&old, rest, (size_t)(row.slice.data + row.slice.size - rest)),
                     BC_OK);
    assert_int_equal(bc_batch_put(&batch, BC_REFS, bc_slice(key, 9), bc_buffer_slice(&old)), BC_OK);
    assert_int_equal(bc_store_apply(world->store, &batch, true), BC_OK);
    bc_batch_release(&batch);
    bc_buffer_release(&old);
    bc_buffer_release(&text);
    bc_value_release(&row);
}

static void a_merge_that_waits_since_an_older_version_is_read(void **state)
{
    (void)state;
    struct world world;
    start(&world, NULL, 50);
    merge(&world, 50, false);
    make_old(&world);
    (void)world_collect(&world);
    world_reopen(&world);
    world_check(&world);
    expect_every_conflict(world.main, "outcome conflicts\n", 50);
    assert_int_equal(bc_merge_abort(world.main, &world.err), BC_OK);
    world_close(&world);
}

static void every_failure_of_reading_it_is_told(void **state)
{
    (void)state;
    for (int kind = 0; kind < 2; kind++) {
        bool all_done = false;
        for (uint64_t i = 1; !all_done; i++) {
            struct world world;
            struct bc_store *inner = NULL;
            char bytes[4096];
            size_t done = 0;
            assert_int_equal(bc_memory_store_new(&inner), BC_OK);
            struct bc_store *store = failing_store_new(inner);
            start(&world, store, 50);
            merge(&world, 50, false);
            struct bc_merge_last *last = NULL;
            uint64_t before = bc_memory_allocations();
            if (kind)
                failing_store_fail_after(store, i, 0, BC_IO);
            else
                bc_memory_fail_after(i, 0);
            enum bc_status st = bc_merge_last_open(world.main, &last);
            if (!st)
                st = bc_merge_last_read(last, 0, bytes, sizeof bytes, &done);
            all_done = kind ? !failing_store_failures(store) : bc_memory_allocations() - before < i;
            bc_memory_fail_after(0, 0);
            failing_store_fail_after(store, 0, 0, BC_OK);
            assert_int_equal(st, all_done ? BC_OK : kind ? BC_IO : BC_NO_MEMORY);
            assert_true(all_done == (done > 0));
            bc_merge_last_close(last);
            world_close(&world);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_conflict_has_a_line),
        cmocka_unit_test(a_part_is_what_is_there),
        cmocka_unit_test(an_open_report_stays),
        cmocka_unit_test(nothing_is_left_of_an_aborted_merge),
        cmocka_unit_test(a_merge_that_is_continued_reports_that),
        cmocka_unit_test(a_deleted_branch_comes_back_with_it),
        cmocka_unit_test(a_merge_that_waits_since_an_older_version_is_read),
        cmocka_unit_test(every_failure_of_reading_it_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
