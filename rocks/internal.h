/* What the files of rocks/ share. Not for other rooms. */
#ifndef ROCKS_INTERNAL_H
#define ROCKS_INTERNAL_H

#include "rocks/store.h"

#include <pthread.h>
#include <rocksdb/c.h>
#include <stdatomic.h>

/* RocksDB insists on a family called "default"; it stays empty. The port's families follow. */
enum { RK_DEFAULT_FAMILY, RK_FIRST_FAMILY, RK_FAMILIES = RK_FIRST_FAMILY + BC_FAMILY_COUNT };
extern const char *const rk_family_names[RK_FAMILIES];

/* Bytes that a long walk reads ahead of itself. */
enum { RK_READAHEAD_BYTES = 64 << 10 };

struct rk_store {
    struct bc_store store;
    char *directory;
    bool read_only;
    rocksdb_t *db;
    rocksdb_options_t *options[RK_FAMILIES];
    rocksdb_column_family_handle_t *families[RK_FAMILIES];
    rocksdb_cache_t *cache;
    rocksdb_readoptions_t *reading;
    rocksdb_writeoptions_t *writing;
    rocksdb_writeoptions_t *writing_synced;
    struct bc_pool *pool;
    int bulk_files;
    size_t bulk_buffer_bytes;
    atomic_int bulk_jobs; /* files of runs that are under way on the pool */
    atomic_uint_fast64_t bulk_serial;
    pthread_mutex_t runs_lock; /* held where the set of runs changes */
    pthread_mutex_t error_lock;
    struct bc_error last_error;
    atomic_uint_fast64_t errors;
    atomic_bool write_failed; /* a write of the database itself failed; see rk_wrote */
    atomic_uint_fast64_t
        reserve_bytes;  /* what rk_room measures by: the memtables' limit; 0: it does not look */
    atomic_size_t lent; /* snapshots, cursors and bulks that are not freed yet */
};

struct bc_snapshot {
    const rocksdb_snapshot_t *snapshot;
    rocksdb_readoptions_t *reading;
};

static inline struct rk_store *rk_self(struct bc_store *store)
{
    return (struct rk_store *)store;
}

static inline rocksdb_column_family_handle_t *rk_family(struct rk_store *store,
                                                        enum bc_family family)
{
    return store->families[RK_FIRST_FAMILY + family];
}

/* error.c. What RocksDB's error text amounts to. */
enum bc_status rk_status_of(const char *text);
/* Takes over an error text of RocksDB's (NULL: BC_OK), keeps it as the store's last error. */
enum bc_status rk_failed(struct rk_store *store, char *text);
/* The same for a call that writes to the database, which matters to rk_can_ingest. */
enum bc_status rk_wrote(struct rk_store *store, char *text);
/* Says why a call on the store fails without RocksDB; keeps it as the last error. */
enum bc_status rk_refused(struct rk_store *store, enum bc_status status, const char *reason);
/* The same without a store: the message goes to err with `where` before it. */
enum bc_status rk_explain(struct bc_error *err, const char *where, char *text);

/* room.c: RocksDB stops writing when the disk is full under it, and for that alone comes back late
 * or, for runs, not at all. So nothing is written that could fill the disk. */
/* Memtables are written out before the log that they are in is removed, a compaction's outputs
 * before its inputs are. So content leaves room for both, and for small batches meanwhile. */
enum rk_need {
    RK_NEED_SMALL, /* a control record or a deletion, which may be what makes room: an eighth of the
                    * memtables' limit must stay */
    RK_NEED_CONTENT /* half that limit must stay, and what RocksDB may write of itself */
};
/* BC_NO_SPACE if `bytes` more would leave too little. */
enum bc_status rk_room(struct rk_store *store, uint64_t bytes, enum rk_need need);
/* BC_IO if files can no longer be added to the database before it is opened anew. */
enum bc_status rk_can_ingest(struct rk_store *store);

/* options.c. NULL only for RocksDB's own reasons, which end the process. */
struct rk_settings {
    size_t cache_bytes;
    size_t write_buffer_bytes;
    size_t bulk_buffer_bytes;
    int bulk_files;
    int compression_level;
    int dictionary_bytes;
    int background_threads;
};
/* BC_INVALID. */
enum bc_status rk_settings(const struct rk_options *options, struct rk_settings *settings,
                           struct bc_error *err);
rocksdb_options_t *rk_database_options(const struct rk_settings *settings, bool create,
                                       rocksdb_cache_t *cache);
/* Of the port's family; derived from the options of the database. */
rocksdb_options_t *rk_family_options(const rocksdb_options_t *database, enum bc_family family,
                                     const struct rk_settings *settings, rocksdb_cache_t *cache);

/* cursor.c, apply.c, verify.c, figures.c: functions of the port. */
enum bc_status rk_cursor_new(struct bc_store *store, struct bc_snapshot *snapshot,
                             enum bc_family family, struct bc_slice lower, struct bc_slice upper,
                             bool streaming, struct bc_cursor **cursor);
enum bc_status rk_apply(struct bc_store *store, const struct bc_batch *batch, bool sync);
enum bc_status rk_verify(struct bc_store *store, struct bc_error *err);
enum bc_status rk_disk_bytes(struct bc_store *store, enum bc_family family, struct bc_slice lower,
                             struct bc_slice upper, uint64_t *bytes);
/* A figure that RocksDB has of a family (its DB::Properties); 0 if it has none. */
uint64_t rk_property(struct rk_store *store, int family, const char *name);
enum bc_status rk_metrics(struct bc_store *store, struct bc_buffer *to);

/* runs.c. */
/* BC_EXISTS if the run has rows. The caller holds runs_lock where the answer must stay true. */
enum bc_status rk_run_is_free(struct rk_store *store, uint64_t run);
/* Makes the rows of sorted SST files visible, all at once. Takes the files over where it succeeds.
 */
enum bc_status rk_runs_ingest(struct rk_store *store, const char *const *paths, size_t count);
enum bc_status rk_run_drop(struct bc_store *store, uint64_t run);

/* bulk.c. */
enum bc_status rk_bulk_new(struct bc_store *store, uint64_t run, struct bc_bulk **bulk);

/* sst.c: the rows of a bulk in memory and their way into an SST file. */
/* A row's bytes in a buffer, beside key and value. */
enum { RK_ROW_OVERHEAD = 2 * sizeof(size_t) };
enum bc_status rk_row_append(struct bc_buffer *rows, struct bc_slice key, struct bc_slice value);
/* BC_IO, BC_NO_SPACE: what is at path is of no use. */
enum bc_status rk_sst_write(struct rk_store *store, const rocksdb_options_t *options,
                            const char *path, struct bc_slice rows);

/* ingest_folder.c: <directory>/ingest, where SST files lie until they are part of the database. */
/* Makes it and removes what a crash left in it. */
enum bc_status rk_ingest_folder_prepare(const char *directory, struct bc_error *err);
/* The path of one file, to be freed with bc_free. NULL when out of memory. */
char *rk_ingest_path(const char *directory, uint64_t serial, uint64_t number);

#endif
