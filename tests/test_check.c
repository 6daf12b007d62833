/* Every kind of damage that the check claims to find, made directly in the store. */
#include "branchcore/branch_past.h"
#include "branchcore/commit_record.h"
#include "branchcore/layer_record.h"
#include "branchcore/merging.h"
#include "branchcore/run.h"
#include "tests/tree_world.h"

#include <inttypes.h>

#define A "<http://e/a> <http://e/p> \"1\" .\n"
#define B "<http://e/b> <http://e/p> \"2\" .\n"
#define C "<http://e/c> <http://e/p> \"3\" .\n"
#define Q "<http://e/c> <http://e/p> \"3\" <http://e/g> .\n"

/* A repository with one of everything. */
struct scene {
    struct world world;
    uint64_t small; /* a.nt: A B as line rows */
    uint64_t quads; /* q.nq: Q */
    uint64_t large; /* large.nt: a run, and line rows on top of it */
    uint64_t plain;
    uint64_t folder; /* with inner.nt: C */
    uint64_t run;    /* of large.nt */
    uint64_t frozen; /* a layer that a fork stands on */
    uint64_t work;   /* of main */
};

static void large_line(char line[64], int number)
{
    (void)snprintf(line, 64, "<http://example.org/%06d> <http://e/p> \"%d\" .\n", number, number);
}

static void put_large(struct scene *scene)
{
    struct bc_buffer raw = {0};
    char line[64];
    for (int i = 0; i < 20000; i++) {
        large_line(line, 2 * i);
        assert_int_equal(bc_buffer_append(&raw, line, strlen(line)), BC_OK);
    }
    scene->large = world_file(scene->world.main, "large.nt");
    assert_int_equal(
        world_edit(scene->world.main, scene->large, BC_EDIT_REPLACE, raw.data, raw.size), BC_OK);
    assert_int_equal(world_edit(scene->world.main, scene->large, BC_EDIT_APPEND, A B, strlen(A B)),
                     BC_OK);
    bc_buffer_release(&raw);
    struct bc_file_text *text;
    assert_int_equal(bc_file_text_open(scene->world.main, scene->large, &text, NULL), BC_OK);
    scene->run = bc_text_run(bc_file_text_view(text));
    bc_file_text_release(text);
    assert_true(scene->run != 0);
}

static void open_scene(struct scene *scene)
{
    *scene = (struct scene){0};
    world_open(&scene->world, NULL);
    struct bc_branch *m = scene->world.main;
    world_put(m, "below.nt", A B C);
    scene->frozen = m->work;
    bc_branch_release(world_fork(&scene->world, m, "fork"));
    scene->small = world_put(m, "a.nt", A B);
    scene->quads = world_put(m, "q.nq", Q);
    scene->plain = world_put(m, "plain", "bytes");
    scene->folder = world_folder(m, "folder");
    world_put(m, "folder/inner.nt", C);
    assert_int_equal(
        bc_xattr_set(m, scene->plain, text_slice("user.x"), text_slice("1"), false, false), BC_OK);
    put_large(scene);
    scene->work = m->work;
    world_check(&scene->world);
}

static void close_scene(struct scene *scene)
{
    bc_branch_release(scene->world.main);
    bc_repo_close(scene->world.repo);
    bc_store_close(scene->world.store);
}

static void change(struct scene *scene, enum bc_family family, struct bc_slice key,
                   const void *value, size_t size)
{
    struct bc_batch batch = {0};
    assert_int_equal(value ? bc_batch_put(&batch, family, key, bc_slice(value, size))
                           : bc_batch_delete(&batch, family, key),
                     BC_OK);
    assert_int_equal(bc_store_apply(scene->world.store, &batch, false), BC_OK);
    bc_batch_release(&batch);
}

static void get(struct scene *scene, const struct bc_key *key, struct bc_value *value)
{
    *value = (struct bc_value){0};
    assert_int_equal(bc_store_get(scene->world.store, NULL, BC_LAYERS, bc_key_slice(key), value),
                     BC_OK);
}

/* A node's record of main's working set, to be changed and put again. */
static void get_record(struct scene *scene, uint64_t node, struct bc_node *record,
                       struct bc_value *value)
{
    struct bc_key key;
    bc_key_node(&key, scene->work, BC_ROW_NODE, node);
    get(scene, &key, value);
    assert_int_equal(bc_node_decode(value->slice, record), BC_OK);
}

static void put_record(struct scene *scene, uint64_t node, const struct bc_node *record)
{
    struct bc_key key;
    struct bc_buffer value = {0};
    bc_key_node(&key, scene->work, BC_ROW_NODE, node);
    assert_int_equal(bc_node_encode(record, &value), BC_OK);
    change(scene, BC_LAYERS, bc_key_slice(&key), value.data, value.size);
    bc_buffer_release(&value);
}

