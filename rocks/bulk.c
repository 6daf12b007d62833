#include "rocks/internal.h"

#include "branchcore/codec.h"

#include <unistd.h>

/* One file, written by the pool. */
struct file {
    struct bc_pool_job job;
    struct rk_bulk *bulk;
    char *path; /* NULL: there is nothing to wait for */
    struct bc_buffer rows;
    enum bc_status status;
};

struct rk_bulk {
    struct bc_bulk bulk;
    struct rk_store *store;
    uint64_t run;
    uint64_t serial;        /* in the names of its files */
    uint64_t count;         /* files begun so far */
    struct bc_buffer rows;  /* that no file has yet */
    struct bc_buffer spare; /* an emptied buffer to fill again */
    struct bc_buffer last_key;
    enum bc_status status; /* the first failure of a file that was waited for */
    struct file files[];   /* store->bulk_files, used in turn */
};

static struct rk_bulk *self(struct bc_bulk *bulk)
{
    return (struct rk_bulk *)bulk;
}

static const rocksdb_options_t *options_of(const struct rk_store *store)
{
    return store->options[RK_FIRST_FAMILY + BC_RUNS];
}

static void write_file(struct bc_pool_job *job)
{
    struct file *file = (struct file *)job;
    struct rk_store *store = file->bulk->store;
    file->status = rk_sst_write(store, options_of(store), file->path, bc_buffer_slice(&file->rows));
    atomic_fetch_sub(&store->bulk_jobs, 1);
}

static void wait_for(struct rk_bulk *bulk, struct file *file)
{
    if (!file->path)
        return;
    bc_pool_wait(bulk->store->pool, &file->job);
    bc_free(file->path);
    file->path = NULL;
    if (!bulk->spare.data) {
        bulk->spare = file->rows;
        bc_buffer_clear(&bulk->spare);
        file->rows = (struct bc_buffer){0};
    }
    bc_buffer_release(&file->rows);
    if (file->status && !bulk->status)
        bulk->status = file->status;
}

/* False if as many files of all runs are under way as may be. */
static bool may_start(struct rk_store *store)
{
    int jobs = atomic_load(&store->bulk_jobs);
    do {
        if (jobs >= store->bulk_files)
            return false;
    } while (!atomic_compare_exchange_weak(&store->bulk_jobs, &jobs, jobs + 1));
    return true;
}

/* Waits for files of its own, the oldest first, until it may start one more: nobody waits for what
 * another run does. False if even then it may not. */
static bool make_room(struct rk_bulk *bulk)
{
    size_t files = (size_t)bulk->store->bulk_files;
    wait_for(bulk, &bulk->files[bulk->count % files]);
    for (size_t i = 0; !may_start(bulk->store); i++) {
        if (i == files)
            return false;
        wait_for(bulk, &bulk->files[(bulk->count + i) % files]);
    }
    return true;
}

/* Makes a file of the rows: on the pool, or at once if that has enough of other runs. */
static enum bc_status start_file(struct rk_bulk *bulk)
{
    struct rk_store *store = bulk->store;
    char *path = rk_ingest_path(store->directory, bulk->serial, bulk->count);
    if (!path)
        return BC_NO_MEMORY;
    bool on_pool = make_room(bulk);
    struct file *file = &bulk->files[bulk->count++ % (size_t)store->bulk_files];
    if (!on_pool) {
        enum bc_status st =
            rk_sst_write(store, options_of(store), path, bc_buffer_slice(&bulk->rows));
        bc_buffer_clear(&bulk->rows);
        bc_free(path);
        return st ? st : bulk->status;
    }
    file->rows = bulk->rows;
    bulk->rows = bulk->spare;
    bulk->spare = (struct bc_buffer){0};
    file->path = path;
    bc_pool_start(store->pool, &file->job);
    return bulk->status;
}

static bool in_place(const struct rk_bulk *bulk, struct bc_slice key)
{
    return key.size > 8 && bc_get_u64(key.data) == bulk->run &&
           bc_slice_compare(bc_buffer_slice(&bulk->last_key), key) < 0;
}

/* True if the row does not go into the buffer beside what is there. */
static bool overflows(const struct rk_bulk *bulk, struct bc_slice key, struct bc_slice value)
{
    size_t limit = bulk->store->bulk_buffer_bytes;
    size_t used = bulk->rows.size + RK_ROW_OVERHEAD;
    return bulk->rows.size &&
           (used > limit || key.size > limit - used || value.size > limit - used - key.size);
}

