#include "formats/internal.h"
#include "tests/format_run.h"
#include "tests/set_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#define ROOT                                                                                       \
    "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" xmlns:e=\"http://e/\">\n"
#define END   "</rdf:RDF>\n"
#define S     "<rdf:Description rdf:about=\"http://e/s\">"
#define END_S "</rdf:Description>"
#define RDF   "http://www.w3.org/1999/02/22-rdf-syntax-ns#"

static struct bc_slice slice_of(const char *text)
{
    return bc_slice(text, strlen(text));
}

/* Reading. */

static void expect_lines(const char *text, const char *lines)
{
    static const struct chunking pieces[] = {{0}, {1, 1}, {5, 9}};
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        struct run run = run_rdfxml("file:///a/b.rdf", slice_of(text), pieces[i]);
        if (run.status)
            fail_msg("%s: %s", text, run.error.reason);
        assert_int_equal(bc_buffer_append(&run.out, "", 1), BC_OK);
        assert_string_equal(run.out.data, lines);
        bc_buffer_release(&run.out);
    }
}

static void expect_error(const char *text, unsigned line, unsigned column, const char *reason)
{
    struct run run = run_rdfxml("file:///a/b.rdf", slice_of(text), (struct chunking){0});
    struct run again = run_rdfxml("file:///a/b.rdf", slice_of(text), (struct chunking){1, 1});
    if (run.status != BC_SYNTAX || !strstr(run.error.reason, reason))
        fail_msg("%s: %s", text, run.error.reason);
    assert_int_equal(run.error.line, line);
    assert_int_equal(run.error.column, column);
    assert_true(run_same(&run, &again));
    bc_buffer_release(&run.out);
    bc_buffer_release(&again.out);
}

static void statements_become_canonical_lines(void **state)
{
    (void)state;
    expect_lines(ROOT S "<e:p xml:lang=\"EN-gb\">a \"b\"\\\n</e:p>"
                        "<e:q rdf:datatype=\"http://www.w3.org/2001/XMLSchema#string\">c</e:q>"
                        "<e:r rdf:resource=\"c.rdf#x\"/><e:u rdf:nodeID=\"n\"/>" END_S END,
                 "<http://e/s> <http://e/p> \"a \\\"b\\\"\\\\\\n\"@en-gb .\n"
                 "<http://e/s> <http://e/q> \"c\" .\n"
                 "<http://e/s> <http://e/r> <file:///a/c.rdf#x> .\n"
                 "<http://e/s> <http://e/u> _:n .\n");
}

static void a_text_without_anything_is_an_empty_set(void **state)
{
    (void)state;
    expect_lines("", "");
    expect_lines(" \n\t\n", "");
    expect_lines("\xEF\xBB\xBF", "");
    expect_lines(ROOT END, "");
}

static void attributes_keep_their_blanks_and_have_the_language(void **state)
{
    (void)state;
    expect_lines(ROOT "<rdf:Description xml:lang=\"en\" rdf:about=\"http://e/s\" "
                      "e:p=\"  two  blanks\n&#10;&#x9; \" e:q=\"\xEF\xB7\x94s\"/>" END,
                 "<http://e/s> <http://e/p> \"  two  blanks \\n\\t \"@en .\n"
                 "<http://e/s> <http://e/q> \"\xEF\xB7\x94s\"@en .\n");
    expect_lines(ROOT S "<e:p>\xEF\xB7\x94s &#xFDD4;e  </e:p>" END_S END,
                 "<http://e/s> <http://e/p> \"\xEF\xB7\x94s \xEF\xB7\x94"
                 "e  \" .\n");
}

