#include "branchcore/memory_store.h"
#include "formats/internal.h"
#include "formats/line_window.h"
#include "tests/failing_store.h"
#include "tests/set_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static enum bc_status keep(void *context, const void *data, size_t size)
{
    return bc_buffer_append(context, data, size);
}

static enum bc_status keep_line(void *context, struct bc_slice line, bool quad)
{
    struct bc_statement statement;
    assert_int_equal(bc_statement_split(line, &statement), BC_OK);
    assert_int_equal(quad, statement.graph.size > 0);
    return bc_buffer_append(context, line.data, line.size);
}

static void declare(struct bc_prefixes *prefixes, const char *name, const char *iri)
{
    assert_int_equal(
        bc_prefixes_set(prefixes, bc_slice(name, strlen(name)), bc_slice(iri, strlen(iri))), BC_OK);
}

static struct bc_prefixes some_prefixes(void)
{
    struct bc_prefixes prefixes = {0};
    declare(&prefixes, "ex", "http://example.org/");
    declare(&prefixes, "again", "http://example.org/");
    declare(&prefixes, "deep", "http://example.org/deep/");
    declare(&prefixes, "", "http://example.org/deep#");
    declare(&prefixes, "u", "urn:");
    declare(&prefixes, "never", "http://never.example/");
    declare(&prefixes, "rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#");
    declare(&prefixes, "xsd", "http://www.w3.org/2001/XMLSchema#");
    return prefixes;
}

static enum bc_status write_text(struct bc_text *text, bool graphs,
                                 const struct bc_prefixes *prefixes, bool used,
                                 struct bc_buffer *to, struct bc_error *err)
{
    struct bc_writing writing = {.text = text,
                                 .prefixes = prefixes,
                                 .used_prefixes = used,
                                 .directory = "/tmp",
                                 .sink = keep,
                                 .context = to};
    return fmt_turtle_write(graphs, &writing, err);
}

/* With a NUL behind; the caller releases. */
static struct bc_buffer written(const char *lines, size_t size, bool graphs,
                                const struct bc_prefixes *prefixes, bool used)
{
    struct bc_buffer to = {0};
    struct bc_error err;
    struct set_text set;
    set_text_init(&set, bc_slice(lines, size));
    assert_int_equal(write_text(set.text, graphs, prefixes, used, &to, &err), BC_OK);
    set_text_release(&set);
    assert_int_equal(bc_buffer_append(&to, "", 1), BC_OK);
    to.size--;
    return to;
}

static void expect(const char *lines, bool graphs, bool used, const char *text)
{
    struct bc_prefixes prefixes = some_prefixes();
    struct bc_buffer to = written(lines, strlen(lines), graphs, &prefixes, used);
    assert_string_equal(to.data, text);
    bc_buffer_release(&to);
    bc_prefixes_release(&prefixes);
}

/* What reading says; sorted, the caller releases. */
static struct bc_buffer read_text(struct bc_slice text, bool graphs, struct bc_text *before,
                                  bool added)
{
    struct bc_buffer lines = {0};
    struct bc_reading reading = {
        .sink = keep_line, .context = &lines, .before = before, .added = added};
    struct bc_syntax_reader *reader;
    assert_int_equal(fmt_turtle_reader_new(graphs, &reading, &reader), BC_OK);
    enum bc_status st = reader->ops->feed(reader, text.data, text.size);
    if (!st)
        st = reader->ops->finish(reader);
    const struct bc_syntax_error *error = reader->ops->error(reader);
    if (error) {
        print_error("%.*s\n", (int)text.size, text.data);
        fail_msg("%llu:%llu: %s: %s", (unsigned long long)error->line,
                 (unsigned long long)error->column, error->reason, error->excerpt);
    }
    assert_int_equal(st, BC_OK);
    reader->ops->free(reader);
    set_text_sort(&lines);
    return lines;
}

