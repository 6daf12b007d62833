/* Triple files whose syntax is not lines, in the format of tests/upside.h: edits, copies, renames,
 * merges and patches of them. */
#include "branchcore/entry.h"
#include "branchcore/merge.h"
#include "branchcore/patch.h"
#include "branchcore/repo_prefixes.h"
#include "branchcore/shown.h"
#include "branchcore/tree_diff.h"
#include "tests/failing_store.h"
#include "tests/tree_world.h"
#include "tests/upside.h"

#define EX  "@prefix ex: <http://ex/> .\n"
#define OR  "@prefix or: <http://or/> .\n"
#define A   "{ex:a} {ex:p} \"1\" .\n"
#define B   "{ex:b} {ex:p} \"2\" .\n"
#define C   "{ex:c} {ex:p} \"3\" .\n"
#define A_  "<http://ex/a> <http://ex/p> \"1\" .\n"
#define B_  "<http://ex/b> <http://ex/p> \"2\" .\n"
#define C_  "<http://ex/c> <http://ex/p> \"3\" .\n"
#define BAD "<http://ex/a> <http://ex/p!> \"1\" .\n" /* for RDF/XML */

static enum bc_syntax syntax_of(const char *path)
{
    enum bc_syntax syntax = BC_NTRIPLES;
    const char *slash = strrchr(path, '/');
    (void)bc_syntax_of_name(text_slice(slash ? slash + 1 : path), &syntax);
    return syntax;
}

static struct bc_edit *edit_of(struct bc_branch *branch, const char *path, enum bc_edit_mode mode)
{
    struct bc_edit *edit = NULL;
    assert_int_equal(bc_edit_new(branch, world_file(branch, path), syntax_of(path), mode, &edit),
                     BC_OK);
    return edit;
}

static enum bc_status write_edit(struct world *world, struct bc_edit *edit, const char *text)
{
    return bc_edit_write(edit, bc_edit_size(edit), text, strlen(text), &world->err);
}

/* What a shell's redirection does. */
static enum bc_status try_put(struct world *world, struct bc_branch *branch, const char *path,
                              enum bc_edit_mode mode, const char *text)
{
    struct bc_edit *edit = edit_of(branch, path, mode);
    enum bc_status st = write_edit(world, edit, text);
    enum bc_status committed = bc_edit_commit(edit, false, NULL, &world->err);
    if (st)
        assert_int_equal(st, committed);
    bc_edit_free(edit);
    return committed;
}

static void put(struct world *world, struct bc_branch *branch, const char *path, const char *text)
{
    if (try_put(world, branch, path, BC_EDIT_REPLACE, text))
        fail_msg("%s", world->err.text);
}

static void append(struct world *world, struct bc_branch *branch, const char *path,
                   const char *text)
{
    if (try_put(world, branch, path, BC_EDIT_APPEND, text))
        fail_msg("%s", world->err.text);
}

static void expect(struct bc_branch *branch, const char *path, const char *text)
{
    struct bc_shown *shown = NULL;
    char bytes[4096];
    size_t done;
    uint64_t node = world_find(branch, path);
    assert_int_not_equal(node, 0);
    assert_int_equal(bc_shown_open(branch, node, syntax_of(path), &shown, NULL, NULL), BC_OK);
    assert_int_equal(bc_shown_read(shown, 0, bytes, sizeof bytes - 1, &done), BC_OK);
    bytes[done] = '\0';
    assert_string_equal(bytes, text);
    bc_shown_release(shown);
}

/* NULL: it has none. */
static void expect_prefixes(struct bc_branch *branch, const char *path, const char *text)
{
    struct bc_buffer value = {0};
    enum bc_status st =
        bc_xattr_get(branch, world_find(branch, path), text_slice(BC_PREFIXES_ATTRIBUTE), &value);
    assert_int_equal(st, text ? BC_OK : BC_NO_DATA);
    assert_int_equal(bc_buffer_append(&value, "", 1), BC_OK);
    if (text)
        assert_string_equal(value.data, text);
    bc_buffer_release(&value);
}

static uint64_t version_of(struct bc_branch *branch, const char *path)
{
    return world_stat(branch, world_find(branch, path)).version;
}

static void commit(struct bc_branch *branch)
{
    struct bc_commit_info info = {.message = text_slice("m")};
    enum bc_status st = bc_branch_commit(branch, &info, NULL, NULL);
    assert_true(st == BC_OK || st == BC_NO_DATA);
}

static void merged(struct world *world, const char *theirs, const char *lines)
{
    struct bc_merge_report report = {0};
    struct bc_merge_options options = {.policy = BC_MERGE_AUTO};
    assert_int_equal(bc_merge(world->main, text_slice(theirs), &options, &report, &world->err),
                     BC_OK);
    assert_int_equal(bc_buffer_append(&report.lines, "", 1), BC_OK);
    assert_string_equal(report.lines.data, lines);
    bc_merge_report_release(&report);
}

/* Edits. */

