#include "branchcore/utf8.h"
#include "formats/internal.h"
#include "tests/format_run.h"
#include "tests/isomorphism.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define XSD          "http://www.w3.org/2001/XMLSchema#"
#define RDF          "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
#define FIRST        " <" RDF "first> "
#define REST         " <" RDF "rest> "
#define NIL          "<" RDF "nil>"
#define REIFIES      " <" RDF "reifies> "
#define HEAD         "PREFIX :<x:>\n"

static struct bc_slice text_of(const char *text)
{
    return bc_slice(text, strlen(text));
}

static void check_lines(bool graphs, const char *base, const char *text, const char *lines)
{
    struct run run = run_turtle(graphs, base, text_of(text), (struct chunking){0});
    if (run.status)
        fail_msg("%s refused: %s", text, run.error.reason);
    if (!same_but_for_labels(bc_buffer_slice(&run.out), text_of(lines)))
        fail_msg("%s is\n%.*snot\n%s", text, (int)run.out.size, run.out.data, lines);
    bc_buffer_release(&run.out);
}

/* Labels too. */
static void check_exactly(bool graphs, const char *base, const char *text, const char *lines)
{
    struct run run = run_turtle(graphs, base, text_of(text), (struct chunking){0});
    if (run.status)
        fail_msg("%s refused: %s", text, run.error.reason);
    assert_int_equal(bc_buffer_append(&run.out, "", 1), BC_OK);
    assert_string_equal(run.out.data, lines);
    bc_buffer_release(&run.out);
}

static void an_object_has_one_canonical_form(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"<http://a/o>", "<http://a/o>"},
        {"<http://a/\\u0053\\U000000e9>", "<http://a/S\xC3\xA9>"},
        {"<\\u0068ttp://a/>", "<http://a/>"},
        {"<a+1.-:~\x7F>", "<a+1.-:~\x7F>"},
        {"<>", "<http://base/dir/file>"},
        {"<#\\u00e9>", "<http://base/dir/file#\xC3\xA9>"},
        {"<../x/./y>", "<http://base/x/y>"},
        {"<?q>", "<http://base/dir/file?q>"},
        {":", "<x:>"},
        {":a", "<x:a>"},
        {":a:b:", "<x:a:b:>"},
        {":a.b..c", "<x:a.b..c>"},
        {":0-_\xC2\xB7", "<x:0-_\xC2\xB7>"},
        {":\xC3\xA9\xE4\xB8\xAD\xF0\x9F\x98\x80", "<x:\xC3\xA9\xE4\xB8\xAD\xF0\x9F\x98\x80>"},
        {":%41%2f", "<x:%41%2f>"},
        {":\\~\\.\\-\\!\\$\\&\\'\\(\\)\\*\\+\\,\\;\\=\\/\\?\\#\\@\\%\\_",
         "<x:~.-!$&'()*+,;=/?#@%_>"},
        {":a\\.", "<x:a.>"},
        {"p.q:r", "<http://p.q/r>"},
        {"\xC3\xA9:r", "<http://e/r>"},
        {"_:a", "_:a"},
        {"_:0.-_\xC2\xB7.b", "_:0.-_\xC2\xB7.b"},
        {"\"\"", "\"\""},
        {"''", "\"\""},
        {"\"\"\"\"\"\"", "\"\""},
        {"''''''", "\"\""},
        {"'a'", "\"a\""},
        {"'\"'", "\"\\\"\""},
        {"\"'\"", "\"'\""},
        {"'it\\'s'", "\"it's\""},
        {"'''a'b''c\"'''", "\"a'b''c\\\"\""},
        {"\"\"\"a\"b\"\"c\\\"\"\"\"", "\"a\\\"b\\\"\\\"c\\\"\""},
        {"\"\"\"a\nb\r\nc\td\"\"\"", "\"a\\nb\\r\\nc\\td\""},
        {"'''a\n'''", "\"a\\n\""},
        {"\"\\t\\b\\n\\r\\f\\\"\\'\\\\\"", "\"\\t\\b\\n\\r\\f\\\"'\\\\\""},
        {"'\t\b\f\x0B\x7F'", "\"\\t\\b\\f\\u000B\\u007F\""},
        {"\"\\u0000\\U00000009\\u001f\\u0020\\u007f\\u0080\"",
         "\"\\u0000\\t\\u001F \\u007F\xC2\x80\""},
        {"\"\\uFFFE\xEF\xBF\xBF\\ufffd\\U0001FFFE\"",
         "\"\\uFFFE\\uFFFF\xEF\xBF\xBD\xF0\x9F\xBF\xBE\""},
        {"\"a\"@EN-Latn-1997", "\"a\"@en-latn-1997"},
        {"'a' # why\n @en", "\"a\"@en"},
        {"\"a\"@EN--ltr", "\"a\"@en--ltr"},
        {"\"a\"@ar-EG--rtl", "\"a\"@ar-eg--rtl"},
        {"\"a\"@prefix", "\"a\"@prefix"},
        {"\"1\"^^<" XSD "int>", "\"1\"^^<" XSD "int>"},
        {"'''1''' ^^\n:d", "\"1\"^^<x:d>"},
        {"\"1\"^^<d>", "\"1\"^^<http://base/dir/d>"},
        {"\"a\"^^<" XSD "string>", "\"a\""},
        {"\"a\"^^<" XSD "str\\u0069ng>", "\"a\""},
        {"\"a\"^^<" XSD "strings>", "\"a\"^^<" XSD "strings>"},
        {"1", "\"1\"^^<" XSD "integer>"},
        {"-01", "\"-01\"^^<" XSD "integer>"},
        {"+0", "\"+0\"^^<" XSD "integer>"},
        {"1.50", "\"1.50\"^^<" XSD "decimal>"},
        {".5", "\".5\"^^<" XSD "decimal>"},
        {"-.5", "\"-.5\"^^<" XSD "decimal>"},
        {"1e5", "\"1e5\"^^<" XSD "double>"},
        {"1.E+5", "\"1.E+5\"^^<" XSD "double>"},
        {"-1.5e-05", "\"-1.5e-05\"^^<" XSD "double>"},
        {"+.5E0", "\"+.5E0\"^^<" XSD "double>"},
        {"true", "\"true\"^^<" XSD "boolean>"},
        {"false", "\"false\"^^<" XSD "boolean>"},
        {"<<(:s :p :o)>>", "<<( <x:s> <x:p> <x:o> )>>"},
        {"<<( _:s a <<( <s> :p 'x'@en )>> )>>",
         "<<( _:s <" RDF "type> <<( <http://base/dir/s> <x:p> \"x\"@en )>> )>>"},
        {"<<(:s :p true)>>", "<<( <x:s> <x:p> \"true\"^^<" XSD "boolean> )>>"},
        {"()", NIL},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[512];
        char lines[512];
        static const char head[] =
            HEAD "prefix p.q: <http://p.q/> @prefix \xC3\xA9: <http://e/>.\n";
        snprintf(lines, sizeof lines, "<x:s> <x:p> %s .\n", cases[i][1]);
        snprintf(text, sizeof text, "%s:s :p %s .", head, cases[i][0]);
        check_exactly(false, "http://base/dir/file", text, lines);
        snprintf(text, sizeof text, "%s:s\n:p\t%s.", head, cases[i][0]);
        check_exactly(true, "http://base/dir/file", text, lines);
        snprintf(lines, sizeof lines, "<x:s> <x:p> %s <x:g> .\n", cases[i][1]);
        snprintf(text, sizeof text, "%s:g{:s :p %s}", head, cases[i][0]);
        check_exactly(true, "http://base/dir/file", text, lines);
    }
}