static void entities_are_replaced(void **state)
{
    (void)state;
    expect_lines(
        "<?xml version='1.0'?>\n<!DOCTYPE rdf:RDF [\n  <!-- ]> -->\n"
        "  <!ENTITY e \"http://e/\" >\n  <!ENTITY both '&e;s' ><!ENTITY q \"a&#34;'&amp;\">\n"
        "]>\n" ROOT "<rdf:Description rdf:about=\"&both;\"><e:p rdf:resource='&e;o'/>"
        "<e:q>&q;</e:q></rdf:Description><rdf:Description rdf:about='&e;x' e:r='&q;'/>" END,
        "<http://e/s> <http://e/p> <http://e/o> .\n"
        "<http://e/s> <http://e/q> \"a\\\"'&\" .\n"
        "<http://e/x> <http://e/r> \"a\\\"'&\" .\n");
}

static void nothing_but_the_text_is_read(void **state)
{
    (void)state;
    expect_error("<!DOCTYPE r [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>\n" ROOT END, 1, 14,
                 "another file");
    expect_error("<!DOCTYPE r [<!ENTITY % x SYSTEM \"http://e/x.dtd\"> %x;]>\n" ROOT END, 1, 14,
                 "parameter entities");
    expect_error("<!DOCTYPE r SYSTEM \"file:///etc/passwd\">\n" ROOT S "<e:p>&x;</e:p>" END_S END,
                 3, 46, "does not declare");
    expect_error("<!DOCTYPE r [<!ATTLIST r a CDATA 'x'>]>\n" ROOT END, 1, 14, "attributes");
}

