#include "branchcore/triple_term.h"
#include "tests/ntriples_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#define S            "<http://a/s>"
#define P            "<http://a/p>"
#define XSD          "http://www.w3.org/2001/XMLSchema#"
#define RDF          "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct run run_whole(enum bc_syntax syntax, const char *text)
{
    return run_text(syntax, bc_slice(text, strlen(text)), (struct chunking){0});
}

static void check_canonical(enum bc_syntax syntax, const char *text, const char *canonical)
{
    struct run run = run_whole(syntax, text);
    if (run.status)
        fail_msg("%s refused: %s", text, run.error.reason);
    assert_int_equal(bc_buffer_append(&run.out, "", 1), BC_OK);
    assert_string_equal(run.out.data, canonical);
    bc_buffer_release(&run.out);
}

static void an_object_has_one_canonical_form(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"<http://a/o>", "<http://a/o>"},
        {"<http://a/\\u0053\\U000000e9>", "<http://a/S\xC3\xA9>"},
        {"<\\u0068ttp://a/>", "<http://a/>"},
        {"<a:>", "<a:>"},
        {"<a+1.-:~\x7F>", "<a+1.-:~\x7F>"},
        {"_:a", "_:a"},
        {"_:0.-_\xC2\xB7.b", "_:0.-_\xC2\xB7.b"},
        {"_:a...b", "_:a...b"},
        {"\"\"", "\"\""},
        {"\"\\t\\b\\n\\r\\f\\\"\\'\\\\\"", "\"\\t\\b\\n\\r\\f\\\"'\\\\\""},
        {"\"\t\b\f\x0B\x7F\"", "\"\\t\\b\\f\\u000B\\u007F\""},
        {"\"\\u0000\\U00000009\\u000a\\u000B\\u001f\\u0020\\u007f\\u0080\"",
         "\"\\u0000\\t\\n\\u000B\\u001F \\u007F\xC2\x80\""},
        {"\"\\uFFFE\xEF\xBF\xBF\\ufffd\\U0001FFFE\"",
         "\"\\uFFFE\\uFFFF\xEF\xBF\xBD\xF0\x9F\xBF\xBE\""},
        {"\"\\u0022\\u005C\\u005c\"", "\"\\\"\\\\\\\\\""},
        {"\"\\U0010FFFF\"", "\"\xF4\x8F\xBF\xBF\""},
        {"\"a\"@EN-Latn-1997", "\"a\"@en-latn-1997"},
        {"\"a\"@EN-GB--ltr", "\"a\"@en-gb--ltr"},
        {"\"a\" @ar--rtl", "\"a\"@ar--rtl"},
        {"\"a\"@abcdefgh-12345678", "\"a\"@abcdefgh-12345678"},
        {"<<( <x:s> <x:p> <x:o> )>>", "<<( <x:s> <x:p> <x:o> )>>"},
        {"<<(<x:s><x:p>\"\\u0061\"@EN--rtl)>>", "<<( <x:s> <x:p> \"a\"@en--rtl )>>"},
        {"<<(\t_:s <x:p>_:o)>>", "<<( _:s <x:p> _:o )>>"},
        {"<<(_:s<x:p><<(_:s<x:\\u0070>\" )>>\"^^<" XSD "string>)>>)>>",
         "<<( _:s <x:p> <<( _:s <x:p> \" )>>\" )>> )>>"},
        {"\"a\" \t@en", "\"a\"@en"},
        {"\"1\"^^<" XSD "integer>", "\"1\"^^<" XSD "integer>"},
        {"\"1\" ^^\t<" XSD "integer>", "\"1\"^^<" XSD "integer>"},
        {"\"a\"^^<" XSD "string>", "\"a\""},
        {"\"a\"^^<" XSD "str\\u0069ng>", "\"a\""},
        {"\"a\"^^<" XSD "strings>", "\"a\"^^<" XSD "strings>"},
        {"\"a\"^^<" XSD "String>", "\"a\"^^<" XSD "String>"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[512];
        char canonical[512];
        snprintf(text, sizeof text, S " " P " %s .", cases[i][0]);
        snprintf(canonical, sizeof canonical, S " " P " %s .\n", cases[i][1]);
        check_canonical(BC_NTRIPLES, text, canonical);
        snprintf(text, sizeof text, "\t" S P "%s<g:g>. # x\n", cases[i][0]);
        snprintf(canonical, sizeof canonical, S " " P " %s <g:g> .\n", cases[i][1]);
        check_canonical(BC_NQUADS, text, canonical);
        check_canonical(BC_NQUADS, canonical, canonical);
    }
}

