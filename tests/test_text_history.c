/* What layers tell of a text's changes, also of large ones, which are kept as runs beside the new
 * text. */
#include "tests/tree_world.h"

#include "branchcore/settle.h"
#include "branchcore/text_change.h"
#include "branchcore/text_history.h"

enum { LINES = 6000 };

static struct bc_buffer made;

/* Lines 0 to LINES - 1, but those whose number modulo 16 is `without`, and `more` further ones. */
static struct bc_slice text_of(unsigned without, unsigned more)
{
    bc_buffer_clear(&made);
    for (unsigned i = 0; i < LINES; i++)
        if (i % 16 != without)
            assert_int_equal(
                bc_buffer_printf(&made, "<http://e/%06u> <http://e/p> \"%u\" .\n", i, i * 7919),
                BC_OK);
    for (unsigned i = 0; i < more; i++)
        assert_int_equal(
            bc_buffer_printf(&made, "<http://e/%06u> <http://e/q> \"more\" .\n", i * 3), BC_OK);
    return bc_buffer_slice(&made);
}

static void rewrite(struct bc_branch *branch, uint64_t node, struct bc_slice text)
{
    assert_int_equal(world_edit(branch, node, BC_EDIT_REPLACE, text.data, text.size), BC_OK);
}

struct texts {
    struct bc_file_text *past;
    struct bc_file_text *now;
};

static bool contains(struct bc_file_text *text, struct bc_slice line)
{
    struct bc_text_cursor *cursor;
    struct bc_slice found = {0};
    assert_int_equal(bc_text_cursor_new(bc_file_text_view(text), &cursor), BC_OK);
    assert_int_equal(bc_text_cursor_seek(cursor, line), BC_OK);
    enum bc_status st = bc_text_cursor_next(cursor, &found);
    bool there = !st && bc_slice_equal(found, line);
    bc_text_cursor_free(cursor);
    return there;
}

/* Every change is one, and they account for the sizes. added: how many there must be; 0: any. */
static void expect_history(struct world *world, struct bc_branch *past, struct bc_branch *now,
                           uint64_t node, uint64_t added, uint64_t removed)
{
    struct bc_file_text *before = NULL;
    struct bc_file_text *after = NULL;
    struct bc_delta delta = {0};
    assert_int_equal(bc_file_text_open(past, node, &before, NULL), BC_OK);
    assert_int_equal(bc_file_text_open(now, node, &after, NULL), BC_OK);
    struct bc_text_version versions[] = {bc_file_text_version(before), bc_file_text_version(after)};
    assert_int_equal(bc_text_history(world->repo, &versions[0], &versions[1], &delta, NULL), BC_OK);
    uint64_t plus = 0;
    uint64_t minus = 0;
    for (size_t i = 0; i < delta.count; i++) {
        struct bc_slice line = bc_delta_slice(&delta.lines[i]);
        bool is_added = delta.lines[i].sign == '+';
        plus += is_added;
        minus += !is_added;
        if (i % 37 == 0) {
            assert_int_equal(contains(before, line), !is_added);
            assert_int_equal(contains(after, line), is_added);
        }
        if (i > 0)
            assert_true(bc_slice_compare(bc_delta_slice(&delta.lines[i - 1]), line) < 0);
    }
    assert_int_equal(plus, added);
    assert_int_equal(minus, removed);
    assert_int_equal(bc_text_triples(bc_file_text_view(before)) + plus,
                     bc_text_triples(bc_file_text_view(after)) + minus);
    bc_delta_release(&delta);
    bc_file_text_release(before);
    bc_file_text_release(after);
}

