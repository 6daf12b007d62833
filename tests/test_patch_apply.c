/* Applying patches: what a patch that was written does, what people and other tools write, what is
 * refused, and that a refusal changes nothing. */
#include "branchcore/patch.h"
#include "branchcore/patch_parse.h"
#include "tests/tree_world.h"

#include <pthread.h>

#define S(n)       "<http://e/s" #n "> <http://e/p> <http://e/o> .\n"
#define SQ(n)      "<http://e/s" #n "> <http://e/p> <http://e/o> <http://e/g> .\n"
#define PATH(path) "H path \"" path "\" .\n"
#define ADDED      "H kind \"added\" .\n"
#define DELETED    "H kind \"deleted\" .\n"

static enum bc_status apply_to(struct world *world, struct bc_branch *branch, struct bc_slice text,
                               const char *path, struct bc_patch_report *report)
{
    struct bc_patch_report unused;
    world->err.text[0] = '\0';
    return bc_patch_apply(branch, text, text_slice(path), report ? report : &unused, &world->err);
}

/* Requires success. */
static struct bc_patch_report patch(struct world *world, const char *text)
{
    struct bc_patch_report report = {0};
    enum bc_status st = apply_to(world, world->main, text_slice(text), "", &report);
    if (st)
        fail_msg("%s", world->err.text);
    return report;
}

static void refused(struct world *world, const char *text, enum bc_status status,
                    const char *message)
{
    struct bc_patch_report report = {99, 99, 99, 99};
    assert_int_equal(apply_to(world, world->main, text_slice(text), "", &report), status);
    assert_string_equal(world->err.text, message);
    assert_int_equal(report.paths, 99);
}

static void report_is(struct bc_patch_report report, uint64_t paths, uint64_t added,
                      uint64_t removed, uint64_t ignored)
{
    assert_int_equal(report.paths, paths);
    assert_int_equal(report.added, added);
    assert_int_equal(report.removed, removed);
    assert_int_equal(report.ignored, ignored);
}

static void rows_change_a_text(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    world_put(world.main, "a.nt", S(1) S(2) S(3));
    struct bc_patch_report report =
        patch(&world, PATH("a.nt") "TX .\nD " S(2) "A " S(4) "A " S(1) "D " S(9) "TC .\n");
    report_is(report, 1, 1, 1, 2);
    world_expect(world.main, "a.nt", S(1) S(3) S(4));
    world_close(&world);
}

static void the_last_row_of_a_line_wins(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    world_put(world.main, "a.nt", S(1));
    report_is(patch(&world, PATH("a.nt") "A " S(2) "D " S(2) "D " S(1) "A " S(1) "A " S(3)), 1, 1,
              0, 4);
    world_expect(world.main, "a.nt", S(1) S(3));
    world_close(&world);
}

static void bare_rows_are_for_the_path_that_is_given(void **state)
{
    (void)state;
    struct world world;
    struct bc_patch_report report;
    world_open(&world, NULL);
    world_put(world.main, "a.nt", S(1));
    const char *text = "H id <uuid:1> .\nH prev <uuid:0> .\nTX .\nA " S(2) "TC .\n";
    assert_int_equal(apply_to(&world, world.main, text_slice(text), "a.nt", &report), BC_OK);
    report_is(report, 1, 1, 0, 0);
    world_expect(world.main, "a.nt", S(1) S(2));
    assert_int_equal(apply_to(&world, world.main, text_slice(text), "b.nt", NULL), BC_NOT_FOUND);
    assert_int_equal(apply_to(&world, world.main, text_slice(text), "b.txt", NULL), BC_SYNTAX);
    assert_string_equal(world.err.text, "line 4: \"b.txt\" is no triple file (.nt, .nq), so it has "
                                        "no rows A and D");
    refused(&world, text, BC_SYNTAX,
            "line 4: no path says which file the rows are for; put H path \"FILE.nt\" . before "
            "them");
    world_close(&world);
}

static void terms_are_made_canonical(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    patch(&world, PATH("a.nt") ADDED "TX .\r\n"
                                     "  A <http://e/s><http://e/p>\"\\u0041\"@EN.# why\r"
                                     "A _:b <http://e/p> \"x\"^^"
                                     "<http://www.w3.org/2001/XMLSchema#string> .\n"
                                     "# done\n\n\tTC .   # end");
    world_expect(world.main, "a.nt",
                 "<http://e/s> <http://e/p> \"A\"@en .\n_:b <http://e/p> \"x\" .\n");
    world_close(&world);
}

static void prefixes_and_blank_nodes_of_jena_are_read(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    patch(&world, PATH("a.nq") ADDED
          "TX .\n"
          "PA \"e\" <http://e/> .\nPA \"xsd:\" \"http://www.w3.org/2001/XMLSchema#\" .\n"
          "PA : <http://d/> .\n"
          "A e:s e:p \"5\"^^xsd:int e:g .\nA <_:b1> e:p :o .\nA _:b.2 e:p e:o.\n"
          "PD \"e\" .\nTC .\n");
    world_expect(world.main, "a.nq",
                 "<http://e/s> <http://e/p> "
                 "\"5\"^^<http://www.w3.org/2001/XMLSchema#int> <http://e/g> .\n"
                 "_:b.2 <http://e/p> <http://e/o> .\n_:b1 <http://e/p> <http://d/o> .\n");
    refused(&world, PATH("a.nq") "PA \"e\" <http://e/> .\nPD \"e\" .\nA e:s <x:p> <x:o> .\n",
            BC_SYNTAX, "line 4, column 3: no row PA before this one declares the prefix e:");
    refused(&world, PATH("a.nq") "PA \"e\" <http://e/> .\nA e:s\\,s <x:p> <x:o> .\n", BC_SYNTAX,
            "line 3, column 3: a prefixed name with '\\' is not supported; write the IRI in <>");
    refused(&world, PATH("a.nq") "PA \"e\" <e> .\n", BC_SYNTAX,
            "line 2: a prefix stands for an absolute IRI, which \"e\" is not");
    refused(&world, PATH("a.nq") "TX .\nPA \"n\" <http://e/> .\nTA .\nA n:s <x:p> <x:o> .\n",
            BC_SYNTAX, "line 5, column 3: no row PA before this one declares the prefix n:");
    world_close(&world);
}

