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

enum bc_status rk_room(struct rk_store *store, uint64_t bytes, enum rk_need need)
{
    uint64_t reserve = atomic_load(&store->reserve_bytes);
    if (!reserve)
        return BC_OK;
    if (need == RK_NEED_SMALL)
        reserve /= 2;
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