static void a_whole_text_brings_its_prefixes(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    put(&world, world.main, "a.ttl", EX A B);
    expect(world.main, "a.ttl", EX B A);
    expect_prefixes(world.main, "a.ttl", "ex: <http://ex/>\n");
    uint64_t version = version_of(world.main, "a.ttl");
    put(&world, world.main, "a.ttl", EX B A); /* the same */
    assert_int_equal(version_of(world.main, "a.ttl"), version);
    put(&world, world.main, "a.ttl", "@prefix e: <http://ex/> .\n{e:a} {e:p} \"1\" .\n" B_);
    assert_int_not_equal(version_of(world.main, "a.ttl"), version);
    expect(world.main, "a.ttl",
           "@prefix e: <http://ex/> .\n{e:b} {e:p} \"2\" .\n{e:a} {e:p} \"1\" .\n");
    put(&world, world.main, "a.ttl", A_);
    expect_prefixes(world.main, "a.ttl", "");
    expect(world.main, "a.ttl", A_);
    put(&world, world.main, "empty.ttl", "");
    expect_prefixes(world.main, "empty.ttl", NULL); /* there was nothing to do */
    put(&world, world.main, "empty.ttl", EX);
    expect(world.main, "empty.ttl", EX);
    put(&world, world.main, "empty.ttl", "");
    expect(world.main, "empty.ttl", "");
    expect_prefixes(world.main, "empty.ttl", "");
    world_close(&world);
}

static void an_append_is_read_with_the_prefixes_in_force(void **state)
{
    (void)state;
    struct world world;
    struct bc_prefixes table = {0};
    world_open(&world, NULL);
    put(&world, world.main, "a.ttl", EX A);
    append(&world, world.main, "a.ttl", B);
    expect(world.main, "a.ttl", EX B A);
    append(&world, world.main, "a.ttl", OR "{or:x} {ex:p} {or:y} .\n");
    expect(world.main, "a.ttl", EX OR "{or:x} {ex:p} {or:y} .\n" B A);
    expect_prefixes(world.main, "a.ttl", "ex: <http://ex/>\nor: <http://or/>\n");
    append(&world, world.main, "a.ttl", "@prefix or: <http://ex/> .\n{or:c} {or:p} \"3\" .\n");
    expect(world.main, "a.ttl", EX OR "{or:x} {ex:p} {or:y} .\n" C B A);
    assert_int_equal(
        try_put(&world, world.main, "a.ttl", BC_EDIT_APPEND, "{no:c} {or:p} \"3\" .\n"), BC_SYNTAX);
    /* Of a file that never brought any: those of the store. */
    put(&world, world.main, "b.nt", A_);
    assert_int_equal(world_rename(&world, world.main, "b.nt", "b.ttl", 0, NULL), BC_OK);
    assert_int_equal(bc_prefixes_read(&table, text_slice("ex: <http://ex/>\n"), NULL), BC_OK);
    assert_int_equal(bc_repo_prefixes_set(world.repo, &table), BC_OK);
    append(&world, world.main, "b.ttl", EX B);
    expect_prefixes(world.main, "b.ttl", NULL);
    expect(world.main, "b.ttl", EX B A);
    append(&world, world.main, "b.ttl", OR C);
    expect_prefixes(world.main, "b.ttl", "ex: <http://ex/>\nor: <http://or/>\n");
    expect(world.main, "b.ttl", EX OR C B A);
    /* Those that it did not use are not the file's. */
    assert_int_equal(bc_prefixes_read(&table, text_slice("no: <http://no/>\n"), NULL), BC_OK);
    assert_int_equal(bc_repo_prefixes_set(world.repo, &table), BC_OK);
    put(&world, world.main, "c.nt", A_);
    assert_int_equal(world_rename(&world, world.main, "c.nt", "c.trig", 0, NULL), BC_OK);
    append(&world, world.main, "c.trig", OR B_);
    expect(world.main, "c.trig", EX OR B A);
    /* One that had nothing was shown with none. */
    append(&world, world.main, "new.ttl", OR A);
    expect(world.main, "new.ttl", OR A_);
    bc_prefixes_release(&table);
    world_close(&world);
}

static void an_append_goes_on_after_a_commit(void **state)
{
    (void)state;
    struct world world;
    struct bc_attr attr;
    world_open(&world, NULL);
    struct bc_edit *edit = edit_of(world.main, "a.ttl", BC_EDIT_APPEND);
    assert_int_equal(write_edit(&world, edit, EX A), BC_OK);
    assert_int_equal(bc_edit_commit(edit, true, &attr, &world.err), BC_OK);
    assert_int_equal(bc_edit_size(edit), 0);
    assert_int_equal(attr.version, version_of(world.main, "a.ttl"));
    append(&world, world.main, "a.ttl", "@prefix ot: <http://ot/> .\n");
    assert_int_equal(write_edit(&world, edit, B), BC_OK);
    assert_int_equal(write_edit(&world, edit, "[] {ex:p} <> .\n"), BC_OK);
    assert_int_equal(bc_edit_commit(edit, true, NULL, &world.err), BC_OK);
    bc_edit_free(edit);
    expect(world.main, "a.ttl",
           EX "@prefix ot: <http://ot/> .\n_:added1 {ex:p} <file:///a.ttl> .\n" B A);
    world_close(&world);
}