static void put_entry(struct scene *scene, uint64_t parent, const char *name, uint64_t node,
                      enum bc_kind kind)
{
    struct bc_key key;
    char value[9];
    bc_put_u64(value, node);
    value[8] = (char)kind;
    bc_key_entry(&key, scene->work, parent, text_slice(name));
    change(scene, BC_LAYERS, bc_key_slice(&key), value, sizeof value);
}

struct found {
    const char *expected;
    bool met;
    struct bc_buffer all;
};

static void look_for(void *context, const char *text)
{
    struct found *found = context;
    found->met = found->met || !strcmp(text, found->expected);
    (void)bc_buffer_printf(&found->all, "%s\n", text);
}

/* The check ends well and tells this problem; of further ones that follow from it any number. */
static void expect(struct scene *scene, const char *format, ...)
{
    char expected[512];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(expected, sizeof expected, format, args);
    va_end(args);
    struct found found = {.expected = expected};
    struct bc_check_counts counts;
    assert_int_equal(bc_check(scene->world.repo, &counts, look_for, &found), BC_OK);
    assert_int_equal(bc_buffer_append(&found.all, "", 1), BC_OK);
    if (!found.met)
        fail_msg("'%s' is not told, but:\n%s", expected, found.all.data);
    assert_true(counts.problems > 0);
    bc_buffer_release(&found.all);
    close_scene(scene);
}

static void what_is_counted(void **state)
{
    (void)state;
    struct scene scene;
    struct bc_check_counts counts;
    struct found found = {.expected = ""};
    open_scene(&scene);
    assert_int_equal(bc_check(scene.world.repo, &counts, look_for, &found), BC_OK);
    assert_int_equal(counts.problems, 0);
    assert_int_equal(counts.branches, 2);
    assert_int_equal(counts.layers, 2);
    assert_int_equal(counts.nodes, 2 + 7); /* records: of two layers */
    assert_int_equal(counts.plain_files, 1);
    assert_int_equal(counts.texts, 5); /* the one that both branches have once */
    assert_int_equal(counts.lines, 3 + 2 + 1 + 1 + 20002);
    assert_int_equal(counts.runs, 1);
    assert_true(counts.blocks > 1);
    close_scene(&scene);
}

static void a_record_that_cannot_be_read(void **state)
{
    (void)state;
    struct scene scene;
    struct bc_key key;
    open_scene(&scene);
    bc_key_node(&key, scene.work, BC_ROW_NODE, scene.small);
    change(&scene, BC_LAYERS, bc_key_slice(&key), "garbage", 7);
    expect(&scene, "layer %" PRIu64 ": a row cannot be read", scene.work);
    open_scene(&scene);
    bc_key_node(&key, scene.work, BC_ROW_NODE, scene.small);
    change(&scene, BC_LAYERS, bc_key_slice(&key), "garbage", 7);
    expect(&scene, "branch main: a.nt: it has no readable record");
}

static void rows_that_cannot_be_read(void **state)
{
    (void)state;
    static const struct {
        char kind;
        size_t more; /* bytes of the key behind the node */
        size_t value;
    } rows[] = {
        {BC_ROW_NODE, 1, 40},
        {BC_ROW_ENTRY, 0, 9},
        {BC_ROW_ENTRY, 3, 8},
        {BC_ROW_LINE, 0, 1},
        {BC_ROW_LINE, 40, 0},
        {BC_ROW_CHUNK, 7, 1},
        {BC_ROW_XATTR, 0, 1},
        {BC_ROW_XATTR, 3, 0},
        {BC_ROW_XATTR, 3, 4},
        {'Z', 3, 1},
        {BC_ROW_CHUNK, 8, BC_CHUNK_BYTES + 1},
    };
    static char value[BC_CHUNK_BYTES + 1];
    memset(value, 'x', sizeof value);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scene scene;
        struct bc_key key;
        open_scene(&scene);
        bc_key_node(&key, scene.work, rows[i].kind, 888888);
        memset(key.bytes + key.size, 'k', rows[i].more);
        key.size += rows[i].more;
        change(&scene, BC_LAYERS, bc_key_slice(&key), value, rows[i].value);
        expect(&scene, "layer %" PRIu64 ": a row cannot be read", scene.work);
    }
}