static void rows_have_triple_terms(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    patch(&world,
          PATH("a.nq") ADDED "TX .\nPA \"e\" <http://e/> .\n"
                             "A _:r e:p <<( e:s e:p <<(<_:b>e:p\"a )>>\"^^e:t)>> )>> e:g .\n"
                             "A _:r e:p <<(e:s<http://e/p>e:o)>>.\n"
                             "A _:r <http://e/p> <<( _:s <http://e/p> \"x\"@AR--rtl )>> .\n"
                             "A _:r <http://e/p> <<( _:s <http://e/p> _:o )>> .\nTC .\n");
    patch(&world, PATH("a.nq") "D _:r <http://e/p> <<( _:s <http://e/p> _:o )>> .\n");
    world_expect(world.main, "a.nq",
                 "_:r <http://e/p> <<( <http://e/s> <http://e/p> <<( _:b <http://e/p> "
                 "\"a )>>\"^^<http://e/t> )>> )>> <http://e/g> .\n"
                 "_:r <http://e/p> <<( <http://e/s> <http://e/p> <http://e/o> )>> .\n"
                 "_:r <http://e/p> <<( _:s <http://e/p> \"x\"@ar--rtl )>> .\n");
    refused(&world, PATH("a.nq") "A _:r <http://e/p> <<( _:s <http://e/p> e:o )>> .\n", BC_SYNTAX,
            "line 2, column 41: no row PA before this one declares the prefix e:");
    refused(&world, PATH("a.nq") "A _:r <http://e/p> << _:s <http://e/p> _:o >> .\n", BC_SYNTAX,
            "line 2, column 20: '<<' without '(' is Turtle; a triple term is written <<( s p o "
            ")>>");
    refused(&world, PATH("a.nq") "A VERSION \"1.2\"\n", BC_SYNTAX,
            "line 2: a row A or D without a statement");
    world_close(&world);
}

static void an_aborted_transaction_changes_nothing(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    world_put(world.main, "a.nt", S(1));
    report_is(patch(&world, PATH("a.nt") "TX .\nA " S(2) "TA .\n"), 0, 0, 0, 0);
    report_is(patch(&world, PATH("a.nt") "TX .\nA " S(2) "TA .\nTX .\nA " S(3) "TC .\n"), 1, 1, 0,
              0);
    world_expect(world.main, "a.nt", S(1) S(3));
    world_close(&world);
}

static void what_changes_nothing_leaves_no_trace(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    world_put(world.main, "a.nt", S(1));
    struct bc_attr before = world_stat(world.main, world_find(world.main, "a.nt"));
    report_is(patch(&world, PATH("a.nt") "A " S(1) "D " S(2)), 0, 0, 0, 2);
    report_is(patch(&world, ""), 0, 0, 0, 0);
    report_is(patch(&world, "# nothing\n\nTX .\nTC .\n"), 0, 0, 0, 0);
    struct bc_attr after = world_stat(world.main, world_find(world.main, "a.nt"));
    world_same(&before, &after);
    world_close(&world);
}

static void paths_are_added_with_their_folders(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    patch(&world,
          PATH("x/y/a.nt") ADDED "H mode \"0600\" .\nTX .\nA " S(1) "TC .\n" PATH("x/y/b.txt") ADDED
          "H type \"bytes\" .\nH base64 \"aGVsbG8K\" .\nH size \"6\" .\n"
          "H sha256 \"5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03\" .\n" PATH(
              "l") ADDED "H type \"link\" .\nH target \"x/y\" .\n" PATH("z/") ADDED
          "H type \"folder\" .\nH mode \"2750\" .\n"
          "H xattr \"user.k\" .\nH value \"dg==\" .\n");
    world_expect(world.main, "x/y/a.nt", S(1));
    world_expect(world.main, "x/y/b.txt", "hello\n");
    struct bc_attr attr = world_stat(world.main, world_find(world.main, "x"));
    assert_int_equal(attr.mode, 0755);
    assert_int_equal(attr.uid, 7);
    assert_int_equal(world_stat(world.main, world_find(world.main, "x/y/a.nt")).mode, 0600);
    assert_int_equal(world_stat(world.main, world_find(world.main, "z")).mode, 02750);
    struct bc_buffer value = {0};
    assert_int_equal(
        bc_xattr_get(world.main, world_find(world.main, "z"), text_slice("user.k"), &value), BC_OK);
    assert_int_equal(value.size, 1);
    assert_int_equal(value.data[0], 'v');
    bc_buffer_clear(&value);
    assert_int_equal(bc_tree_readlink(world.main, world_find(world.main, "l"), &value), BC_OK);
    assert_true(bc_slice_equal(bc_buffer_slice(&value), text_slice("x/y")));
    bc_buffer_release(&value);
    world_close(&world);
}

static void adding_what_is_there_applies_its_rows(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    world_put(world.main, "a.nt", S(1));
    world_put(world.main, "b.txt", "b");
    report_is(patch(&world, PATH("a.nt") ADDED "A " S(1) "A " S(2)), 1, 1, 0, 1);
    world_expect(world.main, "a.nt", S(1) S(2));
    refused(&world, PATH("b.txt") ADDED "H type \"folder\" .\n", BC_EXISTS,
            "line 1: \"b.txt\" is there already, as a plain file; it is to be added as a folder");
    refused(&world, PATH("a.nt/x.nt") ADDED, BC_EXISTS,
            "line 1: \"a.nt/x.nt\" cannot be made: something above it in its path is no folder");
    world_close(&world);
}