static void what_is_shown_is_edited_in_place(void **state)
{
    (void)state;
    struct world world;
    char bytes[256];
    size_t done;
    world_open(&world, NULL);
    (void)world_folder(world.main, "f");
    put(&world, world.main, "f/a.ttl", EX A B);
    struct bc_edit *edit = edit_of(world.main, "f/a.ttl", BC_EDIT_IN_PLACE);
    assert_int_equal(bc_edit_size(edit), strlen(EX B A));
    assert_int_equal(bc_edit_read(edit, 0, bytes, sizeof bytes, &done), BC_OK);
    assert_int_equal(done, strlen(EX B A));
    assert_memory_equal(bytes, EX B A, done);
    assert_false(bc_edit_dirty(edit));
    assert_int_equal(bc_edit_truncate(edit, strlen(EX B A)), BC_OK);
    assert_false(bc_edit_dirty(edit));
    assert_int_equal(bc_edit_write(edit, strlen(EX), C, strlen(C), &world.err), BC_OK);
    assert_int_equal(bc_edit_commit(edit, false, NULL, &world.err), BC_OK);
    expect(world.main, "f/a.ttl", EX C A);
    assert_int_equal(write_edit(&world, edit, "[] {ex:p} <> .\n"), BC_OK);
    assert_int_equal(bc_edit_commit(edit, false, NULL, &world.err), BC_OK);
    expect(world.main, "f/a.ttl", EX "_:b2 {ex:p} <file:///f/a.ttl> .\n" C A);
    assert_int_equal(bc_edit_truncate(edit, strlen(EX C)), BC_OK);
    assert_int_equal(bc_edit_commit(edit, false, NULL, &world.err), BC_OK);
    expect(world.main, "f/a.ttl", EX C);
    assert_int_equal(bc_edit_truncate(edit, 0), BC_OK);
    assert_int_equal(bc_edit_commit(edit, false, NULL, &world.err), BC_OK);
    expect(world.main, "f/a.ttl", "");
    bc_edit_free(edit);
    world_close(&world);
}

static void large_texts_are_read_on_a_thread(void **state)
{
    (void)state;
    struct world world;
    struct bc_buffer text = {0};
    world_open(&world, NULL);
    assert_int_equal(bc_buffer_printf(&text, EX), BC_OK);
    for (unsigned i = 0; i < 60000; i++)
        assert_int_equal(bc_buffer_printf(&text, "{ex:%u} {ex:p} \"value %u\" .\n", i, i), BC_OK);
    struct bc_edit *edit = edit_of(world.main, "a.trig", BC_EDIT_REPLACE);
    for (size_t at = 0; at < text.size; at += 70001) {
        size_t size = text.size - at < 70001 ? text.size - at : 70001;
        assert_int_equal(bc_edit_write(edit, at, text.data + at, size, &world.err), BC_OK);
    }
    assert_int_equal(bc_edit_commit(edit, false, NULL, &world.err), BC_OK);
    bc_edit_free(edit);
    assert_int_equal(world_stat(world.main, world_find(world.main, "a.trig")).triples, 60000);
    append(&world, world.main, "a.trig", "{ex:g} {ex:g} {ex:g} {ex:g} .\n");
    assert_int_equal(world_stat(world.main, world_find(world.main, "a.trig")).triples, 60001);
    bc_buffer_release(&text);
    world_close(&world);
}

static void refused_text_is_kept_and_the_file_is_as_before(void **state)
{
    (void)state;
    struct world world;
    char bytes[256];
    size_t done;
    world_open(&world, NULL);
    put(&world, world.main, "a.ttl", EX A);
    uint64_t version = version_of(world.main, "a.ttl");
    assert_int_equal(
        try_put(&world, world.main, "a.ttl", BC_EDIT_REPLACE, OR "{or:a} {or:p} \"1\" .\n{no:x} ."),
        BC_SYNTAX);
    assert_non_null(strstr(world.err.text, "a.ttl: line 3, column 1: nothing declares"));
    assert_non_null(strstr(world.err.text, "{no:x} .\n"));
    assert_int_equal(
        bc_rejected_read(world.main, text_slice("a.ttl"), 0, bytes, sizeof bytes, &done), BC_OK);
    assert_int_equal(done, strlen(OR "{or:a} {or:p} \"1\" .\n{no:x} ."));
    expect(world.main, "a.ttl", EX A);
    assert_int_equal(version_of(world.main, "a.ttl"), version);
    assert_int_equal(
        try_put(&world, world.main, "a.ttl", BC_EDIT_REPLACE, A_ "<http://ex/s> <http://ex/p> .\n"),
        BC_SYNTAX);
    assert_non_null(strstr(world.err.text, "line 2"));
    put(&world, world.main, "a.ttl", EX B);
    expect(world.main, "a.ttl", EX B);
    world_close(&world);
}