static void the_layout_is_that_of_people(void **state)
{
    (void)state;
    expect("<http://example.org/alice> <http://example.org/address> _:a .\n"
           "<http://example.org/alice> <http://example.org/knows> <http://example.org/bob> .\n"
           "<http://example.org/alice> <http://example.org/knows> <http://example.org/carol> .\n"
           "<http://example.org/alice> <http://example.org/list> _:l1 .\n"
           "<http://example.org/alice> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> "
           "<http://example.org/Person> .\n"
           "<http://example.org/bob> <http://example.org/name> \"Bob\" .\n"
           "_:a <http://example.org/city> \"Paris\" .\n"
           "_:l1 <http://www.w3.org/1999/02/22-rdf-syntax-ns#first> "
           "\"1\"^^<http://www.w3.org/2001/XMLSchema#integer> .\n"
           "_:l1 <http://www.w3.org/1999/02/22-rdf-syntax-ns#rest> _:l2 .\n"
           "_:l2 <http://www.w3.org/1999/02/22-rdf-syntax-ns#first> "
           "\"2.5\"^^<http://www.w3.org/2001/XMLSchema#decimal> .\n"
           "_:l2 <http://www.w3.org/1999/02/22-rdf-syntax-ns#rest> "
           "<http://www.w3.org/1999/02/22-rdf-syntax-ns#nil> .\n",
           false, true,
           "@prefix ex: <http://example.org/> .\n"
           "\n"
           "ex:alice\n"
           "    a ex:Person ;\n"
           "    ex:address [\n"
           "        ex:city \"Paris\" ;\n"
           "    ] ;\n"
           "    ex:knows ex:bob ,\n"
           "        ex:carol ;\n"
           "    ex:list ( 1 2.5 ) ;\n"
           ".\n"
           "\n"
           "ex:bob\n"
           "    ex:name \"Bob\" ;\n"
           ".\n");
}

static void long_lists_have_a_member_a_line(void **state)
{
    (void)state;
    expect("<urn:s> <urn:p> _:a .\n"
           "_:a <http://www.w3.org/1999/02/22-rdf-syntax-ns#first> "
           "\"one that is fairly long, and goes on\" .\n"
           "_:a <http://www.w3.org/1999/02/22-rdf-syntax-ns#rest> _:b .\n"
           "_:b <http://www.w3.org/1999/02/22-rdf-syntax-ns#first> "
           "\"another one that is fairly long too\" .\n"
           "_:b <http://www.w3.org/1999/02/22-rdf-syntax-ns#rest> _:c .\n"
           "_:c <http://www.w3.org/1999/02/22-rdf-syntax-ns#first> _:d .\n"
           "_:c <http://www.w3.org/1999/02/22-rdf-syntax-ns#rest> "
           "<http://www.w3.org/1999/02/22-rdf-syntax-ns#nil> .\n"
           "_:d <urn:q> <http://www.w3.org/1999/02/22-rdf-syntax-ns#nil> .\n",
           false, true,
           "@prefix u: <urn:> .\n"
           "\n"
           "u:s\n"
           "    u:p (\n"
           "        \"one that is fairly long, and goes on\"\n"
           "        \"another one that is fairly long too\"\n"
           "        [\n"
           "            u:q () ;\n"
           "        ]\n"
           "    ) ;\n"
           ".\n");
}

static void graphs_are_blocks_behind_the_default_graph(void **state)
{
    (void)state;
    expect("<urn:s> <urn:p> <urn:o> .\n"
           "<urn:s> <urn:p> _:n <urn:g> .\n"
           "<urn:s> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <urn:T> <urn:g> .\n"
           "<urn:t> <urn:p> \"x\" <urn:g> .\n"
           "<urn:t> <urn:p> \"x\" _:h .\n"
           "_:n <urn:q> \"y\"@en <urn:g> .\n",
           true, true,
           "@prefix u: <urn:> .\n"
           "\n"
           "u:s\n"
           "    u:p u:o ;\n"
           ".\n"
           "\n"
           "u:g {\n"
           "    u:s\n"
           "        a u:T ;\n"
           "        u:p [\n"
           "            u:q \"y\"@en ;\n"
           "        ] ;\n"
           "    .\n"
           "\n"
           "    u:t\n"
           "        u:p \"x\" ;\n"
           "    .\n"
           "}\n"
           "\n"
           "_:h {\n"
           "    u:t\n"
           "        u:p \"x\" ;\n"
           "    .\n"
           "}\n");
}