static void what_is_deleted_must_be_there(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    world_put(world.main, "a.nt", S(1) S(2));
    world_folder(world.main, "d");
    world_put(world.main, "d/b.txt", "b");
    refused(&world, "\n" PATH("b.nt") DELETED, BC_NOT_FOUND,
            "line 2: \"b.nt\" cannot be deleted: it is not there");
    refused(&world, PATH("a.nt/b") DELETED, BC_NOT_FOUND,
            "line 1: \"a.nt/b\" cannot be deleted: it is not there");
    refused(&world, PATH("d/") DELETED "H type \"folder\" .\n", BC_NOT_EMPTY,
            "line 1: \"d\" cannot be deleted: the folder is not empty, and the patch does not "
            "delete all that is in it");
    refused(&world, PATH("a.nt") DELETED "H type \"folder\" .\n", BC_EXISTS,
            "line 1: \"a.nt\" is a triple file in the branch, not a folder as the patch says; to "
            "make it another thing, delete and add it");
    refused(&world, PATH("a.nt") DELETED PATH("a.nt") DELETED, BC_NOT_FOUND,
            "line 3: \"a.nt\" cannot be patched: \"a.nt\" is deleted or renamed twice");
    refused(&world, PATH("c.nt") "A " S(1), BC_NOT_FOUND,
            "line 1: \"c.nt\" is not there; to have it made, put H kind \"added\" . into the "
            "patch");
    report_is(patch(&world, PATH("a.nt") DELETED "TX .\nTC .\n" PATH("d/") DELETED
                    "H type \"folder\" .\n" PATH("d/b.txt") DELETED "H type \"bytes\" .\n"),
              3, 0, 2, 0);
    assert_int_equal(world_find(world.main, "a.nt"), 0);
    assert_int_equal(world_find(world.main, "d"), 0);
    world_close(&world);
}

static void names_are_swapped_at_once(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    uint64_t a = world_put(world.main, "a.nt", S(1));
    uint64_t b = world_put(world.main, "b.nt", S(2));
    world_folder(world.main, "d");
    uint64_t c = world_put(world.main, "d/c.txt", "c");
    patch(&world,
          PATH("a.nt") "H from \"b.nt\" .\nA " S(3) PATH("b.nt") "H from \"a.nt\" .\n" PATH(
              "e/") "H from \"d/\" .\nH type \"folder\" .\n" PATH("e/f/c.txt") "H from \"d/c.txt\" "
                                                                               ".\nH mode \"0600\" "
                                                                               ".\n");
    assert_int_equal(world_find(world.main, "a.nt"), b);
    assert_int_equal(world_find(world.main, "b.nt"), a);
    assert_int_equal(world_find(world.main, "e/f/c.txt"), c);
    world_expect(world.main, "a.nt", S(2) S(3));
    assert_int_equal(world_stat(world.main, c).mode, 0600);
    refused(&world, PATH("b.nt") "H from \"a.nt\" .\n", BC_EXISTS,
            "line 1: \"b.nt\" is there already, and the patch does not delete it");
    refused(&world, PATH("x.nt") "H from \"y.nt\" .\n", BC_NOT_FOUND,
            "line 1: \"x.nt\" cannot be renamed from \"y.nt\": that is not there");
    refused(&world, PATH("x.nt") "H from \"e/f/c.txt\" .\n", BC_EXISTS,
            "line 1: \"x.nt\" cannot be renamed from \"e/f/c.txt\", a plain file, to a triple "
            "file; delete the one and add the other");
    world_close(&world);
}

/* What a path holds before may be in a folder that goes elsewhere: it stays if nothing else comes.
 */
static void a_path_stays_when_its_folder_goes(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    world_folder(world.main, "a");
    world_folder(world.main, "b");
    world_put(world.main, "a/same.nt", S(1));
    world_put(world.main, "a/along.nt", S(2));
    uint64_t brought = world_put(world.main, "b/other.nt", S(3));
    patch(&world, PATH("a/") "H from \"b/\" .\nH type \"folder\" .\n" PATH(
                      "b/") "H from \"a/\" .\nH type \"folder\" .\n" PATH("a/same.nt") "A " S(4)
                      PATH("a/other.nt") "A " S(5) PATH("b/same.nt") ADDED "A " S(6));
    world_expect(world.main, "a/same.nt", S(1) S(4));
    world_expect(world.main, "a/other.nt", S(3) S(5));
    world_expect(world.main, "b/along.nt", S(2));
    world_expect(world.main, "b/same.nt", S(6));
    assert_int_equal(world_find(world.main, "a/other.nt"), brought);
    world_close(&world);
}

static void a_rename_to_triples_needs_triples(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    world_put(world.main, "a.nq", S(1) SQ(2));
    refused(&world, PATH("a.nt") "H from \"a.nq\" .\n", BC_SYNTAX,
            "line 1: \"a.nt\" would hold statements with a graph, which N-Triples cannot say; "
            "keep the extension .nq, or remove them with rows D");
    world_expect(world.main, "a.nq", S(1) SQ(2));
    refused(&world, PATH("a.nt") "H from \"a.nq\" .\nA " SQ(2), BC_SYNTAX,
            "line 3, column 43: a graph name is not allowed in N-Triples; use a .nq file");
    patch(&world, PATH("a.nt") "H from \"a.nq\" .\nD " SQ(2));
    world_expect(world.main, "a.nt", S(1));
    world_close(&world);
}

static void large_patches_make_large_texts(void **state)
{
    (void)state;
    struct world world;
    struct bc_buffer text = {0};
    struct bc_buffer content = {0};
    enum { LINES = 20000 };
    world_open(&world, NULL);
    assert_int_equal(bc_buffer_printf(&text, PATH("a.nt") ADDED "TX .\n"), BC_OK);
    for (int i = LINES - 1; i >= 0; i--)
        assert_int_equal(
            bc_buffer_printf(&text, "A <http://e/subject%06d> <http://e/p> <http://e/o> .\n", i),
            BC_OK);
    assert_int_equal(bc_buffer_printf(&text, "TC .\n"), BC_OK);
    struct bc_patch_report report;
    assert_int_equal(apply_to(&world, world.main, bc_buffer_slice(&text), "", &report), BC_OK);
    report_is(report, 1, LINES, 0, 0);
    bc_buffer_clear(&text);
    assert_int_equal(bc_buffer_printf(&text, PATH("a.nt")), BC_OK);
    for (int i = 0; i < LINES; i++) {
        if (i % 2)
            assert_int_equal(
                bc_buffer_printf(&content, "<http://e/subject%06d> <http://e/p> <http://e/o> .\n",
                                 i),
                BC_OK);
        else
            assert_int_equal(
                bc_buffer_printf(&text, "D <http://e/subject%06d> <http://e/p> <http://e/o> .\n",
                                 i),
                BC_OK);
    }
    assert_int_equal(apply_to(&world, world.main, bc_buffer_slice(&text), "", &report), BC_OK);
    report_is(report, 1, 0, LINES / 2, 0);
    assert_int_equal(bc_buffer_append(&content, "", 1), BC_OK);
    world_expect(world.main, "a.nt", content.data);
    bc_buffer_release(&content);
    bc_buffer_release(&text);
    world_close(&world);
}