static void the_layout_is_free(void **state)
{
    (void)state;
    static const char line[] = "_:s <x:p> _:o .\n";
    static const char *const cases[] = {
        "_:s<x:p>_:o.",
        "_:s <x:p> _:o .",
        " \t_:s\t<x:p>  _:o\t.\t",
        "_:s<x:p>_:o.#c\n",
        "#c\n\n \n_:s<x:p>_:o.",
        "\r\n_:s <x:p> _:o .\r\n",
        "\r_:s <x:p> _:o .\r\r#",
        "_:s <x:p> _:o . # \xC3\xA9",
        "_:s <x:p> _:o .\n\n\n",
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        check_canonical(BC_NTRIPLES, cases[i], line);
    check_canonical(BC_NQUADS, "_:s<x:p>\"l\"@en_:g.", "_:s <x:p> \"l\"@en _:g .\n");
    check_canonical(BC_NQUADS, "_:s<x:p>_:o<x:g>.", "_:s <x:p> _:o <x:g> .\n");
    check_canonical(BC_NTRIPLES, "", "");
    check_canonical(BC_NTRIPLES, "# only a comment", "");
    check_canonical(BC_NTRIPLES, " \n\t\r\n", "");
}

struct refusal {
    const char *text;
    unsigned line;
    unsigned column;
    unsigned offset;
    const char *reason;
};

static void check_refusal(enum bc_syntax syntax, const struct refusal *expect)
{
    struct run run = run_whole(syntax, expect->text);
    if (run.status != BC_SYNTAX)
        fail_msg("not refused: %s", expect->text);
    assert_string_equal(run.error.reason, expect->reason);
    assert_int_equal(run.error.line, expect->line);
    assert_int_equal(run.error.column, expect->column);
    assert_int_equal(run.error.offset, expect->offset);
    bc_buffer_release(&run.out);
}

#define DIRECTION     "a text's direction is --ltr or --rtl, in lower case, behind its language"
#define LANGUAGE_TYPE "a literal has this datatype by its language alone: \"...\"@en"

static const struct refusal refusals[] = {
    {"<x:a b> <x:p> <x:o> .", 1, 5, 4, "an IRI cannot contain a space"},
    {"<x:a\t> <x:p> <x:o> .", 1, 5, 4, "an IRI cannot contain U+0009"},
    {"<x:s> <x:p> <x:{> .", 1, 16, 15, "an IRI cannot contain '{'"},
    {"<x:s> <x:p> <x:\\u0020> .", 1, 16, 15, "an IRI cannot contain a space, not even escaped"},
    {"<x:s> <x:p> <x:\\u003e> .", 1, 16, 15, "an IRI cannot contain '>', not even escaped"},
    {"<x:s> <x:p> <x:\\n> .", 1, 16, 15,
     "an IRI cannot contain '\\', except in \\uXXXX and \\UXXXXXXXX"},
    {"<x:s> <x:p> <x:o .", 1, 17, 16, "an IRI cannot contain a space"},
    {"<x:s> <x:p> <x:o", 1, 13, 12, "the IRI that starts here has no closing '>'"},
    {"<s> <x:p> <x:o> .", 1, 1, 0, "a relative IRI is not allowed: <s>"},
    {"<x:s> <> <x:o> .", 1, 7, 6, "a relative IRI is not allowed: <>"},
    {"<x:s> <//a/b:c> <x:o> .", 1, 7, 6, "a relative IRI is not allowed: <//a/b:c>"},
    {"<x:s> <1:b\xC2\x85> <x:o> .", 1, 7, 6, "a relative IRI is not allowed: <1:b?>"},
    {"<x:s> <x:p> \"a\"^^<dt> .", 1, 18, 17, "a relative IRI is not allowed: <dt>"},
    {"\"s\" <x:p> <x:o> .", 1, 1, 0, "a literal cannot be a subject"},
    {"<x:s> \"p\" <x:o> .", 1, 7, 6, "a literal cannot be a predicate"},
    {"<x:s> _:p <x:o> .", 1, 7, 6, "a blank node cannot be a predicate"},
    {"@prefix : <x:> .", 1, 1, 0, "directives such as @prefix are Turtle, not N-Triples"},
    {"\xEF\xBB\xBF<x:s> <x:p> <x:o> .", 1, 1, 0,
     "a byte order mark is not allowed; save the text as UTF-8 without it"},
    {"foaf:a <x:p> <x:o> .", 1, 1, 0,
     "expected a subject: an IRI in <> or a blank node _:label, found 'f'"},
    {"<x:s>", 1, 6, 5, "expected a predicate: an IRI in <>, found the end of the line"},
    {"<x:s> a <x:o> .", 1, 7, 6, "expected a predicate: an IRI in <>, found 'a'"},
    {"<x:s> <x:p> .", 1, 13, 12,
     "expected an object: an IRI in <>, a blank node _:label or a literal in \"\", found '.'"},
    {"<x:s> <x:p> 'a' .", 1, 13, 12, "a literal is written in double quotes"},
    {"<x:s> <x:p> -1 .", 1, 13, 12,
     "a number is written as a literal with its datatype: \"...\"^^<...>"},
    {"<x:s> <x:p> <x:o>", 1, 18, 17,
     "expected '.' at the end of the statement, found the end of the line"},
    {"<x:s> <x:p> <x:o> ;", 1, 19, 18,
     "expected '.' at the end of the statement; lists with ';' are Turtle"},
    {"<x:s> <x:p> <x:o> . <x:s>", 1, 21, 20, "expected the end of the line, found '<'"},
    {"<x:s> <x:p> <x:o> ..", 1, 20, 19, "expected the end of the line, found '.'"},
    {"<x:s> <x:p> <x:o> <x:g> .", 1, 19, 18,
     "a graph name is not allowed in N-Triples; use a .nq file"},
    {"<x:s> <x:p> \"a .", 1, 13, 12, "the literal that starts here has no closing '\"'"},
    {"<x:s> <x:p> \"a\nb\" .", 1, 13, 12, "the literal that starts here has no closing '\"'"},
    {"<x:s> <x:p> \"a\"b\" .", 1, 16, 15, "expected '.' at the end of the statement, found 'b'"},
    {"<x:s> <x:p> \"\"\"a\"\"\" .", 1, 15, 14, "a quote within a literal is written \\\""},
    {"<x:s> <x:p> \"a\\z\" .", 1, 15, 14,
     "'\\' before 'z' is no escape; write '\\\\' for a backslash"},
    {"<x:s> <x:p> \"a\\", 1, 15, 14, "a literal ends within an escape"},
    {"<x:s> <x:p> \"\\u12G4\" .", 1, 14, 13, "\\u needs four hexadecimal digits"},
    {"<x:s> <x:p> \"\\U0001F60\" .", 1, 14, 13, "\\U needs eight hexadecimal digits"},
    {"<x:s> <x:p> \"\\uD83D\\uDE00\" .", 1, 14, 13,
     "U+D83D is half a surrogate pair, not a character"},
    {"<x:s> <x:p> \"\\U00110000\" .", 1, 14, 13, "U+110000 is beyond the last character, U+10FFFF"},
    {"<x:s> <x:p> \"a\"@1 .", 1, 17, 16,
     "expected a letter at the start of the language tag, found '1'"},
    {"<x:s> <x:p> \"a\"@en- .", 1, 20, 19,
     "expected a letter or digit behind '-' in the language tag, found a space"},
    {"<x:s> <x:p> \"a\"@abcdefghi .", 1, 17, 16,
     "a part of a language tag has at most 8 characters"},
    {"<x:s> <x:p> \"a\"@en-abcdefghi .", 1, 20, 19,
     "a part of a language tag has at most 8 characters"},
    {"<x:s> <x:p> \"a\"@en--LTR .", 1, 19, 18, DIRECTION},
    {"<x:s> <x:p> \"a\"@en--up .", 1, 19, 18, DIRECTION},
    {"<x:s> <x:p> \"a\"@en--ltr-x .", 1, 19, 18, DIRECTION},
    {"<x:s> <x:p> \"a\"@en--ltrs .", 1, 19, 18, DIRECTION},
    {"<x:s> <x:p> \"a\"@en--", 1, 19, 18, DIRECTION},
    {"<x:s> <x:p> \"a\"@--ltr .", 1, 17, 16,
     "expected a letter at the start of the language tag, found '-'"},
    {"<x:s> <x:p> \"a\"^^<" RDF "langString> .", 1, 18, 17, LANGUAGE_TYPE},
    {"<x:s> <x:p> \"a\"^^<" RDF "dirLangStr\\u0069ng> .", 1, 18, 17, LANGUAGE_TYPE},
    {"<x:s> <x:p> \"a\"^<x:d> .", 1, 17, 16, "expected '^^' before a datatype, found '<'"},
    {"<x:s> <x:p> \"a\"^^x:d .", 1, 18, 17, "expected a datatype IRI in <> behind '^^', found 'x'"},
    {"VERSION", 1, 8, 7, "expected a version in \"\" behind VERSION, found the end of the line"},
    {"VERSION 1.2", 1, 9, 8, "expected a version in \"\" behind VERSION, found '1'"},
    {"VERSION \"1.2\" .", 1, 15, 14, "expected the end of the line, found '.'"},
    {"VERSION \"1.2", 1, 9, 8, "the literal that starts here has no closing '\"'"},
    {"_a <x:p> <x:o> .", 1, 2, 1,
     "expected ':' behind '_' (a blank node is written _:label), found 'a'"},
    {"_: <x:p> <x:o> .", 1, 3, 2, "a blank node label cannot start with a space"},
    {"_:", 1, 3, 2, "a blank node needs a label behind '_:'"},
    {"_:-a <x:p> <x:o> .", 1, 3, 2, "a blank node label cannot start with '-'"},
    {"_:a:b <x:p> <x:o> .", 1, 4, 3, "a blank node label cannot contain ':'"},
    {"_:a\xC3\x97 <x:p> <x:o> .", 1, 4, 3, "a blank node label cannot contain U+00D7"},
    {"<x:s> <x:p> \"\xC3(\" .", 1, 14, 13, "byte 0xC3 0x28 is not valid UTF-8"},
    {"<x:s> <x:p> \"\xED\xA0\x80\" .", 1, 14, 13, "byte 0xED 0xA0 is not valid UTF-8"},
    {"<x:\xFF> <x:p> <x:o> .", 1, 4, 3, "byte 0xFF is not valid UTF-8"},
    {"_:\xC3", 1, 3, 2, "byte 0xC3 is not valid UTF-8"},
    {"# \xC0\x80\n", 1, 3, 2, "byte 0xC0 is not valid UTF-8"},
    {"\xFF\xFE<", 1, 1, 0, "byte 0xFF is not valid UTF-8"},
    {"<x:s> <x:p> \"\xC3\xA9\xE2\x82\xAC\" \xC3\xA9", 1, 18, 20,
     "expected '.' at the end of the statement, found U+00E9"},
    {"#\n\n<x:s> <x:p> <x:o> .\n<x:s> x", 4, 7, 29,
     "expected a predicate: an IRI in <>, found 'x'"},
    {"#\r\n\r#\n\r<x:s> x", 5, 7, 13, "expected a predicate: an IRI in <>, found 'x'"},
};

#define REIFIED "'<<' without '(' is Turtle; a triple term is written <<( s p o )>>"
#define OBJECT  "expected an object: an IRI in <>, a blank node _:label or a literal in \"\", found "

static const struct refusal refused_triple_terms[] = {
    {"<<( <x:s> <x:p> <x:o> )>> <x:p> <x:o> .", 1, 1, 0,
     "a triple term cannot be a subject; it may be the object"},
    {"<x:s> <<( <x:s> <x:p> <x:o> )>> <x:o> .", 1, 7, 6,
     "a triple term cannot be a predicate; it may be the object"},
    {"<x:s> <x:p> <x:o> <<( <x:s> <x:p> <x:o> )>> .", 1, 19, 18,
     "a triple term cannot be a graph name; it may be the object"},
    {"<< <x:s> <x:p> <x:o> >> <x:p> <x:o> .", 1, 1, 0, REIFIED},
    {"<x:s> <x:p> << <x:s> <x:p> <x:o> >> .", 1, 13, 12, REIFIED},
    {"<x:s> <x:p> <<( <x:s> <x:p> << <x:s> <x:p> <x:o> >> )>> .", 1, 29, 28, REIFIED},
    {"<x:s> <x:p> <<( \"s\" <x:p> <x:o> )>> .", 1, 17, 16, "a literal cannot be a subject"},
    {"<x:s> <x:p> <<( <x:s> _:p <x:o> )>> .", 1, 23, 22, "a blank node cannot be a predicate"},
    {"<x:s> <x:p> <<( <<( <x:s> <x:p> <x:o> )>> <x:p> <x:o> )>> .", 1, 17, 16,
     "a triple term cannot be a subject; it may be the object"},
    {"<x:s> <x:p> <<( <x:s> <x:p> )>> .", 1, 29, 28, OBJECT "')'"},
    {"<x:s> <x:p> <<(", 1, 16, 15,
     "expected a subject: an IRI in <> or a blank node _:label, found the end of the line"},
    {"<x:s> <x:p> <<( <x:s> <x:p> <x:o> <x:g> )>> .", 1, 35, 34,
     "expected ')>>' behind the object of the triple term, found '<'"},
    {"<x:s> <x:p> <<( <x:s> <x:p> <x:o> )> > .", 1, 35, 34,
     "expected ')>>' behind the object of the triple term, found ')'"},
    {"<x:s> <x:p> <<( <x:s> <x:p> <<( <x:s> <x:p> <x:o> )>> .", 1, 55, 54,
     "expected ')>>' behind the object of the triple term, found '.'"},
    {"<x:s> <x:p> <<( <x:s> <x:p> <x:o> )>> )>> .", 1, 39, 38,
     "expected '.' at the end of the statement, found ')'"},
};

static const struct refusal quad_refusals[] = {
    {"<x:s> <x:p> <x:o> \"g\" .", 1, 19, 18, "a literal cannot be a graph name"},
    {"<x:s> <x:p> <x:o> <g> .", 1, 19, 18, "a relative IRI is not allowed: <g>"},
    {"<x:s> <x:p> <x:o> <x:g> <x:h> .", 1, 25, 24,
     "expected '.' at the end of the statement, found '<'"},
};

static void a_refusal_says_where_and_why(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(refusals); i++)
        check_refusal(BC_NTRIPLES, &refusals[i]);
    for (size_t i = 0; i < COUNT(refused_triple_terms); i++) {
        check_refusal(BC_NTRIPLES, &refused_triple_terms[i]);
        check_refusal(BC_NQUADS, &refused_triple_terms[i]);
    }
    for (size_t i = 0; i < COUNT(quad_refusals); i++)
        check_refusal(BC_NQUADS, &quad_refusals[i]);
}

