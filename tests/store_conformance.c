#include "tests/store_conformance.h"

#include "branchcore/codec.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

struct fixture {
    const struct store_factory *factory;
    struct bc_store *store;
};

struct bc_slice text(const char *string)
{
    return bc_slice(string, strlen(string));
}

void assert_status(enum bc_status got, enum bc_status expected)
{
    if (got != expected)
        fail_msg("%s instead of %s", bc_status_text(got), bc_status_text(expected));
}

void assert_slice(struct bc_slice got, struct bc_slice expected)
{
    if (!bc_slice_equal(got, expected))
        fail_msg("%.*s instead of %.*s", (int)(got.size < 80 ? got.size : 80), got.data,
                 (int)(expected.size < 80 ? expected.size : 80), expected.data);
}

void put_one(struct bc_store *store, enum bc_family family, const char *key, const char *value)
{
    struct bc_batch batch = {0};
    assert_status(bc_batch_put(&batch, family, text(key), text(value)), BC_OK);
    assert_status(bc_store_apply(store, &batch, false), BC_OK);
    bc_batch_release(&batch);
}

void assert_row(struct bc_store *store, struct bc_snapshot *snapshot, enum bc_family family,
                const char *key, const char *value)
{
    struct bc_value got = {0};
    enum bc_status st = bc_store_get(store, snapshot, family, text(key), &got);
    assert_status(st, value ? BC_OK : BC_NOT_FOUND);
    if (value)
        assert_slice(got.slice, text(value));
    bc_value_release(&got);
}

void assert_rows(struct bc_store *store, struct bc_snapshot *snapshot, enum bc_family family,
                 const char *expected)
{
    struct bc_buffer rows = {0};
    struct bc_cursor *cursor;
    assert_status(bc_store_cursor(store, snapshot, family, text(""), text(""), false, &cursor),
                  BC_OK);
    for (cursor->ops->first(cursor); cursor->valid; cursor->ops->next(cursor))
        assert_status(bc_buffer_printf(&rows, "%s%.*s=%.*s", rows.size ? " " : "",
                                       (int)cursor->key.size, cursor->key.data,
                                       (int)cursor->value.size, cursor->value.data),
                      BC_OK);
    assert_status(cursor->status, BC_OK);
    bc_cursor_free(cursor);
    assert_slice(bc_buffer_slice(&rows), text(expected));
    bc_buffer_release(&rows);
}

uint64_t test_random(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

uint64_t test_seed(const char *test)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    const char *given = getenv("TRIPLEFS_SEED");
    uint64_t seed = given ? strtoull(given, NULL, 0)
                          : (uint64_t)now.tv_sec * 1000000007u + (uint64_t)now.tv_nsec;
    print_message("%s: TRIPLEFS_SEED=%llu\n", test, (unsigned long long)seed);
    return seed;
}

struct run_key run_key(uint64_t run, uint64_t row)
{
    struct run_key key;
    bc_put_u64(key.bytes, run);
    key.bytes[8] = 'B';
    bc_put_u64(key.bytes + 9, row);
    return key;
}

void bulk_rows(struct bc_store *store, uint64_t run, uint64_t rows, size_t value_size)
{
    struct bc_bulk *bulk;
    assert_status(store->ops->bulk_new(store, run, &bulk), BC_OK);
    char *value = bc_alloc_zero(value_size + 8);
    assert_non_null(value);
    uint64_t state = run;
    for (uint64_t row = 0; row < rows; row++) {
        for (size_t at = 8; at < value_size; at += 16)
            bc_put_u64(value + at, test_random(&state));
        bc_put_u64(value, row);
        struct run_key key = run_key(run, row);
        assert_status(bulk->ops->add(bulk, bc_slice(&key, sizeof key), bc_slice(value, value_size)),
                      BC_OK);
    }
    bc_free(value);
    assert_status(bulk->ops->finish(bulk), BC_OK);
}

uint64_t count_rows(struct bc_store *store, enum bc_family family)
{
    struct bc_cursor *cursor;
    assert_status(bc_store_cursor(store, NULL, family, text(""), text(""), true, &cursor), BC_OK);
    uint64_t rows = 0;
    for (cursor->ops->first(cursor); cursor->valid; cursor->ops->next(cursor))
        rows++;
    assert_status(cursor->status, BC_OK);
    bc_cursor_free(cursor);
    return rows;
}

static void a_new_store_is_empty(void **state)
{
    struct fixture *fixture = *state;
    for (int family = 0; family < BC_FAMILY_COUNT; family++) {
        assert_rows(fixture->store, NULL, (enum bc_family)family, "");
        assert_row(fixture->store, NULL, (enum bc_family)family, "a", NULL);
    }
}

static void get_leaves_the_value_alone_where_there_is_none(void **state)
{
    struct fixture *fixture = *state;
    struct bc_value value = {.slice = text("mine")};
    assert_status(bc_store_get(fixture->store, NULL, BC_REFS, text("a"), &value), BC_NOT_FOUND);
    assert_slice(value.slice, text("mine"));
}

static void families_are_separate(void **state)
{
    struct fixture *fixture = *state;
    put_one(fixture->store, BC_REFS, "a", "of refs");
    put_one(fixture->store, BC_LAYERS, "a", "of layers");
    assert_row(fixture->store, NULL, BC_REFS, "a", "of refs");
    assert_row(fixture->store, NULL, BC_LAYERS, "a", "of layers");
    assert_row(fixture->store, NULL, BC_RUNS, "a", NULL);
}