static void prefixes_alone_are_a_change_of_attributes(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    put(&world, world.main, "a.ttl", EX A);
    struct bc_commit_info info = {.message = text_slice("m")};
    assert_int_equal(bc_branch_commit(world.main, &info, NULL, NULL), BC_OK);
    struct bc_branch *past = world_fork(&world, world.main, "past");
    put(&world, world.main, "a.ttl", OR A_);
    struct bc_tree_differences list;
    assert_int_equal(bc_tree_diff_list(past, world.main, &list), BC_OK);
    assert_int_equal(list.count, 1);
    assert_int_equal(list.items[0].aspects, BC_ASPECT_XATTR | BC_ASPECT_SHOWN);
    bc_tree_differences_release(&list);
    put(&world, world.main, "a.ttl", EX A);
    assert_int_equal(bc_tree_diff_list(past, world.main, &list), BC_OK);
    assert_int_equal(list.count, 0);
    bc_tree_differences_release(&list);
    bc_branch_release(past);
    world_close(&world);
}

/* Copies. */

static enum bc_status copy(struct world *world, const char *from, const char *to)
{
    struct bc_shown *shown = NULL;
    uint64_t done;
    struct bc_edit *edit = edit_of(world->main, to, BC_EDIT_REPLACE);
    world->err.text[0] = '\0';
    assert_int_equal(bc_shown_open(world->main, world_find(world->main, from), syntax_of(from),
                                   &shown, NULL, NULL),
                     BC_OK);
    enum bc_status st = BC_OK;
    for (uint64_t at = 0; !st && at < bc_shown_bytes(shown); at += done)
        st = bc_edit_copy(edit, at, shown, at, 10, &done, &world->err);
    enum bc_status committed = bc_edit_commit(edit, false, NULL, &world->err);
    bc_edit_free(edit);
    bc_shown_release(shown);
    return st ? st : committed;
}

static void a_whole_copy_converts(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    put(&world, world.main, "a.ttl", EX A B);
    assert_int_equal(copy(&world, "a.ttl", "b.nt"), BC_OK);
    world_expect(world.main, "b.nt", A_ B_);
    assert_int_equal(copy(&world, "a.ttl", "c.trig"), BC_OK);
    expect(world.main, "c.trig", EX B A);
    assert_int_equal(copy(&world, "c.trig", "d.rdf"), BC_OK);
    expect(world.main, "d.rdf", EX B A);
    assert_int_equal(copy(&world, "b.nt", "c.trig"), BC_OK);
    expect(world.main, "c.trig", B_ A_);
    expect_prefixes(world.main, "c.trig", NULL);
    /* What cannot be said in the target's syntax. */
    put(&world, world.main, "q.nq", "<http://ex/a> <http://ex/p> \"1\" <http://ex/g> .\n");
    assert_int_equal(copy(&world, "q.nq", "d.rdf"), BC_SYNTAX);
    put(&world, world.main, "bad.nt", BAD);
    assert_int_equal(copy(&world, "bad.nt", "d.rdf"), BC_SYNTAX);
    assert_non_null(strstr(world.err.text, "d.rdf: a predicate that ends in '!'"));
    expect(world.main, "d.rdf", EX B A);
    /* A part of what is shown is text of the source's syntax. */
    struct bc_shown *shown = NULL;
    uint64_t done;
    struct bc_edit *edit = edit_of(world.main, "c.trig", BC_EDIT_REPLACE);
    assert_int_equal(
        bc_shown_open(world.main, world_find(world.main, "a.ttl"), BC_TURTLE, &shown, NULL, NULL),
        BC_OK);
    assert_int_equal(bc_edit_copy(edit, 0, shown, 0, strlen(EX B), &done, &world.err), BC_OK);
    assert_int_equal(bc_edit_size(edit), strlen(EX B));
    assert_int_equal(bc_edit_commit(edit, false, NULL, &world.err), BC_OK);
    bc_edit_free(edit);
    bc_shown_release(shown);
    expect(world.main, "c.trig", EX B);
    world_close(&world);
}

/* Renames. */

static void a_rename_converts(void **state)
{
    (void)state;
    struct world world;
    struct bc_renamed renamed;
    world_open(&world, NULL);
    put(&world, world.main, "a.ttl", EX A B);
    uint64_t version = version_of(world.main, "a.ttl");
    assert_int_equal(world_rename(&world, world.main, "a.ttl", "b.ttl", 0, &renamed), BC_OK);
    assert_false(renamed.converted);
    assert_int_equal(version_of(world.main, "b.ttl"), version);
    assert_int_equal(world_rename(&world, world.main, "b.ttl", "b.nt", 0, &renamed), BC_OK);
    assert_true(renamed.converted);
    assert_int_not_equal(version_of(world.main, "b.nt"), version);
    world_expect(world.main, "b.nt", A_ B_);
    assert_int_equal(world_rename(&world, world.main, "b.nt", "b.trig", 0, NULL), BC_OK);
    expect(world.main, "b.trig", EX B A);
    put(&world, world.main, "b.trig", EX A "{ex:a} {ex:p} \"1\" {ex:g} .\n");
    assert_int_equal(world_rename(&world, world.main, "b.trig", "b.ttl", 0, NULL), BC_SYNTAX);
    put(&world, world.main, "bad.nt", BAD);
    version = version_of(world.main, "bad.nt");
    assert_int_equal(world_rename(&world, world.main, "bad.nt", "bad.rdf", 0, NULL), BC_SYNTAX);
    assert_non_null(strstr(world.err.text, "bad.nt: a predicate"));
    assert_int_equal(version_of(world.main, "bad.nt"), version);
    put(&world, world.main, "good.nt", A_);
    assert_int_equal(world_rename(&world, world.main, "good.nt", "good.owl", 0, NULL), BC_OK);
    expect(world.main, "good.owl", A_);
    assert_int_equal(
        world_rename(&world, world.main, "good.owl", "bad.nt", BC_RENAME_EXCHANGE, NULL),
        BC_SYNTAX);
    world_close(&world);
}