static void an_entry_without_its_node(void **state)
{
    (void)state;
    struct scene scene;
    struct bc_key key;
    open_scene(&scene);
    uint64_t inner = world_find(scene.world.main, "folder/inner.nt");
    bc_key_node(&key, scene.work, BC_ROW_NODE, inner);
    change(&scene, BC_LAYERS, bc_key_slice(&key), NULL, 0);
    expect(&scene, "branch main: folder/inner.nt: it has no readable record");
}

static void a_node_without_its_entry(void **state)
{
    (void)state;
    struct scene scene;
    struct bc_key key;
    open_scene(&scene);
    bc_key_entry(&key, scene.work, BC_ROOT_NODE, text_slice("plain"));
    change(&scene, BC_LAYERS, bc_key_slice(&key), NULL, 0);
    expect(&scene, "branch main: node %" PRIu64 ", 'plain', is in no folder", scene.plain);
    /* Also in a frozen layer. */
    open_scene(&scene);
    bc_key_entry(&key, scene.frozen, BC_ROOT_NODE, text_slice("below.nt"));
    uint64_t below = world_find(scene.world.main, "below.nt");
    change(&scene, BC_LAYERS, bc_key_slice(&key), NULL, 0);
    expect(&scene, "layer %" PRIu64 ": node %" PRIu64 ", 'below.nt', is in no folder", scene.frozen,
           below);
}

static void a_record_that_says_another_place(void **state)
{
    (void)state;
    struct scene scene;
    struct bc_node record;
    struct bc_value value;
    for (int i = 0; i < 2; i++) {
        open_scene(&scene);
        get_record(&scene, scene.plain, &record, &value);
        if (i)
            record.parent = scene.folder;
        else
            record.name = text_slice("other");
        put_record(&scene, scene.plain, &record);
        bc_value_release(&value);
        expect(&scene, "branch main: plain: its record names another place");
    }
}

static void an_entry_of_another_kind(void **state)
{
    (void)state;
    struct scene scene;
    open_scene(&scene);
    put_entry(&scene, BC_ROOT_NODE, "plain", scene.plain, BC_SYMLINK);
    expect(&scene, "branch main: plain: its record is of another kind");
}

static void a_node_with_two_entries(void **state)
{
    (void)state;
    struct scene scene;
    open_scene(&scene);
    put_entry(&scene, BC_ROOT_NODE, "zwei", scene.plain, BC_FILE);
    expect(&scene, "branch main: zwei: its record names another place");
    open_scene(&scene);
    put_entry(&scene, scene.folder, "loop", scene.folder, BC_DIRECTORY);
    expect(&scene, "branch main: folder/loop: its record names another place");
    open_scene(&scene);
    put_entry(&scene, scene.folder, "root", BC_ROOT_NODE, BC_DIRECTORY);
    expect(&scene, "branch main: folder/root: its record names another place");
}

static void a_folder_that_lies_in_itself(void **state)
{
    (void)state;
    struct scene scene;
    struct bc_node record;
    struct bc_value value;
    struct bc_key key;
    open_scene(&scene);
    bc_key_entry(&key, scene.work, BC_ROOT_NODE, text_slice("folder"));
    change(&scene, BC_LAYERS, bc_key_slice(&key), NULL, 0);
    put_entry(&scene, scene.folder, "folder", scene.folder, BC_DIRECTORY);
    get_record(&scene, scene.folder, &record, &value);
    record.parent = scene.folder;
    put_record(&scene, scene.folder, &record);
    bc_value_release(&value);
    expect(&scene, "branch main: folder %" PRIu64 ", 'folder', lies in itself", scene.folder);
}

static void what_lies_in_a_folder_that_is_gone(void **state)
{
    (void)state;
    struct scene scene;
    struct bc_key key;
    uint64_t below;
    uint64_t in;
    /* A folder and a file of a lower layer lose their records alone. */
    for (int i = 0; i < 2; i++) {
        struct bc_node gone = {.kind = BC_GONE};
        open_scene(&scene);
        bc_branch_release(world_fork(&scene.world, scene.world.main, "again"));
        scene.work = scene.world.main->work;
        below = world_find(scene.world.main, i ? "folder" : "below.nt");
        put_record(&scene, below, &gone);
        scene.world.main->work_used = true;
        if (i)
            expect(&scene, "branch main: 'inner.nt' in node %" PRIu64 ": it lies in no folder",
                   below);
        else
            expect(&scene, "branch main: below.nt: it has no readable record");
    }
    open_scene(&scene);
    in = world_find(scene.world.main, "folder/inner.nt");
    bc_key_node(&key, scene.work, BC_ROW_NODE, scene.folder);
    change(&scene, BC_LAYERS, bc_key_slice(&key), NULL, 0);
    assert_true(in != 0);
    expect(&scene, "branch main: 'inner.nt' in node %" PRIu64 ": it lies in no folder",
           scene.folder);
    /* A removed name whose node does not know. */
    open_scene(&scene);
    below = world_find(scene.world.main, "below.nt");
    put_entry(&scene, BC_ROOT_NODE, "below.nt", 0, BC_GONE);
    expect(&scene, "branch main: node %" PRIu64 ", 'below.nt', is in no folder", below);
    open_scene(&scene);
    bc_key_node(&key, scene.frozen, BC_ROW_NODE, BC_ROOT_NODE);
    change(&scene, BC_LAYERS, bc_key_slice(&key), NULL, 0);
    expect(&scene, "branch fork: it has no root folder");
}

