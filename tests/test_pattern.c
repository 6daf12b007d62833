/* Patterns: what they mean, statement by statement, and what is refused, with which words. */
#include "branchcore/pattern.h"
#include "branchcore/scalar.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define XSD "http://www.w3.org/2001/XMLSchema#"
#define RDF "http://www.w3.org/1999/02/22-rdf-syntax-ns#"

/* Which statements of the scene are which is said in the tests by these letters. */
static const char *const scene[] = {
    /* a */ "<http://example.org/ann> <" RDF "type> <http://xmlns.com/foaf/0.1/Person> .",
    /* b */ "<http://example.org/ann> <http://xmlns.com/foaf/0.1/name> \"Ann Smith\"@en .",
    /* c */ "<http://example.org/ann> <http://example.org/age> \"42\"^^<" XSD "integer> .",
    /* d */ "<http://example.org/ann> <http://example.org/knows> <http://example.org/ann> .",
    /* e */ "<http://example.org/bob> <http://example.org/knows> _:b1 .",
    /* f */ "_:b1 <http://xmlns.com/foaf/0.1/name> \"Smith\" <http://example.org/g1> .",
    /* g */ "_:b2 <http://xmlns.com/foaf/0.1/name> \"Schmied\"@de-at <http://example.org/g2> .",
    /* h */ "_:b2 <http://example.org/note> \"a \\\"quoted\\\" *\\nline\" _:g .",
    /* i */ "<http://example.org/bob> <http://example.org/height> \"1.80\"^^<" XSD "decimal> .",
    /* j */ "<urn:x> <http://example.org/knows> <http://example.org/a*> .",
};

/* Of RDF 1.2. */
static const char *const scene_of_triples[] = {
    /* a */ "<http://example.org/ann> <http://example.org/knows> <http://example.org/bob> .",
    /* b */
    "_:r <" RDF "reifies> <<( <http://example.org/ann> <http://example.org/knows> "
    "<http://example.org/bob> )>> .",
    /* c */ "_:r <http://example.org/confidence> \"0.9\"^^<" XSD "decimal> .",
    /* d */
    "_:q <" RDF "reifies> <<( _:q <http://example.org/name> \"Ann )>> Smith\"@en )>> "
    "<http://example.org/g> .",
    /* e */
    "<http://example.org/ann> <http://example.org/says> <<( <http://example.org/bob> "
    "<http://example.org/says> <<( <http://example.org/ann> <http://example.org/age> "
    "\"42\"^^<" XSD "integer> )>> )>> .",
    /* f */ "<http://example.org/ann> <http://example.org/name> \"\xD8\xA7\"@ar--rtl .",
    /* g */ "<http://example.org/ann> <http://example.org/name> \"Ann\"@en-gb--ltr .",
};

enum { SCENE_MAX = 16 };
static char scene_text[4096];
static struct bc_spans scene_spans[SCENE_MAX];
static size_t scene_size;

static void make_scene(const char *const *lines, size_t count)
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++)
        size += (size_t)sprintf(scene_text + size, "%s\n", lines[i]);
    size_t used;
    scene_size =
        bc_scalar_split(NULL, bc_slice(scene_text, size), BC_NQUADS, scene_spans, SCENE_MAX, &used);
    assert_int_equal(scene_size, count);
}

static int make_plain_scene(void **state)
{
    (void)state;
    make_scene(scene, sizeof scene / sizeof *scene);
    return 0;
}

static int make_scene_of_triples(void **state)
{
    (void)state;
    make_scene(scene_of_triples, sizeof scene_of_triples / sizeof *scene_of_triples);
    return 0;
}

static struct bc_slice slice(const char *text)
{
    return bc_slice(text, strlen(text));
}

static void means(const char *text, const char *letters)
{
    struct bc_pattern *pattern = NULL;
    struct bc_error err = {0};
    char found[SCENE_MAX + 1];
    size_t count = 0;
    if (bc_pattern_parse(slice(text), NULL, &pattern, &err))
        fail_msg("%s: %s", text, err.text);
    for (size_t i = 0; i < scene_size; i++) {
        if (bc_pattern_matches(pattern, scene_text, &scene_spans[i]))
            found[count++] = (char)('a' + i);
    }
    found[count] = '\0';
    bc_pattern_free(pattern);
    if (strcmp(found, letters) != 0)
        fail_msg("%s: %s in place of %s", text, found, letters);
}

