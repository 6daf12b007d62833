#include "rocks/internal.h"

#include <assert.h>
#include <string.h>

const char *const rk_family_names[RK_FAMILIES] = {"default", "refs", "layers", "runs"};

static void release_pinned(void *owner)
{
    rocksdb_pinnableslice_destroy(owner);
}

static enum bc_status get(struct bc_store *base, struct bc_snapshot *snapshot,
                          enum bc_family family, struct bc_slice key, struct bc_value *value)
{
    struct rk_store *store = rk_self(base);
    char *error = NULL;
    rocksdb_pinnableslice_t *pinned =
        rocksdb_get_pinned_cf(store->db, snapshot ? snapshot->reading : store->reading,
                              rk_family(store, family), key.data, key.size, &error);
    if (error)
        return rk_failed(store, error);
    if (!pinned)
        return BC_NOT_FOUND;
    *value = (struct bc_value){.release = release_pinned, .owner = pinned};
    value->slice.data = rocksdb_pinnableslice_value(pinned, &value->slice.size);
    return BC_OK;
}

static enum bc_status sync_log(struct bc_store *base)
{
    struct rk_store *store = rk_self(base);
    if (store->read_only)
        return BC_READ_ONLY;
    char *error = NULL;
    rocksdb_flush_wal(store->db, 1, &error);
    return rk_wrote(store, error);
}

static enum bc_status snapshot_new(struct bc_store *base, struct bc_snapshot **to)
{
    struct rk_store *store = rk_self(base);
    struct bc_snapshot *snapshot = bc_alloc(sizeof *snapshot);
    if (!snapshot)
        return BC_NO_MEMORY;
    snapshot->snapshot = rocksdb_create_snapshot(store->db);
    snapshot->reading = rocksdb_readoptions_create();
    rocksdb_readoptions_set_snapshot(snapshot->reading, snapshot->snapshot);
    atomic_fetch_add(&store->lent, 1);
    *to = snapshot;
    return BC_OK;
}

static void snapshot_free(struct bc_store *base, struct bc_snapshot *snapshot)
{
    if (!snapshot)
        return;
    struct rk_store *store = rk_self(base);
    rocksdb_readoptions_destroy(snapshot->reading);
    rocksdb_release_snapshot(store->db, snapshot->snapshot);
    atomic_fetch_sub(&store->lent, 1);
    bc_free(snapshot);
}

/* Frees what there is of a store, open or half-made. */
static void free_store(struct rk_store *store)
{
    if (store->db) {
        /* Waits for flushes and compactions. What is not flushed is in the log. */
        rocksdb_cancel_all_background_work(store->db, 1);
        for (int family = 0; family < RK_FAMILIES; family++)
            rocksdb_column_family_handle_destroy(store->families[family]);
        rocksdb_close(store->db);
    }
    for (int family = 0; family < RK_FAMILIES; family++)
        if (store->options[family])
            rocksdb_options_destroy(store->options[family]);
    if (store->reading)
        rocksdb_readoptions_destroy(store->reading);
    if (store->writing)
        rocksdb_writeoptions_destroy(store->writing);
    if (store->writing_synced)
        rocksdb_writeoptions_destroy(store->writing_synced);
    if (store->cache)
        rocksdb_cache_destroy(store->cache);
    pthread_mutex_destroy(&store->runs_lock);
    pthread_mutex_destroy(&store->error_lock);
    bc_free(store->directory);
    bc_free(store);
}

static void close_store(struct bc_store *base)
{
    struct rk_store *store = rk_self(base);
    assert(!atomic_load(&store->lent));
    free_store(store);
}

static const struct bc_store_ops store_ops = {
    .name = "rocksdb",
    .get = get,
    .cursor_new = rk_cursor_new,
    .apply = rk_apply,
    .sync = sync_log,
    .snapshot_new = snapshot_new,
    .snapshot_free = snapshot_free,
    .bulk_new = rk_bulk_new,
    .run_drop = rk_run_drop,
    .disk_bytes = rk_disk_bytes,
    .verify = rk_verify,
    .metrics = rk_metrics,
    .close = close_store,
};

static void make_options(struct rk_store *store, const struct rk_settings *settings, bool create)
{
    store->cache = rocksdb_cache_create_lru(settings->cache_bytes);
    store->options[RK_DEFAULT_FAMILY] = rk_database_options(settings, create, store->cache);
    for (int family = 0; family < BC_FAMILY_COUNT; family++)
        store->options[RK_FIRST_FAMILY + family] = rk_family_options(
            store->options[RK_DEFAULT_FAMILY], (enum bc_family)family, settings, store->cache);
    store->reading = rocksdb_readoptions_create();
    store->writing = rocksdb_writeoptions_create();
    store->writing_synced = rocksdb_writeoptions_create();
    rocksdb_writeoptions_set_sync(store->writing_synced, 1);
}

static enum bc_status open_database(struct rk_store *store, struct bc_error *err)
{
    char *error = NULL;
    const rocksdb_options_t *database = store->options[RK_DEFAULT_FAMILY];
    const rocksdb_options_t *const *families = (const rocksdb_options_t *const *)store->options;
    if (store->read_only)
        store->db = rocksdb_open_for_read_only_column_families(
            database, store->directory, RK_FAMILIES, rk_family_names, families, store->families, 0,
            &error);
    else
        store->db =
            rocksdb_open_column_families(database, store->directory, RK_FAMILIES, rk_family_names,
                                         families, store->families, &error);
    return rk_explain(err, store->directory, error);
}

enum bc_status rk_store_open(const char *directory, const struct rk_options *options,
                             struct bc_store **to, struct bc_error *err)
{
    static const struct rk_options defaults;
    if (!options)
        options = &defaults;
    struct rk_settings settings;
    enum bc_status st = rk_settings(options, &settings, err);
    if (st)
        return st;
    struct rk_store *store = bc_alloc_zero(sizeof *store);
    if (!store)
        return BC_NO_MEMORY;
    store->store.ops = &store_ops;
    store->read_only = options->read_only;
    store->pool = options->pool;
    store->bulk_files = settings.bulk_files;
    store->bulk_buffer_bytes = settings.bulk_buffer_bytes;
    atomic_init(&store->reserve_bytes, settings.write_buffer_bytes);
    pthread_mutex_init(&store->runs_lock, NULL);
    pthread_mutex_init(&store->error_lock, NULL);
    store->directory = bc_copy_string(directory, strlen(directory));
    st = store->directory ? BC_OK : BC_NO_MEMORY;
    if (!st) {
        make_options(store, &settings, options->create && !options->read_only);
        st = open_database(store, err);
    }
    /* Only now: the database's lock says that nobody else is writing there. */
    if (!st && !store->read_only)
        st = rk_ingest_folder_prepare(directory, err);
    if (st) {
        free_store(store);
        return st;
    }
    *to = &store->store;
    return BC_OK;
}