static void entities_cannot_make_the_text_large(void **state)
{
    (void)state;
    struct bc_buffer text = {0};
    clock_t start = clock();
    bc_buffer_printf(&text, "<!DOCTYPE r [<!ENTITY a0 \"0123456789\">\n");
    for (int i = 1; i < 12; i++)
        bc_buffer_printf(&text,
                         "<!ENTITY a%d \"&a%d;&a%d;&a%d;&a%d;&a%d;&a%d;&a%d;&a%d;&a%d;&a%d;\">\n",
                         i, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
    bc_buffer_printf(&text, "]>" ROOT S "<e:p>&a11;</e:p>" END_S END "%c", 0);
    expect_error(text.data, 6, 14, "1 MiB");

    bc_buffer_clear(&text);
    bc_buffer_printf(&text, "<!DOCTYPE r [<!ENTITY a \"%0100000d\">]>\n" ROOT S "<e:p>", 0);
    for (int i = 0; i < 100000; i++)
        bc_buffer_printf(&text, "&a;");
    struct run run = run_rdfxml("", bc_buffer_slice(&text), (struct chunking){0});
    bc_buffer_printf(&text, "</e:p>" END_S END);
    bc_buffer_release(&run.out);
    run = run_rdfxml("", bc_buffer_slice(&text), (struct chunking){0});
    assert_int_equal(run.status, BC_SYNTAX);
    assert_non_null(strstr(run.error.reason, "much longer"));
    bc_buffer_release(&run.out);
    bc_buffer_release(&text);
    assert_true(clock() - start < 2 * CLOCKS_PER_SEC);
}

static void what_is_no_rdfxml_is_refused_where_it_stands(void **state)
{
    (void)state;
    expect_error(ROOT S "\n  <e:p>x</e:q>" END_S END, 3, 9, "mismatch");
    expect_error(ROOT S "<e:p", 2, 41, "ends within a tag");
    expect_error(ROOT S, 2, 41, "");
    expect_error(ROOT S "x<e:p>y</e:p>" END_S END, 2, 42, "text where elements");
    expect_error(ROOT S "<e:p>y<e:T/></e:p>" END_S END, 2, 47, "in the text");
    expect_error(ROOT S "<e:p><e:T/>y</e:p>" END_S END, 2, 53, "text where elements");
    expect_error(ROOT "x" END, 2, 2, "text where elements");
    expect_error(ROOT S "<e:p rdf:resource='x'>y</e:p>" END_S END, 2, 64, "");
    expect_error(ROOT "<rdf:Description rdf:ID=\"a\"/>\n<rdf:Description rdf:ID=\"a\"/>" END, 3, 1,
                 "Duplicated");
    expect_error(ROOT "<rdf:Description rdf:about=\"a b\" e:p=\"x\"/>" END, 2, 1, "character");
    expect_error(ROOT S "<e:p xml:lang=\"e n\">x</e:p>" END_S END, 2, 62, "language");
    expect_error(ROOT S "\n<e:p>\xC3\xA9\xFF</e:p>" END_S END, 3, 7, "UTF-8");
    expect_error("<?xml version='1.0' encoding='ISO-8859-1'?>" ROOT END, 1, 30, "iconv");
    expect_error(ROOT S "<e:p rdf:parseType=\"Triple\"/>" END_S END, 2, 41, "RDF 1.2");
    expect_error(ROOT S "<e:p rdf:annotation=\"#x\">y</e:p>" END_S END, 2, 41, "RDF 1.2");
    expect_error(ROOT S "<e:p rdf:bagID=\"x\">y</e:p>" END_S END, 2, 41, "");
    struct run run =
        run_rdfxml("", slice_of(ROOT "<e:T rdf:about=\"x\"/>" END), (struct chunking){0});
    assert_int_equal(run.status, BC_SYNTAX);
    assert_non_null(strstr(run.error.reason, "no base"));
    bc_buffer_release(&run.out);
}

static void elements_are_nested_so_deep_and_no_deeper(void **state)
{
    (void)state;
    for (int depth = 499; depth <= 501; depth++) {
        struct bc_buffer text = {0};
        bc_buffer_printf(&text, ROOT);
        for (int i = 0; i < depth; i++)
            bc_buffer_printf(&text, "<e:T><e:p>");
        for (int i = 0; i < depth; i++)
            bc_buffer_printf(&text, "</e:p></e:T>");
        bc_buffer_printf(&text, END);
        struct run run = run_rdfxml("", bc_buffer_slice(&text), (struct chunking){0});
        assert_int_equal(run.status, depth == 499 ? BC_OK : BC_SYNTAX);
        bc_buffer_release(&run.out);
        bc_buffer_release(&text);
    }
}

static void prefixes_are_those_of_the_elements(void **state)
{
    (void)state;
    struct bc_prefixes prefixes = {0};
    struct run run = run_rdfxml_with("",
                                     slice_of(ROOT "<e:T xmlns:x='http://x/' xmlns='http://d/' "
                                                   "rdf:nodeID='a'/>" END),
                                     (struct chunking){0}, NULL, &prefixes);
    struct bc_buffer text = {0};
    assert_int_equal(run.status, BC_OK);
    assert_int_equal(bc_prefixes_write(&prefixes, &text), BC_OK);
    assert_int_equal(bc_buffer_append(&text, "", 1), BC_OK);
    assert_string_equal(text.data,
                        "rdf: <" RDF ">\ne: <http://e/>\nx: <http://x/>\n: <http://d/>\n");
    bc_buffer_release(&text);
    bc_buffer_release(&run.out);
    bc_prefixes_release(&prefixes);
}

/* Writing. */

static enum bc_status keep(void *context, const void *data, size_t size)
{
    return bc_buffer_append(context, data, size);
}

static enum bc_status write_lines(struct bc_slice lines, const struct bc_prefixes *prefixes,
                                  bool used, struct bc_buffer *to, struct bc_error *err)
{
    struct set_text set;
    set_text_init(&set, lines);
    struct bc_writing writing = {.text = set.text,
                                 .prefixes = prefixes,
                                 .used_prefixes = used,
                                 .directory = "/tmp",
                                 .sink = keep,
                                 .context = to};
    enum bc_status st = fmt_rdfxml_write(&writing, err);
    set_text_release(&set);
    return st;
}

static void the_layout_is_that_of_the_set(void **state)
{
    (void)state;
    struct bc_prefixes prefixes = {0};
    struct bc_buffer to = {0};
    struct bc_error err;
    assert_int_equal(bc_prefixes_set(&prefixes, slice_of("e"), slice_of("http://e/")), BC_OK);
    assert_int_equal(bc_prefixes_set(&prefixes, slice_of("never"), slice_of("http://n/")), BC_OK);
    const char *lines = "<http://e/s> <http://e/list> _:l1 .\n"
                        "<http://e/s> <http://e/p> \"a<&>\\r\\n\\\"\"@en .\n"
                        "<http://e/s> <http://e/q> _:a .\n"
                        "<http://e/s> <http://o/x#r> \"1\"^^<http://e/d> .\n"
                        "<http://e/t> <http://e/p> _:b .\n"
                        "<http://e/u> <http://e/p> _:b .\n"
                        "_:a <http://e/p> <http://e/?a&b> .\n"
                        "_:l1 <" RDF "first> <http://e/m> .\n_:l1 <" RDF "rest> <" RDF "nil> .\n";
    assert_int_equal(write_lines(slice_of(lines), &prefixes, true, &to, &err), BC_OK);
    assert_int_equal(bc_buffer_append(&to, "", 1), BC_OK);
    assert_string_equal(to.data, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                                 "<rdf:RDF xmlns:rdf=\"" RDF "\"\n"
                                 "    xmlns:e=\"http://e/\"\n"
                                 "    xmlns:ns1=\"http://o/x#\">\n"
                                 "  <rdf:Description rdf:about=\"http://e/s\">\n"
                                 "    <e:list rdf:parseType=\"Collection\">\n"
                                 "      <rdf:Description rdf:about=\"http://e/m\"/>\n"
                                 "    </e:list>\n"
                                 "    <e:p xml:lang=\"en\">a&lt;&amp;&gt;&#xD;\n\"</e:p>\n"
                                 "    <e:q rdf:parseType=\"Resource\">\n"
                                 "      <e:p rdf:resource=\"http://e/?a&amp;b\"/>\n"
                                 "    </e:q>\n"
                                 "    <ns1:r rdf:datatype=\"http://e/d\">1</ns1:r>\n"
                                 "  </rdf:Description>\n"
                                 "  <rdf:Description rdf:about=\"http://e/t\">\n"
                                 "    <e:p rdf:nodeID=\"b\"/>\n"
                                 "  </rdf:Description>\n"
                                 "  <rdf:Description rdf:about=\"http://e/u\">\n"
                                 "    <e:p rdf:nodeID=\"b\"/>\n"
                                 "  </rdf:Description>\n"
                                 "</rdf:RDF>\n");
    struct set_text set;
    struct bc_prefixes told = {0};
    set_text_init(&set, slice_of(lines));
    struct bc_writing writing = {
        .text = set.text, .prefixes = &prefixes, .used_prefixes = true, .declared = &told};
    assert_int_equal(fmt_rdfxml_write(&writing, &err), BC_OK);
    bc_buffer_clear(&to);
    assert_int_equal(bc_prefixes_write(&told, &to), BC_OK);
    assert_int_equal(bc_buffer_append(&to, "", 1), BC_OK);
    assert_string_equal(to.data, "rdf: <" RDF ">\ne: <http://e/>\nns1: <http://o/x#>\n");
    set_text_release(&set);
    bc_buffer_release(&to);
    bc_prefixes_release(&told);
    bc_prefixes_release(&prefixes);
}

static void expect_unsayable(const char *line, const char *reason)
{
    struct bc_buffer to = {0};
    struct bc_error err = {""};
    assert_int_equal(write_lines(slice_of(line), NULL, false, &to, &err), BC_INVALID);
    if (!strstr(err.text, reason))
        fail_msg("%s", err.text);
    bc_buffer_release(&to);
}

static void what_it_cannot_say_is_refused(void **state)
{
    (void)state;
    expect_unsayable("<http://e/s> <http://e/1> \"x\" .\n",
                     "RDF/XML cannot say the predicate <http://e/1>: its end is no name of XML");
    expect_unsayable("<http://e/s> <" RDF "li> \"x\" .\n", "another meaning");
    expect_unsayable("<http://e/s> <" RDF "a/b> \"x\" .\n", "prefix");
    expect_unsayable("<http://e/s> <http://e/p> \"\\u0001\" .\n", "character that XML has not");
    expect_unsayable("<http://e/s> <http://e/p> \"\\uFFFF\" .\n", "character that XML has not");
    expect_unsayable("<http://e/s> <http://e/p> \"x\"@en--ltr .\n", "directions");
    expect_unsayable("<http://e/s> <http://e/p> <<( <x:s> <x:p> <x:o> )>> .\n", "triple terms");
}

/* Writes lines and reads them again, with the same text before. */
static void check_round_trip(struct bc_slice lines)
{
    struct set_text set;
    struct bc_buffer to = {0};
    struct bc_error err = {""};
    if (write_lines(lines, NULL, true, &to, &err) != BC_OK)
        fail_msg("%s", err.text);
    set_text_init(&set, lines);
    struct run run =
        run_rdfxml_with("file:///x", bc_buffer_slice(&to), (struct chunking){0}, set.text, NULL);
    if (run.status)
        fail_msg("%s\n%s\n%.*s", run.error.reason, run.error.excerpt, (int)to.size, to.data);
    set_text_sort(&run.out);
    if (run.out.size)
        assert_string_equal(run.out.data, set.lines.data);
    else
        assert_int_equal(set.lines.data ? strlen(set.lines.data) : 0, 0);
    bc_buffer_release(&run.out);
    bc_buffer_release(&to);
    set_text_release(&set);
}

/* Those of the lines that RDF/XML can say. */
static void keep_sayable(struct bc_buffer *lines)
{
    struct bc_buffer kept = {0};
    struct bc_error err;
    for (size_t at = 0, size; at < lines->size; at += size) {
        struct bc_buffer to = {0};
        const char *line = lines->data + at;
        size = (size_t)((const char *)memchr(line, '\n', lines->size - at) - line) + 1;
        enum bc_status st = write_lines(bc_slice(line, size), NULL, false, &to, &err);
        assert_true(st == BC_OK || st == BC_INVALID);
        if (!st)
            assert_int_equal(bc_buffer_append(&kept, line, size), BC_OK);
        bc_buffer_release(&to);
    }
    bc_buffer_release(lines);
    *lines = kept;
}

static void what_is_written_reads_as_the_same_set(void **state)
{
    (void)state;
    const char *given = getenv("TRIPLEFS_SEED");
    uint64_t random = given ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);
    printf("TRIPLEFS_SEED=%llu\n", (unsigned long long)random);
    size_t sayable = 0;
    for (int i = 0; i < 60; i++) {
        struct bc_buffer lines = {0};
        set_text_random(&lines, &random, 1 + set_text_below(&random, 80), false);
        keep_sayable(&lines);
        sayable += lines.size;
        check_round_trip(bc_buffer_slice(&lines));
        bc_buffer_release(&lines);
    }
    assert_true(sayable > 1000);
}