static void the_layout_is_free(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", ""},
        {"# only a comment", ""},
        {"\r\n\r\n \t", ""},
        {HEAD, ""},
        {HEAD ":s :p :o.", "<x:s> <x:p> <x:o> .\n"},
        {HEAD ":s:p:o<x:p>:o.", "<x:s:p:o> <x:p> <x:o> .\n"},
        {HEAD "<x:s><x:p><x:o>.<x:s><x:p>1.", "<x:s> <x:p> <x:o> .\n"
                                              "<x:s> <x:p> \"1\"^^<" XSD "integer> .\n"},
        {HEAD ":s#c\n:p # \xC3\xA9\r:o#\r\n.#", "<x:s> <x:p> <x:o> .\n"},
        {HEAD ":s :p :o , :o2,:o3 ; a :c;;:q 1;.",
         "<x:s> <x:p> <x:o> .\n<x:s> <x:p> <x:o2> .\n<x:s> <x:p> <x:o3> .\n"
         "<x:s> <" RDF "type> <x:c> .\n<x:s> <x:q> \"1\"^^<" XSD "integer> .\n"},
        {HEAD ":s :p true.:s2 :p 1.:s3 :p :o.", "<x:s> <x:p> \"true\"^^<" XSD "boolean> .\n"
                                                "<x:s2> <x:p> \"1\"^^<" XSD "integer> .\n"
                                                "<x:s3> <x:p> <x:o> .\n"},
        {HEAD "_:a :p _:b.", "_:a <x:p> _:b .\n"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        check_lines(false, "", cases[i][0], cases[i][1]);
        check_lines(true, "", cases[i][0], cases[i][1]);
    }
}

static void brackets_and_lists_are_blank_nodes(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"[] :p :o .", "_:a <x:p> <x:o> .\n"},
        {"[\n] :p [ ] .", "_:a <x:p> _:b .\n"},
        {"[ :p :o ] .", "_:a <x:p> <x:o> .\n"},
        {"[ :p :o ; :q [ :r 1, 2 ] ; ] :t [].",
         "_:a <x:p> <x:o> .\n_:a <x:q> _:b .\n_:b <x:r> \"1\"^^<" XSD "integer> .\n"
         "_:b <x:r> \"2\"^^<" XSD "integer> .\n_:a <x:t> _:c .\n"},
        {":s :p ( :a 'b'@en [ :q () ] ) .",
         "<x:s> <x:p> _:1 .\n_:1" FIRST "<x:a> .\n_:1" REST "_:2 .\n_:2" FIRST
         "\"b\"@en .\n_:2" REST "_:3 .\n_:3" FIRST "_:n .\n_:3" REST NIL " .\n_:n <x:q> " NIL
         " .\n"},
        {"( ( :a ) ) :p :o .", "_:1" FIRST "_:2 .\n_:1" REST NIL " .\n_:2" FIRST
                               "<x:a> .\n_:2" REST NIL " .\n_:1 <x:p> <x:o> .\n"},
        {"() :p :o .", NIL " <x:p> <x:o> .\n"},
        {":s :p ( <<( :a :b :c )>> << :a :b :c ~ :r >> ) .",
         "<x:s> <x:p> _:1 .\n_:1" FIRST "<<( <x:a> <x:b> <x:c> )>> .\n_:1" REST "_:2 .\n_:2" FIRST
         "<x:r> .\n_:2" REST NIL " .\n<x:r>" REIFIES "<<( <x:a> <x:b> <x:c> )>> .\n"},
        {"_:x :p [ :q _:x ] . [] :p _:x .", "_:x <x:p> _:a .\n_:a <x:q> _:x .\n_:b <x:p> _:x .\n"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[512];
        snprintf(text, sizeof text, HEAD "%s", cases[i][0]);
        check_lines(false, "", text, cases[i][1]);
    }
}