static void terms_are_short_where_they_can_be(void **state)
{
    (void)state;
    expect("<http://example.org/a> <http://example.org/deep/p> <http://example.org/x/y> .\n"
           "<http://example.org/a> <http://example.org/deep/p> <http://example.org/deep#x,y> .\n"
           "<http://example.org/a> <http://example.org/deep/p> <http://example.org/-x.> .\n"
           "<http://example.org/a> <http://example.org/deep/p> <http://example.org/deep/> .\n"
           "<http://example.org/a> <http://example.org/deep/p> <http://else.example/> .\n"
           "<http://example.org/a> <http://example.org/deep/p> \"1\\n\\\"2\\\"\\\"\" .\n"
           "<http://example.org/a> <http://example.org/deep/p> <<( _:x <urn:p> \"a\\nb\" )>> .\n"
           "<http://example.org/a> <http://example.org/deep/p> "
           "\"true\"^^<http://www.w3.org/2001/XMLSchema#boolean> .\n"
           "<http://example.org/a> <http://example.org/deep/p> "
           "\"yes\"^^<http://www.w3.org/2001/XMLSchema#boolean> .\n",
           false, true,
           "VERSION \"1.2\"\n"
           "@prefix ex: <http://example.org/> .\n"
           "@prefix deep: <http://example.org/deep/> .\n"
           "@prefix : <http://example.org/deep#> .\n"
           "@prefix u: <urn:> .\n"
           "@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n"
           "\n"
           "ex:a\n"
           "    deep:p \"\"\"1\n\"2\\\"\\\"\"\"\" ,\n"
           "        true ,\n"
           "        \"yes\"^^xsd:boolean ,\n"
           "        <<( _:x u:p \"a\\nb\" )>> ,\n"
           "        <http://else.example/> ,\n"
           "        ex:\\-x\\. ,\n"
           "        :x\\,y ,\n"
           "        deep: ,\n"
           "        <http://example.org/x/y> ;\n"
           ".\n");
}

/* declared: "NAME: <IRI>" lines. */
static void expect_declared(const char *lines, bool used, const char *declared)
{
    struct bc_prefixes prefixes = some_prefixes();
    struct bc_prefixes told = {0};
    struct bc_buffer text = {0};
    struct bc_error err;
    struct set_text set;
    set_text_init(&set, bc_slice(lines, strlen(lines)));
    struct bc_writing writing = {
        .text = set.text, .prefixes = &prefixes, .used_prefixes = used, .declared = &told};
    assert_int_equal(fmt_turtle_write(true, &writing, &err), BC_OK);
    assert_int_equal(bc_prefixes_write(&told, &text), BC_OK);
    assert_int_equal(bc_buffer_append(&text, "", 1), BC_OK);
    assert_string_equal(text.data, declared);
    bc_buffer_release(&text);
    bc_prefixes_release(&told);
    bc_prefixes_release(&prefixes);
    set_text_release(&set);
}

static void what_would_be_declared_is_told_without_a_text(void **state)
{
    (void)state;
    const char *lines = "<http://example.org/a> <http://example.org/b> "
                        "\"1\"^^<http://www.w3.org/2001/XMLSchema#integer> .\n"
                        "<http://example.org/a> <http://example.org/b> <urn:c> <urn:d> .\n";
    expect_declared(lines, true, "ex: <http://example.org/>\nu: <urn:>\n");
    expect_declared("", true, "");
    struct bc_prefixes prefixes = some_prefixes();
    struct bc_buffer all = {0};
    assert_int_equal(bc_prefixes_write(&prefixes, &all), BC_OK);
    assert_int_equal(bc_buffer_append(&all, "", 1), BC_OK);
    expect_declared(lines, false, all.data);
    bc_buffer_release(&all);
    bc_prefixes_release(&prefixes);
}

static void an_empty_set_is_its_prefixes(void **state)
{
    (void)state;
    expect("", false, true, "");
    struct bc_prefixes prefixes = {0};
    declare(&prefixes, "ex", "http://example.org/");
    struct bc_buffer to = written("", 0, true, &prefixes, false);
    assert_string_equal(to.data, "@prefix ex: <http://example.org/> .\n");
    bc_buffer_release(&to);
    bc_prefixes_release(&prefixes);
}

