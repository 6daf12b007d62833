#include "branchcore/memory_store.h"

#include "branchcore/codec.h"
#include "branchcore/treap.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>

struct state {
    struct bc_treap families[BC_FAMILY_COUNT];
};

struct memory_store {
    struct bc_store store;
    pthread_mutex_t writing;    /* held by the one writer while it builds the next state */
    pthread_mutex_t publishing; /* guards `state`; held for the taking of references alone */
    struct state state;
    atomic_size_t lent; /* snapshots, cursors and bulks that are not freed yet */
};

struct bc_snapshot {
    struct state state;
};

struct memory_cursor {
    struct bc_cursor cursor;
    struct memory_store *store;
    struct bc_treap tree;
    struct bc_pair *row; /* where the cursor stands; the tree holds it */
    struct bc_slice lower;
    struct bc_slice upper; /* of size 0: none */
    char bounds[];
};

struct memory_bulk {
    struct bc_bulk bulk;
    struct memory_store *store;
    uint64_t run;
    struct bc_treap rows;
};

static struct memory_store *self(struct bc_store *store)
{
    return (struct memory_store *)store;
}

static void state_release(struct state *state)
{
    for (int family = 0; family < BC_FAMILY_COUNT; family++)
        bc_treap_release(&state->families[family]);
}

static struct state state_now(struct memory_store *store)
{
    struct state state;
    pthread_mutex_lock(&store->publishing);
    for (int family = 0; family < BC_FAMILY_COUNT; family++)
        state.families[family] = bc_treap_ref(store->state.families[family]);
    pthread_mutex_unlock(&store->publishing);
    return state;
}

/* Takes next over. The old state is freed outside the lock, since that may take long. */
static void publish(struct memory_store *store, struct state *next)
{
    pthread_mutex_lock(&store->publishing);
    struct state old = store->state;
    store->state = *next;
    pthread_mutex_unlock(&store->publishing);
    state_release(&old);
}

static struct bc_treap tree_at(struct memory_store *store, struct bc_snapshot *snapshot,
                               enum bc_family family)
{
    if (snapshot)
        return bc_treap_ref(snapshot->state.families[family]);
    pthread_mutex_lock(&store->publishing);
    struct bc_treap tree = bc_treap_ref(store->state.families[family]);
    pthread_mutex_unlock(&store->publishing);
    return tree;
}

static void release_pair(void *owner)
{
    bc_pair_unref(owner);
}

static enum bc_status get(struct bc_store *base, struct bc_snapshot *snapshot,
                          enum bc_family family, struct bc_slice key, struct bc_value *value)
{
    struct bc_treap tree = tree_at(self(base), snapshot, family);
    struct bc_pair *row = bc_treap_get(tree, key);
    if (row)
        *value = (struct bc_value){bc_pair_value(row), release_pair, bc_pair_ref(row)};
    bc_treap_release(&tree);
    return row ? BC_OK : BC_NOT_FOUND;
}

static void stand_at(struct memory_cursor *cursor, struct bc_pair *row)
{
    if (row) {
        struct bc_slice key = bc_pair_key(row);
        if (bc_slice_compare(key, cursor->lower) < 0 ||
            (cursor->upper.size && bc_slice_compare(key, cursor->upper) >= 0))
            row = NULL;
    }
    cursor->row = row;
    cursor->cursor.valid = row;
    cursor->cursor.key = row ? bc_pair_key(row) : bc_slice("", 0);
    cursor->cursor.value = row ? bc_pair_value(row) : bc_slice("", 0);
}

static void cursor_seek(struct bc_cursor *base, struct bc_slice key)
{
    struct memory_cursor *cursor = (struct memory_cursor *)base;
    if (bc_slice_compare(key, cursor->lower) < 0)
        key = cursor->lower;
    stand_at(cursor, bc_treap_at_or_after(cursor->tree, key, false));
}