static void triples_are_reified_and_annotated(void **state)
{
    (void)state;
#define SPO "<<( <x:s> <x:p> <x:o> )>>"
    static const char *const cases[][2] = {
        {"<< :s :p :o >> .", "_:r" REIFIES SPO " .\n"},
        {"<< :s :p :o ~ >> :q :z .", "_:r" REIFIES SPO " .\n_:r <x:q> <x:z> .\n"},
        {"<< :s :p :o ~ :r >> :q :z .", "<x:r>" REIFIES SPO " .\n<x:r> <x:q> <x:z> .\n"},
        {"<< :s :p :o ~ _:r >> :q _:r .", "_:r" REIFIES SPO " .\n_:r <x:q> _:r .\n"},
        {"<< :s :p :o ~ [] >> :q :z .", "_:r" REIFIES SPO " .\n_:r <x:q> <x:z> .\n"},
        {"<< [] a << :s :p :o >> >> :q :z .", "_:1" REIFIES SPO " .\n_:2" REIFIES "<<( _:n <" RDF
                                              "type> _:1 )>> .\n_:2 <x:q> <x:z> .\n"},
        {"<< << :s :p :o ~ :r >> :p 'x'@en ~:r2 >> :q :z .",
         "<x:r>" REIFIES SPO " .\n<x:r2>" REIFIES
         "<<( <x:r> <x:p> \"x\"@en )>> .\n<x:r2> <x:q> <x:z> .\n"},
        {":s :p :o ~ .", "<x:s> <x:p> <x:o> .\n_:r" REIFIES SPO " .\n"},
        {":s :p :o ~ ~ :r, :o2 .", "<x:s> <x:p> <x:o> .\n<x:s> <x:p> <x:o2> .\n_:r" REIFIES SPO
                                   " .\n<x:r>" REIFIES SPO " .\n"},
        {":s :p :o ~ :r {| :q :z |} .",
         "<x:s> <x:p> <x:o> .\n<x:r>" REIFIES SPO " .\n<x:r> <x:q> <x:z> .\n"},
        {":s :p :o ~ [] {| :q :z |} {| :q :y |} ; :p2 1 .",
         "<x:s> <x:p> <x:o> .\n_:a" REIFIES SPO " .\n_:a <x:q> <x:z> .\n_:b" REIFIES SPO
         " .\n_:b <x:q> <x:y> .\n<x:s> <x:p2> \"1\"^^<" XSD "integer> .\n"},
        {":s :p :o {| :q :z {| :a :b; |} |} .",
         "<x:s> <x:p> <x:o> .\n_:1" REIFIES SPO " .\n_:1 <x:q> <x:z> .\n_:2" REIFIES
         "<<( _:1 <x:q> <x:z> )>> .\n_:2 <x:a> <x:b> .\n"},
        {"[ :p 'o'@en ~ :r ] :q <<( [] :p <<( :s :p [] )>> )>> {| :a :b |} .",
         "_:s <x:p> \"o\"@en .\n<x:r>" REIFIES "<<( _:s <x:p> \"o\"@en )>> .\n"
         "_:s <x:q> <<( _:1 <x:p> <<( <x:s> <x:p> _:2 )>> )>> .\n_:3" REIFIES
         "<<( _:s <x:q> <<( _:1 <x:p> <<( <x:s> <x:p> _:2 )>> )>> )>> .\n_:3 <x:a> <x:b> .\n"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[512];
        snprintf(text, sizeof text, HEAD "%s", cases[i][0]);
        check_lines(false, "", text, cases[i][1]);
        check_lines(true, "", text, cases[i][1]);
    }
}

static void a_block_gives_its_statements_a_graph(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"{}", ""},
        {"{ :s :p :o }", "<x:s> <x:p> <x:o> .\n"},
        {":g { :s :p :o . } :s :q :o .", "<x:s> <x:p> <x:o> <x:g> .\n<x:s> <x:q> <x:o> .\n"},
        {"<x:g>{:s :p :o, 1;}graph :h{}GRAPH<x:h>{:s :q 2.:t :q 2}",
         "<x:s> <x:p> <x:o> <x:g> .\n<x:s> <x:p> \"1\"^^<" XSD "integer> <x:g> .\n"
         "<x:s> <x:q> \"2\"^^<" XSD "integer> <x:h> .\n"
         "<x:t> <x:q> \"2\"^^<" XSD "integer> <x:h> .\n"},
        {"_:g { _:g :p _:o } GRAPH _:g { :s :p :o }",
         "_:g <x:p> _:o _:g .\n<x:s> <x:p> <x:o> _:g .\n"},
        {"[] { :s :p :o . :s :q [] } GRAPH [ ] { :s :p :o }",
         "<x:s> <x:p> <x:o> _:a .\n<x:s> <x:q> _:c _:a .\n<x:s> <x:p> <x:o> _:b .\n"},
        {":g { [ :p ( 1 ) ] } PREFIX : <y:> :g { << :s :p :o >> :q :z }",
         "_:a <x:p> _:c <x:g> .\n_:c" FIRST "\"1\"^^<" XSD "integer> <x:g> .\n_:c" REST NIL
         " <x:g> .\n_:r" REIFIES "<<( <y:s> <y:p> <y:o> )>> <y:g> .\n_:r <y:q> <y:z> <y:g> .\n"},
        {":g { :s :p :o {| :q :z |} . _:x :p << _:x :p [] ~ :r >> {| :a 1 |} }",
         "<x:s> <x:p> <x:o> <x:g> .\n_:r" REIFIES "<<( <x:s> <x:p> <x:o> )>> <x:g> .\n"
         "_:r <x:q> <x:z> <x:g> .\n_:x <x:p> <x:r> <x:g> .\n<x:r>" REIFIES
         "<<( _:x <x:p> _:n )>> <x:g> .\n_:q" REIFIES "<<( _:x <x:p> <x:r> )>> <x:g> .\n"
         "_:q <x:a> \"1\"^^<" XSD "integer> <x:g> .\n"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[512];
        snprintf(text, sizeof text, HEAD "%s", cases[i][0]);
        check_lines(true, "", text, cases[i][1]);
    }
}