static void a_plain_name_keeps_what_was_shown(void **state)
{
    (void)state;
    struct world world;
    struct bc_renamed renamed;
    world_open(&world, NULL);
    put(&world, world.main, "a.ttl", EX A B);
    bc_branch_release(world_fork(&world, world.main, "fork"));
    assert_int_equal(world_rename(&world, world.main, "a.ttl", "a.ttl~", 0, &renamed), BC_OK);
    assert_true(renamed.converted);
    assert_int_equal(world_stat(world.main, renamed.node).form, BC_BYTES);
    world_expect(world.main, "a.ttl~", EX B A);
    /* Plain text under a triple file's name is parsed; the base is the new path. */
    (void)world_put(world.main, "x.tmp", EX "<> {ex:p} [] .\n");
    (void)world_folder(world.main, "f");
    assert_int_equal(world_rename(&world, world.main, "x.tmp", "f/x y.ttl", 0, &renamed), BC_OK);
    expect(world.main, "f/x y.ttl", EX "<file:///f/x%20y.ttl> {ex:p} _:b0 .\n");
    expect_prefixes(world.main, "f/x y.ttl", "ex: <http://ex/>\n");
    /* As editors do: over the file, which keeps its identity. */
    put(&world, world.main, "b.ttl", OR "{or:b} {or:p} \"1\" .\n{or:c} {or:p} \"1\" .\n");
    uint64_t node = world_find(world.main, "b.ttl");
    (void)world_put(world.main, "b.tmp", EX "[] {ex:p} \"1\" .\n");
    assert_int_equal(world_rename(&world, world.main, "b.tmp", "b.ttl", 0, &renamed), BC_OK);
    assert_int_equal(renamed.node, node);
    expect(world.main, "b.ttl", EX "_:b2 {ex:p} \"1\" .\n");
    (void)world_put(world.main, "b.tmp", "{no:x} .\n");
    assert_int_equal(world_rename(&world, world.main, "b.tmp", "b.ttl", 0, &renamed), BC_SYNTAX);
    assert_non_null(strstr(world.err.text, "b.ttl: line 1, column 1"));
    expect(world.main, "b.ttl", EX "_:b2 {ex:p} \"1\" .\n");
    assert_int_equal(world_rename(&world, world.main, "b.tmp", "b.ttl", BC_RENAME_EXCHANGE, NULL),
                     BC_INVALID);
    world_close(&world);
}

/* Of a store that was made when such names were plain files'. */
static void bytes_under_such_a_name_stay_what_they_are(void **state)
{
    (void)state;
    struct world world;
    struct bc_update update;
    struct bc_found found;
    struct bc_shown *shown = NULL;
    world_open(&world, NULL);
    uint64_t node = world_put(world.main, "old", "no turtle");
    assert_int_equal(bc_update_begin(world.main, &update), BC_OK);
    assert_int_equal(bc_node_find(world.main, node, &found), BC_OK);
    found.record.name = text_slice("old.ttl");
    assert_int_equal(bc_entry_remove(&update, BC_ROOT_NODE, text_slice("old")), BC_OK);
    assert_int_equal(bc_entry_put(&update, BC_ROOT_NODE, text_slice("old.ttl"), node, BC_FILE),
                     BC_OK);
    assert_int_equal(bc_node_put(&update, &found), BC_OK);
    bc_found_release(&found);
    assert_int_equal(bc_update_commit(&update, false), BC_OK);
    world_expect(world.main, "old.ttl", "no turtle");
    world_check(&world);
    assert_int_equal(bc_bytes_write(world.main, node, 0, "so", 2, false, NULL), BC_OK);
    world_expect(world.main, "old.ttl", "so turtle");
    assert_int_equal(bc_shown_open(world.main, node, BC_TURTLE, &shown, NULL, NULL), BC_INVALID);
    struct bc_attr attr = world_stat(world.main, node);
    assert_int_equal(bc_shown_size(world.main, BC_TURTLE, true, &attr), BC_OK);
    assert_int_equal(attr.size_bytes, 9);
    put(&world, world.main, "a.ttl", EX A);
    commit(world.main);
    struct bc_branch *fork = world_fork(&world, world.main, "fork");
    put(&world, fork, "a.ttl", EX B);
    commit(fork);
    assert_int_equal(bc_bytes_write(world.main, node, 0, "mo", 2, false, NULL), BC_OK);
    merged(&world, "fork", "");
    world_expect(world.main, "old.ttl", "mo turtle");
    put(&world, world.main, "old.ttl", EX A); /* written anew it is a text */
    expect(world.main, "old.ttl", EX A);
    bc_branch_release(fork);
    world_close(&world);
}

/* Merges. */