struct bad {
    const char *text;
    const char *message;
};

#define B(text, message)                                                                           \
    {                                                                                              \
        text, message                                                                              \
    }

static const struct bad bad[] = {
    B("X .\n", "line 1: no row begins with \"X\"; rows are H, TX, TC, TA, PA, PD, A and D"),
    B("a <x:s> <x:p> <x:o> .\n",
      "line 1: no row begins with \"a\"; rows are H, TX, TC, TA, PA, PD, A and D"),
    B("AA <x:s> <x:p> <x:o> .\n",
      "line 1: no row begins with \"AA\"; rows are H, TX, TC, TA, PA, PD, A and D"),
    B("\n\n  @prefix e: <x:> .\n",
      "line 3: no row begins with \"@prefix\"; rows are H, TX, TC, TA, PA, PD, A and D"),
    B("<x:s> <x:p> <x:o> .\n", "line 1: a statement without a row code; write A before what is "
                               "added and D before what is removed"),
    B("A <x:s> <x:p> <x:o> .\n", "line 1: no path says which file the rows are for; put H path "
                                 "\"FILE.nt\" . before them"),
    B(PATH("a.nt") "A <x:s> <x:p> <x:o>\n",
      "line 2, column 20: expected '.' at the end of the statement, found the end of the line"),
    B(PATH("a.nt") "A <x:s> \"p\" <x:o> .\n", "line 2, column 9: a literal cannot be a predicate"),
    B(PATH("a.nt") "A <x:s> <x:p> <x:o> <x:g> .\n",
      "line 2, column 21: a graph name is not allowed in N-Triples; use a .nq file"),
    B(PATH("a.nt") "A <x:s> <x:p> <o> .\n",
      "line 2, column 15: a relative IRI is not allowed: <o>"),
    B(PATH("a.nt") "A <x:s> <x:p> <x:o> . A <x:s> <x:p> <x:o> .\n",
      "line 2, column 23: expected the end of the line, found 'A'"),
    B(PATH("a.nt") "A \n", "line 2: a row A or D without a statement"),
    B(PATH("a.nt") "D # nothing\n", "line 2: a row A or D without a statement"),
    B(PATH("a.nt") "A <x:s> <x:p> \"\xFF\" .\n", "line 2, column 16: byte 0xFF is not valid UTF-8"),
    B(PATH("a.nt") "A <x:s> <x:p> \"\xC3\xA9\xC3\" .\n",
      "line 2, column 17: byte 0xC3 0x22 is not valid UTF-8"),
    B(PATH("a.nt") "A <x:s> <x:p> \"o .\n",
      "line 2, column 15: the literal that starts here has no closing '\"'"),
    B(PATH("a.nt") "TX .\nA " S(1), "line 2: the transaction that TX begins here has no end; the "
                                    "patch is cut off or lacks \"TC .\""),
    B(PATH("a.nt") "TX .\nTX .\n", "line 3: TX within the transaction that line 2 begins; end that "
                                   "with TC or TA first"),
    B("TC .\n", "line 1: TC without a TX before it"),
    B("TA .\n", "line 1: TA without a TX before it"),
    B("TX\n", "line 1: expected ' .' at the end of the row"),
    B("TX . TC .\n", "line 1: expected the end of the line behind '.', one row a line"),
    B("H mode \"0644\" .\n", "line 1: H mode before any H path; that comes first"),
    B(PATH("a.nt") "TX .\nH mode \"0644\" .\nTC .\n",
      "line 3: H mode within the transaction that line 2 begins; headers stand before TX"),
    B(PATH("a.nt") "TX .\n" PATH("b.nt"),
      "line 3: H path within the transaction that line 2 begins; headers stand before TX"),
    B(PATH("a.nt") "TX .\nTC .\nH mode \"0644\" .\n",
      "line 4: H mode behind the rows of \"a.nt\"; headers stand before them"),
    B(PATH("a.nt") "A " S(1) "H kind \"added\" .\n",
      "line 3: H kind behind the rows of \"a.nt\"; headers stand before them"),
    B(PATH("a.nt") "H mode \"0644\" .\nH mode \"0644\" .\n", "line 3: a second H mode for "
                                                             "\"a.nt\""),
    B("H color \"red\" .\n", "line 1: no header is called \"color\""),
    B("H\n", "line 1: no header is called \"\""),
    B("H path <x:a> .\n", "line 1: expected a string in \"\" behind path"),
    B("H path \"a.nt .\n", "line 1: the string behind path has no closing '\"'"),
    B("H path \"a.nt\"@en .\n",
      "line 1: the string behind path has a language or a type; write it without"),
    B("H path \"a\\x.nt\" .\n", "line 1: '\\' before another character than tbnrf\"'\\uU is no "
                                "escape; write '\\\\' for a backslash"),
    B("H path \"a\\uD800.nt\" .\n", "line 1: an escape \\u has four hexadecimal digits, \\U eight, "
                                    "and means a character"),
    B("H path \"a.nt\"\n", "line 1: expected ' .' at the end of the row"),
    B(PATH(""), "line 1: the path \"\" is empty"),
    B(PATH("/"), "line 1: the path \"/\" is absolute; paths start at the branch's own folder, "
                 "without '/'"),
    B(PATH("/etc/x.nt"), "line 1: the path \"/etc/x.nt\" is absolute; paths start at the branch's "
                         "own folder, without '/'"),
    B(PATH("../x.nt"), "line 1: the path \"../x.nt\" has '.' or '..' in it, and would leave its "
                       "place in the branch"),
    B(PATH("a/./x.nt"), "line 1: the path \"a/./x.nt\" has '.' or '..' in it, and would leave its "
                        "place in the branch"),
    B(PATH("a/.."), "line 1: the path \"a/..\" has '.' or '..' in it, and would leave its place in "
                    "the branch"),
    B(PATH("a//x.nt"), "line 1: the path \"a//x.nt\" has an empty name in it"),
    B(PATH("a//"), "line 1: the path \"a//\" has an empty name in it"),
    B(PATH(".branch/x"),
      "line 1: the path \".branch/x\" is in .branch, which is no part of the branch's tree"),
    B(PATH(".branch/"),
      "line 1: the path \".branch/\" is in .branch, which is no part of the branch's tree"),
    B(PATH("a\\u0000.nt"), "line 1: the path \"a?.nt\" has a NUL in it"),
    B(PATH("a.nt") "H from \"../b.nt\" .\n", "line 2: the path \"../b.nt\" has '.' or '..' in it, "
                                             "and would leave its place in the branch"),
    B(PATH("x.txt") "A " S(1),
      "line 2: \"x.txt\" is no triple file (.nt, .nq), so it has no rows A and D"),
    B(PATH("x.nt") "H type \"folder\" .\nA " S(1),
      "line 3: \"x.nt\" is no triple file by its H type, so it has no rows A and D"),
    B(PATH("x.nt") DELETED "A " S(1),
      "line 3: \"x.nt\" is deleted by line 1, so it has no rows A and D"),
    B(PATH("x.nt") DELETED "H mode \"0644\" .\n",
      "line 1: \"x.nt\" is deleted; of the other headers only H type can be there"),
    B(PATH("x.nt") "H kind \"new\" .\n", "line 2: H kind is \"added\" or \"deleted\", not \"new\""),
    B(PATH("x.nt") "H type \"text\" .\n", "line 2: H type is \"folder\", \"link\" or \"bytes\", "
                                          "not \"text\"; a triple file has none"),
    B(PATH("x/") "H type \"link\" .\n", "line 2: the path \"x/\" is a folder's, by its slash"),
    B(PATH("x.nt") "H mode \"9\" .\n",
      "line 2: H mode is permission bits in octal, such as \"0644\", not \"9\""),
    B(PATH("x.nt") "H mode \"17777\" .\n",
      "line 2: H mode is permission bits in octal, such as \"0644\", not \"17777\""),
    B(PATH("x.txt") ADDED, "line 1: \"x.txt\" is no triple file (.nt, .nq) by its name; say what "
                           "it is with H type \"bytes\", \"folder\" or \"link\""),
    B(PATH("x.nt") ADDED "H from \"y.nt\" .\n",
      "line 1: \"x.nt\" is added and renamed at once; leave out one of the two"),
    B(PATH("x.nt") ADDED "H type \"bytes\" .\n",
      "line 3: \"x.nt\" is a triple file by its name; its content is rows A and D, not bytes"),
    B(PATH("x.nt") "H size \"1\" .\n",
      "line 2: \"x.nt\" is a triple file by its name; its content is rows A and D, not bytes"),
    B(PATH("x.nt") "H size \"1\" .\nA " S(1),
      "line 2: \"x.nt\" is no plain file, so it has no size, sha256 and base64"),
    B(PATH("x") ADDED "H type \"link\" .\n", "line 1: the link \"x\" is added without H target"),
    B(PATH("x") ADDED "H type \"folder\" .\nH target \"y\" .\n",
      "line 4: \"x\" is no link, so it has no target"),
    B(PATH("x") ADDED "H type \"link\" .\nH target \"\" .\n",
      "line 4: a link's target has 1 to 4095 bytes, none of them NUL"),
    B(PATH("x") "H base64 \"a\" .\n", "line 2: H base64 is not base64"),
    B(PATH("x") "H base64 \"a===\" .\n", "line 2: H base64 is not base64"),
    B(PATH("x") "H base64 \"aG=sbG8K\" .\n", "line 2: H base64 is not base64"),
    B(PATH("x") "H base64 \"aGVs bG8\" .\n", "line 2: H base64 is not base64"),
    B(PATH("x") "H base64 \"aR==\" .\n", "line 2: H base64 is not base64"),
    B(PATH("x") "H base64 \"aGVsbG8K\" .\nH size \"5\" .\n",
      "line 3: \"x\" has 5 bytes by its H size, and 6 by its H base64; the patch is damaged"),
    B(PATH("x") "H size \"-1\" .\n", "line 2: H size is a number of bytes, not \"-1\""),
    B(PATH("x") "H sha256 \"12\" .\n", "line 2: H sha256 is 64 hexadecimal digits, not \"12\""),
    B(PATH("x") "H base64 \"aGVsbG8K\" .\nH sha256 "
                "\"5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be04\" .\n",
      "line 3: the bytes of \"x\" have another sha256; the patch is damaged"),
    B(PATH("x") "H value \"\" .\n",
      "line 2: H value without the H xattr that it is of right before it"),
    B(PATH("x") "H xattr \"user.a\" .\nH mode \"0644\" .\nH value \"\" .\n",
      "line 4: H value without the H xattr that it is of right before it"),
    B(PATH("x") "H xattr \"user.a\" .\nH value \"?\" .\n", "line 3: H value is not base64"),
    B(PATH("x") "H xattr \"trusted.a\" .\n", "line 2: an attribute's name is \"user.\" and more, "
                                             "255 bytes at most, not \"trusted.a\""),
    B(PATH("x") "H xattr \"user.triplefs.sha256\" .\n",
      "line 2: the attribute \"user.triplefs.sha256\" is computed; it cannot be set"),
    B("PA e <x:> .\n", "line 1: expected a prefix such as \"ex\""),
    B("PA \"e\" <x: .\n", "line 1: the IRI behind the prefix has no closing '>'"),
    B("PA \"e\" .\n", "line 1: expected a string in \"\" behind the prefix"),
    B("PD .\n", "line 1: expected a prefix such as \"ex\""),
};