static void keys_are_ordered_as_unsigned_bytes(void **state)
{
    struct fixture *fixture = *state;
    struct bc_slice keys[] = {bc_slice("", 0),      bc_slice("\0", 1),      bc_slice("\0\0", 2),
                              bc_slice("\x01", 1),  bc_slice("a", 1),       bc_slice("a\0", 2),
                              bc_slice("a\x7f", 2), bc_slice("a\x80", 2),   bc_slice("a\xff", 2),
                              bc_slice("aa", 2),    bc_slice("\x7f", 1),    bc_slice("\x80", 1),
                              bc_slice("\xff", 1),  bc_slice("\xff\xff", 2)};
    /* "aa" stands out of place above so that the list is not its own proof. */
    enum { COUNT = sizeof keys / sizeof *keys };
    struct bc_batch batch = {0};
    for (int i = COUNT; i-- > 0;)
        assert_status(bc_batch_put(&batch, BC_LAYERS, keys[i], text("v")), BC_OK);
    assert_status(bc_store_apply(fixture->store, &batch, false), BC_OK);
    bc_batch_release(&batch);
    struct bc_cursor *cursor;
    assert_status(
        bc_store_cursor(fixture->store, NULL, BC_LAYERS, text(""), text(""), false, &cursor),
        BC_OK);
    char previous[8];
    size_t previous_size = 0;
    int seen = 0;
    for (cursor->ops->first(cursor); cursor->valid; cursor->ops->next(cursor)) {
        if (seen++)
            assert_true(bc_slice_compare(bc_slice(previous, previous_size), cursor->key) < 0);
        previous_size = cursor->key.size;
        if (previous_size)
            memcpy(previous, cursor->key.data, previous_size);
    }
    bc_cursor_free(cursor);
    assert_int_equal(seen, COUNT);
}

static struct bc_cursor *cursor_over(struct bc_store *store, const char *lower, const char *upper)
{
    struct bc_cursor *cursor;
    assert_status(bc_store_cursor(store, NULL, BC_LAYERS, text(lower), text(upper), false, &cursor),
                  BC_OK);
    assert_false(cursor->valid);
    return cursor;
}

/* key NULL: at no row. */
static void assert_at(struct bc_cursor *cursor, const char *key)
{
    assert_status(cursor->status, BC_OK);
    assert_int_equal(cursor->valid, key != NULL);
    if (key)
        assert_slice(cursor->key, text(key));
}

static void assert_seeks(struct bc_cursor *cursor, const char *key, const char *first_from,
                         const char *last_until)
{
    cursor->ops->seek(cursor, text(key));
    assert_at(cursor, first_from);
    cursor->ops->seek_last(cursor, text(key));
    assert_at(cursor, last_until);
}

static void put_letters(struct bc_store *store, const char *letters)
{
    for (const char *letter = letters; *letter; letter++)
        put_one(store, BC_LAYERS, (char[]){*letter, 0}, "v");
}

static void seeks_land_on_the_nearest_row(void **state)
{
    struct fixture *fixture = *state;
    put_letters(fixture->store, "bdf");
    struct bc_cursor *cursor = cursor_over(fixture->store, "", "");
    assert_seeks(cursor, "", "b", NULL);
    assert_seeks(cursor, "a", "b", NULL);
    assert_seeks(cursor, "b", "b", "b");
    assert_seeks(cursor, "c", "d", "b");
    assert_seeks(cursor, "d", "d", "d");
    assert_seeks(cursor, "dd", "f", "d");
    assert_seeks(cursor, "f", "f", "f");
    assert_seeks(cursor, "g", NULL, "f");
    cursor->ops->first(cursor);
    assert_at(cursor, "b");
    cursor->ops->last(cursor);
    assert_at(cursor, "f");
    bc_cursor_free(cursor);
}

static void a_cursor_keeps_to_its_bounds(void **state)
{
    struct fixture *fixture = *state;
    put_letters(fixture->store, "abcdefgh");
    struct bc_cursor *cursor = cursor_over(fixture->store, "c", "f");
    assert_seeks(cursor, "", "c", NULL);
    assert_seeks(cursor, "b", "c", NULL);
    assert_seeks(cursor, "bb", "c", NULL);
    assert_seeks(cursor, "c", "c", "c");
    assert_seeks(cursor, "e", "e", "e");
    assert_seeks(cursor, "ee", NULL, "e");
    assert_seeks(cursor, "f", NULL, "e");
    assert_seeks(cursor, "h", NULL, "e");
    cursor->ops->last(cursor);
    assert_at(cursor, "e");
    cursor->ops->next(cursor);
    assert_at(cursor, NULL);
    cursor->ops->first(cursor);
    assert_at(cursor, "c");
    cursor->ops->previous(cursor);
    assert_at(cursor, NULL);
    bc_cursor_free(cursor);
    cursor = cursor_over(fixture->store, "hh", "");
    cursor->ops->first(cursor);
    assert_at(cursor, NULL);
    cursor->ops->last(cursor);
    assert_at(cursor, NULL);
    bc_cursor_free(cursor);
    cursor = cursor_over(fixture->store, "e", "c");
    assert_seeks(cursor, "d", NULL, NULL);
    cursor->ops->first(cursor);
    assert_at(cursor, NULL);
    cursor->ops->last(cursor);
    assert_at(cursor, NULL);
    bc_cursor_free(cursor);
}

static void a_cursor_walks_both_ways(void **state)
{
    struct fixture *fixture = *state;
    put_letters(fixture->store, "abcd");
    struct bc_cursor *cursor = cursor_over(fixture->store, "", "");
    cursor->ops->next(cursor);
    assert_at(cursor, NULL);
    cursor->ops->previous(cursor);
    assert_at(cursor, NULL);
    cursor->ops->seek(cursor, text("b"));
    cursor->ops->next(cursor);
    assert_at(cursor, "c");
    cursor->ops->previous(cursor);
    assert_at(cursor, "b");
    cursor->ops->previous(cursor);
    assert_at(cursor, "a");
    cursor->ops->next(cursor);
    assert_at(cursor, "b");
    cursor->ops->last(cursor);
    cursor->ops->next(cursor);
    cursor->ops->next(cursor);
    assert_at(cursor, NULL);
    bc_cursor_free(cursor);
}

static void a_cursor_copies_its_bounds(void **state)
{
    struct fixture *fixture = *state;
    put_letters(fixture->store, "abcd");
    char bounds[] = "bd";
    struct bc_cursor *cursor;
    assert_status(bc_store_cursor(fixture->store, NULL, BC_LAYERS, bc_slice(bounds, 1),
                                  bc_slice(bounds + 1, 1), true, &cursor),
                  BC_OK);
    memset(bounds, 'x', sizeof bounds);
    cursor->ops->first(cursor);
    assert_at(cursor, "b");
    cursor->ops->next(cursor);
    assert_at(cursor, "c");
    cursor->ops->next(cursor);
    assert_at(cursor, NULL);
    bc_cursor_free(cursor);
}