static void labels_and_blanks_come_back(void **state)
{
    (void)state;
    check_round_trip(slice_of("_:0a <http://e/p> _:x-1 .\n_:a.b <http://e/p> _:0a .\n"
                              "_:x-1 <http://e/p> _:\xC3\xA9 .\n_:\xC3\xA9 <http://e/p> _:a.b .\n"
                              "_:x--41 <http://e/p> _:x--41 .\n"));
    check_round_trip(slice_of("<http://e/s> <http://e/p> \"\" .\n"
                              "<http://e/s> <http://e/p> \"  \\t\\n \" .\n"
                              "<http://e/s> <http://e/p> \"\\r]]>\\u007F\\\\\" .\n"
                              "<http://e/s> <http://e/p> \"<b>x</b>\"^^<" RDF "XMLLiteral> .\n"
                              "<http://e/s> <http://e/p> \"\xEF\xB7\x94s\" .\n"));
}

static void nodes_nested_very_deep_come_back(void **state)
{
    (void)state;
    struct bc_buffer lines = {0};
    bc_buffer_printf(&lines, "<http://e/s> <http://e/p> _:n1 .\n");
    for (int i = 1; i < 2500; i++)
        bc_buffer_printf(&lines, "_:n%d <http://e/p> _:n%d .\n", i, i + 1);
    bc_buffer_printf(&lines, "_:n2500 <http://e/p> \"x\" .\n");
    check_round_trip(bc_buffer_slice(&lines));
    bc_buffer_release(&lines);
}

