#include "branchcore/lines.h"
#include "branchcore/memory_store.h"
#include "branchcore/row.h"
#include "branchcore/run_row.h"
#include "tests/failing_store.h"
#include "tests/text_model.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct bc_store *new_store(void)
{
    struct bc_store *store;
    assert_int_equal(bc_memory_store_new(&store), BC_OK);
    return store;
}

/* A base, unless permille is 0, and layers on top. */
static void build(struct text_model *model, struct bc_store *store, uint64_t seed,
                  struct text_model_shape shape, unsigned permille)
{
    text_model_init(model, seed, shape);
    if (permille)
        text_model_write_base(model, store, permille);
}

static void drop(struct text_model *model, struct bc_store *store)
{
    text_model_release(model);
    store->ops->close(store);
}

static void reads_agree_with_a_naive_set(void **state)
{
    (void)state;
    static const struct text_model_shape shapes[] = {
        {300, 0, 0, 0},      {4000, 0, 0, 400},   {600, 900, 0, 10},
        {2000, 300, 0, 100}, {500, 100, 20, 500}, {1, 0, 0, 0},
    };
    static const unsigned bases[] = {0, 20, 500, 1000};
    uint64_t seed = model_seed();
    for (unsigned round = 0; round < 24; round++) {
        struct bc_store *store = new_store();
        struct text_model model;
        build(&model, store, seed + round, shapes[round % 6], bases[round % 4]);
        text_model_check(&model, store);
        for (unsigned layer = 0; layer < 5; layer++) {
            size_t first = (size_t)(model_random(&model.random) % model.count);
            bool everywhere = model_chance(&model.random, 500);
            text_model_add_layer(&model, store, everywhere ? 0 : first,
                                 everywhere ? model.count : first + model.count / 8 + 1,
                                 (unsigned)(model_random(&model.random) % 1001));
        }
        text_model_check(&model, store);
        drop(&model, store);
    }
}

static void a_block_to_which_much_is_added_is_cut(void **state)
{
    (void)state;
    uint64_t seed = model_seed();
    for (unsigned wide = 0; wide <= 1000; wide += 500) {
        struct bc_store *store = new_store();
        struct text_model model;
        build(&model, store, seed, (struct text_model_shape){8000, wide, 0, 300}, 100);
        text_model_add_layer(&model, store, 0, model.count, 1000);
        text_model_check(&model, store);
        text_model_add_layer(&model, store, 0, model.count, 300);
        text_model_check(&model, store);
        drop(&model, store);
    }
}

static void everything_can_be_removed(void **state)
{
    (void)state;
    struct bc_store *store = new_store();
    struct text_model model;
    build(&model, store, model_seed(), (struct text_model_shape){3000, 200, 0, 200}, 1000);
    text_model_add_layer(&model, store, 0, model.count, 1000);
    assert_int_equal(model.content.size_bytes, 0);
    text_model_check(&model, store);
    text_model_add_layer(&model, store, model.count / 2, model.count / 2 + 1, 1000);
    text_model_check(&model, store);
    drop(&model, store);
}

static void no_content_is_an_empty_text(void **state)
{
    (void)state;
    struct bc_store *store = new_store();
    struct text_model model;
    build(&model, store, 1, (struct text_model_shape){10, 0, 0, 0}, 0);
    text_model_check(&model, store);
    drop(&model, store);
}

static void note_release(void *context)
{
    ++*(int *)context;
}

static void the_last_release_is_told(void **state)
{
    (void)state;
    struct bc_store *store = new_store();
    struct text_model model;
    build(&model, store, 1, (struct text_model_shape){10, 0, 0, 0}, 500);
    int released = 0;
    struct bc_text *text;
    model.content.version = 42;
    assert_int_equal(bc_text_new(store, &model.content, note_release, &released, &text), BC_OK);
    assert_int_equal(bc_text_version(text), 42);
    assert_true(bc_text_memory(text) > 0);
    struct bc_text_cursor *cursor;
    assert_int_equal(bc_text_cursor_new(text, &cursor), BC_OK);
    bc_text_release(bc_text_retain(text));
    bc_text_release(text);
    assert_int_equal(released, 0);
    bc_text_cursor_free(cursor);
    assert_int_equal(released, 1);
    bc_text_release(NULL);
    drop(&model, store);
}