static void refused(const char *text, const char *message)
{
    struct bc_pattern *pattern = NULL;
    struct bc_error err = {0};
    if (bc_pattern_parse(slice(text), NULL, &pattern, &err) != BC_SYNTAX)
        fail_msg("%s: not refused", text);
    assert_null(pattern);
    if (strcmp(err.text, message) != 0)
        fail_msg("%s:\n%s\nin place of\n%s", text, err.text, message);
}

static void anything_is_written_in_many_ways(void **state)
{
    (void)state;
    static const char *const all[] = {"",      "  \n # nothing\n", "?",          "? ? ?",
                                      "_ _ _", "* * * .",          "?s ?p ?o .", "$s $p",
                                      "[] ?p", "PREFIX e: <x:>\n"};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        means(all[i], "abcdefghij");
    means("? ? ? ?", "fgh");
    means("? ? ? _ .", "fgh");
    means("? ? ? !*", "abcdeij");
}

static void terms_stand_for_themselves(void **state)
{
    (void)state;
    means("<http://example.org/ann>", "abcd");
    means("ex:ann ? ?", "abcd");
    means("ex:ann ex:knows ex:ann.", "d");
    means("? a foaf:Person", "a");
    means("? rdf:type ?", "a");
    means("?s foaf:name ?o", "bfg");
    means("_:b1 ? ?", "f");
    means("? ? _:b1", "e");
    means("? ? \"Smith\"", "f");
    means("? ? 'Smith'", "f");
    means("? ? \"Ann Smith\"", "");
    means("? ? \"Ann Smith\"@en", "b");
    means("? ? \"Ann Smith\"@EN", "b");
    means("? ? \"42\"^^xsd:integer", "c");
    means("? ? \"42\"^^<" XSD "integer>", "c");
    means("? ? \"Smith\"^^xsd:string", "f");
    means("? ? 42", "c");
    means("? ? 42.", "c");
    means("? ? 42 .", "c");
    means("? ? 1.80", "i");
    means("? ? 1.8", "");
    means("? ? true", "");
    means("? ? ? ex:g1", "f");
    means("? ? ? <http://example.org/g2>", "g");
    means("? ? ? _:g", "h");
    means("? ? 'a \"quoted\" *\\nline'", "h");
    means("? ? <http://example.org/\\u0061*>", "dj");
    means("? ? <http://example.org/a\\u002A>", "j");
    means("? ? ex:a\\*", "j");
    means("PREFIX : <http://example.org/>\n:bob", "ei");
    means("@prefix e: <http://example.org/> .\nprefix f: <http://xmlns.com/foaf/0.1/> e:ann f:name",
          "b");
    means("PREFIX ex: <urn:> ex:x ? ?", "j");
}

static void beginnings_languages_types_and_text(void **state)
{
    (void)state;
    means("<http://example.org/*>", "abcdei");
    means("ex:b*", "ei");
    means("_:*", "fgh");
    means("_:b2* ? ?", "gh");
    means("? ? \"Sch\"*", "g");
    means("? ? \"sch\"* ?", "");
    means("? ? \"\"*", "bcfghi");
    means("? ? \"Ann Smith\"@*", "b");
    means("? ? \"42\"^^*", "c");
    means("@en", "b");
    means("@de", "g");
    means("? ? @DE-AT", "g");
    means("? ? @d", "");
    means("@*", "bg");
    means("^^xsd:integer", "c");
    means("^^xsd:string", "fh");
    means("^^rdf:langString", "bg");
    means("~\"Smith\"", "bf");
    means("? ? ~\"mith\"", "bf");
    means("? ~'foaf' ?", "bfg");
    means("~\"integer\"", "");
    means("~\"n\"", "abcdefghj");
    means("? ? ~\"n\"", "abdh");
    means("? ? ~\"nline\"", "");
    means("? ? ~'\\nline'", "h");
    means("? ? ~'\\n'", "h");
    means("? ? ~'\"'", "h");
    means("~'g2'", "g");
    means("<*> ? <*>", "adj");
}