static void an_entry_that_cannot_be_read(void **state)
{
    (void)state;
    struct scene scene;
    struct bc_key key;
    open_scene(&scene);
    bc_key_entry(&key, scene.work, scene.folder, text_slice("bad"));
    change(&scene, BC_LAYERS, bc_key_slice(&key), "x", 1);
    expect(&scene, "branch main: folder/bad: the entry cannot be read");
}

static void put_line(struct scene *scene, uint64_t node, const char *line, char sign)
{
    struct bc_key key;
    struct bc_buffer value = {0};
    bc_key_line(&key, scene->work, node, text_slice(line));
    assert_int_equal(bc_line_value(&value, sign, text_slice(line)), BC_OK);
    change(scene, BC_LAYERS, bc_key_slice(&key), value.data, value.size);
    bc_buffer_release(&value);
}

static void set_counts(struct scene *scene, uint64_t node, int64_t bytes, int64_t triples,
                       int64_t quads)
{
    struct bc_node record;
    struct bc_value value;
    get_record(scene, node, &record, &value);
    record.size_bytes += (uint64_t)bytes;
    record.triples += (uint64_t)triples;
    record.quads += (uint64_t)quads;
    put_record(scene, node, &record);
    bc_value_release(&value);
}

static void counts_that_are_wrong(void **state)
{
    (void)state;
    struct scene scene;
    open_scene(&scene);
    set_counts(&scene, scene.small, 1, 0, 0);
    expect(&scene, "branch main: a.nt: the text cannot be read: %s", bc_status_text(BC_CORRUPT));
    open_scene(&scene);
    set_counts(&scene, scene.small, 0, 1, 0);
    expect(&scene, "branch main: a.nt: the text cannot be read: %s", bc_status_text(BC_CORRUPT));
    open_scene(&scene);
    set_counts(&scene, scene.quads, 0, 0, -1);
    expect(&scene, "branch main: q.nq: the text cannot be read: %s", bc_status_text(BC_CORRUPT));
}

static void a_line_that_is_lost(void **state)
{
    (void)state;
    struct scene scene;
    struct bc_key key;
    open_scene(&scene);
    bc_key_line(&key, scene.work, scene.small, text_slice(A));
    change(&scene, BC_LAYERS, bc_key_slice(&key), NULL, 0);
    expect(&scene, "branch main: a.nt: the text cannot be read: %s", bc_status_text(BC_CORRUPT));
}

static void changes_that_are_not_exact(void **state)
{
    (void)state;
    struct scene scene;
    char line[64];
    open_scene(&scene);
    large_line(line, 4); /* is in the run */
    put_line(&scene, scene.large, line, '+');
    set_counts(&scene, scene.large, (int64_t)strlen(line), 1, 0);
    expect(&scene, "branch main: large.nt: a layer adds a line that is already below it");
    open_scene(&scene);
    large_line(line, 5); /* is not */
    put_line(&scene, scene.large, line, '-');
    set_counts(&scene, scene.large, -(int64_t)strlen(line), -1, 0);
    expect(&scene, "branch main: large.nt: a layer removes a line that is not below it");
    /* Between layers. */
    open_scene(&scene);
    uint64_t below = world_find(scene.world.main, "below.nt");
    assert_int_equal(world_edit(scene.world.main, below, BC_EDIT_APPEND, Q, 0), BC_OK);
    assert_int_equal(world_edit(scene.world.main, below, BC_EDIT_APPEND,
                                "<http://e/d> <http://e/p> \"1\" .\n",
                                strlen("<http://e/d> <http://e/p> \"1\" .\n")),
                     BC_OK);
    put_line(&scene, below, A, '+');
    expect(&scene, "branch main: below.nt: the text cannot be read: %s",
           bc_status_text(BC_CORRUPT));
}

static void reference_key(char key[25], uint64_t run, uint64_t layer, uint64_t node)
{
    key[0] = 'u';
    bc_put_u64(key + 1, run);
    bc_put_u64(key + 9, layer);
    bc_put_u64(key + 17, node);
}