static void put_row(struct bc_store *store, uint64_t layer, struct bc_slice line, char sign)
{
    struct bc_batch batch = {0};
    struct bc_buffer value = {0};
    struct bc_key key;
    bc_key_line(&key, layer, TEXT_MODEL_NODE, line);
    assert_int_equal(bc_line_value(&value, sign, line), BC_OK);
    assert_int_equal(bc_batch_put(&batch, BC_LAYERS, bc_key_slice(&key), bc_buffer_slice(&value)),
                     BC_OK);
    assert_int_equal(bc_store_apply(store, &batch, false), BC_OK);
    bc_batch_release(&batch);
    bc_buffer_release(&value);
}

/* What reading everything of a content returns. */
static enum bc_status read_everything(struct bc_store *store, const struct bc_content *content)
{
    struct bc_text *text;
    enum bc_status st = bc_text_new(store, content, NULL, NULL, &text);
    if (st)
        return st;
    size_t size = (size_t)bc_text_bytes(text);
    char *to = malloc(size + 1);
    size_t done;
    assert_non_null(to);
    for (size_t piece = size; !st && piece > 4000; piece /= 3) {
        for (size_t at = 0; !st && at < size; at += done)
            st = bc_text_read(text, at, to, piece, &done);
    }
    free(to);
    struct bc_text_cursor *cursor = NULL;
    if (!st)
        st = bc_text_cursor_new(text, &cursor);
    struct bc_slice line;
    while (!st)
        st = bc_text_cursor_next(cursor, &line);
    if (st == BC_NO_DATA)
        st = bc_text_cursor_seek(cursor, bc_slice("<http://example.org/s2", 22));
    bc_text_cursor_free(cursor);
    bc_text_release(text);
    return st;
}

static size_t find_line(const struct text_model *model, bool present)
{
    for (size_t i = model->count / 2; i < model->count; i++) {
        if (model->present[i] == present)
            return i;
    }
    fail();
    return 0;
}

static void layers_that_are_not_exact_are_corrupt(void **state)
{
    (void)state;
    for (int wrong = 0; wrong < 4; wrong++) {
        struct bc_store *store = new_store();
        struct text_model model;
        build(&model, store, 5, (struct text_model_shape){2000, 100, 0, 300}, 500);
        text_model_add_layer(&model, store, 0, model.count, 0);
        text_model_add_layer(&model, store, 0, model.count, 0);
        assert_int_equal(read_everything(store, &model.content), BC_OK);
        size_t there = find_line(&model, true);
        size_t absent = find_line(&model, false);
        struct bc_slice line = model.lines[wrong % 2 ? there : absent];
        char sign = wrong % 2 ? '-' : '+';
        if (wrong < 2) { /* twice in the stack: only composing tells */
            put_row(store, TEXT_MODEL_LAYER, line, sign);
            put_row(store, TEXT_MODEL_LAYER + 1, line, sign);
        } else { /* against the base: only rendering tells, the sizes are as they should be */
            line = model.lines[wrong % 2 ? absent : there];
            put_row(store, TEXT_MODEL_LAYER, line, sign);
            uint64_t count = sign == '+' ? 1 : UINT64_MAX;
            model.content.size_bytes += count * line.size;
            model.content.triples += count;
            model.content.quads += count * model.quads[wrong % 2 ? absent : there];
        }
        assert_int_equal(read_everything(store, &model.content), BC_CORRUPT);
        drop(&model, store);
    }
}

static void sizes_that_differ_are_corrupt(void **state)
{
    (void)state;
    struct bc_store *store = new_store();
    struct text_model model;
    build(&model, store, 6, (struct text_model_shape){1000, 0, 0, 300}, 500);
    text_model_add_layer(&model, store, 0, model.count, 100);
    uint64_t *const sizes[] = {&model.content.size_bytes, &model.content.triples,
                               &model.content.quads};
    for (size_t i = 0; i < 3; i++) {
        ++*sizes[i];
        assert_int_equal(read_everything(store, &model.content), BC_CORRUPT);
        --*sizes[i];
    }
    model.content.run++;
    assert_int_equal(read_everything(store, &model.content), BC_CORRUPT);
    model.content.run--;
    assert_int_equal(read_everything(store, &model.content), BC_OK);
    drop(&model, store);
}