static void not_and_or(void **state)
{
    (void)state;
    means("? ? \"Smith\" | ? ? 42", "cf");
    means("? ? \"Smith\"\n\n? ? 42\n", "cf");
    means("ex:ann|_:b1", "abcdf");
    means("!ex:ann", "efghij");
    means("ex:ann !ex:knows", "abc");
    means("? ? !\"\"*", "adej");
    means("? ex:knows !_:*", "dj");
    means("! ex:ann", "efghij");
    means("not ex:ann | not _:*", "eij");
    means("ex:ann | ! ? ex:knows ?", "abc");
    means("! ? ? ? ?\nex:* ? ?", "abcdei");
    means("!~\"Smith\"", "acdeghij");
    means("? ? ? !ex:g1", "gh");
}

static void a_variable_that_comes_twice_means_equal_terms(void **state)
{
    (void)state;
    means("?x ? ?x", "d");
    means("?x ?x ?", "");
    means("?x ?y ?x ?z", "");
    means("? ? ?\n?x ? ?x", "abcdefghij");
    means("? ? ? | ! ?x ? ?x", "abcefghij");
    means("?x ?y ?z | ?z ?y ?x", "abcdefghij");
}

static void triple_terms_are_matched_term_by_term(void **state)
{
    (void)state;
    means("<<( ex:ann ex:knows ex:bob )>>", "b");
    means("? ? <<(ex:ann ex:knows ex:bob)>>", "b");
    means("? rdf:reifies <<( ex:ann ex:knows ex:bob )>>", "b");
    means("<<()>>", "bde");
    means("<<( ? ? ? )>>", "bde");
    means("<<( ex:ann )>>", "b");
    means("<<( ex:a* )>>", "b");
    means("<<( ? ex:knows )>>", "b");
    means("<<( ? ex:knows !ex:ann )>>", "b");
    means("<<( !ex:ann )>>", "de");
    means("! <<()>>", "acfg");
    means("? ? !<<()>>", "acfg");
    means("? ? !<<( ex:ann ? ? )>>", "acdefg");
    means("<<( _:q ? 'Ann )>> Smith'@en )>>", "d");
    means("<<( ? ? @en )>>", "d");
    means("<<( _:* )>>", "d");
    means("<<( ? ? \"\"* )>>", "d");
    means("<<( ? ? ~'Smith' )>>", "d");
    means("<<( ? ? <<( ? ? 42 )>> )>>", "e");
    means("<<( ? ? <<( ? ex:age )>> )>>", "e");
    means("<<( ? ? !<<()>> )>>", "bd");
    means("<<( ex:bob ex:says <<( ex:ann ex:age 42 )>> )>>", "e");
    means("? ? <<()>> ex:g", "d");
    means("? ? <<()>> !*", "be");
    means("? ? <<( ? a )>>", "");
    means("? ? <*>", "a");
    means("? ? <<( <*> <*> <*> )>>", "b");
    means("? ? !<*>", "bcdefg");
}

static void names_are_known_within_triple_terms(void **state)
{
    (void)state;
    means("?x ? <<( ?x ? ? )>>", "d");
    means("?x ? <<( ? ? <<( ?x ? ? )>> )>>", "e");
    means("? ?p <<( ? ?p <<( ?a ? ? )>> )>>", "e");
    means("?x ? <<( ?y ? ? )>>", "bde");
    means("? ? <<( ?x ? ?x )>>", "");
    means("? ? <<( ?x )>> ?x", "");
    means("? ? <<( ? ? ?x )>>", "bde");
    means("?x ? !<<( ?y ? ? )>>", "acfg");
    means("NOT ?x ? <<( ?x ? ? )>>", "abcefg");
    refused("?x ? !<<( ?x ? ? )>>",
            "column 11: a name in !<<( )>> cannot stand twice; leave the statements out with a "
            "pattern that begins with NOT");
}

static void text_is_looked_for_within_triple_terms(void **state)
{
    (void)state;
    means("~'bob'", "abe");
    means("? ? ~'bob'", "abe");
    means("? ? ~'Ann )>> Smith'", "d");
    means("? ? ~'integer'", "");
    means("? ? ~'<<('", "");
    means("? ? ~'ann http'", "");
}

static void a_language_may_have_a_direction(void **state)
{
    (void)state;
    means("@ar", "f");
    means("@en", "g");
    means("@en-gb", "g");
    means("@*", "fg");
    means("@en--ltr", "g");
    means("@en-GB--ltr", "g");
    means("@en--rtl", "");
    means("@ar--rtl", "f");
    means("? ? \"Ann\"@en-gb", "");
    means("? ? \"Ann\"@en-gb--ltr", "g");
    means("? ? \"Ann\"@*", "g");
    means("^^rdf:dirLangString", "fg");
    means("^^rdf:langString", "");
    refused("@en--up",
            "column 1: a text's direction is --ltr or --rtl, in lower case, behind its language");
    refused("\"a\"^^rdf:langString",
            "column 1: a literal has this datatype by its language alone: \"...\"@en");
}