static enum bc_status bulk_add(struct bc_bulk *base, struct bc_slice key, struct bc_slice value)
{
    struct rk_bulk *bulk = self(base);
    if (!in_place(bulk, key))
        return BC_INVALID;
    if (!bc_row_fits(key, value))
        return BC_TOO_LARGE;
    enum bc_status st = overflows(bulk, key, value) ? start_file(bulk) : bulk->status;
    if (!st)
        st = bc_buffer_reserve(&bulk->last_key, key.size);
    if (!st)
        st = rk_row_append(&bulk->rows, key, value);
    if (st)
        return st;
    bc_buffer_clear(&bulk->last_key);
    return bc_buffer_append(&bulk->last_key, key.data, key.size);
}

static enum bc_status wait_for_files(struct rk_bulk *bulk)
{
    size_t files = (size_t)bulk->store->bulk_files;
    for (size_t i = 0; i < files; i++)
        wait_for(bulk, &bulk->files[(bulk->count + i) % files]);
    return bulk->status;
}

static void free_paths(char **paths, uint64_t count)
{
    for (uint64_t i = 0; paths && i < count; i++)
        bc_free(paths[i]);
    bc_free(paths);
}

static char **paths_of(const struct rk_bulk *bulk)
{
    char **paths = bc_alloc_array(bulk->count, sizeof *paths);
    if (!paths)
        return NULL;
    for (uint64_t i = 0; i < bulk->count; i++) {
        paths[i] = rk_ingest_path(bulk->store->directory, bulk->serial, i);
        if (!paths[i]) {
            free_paths(paths, i);
            return NULL;
        }
    }
    return paths;
}

static enum bc_status publish(struct rk_bulk *bulk, char **paths)
{
    pthread_mutex_lock(&bulk->store->runs_lock);
    enum bc_status st = rk_run_is_free(bulk->store, bulk->run);
    if (!st)
        st = rk_runs_ingest(bulk->store, (const char *const *)paths, bulk->count);
    pthread_mutex_unlock(&bulk->store->runs_lock);
    return st;
}

/* Where memory is out the files stay until the next open, which removes them. */
static void remove_files(const struct rk_bulk *bulk)
{
    for (uint64_t i = 0; i < bulk->count; i++) {
        char *path = rk_ingest_path(bulk->store->directory, bulk->serial, i);
        if (path)
            (void)unlink(path);
        bc_free(path);
    }
}

static void free_bulk(struct rk_bulk *bulk)
{
    bc_buffer_release(&bulk->rows);
    bc_buffer_release(&bulk->spare);
    bc_buffer_release(&bulk->last_key);
    atomic_fetch_sub(&bulk->store->lent, 1);
    bc_free(bulk);
}

static void bulk_abort(struct bc_bulk *base)
{
    struct rk_bulk *bulk = self(base);
    (void)wait_for_files(bulk);
    remove_files(bulk);
    free_bulk(bulk);
}

static enum bc_status bulk_finish(struct bc_bulk *base)
{
    struct rk_bulk *bulk = self(base);
    enum bc_status st = bulk->status;
    if (!st && bulk->rows.size)
        st = start_file(bulk);
    enum bc_status written = wait_for_files(bulk);
    if (!st)
        st = written;
    if (!st && bulk->count) {
        char **paths = paths_of(bulk);
        st = paths ? publish(bulk, paths) : BC_NO_MEMORY;
        free_paths(paths, bulk->count);
    }
    if (st)
        remove_files(bulk);
    free_bulk(bulk);
    return st;
}

static const struct bc_bulk_ops bulk_ops = {
    .add = bulk_add,
    .finish = bulk_finish,
    .abort = bulk_abort,
};

enum bc_status rk_bulk_new(struct bc_store *base, uint64_t run, struct bc_bulk **to)
{
    struct rk_store *store = rk_self(base);
    if (store->read_only)
        return BC_READ_ONLY;
    enum bc_status st = rk_can_ingest(store);
    if (!st)
        st = rk_run_is_free(store, run);
    if (st)
        return st;
    size_t files = (size_t)store->bulk_files;
    struct rk_bulk *bulk = bc_alloc_zero(sizeof *bulk + files * sizeof bulk->files[0]);
    if (!bulk)
        return BC_NO_MEMORY;
    for (size_t i = 0; i < files; i++)
        bulk->files[i] = (struct file){.job = {.run = write_file}, .bulk = bulk};
    bulk->bulk.ops = &bulk_ops;
    bulk->store = store;
    bulk->run = run;
    bulk->serial = atomic_fetch_add(&store->bulk_serial, 1);
    atomic_fetch_add(&store->lent, 1);
    *to = &bulk->bulk;
    return BC_OK;
}