static void directives_hold_from_where_they_stand(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"@prefix a: <x:> . a:s a:p a:o . @prefix a: <y:>. a:s a:p a:o.",
         "<x:s> <x:p> <x:o> .\n<y:s> <y:p> <y:o> .\n"},
        {"PREFIX a: <x:> PreFix b-c.d: <y:>a:s a:p b-c.d:o .", "<x:s> <x:p> <y:o> .\n"},
        {"@base <http://a/b/c> . <s> <#p> <../o> . BASE <d/> base <e> <s> <> <http:x> .",
         "<http://a/b/s> <http://a/b/c#p> <http://a/o> .\n"
         "<http://a/b/d/s> <http://a/b/d/e> <http:x> .\n"},
        {"@base <http://a/> . @prefix p: <b#> . BASE <http://z/> p:s p:p p:o .",
         "<http://a/b#s> <http://a/b#p> <http://a/b#o> .\n"},
        {"VERSION \"1.2\" @version '1.1' . version '1.2-basic' <x:s> <x:p> <x:o> .",
         "<x:s> <x:p> <x:o> .\n"},
        {"PREFIX a: <x:> PREFIX true: <t:> PREFIX prefix: <p:> true:x a prefix:a, a:a .",
         "<t:x> <" RDF "type> <p:a> .\n<t:x> <" RDF "type> <x:a> .\n"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        check_lines(false, "", cases[i][0], cases[i][1]);
        check_lines(true, "", cases[i][0], cases[i][1]);
    }
}

static void prefixes_are_told_in_the_order_of_their_declaration(void **state)
{
    (void)state;
    struct bc_prefixes before = {0};
    assert_int_equal(bc_prefixes_set(&before, text_of("b"), text_of("b:")), BC_OK);
    assert_int_equal(bc_prefixes_set(&before, text_of(""), text_of("n:")), BC_OK);
    struct run run = {0};
    struct bc_syntax_reader *reader;
    struct bc_reading reading = {.sink = format_sink, .context = &run, .prefixes = &before};
    assert_int_equal(fmt_turtle_reader_new(false, &reading, &reader), BC_OK);
    static const char text[] = "b:s :p :o . @prefix c: <c:> . PREFIX b: <b2:> PREFIX a: <a:>";
    assert_int_equal(format_feed(reader, text_of(text), (struct chunking){0}), BC_OK);
    struct bc_buffer out = {0};
    assert_int_equal(bc_prefixes_write(reader->ops->prefixes(reader), &out), BC_OK);
    assert_int_equal(bc_buffer_append(&out, "", 1), BC_OK);
    assert_string_equal(out.data, "b: <b2:>\n: <n:>\nc: <c:>\na: <a:>\n");
    assert_true(bc_slice_equal(bc_buffer_slice(&run.out), text_of("<b:s> <n:p> <n:o> .\n")));
    assert_int_equal(reader->ops->feed(reader, "x", 1), BC_INVALID);
    bc_syntax_reader_free(reader);
    bc_buffer_release(&out);
    bc_buffer_release(&run.out);
    bc_prefixes_release(&before);
}

static void many_prefixes_are_found(void **state)
{
    (void)state;
    enum { MANY = 5000 };
    struct bc_buffer text = {0};
    struct bc_buffer lines = {0};
    for (int i = 0; i < MANY; i++)
        assert_int_equal(bc_buffer_printf(&text, "PREFIX p%d: <x:%d/>\n", i, i), BC_OK);
    for (int i = 0; i < MANY; i += 7) {
        assert_int_equal(bc_buffer_printf(&text, "p%d:s a p%d:o .\n", i, MANY - 1 - i), BC_OK);
        assert_int_equal(
            bc_buffer_printf(&lines, "<x:%d/s> <" RDF "type> <x:%d/o> .\n", i, MANY - 1 - i),
            BC_OK);
    }
    struct run run = run_turtle(false, "", bc_buffer_slice(&text), (struct chunking){0});
    assert_int_equal(run.status, BC_OK);
    assert_true(bc_slice_equal(bc_buffer_slice(&run.out), bc_buffer_slice(&lines)));
    bc_buffer_release(&run.out);
    bc_buffer_release(&text);
    bc_buffer_release(&lines);
}

struct refusal {
    const char *text;
    unsigned line;
    unsigned column;
    unsigned offset;
    const char *reason;
};

#define OBJECT "an object: an IRI, a name, a blank node or a literal"
#define NEXT   "',', ';' or '.' behind an object"