static void a_rewritten_text_tells_what_it_changed(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    uint64_t node = world_file(world.main, "large.nt");
    rewrite(world.main, node, text_of(1, 0));
    struct bc_branch *side = world_fork(&world, world.main, "side");
    rewrite(side, node, text_of(2, 1500));
    expect_history(&world, world.main, side, node, LINES / 16 + 1500, LINES / 16);
    expect_history(&world, side, world.main, node, LINES / 16, LINES / 16 + 1500);
    /* A small change on top of it, in the same layer and in the next one. */
    static const char line[] = "<http://e/new> <http://e/p> \"x\" .\n";
    static const char other[] = "<http://e/new> <http://e/p> \"y\" .\n";
    assert_int_equal(world_edit(side, node, BC_EDIT_APPEND, line, strlen(line)), BC_OK);
    expect_history(&world, world.main, side, node, LINES / 16 + 1501, LINES / 16);
    struct bc_branch *leaf = world_fork(&world, side, "leaf");
    assert_int_equal(world_edit(leaf, node, BC_EDIT_APPEND, other, strlen(other)), BC_OK);
    expect_history(&world, side, leaf, node, 1, 0);
    expect_history(&world, world.main, leaf, node, LINES / 16 + 1502, LINES / 16);
    /* Two sides that both changed what they came from. */
    struct bc_branch *twin = world_fork(&world, world.main, "twin");
    rewrite(twin, node, text_of(3, 1500));
    expect_history(&world, twin, side, node, LINES / 16 + 1, LINES / 16);
    world_check(&world);
    bc_branch_release(twin);
    bc_branch_release(leaf);
    bc_branch_release(side);
    bc_buffer_release(&made);
    world_close(&world);
}

/* Signed lines: every 4th line goes, and a further one comes beside it. */
struct quarter {
    unsigned at;
    char line[64];
};

static enum bc_status quarter_next(void *context, char *sign, struct bc_slice *line)
{
    struct quarter *quarter = context;
    unsigned number = quarter->at / 2 * 4;
    if (number >= LINES)
        return BC_NO_DATA;
    bool added = quarter->at++ % 2;
    int size = added ? snprintf(quarter->line, sizeof quarter->line,
                                "<http://e/%06u> <http://e/q> \"side\" .\n", number)
                     : snprintf(quarter->line, sizeof quarter->line,
                                "<http://e/%06u> <http://e/p> \"%u\" .\n", number, number * 7919);
    *sign = added ? '+' : '-';
    *line = bc_slice(quarter->line, (size_t)size);
    return BC_OK;
}

static enum bc_status quarter_rewind(void *context)
{
    ((struct quarter *)context)->at = 0;
    return BC_OK;
}

static void put_quarter(struct world *world, struct bc_branch *branch, uint64_t node)
{
    struct quarter quarter = {0};
    struct bc_signed_stream stream = {
        .next = quarter_next, .rewind = quarter_rewind, .context = &quarter};
    struct bc_file_text *old = NULL;
    struct bc_text_change change;
    struct bc_update update;
    struct bc_found found;
    assert_int_equal(bc_file_text_open(branch, node, &old, NULL), BC_OK);
    assert_int_equal(bc_text_change_signed(world->repo, &stream, old, NULL, &change), BC_OK);
    assert_true(change.overlay);
    bc_file_text_release(old);
    assert_int_equal(bc_update_begin(branch, &update), BC_OK);
    assert_int_equal(bc_node_find(branch, node, &found), BC_OK);
    assert_int_equal(bc_text_change_put(&update, &found, &change), BC_OK);
    assert_int_equal(bc_update_commit(&update, false), BC_OK);
    bc_found_release(&found);
    bc_text_change_release(world->repo, &change);
}

