#include "tests/failing_store.h"

#include <pthread.h>

struct failing_store {
    struct bc_store store;
    struct bc_store *inner;
    pthread_mutex_t lock; /* guards what follows */
    uint64_t calls;
    uint64_t failures;
    uint64_t countdown;
    uint64_t times;
    enum bc_status status;
};

struct failing_cursor {
    struct bc_cursor cursor;
    struct failing_store *store;
    struct bc_cursor *inner;
};

struct failing_bulk {
    struct bc_bulk bulk;
    struct failing_store *store;
    struct bc_bulk *inner;
};

enum call { READS, WRITES };

static struct failing_store *self(struct bc_store *store)
{
    return (struct failing_store *)store;
}

/* What this call must fail with, or BC_OK. */
static enum bc_status next_call(struct failing_store *store, enum call call)
{
    enum bc_status st = BC_OK;
    pthread_mutex_lock(&store->lock);
    if (call == WRITES || store->status != BC_NO_SPACE) {
        store->calls++;
        if (store->countdown && store->calls >= store->countdown &&
            store->calls - store->countdown <= store->times) {
            st = store->status;
            store->failures++;
        }
    }
    pthread_mutex_unlock(&store->lock);
    return st;
}

static enum bc_status get(struct bc_store *base, struct bc_snapshot *snapshot,
                          enum bc_family family, struct bc_slice key, struct bc_value *value)
{
    enum bc_status st = next_call(self(base), READS);
    return st ? st : bc_store_get(self(base)->inner, snapshot, family, key, value);
}

static void mirror(struct failing_cursor *cursor)
{
    cursor->cursor.valid = cursor->inner->valid;
    cursor->cursor.key = cursor->inner->key;
    cursor->cursor.value = cursor->inner->value;
    cursor->cursor.status = cursor->inner->status;
}

/* True if the step may go on below. */
static bool step(struct failing_cursor *cursor)
{
    if (cursor->cursor.status)
        return false;
    enum bc_status st = next_call(cursor->store, READS);
    if (!st)
        return true;
    cursor->cursor.valid = false;
    cursor->cursor.key = cursor->cursor.value = bc_slice("", 0);
    cursor->cursor.status = st;
    return false;
}

static void cursor_first(struct bc_cursor *base)
{
    struct failing_cursor *cursor = (struct failing_cursor *)base;
    if (step(cursor)) {
        cursor->inner->ops->first(cursor->inner);
        mirror(cursor);
    }
}

static void cursor_last(struct bc_cursor *base)
{
    struct failing_cursor *cursor = (struct failing_cursor *)base;
    if (step(cursor)) {
        cursor->inner->ops->last(cursor->inner);
        mirror(cursor);
    }
}

static void cursor_seek(struct bc_cursor *base, struct bc_slice key)
{
    struct failing_cursor *cursor = (struct failing_cursor *)base;
    if (step(cursor)) {
        cursor->inner->ops->seek(cursor->inner, key);
        mirror(cursor);
    }
}

static void cursor_seek_last(struct bc_cursor *base, struct bc_slice key)
{
    struct failing_cursor *cursor = (struct failing_cursor *)base;
    if (step(cursor)) {
        cursor->inner->ops->seek_last(cursor->inner, key);
        mirror(cursor);
    }
}

static void cursor_next(struct bc_cursor *base)
{
    struct failing_cursor *cursor = (struct failing_cursor *)base;
    if (step(cursor)) {
        cursor->inner->ops->next(cursor->inner);
        mirror(cursor);
    }
}

static void cursor_previous(struct bc_cursor *base)
{
    struct failing_cursor *cursor = (struct failing_cursor *)base;
    if (step(cursor)) {
        cursor->inner->ops->previous(cursor->inner);
        mirror(cursor);
    }
}

static void cursor_free(struct bc_cursor *base)
{
    struct failing_cursor *cursor = (struct failing_cursor *)base;
    bc_cursor_free(cursor->inner);
    bc_free(cursor);
}

static const struct bc_cursor_ops cursor_ops = {
    .first = cursor_first,
    .last = cursor_last,
    .seek = cursor_seek,
    .seek_last = cursor_seek_last,
    .next = cursor_next,
    .previous = cursor_previous,
    .free = cursor_free,
};

static enum bc_status cursor_new(struct bc_store *base, struct bc_snapshot *snapshot,
                                 enum bc_family family, struct bc_slice lower,
                                 struct bc_slice upper, bool streaming, struct bc_cursor **to)
{
    enum bc_status st = next_call(self(base), READS);
    if (st)
        return st;
    struct failing_cursor *cursor = bc_alloc(sizeof *cursor);
    if (!cursor)
        return BC_NO_MEMORY;
    *cursor = (struct failing_cursor){.cursor = {.ops = &cursor_ops}, .store = self(base)};
    st = bc_store_cursor(self(base)->inner, snapshot, family, lower, upper, streaming,
                         &cursor->inner);
    if (st) {
        bc_free(cursor);
        return st;
    }
    mirror(cursor);
    *to = &cursor->cursor;
    return BC_OK;
}

static enum bc_status apply(struct bc_store *base, const struct bc_batch *batch, bool sync)
{
    enum bc_status st = next_call(self(base), WRITES);
    return st ? st : bc_store_apply(self(base)->inner, batch, sync);
}