static const struct refusal refusals[] = {
    {"ex:s <x:p> <x:o> .", 1, 1, 0, "the prefix 'ex' is not declared"},
    {"<x:s> <x:p>\n\t:o .", 2, 2, 13, "the prefix '' is not declared"},
    {"<x:s> <p> <x:o> .", 1, 7, 6, "a relative IRI, and no base: <p>"},
    {"@prefix a: <#> .", 1, 12, 11, "a relative IRI, and no base: <#>"},
    {"<x:a b> <x:p> <x:o> .", 1, 5, 4, "an IRI cannot contain a space"},
    {"<x:a\n> <x:p> <x:o> .", 1, 5, 4, "an IRI cannot contain a line break"},
    {"<x:s> <x:p> <x:{> .", 1, 16, 15, "an IRI cannot contain '{'"},
    {"<x:s> <x:p> <x:\\u0020> .", 1, 16, 15, "an IRI cannot contain a space, not even escaped"},
    {"<x:s> <x:p> <x:\\n> .", 1, 16, 15,
     "an IRI cannot contain '\\', except in \\uXXXX and \\UXXXXXXXX"},
    {"<x:s> <x:p> <x:\\u12> .", 1, 16, 15, "\\u needs four hexadecimal digits"},
    {"<x:s> <x:p> <x:\\", 1, 16, 15,
     "an IRI cannot contain '\\', except in \\uXXXX and \\UXXXXXXXX"},
    {"<x:s> <x:p> <x:o", 1, 13, 12, "the IRI that starts here has no closing '>'"},
    {"<", 1, 1, 0, "the IRI that starts here has no closing '>'"},
    {"<x:s> <x:p> \"a", 1, 13, 12, "the literal that starts here has no closing \""},
    {"<x:s> <x:p> '''a''", 1, 13, 12, "the literal that starts here has no closing '''"},
    {"<x:s> <x:p> \"\"\"a\\\"\"\"", 1, 13, 12,
     "the literal that starts here has no closing \"\"\""},
    {"<x:s> <x:p> \"a\nb\" .", 1, 15, 14,
     "a line break cannot stand in a literal in \"...\"; write \\n, or use \"\"\"...\"\"\""},
    {"<x:s> <x:p> \"\\x\" .", 1, 14, 13,
     "'\\' before 'x' is no escape; write '\\\\' for a backslash"},
    {"<x:s> <x:p> \"\\", 1, 14, 13, "a literal ends within an escape"},
    {"<x:s> <x:p> '\\uD800' .", 1, 14, 13, "U+D800 is half a surrogate pair, not a character"},
    {"<x:s> <x:p> '\\U00110000' .", 1, 14, 13, "U+110000 is beyond the last character, U+10FFFF"},
    {"<x:s> <x:p> \"\xC3\xA9\xFF\" .", 1, 15, 15, "byte 0xFF is not valid UTF-8"},
    {"# \xC3\xA9\xED\xA0\x80\n", 1, 4, 4, "byte 0xED 0xA0 is not valid UTF-8"},
    {"<x:s> <x:p> <x:o> . # \xE2\x82", 1, 23, 22, "byte 0xE2 0x82 is not valid UTF-8"},
    {"\xEF\xBB\xBF<x:s> <x:p> <x:o> .", 1, 1, 0,
     "a byte order mark is not allowed; save the text as UTF-8 without it"},
    {"\"s\" <x:p> <x:o> .", 1, 1, 0, "a literal cannot be a subject"},
    {"<x:s> \"p\" <x:o> .", 1, 7, 6, "a literal cannot be a predicate"},
    {"<x:s> _:p <x:o> .", 1, 7, 6, "a blank node cannot be a predicate"},
    {"<x:s> [] <x:o> .", 1, 7, 6, "a blank node cannot be a predicate"},
    {"<x:s> A <x:o> .", 1, 7, 6, "expected a predicate: an IRI, a name or 'a', found A"},
    {"<x:s> <x:p> TRUE .", 1, 13, 12, "expected " OBJECT ", found TRUE"},
    {"<x:s> <x:p> .", 1, 13, 12, "expected " OBJECT ", found ."},
    {"<x:s> <x:p> <x:o> , .", 1, 21, 20, "expected " OBJECT ", found ."},
    {"<x:s> <x:p> <x:o> <x:g> .", 1, 19, 18, "expected " NEXT ", found <x:g>"},
    {"<x:s> <x:p> <x:o> ]", 1, 19, 18, "expected " NEXT ", found ]"},
    {"<x:s> .", 1, 7, 6, "expected a predicate: an IRI, a name or 'a', found ."},
    {"[] .", 1, 4, 3, "expected a predicate: an IRI, a name or 'a', found ."},
    {"( 1 ) .", 1, 7, 6, "expected a predicate: an IRI, a name or 'a', found ."},
    {"[ <x:p> 1 ; . ]", 1, 13, 12, "expected a predicate: an IRI, a name or 'a', found ."},
    {"( 1 ] <x:p> 1 .", 1, 5, 4, "expected " OBJECT ", found ]"},
    {".", 1, 1, 0, "expected a subject: an IRI, a name or a blank node, found ."},
    {"{ <x:s> <x:p> <x:o> }", 1, 1, 0, "graphs, { ... }, are TriG, not Turtle"},
    {"<x:g> { <x:s> <x:p> <x:o> }", 1, 7, 6, "graphs, { ... }, are TriG, not Turtle"},
    {"_:-a <x:p> <x:o> .", 1, 3, 2, "a blank node label cannot start with '-'"},
    {"_a:b <x:p> <x:o> .", 1, 1, 0, "'_' must be followed by ':' (a blank node is _:label)"},
    {"PREFIX a: <x:> a:% a a:b .", 1, 18, 17,
     "'%' in a name needs two hexadecimal digits behind it"},
    {"PREFIX a: <x:> a:\\x a a:b .", 1, 18, 17,
     "'\\' in a name must stand before one of _~.-!$&'()*+,;=/?#@%"},
    {"<x:s> <x:p> +a .", 1, 13, 12, "'+' must be followed by a number"},
    {"<x:s> <x:p> 'a'@1 .", 1, 16, 15,
     "'@' must be followed by a language such as en, or by prefix, base or version"},
    {"<x:s> <x:p> 'a'@e1 .", 1, 17, 16, "the first part of a language tag has letters alone"},
    {"<x:s> <x:p> 'a'@en- .", 1, 20, 19, "a language tag has a letter or digit behind each '-'"},
    {"<x:s> <x:p> 'a'@en-abcdefghi .", 1, 20, 19,
     "a part of a language tag has at most 8 characters"},
    {"<x:s> <x:p> 'a'@en--LTR .", 1, 21, 20,
     "a direction behind a language is ltr or rtl: \"...\"@en--ltr"},
    {"<x:s> <x:p> 'a'^<x:d> .", 1, 16, 15, "expected '^^', found '^' alone"},
    {"<x:s> <x:p> 'a'^^'b' .", 1, 18, 17,
     "expected a datatype, an IRI or a name, behind '^^', found 'b'"},
    {"<x:s> <x:p> 'a'^^<" RDF "langString> .", 1, 18, 17,
     "a literal has this datatype by its language alone: \"...\"@en"},
    {"@PREFIX a: <x:> .", 1, 1, 0, "expected @prefix, @base or @version, found @PREFIX"},
    {"@prefix a <x:> .", 1, 9, 8,
     "expected the prefix with its ':', as in \"@prefix ex: <http://ex.org/>\", found a"},
    {"@prefix a: x .", 1, 12, 11, "expected the prefix's IRI in <>, found x"},
    {"@base <x:a> <x:s> <x:p> <x:o> .", 1, 13, 12,
     "expected '.' at the end of the directive, found <x:s>"},
    {"PREFIX a: <x:> .", 1, 16, 15, "expected a subject: an IRI, a name or a blank node, found ."},
    {"VERSION '''1.2'''", 1, 9, 8, "expected a version such as \"1.2\", found '''1.2'''"},
    {"<<( <x:s> <x:p> <x:o> )>> <x:p> <x:o> .", 1, 1, 0, "a triple term cannot be a subject"},
    {"<< <x:s> <x:p> ( 1 ) >> .", 1, 16, 15, "a list cannot be part of a triple within << >>"},
    {"<< <x:s> <x:p> [ <x:q> 1 ] >> .", 1, 18, 17,
     "expected ']': a blank node here is _:label or [], found <x:q>"},
    {"<x:s> <x:p> <<( << <x:s> <x:p> 1 >> <x:p> 1 )>> .", 1, 17, 16,
     "a reified triple cannot be part of a triple term"},
    {"<x:s> <x:p> <<( <x:s> <x:p> 1 ) >> .", 1, 31, 30, "expected ')>>' behind an object, found )"},
    {"<< <x:s> <x:p> 1 ~ <x:r> ~ <x:r> >> .", 1, 26, 25, "expected '>>', found ~"},
    {"<x:s> <x:p> 1 {| |} .", 1, 18, 17, "expected a predicate: an IRI, a name or 'a', found |}"},
    {"<x:s> <x:p> 1 ~ [ <x:q> 1 ] .", 1, 19, 18,
     "expected ']': a blank node here is _:label or [], found <x:q>"},
    {"<x:s>\r<x:p>\r\n<x:o>\n\n<x:g> .", 5, 1, 20, "expected " NEXT ", found <x:g>"},
    {"# c\r\n<x:s>", 2, 6, 10, "the text ends within a statement that began on line 2"},
    {"\n\n<x:s> <x:p>\n 1 ;\n", 5, 1, 19, "the text ends within a statement that began on line 3"},
    {"\n@prefix a: <x:>", 2, 16, 16, "the text ends within a directive that began on line 2"},
    {"<x:s> ! 1 .", 1, 7, 6, "'!' means nothing here"},
};

