/* Hashes of terms, slots and statements: every engine against xxhash over a copy of the bytes. */
#include "tests/compute_fixture.h"

#include <stdio.h>
#include <xxhash.h>

enum { LINES = 3000 };

static uint64_t hash_of_string(const char *text)
{
    return XXH3_64bits(text, strlen(text));
}

static void known_statements_have_known_hashes(void **state)
{
    (void)state;
    static const char text[] = "<x:s> <x:p> \"o\" .\n<x:s> <x:p> \"o\" <x:g> .\n";
    static const char *const terms[2][5] = {
        {"<x:s>", "<x:p>", "\"o\"", "", "<x:s> <x:p> "},
        {"<x:s>", "<x:p>", "\"o\"", "<x:g>", "<x:s> <x:p> <x:g>"}};
    struct bc_spans spans[2];
    size_t used;
    assert_int_equal(
        engine->split(engine, bc_slice(text, sizeof text - 1), BC_NQUADS, spans, 2, &used), 2);
    for (int of = BC_HASH_SUBJECT; of <= BC_HASH_SLOT; of++) {
        uint64_t hashes[2];
        engine->hash(engine, text, spans, 2, (enum bc_hash_of)of, hashes);
        assert_int_equal(hashes[0], hash_of_string(terms[0][of]));
        assert_int_equal(hashes[1], hash_of_string(terms[1][of]));
    }
    /* Of XXH3 itself, as its specification's test vectors have it. */
    assert_int_equal(hash_of_string(""), 0x2D06800538D394C2u);
}

/* A statement whose terms have about `size` bytes each. */
static size_t put_line(char *to, size_t size)
{
    char *at = to;
    for (int term = 0; term < 3 + (int)below(2); term++) {
        size_t bytes = size ? below(size * 2) : 0;
        at = mempcpy(at, "<x:", 3);
        for (size_t i = 0; i < bytes; i++)
            *at++ = (char)('a' + below(26));
        at = mempcpy(at, "> ", 2);
    }
    at = mempcpy(at, ".\n", 2);
    return (size_t)(at - to);
}

static void append_term(struct bc_buffer *to, const char *text, const struct bc_spans *spans,
                        enum bc_term term)
{
    struct bc_slice bytes = bc_spans_term(text, spans, term);
    assert_int_equal(bc_buffer_append(to, bytes.data, bytes.size), BC_OK);
}

static uint64_t reference_hash(const char *text, const struct bc_spans *spans, enum bc_hash_of of,
                               struct bc_buffer *copy)
{
    bc_buffer_clear(copy);
    if (of != BC_HASH_SLOT) {
        append_term(copy, text, spans, (enum bc_term)of);
    } else {
        append_term(copy, text, spans, BC_SUBJECT);
        assert_int_equal(bc_buffer_append(copy, " ", 1), BC_OK);
        append_term(copy, text, spans, BC_PREDICATE);
        assert_int_equal(bc_buffer_append(copy, " ", 1), BC_OK);
        append_term(copy, text, spans, BC_GRAPH);
    }
    return XXH3_64bits(copy->data, copy->size);
}

static void check_hashes(const char *text, const struct bc_spans *spans, size_t count)
{
    static uint64_t hashes[LINES];
    static struct bc_hash128 wide[LINES];
    struct bc_buffer copy = {0};
    for (int of = BC_HASH_SUBJECT; of <= BC_HASH_SLOT; of++) {
        engine->hash(engine, text, spans, count, (enum bc_hash_of)of, hashes);
        for (size_t i = 0; i < count; i++)
            assert_int_equal(hashes[i],
                             reference_hash(text, &spans[i], (enum bc_hash_of)of, &copy));
    }
    engine->hash_statements(engine, text, spans, count, wide);
    for (size_t i = 0; i < count; i++) {
        XXH128_hash_t hash = XXH3_128bits(text + spans[i].start, spans[i].end - spans[i].start);
        assert_int_equal(wide[i].low, hash.low64);
        assert_int_equal(wide[i].high, hash.high64);
    }
    bc_buffer_release(&copy);
}

/* Sizes around those where XXH3 goes another way: 16, 128, 240 and its stripes of 1024. */
static void hashes_are_those_of_xxhash(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 2, 8, 20, 40, 80, 150, 300, 700, 5000};
    static struct bc_spans spans[LINES];
    static char line[1 << 16];
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct bc_buffer text = {0};
        for (size_t lines = 0; lines < 300; lines++)
            assert_int_equal(bc_buffer_append(&text, line, put_line(line, sizes[i])), BC_OK);
        char *copy = guarded_copy(text.data, text.size);
        size_t used;
        size_t count =
            engine->split(engine, bc_slice(copy, text.size), BC_NQUADS, spans, LINES, &used);
        assert_int_equal(count, 300);
        check_hashes(copy, spans, count);
        free_guarded(copy, text.size);
        bc_buffer_release(&text);
    }
}

static void no_statement_has_no_hash(void **state)
{
    (void)state;
    uint64_t hash = 7;
    struct bc_hash128 wide = {7, 7};
    engine->hash(engine, NULL, NULL, 0, BC_HASH_SLOT, &hash);
    engine->hash_statements(engine, NULL, NULL, 0, &wide);
    assert_int_equal(hash, 7);
    assert_int_equal(wide.low, 7);
}

int run_compute_hash(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_statements_have_known_hashes),
        cmocka_unit_test(hashes_are_those_of_xxhash),
        cmocka_unit_test(no_statement_has_no_hash),
    };
    return cmocka_run_group_tests_name("hashing", tests, NULL, NULL);
}
