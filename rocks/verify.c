#include "rocks/internal.h"

/* Checksums are verified by every read; this one reads everything and leaves the cache alone. */
static enum bc_status verify_family(struct rk_store *store, int family, struct bc_error *err)
{
    rocksdb_readoptions_t *reading = rocksdb_readoptions_create();
    rocksdb_readoptions_set_verify_checksums(reading, 1);
    rocksdb_readoptions_set_fill_cache(reading, 0);
    rocksdb_readoptions_set_readahead_size(reading, RK_READAHEAD_BYTES);
    /* Rows that a range deletion hides are read too: their blocks must be sound like any other. */
    rocksdb_readoptions_set_ignore_range_deletions(reading, 1);
    rocksdb_iterator_t *rows =
        rocksdb_create_iterator_cf(store->db, reading, store->families[family]);
    rocksdb_iter_seek_to_first(rows);
    while (rocksdb_iter_valid(rows))
        rocksdb_iter_next(rows);
    char *error = NULL;
    rocksdb_iter_get_error(rows, &error);
    enum bc_status st = BC_OK;
    if (error) {
        (void)bc_fail(err, BC_IO, "family %s: %s", rk_family_names[family], error);
        st = rk_failed(store, error);
    }
    rocksdb_iter_destroy(rows);
    rocksdb_readoptions_destroy(reading);
    return st;
}

enum bc_status rk_verify(struct bc_store *base, struct bc_error *err)
{
    enum bc_status st = BC_OK;
    for (int family = 0; !st && family < RK_FAMILIES; family++)
        st = verify_family(rk_self(base), family, err);
    return st;
}
