#include "rocks/internal.h"

#include <sys/statvfs.h>
#include <unistd.h>

static uint64_t free_bytes(const struct rk_store *store)
{
    struct statvfs about;
    if (statvfs(store->directory, &about))
        return UINT64_MAX; /* the write itself will tell */
    uint64_t blocks = geteuid() ? about.f_bavail : about.f_bfree;
    return blocks * about.f_frsize;
}

/* What RocksDB may write of itself before it frees anything: the memtables, whose limit holds only
 * where writing them out keeps up, and a compaction, whose inputs stay until its end. Runs are
 * never compacted. */
static uint64_t background_bytes(struct rk_store *store)
{
    static const uint64_t compaction_max = (uint64_t)512 << 20;
    uint64_t memtables = 0;
    uint64_t tables = 0;
    for (int family = RK_FIRST_FAMILY; family < RK_FAMILIES; family++) {
        memtables += rk_property(store, family, "rocksdb.cur-size-all-mem-tables");
        if (family != RK_FIRST_FAMILY + BC_RUNS)
            tables += rk_property(store, family, "rocksdb.live-sst-files-size");
    }
    return memtables + (tables < compaction_max ? tables : compaction_max);
}

enum bc_status rk_room(struct rk_store *store, uint64_t bytes, enum rk_need need)
{
    uint64_t reserve = atomic_load(&store->reserve_bytes);
    if (!reserve)
        return BC_OK;
    reserve = need == RK_NEED_SMALL ? reserve / 8 : reserve / 2 + background_bytes(store);
    uint64_t left = free_bytes(store);
    if (left >= bytes && left - bytes >= reserve)
        return BC_OK;
    return rk_refused(store, BC_NO_SPACE, "the disk is full, but for what is kept free");
}

/* After it recovered from a failed write, RocksDB 7.8 (Debian 12's) takes a further ingestion for
 * one that it must refuse, forgets to, and ends the process. */
enum bc_status rk_can_ingest(struct rk_store *store)
{
    uint64_t background = 0;
    (void)rocksdb_property_int(store->db, "rocksdb.background-errors", &background);
    if (!background && !atomic_load(&store->write_failed))
        return BC_OK;
    return rk_refused(store, BC_IO,
                      "a write failed earlier; large writes work again when the store is opened "
                      "anew");
}