static void cursor_first(struct bc_cursor *base)
{
    cursor_seek(base, bc_slice("", 0));
}

static void cursor_seek_last(struct bc_cursor *base, struct bc_slice key)
{
    struct memory_cursor *cursor = (struct memory_cursor *)base;
    bool beyond = cursor->upper.size && bc_slice_compare(key, cursor->upper) >= 0;
    if (beyond)
        key = cursor->upper;
    stand_at(cursor, bc_treap_at_or_before(cursor->tree, key, beyond));
}

static void cursor_last(struct bc_cursor *base)
{
    struct memory_cursor *cursor = (struct memory_cursor *)base;
    if (cursor->upper.size)
        stand_at(cursor, bc_treap_at_or_before(cursor->tree, cursor->upper, true));
    else
        stand_at(cursor, bc_treap_last(cursor->tree));
}

static void cursor_next(struct bc_cursor *base)
{
    struct memory_cursor *cursor = (struct memory_cursor *)base;
    if (cursor->row)
        stand_at(cursor, bc_treap_at_or_after(cursor->tree, bc_pair_key(cursor->row), true));
}

static void cursor_previous(struct bc_cursor *base)
{
    struct memory_cursor *cursor = (struct memory_cursor *)base;
    if (cursor->row)
        stand_at(cursor, bc_treap_at_or_before(cursor->tree, bc_pair_key(cursor->row), true));
}