static void a_cursor_sees_the_moment_of_its_creation(void **state)
{
    struct fixture *fixture = *state;
    put_letters(fixture->store, "abc");
    struct bc_cursor *cursor = cursor_over(fixture->store, "", "");
    struct bc_batch batch = {0};
    assert_status(bc_batch_delete(&batch, BC_LAYERS, text("b")), BC_OK);
    assert_status(bc_batch_put(&batch, BC_LAYERS, text("d"), text("new")), BC_OK);
    assert_status(bc_batch_put(&batch, BC_LAYERS, text("a"), text("new")), BC_OK);
    assert_status(bc_store_apply(fixture->store, &batch, false), BC_OK);
    bc_batch_release(&batch);
    cursor->ops->first(cursor);
    assert_slice(cursor->value, text("v"));
    cursor->ops->next(cursor);
    assert_at(cursor, "b");
    cursor->ops->last(cursor);
    assert_at(cursor, "c");
    bc_cursor_free(cursor);
    assert_rows(fixture->store, NULL, BC_LAYERS, "a=new c=v d=new");
}

static void a_snapshot_does_not_change(void **state)
{
    struct fixture *fixture = *state;
    struct bc_store *store = fixture->store;
    struct bc_snapshot *empty;
    struct bc_snapshot *early;
    assert_status(store->ops->snapshot_new(store, &empty), BC_OK);
    put_one(store, BC_REFS, "a", "1");
    put_one(store, BC_LAYERS, "a", "1");
    assert_status(store->ops->snapshot_new(store, &early), BC_OK);
    put_one(store, BC_REFS, "a", "2");
    put_one(store, BC_REFS, "b", "2");
    struct bc_batch batch = {0};
    assert_status(bc_batch_delete_range(&batch, BC_LAYERS, text(""), text("z")), BC_OK);
    assert_status(bc_store_apply(store, &batch, false), BC_OK);
    bc_batch_release(&batch);
    assert_rows(store, empty, BC_REFS, "");
    assert_rows(store, early, BC_REFS, "a=1");
    assert_rows(store, early, BC_LAYERS, "a=1");
    assert_row(store, early, BC_REFS, "a", "1");
    assert_row(store, early, BC_REFS, "b", NULL);
    assert_row(store, empty, BC_REFS, "a", NULL);
    assert_rows(store, NULL, BC_REFS, "a=2 b=2");
    assert_rows(store, NULL, BC_LAYERS, "");
    store->ops->snapshot_free(store, empty);
    assert_rows(store, early, BC_REFS, "a=1");
    store->ops->snapshot_free(store, early);
    store->ops->snapshot_free(store, NULL);
}

static void a_lent_value_outlives_changes(void **state)
{
    struct fixture *fixture = *state;
    put_one(fixture->store, BC_REFS, "a", "old");
    struct bc_value value = {0};
    assert_status(bc_store_get(fixture->store, NULL, BC_REFS, text("a"), &value), BC_OK);
    put_one(fixture->store, BC_REFS, "a", "new");
    assert_slice(value.slice, text("old"));
    bc_value_release(&value);
    bc_value_release(&value);
    assert_row(fixture->store, NULL, BC_REFS, "a", "new");
}

static void later_changes_of_a_batch_win(void **state)
{
    struct fixture *fixture = *state;
    struct bc_batch batch = {0};
    put_letters(fixture->store, "abcdef");
    assert_status(bc_batch_put(&batch, BC_LAYERS, text("a"), text("1")), BC_OK);
    assert_status(bc_batch_put(&batch, BC_LAYERS, text("a"), text("2")), BC_OK);
    assert_status(bc_batch_put(&batch, BC_LAYERS, text("b"), text("1")), BC_OK);
    assert_status(bc_batch_delete(&batch, BC_LAYERS, text("b")), BC_OK);
    assert_status(bc_batch_delete(&batch, BC_LAYERS, text("c")), BC_OK);
    assert_status(bc_batch_put(&batch, BC_LAYERS, text("c"), text("3")), BC_OK);
    assert_status(bc_batch_put(&batch, BC_LAYERS, text("dd"), text("gone")), BC_OK);
    assert_status(bc_batch_delete_range(&batch, BC_LAYERS, text("d"), text("f")), BC_OK);
    assert_status(bc_batch_put(&batch, BC_LAYERS, text("e"), text("4")), BC_OK);
    assert_int_equal(batch.count, 9);
    assert_status(bc_store_apply(fixture->store, &batch, true), BC_OK);
    assert_rows(fixture->store, NULL, BC_LAYERS, "a=2 c=3 e=4 f=v");
    bc_batch_clear(&batch);
    assert_int_equal(batch.count, 0);
    assert_status(bc_store_apply(fixture->store, &batch, false), BC_OK);
    assert_rows(fixture->store, NULL, BC_LAYERS, "a=2 c=3 e=4 f=v");
    bc_batch_release(&batch);
}

static void a_range_ends_before_its_second_key(void **state)
{
    struct fixture *fixture = *state;
    put_letters(fixture->store, "abcde");
    struct bc_batch batch = {0};
    assert_status(bc_batch_delete_range(&batch, BC_LAYERS, text("b"), text("d")), BC_OK);
    assert_status(bc_batch_delete_range(&batch, BC_LAYERS, text("e"), text("e")), BC_OK);
    assert_status(bc_batch_delete_range(&batch, BC_LAYERS, text("z"), text("a")), BC_OK);
    assert_status(bc_batch_delete_range(&batch, BC_LAYERS, text("x"), text("z")), BC_OK);
    assert_status(bc_store_apply(fixture->store, &batch, false), BC_OK);
    bc_batch_release(&batch);
    assert_rows(fixture->store, NULL, BC_LAYERS, "a=v d=v e=v");
    put_one(fixture->store, BC_LAYERS, "b", "again");
    assert_rows(fixture->store, NULL, BC_LAYERS, "a=v b=again d=v e=v");
}