static void prefixes_of_both_sides_are_united(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    put(&world, world.main, "a.ttl", EX A);
    commit(world.main);
    struct bc_branch *fork = world_fork(&world, world.main, "fork");
    put(&world, world.main, "a.ttl", EX OR "@prefix t: <http://ours/> .\n" A B);
    put(&world, fork, "a.ttl", EX "@prefix s: <http://s/> .\n@prefix t: <http://theirs/> .\n" A C);
    commit(world.main);
    commit(fork);
    merged(&world, "fork", "");
    expect(world.main, "a.ttl",
           EX OR "@prefix t: <http://ours/> .\n@prefix s: <http://s/> .\n" C B A);
    bc_branch_release(fork);
    world_close(&world);
}

static void a_merge_gives_each_text_its_own_version(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    put(&world, world.main, "a.ttl", EX A);
    put(&world, world.main, "b.ttl", EX A);
    put(&world, world.main, "c.nt", A_);
    put(&world, world.main, "d.ttl", EX A);
    commit(world.main);
    struct bc_branch *fork = world_fork(&world, world.main, "fork");
    put(&world, world.main, "a.ttl", OR A_); /* prefixes here, lines there */
    put(&world, fork, "a.ttl", EX A B);
    put(&world, world.main, "b.ttl", EX A B); /* lines here, prefixes there */
    put(&world, fork, "b.ttl", EX OR A);
    put(&world, world.main, "c.nt", A_ B_); /* lines here, another syntax there */
    assert_int_equal(world_rename(&world, fork, "c.nt", "c.ttl", 0, NULL), BC_OK);
    put(&world, fork, "d.ttl", OR A_); /* prefixes there alone */
    commit(world.main);
    commit(fork);
    uint64_t ours[] = {version_of(world.main, "a.ttl"), version_of(world.main, "b.ttl"),
                       version_of(world.main, "c.nt")};
    uint64_t theirs[] = {version_of(fork, "a.ttl"), version_of(fork, "b.ttl"),
                         version_of(fork, "c.ttl")};
    put(&world, world.main, "own.ttl", EX A);
    commit(world.main);
    merged(&world, "fork", "");
    expect(world.main, "a.ttl", OR B_ A_);
    expect(world.main, "b.ttl", EX OR B A);
    expect(world.main, "c.ttl", B_ A_);
    expect(world.main, "d.ttl", OR A_);
    assert_int_equal(version_of(world.main, "d.ttl"), version_of(fork, "d.ttl"));
    static const char *const paths[] = {"a.ttl", "b.ttl", "c.ttl"};
    for (size_t i = 0; i < 3; i++) {
        assert_int_not_equal(version_of(world.main, paths[i]), ours[i]);
        assert_int_not_equal(version_of(world.main, paths[i]), theirs[i]);
    }
    bc_branch_release(fork);
    world_close(&world);
}

static void conflicts_of_slots_are_lines(void **state)
{
    (void)state;
    struct world world;
    struct bc_branch *tree = NULL;
    struct bc_merge_report report = {0};
    struct bc_merge_options options = {.policy = BC_MERGE_AUTO};
    world_open(&world, NULL);
    put(&world, world.main, "a.ttl", EX A B);
    commit(world.main);
    struct bc_branch *fork = world_fork(&world, world.main, "fork");
    put(&world, world.main, "a.ttl", EX "{ex:a} {ex:p} \"ours\" .\n" B);
    put(&world, fork, "a.ttl", EX "{ex:a} {ex:p} \"theirs\" .\n" B);
    assert_int_equal(bc_merge(world.main, text_slice("fork"), &options, &report, &world.err),
                     BC_CONFLICT);
    bc_merge_report_release(&report);
    assert_int_equal(bc_merge_conflicts(world.main, &tree), BC_OK);
    world_expect(tree, "a.ttl/base.nt", A_);
    world_expect(tree, "a.ttl/ours.nt", "<http://ex/a> <http://ex/p> \"ours\" .\n");
    world_expect(tree, "a.ttl/theirs.nt", "<http://ex/a> <http://ex/p> \"theirs\" .\n");
    put(&world, tree, "a.ttl/result.nt", "<http://ex/a> <http://ex/p> \"both\" .\n");
    bc_branch_release(tree);
    assert_int_equal(bc_merge_continue(world.main, bc_slice("", 0), &report, &world.err), BC_OK);
    bc_merge_report_release(&report);
    expect(world.main, "a.ttl", EX B "{ex:a} {ex:p} \"both\" .\n");
    bc_branch_release(fork);
    world_close(&world);
}

static void whole_conflicts_are_files_of_their_own_syntax(void **state)
{
    (void)state;
    struct world world;
    struct bc_branch *tree = NULL;
    struct bc_merge_report report = {0};
    struct bc_merge_options options = {.policy = BC_MERGE_AUTO};
    world_open(&world, NULL);
    put(&world, world.main, "a.ttl", EX A);
    commit(world.main);
    struct bc_branch *fork = world_fork(&world, world.main, "fork");
    assert_int_equal(world_remove(world.main, "a.ttl"), BC_OK);
    put(&world, fork, "a.ttl", EX A B);
    assert_int_equal(bc_merge(world.main, text_slice("fork"), &options, &report, &world.err),
                     BC_CONFLICT);
    bc_merge_report_release(&report);
    assert_int_equal(bc_merge_conflicts(world.main, &tree), BC_OK);
    expect(tree, "a.ttl/base.ttl", EX A);
    expect(tree, "a.ttl/theirs.ttl", EX B A);
    put(&world, tree, "a.ttl/result.ttl", OR C_);
    bc_branch_release(tree);
    assert_int_equal(bc_merge_continue(world.main, bc_slice("", 0), &report, &world.err), BC_OK);
    bc_merge_report_release(&report);
    expect(world.main, "a.ttl", OR C_);
    bc_branch_release(fork);
    world_close(&world);
}