static void cursor_free(struct bc_cursor *base)
{
    struct memory_cursor *cursor = (struct memory_cursor *)base;
    bc_treap_release(&cursor->tree);
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

static enum bc_status cursor_new(struct bc_store *base, struct bc_snapshot *snapshot,
                                 enum bc_family family, struct bc_slice lower,
                                 struct bc_slice upper, bool streaming, struct bc_cursor **to)
{
    (void)streaming;
    size_t size;
    if (__builtin_add_overflow(lower.size, upper.size, &size) ||
        __builtin_add_overflow(size, sizeof(struct memory_cursor), &size))
        return BC_NO_MEMORY;
    struct memory_cursor *cursor = bc_alloc(size);
    if (!cursor)
        return BC_NO_MEMORY;
    *cursor = (struct memory_cursor){
        .cursor = {.ops = &cursor_ops},
        .store = self(base),
        .tree = tree_at(self(base), snapshot, family),
        .lower = bc_slice(cursor->bounds, lower.size),
        .upper = bc_slice(cursor->bounds + lower.size, upper.size),
    };
    if (lower.size)
        memcpy(cursor->bounds, lower.data, lower.size);
    if (upper.size)
        memcpy(cursor->bounds + lower.size, upper.data, upper.size);
    stand_at(cursor, NULL);
    atomic_fetch_add(&cursor->store->lent, 1);
    *to = &cursor->cursor;
    return BC_OK;
}

static enum bc_status apply_entry(struct state *state, const struct bc_batch_entry *entry)
{
    struct bc_treap *tree = &state->families[entry->family];
    switch (entry->kind) {
    case BC_BATCH_PUT: {
        struct bc_pair *row = bc_pair_new(entry->key, entry->value);
        return row ? bc_treap_put(tree, row) : BC_NO_MEMORY;
    }
    case BC_BATCH_DELETE:
        return bc_treap_delete(tree, entry->key);
    case BC_BATCH_DELETE_RANGE:
        return bc_treap_delete_range(tree, entry->key, entry->value);
    }
    return BC_INVALID;
}

static enum bc_status apply(struct bc_store *base, const struct bc_batch *batch, bool sync)
{
    (void)sync;
    struct memory_store *store = self(base);
    struct bc_batch_entry entry;
    for (size_t at = 0; bc_batch_each(batch, &at, &entry);)
        if (entry.family == BC_RUNS)
            return BC_INVALID;
    pthread_mutex_lock(&store->writing);
    struct state next = state_now(store);
    enum bc_status st = BC_OK;
    for (size_t at = 0; !st && bc_batch_each(batch, &at, &entry);)
        st = apply_entry(&next, &entry);
    if (st)
        state_release(&next);
    else
        publish(store, &next);
    pthread_mutex_unlock(&store->writing);
    return st;
}

static enum bc_status sync_all(struct bc_store *base)
{
    (void)base;
    return BC_OK;
}

static enum bc_status snapshot_new(struct bc_store *base, struct bc_snapshot **to)
{
    struct bc_snapshot *snapshot = bc_alloc(sizeof *snapshot);
    if (!snapshot)
        return BC_NO_MEMORY;
    snapshot->state = state_now(self(base));
    atomic_fetch_add(&self(base)->lent, 1);
    *to = snapshot;
    return BC_OK;
}

static void snapshot_free(struct bc_store *base, struct bc_snapshot *snapshot)
{
    if (!snapshot)
        return;
    state_release(&snapshot->state);
    atomic_fetch_sub(&self(base)->lent, 1);
    bc_free(snapshot);
}

/* The first row at or behind the run's prefix, if it is the run's. */
static bool run_has_rows(struct bc_treap runs, uint64_t run)
{
    char prefix[8];
    bc_put_u64(prefix, run);
    struct bc_pair *row = bc_treap_at_or_after(runs, bc_slice(prefix, sizeof prefix), false);
    return row && !memcmp(bc_pair_key(row).data, prefix, sizeof prefix);
}

static enum bc_status bulk_add(struct bc_bulk *base, struct bc_slice key, struct bc_slice value)
{
    struct memory_bulk *bulk = (struct memory_bulk *)base;
    if (key.size <= 8 || bc_get_u64(key.data) != bulk->run)
        return BC_INVALID;
    if (!bc_row_fits(key, value))
        return BC_TOO_LARGE;
    struct bc_pair *last = bc_treap_last(bulk->rows);
    if (last && bc_slice_compare(bc_pair_key(last), key) >= 0)
        return BC_INVALID;
    struct bc_pair *row = bc_pair_new(key, value);
    return row ? bc_treap_put(&bulk->rows, row) : BC_NO_MEMORY;
}

static void bulk_abort(struct bc_bulk *base)
{
    struct memory_bulk *bulk = (struct memory_bulk *)base;
    bc_treap_release(&bulk->rows);
    atomic_fetch_sub(&bulk->store->lent, 1);
    bc_free(bulk);
}

static enum bc_status bulk_finish(struct bc_bulk *base)
{
    struct memory_bulk *bulk = (struct memory_bulk *)base;
    struct memory_store *store = bulk->store;
    pthread_mutex_lock(&store->writing);
    struct state next = state_now(store);
    struct bc_treap *runs = &next.families[BC_RUNS];
    enum bc_status st = run_has_rows(*runs, bulk->run) ? BC_EXISTS : BC_OK;
    if (!st)
        st = bc_treap_join(runs, &bulk->rows);
    if (st)
        state_release(&next);
    else
        publish(store, &next);
    pthread_mutex_unlock(&store->writing);
    bulk_abort(base);
    return st;
}

static const struct bc_bulk_ops bulk_ops = {
    .add = bulk_add,
    .finish = bulk_finish,
    .abort = bulk_abort,
};

static enum bc_status bulk_new(struct bc_store *base, uint64_t run, struct bc_bulk **to)
{
    struct bc_treap runs = tree_at(self(base), NULL, BC_RUNS);
    bool taken = run_has_rows(runs, run);
    bc_treap_release(&runs);
    if (taken)
        return BC_EXISTS;
    struct memory_bulk *bulk = bc_alloc(sizeof *bulk);
    if (!bulk)
        return BC_NO_MEMORY;
    *bulk = (struct memory_bulk){.bulk = {&bulk_ops}, .store = self(base), .run = run};
    atomic_fetch_add(&bulk->store->lent, 1);
    *to = &bulk->bulk;
    return BC_OK;
}

/* All keys of the last possible run have no key behind them that names an end, so its end is the
 * end of the family. */
static enum bc_status drop_rows(struct bc_treap *runs, uint64_t run)
{
    char first[8];
    bc_put_u64(first, run);
    if (run < UINT64_MAX) {
        char behind[8];
        bc_put_u64(behind, run + 1);
        return bc_treap_delete_range(runs, bc_slice(first, 8), bc_slice(behind, 8));
    }
    enum bc_status st = BC_OK;
    while (!st && run_has_rows(*runs, run))
        st = bc_treap_delete(runs, bc_pair_key(bc_treap_last(*runs)));
    return st;
}

static enum bc_status run_drop(struct bc_store *base, uint64_t run)
{
    struct memory_store *store = self(base);
    pthread_mutex_lock(&store->writing);
    struct state next = state_now(store);
    enum bc_status st = drop_rows(&next.families[BC_RUNS], run);
    if (st)
        state_release(&next);
    else
        publish(store, &next);
    pthread_mutex_unlock(&store->writing);
    return st;
}

static enum bc_status disk_bytes(struct bc_store *base, enum bc_family family,
                                 struct bc_slice lower, struct bc_slice upper, uint64_t *bytes)
{
    struct bc_treap tree = tree_at(self(base), NULL, family);
    uint64_t before = bc_treap_total_before(tree, lower).bytes;
    uint64_t until =
        upper.size ? bc_treap_total_before(tree, upper).bytes : bc_treap_total(tree).bytes;
    bc_treap_release(&tree);
    *bytes = until > before ? until - before : 0;
    return BC_OK;
}

static enum bc_status verify(struct bc_store *base, struct bc_error *err)
{
    static const char *const names[BC_FAMILY_COUNT] = {"refs", "layers", "runs"};
    struct state state = state_now(self(base));
    enum bc_status st = BC_OK;
    for (int family = 0; !st && family < BC_FAMILY_COUNT; family++)
        if (!bc_treap_sound(state.families[family]))
            st = bc_fail(err, BC_CORRUPT, "the tree of family %s is out of order", names[family]);
    state_release(&state);
    return st;
}

static enum bc_status metrics(struct bc_store *base, struct bc_buffer *to)
{
    struct state state = state_now(self(base));
    struct bc_treap_total refs = bc_treap_total(state.families[BC_REFS]);
    struct bc_treap_total layers = bc_treap_total(state.families[BC_LAYERS]);
    struct bc_treap_total runs = bc_treap_total(state.families[BC_RUNS]);
    state_release(&state);
    return bc_buffer_printf(to,
                            "store memory\n"
                            "store_refs_rows %llu\nstore_refs_bytes %llu\n"
                            "store_layers_rows %llu\nstore_layers_bytes %llu\n"
                            "store_runs_rows %llu\nstore_runs_bytes %llu\n",
                            (unsigned long long)refs.rows, (unsigned long long)refs.bytes,
                            (unsigned long long)layers.rows, (unsigned long long)layers.bytes,
                            (unsigned long long)runs.rows, (unsigned long long)runs.bytes);
}

static void close_store(struct bc_store *base)
{
    struct memory_store *store = self(base);
    assert(!atomic_load(&store->lent));
    state_release(&store->state);
    pthread_mutex_destroy(&store->writing);
    pthread_mutex_destroy(&store->publishing);
    bc_free(store);
}

static const struct bc_store_ops store_ops = {
    .name = "memory",
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

enum bc_status bc_memory_store_new(struct bc_store **to)
{
    struct memory_store *store = bc_alloc_zero(sizeof *store);
    if (!store)
        return BC_NO_MEMORY;
    store->store.ops = &store_ops;
    pthread_mutex_init(&store->writing, NULL);
    pthread_mutex_init(&store->publishing, NULL);
    atomic_init(&store->lent, 0);
    *to = &store->store;
    return BC_OK;
}