static void check_refusal(bool graphs, const struct refusal *expect, struct bc_slice text)
{
    struct run run = run_turtle(graphs, "", text, (struct chunking){0});
    if (run.status != BC_SYNTAX)
        fail_msg("not refused: %s", expect->text);
    assert_string_equal(run.error.reason, expect->reason);
    if (run.error.line != expect->line || run.error.column != expect->column)
        fail_msg("%s: %d:%d", expect->text, (int)run.error.line, (int)run.error.column);
    assert_int_equal(run.error.offset, expect->offset);
    bc_buffer_release(&run.out);
}

static void a_refusal_says_where_and_why(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(refusals); i++)
        check_refusal(false, &refusals[i], text_of(refusals[i].text));
    static const struct refusal blocks[] = {
        {"{ @base <x:> . }", 1, 3, 2, "a directive cannot stand within a graph's block"},
        {"{ { } }", 1, 3, 2, "a graph's block cannot stand within another one"},
        {"{ } .", 1, 5, 4, "expected a subject: an IRI, a name or a blank node, found ."},
        {"}", 1, 1, 0, "expected a subject: an IRI, a name or a blank node, found }"},
        {"GRAPH { }", 1, 7, 6,
         "expected the graph's name, an IRI or a blank node, behind GRAPH, found {"},
        {"GRAPH [ <x:p> 1 ] { }", 1, 9, 8,
         "expected ']': a graph's name has no properties, found <x:p>"},
        {"GRAPH <x:g> <x:s>", 1, 13, 12, "expected '{', found <x:s>"},
        {"[ <x:p> 1 ] { }", 1, 13, 12, "expected a predicate: an IRI, a name or 'a', found {"},
        {"() { }", 1, 4, 3, "expected a predicate: an IRI, a name or 'a', found {"},
        {"{ <x:s> <x:p> 1 <x:t>", 1, 17, 16,
         "expected ',', ';', '.' or '}' behind an object, found <x:t>"},
        {"\n<x:g>\n{ <x:s> <x:p> 1 .\n", 4, 1, 25,
         "the text ends within a graph block that began on line 2"},
        {"\nGRAPH", 2, 6, 6, "the text ends within a graph block that began on line 2"},
    };
    for (size_t i = 0; i < COUNT(blocks); i++)
        check_refusal(true, &blocks[i], text_of(blocks[i].text));
}

static void zero_bytes_are_refused_outside_of_literals(void **state)
{
    (void)state;
    static const struct refusal between = {"<x:s>\0<x:p> 1 .", 1, 6, 5,
                                           "U+0000 means nothing here"};
    static const struct refusal within = {"<x:\0> <x:p> 1 .", 1, 4, 3,
                                          "an IRI cannot contain U+0000"};
    static const char literal[] = "<x:s> <x:p> \"a\0b\" .";
    check_refusal(false, &between, bc_slice(between.text, 15));
    check_refusal(false, &within, bc_slice(within.text, 15));
    struct run run =
        run_turtle(false, "", bc_slice(literal, sizeof literal - 1), (struct chunking){0});
    assert_int_equal(run.status, BC_OK);
    assert_true(
        bc_slice_equal(bc_buffer_slice(&run.out), text_of("<x:s> <x:p> \"a\\u0000b\" .\n")));
    bc_buffer_release(&run.out);
}

static void an_excerpt_shows_the_spot_in_a_long_line(void **state)
{
    (void)state;
    struct bc_buffer text = {0};
    for (int i = 0; i < 100; i++)
        assert_int_equal(bc_buffer_printf(&text, "<x:s> <x:p> \"\xC3\xA9\" . "), BC_OK);
    assert_int_equal(bc_buffer_printf(&text, "<x:s> ! <x:o> ."), BC_OK);
    for (int i = 0; i < 100; i++)
        assert_int_equal(bc_buffer_printf(&text, " <x:s> <x:p> \"\xC3\xA9\" ."), BC_OK);
    struct run run = run_turtle(false, "", bc_buffer_slice(&text), (struct chunking){0});
    assert_int_equal(run.status, BC_SYNTAX);
    assert_int_equal(run.error.line, 1);
    assert_int_equal(run.error.column, 100 * 18 + 7);
    assert_int_equal(run.error.offset, 100 * 19 + 6);
    assert_memory_equal(run.error.excerpt, "...", 3);
    size_t at = 0;
    for (unsigned i = 0; i < run.error.caret; at++)
        i += !bc_utf8_continues(run.error.excerpt[at + 1]);
    assert_memory_equal(run.error.excerpt + at, "! <x:o>", 7);
    bc_buffer_release(&run.out);
    bc_buffer_release(&text);
}