/* Patches. */

static enum bc_status append_text(void *context, struct bc_slice bytes)
{
    return bc_buffer_append(context, bytes.data, bytes.size);
}

static void a_patch_carries_prefixes(void **state)
{
    (void)state;
    struct world world;
    struct bc_buffer text = {0};
    struct bc_patch_report report;
    world_open(&world, NULL);
    put(&world, world.main, "a.ttl", EX A);
    put(&world, world.main, "b.ttl", EX A);
    struct bc_branch *past = world_fork(&world, world.main, "past");
    put(&world, world.main, "a.ttl", EX OR A B);
    assert_int_equal(world_rename(&world, world.main, "b.ttl", "b.rdf", 0, NULL), BC_OK);
    put(&world, world.main, "c.trig", EX "{ex:a} {ex:p} \"1\" {ex:g} .\n");
    assert_int_equal(bc_patch_write(past, world.main, append_text, &text), BC_OK);
    if (bc_patch_apply(past, bc_buffer_slice(&text), bc_slice("", 0), &report, &world.err))
        fail_msg("%s: %.*s", world.err.text, (int)text.size, text.data);
    expect(past, "a.ttl", EX OR B A);
    expect(past, "b.rdf", EX A);
    expect(past, "c.trig", EX "{ex:a} {ex:p} \"1\" {ex:g} .\n");
    bc_buffer_clear(&text);
    assert_int_equal(bc_patch_write(past, world.main, append_text, &text), BC_OK);
    assert_int_equal(text.size, 0);
    static const char bad[] = "H path \"a.ttl\" .\nH xattr \"user.triplefs.prefixes\" .\n"
                              "H value \"eA==\" .\nTX .\nTC .\n";
    assert_int_equal(bc_patch_apply(past, text_slice(bad), bc_slice("", 0), &report, &world.err),
                     BC_SYNTAX);
    assert_non_null(strstr(world.err.text, "line 3: the attribute"));
    put(&world, past, "bad.nt", BAD);
    static const char moved[] = "H path \"bad.rdf\" .\nH from \"bad.nt\" .\nTX .\nTC .\n";
    assert_int_equal(bc_patch_apply(past, text_slice(moved), bc_slice("", 0), &report, &world.err),
                     BC_SYNTAX);
    assert_non_null(strstr(world.err.text, "RDF/XML cannot say"));
    bc_buffer_release(&text);
    bc_branch_release(past);
    world_close(&world);
}

/* Failures. */

static uint64_t file_a;
static uint64_t file_from;

static enum bc_status story_replace(struct world *world)
{
    struct bc_edit *edit = NULL;
    enum bc_status st = bc_edit_new(world->main, file_a, BC_TURTLE, BC_EDIT_REPLACE, &edit);
    if (!st)
        st = bc_edit_write(edit, 0, EX OR A B C, strlen(EX OR A B C), NULL);
    if (!st)
        st = bc_edit_commit(edit, false, NULL, NULL);
    bc_edit_free(edit);
    return st;
}

static enum bc_status story_append(struct world *world)
{
    struct bc_edit *edit = NULL;
    enum bc_status st = bc_edit_new(world->main, file_a, BC_TURTLE, BC_EDIT_APPEND, &edit);
    if (!st)
        st = bc_edit_write(edit, 0, OR B C, strlen(OR B C), NULL);
    if (!st)
        st = bc_edit_commit(edit, false, NULL, NULL);
    bc_edit_free(edit);
    return st;
}

/* Of a file without prefixes of its own: it is shown with the store's all the same. */
static enum bc_status story_append_to_table(struct world *world)
{
    enum bc_status st = bc_xattr_remove(world->main, file_a, text_slice(BC_PREFIXES_ATTRIBUTE));
    return !st || st == BC_NO_DATA ? story_append(world) : st;
}

static enum bc_status story_in_place(struct world *world)
{
    struct bc_edit *edit = NULL;
    enum bc_status st = bc_edit_new(world->main, file_a, BC_TURTLE, BC_EDIT_IN_PLACE, &edit);
    if (!st)
        st = bc_edit_write(edit, bc_edit_size(edit), OR B C, strlen(OR B C), NULL);
    if (!st)
        st = bc_edit_commit(edit, false, NULL, NULL);
    bc_edit_free(edit);
    return st;
}

