#include "branchcore/lines.h"
#include "branchcore/memory_store.h"
#include "branchcore/ntriples.h"
#include "branchcore/run_row.h"
#include "tests/failing_store.h"
#include "tests/text_model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { RUN = TEXT_MODEL_RUN };

static struct bc_store *new_store(void)
{
    struct bc_store *store;
    assert_int_equal(bc_memory_store_new(&store), BC_OK);
    return store;
}

static struct bc_slice text(const char *line)
{
    return bc_slice(line, strlen(line));
}

static void the_writer_refuses_what_is_not_a_sorted_set_of_lines(void **state)
{
    (void)state;
    struct bc_store *store = new_store();
    static const char *const refused[] = {"b\n", "a\n", "c", "\n", ""};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct bc_run_writer *writer;
        assert_int_equal(bc_run_writer_new(store, RUN, &writer), BC_OK);
        assert_int_equal(bc_run_writer_add(writer, text("b\n"), false), BC_OK);
        assert_int_equal(bc_run_writer_add(writer, text(refused[i]), false), BC_INVALID);
        bc_run_writer_abort(writer);
    }
    bc_run_writer_abort(NULL);
    struct bc_run_summary summary;
    assert_int_equal(bc_run_summary(store, RUN, &summary), BC_NOT_FOUND);
    store->ops->close(store);
}

static void order_is_that_of_lines_without_newline(void **state)
{
    (void)state;
    struct bc_store *store = new_store();
    struct bc_run_writer *writer;
    assert_int_equal(bc_run_writer_new(store, RUN, &writer), BC_OK);
    assert_int_equal(bc_run_writer_add(writer, text("b\n"), false), BC_OK);
    assert_int_equal(bc_run_writer_add(writer, text("b\t\n"), false), BC_OK);
    assert_int_equal(bc_run_writer_finish(writer, NULL), BC_OK);
    bool contains = false;
    assert_int_equal(bc_run_contains(store, RUN, text("b"), &contains), BC_OK);
    assert_true(contains);
    store->ops->close(store);
}

static void an_empty_run_has_a_header_alone(void **state)
{
    (void)state;
    struct bc_store *store = new_store();
    struct bc_run_writer *writer;
    struct bc_run_summary summary = {1, 1, 1, 1};
    assert_int_equal(bc_run_writer_new(store, RUN, &writer), BC_OK);
    assert_int_equal(bc_run_writer_finish(writer, &summary), BC_OK);
    assert_int_equal(summary.bytes + summary.lines + summary.quads + summary.blocks, 0);
    assert_int_equal(bc_run_summary(store, RUN, &summary), BC_OK);
    struct bc_value value = {0};
    struct bc_block block;
    uint64_t start;
    bool contains = true;
    assert_int_equal(bc_run_block_at(store, RUN, 0, &start, &value), BC_NO_DATA);
    assert_int_equal(bc_run_block_of(store, RUN, text("x"), &block, NULL, NULL), BC_NO_DATA);
    assert_int_equal(bc_run_contains(store, RUN, text("x"), &contains), BC_OK);
    assert_false(contains);
    assert_int_equal(bc_run_contains(store, RUN + 1, text("x"), &contains), BC_CORRUPT);
    assert_int_equal(bc_run_writer_new(store, RUN, &writer), BC_EXISTS);
    store->ops->close(store);
}

static void check_blocks(struct bc_store *store, struct bc_slice is, uint64_t blocks)
{
    uint64_t found = 0;
    for (uint64_t at = 0; at < is.size; found++) {
        uint64_t start;
        struct bc_value value = {0};
        uint64_t probe = at + found % 100;
        assert_int_equal(bc_run_block_at(store, RUN, probe, &start, &value), BC_OK);
        assert_int_equal(start, at);
        assert_memory_equal(value.slice.data, is.data + at, value.slice.size);
        at += value.slice.size;
        assert_true(value.slice.size >= BC_BLOCK_BYTES || at == is.size);
        bc_value_release(&value);
    }
    assert_int_equal(found, blocks);
    uint64_t start;
    struct bc_value value = {0};
    assert_int_equal(bc_run_block_at(store, RUN, is.size, &start, &value), BC_NO_DATA);
}

/* The block that the index names holds the line, if any block does. */
static void check_block_of(const struct bc_block *block, struct bc_slice separator, bool last,
                           struct bc_slice line, struct bc_slice is)
{
    size_t at = bc_lines_seek(is, 0, line);
    struct bc_slice found = bc_lines_at(is, at);
    if (found.size && !bc_line_compare(found, line))
        assert_true(at >= block->offset && at - block->offset < block->bytes);
    else
        assert_true(at >= block->offset && at - block->offset <= block->bytes);
    assert_int_equal(last, block->offset + block->bytes == is.size);
    if (last)
        return;
    assert_true(bc_line_compare(line, separator) < 0);
    struct bc_slice next = bc_lines_at(is, block->offset + block->bytes);
    assert_true(bc_slice_compare(separator, bc_line_body(next)) <= 0);
    struct bc_slice own = bc_slice(is.data + block->offset, block->bytes);
    size_t inside = bc_lines_seek(own, 0, separator);
    assert_int_equal(inside, own.size);
}