static void a_batch_reads_back_what_was_put_in(void **state)
{
    (void)state;
    struct bc_batch batch = {0};
    struct bc_batch_entry entry;
    size_t at = 0;
    assert_false(bc_batch_each(&batch, &at, &entry));
    assert_status(bc_batch_put(&batch, BC_REFS, text("k"), text("")), BC_OK);
    assert_status(bc_batch_delete(&batch, BC_LAYERS, text("")), BC_OK);
    assert_status(bc_batch_delete_range(&batch, BC_LAYERS, text("a"), text("bcd")), BC_OK);
    assert_true(bc_batch_each(&batch, &at, &entry));
    assert_int_equal(entry.kind, BC_BATCH_PUT);
    assert_int_equal(entry.family, BC_REFS);
    assert_slice(entry.key, text("k"));
    assert_slice(entry.value, text(""));
    assert_true(bc_batch_each(&batch, &at, &entry));
    assert_int_equal(entry.kind, BC_BATCH_DELETE);
    assert_slice(entry.key, text(""));
    assert_true(bc_batch_each(&batch, &at, &entry));
    assert_int_equal(entry.kind, BC_BATCH_DELETE_RANGE);
    assert_slice(entry.key, text("a"));
    assert_slice(entry.value, text("bcd"));
    assert_false(bc_batch_each(&batch, &at, &entry));
    bc_batch_release(&batch);
}

static void a_batch_cannot_change_runs(void **state)
{
    struct fixture *fixture = *state;
    for (int kind = 0; kind < 3; kind++) {
        struct bc_batch batch = {0};
        assert_status(bc_batch_put(&batch, BC_REFS, text("a"), text("1")), BC_OK);
        if (kind == 0)
            assert_status(bc_batch_put(&batch, BC_RUNS, text("12345678x"), text("1")), BC_OK);
        else if (kind == 1)
            assert_status(bc_batch_delete(&batch, BC_RUNS, text("12345678x")), BC_OK);
        else
            assert_status(bc_batch_delete_range(&batch, BC_RUNS, text("a"), text("b")), BC_OK);
        assert_status(bc_store_apply(fixture->store, &batch, false), BC_INVALID);
        bc_batch_release(&batch);
    }
    assert_rows(fixture->store, NULL, BC_REFS, "");
    assert_rows(fixture->store, NULL, BC_RUNS, "");
}

static struct bc_bulk *bulk_of(struct bc_store *store, uint64_t run)
{
    struct bc_bulk *bulk;
    assert_status(store->ops->bulk_new(store, run, &bulk), BC_OK);
    return bulk;
}

static enum bc_status add_row(struct bc_bulk *bulk, uint64_t run, uint64_t row, const char *value)
{
    struct run_key key = run_key(run, row);
    return bulk->ops->add(bulk, bc_slice(&key, sizeof key), text(value));
}

static void a_bulk_is_visible_only_when_finished(void **state)
{
    struct fixture *fixture = *state;
    struct bc_store *store = fixture->store;
    struct bc_bulk *bulk = bulk_of(store, 7);
    struct bc_snapshot *before;
    assert_status(add_row(bulk, 7, 1, "one"), BC_OK);
    assert_status(add_row(bulk, 7, 2, "two"), BC_OK);
    assert_int_equal(count_rows(store, BC_RUNS), 0);
    assert_status(store->ops->snapshot_new(store, &before), BC_OK);
    assert_status(bulk->ops->finish(bulk), BC_OK);
    assert_int_equal(count_rows(store, BC_RUNS), 2);
    assert_rows(store, before, BC_RUNS, "");
    struct run_key key = run_key(7, 2);
    struct bc_value value = {0};
    assert_status(bc_store_get(store, before, BC_RUNS, bc_slice(&key, sizeof key), &value),
                  BC_NOT_FOUND);
    assert_status(bc_store_get(store, NULL, BC_RUNS, bc_slice(&key, sizeof key), &value), BC_OK);
    assert_slice(value.slice, text("two"));
    bc_value_release(&value);
    store->ops->snapshot_free(store, before);
}

static void an_aborted_bulk_leaves_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct bc_store *store = fixture->store;
    struct bc_bulk *bulk = bulk_of(store, 7);
    assert_status(add_row(bulk, 7, 1, "one"), BC_OK);
    bulk->ops->abort(bulk);
    bulk = bulk_of(store, 7);
    bulk->ops->abort(bulk);
    bulk = bulk_of(store, 7);
    assert_status(bulk->ops->finish(bulk), BC_OK);
    assert_int_equal(count_rows(store, BC_RUNS), 0);
    bulk_rows(store, 7, 3, 10);
    assert_int_equal(count_rows(store, BC_RUNS), 3);
}

static void a_bulk_refuses_keys_out_of_place(void **state)
{
    struct fixture *fixture = *state;
    struct bc_store *store = fixture->store;
    static const uint64_t places[][2] = {{7, 5}, {7, 4}, {8, 6}, {6, 6}};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        struct bc_bulk *bulk = bulk_of(store, 7);
        assert_status(add_row(bulk, 7, 5, "v"), BC_OK);
        assert_status(add_row(bulk, places[i][0], places[i][1], "v"), BC_INVALID);
        bulk->ops->abort(bulk);
    }
    struct run_key key = run_key(7, 0);
    for (size_t size = 0; size <= 8; size++) {
        struct bc_bulk *bulk = bulk_of(store, 7);
        assert_status(bulk->ops->add(bulk, bc_slice(&key, size), text("v")), BC_INVALID);
        bulk->ops->abort(bulk);
    }
    assert_int_equal(count_rows(store, BC_RUNS), 0);
}

static void a_run_is_written_once(void **state)
{
    struct fixture *fixture = *state;
    struct bc_store *store = fixture->store;
    struct bc_bulk *late = bulk_of(store, 7);
    assert_status(add_row(late, 7, 9, "late"), BC_OK);
    bulk_rows(store, 7, 3, 10);
    struct bc_bulk *bulk;
    assert_status(store->ops->bulk_new(store, 7, &bulk), BC_EXISTS);
    assert_status(late->ops->finish(late), BC_EXISTS);
    assert_int_equal(count_rows(store, BC_RUNS), 3);
}