/* A statement whose object has so many triple terms, one in the other. */
static void nest(struct bc_buffer *text, size_t depth)
{
    bc_buffer_clear(text);
    assert_int_equal(bc_buffer_append(text, "<x:s> <x:p> ", 12), BC_OK);
    for (size_t i = 0; i < depth; i++)
        assert_int_equal(bc_buffer_append(text, "<<( _:s <x:p> ", 14), BC_OK);
    assert_int_equal(bc_buffer_append(text, "\"o\"", 3), BC_OK);
    for (size_t i = 0; i < depth; i++)
        assert_int_equal(bc_buffer_append(text, " )>>", 4), BC_OK);
    assert_int_equal(bc_buffer_append(text, " .\n", 3), BC_OK);
}

static void triple_terms_nest_so_deep(void **state)
{
    (void)state;
    struct bc_buffer text = {0};
    struct bc_statement parts;
    nest(&text, BC_TRIPLE_TERM_DEPTH);
    struct run run = run_text(BC_NTRIPLES, bc_buffer_slice(&text), (struct chunking){0});
    assert_int_equal(run.status, BC_OK);
    assert_true(bc_slice_equal(bc_buffer_slice(&run.out), bc_buffer_slice(&text)));
    bc_buffer_release(&run.out);
    nest(&text, BC_TRIPLE_TERM_DEPTH + 1);
    assert_int_equal(bc_statement_split(bc_buffer_slice(&text), &parts), BC_SYNTAX);
    run = run_text(BC_NTRIPLES, bc_buffer_slice(&text), (struct chunking){0});
    assert_int_equal(run.status, BC_SYNTAX);
    assert_string_equal(run.error.reason, "triple terms nest at most 1000 deep");
    assert_int_equal(run.error.offset, 12 + 14 * BC_TRIPLE_TERM_DEPTH);
    bc_buffer_release(&run.out);
    bc_buffer_release(&text);
}