static enum bc_status story_copy(struct world *world)
{
    struct bc_edit *edit = NULL;
    struct bc_shown *shown = NULL;
    uint64_t done;
    enum bc_status st = bc_shown_open(world->main, file_from, BC_TRIG, &shown, NULL, NULL);
    if (!st)
        st = bc_edit_new(world->main, file_a, BC_TURTLE, BC_EDIT_REPLACE, &edit);
    if (!st)
        st = bc_edit_copy(edit, 0, shown, 0, bc_shown_bytes(shown), &done, NULL);
    if (!st)
        st = bc_edit_commit(edit, false, NULL, NULL);
    bc_edit_free(edit);
    bc_shown_release(shown);
    return st;
}

static enum bc_status rename_root(struct world *world, const char *from, const char *to)
{
    return bc_tree_rename(world->main, BC_ROOT_NODE, text_slice(from), BC_ROOT_NODE, text_slice(to),
                          0, NULL, NULL);
}

static enum bc_status rename_if_there(struct world *world, const char *from, const char *to)
{
    struct bc_attr attr;
    enum bc_status st = bc_tree_find(world->main, text_slice(from), &attr);
    if (!st)
        st = rename_root(world, from, to);
    return st == BC_NOT_FOUND ? BC_OK : st;
}

static enum bc_status story_rename(struct world *world)
{
    enum bc_status st = rename_if_there(world, "from.trig", "from.rdf");
    if (!st)
        st = rename_if_there(world, "from.rdf", "from.txt");
    return st ? st : rename_root(world, "from.txt", "a.ttl");
}

static enum bc_status (*const stories[])(struct world *world) = {
    story_replace, story_append, story_append_to_table, story_in_place, story_copy, story_rename,
};

/* Before or after: all three prefixes and statements, or those of before. */
static void expect_either(struct world *world, bool done)
{
    struct bc_shown *shown = NULL;
    char bytes[1024];
    size_t size;
    assert_int_equal(
        bc_shown_open(world->main, world_find(world->main, "a.ttl"), BC_TURTLE, &shown, NULL, NULL),
        BC_OK);
    assert_int_equal(bc_shown_read(shown, 0, bytes, sizeof bytes - 1, &size), BC_OK);
    bytes[size] = '\0';
    bc_shown_release(shown);
    bool after = !strcmp(bytes, EX OR C B A);
    if (!after && (done || strcmp(bytes, EX A) != 0))
        fail_msg("it shows: %s", bytes);
}

static void set_table(struct world *world)
{
    struct bc_prefixes table = {0};
    assert_int_equal(bc_prefixes_read(&table, text_slice("ex: <http://ex/>\n"), NULL), BC_OK);
    assert_int_equal(bc_repo_prefixes_set(world->repo, &table), BC_OK);
    bc_prefixes_release(&table);
}

static void fail_each(size_t story, bool memory)
{
    for (uint64_t at = 1;; at++) {
        struct world world;
        struct bc_store *inner;
        assert_int_equal(bc_memory_store_new(&inner), BC_OK);
        struct bc_store *store = failing_store_new(inner);
        world_open(&world, store);
        set_table(&world);
        put(&world, world.main, "a.ttl", EX A);
        put(&world, world.main, "from.trig", EX OR A B C);
        file_a = world_find(world.main, "a.ttl");
        file_from = world_find(world.main, "from.trig");
        uint64_t before = bc_memory_allocations();
        if (memory)
            bc_memory_fail_after(at, 0);
        else
            failing_store_fail_after(store, at, 0, BC_IO);
        enum bc_status st = stories[story](&world);
        bc_memory_fail_after(0, 0);
        bool over = memory ? bc_memory_allocations() - before < at : !failing_store_failures(store);
        failing_store_fail_after(store, 0, 0, BC_IO);
        assert_true(st == BC_OK || st == (memory ? BC_NO_MEMORY : BC_IO));
        expect_either(&world, !st);
        if (st) {
            assert_int_equal(stories[story](&world), BC_OK);
            expect_either(&world, true);
        }
        assert_int_equal(bc_repo_collect(world.repo, NULL), BC_OK);
        world_close(&world);
        if (over)
            return;
        assert_true(at < 5000);
    }
}

static void each_failure_leaves_the_file_as_before(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof stories / sizeof *stories; i++) {
        fail_each(i, false);
        fail_each(i, true);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_text_brings_its_prefixes),
        cmocka_unit_test(an_append_is_read_with_the_prefixes_in_force),
        cmocka_unit_test(an_append_goes_on_after_a_commit),
        cmocka_unit_test(what_is_shown_is_edited_in_place),
        cmocka_unit_test(large_texts_are_read_on_a_thread),
        cmocka_unit_test(refused_text_is_kept_and_the_file_is_as_before),
        cmocka_unit_test(prefixes_alone_are_a_change_of_attributes),
        cmocka_unit_test(a_whole_copy_converts),
        cmocka_unit_test(a_rename_converts),
        cmocka_unit_test(a_plain_name_keeps_what_was_shown),
        cmocka_unit_test(bytes_under_such_a_name_stay_what_they_are),
        cmocka_unit_test(prefixes_of_both_sides_are_united),
        cmocka_unit_test(a_merge_gives_each_text_its_own_version),
        cmocka_unit_test(conflicts_of_slots_are_lines),
        cmocka_unit_test(whole_conflicts_are_files_of_their_own_syntax),
        cmocka_unit_test(a_patch_carries_prefixes),
        cmocka_unit_test(each_failure_leaves_the_file_as_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