static void dropping_a_run_drops_it_alone(void **state)
{
    struct fixture *fixture = *state;
    struct bc_store *store = fixture->store;
    static const uint64_t runs[] = {0, 6, 7, 8, UINT64_MAX - 1, UINT64_MAX};
    enum { COUNT = sizeof runs / sizeof *runs };
    for (int i = 0; i < COUNT; i++)
        bulk_rows(store, runs[i], 3, 100);
    for (int i = 0; i < COUNT; i++) {
        assert_status(store->ops->run_drop(store, runs[i]), BC_OK);
        assert_int_equal(count_rows(store, BC_RUNS), 3 * (COUNT - 1 - i));
        assert_status(store->ops->run_drop(store, runs[i]), BC_OK);
    }
    assert_status(store->ops->run_drop(store, 12345), BC_OK);
    bulk_rows(store, 7, 2, 10);
    assert_int_equal(count_rows(store, BC_RUNS), 2);
}

static void runs_are_next_to_each_other_in_any_order(void **state)
{
    struct fixture *fixture = *state;
    struct bc_store *store = fixture->store;
    static const uint64_t order[] = {5, 1, 9, 3, 7, 2, 8};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        bulk_rows(store, order[i], order[i], 20);
    assert_int_equal(count_rows(store, BC_RUNS), 35);
    char lower[8];
    char upper[8];
    bc_put_u64(lower, 3);
    bc_put_u64(upper, 4);
    struct bc_cursor *cursor;
    assert_status(bc_store_cursor(store, NULL, BC_RUNS, bc_slice(lower, 8), bc_slice(upper, 8),
                                  true, &cursor),
                  BC_OK);
    uint64_t row = 0;
    for (cursor->ops->first(cursor); cursor->valid; cursor->ops->next(cursor)) {
        struct run_key key = run_key(3, row);
        assert_slice(cursor->key, bc_slice(&key, sizeof key));
        assert_int_equal(bc_get_u64(cursor->value.data), row);
        row++;
    }
    assert_int_equal(row, 3);
    bc_cursor_free(cursor);
}

/* Content that differs at every place, so that a part in the wrong place is seen. */
static void fill(char *to, size_t size, uint64_t seed)
{
    for (size_t at = 0; at < size; at++)
        to[at] = (char)((at >> 16) + (at * 31) + seed);
}

static void big_keys_and_values_are_kept(void **state)
{
    struct fixture *fixture = *state;
    struct bc_store *store = fixture->store;
    const size_t size = (16u << 20) + 12345;
    char *key = bc_alloc(size);
    char *value = bc_alloc(size);
    assert_non_null(key);
    assert_non_null(value);
    fill(key, size, 1);
    fill(value, size, 2);
    bc_put_u64(key, 7);
    struct bc_batch batch = {0};
    assert_status(bc_batch_put(&batch, BC_LAYERS, bc_slice(key, size), bc_slice(value, size)),
                  BC_OK);
    assert_status(bc_batch_put(&batch, BC_LAYERS, bc_slice(key, 9), bc_slice(value, 0)), BC_OK);
    assert_status(bc_store_apply(store, &batch, false), BC_OK);
    bc_batch_release(&batch);
    struct bc_bulk *bulk = bulk_of(store, 7);
    assert_status(bulk->ops->add(bulk, bc_slice(key, 9), bc_slice(value, 0)), BC_OK);
    assert_status(bulk->ops->add(bulk, bc_slice(key, size - 1), bc_slice(value, 1)), BC_OK);
    assert_status(bulk->ops->add(bulk, bc_slice(key, size), bc_slice(value, size)), BC_OK);
    assert_status(bulk->ops->finish(bulk), BC_OK);
    for (int family = BC_LAYERS; family <= BC_RUNS; family++) {
        struct bc_value got = {0};
        assert_status(bc_store_get(store, NULL, (enum bc_family)family, bc_slice(key, size), &got),
                      BC_OK);
        assert_slice(got.slice, bc_slice(value, size));
        bc_value_release(&got);
        assert_status(bc_store_get(store, NULL, (enum bc_family)family, bc_slice(key, 9), &got),
                      BC_OK);
        assert_int_equal(got.slice.size, 0);
        bc_value_release(&got);
        struct bc_cursor *cursor;
        assert_status(bc_store_cursor(store, NULL, (enum bc_family)family, bc_slice(key, size),
                                      text(""), false, &cursor),
                      BC_OK);
        cursor->ops->first(cursor);
        assert_true(cursor->valid);
        assert_slice(cursor->key, bc_slice(key, size));
        assert_slice(cursor->value, bc_slice(value, size));
        bc_cursor_free(cursor);
    }
    bc_free(key);
    bc_free(value);
}

static void rows_beyond_the_limit_are_refused(void **state)
{
    struct fixture *fixture = *state;
    struct run_key key = run_key(7, 1);
    struct bc_slice small = bc_slice(&key, sizeof key);
    /* The bytes are not looked at: there are no such many. */
    struct bc_slice large = bc_slice(&key, (size_t)BC_ROW_BYTES_MAX - sizeof key + 1);
    struct bc_batch batch = {0};
    assert_status(bc_batch_put(&batch, BC_LAYERS, small, large), BC_TOO_LARGE);
    assert_status(bc_batch_put(&batch, BC_LAYERS, large, small), BC_TOO_LARGE);
    assert_status(bc_batch_put(&batch, BC_LAYERS, small, bc_slice(&key, SIZE_MAX)), BC_TOO_LARGE);
    assert_status(bc_batch_delete(&batch, BC_LAYERS, bc_slice(&key, SIZE_MAX)), BC_TOO_LARGE);
    assert_int_equal(batch.count, 0);
    struct bc_bulk *bulk = bulk_of(fixture->store, 7);
    assert_status(bulk->ops->add(bulk, small, large), BC_TOO_LARGE);
    bulk->ops->abort(bulk);
}