static void a_version_is_read_and_not_kept(void **state)
{
    (void)state;
    static const char line[] = "_:s <x:p> _:o .\n";
    check_canonical(BC_NTRIPLES, "VERSION \"1.2\"\n_:s <x:p> _:o .\n", line);
    check_canonical(BC_NQUADS, " VERSION\t\"1.2-basic\" # why\n_:s <x:p> _:o .\n", line);
    check_canonical(BC_NTRIPLES, "_:s <x:p> _:o .\nVERSION\"1.1\"", line);
}

/* text NULL: there should be no such term. */
static void check_term(struct bc_slice term, const char *text)
{
    if (!text)
        text = "";
    assert_true(bc_slice_equal(term, bc_slice(text, strlen(text))));
}

struct walked {
    const char *term;
    const char *parts[6];
};

static void a_term_is_made_of_simple_terms(void **state)
{
    (void)state;
    static const struct walked cases[] = {
        {"<x:a>", {"<x:a>"}},
        {"_:b", {"_:b"}},
        {"\"a \\\" b\"@en", {"\"a \\\" b\"@en"}},
        {"<<( <x:s> <x:p> \" )>> \\\\\"^^<x:d> )>>", {"<x:s>", "<x:p>", "\" )>> \\\\\"^^<x:d>"}},
        {"<<( _:s <x:p> <<( <x:(> <x:)> _:o )>> )>>", {"_:s", "<x:p>", "<x:(>", "<x:)>", "_:o"}},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bc_slice rest = bc_slice(cases[i].term, strlen(cases[i].term));
        struct bc_slice part;
        size_t count = 0;
        assert_int_equal(bc_is_triple_term(rest), cases[i].parts[1] != NULL);
        for (; bc_term_part(&rest, &part); count++)
            check_term(part, cases[i].parts[count]);
        assert_null(cases[i].parts[count]);
    }
}

static void a_triple_term_splits_into_its_terms(void **state)
{
    (void)state;
    static const char term[] = "<<( _:s <x:p> <<( <x:s> <x:p> \"a b\" )>> )>>";
    struct bc_statement terms;
    bc_triple_term_split(bc_slice(term, sizeof term - 1), &terms);
    check_term(terms.subject, "_:s");
    check_term(terms.predicate, "<x:p>");
    check_term(terms.object, "<<( <x:s> <x:p> \"a b\" )>>");
    bc_triple_term_split(terms.object, &terms);
    check_term(terms.subject, "<x:s>");
    check_term(terms.object, "\"a b\"");
    assert_int_equal(terms.graph.size, 0);
}

static void check_message(const char *text, const char *message)
{
    struct run run = run_whole(BC_NTRIPLES, text);
    struct bc_buffer shown = {0};
    assert_int_equal(run.status, BC_SYNTAX);
    assert_int_equal(bc_syntax_error_format(&run.error, "people.nt", &shown), BC_OK);
    assert_int_equal(bc_buffer_append(&shown, "", 1), BC_OK);
    assert_string_equal(shown.data, message);
    bc_buffer_release(&shown);
    bc_buffer_release(&run.out);
}

