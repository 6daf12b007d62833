/* Fuzz target of the reader of patterns, and of the commands that name IRIs. Built with clang and
 * -Dfuzzers=true it is a libFuzzer target; else its own main replays the files it is given, or
 * without any mutates a small corpus for TRIPLEFS_FUZZ_SECONDS (2). */
#include "branchcore/match_block.h"
#include "branchcore/rewrite.h"
#include "branchcore/utf8.h"
#include "tests/fuzz_mutator.h"
#include "tests/require.h"

#include <string.h>

static const char statements[] =
    "<http://example.org/a> <http://example.org/p> \"a \\\"b\\\" \\n\\u0001\"@en-gb .\n"
    "<http://example.org/a> <http://example.org/p> <http://example.org/a> <x:g> .\n"
    "_:a <x:p> \"1\"^^<http://www.w3.org/2001/XMLSchema#integer> _:g .\n"
    "_:b <x:p> \"\" .\n"
    "_:r <x:p> <<( _:r <x:p> \"a )>>\"@ar--rtl )>> .\n"
    "<http://example.org/a> <x:p> <<( _:b <x:q> <<( <http://example.org/a> <x:p> _:b )>> )>> "
    "<x:g> .\n";

static void check_test(const struct bc_pattern_test *test)
{
    if (test->triple) {
        REQUIRE(test->test.kind == BC_TEST_PREFIX && test->test.term == BC_OBJECT);
        REQUIRE(!memcmp(test->test.value.data, "<<( ", 4) && !test->in_text);
        for (size_t i = 0; i < test->triple->test_count; i++)
            check_test(&test->triple->tests[i]);
    }
    struct bc_slice value = test->test.value;
    REQUIRE(test->test.term <= BC_GRAPH && test->test.kind <= BC_TEST_CONTAINS);
    REQUIRE(bc_utf8_valid_prefix(value.data, value.size) == value.size);
    REQUIRE(!value.size || !memchr(value.data, '\n', value.size));
    REQUIRE(!test->in_text || test->test.kind == BC_TEST_CONTAINS);
    if (test->test.kind == BC_TEST_EQUAL) {
        /* A whole term in its place. */
        bool predicate = test->test.term == BC_PREDICATE;
        const char *before = predicate ? "<x:s> " : "<x:s> <x:p> ";
        const char *behind = predicate ? " <x:o> ." : " .";
        struct bc_buffer line = {0};
        struct bc_statement statement;
        REQUIRE(!bc_buffer_append(&line, before, strlen(before)) &&
                !bc_buffer_append(&line, value.data, value.size) &&
                !bc_buffer_append(&line, behind, strlen(behind)));
        REQUIRE(bc_statement_split(bc_buffer_slice(&line), &statement) == BC_OK);
        bc_buffer_release(&line);
    }
    if (test->test.kind == BC_TEST_DATATYPE)
        REQUIRE(value.size > 2 && value.data[0] == '<' && value.data[value.size - 1] == '>');
}

/* Every plan gives what the definition gives. */
static void check_plans(const struct bc_pattern *pattern)
{
    struct bc_slice text = bc_slice(statements, sizeof statements - 1);
    for (int plan = BC_MATCH_AUTO; plan <= BC_MATCH_FIND; plan++) {
        struct bc_matcher *matcher = NULL;
        struct bc_match_hits hits = {0};
        struct bc_spans spans[8];
        size_t used, next = 0;
        const struct bc_compute *engine = bc_scalar_engine();
        size_t count = engine->split(engine, text, BC_NQUADS, spans, 8, &used);
        REQUIRE(bc_matcher_new(pattern, engine, (enum bc_match_plan)plan, &matcher) == BC_OK);
        REQUIRE(bc_matcher_block(matcher, text, 0, &hits) == BC_OK);
        for (size_t i = 0; i < count; i++) {
            if (bc_pattern_matches(pattern, text.data, &spans[i]))
                REQUIRE(next < hits.count && hits.spans[next++].start == spans[i].start);
        }
        REQUIRE(next == hits.count);
        if (bc_matcher_is_all(matcher))
            REQUIRE(hits.count == count);
        bc_match_hits_release(&hits);
        bc_matcher_free(matcher);
    }
}

static void read_rewriting(struct bc_slice text)
{
    struct bc_buffer from = {0}, to = {0};
    struct bc_error err = {{0}};
    enum bc_status st = bc_rewrite_parse(text, NULL, &from, &to, &err);
    REQUIRE(st == BC_OK || (st == BC_SYNTAX && err.text[0] && !from.size && !to.size));
    if (!st)
        REQUIRE(from.size);
    bc_buffer_release(&from);
    bc_buffer_release(&to);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bc_slice text = bc_slice(data, size);
    struct bc_pattern *pattern = NULL;
    struct bc_error err = {{0}};
    read_rewriting(text);
    enum bc_status st = bc_pattern_parse(text, NULL, &pattern, &err);
    if (st) {
        REQUIRE(st == BC_SYNTAX || st == BC_TOO_LARGE);
        REQUIRE(strstr(err.text, "column ") || st == BC_TOO_LARGE);
        return 0;
    }
    for (size_t i = 0; i < pattern->count; i++) {
        const struct bc_pattern_clause *clause = &pattern->clauses[i];
        REQUIRE(clause->excludes == (i >= pattern->including));
        for (size_t j = 0; j < clause->test_count; j++)
            check_test(&clause->tests[j]);
        for (unsigned j = 0; j < 4; j++)
            REQUIRE(clause->same[j] <= j);
        REQUIRE(clause->pair_count <= BC_PATTERN_PLACES);
    }
    check_plans(pattern);
    bc_pattern_free(pattern);
    return 0;
}

#ifndef TRIPLEFS_LIBFUZZER

static const char *const corpus[] = {
    "?s rdf:type ub:Student .\n",
    "<http://example.org/a> ? ? | ! ? ? \"\"@en",
    "PREFIX e: <http://e/>\ne:a\\-b e:* \"t\"@en-GB ?g # why\n",
    "@prefix : <x:> . :a :b '1'^^xsd:integer _:g .\nNOT _:* ? ~\"a\\nb\"\n",
    "? ? 42 | ? ? -1.5e3 | ? ? true | ? ? .5 | @en | ^^xsd:date | \"a\"* | \"b\"^^* | \"c\"@*",
    "?x ? ?x !*",
    "!~'a'\n!<x:*> !a !_:b*",
    "<http://a/> https://b/",
    "ex: schema:Person",
    "?x ? <<( ?x x:p ~\"a\" )>> | <<( _:b ? <<( ex:a ? ? )>> )>>",
    "? ? !<<()>> | @ar--rtl | NOT <<( !_:* )>>",
};

static const char *const words[] = {
    "?",       "?x",       "*",    "_",     "a",       "<http://example.org/",
    ">",       "\"",       "'",    "@",     "^^",      "xsd:",
    "ex:",     "_:b",      "!",    "~",     "|",       "\n",
    " ",       " .",       "\\",   "\\u00", "\\u0041", "#",
    "PREFIX ", "@prefix ", "NOT ", "[]",    "\xFF",    "\xC3\xA9",
    "1",       ".",        "e5",   "-",     "\"*",     "urn:x",
    "http://", "\\*",      "%41",  "{",     "\r",      "BASE ",
    "$",       "\0",       ":",    "true",  "<<( ",    ")>>",
    "--rtl",   "<<()>>",
};

const struct fuzz_seeds fuzz_seeds = {corpus, sizeof corpus / sizeof *corpus, words,
                                      sizeof words / sizeof *words};

#endif
