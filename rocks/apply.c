#include "rocks/internal.h"

static bool changes_runs(const struct bc_batch *batch)
{
    struct bc_batch_entry entry;
    for (size_t at = 0; bc_batch_each(batch, &at, &entry);)
        if (entry.family == BC_RUNS)
            return true;
    return false;
}

static void translate(struct rk_store *store, const struct bc_batch_entry *entry,
                      rocksdb_writebatch_t *to)
{
    rocksdb_column_family_handle_t *family = rk_family(store, entry->family);
    struct bc_slice key = entry->key;
    struct bc_slice value = entry->value;
    switch (entry->kind) {
    case BC_BATCH_PUT:
        rocksdb_writebatch_put_cf(to, family, key.data, key.size, value.data, value.size);
        break;
    case BC_BATCH_DELETE:
        rocksdb_writebatch_delete_cf(to, family, key.data, key.size);
        break;
    case BC_BATCH_DELETE_RANGE:
        /* RocksDB leaves open what a range does that ends before it starts. */
        if (bc_slice_compare(key, value) < 0)
            rocksdb_writebatch_delete_range_cf(to, family, key.data, key.size, value.data,
                                               value.size);
        break;
    }
}

enum { SMALL_BATCH_BYTES = 64 << 10 };

static enum bc_status room_for(struct rk_store *store, const struct bc_batch *batch)
{
    size_t bytes = batch->bytes.size;
    return rk_room(store, bytes, bytes <= SMALL_BATCH_BYTES ? RK_NEED_SMALL : RK_NEED_CONTENT);
}

enum bc_status rk_apply(struct bc_store *base, const struct bc_batch *batch, bool sync)
{
    struct rk_store *store = rk_self(base);
    if (store->read_only)
        return BC_READ_ONLY;
    if (changes_runs(batch))
        return BC_INVALID;
    enum bc_status st = room_for(store, batch);
    if (st)
        return st;
    rocksdb_writebatch_t *writes = rocksdb_writebatch_create();
    struct bc_batch_entry entry;
    for (size_t at = 0; bc_batch_each(batch, &at, &entry);)
        translate(store, &entry, writes);
    char *error = NULL;
    rocksdb_write(store->db, sync ? store->writing_synced : store->writing, writes, &error);
    rocksdb_writebatch_destroy(writes);
    return rk_wrote(store, error);
}