static void a_message_has_a_caret_under_the_spot(void **state)
{
    (void)state;
    check_message("_:a <x:p> \"\xC3\xA9\"@en _:b .\n",
                  "people.nt: line 1, column 18: a graph name is not allowed in N-Triples; use a "
                  ".nq file\n_:a <x:p> \"\xC3\xA9\"@en _:b .\n                 ^\n");
    check_message("\n\t_:a\t<x:p>\x01 \xFF",
                  "people.nt: line 2, column 11: expected an object: an IRI in <>, a blank node "
                  "_:label or a literal in \"\", found U+0001\n _:a <x:p>? ?\n          ^\n");
    check_message("x", "people.nt: line 1, column 1: expected a subject: an IRI in <> or a blank "
                       "node _:label, found 'x'\nx\n^\n");
}

/* Nothing but whole characters, dots where it is cut, and the caret on the spot. */
static void check_excerpt(const struct bc_syntax_error *error, bool cut_before, bool cut_behind)
{
    const char *text = error->excerpt;
    size_t size = strlen(text);
    assert_true(size < sizeof error->excerpt);
    assert_int_equal(size >= 3 && !memcmp(text, "...", 3), cut_before);
    assert_int_equal(size >= 3 && !memcmp(text + size - 3, "...", 3), cut_behind);
    unsigned before = 0;
    for (const char *at = text; *at && *at != '{'; at++)
        before += ((unsigned char)*at & 0xC0) != 0x80;
    assert_int_equal(before, error->caret);
    assert_null(strchr(text, '?'));
}

