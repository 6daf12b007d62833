/* The store port: what branchcore asks of a place that keeps sorted rows.
 *
 * Rows are key -> value in three families; keys are unique within a family and ordered as unsigned
 * bytes.
 *
 *   refs    branches, layers' records, counters: few, small, read often
 *   layers  working sets and small layers: many small rows, put and deleted one by one
 *   runs    large immutable texts: written once as sorted bulk runs, dropped whole, never changed
 *
 * In `layers` and `runs` every key starts with the 8 bytes, big-endian, of the id of the layer or
 * run that it belongs to (codec.h), so one object is one contiguous key range.
 *
 * Two implementations: bc_memory_store (memory_store.h), the reference, and rocks/ on RocksDB. One
 * conformance suite (tests/store_conformance.c) runs over both.
 *
 * Threads: all functions may be called from any thread at once, on one store. One cursor, bulk or
 * batch object belongs to one thread at a time. close excludes every other call. */
#ifndef BRANCHCORE_STORE_H
#define BRANCHCORE_STORE_H

#include "branchcore/memory.h"
#include "branchcore/status.h"

enum bc_family { BC_REFS, BC_LAYERS, BC_RUNS, BC_FAMILY_COUNT };

/* Bytes of key and value together that a row may have. */
enum { BC_ROW_BYTES_MAX = 1 << 30 };

static inline bool bc_row_fits(struct bc_slice key, struct bc_slice value)
{
    return key.size <= BC_ROW_BYTES_MAX && value.size <= BC_ROW_BYTES_MAX - key.size;
}

struct bc_store;
struct bc_snapshot; /* a point in time of all families; the store defines it */

/* A value that the store lends: valid until released. Zero-initialised holds nothing and may be
 * released. */
struct bc_value {
    struct bc_slice slice;
    void (*release)(void *owner);
    void *owner;
};

static inline void bc_value_release(struct bc_value *value)
{
    if (value->release)
        value->release(value->owner);
    *value = (struct bc_value){0};
}

/* An ordered walk over [lower, upper) of one family, at the moment (or the snapshot) of its
 * creation. Starts at no row, not valid; a step to where no row is makes it not valid again. key
 * and value are valid until the next call on the cursor. After a failure the cursor is at no row
 * and `status` says why; it stays so. A walk that ends with status BC_OK has seen everything. */
struct bc_cursor {
    const struct bc_cursor_ops *ops;
    bool valid; /* at a row */
    struct bc_slice key;
    struct bc_slice value;
    enum bc_status status; /* BC_OK, BC_CORRUPT, BC_IO */
};

/* Keys outside of the bounds may be sought: the walk is over the rows inside. */
struct bc_cursor_ops {
    void (*first)(struct bc_cursor *cursor);                          /* to the first row */
    void (*last)(struct bc_cursor *cursor);                           /* to the last row */
    void (*seek)(struct bc_cursor *cursor, struct bc_slice key);      /* to the first row >= key */
    void (*seek_last)(struct bc_cursor *cursor, struct bc_slice key); /* to the last row <= key */
    void (*next)(struct bc_cursor *cursor);     /* nothing happens at no row */
    void (*previous)(struct bc_cursor *cursor); /* likewise */
    void (*free)(struct bc_cursor *cursor);
};

/* A list of changes that is applied whole or not at all. Later changes of one key win over earlier
 * ones. The holder owns it; zero-initialised is empty. */
struct bc_batch {
    struct bc_buffer bytes; /* encoded; bc_batch_each reads them back */
    uint64_t count;
};

enum bc_batch_kind { BC_BATCH_PUT, BC_BATCH_DELETE, BC_BATCH_DELETE_RANGE };

struct bc_batch_entry {
    enum bc_batch_kind kind;
    enum bc_family family;
    struct bc_slice key;   /* of a range: the first key */
    struct bc_slice value; /* of a range: the key behind the last */
};

/* These return BC_OK, BC_NO_MEMORY or BC_TOO_LARGE (over BC_ROW_BYTES_MAX); then the batch is as
 * before. They copy. */
enum bc_status bc_batch_put(struct bc_batch *batch, enum bc_family family, struct bc_slice key,
                            struct bc_slice value);
enum bc_status bc_batch_delete(struct bc_batch *batch, enum bc_family family, struct bc_slice key);
/* Every key with first <= key < behind; none if behind <= first. */
enum bc_status bc_batch_delete_range(struct bc_batch *batch, enum bc_family family,
                                     struct bc_slice first, struct bc_slice behind);
/* Walks the entries in order: *position starts at 0; false at the end. Slices point into the batch.
 */
bool bc_batch_each(const struct bc_batch *batch, size_t *position, struct bc_batch_entry *entry);
void bc_batch_clear(struct bc_batch *batch);
void bc_batch_release(struct bc_batch *batch);

/* One bulk write of many sorted rows under one id prefix of BC_RUNS. Nothing is visible before
 * finish, and finish makes all of it visible and durable at once. add() copies, compresses on other
 * threads where the store can, and blocks when they fall behind, so that memory stays bounded
 * (struct bc_store_ops.bulk_new). */