static enum bc_status sync_all(struct bc_store *base)
{
    enum bc_status st = next_call(self(base), WRITES);
    return st ? st : self(base)->inner->ops->sync(self(base)->inner);
}

static enum bc_status snapshot_new(struct bc_store *base, struct bc_snapshot **snapshot)
{
    return self(base)->inner->ops->snapshot_new(self(base)->inner, snapshot);
}

static void snapshot_free(struct bc_store *base, struct bc_snapshot *snapshot)
{
    self(base)->inner->ops->snapshot_free(self(base)->inner, snapshot);
}

static enum bc_status bulk_add(struct bc_bulk *base, struct bc_slice key, struct bc_slice value)
{
    struct failing_bulk *bulk = (struct failing_bulk *)base;
    enum bc_status st = next_call(bulk->store, WRITES);
    return st ? st : bulk->inner->ops->add(bulk->inner, key, value);
}

static void bulk_abort(struct bc_bulk *base)
{
    struct failing_bulk *bulk = (struct failing_bulk *)base;
    bulk->inner->ops->abort(bulk->inner);
    bc_free(bulk);
}

static enum bc_status bulk_finish(struct bc_bulk *base)
{
    struct failing_bulk *bulk = (struct failing_bulk *)base;
    enum bc_status st = next_call(bulk->store, WRITES);
    if (st)
        bulk->inner->ops->abort(bulk->inner);
    else
        st = bulk->inner->ops->finish(bulk->inner);
    bc_free(bulk);
    return st;
}

static const struct bc_bulk_ops bulk_ops = {
    .add = bulk_add,
    .finish = bulk_finish,
    .abort = bulk_abort,
};

static enum bc_status bulk_new(struct bc_store *base, uint64_t run, struct bc_bulk **to)
{
    enum bc_status st = next_call(self(base), WRITES);
    if (st)
        return st;
    struct failing_bulk *bulk = bc_alloc(sizeof *bulk);
    if (!bulk)
        return BC_NO_MEMORY;
    *bulk = (struct failing_bulk){.bulk = {&bulk_ops}, .store = self(base)};
    st = self(base)->inner->ops->bulk_new(self(base)->inner, run, &bulk->inner);
    if (st) {
        bc_free(bulk);
        return st;
    }
    *to = &bulk->bulk;
    return BC_OK;
}

static enum bc_status run_drop(struct bc_store *base, uint64_t run)
{
    enum bc_status st = next_call(self(base), READS);
    return st ? st : self(base)->inner->ops->run_drop(self(base)->inner, run);
}

static enum bc_status disk_bytes(struct bc_store *base, enum bc_family family,
                                 struct bc_slice lower, struct bc_slice upper, uint64_t *bytes)
{
    enum bc_status st = next_call(self(base), READS);
    return st ? st
              : self(base)->inner->ops->disk_bytes(self(base)->inner, family, lower, upper, bytes);
}

static enum bc_status verify(struct bc_store *base, struct bc_error *err)
{
    enum bc_status st = next_call(self(base), READS);
    if (st)
        return bc_fail(err, st, "made to fail: %s", bc_status_text(st));
    return self(base)->inner->ops->verify(self(base)->inner, err);
}

static enum bc_status metrics(struct bc_store *base, struct bc_buffer *to)
{
    return self(base)->inner->ops->metrics(self(base)->inner, to);
}

static void close_store(struct bc_store *base)
{
    struct failing_store *store = self(base);
    bc_store_close(store->inner);
    pthread_mutex_destroy(&store->lock);
    bc_free(store);
}

static const struct bc_store_ops store_ops = {
    .name = "failing",
    .get = get,
    .cursor_new = cursor_new,
    .apply = apply,
    .sync = sync_all,
    .snapshot_new = snapshot_new,
    .snapshot_free = snapshot_free,
    .bulk_new = bulk_new,
    .run_drop = run_drop,
    .disk_bytes = disk_bytes,
    .verify = verify,
    .metrics = metrics,
    .close = close_store,
};

struct bc_store *failing_store_new(struct bc_store *inner)
{
    struct failing_store *store = bc_alloc_zero(sizeof *store);
    if (!store)
        return NULL;
    store->store.ops = &store_ops;
    store->inner = inner;
    pthread_mutex_init(&store->lock, NULL);
    return &store->store;
}

void failing_store_fail_after(struct bc_store *base, uint64_t countdown, uint64_t times,
                              enum bc_status status)
{
    struct failing_store *store = self(base);
    pthread_mutex_lock(&store->lock);
    store->calls = store->failures = 0;
    store->countdown = countdown;
    store->times = times;
    store->status = status;
    pthread_mutex_unlock(&store->lock);
}

uint64_t failing_store_calls(struct bc_store *base)
{
    struct failing_store *store = self(base);
    pthread_mutex_lock(&store->lock);
    uint64_t calls = store->calls;
    pthread_mutex_unlock(&store->lock);
    return calls;
}

uint64_t failing_store_failures(struct bc_store *base)
{
    struct failing_store *store = self(base);
    pthread_mutex_lock(&store->lock);
    uint64_t failures = store->failures;
    pthread_mutex_unlock(&store->lock);
    return failures;
}