static void mistakes_in_triple_terms_are_told(void **state)
{
    (void)state;
    refused("<<( ex:a ex:b ex:c",
            "column 1: this triple term has no )>> at its end, on the same line");
    refused("<<( ex:a ex:b ex:c ex:d )>>",
            "column 20: a triple term has three terms, <<( s p o )>>: )>> must follow");
    refused("<< ex:a ex:b ex:c >>", "column 1: a triple term is written <<( s p o )>>");
    refused("<<()>> ? ?", "column 1: a triple term cannot be the subject: ? ? <<( s p o )>> asks "
                          "for it as the object");
    refused("<<( <<()>> ? ? )>>", "column 5: a triple term cannot be the subject: ? ? <<( s p o "
                                  ")>> asks for it as the object");
    refused("<<( \"a\" ? ? )>>",
            "column 5: a literal cannot be the subject: ? ? LITERAL asks for it as the object");
    refused("<<( ? _:b )>>", "column 7: a blank node cannot be the predicate: it may be the "
                             "subject, the object or the graph");
    static const char open[] = "<<( ? ? ";
    char deep[256] = "";
    for (size_t i = 0; i <= BC_PATTERN_DEPTH_MAX; i++)
        memcpy(deep + i * (sizeof open - 1), open, sizeof open);
    refused(deep, "column 129: triple terms in patterns nest at most 16 deep");
}

static void mistakes_are_told_with_their_place(void **state)
{
    (void)state;
    refused("foo:bar",
            "column 1: unknown prefix 'foo': declare it with PREFIX foo: <IRI>, or add it to "
            "the store's prefixes");
    refused("? foo:bar",
            "column 3: unknown prefix 'foo': declare it with PREFIX foo: <IRI>, or add it to "
            "the store's prefixes");
    refused("? ?\n? \xC3\xA9t\xC3\xA9 foo:bar ?",
            "line 2, column 3: '\xC3\xA9t\xC3\xA9' is no term: write an IRI as <IRI> or "
            "prefix:name, text as \"text\", ? for anything");
    refused("\"\xC3\xA9\" foo:bar ?\n",
            "column 5: unknown prefix 'foo': declare it with PREFIX foo: <IRI>, or add it to "
            "the store's prefixes");
    refused("http://example.org/", "column 1: put IRIs in brackets: <http://example.org/>");
    refused("<http://example.org/", "column 1: this IRI has no '>' at its end");
    refused("<http://e/a b>", "column 1: an IRI cannot contain a space");
    refused("<*a>", "column 2: '*' stands for the rest of an IRI, at its end alone; the character "
                    "itself is written \\u002A");
    refused("? ? \"abc", "column 5: this text has no \" at its end; a line end in it is written "
                         "\\n");
    refused("\"x\" ? ?",
            "column 1: a literal cannot be the subject: ? ? LITERAL asks for it as the object");
    refused("? _:b ?", "column 3: a blank node cannot be the predicate: it may be the subject, the "
                       "object or the graph");
    refused("? ? a", "column 5: 'a' stands for rdf:type, as the predicate alone");
    refused("? ? ? ? ?",
            "column 9: a pattern has at most four terms: SUBJECT PREDICATE OBJECT GRAPH");
    refused("? ? ? . ? ? ?", "column 9: the pattern ended with '.'; write the next one on a line "
                             "of its own, or behind '|'");
    refused("{ ?s ?p ?o }", "column 1: '{' is not known here: a pattern is SUBJECT PREDICATE "
                            "OBJECT; write several one a line, or with '|' between them");
    refused("ex:a | ", "column 7: a pattern must follow '|'");
    refused("| ex:a", "column 1: there is a pattern without terms; ? ? ? means everything");
    refused("!? ? ?", "column 2: '!' needs a term behind it; as the graph alone !* is known: "
                      "statements without a graph");
    refused("! ", "column 1: there is a pattern without terms; ? ? ? means everything");
    refused("^^", "column 3: a datatype must follow '^^', such as ^^xsd:integer");
    refused("~x", "column 2: text in quotes must follow '~', such as ~\"part\"");
    refused("BASE <x:>", "column 5: there is no BASE in patterns: write whole IRIs, or declare a "
                         "prefix");
    refused("PREFIX x <y:>", "column 8: a declaration is PREFIX name: <IRI>");
    refused("\xFF", "column 1: byte 0xFF is not UTF-8");
}

