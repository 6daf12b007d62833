#include "rocks/internal.h"

#include <string.h>

struct rk_cursor {
    struct bc_cursor cursor;
    struct rk_store *store;
    rocksdb_readoptions_t *reading;
    rocksdb_iterator_t *iterator; /* NULL where the bounds leave nothing */
    char bounds[];                /* lower, upper: RocksDB points into them */
};

static struct rk_cursor *self(struct bc_cursor *cursor)
{
    return (struct rk_cursor *)cursor;
}

/* False where a step leads nowhere: nothing inside the bounds, or a failure before. */
static bool may_step(struct rk_cursor *cursor)
{
    return cursor->iterator && !cursor->cursor.status;
}

/* Shows where the iterator is now. */
static void show(struct rk_cursor *cursor)
{
    struct bc_cursor *base = &cursor->cursor;
    base->valid = rocksdb_iter_valid(cursor->iterator);
    if (base->valid) {
        base->key.data = rocksdb_iter_key(cursor->iterator, &base->key.size);
        base->value.data = rocksdb_iter_value(cursor->iterator, &base->value.size);
        return;
    }
    base->key = base->value = bc_slice("", 0);
    char *error = NULL;
    rocksdb_iter_get_error(cursor->iterator, &error);
    base->status = rk_failed(cursor->store, error);
}

static void cursor_first(struct bc_cursor *base)
{
    struct rk_cursor *cursor = self(base);
    if (!may_step(cursor))
        return;
    rocksdb_iter_seek_to_first(cursor->iterator);
    show(cursor);
}

static void cursor_last(struct bc_cursor *base)
{
    struct rk_cursor *cursor = self(base);
    if (!may_step(cursor))
        return;
    rocksdb_iter_seek_to_last(cursor->iterator);
    show(cursor);
}

static void cursor_seek(struct bc_cursor *base, struct bc_slice key)
{
    struct rk_cursor *cursor = self(base);
    if (!may_step(cursor))
        return;
    rocksdb_iter_seek(cursor->iterator, key.data, key.size);
    show(cursor);
}

static void cursor_seek_last(struct bc_cursor *base, struct bc_slice key)
{
    struct rk_cursor *cursor = self(base);
    if (!may_step(cursor))
        return;
    rocksdb_iter_seek_for_prev(cursor->iterator, key.data, key.size);
    show(cursor);
}

static void cursor_next(struct bc_cursor *base)
{
    struct rk_cursor *cursor = self(base);
    if (!base->valid)
        return;
    rocksdb_iter_next(cursor->iterator);
    show(cursor);
}

static void cursor_previous(struct bc_cursor *base)
{
    struct rk_cursor *cursor = self(base);
    if (!base->valid)
        return;
    rocksdb_iter_prev(cursor->iterator);
    show(cursor);
}

static void cursor_free(struct bc_cursor *base)
{
    struct rk_cursor *cursor = self(base);
    if (cursor->iterator)
        rocksdb_iter_destroy(cursor->iterator);
    rocksdb_readoptions_destroy(cursor->reading);
    atomic_fetch_sub(&cursor->store->lent, 1);
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

static rocksdb_readoptions_t *read_options(struct bc_snapshot *snapshot, struct bc_slice lower,
                                           struct bc_slice upper, bool streaming)
{
    rocksdb_readoptions_t *reading = rocksdb_readoptions_create();
    if (snapshot)
        rocksdb_readoptions_set_snapshot(reading, snapshot->snapshot);
    if (lower.size)
        rocksdb_readoptions_set_iterate_lower_bound(reading, lower.data, lower.size);
    if (upper.size)
        rocksdb_readoptions_set_iterate_upper_bound(reading, upper.data, upper.size);
    if (streaming) {
        rocksdb_readoptions_set_fill_cache(reading, 0);
        rocksdb_readoptions_set_readahead_size(reading, RK_READAHEAD_BYTES);
    }
    return reading;
}

enum bc_status rk_cursor_new(struct bc_store *base, struct bc_snapshot *snapshot,
                             enum bc_family family, struct bc_slice lower, struct bc_slice upper,
                             bool streaming, struct bc_cursor **to)
{
    struct rk_store *store = rk_self(base);
    size_t size;
    if (__builtin_add_overflow(lower.size, upper.size, &size) ||
        __builtin_add_overflow(size, sizeof(struct rk_cursor), &size))
        return BC_NO_MEMORY;
    struct rk_cursor *cursor = bc_alloc(size);
    if (!cursor)
        return BC_NO_MEMORY;
    *cursor = (struct rk_cursor){
        .cursor = {.ops = &cursor_ops, .key = bc_slice("", 0), .value = bc_slice("", 0)},
        .store = store,
    };
    if (lower.size)
        memcpy(cursor->bounds, lower.data, lower.size);
    if (upper.size)
        memcpy(cursor->bounds + lower.size, upper.data, upper.size);
    lower.data = cursor->bounds;
    upper.data = cursor->bounds + lower.size;
    cursor->reading = read_options(snapshot, lower, upper, streaming);
    if (!upper.size || bc_slice_compare(lower, upper) < 0)
        cursor->iterator =
            rocksdb_create_iterator_cf(store->db, cursor->reading, rk_family(store, family));
    atomic_fetch_add(&store->lent, 1);
    *to = &cursor->cursor;
    return BC_OK;
}