/* A text of everything. */
static const char sample[] =
    "@prefix : <http://a/> .\r\n@base <http://b/c> . # comment \xC3\xA9\r"
    "PREFIX \xC3\xA9.x: <d#>\nVERSION '1.2'\n"
    ":s a :c, <e>, \xC3\xA9.x:f.g ; :p 1, -1.5, .5e3, 1.e0, true ,\"\"\"a\n\"\"b\\u00e9\xE2\x82\xAC"
    "\"\"\"@en-GB, 'x' ^^ :d ;\r\n :q [ :r ( 1 [] _:x.y ( ) ) ; ; ] .\n"
    "[ :p 'a' ] . [] :p _:x.y . ( :a ) :p 'it\\'s', '''a'b''' .\n"
    "<< :s :p 'o'@ar--rtl ~ _:r >> :q << [] a <http://x/\\u00E9> >> .\n"
    ":s :p <<( :a%20b :c\\,d <<( _:x.y :p [] )>> )>> ~ :r ~ {| :a :b ; |} {| :c 1 |} .\n";
static const char blocks[] =
    "{ :s :p :o } :g { :s :p :o . [ :p ( 1 2 ) ] } GRAPH _:h { _:h :p << :a :b _:h >> }\n"
    "[] { :s :p [] . :s :q [] {| :p :o |} } <x:last> { }";

static struct bc_buffer both_samples(void)
{
    struct bc_buffer text = {0};
    assert_int_equal(bc_buffer_printf(&text, "%s%s", sample, blocks), BC_OK);
    return text;
}

static void check_chunkings(bool graphs, struct bc_slice text, uint64_t seed)
{
    struct run whole = run_turtle(graphs, "", text, (struct chunking){0});
    static const size_t largest[] = {1, 2, 5, 30, 500};
    for (size_t i = 0; i < COUNT(largest); i++) {
        struct chunking chunking = {seed + i + 1, largest[i]};
        struct run pieces = run_turtle(graphs, "", text, chunking);
        if (!run_same(&whole, &pieces))
            fail_msg("in pieces of up to %zu: %.*s", largest[i], (int)text.size, text.data);
        bc_buffer_release(&pieces.out);
    }
    bc_buffer_release(&whole.out);
}

static uint64_t seed_of_run(void)
{
    const char *given = getenv("TRIPLEFS_SEED");
    uint64_t seed = given ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);
    print_message("TRIPLEFS_SEED=%llu\n", (unsigned long long)seed);
    return seed;
}

static void chunking_makes_no_difference(void **state)
{
    (void)state;
    uint64_t seed = seed_of_run();
    struct bc_buffer text = both_samples();
    struct run run = run_turtle(true, "", bc_buffer_slice(&text), (struct chunking){0});
    if (run.status)
        fail_msg("%s at line %d: %s", run.error.reason, (int)run.error.line, run.error.excerpt);
    bc_buffer_release(&run.out);
    check_chunkings(true, bc_buffer_slice(&text), seed);
    check_chunkings(false, bc_buffer_slice(&text), seed);
    for (size_t i = 0; i < COUNT(refusals); i++)
        check_chunkings(i & 1, text_of(refusals[i].text), seed);
    bc_buffer_release(&text);
}

static void a_text_cut_anywhere_is_refused_or_a_beginning(void **state)
{
    (void)state;
    struct bc_buffer text = both_samples();
    uint64_t seed = seed_of_run();
    for (size_t size = 0; size < text.size; size++) {
        struct bc_slice cut = bc_slice(text.data, size);
        struct run run = run_turtle(true, "", cut, (struct chunking){0});
        assert_true(run.status == BC_OK || run.status == BC_SYNTAX);
        assert_int_equal(run.status == BC_SYNTAX, run.error.line != 0);
        bc_buffer_release(&run.out);
        check_chunkings(true, cut, seed);
    }
    bc_buffer_release(&text);
}

static void random_damage_is_read_the_same_in_pieces(void **state)
{
    (void)state;
    uint64_t seed = seed_of_run();
    uint64_t random = seed;
    for (unsigned round = 0; round < 300; round++) {
        struct bc_buffer text = both_samples();
        for (unsigned i = run_random(&random) % 3; i < 3; i++)
            text.data[run_random(&random) % text.size] = (char)run_random(&random);
        check_chunkings(true, bc_buffer_slice(&text), random);
        bc_buffer_release(&text);
    }
}

/* `count` times `open` and `close` around what is within. */
static struct run run_nested(const char *head, const char *open, const char *within,
                             const char *close, const char *tail, size_t count)
{
    struct bc_buffer text = {0};
    assert_int_equal(bc_buffer_printf(&text, HEAD "%s", head), BC_OK);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(bc_buffer_append(&text, open, strlen(open)), BC_OK);
    assert_int_equal(bc_buffer_append(&text, within, strlen(within)), BC_OK);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(bc_buffer_append(&text, close, strlen(close)), BC_OK);
    assert_int_equal(bc_buffer_append(&text, tail, strlen(tail)), BC_OK);
    struct run run = run_turtle(false, "", bc_buffer_slice(&text), (struct chunking){3, 70000});
    bc_buffer_release(&text);
    return run;
}