static void references_that_are_missing_or_wrong(void **state)
{
    (void)state;
    struct scene scene;
    char key[25];
    open_scene(&scene);
    reference_key(key, scene.run, scene.work, scene.large);
    change(&scene, BC_REFS, bc_slice(key, 25), NULL, 0);
    expect(&scene,
           "layer %" PRIu64 ": node %" PRIu64 " uses run %" PRIu64
           ", which has no reference from it",
           scene.work, scene.large, scene.run);
    open_scene(&scene);
    reference_key(key, scene.run, scene.work, scene.small);
    change(&scene, BC_REFS, bc_slice(key, 25), "", 0);
    expect(&scene,
           "run %" PRIu64 ": node %" PRIu64 " of layer %" PRIu64 " is said to use it and does not",
           scene.run, scene.small, scene.work);
    open_scene(&scene);
    change(&scene, BC_REFS, bc_slice(key, 24), "", 0);
    expect(&scene, "a reference to a run cannot be read");
}

/* The run again, with one of its rows changed: -1 from behind, 0 the first. */
static void rewrite_run(struct scene *scene, uint64_t from, uint64_t to, int which,
                        void (*damage)(struct bc_buffer *value), bool leave_out)
{
    struct bc_key lower;
    bc_key_prefix(&lower, from, 0);
    struct bc_key upper = lower;
    bc_key_behind(&upper);
    struct bc_cursor *cursor;
    struct bc_buffer rows = {0};
    int count = 0;
    assert_int_equal(bc_store_cursor(scene->world.store, NULL, BC_RUNS, bc_key_slice(&lower),
                                     bc_key_slice(&upper), false, &cursor),
                     BC_OK);
    for (cursor->ops->first(cursor); cursor->valid; cursor->ops->next(cursor), count++) {
        assert_int_equal(bc_encode_bytes(&rows, cursor->key), BC_OK);
        assert_int_equal(bc_encode_bytes(&rows, cursor->value), BC_OK);
    }
    bc_cursor_free(cursor);
    assert_int_equal(scene->world.store->ops->run_drop(scene->world.store, from), BC_OK);
    struct bc_bulk *bulk;
    assert_int_equal(scene->world.store->ops->bulk_new(scene->world.store, to, &bulk), BC_OK);
    struct bc_reader reader = bc_reader(bc_buffer_slice(&rows));
    which = which < 0 ? count + which : which;
    for (int i = 0; i < count; i++) {
        struct bc_slice key = bc_decode_bytes(&reader);
        struct bc_slice value = bc_decode_bytes(&reader);
        struct bc_buffer changed = {0};
        assert_int_equal(bc_buffer_append(&changed, value.data, value.size), BC_OK);
        if (i == which && damage)
            damage(&changed);
        if (i != which || !leave_out)
            assert_int_equal(bulk->ops->add(bulk, key, bc_buffer_slice(&changed)), BC_OK);
        bc_buffer_release(&changed);
    }
    assert_int_equal(bulk->ops->finish(bulk), BC_OK);
    bc_buffer_release(&rows);
}

static void turn_byte(struct bc_buffer *value)
{
    value->data[value->size / 2] ^= (char)0x80;
}

static void cut_half(struct bc_buffer *value)
{
    value->size /= 2;
}

static void runs_that_are_damaged(void **state)
{
    (void)state;
    struct scene scene;
    open_scene(&scene);
    assert_int_equal(scene.world.store->ops->run_drop(scene.world.store, scene.run), BC_OK);
    expect(&scene, "run %" PRIu64 ": cannot be read: %s", scene.run, bc_status_text(BC_NOT_FOUND));
    /* Whichever row it is that is lost, cut, or has a bit turned, it is noticed. */
    for (int which = 0; which < 16; which++) {
        for (int how = 0; how < 3; how++) {
            struct bc_check_counts counts;
            struct found found = {.expected = ""};
            open_scene(&scene);
            rewrite_run(&scene, scene.run, scene.run, which,
                        how == 1   ? cut_half
                        : how == 2 ? turn_byte
                                   : NULL,
                        how == 0);
            assert_int_equal(bc_check(scene.world.repo, &counts, look_for, &found), BC_OK);
            if (!counts.problems)
                fail_msg("row %d, damage %d is not noticed", which, how);
            bc_buffer_release(&found.all);
            close_scene(&scene);
        }
    }
}

static void not_canonical(struct bc_buffer *value)
{
    value->data[0] = '?';
}

static void swap_first_lines(struct bc_buffer *value)
{
    char line[64];
    large_line(line, 0);
    size_t size = strlen(line);
    memcpy(line, value->data, size);
    memmove(value->data, value->data + size, size);
    memcpy(value->data + size, line, size);
}

