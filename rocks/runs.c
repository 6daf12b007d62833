#include "rocks/internal.h"

#include "branchcore/codec.h"

#include <string.h>

/* The rows of a run are the keys that start with its id. `behind` is the id of the run behind it,
 * or, where there is none, more bytes of 255 than any key of triplefs starts with. */
struct range {
    char first[8];
    char behind[64];
    size_t behind_size;
};

static struct range range_of(uint64_t run)
{
    struct range range;
    bc_put_u64(range.first, run);
    range.behind_size = run < UINT64_MAX ? 8 : sizeof range.behind;
    memset(range.behind, 0xff, sizeof range.behind);
    if (run < UINT64_MAX)
        bc_put_u64(range.behind, run + 1);
    return range;
}

enum bc_status rk_run_is_free(struct rk_store *store, uint64_t run)
{
    struct range range = range_of(run);
    struct bc_cursor *cursor;
    enum bc_status st =
        rk_cursor_new(&store->store, NULL, BC_RUNS, bc_slice(range.first, sizeof range.first),
                      bc_slice(range.behind, range.behind_size), false, &cursor);
    if (st)
        return st;
    cursor->ops->first(cursor);
    st = cursor->valid ? BC_EXISTS : cursor->status;
    bc_cursor_free(cursor);
    return st;
}

enum bc_status rk_runs_ingest(struct rk_store *store, const char *const *paths, size_t count)
{
    enum bc_status st = rk_can_ingest(store);
    if (!st)
        st = rk_room(store, 0, RK_NEED_SMALL);
    if (st)
        return st;
    rocksdb_ingestexternalfileoptions_t *options = rocksdb_ingestexternalfileoptions_create();
    rocksdb_ingestexternalfileoptions_set_move_files(options, 1);
    char *error = NULL;
    rocksdb_ingest_external_file_cf(store->db, rk_family(store, BC_RUNS), paths, count, options,
                                    &error);
    rocksdb_ingestexternalfileoptions_destroy(options);
    return rk_wrote(store, error);
}

/* Removes the files that lie in the range as a whole, which is every file of the run: none holds
 * rows of two. A file with the one key `behind` would go too, but keys are longer than an id. */
static enum bc_status remove_files(struct rk_store *store, const struct range *range)
{
    char *error = NULL;
    rocksdb_delete_file_in_range_cf(store->db, rk_family(store, BC_RUNS), range->first,
                                    sizeof range->first, range->behind, range->behind_size, &error);
    return rk_wrote(store, error);
}

/* For rows that RocksDB keeps in another way than as files of the lowest levels: it does not remove
 * files that are still in level 0, nor rows that are still in memory. */
static enum bc_status remove_rows(struct rk_store *store, const struct range *range)
{
    char *error = NULL;
    rocksdb_delete_range_cf(store->db, store->writing_synced, rk_family(store, BC_RUNS),
                            range->first, sizeof range->first, range->behind, range->behind_size,
                            &error);
    if (!error)
        rocksdb_compact_range_cf(store->db, rk_family(store, BC_RUNS), range->first,
                                 sizeof range->first, range->behind, range->behind_size);
    return rk_wrote(store, error);
}

enum bc_status rk_run_drop(struct bc_store *base, uint64_t run)
{
    struct rk_store *store = rk_self(base);
    if (store->read_only)
        return BC_READ_ONLY;
    struct range range = range_of(run);
    pthread_mutex_lock(&store->runs_lock);
    enum bc_status st = remove_files(store, &range);
    if (!st)
        st = rk_run_is_free(store, run);
    if (st == BC_EXISTS)
        st = remove_rows(store, &range);
    pthread_mutex_unlock(&store->runs_lock);
    return st;
}