static void nesting_has_a_limit(void **state)
{
    (void)state;
    static const char *const kinds[][5] = {
        {":s :p ", "[:p ", "1", "]", "."},
        {":s :p ", "(", "1", ")", "."},
        {"", "<<", ":s ", ":p :o>>", "."},
        {":s :p :o", "{|:p :o", "", "|}", "."},
    };
    for (size_t i = 0; i < COUNT(kinds); i++) {
        const char *const *kind = kinds[i];
        struct run run = run_nested(kind[0], kind[1], kind[2], kind[3], kind[4], 2000);
        if (run.status)
            fail_msg("%s: %s, column %d", kind[1], run.error.reason, (int)run.error.column);
        bc_buffer_release(&run.out);
        run = run_nested(kind[0], kind[1], kind[2], kind[3], kind[4], 100001);
        assert_int_equal(run.status, BC_SYNTAX);
        assert_string_equal(run.error.reason, "brackets are nested more than 100000 deep");
        bc_buffer_release(&run.out);
    }
    struct run run = run_nested(":s :p ", "<<(:s :p ", ":o", ")>>", ".", 1000);
    assert_int_equal(run.status, BC_OK);
    bc_buffer_release(&run.out);
    run = run_nested(":s :p ", "<<(:s :p ", ":o", ")>>", ".", 1001);
    assert_int_equal(run.status, BC_SYNTAX);
    assert_string_equal(run.error.reason, "triple terms nest at most 1000 deep");
    bc_buffer_release(&run.out);
}

static void a_token_has_a_limit(void **state)
{
    (void)state;
    struct bc_buffer text = {0};
    static const char head[] = "<x:s> <x:p> \"";
    assert_int_equal(bc_buffer_reserve(&text, (size_t)BC_LINE_MAX + 64), BC_OK);
    assert_int_equal(bc_buffer_append(&text, head, sizeof head - 1), BC_OK);
    memset(text.data + text.size, 'a', BC_LINE_MAX);
    text.size += BC_LINE_MAX - 2;
    assert_int_equal(bc_buffer_append(&text, "\" .", 3), BC_OK);
    static const struct chunking chunkings[] = {{0}, {5, 100000}};
    for (size_t i = 0; i < COUNT(chunkings); i++) {
        struct run run = run_turtle(false, "", bc_buffer_slice(&text), chunkings[i]);
        assert_int_equal(run.status, BC_SYNTAX);
        assert_string_equal(run.error.reason,
                            "a statement is longer than 16 MiB in its canonical form");
        bc_buffer_release(&run.out);
    }
    text.size -= 3;
    assert_int_equal(bc_buffer_append(&text, "aaaaaa\" .", 9), BC_OK);
    for (size_t i = 0; i < COUNT(chunkings); i++) {
        struct run run = run_turtle(false, "", bc_buffer_slice(&text), chunkings[i]);
        assert_int_equal(run.status, BC_SYNTAX);
        assert_string_equal(run.error.reason, "what starts here is longer than 16 MiB");
        assert_int_equal(run.error.column, 13);
        bc_buffer_release(&run.out);
    }
    bc_buffer_release(&text);
}

static enum bc_status failing_sink(void *context, struct bc_slice line, bool quad)
{
    (void)line;
    (void)quad;
    unsigned *left = context;
    return (*left)-- ? BC_OK : BC_NO_SPACE;
}

static void what_the_sink_says_ends_the_reading(void **state)
{
    (void)state;
    unsigned left = 1;
    struct bc_syntax_reader *reader;
    struct bc_reading reading = {.sink = failing_sink, .context = &left};
    assert_int_equal(fmt_turtle_reader_new(false, &reading, &reader), BC_OK);
    static const char text[] = "<x:s> <x:p> 1, 2, 3 .";
    assert_int_equal(reader->ops->feed(reader, text, sizeof text - 1), BC_NO_SPACE);
    assert_int_equal(reader->ops->feed(reader, text, 1), BC_NO_SPACE);
    assert_int_equal(reader->ops->finish(reader), BC_NO_SPACE);
    assert_null(reader->ops->error(reader));
    bc_syntax_reader_free(reader);
}

static void every_failed_allocation_is_told(void **state)
{
    (void)state;
    struct bc_buffer text = both_samples();
    struct run whole = run_turtle(true, "", bc_buffer_slice(&text), (struct chunking){4, 50});
    assert_int_equal(whole.status, BC_OK);
    enum bc_status st = BC_NO_MEMORY;
    unsigned failures = 0;
    for (; st; failures++) {
        bc_memory_fail_after(failures + 1, 0);
        struct run run = run_turtle(true, "", bc_buffer_slice(&text), (struct chunking){4, 50});
        bc_memory_fail_after(0, 0);
        st = run.status;
        assert_true(st == BC_OK || st == BC_NO_MEMORY);
        if (!st)
            assert_true(run_same(&whole, &run));
        bc_buffer_release(&run.out);
    }
    assert_true(failures > 20);
    bc_buffer_release(&whole.out);
    bc_buffer_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_object_has_one_canonical_form),
        cmocka_unit_test(the_layout_is_free),
        cmocka_unit_test(brackets_and_lists_are_blank_nodes),
        cmocka_unit_test(triples_are_reified_and_annotated),
        cmocka_unit_test(a_block_gives_its_statements_a_graph),
        cmocka_unit_test(directives_hold_from_where_they_stand),
        cmocka_unit_test(prefixes_are_told_in_the_order_of_their_declaration),
        cmocka_unit_test(many_prefixes_are_found),
        cmocka_unit_test(a_refusal_says_where_and_why),
        cmocka_unit_test(zero_bytes_are_refused_outside_of_literals),
        cmocka_unit_test(an_excerpt_shows_the_spot_in_a_long_line),
        cmocka_unit_test(chunking_makes_no_difference),
        cmocka_unit_test(a_text_cut_anywhere_is_refused_or_a_beginning),
        cmocka_unit_test(random_damage_is_read_the_same_in_pieces),
        cmocka_unit_test(nesting_has_a_limit),
        cmocka_unit_test(a_token_has_a_limit),
        cmocka_unit_test(what_the_sink_says_ends_the_reading),
        cmocka_unit_test(every_failed_allocation_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