static void disk_bytes_follow_the_content(void **state)
{
    struct fixture *fixture = *state;
    struct bc_store *store = fixture->store;
    bulk_rows(store, 3, 64, 8 << 10);
    bulk_rows(store, 4, 256, 8 << 10);
    uint64_t bytes[3];
    for (uint64_t run = 3; run <= 5; run++) {
        char lower[8];
        char upper[8];
        bc_put_u64(lower, run);
        bc_put_u64(upper, run + 1);
        assert_status(store->ops->disk_bytes(store, BC_RUNS, bc_slice(lower, 8), bc_slice(upper, 8),
                                             &bytes[run - 3]),
                      BC_OK);
    }
    assert_in_range(bytes[0], 64 * (4 << 10) * 8 / 10, 64 * (8 << 10) * 12 / 10);
    assert_in_range(bytes[1], 256 * (4 << 10) * 8 / 10, 256 * (8 << 10) * 12 / 10);
    assert_int_equal(bytes[2], 0);
    uint64_t all;
    assert_status(store->ops->disk_bytes(store, BC_RUNS, text(""), text(""), &all), BC_OK);
    assert_in_range(all, (bytes[0] + bytes[1]) * 9 / 10, (bytes[0] + bytes[1]) * 11 / 10);
}

static void a_sound_store_verifies_and_tells_its_figures(void **state)
{
    struct fixture *fixture = *state;
    struct bc_store *store = fixture->store;
    put_letters(store, "abc");
    put_one(store, BC_REFS, "a", "1");
    bulk_rows(store, 3, 100, 1000);
    struct bc_error err = {0};
    assert_status(store->ops->verify(store, &err), BC_OK);
    assert_status(store->ops->verify(store, NULL), BC_OK);
    assert_status(store->ops->sync(store), BC_OK);
    struct bc_buffer lines = {0};
    assert_status(store->ops->metrics(store, &lines), BC_OK);
    assert_true(lines.size && lines.data[lines.size - 1] == '\n');
    bool key = true;
    for (size_t at = 0; at < lines.size; at++) {
        if (lines.data[at] == '\n')
            assert_false(key);
        key = lines.data[at] == '\n' || (key && lines.data[at] != ' ');
    }
    bc_buffer_release(&lines);
}

static void each_failed_allocation_leaves_the_store_unchanged(void **state)
{
    struct fixture *fixture = *state;
    struct bc_store *store = fixture->store;
    char key[4];
    for (int i = 0; i < 200; i++) {
        (void)snprintf(key, sizeof key, "%03d", i);
        put_one(store, BC_LAYERS, key, "old");
    }
    struct bc_snapshot *held; /* so that every path is shared and must be copied */
    assert_status(store->ops->snapshot_new(store, &held), BC_OK);
    struct bc_batch batch = {0};
    assert_status(bc_batch_put(&batch, BC_REFS, text("a"), text("new")), BC_OK);
    assert_status(bc_batch_delete_range(&batch, BC_LAYERS, text("050"), text("150")), BC_OK);
    assert_status(bc_batch_put(&batch, BC_LAYERS, text("100"), text("new")), BC_OK);
    assert_status(bc_batch_delete(&batch, BC_LAYERS, text("010")), BC_OK);
    enum bc_status st = BC_NO_MEMORY;
    for (uint64_t countdown = 1; st; countdown++) {
        bc_memory_fail_after(countdown, 0);
        st = bc_store_apply(store, &batch, false);
        bc_memory_fail_after(0, 0);
        if (st) {
            assert_status(st, BC_NO_MEMORY);
            assert_int_equal(count_rows(store, BC_LAYERS), 200);
            assert_int_equal(count_rows(store, BC_REFS), 0);
            assert_status(store->ops->verify(store, NULL), BC_OK);
        }
    }
    bc_batch_release(&batch);
    assert_int_equal(count_rows(store, BC_LAYERS), 100);
    assert_row(store, held, BC_LAYERS, "100", "old");
    assert_row(store, NULL, BC_LAYERS, "100", "new");
    store->ops->snapshot_free(store, held);
}

static enum bc_status read_and_bulk(struct bc_store *store)
{
    struct bc_value value = {0};
    enum bc_status st = bc_store_get(store, NULL, BC_REFS, text("a"), &value);
    bc_value_release(&value);
    struct bc_cursor *cursor = NULL;
    if (!st)
        st = bc_store_cursor(store, NULL, BC_REFS, text("a"), text("b"), false, &cursor);
    bc_cursor_free(cursor);
    struct bc_snapshot *snapshot = NULL;
    if (!st)
        st = store->ops->snapshot_new(store, &snapshot);
    store->ops->snapshot_free(store, snapshot);
    struct bc_bulk *bulk = NULL;
    if (!st)
        st = store->ops->bulk_new(store, 7, &bulk);
    for (uint64_t row = 0; !st && row < 20; row++) {
        st = add_row(bulk, 7, row, "value");
        if (st)
            bulk->ops->abort(bulk);
    }
    return st ? st : bulk->ops->finish(bulk);
}

static void each_failed_allocation_is_reported_and_leaks_nothing(void **state)
{
    struct fixture *fixture = *state;
    put_one(fixture->store, BC_REFS, "a", "1");
    enum bc_status st = BC_NO_MEMORY;
    for (uint64_t countdown = 1; st; countdown++) {
        bc_memory_fail_after(countdown, 0);
        st = read_and_bulk(fixture->store);
        bc_memory_fail_after(0, 0);
        if (st)
            assert_status(st, BC_NO_MEMORY);
        assert_int_equal(count_rows(fixture->store, BC_RUNS), st ? 0 : 20);
    }
}

enum { COUNTERS = 16, READERS = 3, ROUNDS = 400 };

struct crowd {
    struct bc_store *store;
    atomic_bool stop;
    atomic_int torn;
    atomic_int rounds;
};

static struct bc_slice counter_key(char *to, int counter)
{
    bc_put_u64(to, (uint64_t)counter);
    return bc_slice(to, 8);
}

/* All counters of one snapshot must be equal: each batch sets all of them. */
static void *read_counters(void *argument)
{
    struct crowd *crowd = argument;
    struct bc_store *store = crowd->store;
    char key[8];
    while (!atomic_load(&crowd->stop)) {
        struct bc_snapshot *snapshot;
        if (store->ops->snapshot_new(store, &snapshot))
            abort();
        uint64_t first = UINT64_MAX;
        struct bc_cursor *cursor;
        if (bc_store_cursor(store, snapshot, BC_LAYERS, text(""), text(""), false, &cursor))
            abort();
        int seen = 0;
        for (cursor->ops->first(cursor); cursor->valid; cursor->ops->next(cursor)) {
            uint64_t value = bc_get_u64(cursor->value.data);
            first = seen++ ? first : value;
            if (value != first)
                atomic_fetch_add(&crowd->torn, 1);
        }
        bc_cursor_free(cursor);
        for (int counter = 0; counter < COUNTERS; counter++) {
            struct bc_value value = {0};
            if (bc_store_get(store, snapshot, BC_LAYERS, counter_key(key, counter), &value) ||
                bc_get_u64(value.slice.data) != first)
                atomic_fetch_add(&crowd->torn, 1);
            bc_value_release(&value);
        }
        if (seen != COUNTERS)
            atomic_fetch_add(&crowd->torn, 1);
        store->ops->snapshot_free(store, snapshot);
        atomic_fetch_add(&crowd->rounds, 1);
    }
    return NULL;
}