static void lines_of_a_run_that_are_wrong(void **state)
{
    (void)state;
    struct scene scene;
    open_scene(&scene);
    rewrite_run(&scene, scene.run, scene.run, 0, not_canonical, false);
    expect(&scene, "run %" PRIu64 ": line 1 is not canonical", scene.run);
    open_scene(&scene);
    rewrite_run(&scene, scene.run, scene.run, 0, swap_first_lines, false);
    expect(&scene, "run %" PRIu64 ": line 2 is not in order", scene.run);
}

/* Removes every fourth line of large.nt, which is a run of changes; returns that. */
static uint64_t change_much(struct scene *scene)
{
    struct bc_buffer raw = {0};
    struct bc_node record;
    struct bc_value value;
    char line[64];
    for (int i = 0; i < 20000; i++) {
        large_line(line, 2 * i);
        if (i % 4)
            assert_int_equal(bc_buffer_append(&raw, line, strlen(line)), BC_OK);
    }
    bc_branch_release(world_fork(&scene->world, scene->world.main, "before"));
    assert_int_equal(
        world_edit(scene->world.main, scene->large, BC_EDIT_REPLACE, raw.data, raw.size), BC_OK);
    bc_buffer_release(&raw);
    scene->work = scene->world.main->work;
    get_record(scene, scene->large, &record, &value);
    bc_value_release(&value);
    assert_true(record.delta != 0);
    return record.delta;
}

static void sums_of_changes_that_are_wrong(void **state)
{
    (void)state;
    struct scene scene;
    enum { SUMS = -1 }; /* the last row of the run */
    open_scene(&scene);
    uint64_t run = change_much(&scene);
    world_check(&scene.world);
    rewrite_run(&scene, run, run, SUMS, turn_byte, false);
    expect(&scene, "run %" PRIu64 ": its changes add up to something else", run);
    open_scene(&scene);
    run = change_much(&scene);
    rewrite_run(&scene, run, run, SUMS, cut_half, false);
    expect(&scene, "run %" PRIu64 ": cannot be read: %s", run, bc_status_text(BC_CORRUPT));
    open_scene(&scene);
    run = change_much(&scene);
    rewrite_run(&scene, run, run, SUMS, NULL, true); /* as older runs are */
    world_check(&scene.world);
    close_scene(&scene);
}

/* A commit of main's, with its digest in this form, in place of the one that it made. */
static void commit_with_form(struct scene *scene, unsigned form, unsigned digest_form)
{
    struct bc_commit_info info = {.message = text_slice("m")};
    struct bc_commit_id id;
    struct bc_commit_record record;
    struct bc_value value = {0};
    struct bc_buffer encoded = {0};
    char key[BC_COMMIT_KEY_BYTES];
    struct bc_branch *past = NULL;
    struct bc_branch *now = NULL;
    assert_int_equal(bc_branch_commit(scene->world.main, &info, NULL, &scene->world.err), BC_OK);
    (void)change_much(scene);
    assert_int_equal(bc_branch_commit(scene->world.main, &info, &id, &scene->world.err), BC_OK);
    assert_int_equal(bc_commit_record_get(scene->world.repo, &id, &value, &record), BC_OK);
    uint64_t before;
    assert_int_equal(bc_commit_layer(scene->world.repo, NULL, &record.commit.parents[0], &before),
                     BC_OK);
    assert_int_equal(record.form, BC_CHANGE_FORM);
    assert_int_equal(bc_branch_past(scene->world.repo, before, &past), BC_OK);
    assert_int_equal(bc_branch_past(scene->world.repo, record.commit.layer, &now), BC_OK);
    record.form = form;
    assert_int_equal(bc_tree_digest(past, now, digest_form, record.change, NULL), BC_OK);
    assert_int_equal(bc_commit_record_id(&record, &id), BC_OK);
    bc_commit_key(&id, key);
    assert_int_equal(bc_commit_record_encode(&record, &encoded), BC_OK);
    change(scene, BC_REFS, bc_slice(key, sizeof key), encoded.data, encoded.size);
    bc_buffer_release(&encoded);
    bc_value_release(&value);
    bc_branch_release(past);
    bc_branch_release(now);
}