static void bad_input_is_refused_with_its_line(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    world_put(world.main, "keep.nt", S(1));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char text[2000];
        /* What stands before the refused row is not applied either. */
        (void)snprintf(text, sizeof text, "%s", bad[i].text);
        refused(&world, text, BC_SYNTAX, bad[i].message);
    }
    struct bc_slice nul = bc_slice("TX .\nA <x:s> <x:p> \"\0\" .\n", 25);
    assert_int_equal(apply_to(&world, world.main, nul, "keep.nt", NULL), BC_SYNTAX);
    assert_string_equal(world.err.text, "line 2: a NUL byte; a patch is text");
    world_expect(world.main, "keep.nt", S(1));
    world_close(&world);
}

static void a_refusal_changes_nothing(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    world_put(world.main, "a.nt", S(1));
    world_put(world.main, "b.txt", "b");
    struct bc_attr before = world_stat(world.main, world_find(world.main, "a.nt"));
    refused(&world,
            PATH("a.nt") "A " S(2) PATH("c.nt") "H from \"b.nt\" .\n" PATH("b.txt") DELETED
            "H type \"bytes\" .\n",
            BC_NOT_FOUND, "line 3: \"c.nt\" cannot be renamed from \"b.nt\": that is not there");
    refused(&world, PATH("a.nt") "A " S(2) "A <x:s> .\n", BC_SYNTAX,
            "line 3, column 9: expected a predicate: an IRI in <>, found '.'");
    struct bc_attr after = world_stat(world.main, world_find(world.main, "a.nt"));
    world_same(&before, &after);
    world_expect(world.main, "b.txt", "b");
    world_close(&world);
}