static void iris_are_read_as_arguments(void **state)
{
    (void)state;
    static const char *const good[][2] = {
        {"<http://example.org/>", "http://example.org/"},
        {"http://example.org/a#b", "http://example.org/a#b"},
        {"urn:isbn:1", "urn:isbn:1"},
        {"ex:", "http://example.org/"},
        {"schema:Person", "http://schema.org/Person"},
        {"<http>", "http"},
        {"<\\u0061>", "a"},
    };
    static const char *const bad[] = {"", "x", "foo:a", "<a", "<a b>", "ex:*", "ex:a ex:b"};
    struct bc_buffer iri = {0};
    struct bc_error err;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        bc_buffer_clear(&iri);
        assert_int_equal(bc_pattern_iri(slice(good[i][0]), &iri, &err), BC_OK);
        assert_true(bc_slice_equal(bc_buffer_slice(&iri), slice(good[i][1])));
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        size_t before = iri.size;
        assert_int_equal(bc_pattern_iri(slice(bad[i]), &iri, &err), BC_SYNTAX);
        assert_int_equal(iri.size, before);
        assert_true(err.text[0]);
    }
    bc_buffer_release(&iri);
}

static void known_prefixes_are_sorted_and_are_iris(void **state)
{
    (void)state;
    size_t count;
    const struct bc_known_prefix *all = bc_pattern_known_prefixes(&count);
    for (size_t i = 0; i < count; i++) {
        char text[200];
        struct bc_buffer iri = {0};
        if (i)
            assert_true(strcmp(all[i - 1].name, all[i].name) < 0);
        (void)snprintf(text, sizeof text, "%s:", all[i].name);
        if (bc_pattern_iri(slice(text), &iri, NULL))
            fail_msg("%s is not known", text);
        assert_true(bc_slice_equal(bc_buffer_slice(&iri), slice(all[i].iri)));
        bc_buffer_release(&iri);
    }
}

static void a_failed_allocation_leaks_nothing(void **state)
{
    (void)state;
    static const char text[] = "PREFIX e: <x:> e:a ? \"t\"@en | !~'x' | ! ex:* ? ^^xsd:int _:* | "
                               "?x ? <<( ?x !e:b <<( e:c )>> )>> | <<( e:a a <<( _:b a 1 )>> )>>";
    for (uint64_t i = 1;; i++) {
        struct bc_pattern *pattern = NULL;
        struct bc_error err;
        bc_memory_fail_after(i, 0);
        enum bc_status st = bc_pattern_parse(slice(text), NULL, &pattern, &err);
        bc_memory_fail_after(0, 0);
        if (!st) {
            bc_pattern_free(pattern);
            return;
        }
        assert_int_equal(st, BC_NO_MEMORY);
        assert_null(pattern);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(anything_is_written_in_many_ways),
        cmocka_unit_test(terms_stand_for_themselves),
        cmocka_unit_test(beginnings_languages_types_and_text),
        cmocka_unit_test(not_and_or),
        cmocka_unit_test(a_variable_that_comes_twice_means_equal_terms),
        cmocka_unit_test(mistakes_are_told_with_their_place),
        cmocka_unit_test(iris_are_read_as_arguments),
        cmocka_unit_test(known_prefixes_are_sorted_and_are_iris),
        cmocka_unit_test(a_failed_allocation_leaks_nothing),
    };
    const struct CMUnitTest of_triples[] = {
        cmocka_unit_test(triple_terms_are_matched_term_by_term),
        cmocka_unit_test(names_are_known_within_triple_terms),
        cmocka_unit_test(text_is_looked_for_within_triple_terms),
        cmocka_unit_test(a_language_may_have_a_direction),
        cmocka_unit_test(mistakes_in_triple_terms_are_told),
    };
    return cmocka_run_group_tests_name("patterns", tests, make_plain_scene, NULL) +
           cmocka_run_group_tests_name("triple terms", of_triples, make_scene_of_triples, NULL);
}