static void check_index(struct text_model *model, struct bc_store *store, struct bc_slice is)
{
    struct bc_run_index index = {.store = store, .run = RUN};
    struct bc_buffer separator = {0};
    size_t near = 0;
    for (int i = 0; i < 400; i++) {
        near =
            (near + (size_t)(model_random(&model->random) % (i % 7 ? 300 : 100000))) % model->count;
        struct bc_slice line = model->lines[near];
        line.size -= i % 3 ? 0 : (size_t)(model_random(&model->random) % (line.size / 2));
        assert_int_equal(bc_run_index_seek(&index, line), BC_OK);
        check_block_of(&index.block, bc_buffer_slice(&index.separator), index.last, line, is);
        struct bc_block block;
        struct bc_value value = {0};
        assert_int_equal(bc_run_block_of(store, RUN, line, &block, &separator, &value), BC_OK);
        assert_int_equal(block.offset, index.block.offset);
        assert_int_equal(block.line, index.block.line);
        assert_int_equal(block.bytes, index.block.bytes);
        assert_true(bc_slice_equal(bc_buffer_slice(&separator), bc_buffer_slice(&index.separator)));
        assert_memory_equal(value.slice.data, is.data + block.offset, block.bytes);
        bc_value_release(&value);
        bool contains;
        assert_int_equal(bc_run_contains(store, RUN, model->lines[near], &contains), BC_OK);
        assert_int_equal(contains, model->present[near]);
    }
    bc_buffer_release(&separator);
    bc_run_index_release(&index);
}

static void every_line_and_byte_is_found(void **state)
{
    (void)state;
    static const struct text_model_shape shapes[] = {
        {20000, 0, 0, 200}, {3000, 1000, 0, 500}, {400, 500, 50, 0}, {10, 0, 0, 0}};
    uint64_t seed = model_seed();
    for (unsigned round = 0; round < 8; round++) {
        struct bc_store *store = new_store();
        struct text_model model;
        text_model_init(&model, seed + round, shapes[round % 4]);
        text_model_write_base(&model, store, 500);
        struct bc_run_summary summary;
        assert_int_equal(bc_run_summary(store, RUN, &summary), BC_OK);
        struct bc_buffer expected = {0};
        text_model_text(&model, &expected);
        assert_int_equal(summary.bytes, expected.size);
        check_blocks(store, bc_buffer_slice(&expected), summary.blocks);
        if (expected.size)
            check_index(&model, store, bc_buffer_slice(&expected));
        bc_buffer_release(&expected);
        text_model_release(&model);
        store->ops->close(store);
    }
}

/* Lines that share far more than a key's length: only their blocks tell them apart. */
static void long_separators_are_bisected(void **state)
{
    (void)state;
    struct bc_store *store = new_store();
    enum { LINES = 3000, SHARED = 1500 };
    char line[SHARED + 8];
    memset(line, 'x', SHARED);
    struct bc_run_writer *writer;
    struct bc_run_summary summary;
    assert_int_equal(bc_run_writer_new(store, RUN, &writer), BC_OK);
    assert_int_equal(bc_run_writer_add(writer, text("a\n"), false), BC_OK);
    for (int i = 0; i < LINES; i++) {
        snprintf(line + SHARED, 8, "%05d\n", i * 2);
        assert_int_equal(bc_run_writer_add(writer, bc_slice(line, SHARED + 6), false), BC_OK);
    }
    assert_int_equal(bc_run_writer_add(writer, text("y\n"), false), BC_OK);
    assert_int_equal(bc_run_writer_finish(writer, &summary), BC_OK);
    assert_true(summary.blocks > 30);
    for (int i = 0; i < LINES * 2; i += 7) {
        snprintf(line + SHARED, 8, "%05d\n", i);
        bool contains;
        assert_int_equal(bc_run_contains(store, RUN, bc_slice(line, SHARED + 6), &contains), BC_OK);
        assert_int_equal(contains, i % 2 == 0);
    }
    line[SHARED - 1] = 'w';
    bool contains;
    assert_int_equal(bc_run_contains(store, RUN, bc_slice(line, SHARED), &contains), BC_OK);
    assert_false(contains);
    assert_int_equal(bc_run_contains(store, RUN, text("y"), &contains), BC_OK);
    assert_true(contains);
    store->ops->close(store);
}