static void commits_of_the_first_form_are_checked_too(void **state)
{
    (void)state;
    struct scene scene;
    struct bc_check_counts counts;
    struct found found = {.expected = ""};
    open_scene(&scene);
    commit_with_form(&scene, 1, 1);
    assert_int_equal(bc_check(scene.world.repo, &counts, look_for, &found), BC_OK);
    assert_int_equal(counts.problems, 0);
    assert_int_equal(counts.commits, 3);
    close_scene(&scene);
    open_scene(&scene);
    commit_with_form(&scene, 1, BC_CHANGE_FORM);
    assert_int_equal(bc_check(scene.world.repo, &counts, look_for, &found), BC_OK);
    assert_int_equal(counts.problems, 1);
    close_scene(&scene);
    bc_buffer_release(&found.all);
}

static void branches_that_are_damaged(void **state)
{
    (void)state;
    struct scene scene;
    char key[9] = "l";
    open_scene(&scene);
    bc_put_u64(key + 1, scene.frozen);
    change(&scene, BC_REFS, bc_slice(key, 9), NULL, 0);
    /* Who has it open already does not mind. */
    bc_branch_release(scene.world.main);
    scene.world.main = NULL;
    expect(&scene, "branch fork: its layers cannot be read");
    open_scene(&scene);
    struct bc_branch *fork = world_branch(&scene.world, "fork");
    key[0] = 'B';
    bc_put_u64(key + 1, bc_branch_id(fork));
    bc_branch_release(fork);
    change(&scene, BC_REFS, bc_slice(key, 9), "bad", 3);
    expect(&scene, "the list of branches cannot be read to its end");
}

static void bytes_behind_the_end(void **state)
{
    (void)state;
    struct scene scene;
    struct bc_key key;
    open_scene(&scene);
    bc_key_chunk(&key, scene.work, scene.plain, 1);
    change(&scene, BC_LAYERS, bc_key_slice(&key), "x", 1);
    expect(&scene, "layer %" PRIu64 ": node %" PRIu64 " has bytes behind its end, at %d",
           scene.work, scene.plain, BC_CHUNK_BYTES);
}

static void names_that_do_not_fit(void **state)
{
    (void)state;
    struct scene scene;
    struct bc_node record;
    struct bc_value value;
    open_scene(&scene);
    get_record(&scene, scene.small, &record, &value);
    record.form = BC_BYTES;
    put_record(&scene, scene.small, &record);
    bc_value_release(&value);
    expect(&scene, "branch main: a.nt: it has a triple file's name, and is none");
    open_scene(&scene);
    get_record(&scene, scene.small, &record, &value);
    record.quads = 1;
    put_record(&scene, scene.small, &record);
    bc_value_release(&value);
    expect(&scene,
           "branch main: a.nt: it has statements with a graph, which the syntax of its name "
           "cannot say");
}

/* A merge into main waits, because of a.nt. */
static struct bc_waiting let_wait(struct scene *scene)
{
    struct bc_merge_options options = {.policy = BC_MERGE_AUTO};
    struct bc_merge_report report;
    struct bc_waiting waiting;
    open_scene(scene);
    struct bc_branch *m = scene->world.main;
    struct bc_branch *other = world_fork(&scene->world, m, "other");
    (void)world_put(other, "a.nt", "");
    (void)world_put(m, "a.nt", "<http://e/a> <http://e/p> \"2\" .\n" B);
    bc_branch_release(other);
    assert_int_equal(bc_merge(m, text_slice("other"), &options, &report, &scene->world.err),
                     BC_CONFLICT);
    bc_merge_report_release(&report);
    assert_int_equal(bc_waiting_get(m, &waiting), BC_OK);
    world_check(&scene->world);
    return waiting;
}

static void drop_row(struct scene *scene, enum bc_family family, char kind, uint64_t id)
{
    char key[9] = {kind};
    bc_put_u64(key + 1, id);
    change(scene, family, bc_slice(key, sizeof key), NULL, 0);
}

static void drop_entry(struct scene *scene, uint64_t layer, uint64_t folder, const char *name)
{
    struct bc_key key;
    bc_key_entry(&key, layer, folder, text_slice(name));
    change(scene, BC_LAYERS, bc_key_slice(&key), NULL, 0);
}