static void every_failed_allocation_changes_nothing(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    world_put(world.main, "a.nt", S(1));
    world_put(world.main, "b.txt", "b");
    struct bc_slice text = text_slice(PATH("a.nt") "H from \"b.nt\" .\n" PATH(
        "b.nt") "H from \"a.nt\" .\nTX .\n"
                "A <http://e/s2><http://e/p>\"\\u0041\" .\nD " S(1) "TC .\n" PATH("d/x") ADDED
                                      "H type \"link\" .\nH target \"a\\tb\" .\n"
                                      "H xattr \"user.k\" .\nH value \"dg==\" .\n" PATH(
                                          "b.txt") "H type \"bytes\" .\nH base64 \"aGVsbG8K\" .\n");
    world_put(world.main, "b.nt", S(3));
    enum bc_status st = BC_NO_MEMORY;
    for (uint64_t n = 1; st; n++) {
        bc_memory_fail_after(n, 0);
        st = apply_to(&world, world.main, text, "", NULL);
        bc_memory_fail_after(0, 0);
        assert_true(st == BC_OK || st == BC_NO_MEMORY);
        if (st) {
            world_expect(world.main, "a.nt", S(1));
            world_expect(world.main, "b.txt", "b");
            assert_int_equal(world_find(world.main, "d"), 0);
        }
    }
    world_expect(world.main, "a.nt", S(3));
    world_expect(world.main, "b.nt", "<http://e/s2> <http://e/p> \"A\" .\n");
    world_expect(world.main, "b.txt", "hello\n");
    world_close(&world);
}

enum { WRITES = 60 };

static void *write_on(void *context)
{
    struct world *world = context;
    uint64_t node = world_find(world->main, "other.nt");
    for (int i = 0; i < WRITES; i++) {
        char line[100];
        int size = snprintf(line, sizeof line, "<http://e/w%d> <http://e/p> <http://e/o> .\n", i);
        assert_int_equal(world_edit(world->main, node, BC_EDIT_APPEND, line, (size_t)size), BC_OK);
    }
    return NULL;
}

static void others_may_change_the_branch_meanwhile(void **state)
{
    (void)state;
    struct world world;
    pthread_t thread;
    world_open(&world, NULL);
    world_put(world.main, "a.nt", "");
    world_put(world.main, "other.nt", "");
    assert_int_equal(pthread_create(&thread, NULL, write_on, &world), 0);
    for (int i = 0; i < 20; i++) {
        char text[200];
        struct bc_error err;
        struct bc_patch_report report;
        int size = snprintf(text, sizeof text,
                            PATH("a.nt") "A <http://e/p%d> <http://e/p> <http://e/o> .\n", i);
        assert_int_equal(bc_patch_apply(world.main, bc_slice(text, (size_t)size), bc_slice("", 0),
                                        &report, &err),
                         BC_OK);
    }
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(world_stat(world.main, world_find(world.main, "a.nt")).triples, 20);
    assert_int_equal(world_stat(world.main, world_find(world.main, "other.nt")).triples, WRITES);
    world_close(&world);
}

/* Random pairs of states. */

enum { PATHS = 200, XATTRS = 3 };

struct paths {
    char *list[PATHS];
    size_t count;
    struct bc_branch *branch;
    const char *folder;
};

static void collect_paths(struct paths *paths, uint64_t node, const char *prefix);

static enum bc_status collect_entry(void *context, struct bc_slice name, uint64_t node,
                                    enum bc_kind kind)
{
    struct paths *paths = context;
    char path[4096];
    int size = snprintf(path, sizeof path, "%s%s%.*s", paths->folder, *paths->folder ? "/" : "",
                        (int)name.size, name.data);
    assert_true(size < (int)sizeof path && paths->count < PATHS);
    paths->list[paths->count++] = strdup(path);
    (void)node;
    (void)kind;
    return BC_OK;
}

static void collect_paths(struct paths *paths, uint64_t node, const char *prefix)
{
    size_t first = paths->count;
    paths->folder = prefix;
    assert_int_equal(bc_tree_list(paths->branch, node, collect_entry, paths), BC_OK);
    size_t end = paths->count;
    for (size_t i = first; i < end; i++) {
        uint64_t child = world_find(paths->branch, paths->list[i]);
        if (world_stat(paths->branch, child).kind == BC_DIRECTORY)
            collect_paths(paths, child, paths->list[i]);
    }
}

static void paths_of(struct paths *paths, struct bc_branch *branch)
{
    *paths = (struct paths){.branch = branch};
    collect_paths(paths, BC_ROOT_NODE, "");
}

