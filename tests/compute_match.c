/* Questions to terms: every engine against a plain reading of each term from its first byte on. */
#include "tests/compute_fixture.h"

#include "branchcore/scalar.h"

#include <stdio.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define XSD          "http://www.w3.org/2001/XMLSchema#"
#define RDF          "http://www.w3.org/1999/02/22-rdf-syntax-ns#"

enum { MOST = 200, WORDS = 4 };

static const char *const resources[] = {
    "<http://example.org/people/ann>",
    "<http://example.org/people/bob>",
    "<http://example.org/people/anna>",
    "<http://example.org/p>",
    "<x:>",
    "<x:s>",
    "_:b",
    "_:b1",
    "_:ann",
    "<http://example.org/a/rather/long/path/that/is/more/than/a/block/of/64/bytes/ann>",
    "<http://example.org/a/rather/long/path/that/is/more/than/a/block/of/64/bytes/bob>",
    "<http://example.org/b/rather/long/path/that/is/more/than/a/block/of/64/bytes/ann>",
    "<http://\xC3\xA9/ann>",
};

static const char *const literals[] = {
    "\"\"",
    "\"ann\"",
    "\"Ann Smith\"@en",
    "\"Ann Smith\"@en-gb",
    "\"Ann Smith\"@eng",
    "\"Ann Smith\"@de",
    "\"@en\"",
    "\"a@en\"@de-at-1996",
    "\"1\"^^<" XSD "integer>",
    "\"2\"^^<" XSD "int>",
    "\"\"^^<" XSD "integer>",
    "\"^^<" XSD "integer>\"",
    "\"\\\"^^<" XSD "integer>\"",
    "\"<" XSD "string>\"",
    "\"\"^^<x:t>",
    "\"text that is long enough to need more than one block of sixty-four bytes, ann, and on\"",
    "\"text that is long enough to need more than one block of sixty-four bytes, bob, an\"",
    "\"\\n\\t\\\\\"",
    "\"ann\"@en--ltr",
    "\"ann\"@en-gb--rtl",
    "\"--ltr\"@en",
    "\"x--\"@d",
    "\"--ltr\"",
    "<<( <x:s> <http://example.org/p> <http://example.org/people/ann> )>>",
    "<<( _:ann <x:p> \"ann\"@en )>>",
    "<<( _:b <x:p> <<( <x:s> <x:p> \"1\"^^<" XSD "integer> )>> )>>",
};

static const char *const values[] = {
    "",
    "<",
    "_",
    "_:",
    "\"",
    "a",
    "an",
    "ann",
    "ann>",
    "en",
    "en-gb",
    "de",
    "e",
    "http://example.org/",
    "<http://example.org/",
    "<http://example.org/people/an",
    "more than one block of sixty-four bytes, ann",
    "<http://example.org/a/rather/long/path/that/is/more/than/a/block/of/64/bytes/",
    ("<" XSD "integer>"),
    ("<" XSD "int>"),
    ("<" XSD "string>"),
    ("<" RDF "langString>"),
    "<x:t>",
    "x:t>",
    "en--ltr",
    "en--rtl",
    "en-gb--rtl",
    ("<" RDF "dirLangString>"),
    "<<",
    "<<( ",
    "<<( <x:s> ",
    "<<( <x:s> <http://example.org/p> <http://example.org/people/ann> )>>",
    " )>>",
};

/* The text and spans of some statements, the text before a page that cannot be read. */
struct block {
    char *text;
    size_t size;
    struct bc_spans spans[MOST];
    size_t count;
};

#define ANY(array) (array)[below(COUNT(array))]

static void make_block(struct block *block, size_t count)
{
    static char text[MOST * 512];
    size_t size = 0;
    for (size_t i = 0; i < count; i++) {
        const char *object = below(2) ? ANY(resources) : ANY(literals);
        const char *graph = below(3) ? "" : ANY(resources);
        const char *predicate = resources[below(6)];
        size += (size_t)sprintf(text + size, "%s %s %s %s%s.\n", ANY(resources), predicate, object,
                                graph, *graph ? " " : "");
    }
    size_t used;
    block->count =
        bc_scalar_split(NULL, bc_slice(text, size), BC_NQUADS, block->spans, MOST, &used);
    assert_int_equal(block->count, count);
    block->text = guarded_copy(text, size);
    block->size = size;
}

/* What stands behind a literal's text: NULL for another term. */
static const char *behind_text(const char *term, const char *end)
{
    if (*term != '"')
        return NULL;
    const char *at = term + 1;
    while (*at != '"')
        at += *at == '\\' ? 2 : 1;
    assert_true(at < end);
    return at + 1;
}