static void turtle_says_no_graphs(void **state)
{
    (void)state;
    const char *lines = "<urn:a> <urn:p> <urn:b> <urn:g> .\n";
    struct set_text set;
    struct bc_buffer to = {0};
    struct bc_error err = {{0}};
    set_text_init(&set, bc_slice(lines, strlen(lines)));
    assert_int_equal(write_text(set.text, false, NULL, true, &to, &err), BC_INVALID);
    assert_non_null(strstr(err.text, "<urn:g>"));
    set_text_release(&set);
    bc_buffer_release(&to);
}

static uint64_t some_seed(void)
{
    const char *given = getenv("TRIPLEFS_SEED");
    uint64_t seed = given ? strtoull(given, NULL, 0) : (uint64_t)time(NULL);
    print_message("TRIPLEFS_SEED=%llu\n", (unsigned long long)seed);
    return seed;
}

/* Writes the set, reads that over it, and requires that nothing changed. */
static void go_round(struct set_text *set, bool graphs, const struct bc_prefixes *prefixes,
                     bool used)
{
    struct bc_buffer text = {0};
    struct bc_error err;
    assert_int_equal(write_text(set->text, graphs, prefixes, used, &text, &err), BC_OK);
    struct bc_buffer lines = read_text(bc_buffer_slice(&text), graphs, set->text, false);
    if (strcmp(lines.data, set->lines.data) != 0) {
        print_error("%.*s\n", (int)text.size, text.data);
        assert_string_equal(lines.data, set->lines.data);
    }
    bc_buffer_release(&lines);
    bc_buffer_release(&text);
}

static void writing_and_reading_changes_nothing(void **state)
{
    (void)state;
    uint64_t random = some_seed();
    struct bc_prefixes prefixes = some_prefixes();
    for (int i = 0; i < 300; i++) {
        struct bc_buffer lines = {0};
        struct set_text set;
        bool graphs = i % 2;
        set_text_random(&lines, &random, 1 + set_text_below(&random, i % 50 ? 40 : 2000), graphs);
        set_text_init(&set, bc_buffer_slice(&lines));
        go_round(&set, graphs, i % 3 ? &prefixes : NULL, i % 5);
        set_text_release(&set);
        bc_buffer_release(&lines);
    }
    bc_prefixes_release(&prefixes);
}

static void the_same_text_gives_the_same_labels(void **state)
{
    (void)state;
    uint64_t random = some_seed();
    for (int i = 0; i < 50; i++) {
        struct bc_buffer lines = {0};
        bool graphs = i % 2;
        set_text_random(&lines, &random, 1 + set_text_below(&random, 60), graphs);
        struct bc_buffer text = written(lines.data, lines.size, graphs, NULL, true);
        struct bc_buffer first = read_text(bc_buffer_slice(&text), graphs, NULL, false);
        struct bc_buffer second = read_text(bc_buffer_slice(&text), graphs, NULL, false);
        assert_string_equal(first.data, second.data);
        /* Nor do they change when the text is given again, over what it gave. */
        struct set_text set;
        set_text_init(&set, bc_buffer_slice(&first));
        struct bc_buffer again = read_text(bc_buffer_slice(&text), graphs, set.text, false);
        assert_string_equal(first.data, again.data);
        /* Or is added to that. */
        struct bc_buffer added = read_text(bc_buffer_slice(&text), graphs, set.text, true);
        assert_string_equal(first.data, added.data);
        set_text_release(&set);
        bc_buffer_release(&added);
        bc_buffer_release(&again);
        bc_buffer_release(&first);
        bc_buffer_release(&second);
        bc_buffer_release(&text);
        bc_buffer_release(&lines);
    }
}