struct bc_bulk {
    const struct bc_bulk_ops *ops;
};

struct bc_bulk_ops {
    /* key: whole, longer than the id prefix that it starts with, greater than every earlier key.
     * BC_INVALID if it is not, BC_TOO_LARGE (over BC_ROW_BYTES_MAX), BC_IO, BC_NO_SPACE. After a
     * failure only abort is allowed. */
    enum bc_status (*add)(struct bc_bulk *bulk, struct bc_slice key, struct bc_slice value);
    /* Frees the bulk, whatever it returns. BC_IO, BC_NO_SPACE, BC_NO_MEMORY, BC_EXISTS (another
     * bulk of the run was finished first): nothing became visible. A bulk without rows leaves no
     * trace. */
    enum bc_status (*finish)(struct bc_bulk *bulk);
    void (*abort)(struct bc_bulk *bulk); /* frees; nothing became visible */
};

/* In a store that was opened for reading alone, apply, sync, bulk_new and run_drop return
 * BC_READ_ONLY. */
struct bc_store_ops {
    const char *name; /* "memory", "rocksdb" */

    /* BC_NOT_FOUND (value untouched), BC_CORRUPT, BC_IO. snapshot NULL: now. The caller releases
     * value. */
    enum bc_status (*get)(struct bc_store *store, struct bc_snapshot *snapshot,
                          enum bc_family family, struct bc_slice key, struct bc_value *value);
    /* lower and upper are copied; upper of size 0: no upper bound. `streaming` says that the walk
     * is long and should not push other things out of the store's cache. */
    enum bc_status (*cursor_new)(struct bc_store *store, struct bc_snapshot *snapshot,
                                 enum bc_family family, struct bc_slice lower,
                                 struct bc_slice upper, bool streaming, struct bc_cursor **cursor);
    /* All or nothing. Returns with the change safe from a crash of this process; with sync also
     * from a power cut. BC_NO_SPACE, BC_IO, BC_NO_MEMORY: nothing was applied. Changes of BC_RUNS
     * are refused with BC_INVALID. */
    enum bc_status (*apply)(struct bc_store *store, const struct bc_batch *batch, bool sync);
    /* Everything applied so far is safe from a power cut when it returns. */
    enum bc_status (*sync)(struct bc_store *store);
    enum bc_status (*snapshot_new)(struct bc_store *store, struct bc_snapshot **snapshot);
    /* NULL is allowed. */
    void (*snapshot_free)(struct bc_store *store, struct bc_snapshot *snapshot);

    /* BC_EXISTS if the run has rows already; BC_CORRUPT, BC_IO. */
    enum bc_status (*bulk_new)(struct bc_store *store, uint64_t run, struct bc_bulk **bulk);
    /* BC_CORRUPT, BC_IO, BC_NO_SPACE. Frees the run's space at once. Not undone by a crash, safe to
     * repeat; BC_OK if there is no such run. Rows of it must not be read any more. */
    enum bc_status (*run_drop)(struct bc_store *store, uint64_t run);

    /* Compressed bytes on disk (of memory: bytes held) of keys in [lower, upper) of a family; an
     * estimate. */
    enum bc_status (*disk_bytes)(struct bc_store *store, enum bc_family family,
                                 struct bc_slice lower, struct bc_slice upper, uint64_t *bytes);
    /* Reads every block of every family back and verifies its checksum. BC_CORRUPT with err saying
     * where. */
    enum bc_status (*verify)(struct bc_store *store, struct bc_error *err);
    /* Appends the implementation's own figures as `key value` lines. */
    enum bc_status (*metrics)(struct bc_store *store, struct bc_buffer *to);
    void (*close)(struct bc_store *store); /* frees; everything created from it must be gone */
};

/* An implementation embeds this as its first member. */
struct bc_store {
    const struct bc_store_ops *ops;
};

static inline enum bc_status bc_store_get(struct bc_store *store, struct bc_snapshot *snapshot,
                                          enum bc_family family, struct bc_slice key,
                                          struct bc_value *value)
{
    return store->ops->get(store, snapshot, family, key, value);
}

static inline enum bc_status bc_store_cursor(struct bc_store *store, struct bc_snapshot *snapshot,
                                             enum bc_family family, struct bc_slice lower,
                                             struct bc_slice upper, bool streaming,
                                             struct bc_cursor **cursor)
{
    return store->ops->cursor_new(store, snapshot, family, lower, upper, streaming, cursor);
}

static inline enum bc_status bc_store_apply(struct bc_store *store, const struct bc_batch *batch,
                                            bool sync)
{
    return store->ops->apply(store, batch, sync);
}

static inline void bc_store_close(struct bc_store *store)
{
    if (store)
        store->ops->close(store);
}

static inline void bc_cursor_free(struct bc_cursor *cursor)
{
    if (cursor)
        cursor->ops->free(cursor);
}

#endif