static void a_failed_allocation_is_reported_and_harmless(void **state)
{
    (void)state;
    struct bc_store *store = new_store();
    struct text_model model;
    build(&model, store, 8, (struct text_model_shape){3000, 300, 0, 200}, 300);
    text_model_add_layer(&model, store, 0, model.count / 2, 600);
    text_model_add_layer(&model, store, 0, model.count / 4, 600);
    uint64_t before = bc_memory_allocations();
    assert_int_equal(read_everything(store, &model.content), BC_OK);
    uint64_t count = bc_memory_allocations() - before;
    assert_true(count > 20);
    for (uint64_t i = 1; i <= count; i++) {
        bc_memory_fail_after(i, 0);
        enum bc_status st = read_everything(store, &model.content);
        bc_memory_fail_after(0, 0);
        if (st != BC_OK) /* giving back what is left over may fail unnoticed */
            assert_int_equal(st, BC_NO_MEMORY);
    }
    text_model_check(&model, store);
    drop(&model, store);
}

static void a_failed_read_is_reported_and_harmless(void **state)
{
    (void)state;
    struct bc_store *store = failing_store_new(new_store());
    assert_non_null(store);
    struct text_model model;
    build(&model, store, 9, (struct text_model_shape){2000, 300, 0, 200}, 300);
    text_model_add_layer(&model, store, model.count / 3, model.count / 3 + 80, 600);
    failing_store_fail_after(store, 0, 0, BC_IO);
    assert_int_equal(read_everything(store, &model.content), BC_OK);
    uint64_t calls = failing_store_calls(store);
    for (uint64_t i = 1; i <= calls; i++) {
        failing_store_fail_after(store, i, 0, BC_IO);
        assert_int_equal(read_everything(store, &model.content), BC_IO);
    }
    failing_store_fail_after(store, 0, 0, BC_IO);
    text_model_check(&model, store);
    drop(&model, store);
}

struct parallel {
    const struct bc_text *text;
    struct bc_slice is;
    uint64_t random;
    bool same;
};

static void *read_in_parallel(void *context)
{
    struct parallel *me = context;
    me->same = true;
    for (int i = 0; i < 300; i++) {
        size_t size = 1 + (size_t)(model_random(&me->random) % 200000);
        uint64_t offset = model_random(&me->random) % me->is.size;
        char *to = malloc(size);
        size_t done = 0;
        enum bc_status st = to ? bc_text_read(me->text, offset, to, size, &done) : BC_NO_MEMORY;
        me->same &= !st && done && !memcmp(to, me->is.data + offset, done);
        free(to);
    }
    return NULL;
}

static void readers_run_in_parallel(void **state)
{
    (void)state;
    struct bc_store *store = new_store();
    struct text_model model;
    uint64_t seed = model_seed();
    build(&model, store, seed, (struct text_model_shape){6000, 10, 0, 400}, 600);
    text_model_add_layer(&model, store, 0, model.count, 5);
    struct bc_buffer expected = {0};
    text_model_text(&model, &expected);
    struct bc_text *text;
    assert_int_equal(bc_text_new(store, &model.content, NULL, NULL, &text), BC_OK);
    pthread_t threads[4];
    struct parallel each[4];
    for (size_t i = 0; i < 4; i++) {
        each[i] = (struct parallel){text, bc_buffer_slice(&expected), seed + i, false};
        assert_int_equal(pthread_create(&threads[i], NULL, read_in_parallel, &each[i]), 0);
    }
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_true(each[i].same);
    }
    bc_text_release(text);
    bc_buffer_release(&expected);
    drop(&model, store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_agree_with_a_naive_set),
        cmocka_unit_test(a_block_to_which_much_is_added_is_cut),
        cmocka_unit_test(everything_can_be_removed),
        cmocka_unit_test(no_content_is_an_empty_text),
        cmocka_unit_test(the_last_release_is_told),
        cmocka_unit_test(layers_that_are_not_exact_are_corrupt),
        cmocka_unit_test(sizes_that_differ_are_corrupt),
        cmocka_unit_test(a_failed_allocation_is_reported_and_harmless),
        cmocka_unit_test(a_failed_read_is_reported_and_harmless),
        cmocka_unit_test(readers_run_in_parallel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