static void deep_nesting_needs_no_deep_stack(void **state)
{
    (void)state;
    for (int list = 0; list < 2; list++) {
        struct bc_buffer lines = {0};
        assert_int_equal(bc_buffer_printf(&lines, "<urn:s> <urn:p> _:n0 .\n"), BC_OK);
        for (int i = 0; i < 10000; i++) {
            if (list)
                assert_int_equal(
                    bc_buffer_printf(
                        &lines,
                        "_:n%d <http://www.w3.org/1999/02/22-rdf-syntax-ns#first> _:n%d .\n"
                        "_:n%d <http://www.w3.org/1999/02/22-rdf-syntax-ns#rest> "
                        "<http://www.w3.org/1999/02/22-rdf-syntax-ns#nil> .\n",
                        i, i + 1, i),
                    BC_OK);
            else
                assert_int_equal(bc_buffer_printf(&lines, "_:n%d <urn:p> _:n%d .\n", i, i + 1),
                                 BC_OK);
        }
        assert_int_equal(bc_buffer_printf(&lines, "_:n10000 <urn:p> \"end\" .\n"), BC_OK);
        struct set_text set;
        set_text_init(&set, bc_buffer_slice(&lines));
        go_round(&set, false, NULL, true);
        set_text_release(&set);
        bc_buffer_release(&lines);
    }
}

/* More than is looked through before its first statement is written. */
static void a_huge_subject_has_its_types_first(void **state)
{
    (void)state;
    struct bc_buffer lines = {0};
    for (int i = 0; i < 3 * FMT_WINDOW_BYTES / 100; i++)
        assert_int_equal(
            bc_buffer_printf(&lines,
                             "<urn:a%d> <urn:p> \"%d %s\" .\n"
                             "<urn:b> <urn:p%d> \"%d %s\"%s .\n",
                             i, i, "a long text that makes this a long line, over and over", i % 3,
                             i, "a long text that makes this a long line", i % 7 ? "" : " <urn:g>"),
            BC_OK);
    assert_int_equal(
        bc_buffer_printf(&lines,
                         "<urn:b> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <urn:T> .\n"
                         "<urn:b> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <urn:U> .\n"
                         "<urn:c> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <urn:U> .\n"),
        BC_OK);
    struct set_text set;
    struct bc_buffer text = {0};
    struct bc_error err;
    set_text_init(&set, bc_buffer_slice(&lines));
    assert_int_equal(write_text(set.text, true, NULL, true, &text, &err), BC_OK);
    assert_int_equal(bc_buffer_append(&text, "", 1), BC_OK);
    text.size--;
    assert_non_null(
        strstr(text.data, "\n<urn:b>\n    a <urn:T> ,\n        <urn:U> ;\n    <urn:p0> \""));
    assert_null(strstr(strstr(text.data, "\n<urn:b>\n") + 1, "\n<urn:b>\n"));
    struct bc_buffer back = read_text(bc_buffer_slice(&text), true, NULL, false);
    assert_true(bc_slice_equal(bc_buffer_slice(&back), bc_buffer_slice(&set.lines)));
    set_text_release(&set);
    bc_buffer_release(&back);
    bc_buffer_release(&text);
    bc_buffer_release(&lines);
}

static void editing_within_brackets_changes_that_alone(void **state)
{
    (void)state;
    uint64_t random = some_seed();
    struct bc_buffer lines = {0};
    for (int i = 0; i < 500; i++)
        assert_int_equal(
            bc_buffer_printf(&lines,
                             "<urn:s%d> <urn:p> _:a%d .\n_:a%d <urn:q> _:b%d .\n"
                             "_:a%d <urn:r> \"same\" .\n_:b%d <urn:name> \"value %d\" .\n"
                             "<urn:s%d> <urn:p> _:c%d .\n_:c%d <urn:r> \"same\" .\n",
                             i / 2, i, i, i, i, i, i, i / 3, i, i),
            BC_OK);
    struct set_text set;
    set_text_init(&set, bc_buffer_slice(&lines));
    for (int round = 0; round < 20; round++) {
        char old[32];
        struct bc_buffer text = {0};
        struct bc_error err;
        assert_int_equal(write_text(set.text, false, NULL, true, &text, &err), BC_OK);
        int which = (int)set_text_below(&random, 500);
        (void)snprintf(old, sizeof old, "\"value %d\"", which);
        char *found = memmem(text.data, text.size, old, strlen(old));
        found[1] = 'V';
        struct bc_buffer back = read_text(bc_buffer_slice(&text), false, set.text, false);
        /* The same but for one letter, in lines that sort otherwise. */
        char *changed = memmem(back.data, back.size, "\"Value", 6);
        changed[1] = 'v';
        set_text_sort(&back);
        assert_string_equal(back.data, set.lines.data);
        bc_buffer_release(&back);
        bc_buffer_release(&text);
    }
    set_text_release(&set);
    bc_buffer_release(&lines);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    uint64_t random = 42;
    struct bc_buffer lines = {0};
    set_text_random(&lines, &random, 60, true);
    struct bc_prefixes prefixes = some_prefixes();
    struct set_text set;
    set_text_init(&set, bc_buffer_slice(&lines));
    struct bc_buffer whole = {0};
    struct bc_error err;
    assert_int_equal(write_text(set.text, true, &prefixes, true, &whole, &err), BC_OK);
    for (uint64_t fail = 1;; fail++) {
        struct bc_buffer text = {0};
        uint64_t before = bc_memory_allocations();
        bc_memory_fail_after(fail, 0);
        enum bc_status st = write_text(set.text, true, &prefixes, true, &text, &err);
        bc_memory_fail_after(0, 0);
        if (!st) {
            assert_true(bc_slice_equal(bc_buffer_slice(&text), bc_buffer_slice(&whole)));
            bc_buffer_release(&text);
            if (bc_memory_allocations() - before < fail)
                break;
            continue;
        }
        assert_int_equal(st, BC_NO_MEMORY);
        bc_buffer_release(&text);
    }
    bc_buffer_release(&whole);
    bc_buffer_release(&lines);
    bc_prefixes_release(&prefixes);
    set_text_release(&set);
}