static void large_changes_lie_on_top_of_a_text(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    uint64_t node = world_file(world.main, "large.nt");
    rewrite(world.main, node, text_of(99, 0));
    struct bc_branch *side = world_fork(&world, world.main, "side");
    put_quarter(&world, side, node);
    expect_history(&world, world.main, side, node, LINES / 4, LINES / 4);
    /* Lines that it removed and added are what they are for appends. */
    static const char back[] = "<http://e/000004> <http://e/p> \"31676\" .\n"
                               "<http://e/000004> <http://e/q> \"side\" .\n";
    assert_int_equal(world_edit(side, node, BC_EDIT_APPEND, back, strlen(back)), BC_OK);
    expect_history(&world, world.main, side, node, LINES / 4, LINES / 4 - 1);
    struct bc_branch *leaf = world_fork(&world, side, "leaf");
    struct bc_shown *text = NULL;
    struct bc_edit *edit = NULL;
    uint64_t done;
    uint64_t other = world_file(leaf, "other.nt");
    assert_int_equal(bc_shown_open(leaf, node, BC_NTRIPLES, &text, NULL, NULL), BC_OK);
    assert_int_equal(bc_edit_new(leaf, other, BC_NTRIPLES, BC_EDIT_REPLACE, &edit), BC_OK);
    assert_int_equal(bc_edit_copy(edit, 0, text, 0, bc_shown_bytes(text), &done, NULL), BC_OK);
    assert_int_equal(bc_edit_commit(edit, false, NULL, NULL), BC_OK);
    bc_edit_free(edit);
    bc_shown_release(text);
    struct bc_buffer contents[] = {world_content(leaf, node), world_content(leaf, other)};
    assert_int_equal(contents[0].size, contents[1].size);
    assert_memory_equal(contents[0].data, contents[1].data, contents[0].size);
    bc_buffer_release(&contents[0]);
    bc_buffer_release(&contents[1]);
    world_check(&world);
    /* In the background they become a text of its own, and go on telling what changed. */
    struct bc_buffer before = world_content(leaf, node);
    assert_int_equal(bc_overlaid_settle(leaf), BC_OK);
    struct bc_found found;
    assert_int_equal(bc_node_find(leaf, node, &found), BC_OK);
    struct bc_content content;
    assert_int_equal(bc_content_resolve(leaf, &found, &content), BC_OK);
    for (size_t i = 0; i < content.source_count; i++)
        assert_int_equal(content.sources[i].delta, 0);
    bc_content_release(&content);
    bc_found_release(&found);
    struct bc_buffer after = world_content(leaf, node);
    assert_int_equal(before.size, after.size);
    assert_memory_equal(before.data, after.data, before.size);
    bc_buffer_release(&before);
    bc_buffer_release(&after);
    expect_history(&world, world.main, leaf, node, LINES / 4, LINES / 4 - 1);
    world_check(&world);
    bc_branch_release(leaf);
    bc_branch_release(side);
    bc_buffer_release(&made);
    world_close(&world);
}

static void a_text_rewritten_twice_in_one_layer_is_compared(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    uint64_t node = world_file(world.main, "large.nt");
    rewrite(world.main, node, text_of(1, 0));
    struct bc_branch *side = world_fork(&world, world.main, "side");
    rewrite(side, node, text_of(2, 1500));
    rewrite(side, node, text_of(3, 2900));
    struct bc_file_text *before = NULL;
    struct bc_file_text *after = NULL;
    struct bc_delta delta = {0};
    assert_int_equal(bc_file_text_open(world.main, node, &before, NULL), BC_OK);
    assert_int_equal(bc_file_text_open(side, node, &after, NULL), BC_OK);
    struct bc_text_version versions[] = {bc_file_text_version(before), bc_file_text_version(after)};
    assert_int_equal(bc_text_history(world.repo, &versions[0], &versions[1], &delta, NULL),
                     BC_NO_DATA);
    bc_file_text_release(before);
    bc_file_text_release(after);
    bc_branch_release(side);
    bc_buffer_release(&made);
    world_close(&world);
}

static void what_nobody_refers_to_is_dropped(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    uint64_t node = world_file(world.main, "large.nt");
    rewrite(world.main, node, text_of(1, 0));
    struct bc_branch *side = world_fork(&world, world.main, "side");
    rewrite(side, node, text_of(2, 1500));
    rewrite(side, node, text_of(3, 2900)); /* nobody knows the first rewriting any more */
    assert_int_equal(world_remove(side, "large.nt"), BC_OK);
    struct bc_collected collected = {0};
    assert_int_equal(bc_repo_collect(world.repo, &collected), BC_OK);
    assert_int_equal(collected.runs, 0);
    struct bc_cursor *cursor;
    uint64_t last = 0;
    unsigned runs = 0;
    assert_int_equal(bc_store_cursor(world.store, NULL, BC_RUNS, bc_slice("", 0), bc_slice("", 0),
                                     false, &cursor),
                     BC_OK);
    for (cursor->ops->first(cursor); cursor->valid; cursor->ops->next(cursor)) {
        runs += bc_get_u64(cursor->key.data) != last;
        last = bc_get_u64(cursor->key.data);
    }
    bc_cursor_free(cursor);
    assert_int_equal(runs, 1); /* that of main */
    bc_branch_release(side);
    bc_buffer_release(&made);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rewritten_text_tells_what_it_changed),
        cmocka_unit_test(large_changes_lie_on_top_of_a_text),
        cmocka_unit_test(a_text_rewritten_twice_in_one_layer_is_compared),
        cmocka_unit_test(what_nobody_refers_to_is_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