static void set_counters(struct bc_store *store, uint64_t to)
{
    struct bc_batch batch = {0};
    char key[8];
    char value[8];
    bc_put_u64(value, to);
    for (int counter = 0; counter < COUNTERS; counter++)
        if (bc_batch_put(&batch, BC_LAYERS, counter_key(key, counter), bc_slice(value, 8)))
            abort();
    if (bc_store_apply(store, &batch, false))
        abort();
    bc_batch_release(&batch);
}

/* Goes on until a reader got a round done beside it: on a busy machine none may start before. */
static void *write_counters(void *argument)
{
    struct crowd *crowd = argument;
    for (uint64_t round = 1; round <= ROUNDS || !atomic_load(&crowd->rounds); round++)
        set_counters(crowd->store, round);
    return NULL;
}

static void *write_runs(void *argument)
{
    struct crowd *crowd = argument;
    struct bc_store *store = crowd->store;
    for (uint64_t run = 1; run <= 20; run++) {
        struct bc_bulk *bulk;
        if (store->ops->bulk_new(store, run, &bulk))
            abort();
        for (uint64_t row = 0; row < 50; row++)
            if (add_row(bulk, run, row, "some value"))
                abort();
        if (bulk->ops->finish(bulk))
            abort();
        if (run % 2 && store->ops->run_drop(store, run))
            abort();
    }
    return NULL;
}

static void readers_never_see_a_torn_batch(void **state)
{
    struct fixture *fixture = *state;
    struct crowd crowd = {.store = fixture->store};
    pthread_t threads[READERS + 3];
    set_counters(crowd.store, 0);
    for (int i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_counters, &crowd), 0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[READERS + i], NULL, write_counters, &crowd), 0);
    assert_int_equal(pthread_create(&threads[READERS + 2], NULL, write_runs, &crowd), 0);
    for (int i = READERS; i < READERS + 3; i++)
        pthread_join(threads[i], NULL);
    atomic_store(&crowd.stop, true);
    for (int i = 0; i < READERS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&crowd.torn), 0);
    assert_true(atomic_load(&crowd.rounds) > 0);
    assert_int_equal(count_rows(crowd.store, BC_RUNS), 10 * 50);
}

/* The model: for each of a small set of keys, the number of its value, 0 where there is no row. */
enum { ALPHABET = 4, MODEL_KEYS = ALPHABET + ALPHABET * ALPHABET + ALPHABET * ALPHABET * ALPHABET };
enum { MODEL_FAMILIES = 2, MODEL_SNAPSHOTS = 4, MODEL_STEPS = 1200 };

struct model {
    uint32_t rows[MODEL_FAMILIES][MODEL_KEYS];
};

static const char model_alphabet[ALPHABET] = {0, 'a', (char)0x80, (char)0xff};

/* Key number i, in order: each letter, then what starts with it. */
static struct bc_slice model_key(char to[3], int number)
{
    enum { BELOW_1 = 1 + ALPHABET + ALPHABET * ALPHABET, BELOW_2 = 1 + ALPHABET };
    size_t size = 0;
    to[size++] = model_alphabet[number / BELOW_1];
    number %= BELOW_1;
    if (number) {
        number--;
        to[size++] = model_alphabet[number / BELOW_2];
        number %= BELOW_2;
        if (number)
            to[size++] = model_alphabet[number - 1];
    }
    return bc_slice(to, size);
}

static struct bc_slice model_value(char to[16], uint32_t number)
{
    int size = snprintf(to, 16, "%u", number);
    return bc_slice(to, number % 5 ? (size_t)size : 0);
}

static int random_below(uint64_t *state, int limit)
{
    return (int)(test_random(state) % (uint64_t)limit);
}

static void model_change(struct model *model, struct bc_batch *batch, uint64_t *state)
{
    int family = random_below(state, MODEL_FAMILIES);
    uint32_t *rows = model->rows[family];
    enum bc_family in = family ? BC_LAYERS : BC_REFS;
    int number = random_below(state, MODEL_KEYS);
    char key[3];
    char other[3];
    char value[16];
    int dice = random_below(state, 10);
    if (dice < 6) {
        rows[number] = (uint32_t)test_random(state) | 1;
        assert_status(
            bc_batch_put(batch, in, model_key(key, number), model_value(value, rows[number])),
            BC_OK);
    } else if (dice < 9) {
        rows[number] = 0;
        assert_status(bc_batch_delete(batch, in, model_key(key, number)), BC_OK);
    } else {
        int behind = random_below(state, MODEL_KEYS);
        if (behind > number + 12)
            behind = number + 12;
        for (int i = number; i < behind; i++)
            rows[i] = 0;
        assert_status(
            bc_batch_delete_range(batch, in, model_key(key, number), model_key(other, behind)),
            BC_OK);
    }
}

static void model_assert_at(const uint32_t *rows, struct bc_cursor *cursor, int number)
{
    char key[3];
    char value[16];
    assert_status(cursor->status, BC_OK);
    assert_int_equal(cursor->valid, number >= 0);
    if (number >= 0) {
        assert_slice(cursor->key, model_key(key, number));
        assert_slice(cursor->value, model_value(value, rows[number]));
    }
}

/* The first row from `from` on in steps of `step` inside [lower, upper), or -1. */
static int model_find(const uint32_t *rows, int from, int step, int lower, int upper)
{
    if (step > 0 && from < lower)
        from = lower;
    if (step < 0 && from >= upper)
        from = upper - 1;
    for (int i = from; i >= lower && i < upper; i += step)
        if (rows[i])
            return i;
    return -1;
}