static void what_a_merge_that_waits_has_lost(void **state)
{
    (void)state;
    struct scene scene;
    struct bc_waiting waiting = let_wait(&scene);
    uint64_t id = bc_branch_id(scene.world.main);
    drop_row(&scene, BC_REFS, 'B', waiting.hidden);
    bc_waiting_release(&waiting);
    expect(&scene, "waiting merge of branch %" PRIu64 ": its tree of conflicts is not there", id);
    waiting = let_wait(&scene);
    drop_row(&scene, BC_REFS, 'l', waiting.lines_layer);
    bc_waiting_release(&waiting);
    expect(&scene, "waiting merge of branch %" PRIu64 ": one of its layers cannot be read", id);
    waiting = let_wait(&scene);
    drop_entry(&scene, waiting.lines_layer, BC_ROOT_NODE, "lines");
    bc_waiting_release(&waiting);
    expect(&scene, "waiting merge of branch %" PRIu64 ": its report cannot be read", id);
    waiting = let_wait(&scene);
    uint64_t layer = waiting.original;
    drop_entry(&scene, layer, BC_ROOT_NODE, "a.nt");
    bc_waiting_release(&waiting);
    expect(&scene, "waiting merge of branch %" PRIu64 ": a.nt: the conflict has no folder", id);
    waiting = let_wait(&scene);
    layer = waiting.original;
    struct bc_branch *tree = NULL;
    assert_int_equal(bc_branch_past(scene.world.repo, layer, &tree), BC_OK);
    uint64_t folder = world_find(tree, "a.nt");
    uint64_t node = world_find(tree, "a.nt/base.nt");
    bc_branch_release(tree);
    bc_waiting_release(&waiting);
    drop_entry(&scene, layer, folder, "base.nt");
    expect(&scene, "layer %" PRIu64 ": node %" PRIu64 ", 'base.nt', is in no folder", layer, node);
}

static void a_merge_that_waits_and_cannot_be_read(void **state)
{
    (void)state;
    struct scene scene;
    struct bc_waiting waiting = let_wait(&scene);
    char key[9] = "w";
    bc_waiting_release(&waiting);
    bc_put_u64(key + 1, bc_branch_id(scene.world.main));
    change(&scene, BC_REFS, bc_slice(key, sizeof key), "bad", 3);
    expect(&scene, "waiting merge of branch %" PRIu64 ": it cannot be read",
           bc_branch_id(scene.world.main));
    waiting = let_wait(&scene);
    bc_waiting_release(&waiting);
    change(&scene, BC_REFS, text_slice("w"), "", 0);
    expect(&scene, "a waiting merge cannot be read");
}

static void a_table_of_prefixes_that_cannot_be_read(void **state)
{
    (void)state;
    static const char *const rows[] = {"bad", "12345678ex: no iri"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scene scene;
        open_scene(&scene);
        change(&scene, BC_REFS, text_slice("mprefixes"), rows[i], strlen(rows[i]));
        expect(&scene, "the store's prefixes cannot be read");
    }
}

/* A damaged record must neither loop nor crash what uses the repository. */
static void layers_in_a_circle_are_refused(void **state)
{
    (void)state;
    struct scene scene;
    struct bc_batch batch = {0};
    struct bc_branch *fork;
    open_scene(&scene);
    assert_int_equal(bc_layer_record_put(&batch, scene.frozen, scene.frozen), BC_OK);
    assert_int_equal(bc_store_apply(scene.world.store, &batch, false), BC_OK);
    bc_batch_release(&batch);
    bc_branch_release(scene.world.main);
    scene.world.main = NULL;
    assert_int_equal(bc_branch_open(scene.world.repo, text_slice("fork"), &fork), BC_CORRUPT);
    close_scene(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_counted),
        cmocka_unit_test(a_record_that_cannot_be_read),
        cmocka_unit_test(rows_that_cannot_be_read),
        cmocka_unit_test(an_entry_without_its_node),
        cmocka_unit_test(a_node_without_its_entry),
        cmocka_unit_test(a_record_that_says_another_place),
        cmocka_unit_test(an_entry_of_another_kind),
        cmocka_unit_test(a_node_with_two_entries),
        cmocka_unit_test(a_folder_that_lies_in_itself),
        cmocka_unit_test(what_lies_in_a_folder_that_is_gone),
        cmocka_unit_test(an_entry_that_cannot_be_read),
        cmocka_unit_test(counts_that_are_wrong),
        cmocka_unit_test(a_line_that_is_lost),
        cmocka_unit_test(changes_that_are_not_exact),
        cmocka_unit_test(references_that_are_missing_or_wrong),
        cmocka_unit_test(runs_that_are_damaged),
        cmocka_unit_test(lines_of_a_run_that_are_wrong),
        cmocka_unit_test(sums_of_changes_that_are_wrong),
        cmocka_unit_test(commits_of_the_first_form_are_checked_too),
        cmocka_unit_test(branches_that_are_damaged),
        cmocka_unit_test(bytes_behind_the_end),
        cmocka_unit_test(names_that_do_not_fit),
        cmocka_unit_test(what_a_merge_that_waits_has_lost),
        cmocka_unit_test(a_merge_that_waits_and_cannot_be_read),
        cmocka_unit_test(a_table_of_prefixes_that_cannot_be_read),
        cmocka_unit_test(layers_in_a_circle_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