static void paths_release(struct paths *paths)
{
    for (size_t i = 0; i < paths->count; i++)
        free(paths->list[i]);
}

struct game {
    struct world *world;
    struct bc_branch *branch;
    uint64_t random;
};

static const char *some_path(struct game *game, struct paths *paths)
{
    return paths->count ? paths->list[world_random(&game->random, paths->count)] : "";
}

/* A path that may or may not be there, in a folder that is. */
static void some_new_path(struct game *game, struct paths *paths, char to[4096])
{
    static const char *const names[] = {"a.nt",  "b.nt",   "c.nq", "d.nq",       "e.txt",
                                        "f",     "a",      "a-b",  "x.nt\n\"\t", "\xFF\x01.nt",
                                        "a.nt~", "\\u.nq", "k.nt", "\x7F"};
    const char *folder = "";
    for (int i = 0; i < 3 && paths->count; i++) {
        const char *path = some_path(game, paths);
        uint64_t node = world_find(game->branch, path);
        if (node && world_stat(game->branch, node).kind == BC_DIRECTORY && strlen(path) < 60)
            folder = path;
    }
    (void)snprintf(to, 4096, "%s%s%s", folder, *folder ? "/" : "",
                   names[world_random(&game->random, sizeof names / sizeof *names)]);
}

static void make_something(struct game *game, struct paths *paths)
{
    char path[4096];
    some_new_path(game, paths, path);
    const char *slash = strrchr(path, '/');
    struct bc_attr parent;
    struct bc_attr attr;
    static const enum bc_kind kinds[] = {BC_FILE, BC_FILE, BC_FILE, BC_DIRECTORY, BC_SYMLINK};
    struct bc_make make = {.kind = kinds[world_random(&game->random, 5)],
                           .mode = (uint32_t)world_random(&game->random, 01000),
                           .uid = 7,
                           .gid = 8,
                           .target = text_slice(world_random(&game->random, 2) ? "x" : "\"y\n")};
    if (make.kind == BC_SYMLINK)
        make.mode = 0777;
    assert_int_equal(
        bc_tree_find(game->branch, bc_slice(path, slash ? (size_t)(slash - path) : 0), &parent),
        BC_OK);
    enum bc_status st =
        bc_tree_make(game->branch, parent.node, text_slice(slash ? slash + 1 : path), &make, &attr);
    assert_true(st == BC_OK || st == BC_EXISTS);
}

static void write_something(struct game *game, const char *path)
{
    struct bc_buffer text = {0};
    uint64_t node = world_find(game->branch, path);
    if (!node || world_stat(game->branch, node).kind != BC_FILE)
        return;
    struct bc_attr attr = world_stat(game->branch, node);
    uint64_t lines = world_random(&game->random, 40) ? world_random(&game->random, 6) : 2500;
    for (uint64_t i = 0; i < lines; i++)
        assert_int_equal(bc_buffer_printf(&text, "<http://e/s%llu> <http://e/p> \"%llu\\n\" .\n",
                                          (unsigned long long)world_random(&game->random, 9000),
                                          (unsigned long long)i % 3),
                         BC_OK);
    bool quads = strlen(path) > 3 && !strcmp(path + strlen(path) - 3, ".nq");
    if (quads)
        assert_int_equal(bc_buffer_printf(&text, SQ(1)), BC_OK);
    assert_int_equal(bc_buffer_append(&text, "", 1), BC_OK);
    if (attr.form == BC_TEXT && world_random(&game->random, 2))
        (void)world_edit(game->branch, node, BC_EDIT_APPEND, text.data, text.size - 1);
    else
        (void)world_put(game->branch, path, text.data);
    bc_buffer_release(&text);
}

static void change_attributes(struct game *game, const char *path)
{
    static const char *const names[XATTRS] = {"user.a", "user.\"b\"\n", "user.c"};
    uint64_t node = world_find(game->branch, path);
    struct bc_attr attr;
    struct bc_change change = {.mask = BC_CHANGE_MODE,
                               .mode = (uint32_t)world_random(&game->random, 010000)};
    struct bc_slice name = text_slice(names[world_random(&game->random, XATTRS)]);
    if (world_random(&game->random, 2)) {
        if (world_stat(game->branch, node).kind != BC_SYMLINK)
            assert_int_equal(bc_tree_change(game->branch, node, &change, &attr), BC_OK);
    } else if (world_random(&game->random, 3)) {
        char value[3] = {0, '\n', (char)world_random(&game->random, 256)};
        assert_int_equal(bc_xattr_set(game->branch, node, name,
                                      bc_slice(value, world_random(&game->random, 4)), false,
                                      false),
                         BC_OK);
    } else {
        (void)bc_xattr_remove(game->branch, node, name);
    }
}

static void step(struct game *game)
{
    struct paths paths;
    struct bc_renamed renamed;
    char path[4096];
    paths_of(&paths, game->branch);
    uint64_t what = paths.count < 4 ? 0 : world_random(&game->random, 16);
    const char *some = some_path(game, &paths);
    if (what < 4) {
        if (paths.count < PATHS / 4)
            make_something(game, &paths);
    } else if (what < 6) {
        (void)world_remove(game->branch, some);
    } else if (what < 9) {
        some_new_path(game, &paths, path);
        (void)world_rename(game->world, game->branch, some, path, 0, &renamed);
    } else if (what < 10) {
        (void)world_rename(game->world, game->branch, some, some_path(game, &paths),
                           BC_RENAME_EXCHANGE, &renamed);
    } else if (what < 13) {
        write_something(game, some);
    } else {
        change_attributes(game, some);
    }
    paths_release(&paths);
}

