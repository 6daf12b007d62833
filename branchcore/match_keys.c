/* What lines begin with if a pattern names their subjects. */
#include "branchcore/match_units.h"

#include <stdlib.h>
#include <string.h>

void bc_match_keys_release(struct bc_match_keys *keys)
{
    for (size_t i = 0; i < keys->count; i++)
        bc_buffer_release(&keys->items[i]);
    bc_free(keys->items);
    *keys = (struct bc_match_keys){0};
}

/* The test that says how the subject begins; NULL: there is none. */
static const struct bc_term_test *subject_test(const struct bc_pattern_clause *clause)
{
    for (size_t i = 0; i < clause->test_count; i++) {
        const struct bc_pattern_test *test = &clause->tests[i];
        bool tells = test->test.kind == BC_TEST_EQUAL || test->test.kind == BC_TEST_PREFIX;
        if (test->test.term == BC_SUBJECT && tells && !test->negated && test->test.value.size)
            return &test->test;
    }
    return NULL;
}

static enum bc_status add_key(struct bc_match_keys *keys, const struct bc_term_test *test)
{
    struct bc_buffer *key = &keys->items[keys->count];
    *key = (struct bc_buffer){0};
    enum bc_status st = bc_buffer_append(key, test->value.data, test->value.size);
    if (!st && test->kind == BC_TEST_EQUAL)
        st = bc_buffer_append(key, " ", 1);
    if (st)
        bc_buffer_release(key);
    else
        keys->count++;
    return st;
}

static int compare_keys(const void *a, const void *b)
{
    return bc_slice_compare(bc_buffer_slice(a), bc_buffer_slice(b));
}

/* Sorts them and drops those that begin with another one. */
static void tidy(struct bc_match_keys *keys)
{
    size_t kept = 0;
    qsort(keys->items, keys->count, sizeof *keys->items, compare_keys);
    for (size_t i = 0; i < keys->count; i++) {
        const struct bc_buffer *last = kept ? &keys->items[kept - 1] : NULL;
        if (last && keys->items[i].size >= last->size &&
            !memcmp(keys->items[i].data, last->data, last->size))
            bc_buffer_release(&keys->items[i]);
        else
            keys->items[kept++] = keys->items[i];
    }
    keys->count = kept;
}

enum bc_status bc_match_keys_of(const struct bc_pattern *pattern, struct bc_match_keys *keys)
{
    *keys = (struct bc_match_keys){0};
    if (!pattern->including)
        return BC_OK;
    for (size_t i = 0; i < pattern->including; i++) {
        if (!subject_test(&pattern->clauses[i]))
            return BC_OK;
    }
    keys->items = bc_alloc_array(pattern->including, sizeof *keys->items);
    enum bc_status st = keys->items ? BC_OK : BC_NO_MEMORY;
    for (size_t i = 0; !st && i < pattern->including; i++)
        st = add_key(keys, subject_test(&pattern->clauses[i]));
    if (st)
        bc_match_keys_release(keys);
    else
        tidy(keys);
    return st;
}
