/* The store port (branchcore/store.h) on RocksDB: rows survive the process and, where asked for, a
 * power cut.
 *
 * Small changes go through one write-ahead log and are safe from a crash of the process when apply
 * returns. A run is written as SST files of its own, which no other run shares, on the pool;
 * finishing it adds the files to the database in one step, dropping it removes them.
 *
 * On the disk stays free what RocksDB may need to write of itself (its memtables and a compaction:
 * at most half of memory_bytes and 512 MiB): what would leave less is refused with BC_NO_SPACE, and
 * works as soon as there is room; small batches, of at most 64 KiB, may use most of it, so that on
 * a full disk things can still be removed. If others fill the disk to the last byte and a write
 * fails for it, reads go on, RocksDB looks every 5 seconds whether there is room again, and then
 * small changes work again; runs cannot be written before the store is opened anew (bulk_new says
 * BC_IO).
 *
 * One rare exception to "nothing was applied": if writing to the log fails half-way or its sync
 * fails, the batch is not visible in this process, but may be after the next open.
 *
 * Threads: as the port says. RocksDB's background threads are shared by all stores of the process
 * and stay until it ends. */
#ifndef ROCKS_STORE_H
#define ROCKS_STORE_H

#include "branchcore/pool.h"
#include "branchcore/store.h"

/* Zero is the default everywhere. */
struct rk_options {
    bool create;            /* make the database if there is none */
    bool read_only;         /* change nothing but RocksDB's own LOG; takes no lock */
    size_t memory_bytes;    /* block cache (two thirds) and write buffers (one third); 96 MiB */
    size_t bulk_bytes;      /* buffers for writing one run; 96 MiB. Each further run that is being
                             * written at the same time takes bulk_bytes / (bulk_files + 1) */
    int bulk_files;         /* of all runs, that the pool compresses and writes at a time; 2, or as
                             * many as the pool has threads, up to 8 */
    int compression_level;  /* of zstd for runs; 3 */
    int dictionary_bytes;   /* of zstd, one for each file of a run; none */
    int background_threads; /* for flushes and compactions; 2 */
    struct bc_pool *pool;   /* outlives the store; NULL: whoever adds the rows writes the files */
};

/* Opens the database in `directory`, which has nothing else in it. err says what and where.
 * BC_NOT_FOUND: there is none and create is not set. BC_LOCKED: another process, or this one, has
 * it open. BC_NOT_A_STORE: a RocksDB database of something else. BC_CORRUPT, BC_IO, BC_NO_SPACE,
 * BC_NO_MEMORY, BC_INVALID (an option out of its range). On success the caller closes the store
 * with its ops->close.
 *
 * In a read-only store apply, sync, bulk_new and run_drop return BC_READ_ONLY. */
enum bc_status rk_store_open(const char *directory, const struct rk_options *options,
                             struct bc_store **store, struct bc_error *err);

/* RocksDB's words for the last failure of a call on the store since it was opened; empty if there
 * was none. Thread-safe. */
void rk_store_last_error(struct bc_store *store, struct bc_error *err);

#endif