static void same_xattrs(struct bc_branch *a, uint64_t a_node, struct bc_branch *b, uint64_t b_node)
{
    struct bc_buffer names = {0};
    struct bc_buffer others = {0};
    assert_int_equal(bc_xattr_list(a, a_node, &names), BC_OK);
    assert_int_equal(bc_xattr_list(b, b_node, &others), BC_OK);
    assert_int_equal(names.size, others.size);
    for (size_t at = 0; at < names.size; at += strlen(names.data + at) + 1) {
        struct bc_slice name = text_slice(names.data + at);
        struct bc_buffer value = {0};
        struct bc_buffer other = {0};
        assert_int_equal(bc_xattr_get(a, a_node, name, &value), BC_OK);
        assert_int_equal(bc_xattr_get(b, b_node, name, &other), BC_OK);
        assert_true(bc_slice_equal(bc_buffer_slice(&value), bc_buffer_slice(&other)));
        bc_buffer_release(&value);
        bc_buffer_release(&other);
    }
    bc_buffer_release(&names);
    bc_buffer_release(&others);
}

static void content_of(struct bc_branch *branch, const struct bc_attr *attr, struct bc_buffer *to)
{
    if (attr->kind == BC_SYMLINK)
        assert_int_equal(bc_tree_readlink(branch, attr->node, to), BC_OK);
    else if (attr->kind == BC_FILE)
        *to = world_content(branch, attr->node);
}

static void same_path(struct bc_branch *a, struct bc_branch *b, const char *path)
{
    struct bc_buffer content = {0};
    struct bc_buffer other = {0};
    uint64_t a_node = world_find(a, path);
    uint64_t b_node = world_find(b, path);
    assert_true(a_node && b_node);
    struct bc_attr a_attr = world_stat(a, a_node);
    struct bc_attr b_attr = world_stat(b, b_node);
    assert_int_equal(a_attr.kind, b_attr.kind);
    assert_int_equal(a_attr.mode, b_attr.mode);
    assert_int_equal(a_attr.size_bytes, b_attr.size_bytes);
    content_of(a, &a_attr, &content);
    content_of(b, &b_attr, &other);
    assert_true(bc_slice_equal(bc_buffer_slice(&content), bc_buffer_slice(&other)));
    same_xattrs(a, a_node, b, b_node);
    bc_buffer_release(&content);
    bc_buffer_release(&other);
}

static void same_trees(struct bc_branch *a, struct bc_branch *b)
{
    struct paths a_paths;
    struct paths b_paths;
    paths_of(&a_paths, a);
    paths_of(&b_paths, b);
    assert_int_equal(a_paths.count, b_paths.count);
    for (size_t i = 0; i < a_paths.count; i++) {
        assert_string_equal(a_paths.list[i], b_paths.list[i]);
        same_path(a, b, a_paths.list[i]);
    }
    paths_release(&a_paths);
    paths_release(&b_paths);
}

static enum bc_status append_text(void *context, struct bc_slice bytes)
{
    return bc_buffer_append(context, bytes.data, bytes.size);
}

static void keep_patch(const struct bc_buffer *text)
{
    FILE *file = fopen("/tmp/triplefs-failed.rdfp", "w");
    if (file) {
        (void)fwrite(text->data, 1, text->size, file);
        (void)fclose(file);
    }
}

static void make_it_the_other(struct world *world, struct bc_branch *past, struct bc_branch *now)
{
    struct bc_buffer text = {0};
    struct bc_patch_report report;
    assert_int_equal(bc_patch_write(past, now, append_text, &text), BC_OK);
    enum bc_status st = apply_to(world, past, bc_buffer_slice(&text), "", &report);
    if (st) {
        keep_patch(&text);
        fail_msg("%s (the patch is /tmp/triplefs-failed.rdfp)", world->err.text);
    }
    assert_int_equal(report.ignored, 0);
    same_trees(past, now);
    bc_buffer_clear(&text);
    assert_int_equal(bc_patch_write(past, now, append_text, &text), BC_OK);
    assert_int_equal(text.size, 0);
    bc_buffer_release(&text);
}

static void a_written_patch_makes_one_state_the_other(void **state)
{
    (void)state;
    enum { ROUNDS = 60, STEPS = 40 };
    struct world world;
    uint64_t random = world_seed();
    world_open(&world, NULL);
    for (int i = 0; i < ROUNDS; i++) {
        struct game game = {&world, world.main, random};
        struct bc_branch *past = world_fork(&world, world.main, "past");
        struct bc_branch *back = world_fork(&world, world.main, "back");
        for (uint64_t n = 1 + world_random(&game.random, STEPS); n; n--)
            step(&game);
        /* Now and then the other one has gone its own way. */
        game.branch = past;
        if (world_random(&game.random, 4) == 0)
            for (uint64_t n = world_random(&game.random, STEPS); n; n--)
                step(&game);
        random = game.random;
        make_it_the_other(&world, past, world.main);
        make_it_the_other(&world, past, back);
        bc_branch_release(past);
        bc_branch_release(back);
        assert_int_equal(bc_branch_delete(world.repo, text_slice("past"), true, &world.err), BC_OK);
        assert_int_equal(bc_branch_delete(world.repo, text_slice("back"), true, &world.err), BC_OK);
    }
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_change_a_text),
        cmocka_unit_test(the_last_row_of_a_line_wins),
        cmocka_unit_test(bare_rows_are_for_the_path_that_is_given),
        cmocka_unit_test(terms_are_made_canonical),
        cmocka_unit_test(prefixes_and_blank_nodes_of_jena_are_read),
        cmocka_unit_test(rows_have_triple_terms),
        cmocka_unit_test(an_aborted_transaction_changes_nothing),
        cmocka_unit_test(what_changes_nothing_leaves_no_trace),
        cmocka_unit_test(paths_are_added_with_their_folders),
        cmocka_unit_test(adding_what_is_there_applies_its_rows),
        cmocka_unit_test(what_is_deleted_must_be_there),
        cmocka_unit_test(names_are_swapped_at_once),
        cmocka_unit_test(a_path_stays_when_its_folder_goes),
        cmocka_unit_test(a_rename_to_triples_needs_triples),
        cmocka_unit_test(large_patches_make_large_texts),
        cmocka_unit_test(bad_input_is_refused_with_its_line),
        cmocka_unit_test(a_refusal_changes_nothing),
        cmocka_unit_test(every_failed_allocation_changes_nothing),
        cmocka_unit_test(others_may_change_the_branch_meanwhile),
        cmocka_unit_test(a_written_patch_makes_one_state_the_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