static void a_long_line_is_cut_around_the_spot(void **state)
{
    (void)state;
    static const char *const fillers[] = {"a", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"};
    for (size_t filler = 0; filler < COUNT(fillers); filler++) {
        for (size_t spot = 0; spot < 300; spot += 1 + spot / 40) {
            struct bc_buffer text = {0};
            assert_int_equal(bc_buffer_printf(&text, "<x:"), BC_OK);
            for (size_t i = 0; i < 300; i++)
                assert_int_equal(
                    bc_buffer_printf(&text, "%s%s", i == spot ? "{" : "", fillers[filler]), BC_OK);
            struct run run = run_text(BC_NTRIPLES, bc_buffer_slice(&text), (struct chunking){0});
            assert_int_equal(run.status, BC_SYNTAX);
            assert_int_equal(run.error.column, 4 + spot);
            size_t width = strlen(fillers[filler]);
            check_excerpt(&run.error, 3 + spot * width > 60, (300 - spot) * width > 60);
            bc_buffer_release(&run.out);
            bc_buffer_release(&text);
        }
    }
}

struct sighting {
    const char *from;
    const char *to;
    unsigned inside;
    unsigned outside;
};

static enum bc_status see(void *context, struct bc_slice line, bool quad)
{
    struct sighting *sighting = context;
    (void)quad;
    if (line.data >= sighting->from && line.data + line.size <= sighting->to)
        sighting->inside++;
    else
        sighting->outside++;
    return BC_OK;
}

static void canonical_lines_are_not_copied(void **state)
{
    (void)state;
    static const char text[] = S " " P " <http://a/o> .\n"
                                 "_:a " P " \"\\u0000 \\t\xC3\xA9\\uFFFE\"@en-us <x:g> .\n"
                                 "_:a " P " \"1\"^^<" XSD "int> _:g.0 .\n"
                                 "_:a " P " _:a..b .\n"
                                 "_:a " P " \"a\"^^<" XSD "string> .\n"
                                 "_:a " P " \"\\u0009\" .\n"
                                 "_:a " P " \"\\u000b\" .\n"
                                 "_:a " P " \"\\'\" .\n"
                                 "_:a " P " \"\"@EN .\n"
                                 "_:a  " P " \"\" .\n"
                                 "_:a " P " \"\" .";
    struct sighting sighting = {text, text + sizeof text, 0, 0};
    struct bc_ntriples *reader;
    assert_int_equal(bc_ntriples_new(NULL, BC_NQUADS, see, &sighting, &reader), BC_OK);
    assert_int_equal(bc_ntriples_feed(reader, text, sizeof text - 1), BC_OK);
    assert_int_equal(bc_ntriples_finish(reader), BC_OK);
    assert_int_equal(sighting.inside, 4);
    assert_int_equal(sighting.outside, 7);
    assert_int_equal(bc_ntriples_statements(reader), 11);
    bc_ntriples_free(reader);
}

static uint64_t seed(void)
{
    const char *given = getenv("TRIPLEFS_SEED");
    uint64_t seed = given ? strtoull(given, NULL, 0) : (uint64_t)time(NULL);
    print_message("TRIPLEFS_SEED=%llu\n", (unsigned long long)seed);
    return seed;
}

/* Lines of all sorts, mostly good ones. */
static void write_text(struct bc_buffer *text, uint64_t *random)
{
    static const char *const pieces[] = {
        "<http://a/s> <http://a/p> \"some text that is rather long \\\" \xC3\xA9\"@en .\n",
        "_:a1 <http://a/p> \"1\"^^<http://www.w3.org/2001/XMLSchema#string> <x:g>.\r\n",
        "\n",
        "# \xE2\x82\xAC comment\r",
        "<x:s><x:p>\"\\U0001F600\xF0\x9F\x98\x80\"@EN-us_:g .\n",
        "\r\n\r\n",
        "_:a <x:p> _:b.c. ",
        "_:a <x:p> \"\xED\xA0\x80\" .\n",
        "<x:s> <x:p> <x:{> .\n",
        "<x:s> <x:p> ",
    };
    size_t usual = COUNT(pieces) - (run_random(random) % 3 ? 4 : 0);
    for (uint64_t lines = run_random(random) % 12; lines; lines--) {
        const char *piece = pieces[run_random(random) % usual];
        assert_int_equal(bc_buffer_append(text, piece, strlen(piece)), BC_OK);
    }
}

static void chunking_changes_nothing(void **state)
{
    (void)state;
    uint64_t random = seed();
    for (int round = 0; round < 3000; round++) {
        struct bc_buffer text = {0};
        write_text(&text, &random);
        struct run whole = run_text(BC_NQUADS, bc_buffer_slice(&text), (struct chunking){0});
        for (size_t largest = 1; largest < 128; largest *= 3) {
            struct chunking chunking = {run_random(&random) | 1, largest};
            struct run pieces = run_text(BC_NQUADS, bc_buffer_slice(&text), chunking);
            assert_true(run_same(&whole, &pieces));
            bc_buffer_release(&pieces.out);
        }
        struct run again = run_text(BC_NQUADS, bc_buffer_slice(&whole.out), (struct chunking){0});
        assert_int_equal(again.status, BC_OK);
        assert_true(bc_slice_equal(bc_buffer_slice(&again.out), bc_buffer_slice(&whole.out)));
        bc_buffer_release(&again.out);
        bc_buffer_release(&whole.out);
        bc_buffer_release(&text);
    }
}

/* A statement whose line is `size` bytes, filled with `filler`. */
static struct bc_buffer long_line(size_t size, char filler)
{
    static const char head[] = "<x:s> <x:p> \"";
    static const char tail[] = "\" .";
    struct bc_buffer text = {0};
    assert_int_equal(bc_buffer_reserve(&text, size), BC_OK);
    memset(text.data, filler, size);
    memcpy(text.data, head, sizeof head - 1);
    memcpy(text.data + size - (sizeof tail - 1), tail, sizeof tail - 1);
    text.size = size;
    return text;
}

static void check_long(struct bc_slice text, enum bc_status status, const char *reason)
{
    struct run whole = run_text(BC_NTRIPLES, text, (struct chunking){0});
    struct run pieces = run_text(BC_NTRIPLES, text, (struct chunking){1, 1 << 22});
    assert_int_equal(whole.status, status);
    assert_true(run_same(&whole, &pieces));
    if (reason) {
        assert_string_equal(whole.error.reason, reason);
        assert_int_equal(whole.error.line, 1);
    } else {
        assert_int_equal(whole.statements, 1);
    }
    bc_buffer_release(&whole.out);
    bc_buffer_release(&pieces.out);
}

static void a_line_may_be_just_short_of_16_mib(void **state)
{
    (void)state;
    struct bc_buffer text = long_line(BC_LINE_MAX - 1, 'a');
    check_long(bc_buffer_slice(&text), BC_OK, NULL);
    assert_int_equal(bc_buffer_append(&text, "\n#\n", 3), BC_OK);
    check_long(bc_buffer_slice(&text), BC_OK, NULL);
    bc_buffer_release(&text);

    text = long_line(BC_LINE_MAX, 'a');
    check_long(bc_buffer_slice(&text), BC_SYNTAX, "a line is longer than 16 MiB");
    assert_int_equal(bc_buffer_append(&text, "\n#\n", 3), BC_OK);
    check_long(bc_buffer_slice(&text), BC_SYNTAX, "a line is longer than 16 MiB");
    bc_buffer_release(&text);

    text = long_line(BC_LINE_MAX / 4, '\x01');
    check_long(bc_buffer_slice(&text), BC_SYNTAX,
               "a statement is longer than 16 MiB in its canonical form");
    bc_buffer_release(&text);
}

static void a_long_line_that_is_wrong_early_says_so(void **state)
{
    (void)state;
    struct bc_buffer text = long_line(BC_LINE_MAX + 100, 'a');
    text.data[20] = '\xFF';
    check_long(bc_buffer_slice(&text), BC_SYNTAX, "byte 0xFF is not valid UTF-8");
    bc_buffer_release(&text);
}

static void zeros_are_refused(void **state)
{
    (void)state;
    static const char reason[] =
        "expected a subject: an IRI in <> or a blank node _:label, found U+0000";
    struct bc_buffer text = {0};
    assert_int_equal(bc_buffer_reserve(&text, BC_LINE_MAX + 1), BC_OK);
    memset(text.data, 0, BC_LINE_MAX + 1);
    text.size = 4096;
    check_long(bc_buffer_slice(&text), BC_SYNTAX, reason);
    text.size = BC_LINE_MAX + 1;
    check_long(bc_buffer_slice(&text), BC_SYNTAX, reason);
    bc_buffer_release(&text);
}

static void an_endless_line_is_refused_at_16_mib(void **state)
{
    (void)state;
    static const char start[] = "#\n<x:s> <x:p> \"";
    char piece[1 << 16];
    memset(piece, 'a', sizeof piece);
    struct run run = {0};
    struct bc_ntriples *reader;
    assert_int_equal(bc_ntriples_new(NULL, BC_NTRIPLES, run_sink, &run, &reader), BC_OK);
    assert_int_equal(bc_ntriples_feed(reader, start, sizeof start - 1), BC_OK);
    size_t fed = sizeof start - 1;
    while (!bc_ntriples_feed(reader, piece, sizeof piece))
        fed += sizeof piece;
    assert_in_range(fed, BC_LINE_MAX - sizeof piece, BC_LINE_MAX + sizeof start);
    assert_int_equal(bc_ntriples_finish(reader), BC_SYNTAX);
    assert_string_equal(bc_ntriples_error(reader)->reason, "a line is longer than 16 MiB");
    assert_int_equal(bc_ntriples_error(reader)->line, 2);
    assert_int_equal(bc_ntriples_error(reader)->offset, 2);
    bc_ntriples_free(reader);
}

static void a_failed_reader_stays_failed_until_reset(void **state)
{
    (void)state;
    static const char good[] = "_:a <x:p> _:b .\n";
    struct run run = {0};
    struct bc_ntriples *reader;
    assert_int_equal(bc_ntriples_new(NULL, BC_NTRIPLES, run_sink, &run, &reader), BC_OK);
    assert_null(bc_ntriples_error(reader));
    assert_int_equal(bc_ntriples_feed(reader, good, sizeof good - 1), BC_OK);
    assert_int_equal(bc_ntriples_feed(reader, "x\n", 2), BC_SYNTAX);
    assert_int_equal(bc_ntriples_error(reader)->line, 2);
    assert_int_equal(bc_ntriples_feed(reader, good, sizeof good - 1), BC_SYNTAX);
    assert_int_equal(bc_ntriples_feed(reader, "", 0), BC_SYNTAX);
    assert_int_equal(bc_ntriples_finish(reader), BC_SYNTAX);
    assert_int_equal(bc_ntriples_statements(reader), 1);
    bc_ntriples_reset(reader);
    assert_null(bc_ntriples_error(reader));
    assert_int_equal(bc_ntriples_feed(reader, good, sizeof good - 1), BC_OK);
    assert_int_equal(bc_ntriples_finish(reader), BC_OK);
    assert_int_equal(bc_ntriples_statements(reader), 1);
    bc_ntriples_free(reader);
    bc_buffer_release(&run.out);
}

static void a_finished_reader_takes_no_more(void **state)
{
    (void)state;
    struct run run = {0};
    struct bc_ntriples *reader;
    assert_int_equal(bc_ntriples_new(NULL, BC_NTRIPLES, run_sink, &run, &reader), BC_OK);
    assert_int_equal(bc_ntriples_feed(reader, "_:a <x:p> _:b ", 14), BC_OK);
    assert_int_equal(bc_ntriples_feed(reader, ".", 1), BC_OK);
    assert_int_equal(bc_ntriples_statements(reader), 0);
    assert_int_equal(bc_ntriples_finish(reader), BC_OK);
    assert_int_equal(bc_ntriples_finish(reader), BC_OK);
    assert_int_equal(bc_ntriples_statements(reader), 1);
    assert_int_equal(bc_ntriples_feed(reader, "#", 1), BC_INVALID);
    bc_ntriples_free(reader);
    bc_ntriples_free(NULL);
    bc_buffer_release(&run.out);
}

static enum bc_status refuse_third(void *context, struct bc_slice line, bool quad)
{
    unsigned *seen = context;
    (void)line;
    (void)quad;
    return ++*seen == 3 ? BC_NO_SPACE : BC_OK;
}

static void what_the_sink_returns_comes_back(void **state)
{
    (void)state;
    static const char text[] = "_:a <x:p> _:b .\n_:a<x:p>_:c.\n_:a <x:p> _:d .\n_:a <x:p> _:e .\n";
    unsigned seen = 0;
    struct bc_ntriples *reader;
    assert_int_equal(bc_ntriples_new(NULL, BC_NTRIPLES, refuse_third, &seen, &reader), BC_OK);
    assert_int_equal(bc_ntriples_feed(reader, text, sizeof text - 1), BC_NO_SPACE);
    assert_int_equal(bc_ntriples_finish(reader), BC_NO_SPACE);
    assert_null(bc_ntriples_error(reader));
    assert_int_equal(bc_ntriples_statements(reader), 2);
    assert_int_equal(seen, 3);
    bc_ntriples_free(reader);
}

static enum bc_status read_in_two(const char *text, struct bc_ntriples **reader)
{
    size_t size = strlen(text);
    unsigned seen = 10;
    enum bc_status st = bc_ntriples_new(NULL, BC_NTRIPLES, refuse_third, &seen, reader);
    if (st)
        return st;
    st = bc_ntriples_feed(*reader, text, size / 2);
    if (!st)
        st = bc_ntriples_feed(*reader, text + size / 2, size - size / 2);
    return st ? st : bc_ntriples_finish(*reader);
}

static void every_failed_allocation_is_reported(void **state)
{
    (void)state;
    struct bc_buffer text = {0};
    for (int i = 0; i < 100; i++)
        assert_int_equal(bc_buffer_printf(&text, "_:a <x:p> \"\\u00e9%0*d\"@EN .\n", i * 10, i),
                         BC_OK);
    assert_int_equal(bc_buffer_append(&text, "", 1), BC_OK);
    uint64_t before = bc_memory_allocations();
    struct bc_ntriples *reader = NULL;
    assert_int_equal(read_in_two(text.data, &reader), BC_OK);
    bc_ntriples_free(reader);
    uint64_t count = bc_memory_allocations() - before;
    assert_in_range(count, 3, 100);
    for (uint64_t i = 1; i <= count; i++) {
        reader = NULL;
        bc_memory_fail_after(i, 0);
        assert_int_equal(read_in_two(text.data, &reader), BC_NO_MEMORY);
        bc_memory_fail_after(0, 0);
        if (reader) {
            assert_null(bc_ntriples_error(reader));
            assert_int_equal(bc_ntriples_feed(reader, "#", 1), BC_NO_MEMORY);
        }
        bc_ntriples_free(reader);
    }
    bc_buffer_release(&text);
}

static void a_message_that_finds_no_memory_leaves_the_buffer(void **state)
{
    (void)state;
    struct run run = run_whole(BC_NTRIPLES, "x");
    struct bc_buffer to = {0};
    bc_memory_fail_after(1, 0);
    assert_int_equal(bc_syntax_error_format(&run.error, "a.nt", &to), BC_NO_MEMORY);
    bc_memory_fail_after(0, 0);
    assert_int_equal(to.size, 0);
    bc_buffer_release(&to);
    bc_buffer_release(&run.out);
}

static void a_canonical_line_splits_into_its_terms(void **state)
{
    (void)state;
    static const char triple[] = "_:a.b <x:p> \"a \\\" . <x:y> .\"@en-us .\n";
    static const char quad[] = "<x:s> <x:p> \"1\"^^<x:d> _:g .";
    struct bc_statement parts;
    assert_int_equal(bc_statement_split(bc_slice(triple, sizeof triple - 1), &parts), BC_OK);
    check_term(parts.subject, "_:a.b");
    check_term(parts.predicate, "<x:p>");
    check_term(parts.object, "\"a \\\" . <x:y> .\"@en-us");
    assert_int_equal(parts.graph.size, 0);
    assert_int_equal(bc_statement_split(bc_slice(quad, sizeof quad - 1), &parts), BC_OK);
    check_term(parts.subject, "<x:s>");
    check_term(parts.object, "\"1\"^^<x:d>");
    check_term(parts.graph, "_:g");
    static const char nested[] = "_:s <x:p> <<( _:a <x:b> <<( _:c <x:d> \"e )>>\" )>> )>> <x:g> .";
    assert_int_equal(bc_statement_split(bc_slice(nested, sizeof nested - 1), &parts), BC_OK);
    check_term(parts.predicate, "<x:p>");
    check_term(parts.object, "<<( _:a <x:b> <<( _:c <x:d> \"e )>>\" )>> )>>");
    check_term(parts.graph, "<x:g>");
}

/* No proper prefix of a line, each in a block of its own, is one. */
static void check_prefixes(struct bc_slice line)
{
    struct bc_statement parts = {.graph = {line.data, 1}};
    for (size_t size = 0; size + 1 < line.size; size++) {
        char *copy = bc_alloc(size);
        assert_non_null(copy);
        memcpy(copy, line.data, size);
        assert_int_equal(bc_statement_split(bc_slice(copy, size), &parts), BC_SYNTAX);
        bc_free(copy);
    }
    assert_ptr_equal(parts.graph.data, line.data);
}

static void what_is_not_canonical_does_not_split(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "_:a.b <x:p> \"a\\u0000\\n\xC3\xA9\"^^<x:d> <x:g> .\n",
        "_:a <x:p> <<( _:b <x:p> <<( <x:s> <x:p> \"a\"@en--ltr )>> )>> <x:g> .\n",
    };
    struct bc_statement parts = {.graph = {lines[0], 1}};
    for (size_t i = 0; i < COUNT(lines); i++)
        check_prefixes(bc_slice(lines[i], strlen(lines[i])));
    static const char *const cases[] = {
        "_:a <x:p> _:b .\n\n",
        "_:a <x:p> _:b . ",
        "_:a <x:p> _:b .\r\n",
        " _:a <x:p> _:b .\n",
        "_:a  <x:p> _:b .\n",
        "_:a <x:p> _:b. .\n",
        "_:a <x:p> _:b.\n",
        "_:a <x:p> \"\"@EN .\n",
        "<s> <x:p> _:b .\n",
        "_:a _:p _:b .\n",
        "\"a\" <x:p> _:b .\n",
        "_:a <x:p> \"\\u00e9\" .\n",
        "_:a <x:p> \"\\U0001F600\" .\n",
        "_:a <x:p> <x:\\u0041> .\n",
        "_:a <x:p> \"\"^^<http://www.w3.org/2001/XMLSchema#string> .\n",
        "_:a <x:p> \"\x01\" .\n",
        "#\n",
        "\n",
        "_:a <x:p> _:b _:c _:d .\n",
        "_:a <x:p> _:b \"g\" .\n",
        "_:a <x:p> \"\"@en--LTR .\n",
        "_:a <x:p> \"\"@en--ltrs .\n",
        "_:a <x:p> \"\"@en-- .\n",
        "_:a <x:p> \"\"@--ltr .\n",
        "_:a <x:p> \"\"@abcdefghi .\n",
        ("_:a <x:p> \"\"^^<" RDF "langString> .\n"),
        ("_:a <x:p> \"\"^^<" RDF "dirLangString> .\n"),
        "_:a <x:p> <<(_:a <x:p> _:b )>> .\n",
        "_:a <x:p> <<( _:a <x:p> _:b)>> .\n",
        "_:a <x:p> <<(  _:a <x:p> _:b )>> .\n",
        "_:a <x:p> <<( _:a <x:p> _:b  )>> .\n",
        "_:a <x:p> <<( _:a <x:p> _:b _:c )>> .\n",
        "_:a <x:p> <<( _:a <x:p> )>> .\n",
        "_:a <x:p> <<( \"a\" <x:p> _:b )>> .\n",
        "_:a <x:p> <<( _:a _:p _:b )>> .\n",
        "_:a <x:p> << _:a <x:p> _:b >> .\n",
        "_:a <x:p> <<( _:a <x:p> <<( _:a <x:p> _:b )>> .\n",
        "_:a <x:p> <<( _:a <x:p> _:b )>> )>> .\n",
        ("_:a <x:p> <<( _:a <x:p> \"\"^^<" XSD "string> )>> .\n"),
        "<<( _:a <x:p> _:b )>> <x:p> _:b .\n",
        "_:a <<( _:a <x:p> _:b )>> _:b .\n",
        "_:a <x:p> _:b <<( _:a <x:p> _:b )>> .\n",
        "VERSION \"1.2\"\n",
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bc_slice text = bc_slice(cases[i], strlen(cases[i]));
        assert_int_equal(bc_statement_split(text, &parts), BC_SYNTAX);
    }
    assert_ptr_equal(parts.graph.data, lines[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_object_has_one_canonical_form),
        cmocka_unit_test(the_layout_is_free),
        cmocka_unit_test(a_refusal_says_where_and_why),
        cmocka_unit_test(triple_terms_nest_so_deep),
        cmocka_unit_test(a_version_is_read_and_not_kept),
        cmocka_unit_test(a_term_is_made_of_simple_terms),
        cmocka_unit_test(a_triple_term_splits_into_its_terms),
        cmocka_unit_test(a_message_has_a_caret_under_the_spot),
        cmocka_unit_test(a_long_line_is_cut_around_the_spot),
        cmocka_unit_test(canonical_lines_are_not_copied),
        cmocka_unit_test(chunking_changes_nothing),
        cmocka_unit_test(a_line_may_be_just_short_of_16_mib),
        cmocka_unit_test(a_long_line_that_is_wrong_early_says_so),
        cmocka_unit_test(zeros_are_refused),
        cmocka_unit_test(an_endless_line_is_refused_at_16_mib),
        cmocka_unit_test(a_failed_reader_stays_failed_until_reset),
        cmocka_unit_test(a_finished_reader_takes_no_more),
        cmocka_unit_test(what_the_sink_returns_comes_back),
        cmocka_unit_test(every_failed_allocation_is_reported),
        cmocka_unit_test(a_message_that_finds_no_memory_leaves_the_buffer),
        cmocka_unit_test(a_canonical_line_splits_into_its_terms),
        cmocka_unit_test(what_is_not_canonical_does_not_split),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
