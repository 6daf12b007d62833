#include "branchcore/memory_store.h"
#include "tests/failing_store.h"
#include "tests/store_conformance.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct bc_store *open_store(void *context)
{
    struct bc_store *store;
    (void)context;
    return bc_memory_store_new(&store) ? NULL : store;
}

static void close_store(void *context, struct bc_store *store)
{
    (void)context;
    bc_store_close(store);
}

static struct bc_store *open_failing_store(void *context)
{
    struct bc_store *inner = open_store(context);
    struct bc_store *store = inner ? failing_store_new(inner) : NULL;
    if (!store)
        bc_store_close(inner);
    return store;
}

static enum bc_status use_store(struct bc_store *store)
{
    struct bc_batch batch = {0};
    enum bc_status st = bc_batch_put(&batch, BC_REFS, text("a"), text("1"));
    if (!st)
        st = bc_store_apply(store, &batch, true);
    bc_batch_release(&batch);
    struct bc_value value = {0};
    if (!st)
        st = bc_store_get(store, NULL, BC_REFS, text("a"), &value);
    bc_value_release(&value);
    struct bc_cursor *cursor = NULL;
    if (!st)
        st = bc_store_cursor(store, NULL, BC_REFS, text(""), text(""), false, &cursor);
    if (!st) {
        cursor->ops->first(cursor);
        while (cursor->valid)
            cursor->ops->next(cursor);
        st = cursor->status;
    }
    bc_cursor_free(cursor);
    struct bc_bulk *bulk = NULL;
    if (!st)
        st = store->ops->bulk_new(store, 7, &bulk);
    if (st)
        return st;
    struct run_key key = run_key(7, 1);
    st = bulk->ops->add(bulk, bc_slice(&key, sizeof key), text("v"));
    if (!st)
        return bulk->ops->finish(bulk);
    bulk->ops->abort(bulk);
    return st;
}

static void each_call_can_be_made_to_fail(void **state)
{
    static const struct {
        enum bc_status status;
        uint64_t calls;
    } kinds[] = {{BC_IO, 8}, {BC_CORRUPT, 8}, {BC_NO_SPACE, 4}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct bc_store *store = open_failing_store(*state);
        assert_non_null(store);
        for (uint64_t call = 1; call <= kinds[i].calls; call++) {
            failing_store_fail_after(store, call, 0, kinds[i].status);
            assert_status(use_store(store), kinds[i].status);
            assert_int_equal(failing_store_calls(store), call);
            assert_int_equal(failing_store_failures(store), 1);
        }
        failing_store_fail_after(store, 2, UINT64_MAX, kinds[i].status);
        assert_status(use_store(store), kinds[i].status);
        failing_store_fail_after(store, 0, 0, kinds[i].status);
        assert_status(use_store(store), BC_OK);
        assert_int_equal(failing_store_calls(store), kinds[i].calls);
        bc_store_close(store);
    }
}

int main(void)
{
    const struct store_factory failing = {
        .name = "memory store behind a failing store that does not fail",
        .open = open_failing_store,
        .done = close_store,
    };
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_call_can_be_made_to_fail)};
    const struct store_factory factory = {
        .name = "memory store",
        .open = open_store,
        .done = close_store,
    };
    return store_conformance_run(&factory) + store_conformance_run(&failing) +
           cmocka_run_group_tests(tests, NULL, NULL);
}