/* All rows of a run, as the format says that they are. */
static void rows_are_as_documented(void **state)
{
    (void)state;
    struct bc_store *store = new_store();
    struct bc_run_writer *writer;
    char *big = malloc(BC_BLOCK_BYTES);
    assert_non_null(big);
    memset(big, 'm', BC_BLOCK_BYTES);
    big[BC_BLOCK_BYTES - 1] = '\n';
    assert_int_equal(bc_run_writer_new(store, RUN, &writer), BC_OK);
    assert_int_equal(bc_run_writer_add(writer, bc_slice(big, BC_BLOCK_BYTES), true), BC_OK);
    assert_int_equal(bc_run_writer_add(writer, text("moon\n"), false), BC_OK);
    assert_int_equal(bc_run_writer_finish(writer, NULL), BC_OK);
    free(big);
    static const struct {
        struct bc_slice key;
        struct bc_slice value;
    } rows[] = {
#define BYTES(literal) {literal, sizeof(literal) - 1}
        {BYTES("\0\0\0\0\0\0\0\x5A"
               "B\0\0\0\0\0\x01\xFF\xFF"),
         {0}},
        {BYTES("\0\0\0\0\0\0\0\x5A"
               "B\0\0\0\0\0\x02\0\x04"),
         BYTES("moon\n")},
        {BYTES("\0\0\0\0\0\0\0\x5A"
               "H"),
         BYTES("\x01"
               "\0\0\0\0\0\x02\0\x05"
               "\0\0\0\0\0\0\0\x02"
               "\0\0\0\0\0\0\0\x01"
               "\0\0\0\0\0\0\0\x02")},
        {BYTES("\0\0\0\0\0\0\0\x5A"
               "I"),
         BYTES("\0\0\0\0\0\0\0\0"
               "\0\x02\0\0"
               "\0\0\0\0\0\0\0\0")},
        {BYTES("\0\0\0\0\0\0\0\x5A"
               "Imo"),
         BYTES("\0\0\0\0\0\x02\0\0"
               "\0\0\0\x05"
               "\0\0\0\0\0\0\0\x01")},
#undef BYTES
    };
    struct bc_cursor *cursor;
    assert_int_equal(bc_store_cursor(store, NULL, BC_RUNS, (struct bc_slice){0},
                                     (struct bc_slice){0}, false, &cursor),
                     BC_OK);
    cursor->ops->first(cursor);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_true(cursor->valid);
        assert_true(bc_slice_equal(cursor->key, rows[i].key));
        assert_true(!rows[i].value.size || bc_slice_equal(cursor->value, rows[i].value));
        cursor->ops->next(cursor);
    }
    assert_false(cursor->valid);
    bc_cursor_free(cursor);
    store->ops->close(store);
}

static enum bc_status write_lines(struct bc_store *store, const struct text_model *model)
{
    struct bc_run_writer *writer;
    enum bc_status st = bc_run_writer_new(store, RUN, &writer);
    if (st)
        return st;
    for (size_t i = 0; !st && i < model->count; i++)
        st = bc_run_writer_add(writer, model->lines[i], false);
    if (!st)
        return bc_run_writer_finish(writer, NULL);
    bc_run_writer_abort(writer);
    return st;
}

static void a_failed_write_leaves_nothing(void **state)
{
    (void)state;
    struct bc_store *store = failing_store_new(new_store());
    assert_non_null(store);
    struct text_model model;
    text_model_init(&model, 3, (struct text_model_shape){3000, 500, 0, 100});
    static const enum bc_status reasons[] = {BC_NO_MEMORY, BC_IO, BC_NO_SPACE};
    for (size_t r = 0; r < 3; r++) {
        enum bc_status st = BC_NO_MEMORY;
        for (uint64_t i = 1; st; i++) {
            if (reasons[r] == BC_NO_MEMORY)
                bc_memory_fail_after(i, 0);
            else
                failing_store_fail_after(store, i, 0, reasons[r]);
            st = write_lines(store, &model);
            bc_memory_fail_after(0, 0);
            failing_store_fail_after(store, 0, 0, BC_IO);
            assert_true(!st || st == reasons[r]);
            struct bc_run_summary summary;
            assert_int_equal(bc_run_summary(store, RUN, &summary), st ? BC_NOT_FOUND : BC_OK);
        }
        assert_int_equal(store->ops->run_drop(store, RUN), BC_OK);
    }
    text_model_release(&model);
    store->ops->close(store);
}

static void a_newer_format_is_told_from_a_broken_one(void **state)
{
    (void)state;
    struct bc_run_summary summary = {.bytes = 10, .lines = 3, .quads = 1, .blocks = 1};
    struct bc_run_summary read;
    char value[BC_RUN_HEADER_BYTES + 1];
    bc_run_header_encode(&summary, value);
    assert_int_equal(bc_run_header_decode(bc_slice(value, BC_RUN_HEADER_BYTES), &read), BC_OK);
    assert_memory_equal(&read, &summary, sizeof read);
    for (size_t size = 0; size < BC_RUN_HEADER_BYTES; size++)
        assert_int_equal(bc_run_header_decode(bc_slice(value, size), &read), BC_CORRUPT);
    value[0] = 2;
    assert_int_equal(bc_run_header_decode(bc_slice(value, sizeof value), &read), BC_NEWER_FORMAT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_writer_refuses_what_is_not_a_sorted_set_of_lines),
        cmocka_unit_test(order_is_that_of_lines_without_newline),
        cmocka_unit_test(an_empty_run_has_a_header_alone),
        cmocka_unit_test(every_line_and_byte_is_found),
        cmocka_unit_test(long_separators_are_bisected),
        cmocka_unit_test(rows_are_as_documented),
        cmocka_unit_test(a_failed_write_leaves_nothing),
        cmocka_unit_test(a_newer_format_is_told_from_a_broken_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