static void model_walk(const uint32_t *rows, struct bc_store *store, struct bc_snapshot *snapshot,
                       enum bc_family family, uint64_t *state)
{
    int lower = random_below(state, MODEL_KEYS);
    int upper = random_below(state, MODEL_KEYS + 1);
    char low[3];
    char high[3];
    char key[3];
    struct bc_cursor *cursor;
    assert_status(bc_store_cursor(store, snapshot, family, model_key(low, lower),
                                  upper < MODEL_KEYS ? model_key(high, upper) : text(""), false,
                                  &cursor),
                  BC_OK);
    int at = -1;
    for (int step = 0; step < 30; step++) {
        int target = random_below(state, MODEL_KEYS);
        switch (random_below(state, 8)) {
        case 0:
            at = model_find(rows, target, 1, lower, upper);
            cursor->ops->seek(cursor, model_key(key, target));
            break;
        case 1:
            at = model_find(rows, target, -1, lower, upper);
            cursor->ops->seek_last(cursor, model_key(key, target));
            break;
        case 2:
            at = model_find(rows, lower, 1, lower, upper);
            cursor->ops->first(cursor);
            break;
        case 3:
            at = model_find(rows, upper - 1, -1, lower, upper);
            cursor->ops->last(cursor);
            break;
        case 4:
        case 5:
            at = at < 0 ? -1 : model_find(rows, at - 1, -1, lower, upper);
            cursor->ops->previous(cursor);
            break;
        default:
            at = at < 0 ? -1 : model_find(rows, at + 1, 1, lower, upper);
            cursor->ops->next(cursor);
        }
        model_assert_at(rows, cursor, at);
    }
    bc_cursor_free(cursor);
}

static void model_compare(const struct model *model, struct bc_store *store,
                          struct bc_snapshot *snapshot, uint64_t *state)
{
    int family = random_below(state, MODEL_FAMILIES);
    const uint32_t *rows = model->rows[family];
    enum bc_family in = family ? BC_LAYERS : BC_REFS;
    int number = random_below(state, MODEL_KEYS);
    char key[3];
    char value[16];
    struct bc_value got = {0};
    enum bc_status st = bc_store_get(store, snapshot, in, model_key(key, number), &got);
    assert_status(st, rows[number] ? BC_OK : BC_NOT_FOUND);
    if (rows[number])
        assert_slice(got.slice, model_value(value, rows[number]));
    bc_value_release(&got);
    model_walk(rows, store, snapshot, in, state);
}

static void random_changes_agree_with_a_naive_model(void **state)
{
    struct fixture *fixture = *state;
    struct bc_store *store = fixture->store;
    uint64_t random = test_seed("random_changes_agree_with_a_naive_model");
    struct model now = {0};
    struct model past[MODEL_SNAPSHOTS] = {0};
    struct bc_snapshot *snapshots[MODEL_SNAPSHOTS] = {0};
    struct bc_batch batch = {0};
    for (int step = 0; step < MODEL_STEPS; step++) {
        for (int changes = random_below(&random, 8); changes >= 0; changes--)
            model_change(&now, &batch, &random);
        assert_status(bc_store_apply(store, &batch, false), BC_OK);
        bc_batch_clear(&batch);
        model_compare(&now, store, NULL, &random);
        int slot = random_below(&random, MODEL_SNAPSHOTS);
        if (snapshots[slot])
            model_compare(&past[slot], store, snapshots[slot], &random);
        if (!random_below(&random, 10)) {
            store->ops->snapshot_free(store, snapshots[slot]);
            assert_status(store->ops->snapshot_new(store, &snapshots[slot]), BC_OK);
            past[slot] = now;
        }
    }
    bc_batch_release(&batch);
    for (int slot = 0; slot < MODEL_SNAPSHOTS; slot++)
        store->ops->snapshot_free(store, snapshots[slot]);
    assert_status(store->ops->verify(store, NULL), BC_OK);
}

static int setup(void **state)
{
    struct fixture *fixture = *state;
    fixture->store = fixture->factory->open(fixture->factory->context);
    return fixture->store ? 0 : -1;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    bc_memory_fail_after(0, 0);
    fixture->factory->done(fixture->factory->context, fixture->store);
    return 0;
}

#define CASE(test) cmocka_unit_test_prestate_setup_teardown(test, setup, teardown, &fixture)

int store_conformance_run(const struct store_factory *factory)
{
    struct fixture fixture = {.factory = factory};
    const struct CMUnitTest tests[] = {
        CASE(a_new_store_is_empty),
        CASE(get_leaves_the_value_alone_where_there_is_none),
        CASE(families_are_separate),
        CASE(keys_are_ordered_as_unsigned_bytes),
        CASE(seeks_land_on_the_nearest_row),
        CASE(a_cursor_keeps_to_its_bounds),
        CASE(a_cursor_walks_both_ways),
        CASE(a_cursor_copies_its_bounds),
        CASE(a_cursor_sees_the_moment_of_its_creation),
        CASE(a_snapshot_does_not_change),
        CASE(a_lent_value_outlives_changes),
        CASE(later_changes_of_a_batch_win),
        CASE(a_range_ends_before_its_second_key),
        CASE(a_batch_reads_back_what_was_put_in),
        CASE(a_batch_cannot_change_runs),
        CASE(a_bulk_is_visible_only_when_finished),
        CASE(an_aborted_bulk_leaves_nothing),
        CASE(a_bulk_refuses_keys_out_of_place),
        CASE(a_run_is_written_once),
        CASE(dropping_a_run_drops_it_alone),
        CASE(runs_are_next_to_each_other_in_any_order),
        CASE(big_keys_and_values_are_kept),
        CASE(rows_beyond_the_limit_are_refused),
        CASE(disk_bytes_follow_the_content),
        CASE(a_sound_store_verifies_and_tells_its_figures),
        CASE(each_failed_allocation_leaves_the_store_unchanged),
        CASE(each_failed_allocation_is_reported_and_leaks_nothing),
        CASE(readers_never_see_a_torn_batch),
        CASE(random_changes_agree_with_a_naive_model),
    };
    return _cmocka_run_group_tests(factory->name, tests, sizeof tests / sizeof *tests, NULL, NULL);
}