/* Memory. */

static const char all_kinds[] =
    "<!DOCTYPE r [<!ENTITY e 'http://e/'>]>" ROOT
    "<rdf:Description rdf:about=\"&e;s\" xml:lang='en' e:a=' x '><e:p rdf:parseType=\"Collection\">"
    "<e:T rdf:nodeID='x--41'/></e:p><e:q rdf:parseType='Resource'><e:r>x</e:r></e:q>"
    "</rdf:Description>" END;

static void a_failed_allocation_fails_the_reading(void **state)
{
    (void)state;
    struct run whole = run_rdfxml("", slice_of(all_kinds), (struct chunking){0});
    assert_int_equal(whole.status, BC_OK);
    for (uint64_t i = 1;; i++) {
        uint64_t before = bc_memory_allocations();
        bc_memory_fail_after(i, 0);
        struct run run = run_rdfxml("", slice_of(all_kinds), (struct chunking){0});
        bc_memory_fail_after(0, 0);
        bool done = bc_memory_allocations() - before < i;
        assert_int_equal(run.status, done ? BC_OK : BC_NO_MEMORY);
        bc_buffer_release(&run.out);
        if (done)
            break;
    }
    bc_buffer_release(&whole.out);
}

static void a_failed_allocation_fails_the_writing(void **state)
{
    (void)state;
    struct set_text set;
    struct bc_error err;
    set_text_init(&set,
                  slice_of("<http://e/s> <http://e/p> _:a .\n_:a <http://e/q> \"x\" .\n"
                           "<http://e/s> <http://f/q> _:0 .\n<http://e/t> <http://f/q> _:0 .\n"));
    for (uint64_t i = 1;; i++) {
        struct bc_buffer to = {0};
        struct bc_writing writing = {
            .text = set.text, .directory = "/tmp", .sink = keep, .context = &to};
        uint64_t before = bc_memory_allocations();
        bc_memory_fail_after(i, 0);
        enum bc_status st = fmt_rdfxml_write(&writing, &err);
        bc_memory_fail_after(0, 0);
        bool done = bc_memory_allocations() - before < i;
        assert_int_equal(st, done ? BC_OK : BC_NO_MEMORY);
        bc_buffer_release(&to);
        if (done)
            break;
    }
    set_text_release(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statements_become_canonical_lines),
        cmocka_unit_test(a_text_without_anything_is_an_empty_set),
        cmocka_unit_test(attributes_keep_their_blanks_and_have_the_language),
        cmocka_unit_test(entities_are_replaced),
        cmocka_unit_test(nothing_but_the_text_is_read),
        cmocka_unit_test(entities_cannot_make_the_text_large),
        cmocka_unit_test(what_is_no_rdfxml_is_refused_where_it_stands),
        cmocka_unit_test(elements_are_nested_so_deep_and_no_deeper),
        cmocka_unit_test(prefixes_are_those_of_the_elements),
        cmocka_unit_test(the_layout_is_that_of_the_set),
        cmocka_unit_test(what_it_cannot_say_is_refused),
        cmocka_unit_test(what_is_written_reads_as_the_same_set),
        cmocka_unit_test(labels_and_blanks_come_back),
        cmocka_unit_test(nodes_nested_very_deep_come_back),
        cmocka_unit_test(a_failed_allocation_fails_the_reading),
        cmocka_unit_test(a_failed_allocation_fails_the_writing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
