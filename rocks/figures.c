#include "rocks/internal.h"

#include <string.h>

/* What has not been flushed to a file yet does not count: the write buffers' part of `layers` and
 * `refs`. */
enum bc_status rk_disk_bytes(struct bc_store *base, enum bc_family family, struct bc_slice lower,
                             struct bc_slice upper, uint64_t *bytes)
{
    struct rk_store *store = rk_self(base);
    char end[64];
    memset(end, 0xff, sizeof end);
    if (!upper.size)
        upper = bc_slice(end, sizeof end);
    *bytes = 0;
    if (bc_slice_compare(lower, upper) >= 0)
        return BC_OK;
    const char *first = lower.size ? lower.data : "";
    char *error = NULL;
    rocksdb_approximate_sizes_cf(store->db, rk_family(store, family), 1, &first, &lower.size,
                                 &upper.data, &upper.size, bytes, &error);
    return rk_failed(store, error);
}

uint64_t rk_property(struct rk_store *store, int family, const char *name)
{
    uint64_t value = 0;
    if (rocksdb_property_int_cf(store->db, store->families[family], name, &value))
        return 0;
    return value;
}

static uint64_t files_of(struct rk_store *store, int family)
{
    rocksdb_column_family_metadata_t *metadata =
        rocksdb_get_column_family_metadata_cf(store->db, store->families[family]);
    uint64_t count = rocksdb_column_family_metadata_get_file_count(metadata);
    rocksdb_column_family_metadata_destroy(metadata);
    return count;
}

static enum bc_status family_metrics(struct rk_store *store, int family, struct bc_buffer *to)
{
    static const struct {
        const char *name;
        const char *property;
    } figures[] = {
        {"rows_estimate", "rocksdb.estimate-num-keys"},
        {"disk_bytes", "rocksdb.total-sst-files-size"},
        {"live_disk_bytes", "rocksdb.live-sst-files-size"},
        {"write_buffer_bytes", "rocksdb.cur-size-all-mem-tables"},
        {"table_reader_bytes", "rocksdb.estimate-table-readers-mem"},
        {"pending_compaction_bytes", "rocksdb.estimate-pending-compaction-bytes"},
    };
    const char *name = rk_family_names[family];
    enum bc_status st = bc_buffer_printf(to, "store_%s_files %llu\n", name,
                                         (unsigned long long)files_of(store, family));
    for (size_t i = 0; !st && i < sizeof figures / sizeof *figures; i++)
        st = bc_buffer_printf(to, "store_%s_%s %llu\n", name, figures[i].name,
                              (unsigned long long)rk_property(store, family, figures[i].property));
    return st;
}

enum bc_status rk_metrics(struct bc_store *base, struct bc_buffer *to)
{
    struct rk_store *store = rk_self(base);
    size_t before = to->size;
    enum bc_status st = bc_buffer_printf(
        to,
        "store rocksdb\n"
        "store_cache_bytes %zu\nstore_cache_used_bytes %zu\nstore_cache_pinned_bytes %zu\n"
        "store_background_errors %llu\nstore_errors %llu\n",
        rocksdb_cache_get_capacity(store->cache), rocksdb_cache_get_usage(store->cache),
        rocksdb_cache_get_pinned_usage(store->cache),
        (unsigned long long)rk_property(store, RK_DEFAULT_FAMILY, "rocksdb.background-errors"),
        (unsigned long long)atomic_load(&store->errors));
    for (int family = RK_FIRST_FAMILY; !st && family < RK_FAMILIES; family++)
        st = family_metrics(store, family, to);
    if (st)
        to->size = before;
    return st;
}