static void what_the_store_fails_with_is_returned(void **state)
{
    (void)state;
    uint64_t random = 5;
    struct bc_buffer lines = {0};
    struct set_text set;
    struct bc_store *inner;
    struct bc_error err;
    assert_int_equal(bc_memory_store_new(&inner), BC_OK);
    struct bc_store *store = failing_store_new(inner);
    assert_non_null(store);
    set_text_random(&lines, &random, 3000, true);
    set_text_init_over(&set, store, bc_buffer_slice(&lines));
    for (uint64_t fail = 1;; fail++) {
        struct bc_buffer text = {0};
        failing_store_fail_after(store, fail, 0, BC_IO);
        enum bc_status st = write_text(set.text, true, NULL, true, &text, &err);
        uint64_t failures = failing_store_failures(store);
        failing_store_fail_after(store, 0, 0, BC_IO);
        bc_buffer_release(&text);
        assert_int_equal(st, failures ? BC_IO : BC_OK);
        if (!failures)
            break;
    }
    set_text_release(&set);
    bc_buffer_release(&lines);
}

static enum bc_status refuse(void *context, const void *data, size_t size)
{
    (void)context;
    (void)data;
    (void)size;
    return BC_NO_SPACE;
}

static void a_sink_that_refuses_ends_the_writing(void **state)
{
    (void)state;
    uint64_t random = 3;
    struct bc_buffer lines = {0};
    set_text_random(&lines, &random, 3000, false);
    struct set_text set;
    set_text_init(&set, bc_buffer_slice(&lines));
    struct bc_writing writing = {.text = set.text, .directory = "/tmp", .sink = refuse};
    struct bc_error err;
    assert_int_equal(fmt_turtle_write(false, &writing, &err), BC_NO_SPACE);
    set_text_release(&set);
    bc_buffer_release(&lines);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_layout_is_that_of_people),
        cmocka_unit_test(long_lists_have_a_member_a_line),
        cmocka_unit_test(graphs_are_blocks_behind_the_default_graph),
        cmocka_unit_test(terms_are_short_where_they_can_be),
        cmocka_unit_test(what_would_be_declared_is_told_without_a_text),
        cmocka_unit_test(an_empty_set_is_its_prefixes),
        cmocka_unit_test(turtle_says_no_graphs),
        cmocka_unit_test(writing_and_reading_changes_nothing),
        cmocka_unit_test(the_same_text_gives_the_same_labels),
        cmocka_unit_test(deep_nesting_needs_no_deep_stack),
        cmocka_unit_test(a_huge_subject_has_its_types_first),
        cmocka_unit_test(editing_within_brackets_changes_that_alone),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(what_the_store_fails_with_is_returned),
        cmocka_unit_test(a_sink_that_refuses_ends_the_writing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