static bool same_bytes(const char *at, const char *end, const char *value, size_t size)
{
    return (size_t)(end - at) == size && !memcmp(at, value, size);
}

/* Whether a tag, up to end, is one of a language, or of one with a direction. */
static bool expect_language(const char *tag, const char *end, const char *value, size_t size)
{
    const char *asked = strstr(value, "--");
    if (asked) {
        if (end - tag < 5 || memcmp(end - 5, asked, 5) != 0)
            return false;
        end -= 5;
        size = (size_t)(asked - value);
    }
    return same_bytes(tag, end, value, size) ||
           ((size_t)(end - tag) > size && tag[size] == '-' && !memcmp(tag, value, size));
}

static bool expect(struct bc_slice term, const struct bc_term_test *test)
{
    const char *end = term.data + term.size;
    const char *value = test->value.data;
    size_t size = test->value.size;
    const char *tail = term.size ? behind_text(term.data, end) : NULL;
    bool tagged = tail && tail < end && *tail == '@';
    switch (test->kind) {
    case BC_TEST_EQUAL:
        return same_bytes(term.data, end, value, size);
    case BC_TEST_PREFIX:
        return term.size >= size && !memcmp(term.data, value, size) &&
               (!same_bytes(value, value + size, "<", 1) || memcmp(term.data, "<<(", 3) != 0);
    case BC_TEST_LANGUAGE:
        return tagged && (!size || expect_language(tail + 1, end, value, size));
    case BC_TEST_DATATYPE:
        if (tail == end)
            return !strcmp(value, "<" XSD "string>");
        if (tagged)
            return !strcmp(value, memmem(tail, (size_t)(end - tail), "--", 2)
                                      ? "<" RDF "dirLangString>"
                                      : "<" RDF "langString>");
        return tail && same_bytes(tail + 2, end, value, size);
    default:
        for (const char *at = term.data; (size_t)(end - at) >= size; at++) {
            if (!memcmp(at, value, size))
                return true;
        }
        return false;
    }
}

static void check(const struct block *block, const struct bc_term_test *test)
{
    uint64_t mask[WORDS];
    memset(mask, 0xA5, sizeof mask);
    size_t words = BC_MASK_WORDS(block->count);
    engine->match(engine, block->text, block->spans, block->count, test, mask);
    for (size_t i = 0; i < words * 64; i++) {
        bool expected = i < block->count &&
                        expect(bc_spans_term(block->text, &block->spans[i], test->term), test);
        if ((mask[i / 64] >> (i % 64) & 1) != expected)
            fail_msg("statement %zu, term %d, kind %d, value %.*s: %.*s", i, test->term, test->kind,
                     (int)test->value.size, test->value.data,
                     i < block->count ? (int)bc_spans_line(block->text, &block->spans[i]).size : 0,
                     block->text + block->spans[i].start);
    }
    for (size_t i = words; i < WORDS; i++)
        assert_int_equal(mask[i], 0xA5A5A5A5A5A5A5A5u);
}

static void every_kind_of_test_says_what_each_term_says(void **state)
{
    (void)state;
    static struct block block;
    static const size_t counts[] = {0, 1, 2, 63, 64, 65, 128, 199};
    for (size_t round = 0; round < COUNT(counts); round++) {
        make_block(&block, counts[round]);
        for (int kind = BC_TEST_EQUAL; kind <= BC_TEST_CONTAINS; kind++) {
            for (int term = BC_SUBJECT; term <= BC_GRAPH; term++) {
                for (size_t i = 0; i < COUNT(values); i++) {
                    struct bc_term_test test = {term, kind, {values[i], strlen(values[i])}};
                    check(&block, &test);
                }
            }
        }
        free_guarded(block.text, block.size);
    }
}

/* Values cut out of the terms themselves. */
static void parts_of_terms_are_found_where_they_are(void **state)
{
    (void)state;
    static struct block block;
    make_block(&block, 199);
    for (int round = 0; round < 2000; round++) {
        struct bc_slice term =
            bc_spans_term(block.text, &block.spans[below(block.count)], (enum bc_term)below(4));
        size_t from = term.size ? below(term.size) : 0;
        size_t size = term.size > from ? 1 + below(term.size - from) : 0;
        char *value = guarded_copy(term.data + from, size);
        struct bc_term_test test = {(enum bc_term)below(4),
                                    below(2) ? BC_TEST_CONTAINS : (enum bc_test_kind)below(2),
                                    {value, size}};
        check(&block, &test);
        free_guarded(value, size);
    }
    free_guarded(block.text, block.size);
}

int run_compute_match(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_test_says_what_each_term_says),
        cmocka_unit_test(parts_of_terms_are_found_where_they_are),
    };
    return cmocka_run_group_tests_name("match", tests, NULL, NULL);
}
