#include "rocks/internal.h"

#include "branchcore/codec.h"

#include <unistd.h>

struct rk_bulk {
    struct bc_bulk bulk;
    struct rk_store *store;
    uint64_t run;
    uint64_t serial;       /* in the names of its files */
    uint64_t files;        /* handed over so far */
    struct bc_buffer rows; /* that no file has yet */
    struct bc_buffer last_key;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t quiet;
    uint64_t unfinished;    /* files being written */
    enum bc_status status;  /* the first failure of a file */
    struct bc_buffer spare; /* an emptied buffer to fill again */
};

static struct rk_bulk *self(struct bc_bulk *bulk)
{
    return (struct rk_bulk *)bulk;
}

static void free_job(struct rk_bulk_job *job)
{
    bc_buffer_release(&job->rows);
    bc_free(job->path);
    bc_free(job);
}

static void file_done(struct rk_bulk_job *job, enum bc_status status)
{
    struct rk_bulk *bulk = job->owner;
    bc_buffer_clear(&job->rows);
    pthread_mutex_lock(&bulk->lock);
    if (!bulk->spare.data) {
        bulk->spare = job->rows;
        job->rows = (struct bc_buffer){0};
    }
    if (status && !bulk->status)
        bulk->status = status;
    bulk->unfinished--;
    /* The bulk may be gone as soon as the lock is. */
    pthread_cond_signal(&bulk->quiet);
    pthread_mutex_unlock(&bulk->lock);
    free_job(job);
}

static enum bc_status status_so_far(struct rk_bulk *bulk)
{
    pthread_mutex_lock(&bulk->lock);
    enum bc_status st = bulk->status;
    pthread_mutex_unlock(&bulk->lock);
    return st;
}

/* Hands the rows over to a thread that makes a file of them. */
static enum bc_status start_file(struct rk_bulk *bulk)
{
    struct rk_bulk_job *job = bc_alloc_zero(sizeof *job);
    if (!job)
        return BC_NO_MEMORY;
    job->path = rk_ingest_path(bulk->store->directory, bulk->serial, bulk->files);
    if (!job->path) {
        free_job(job);
        return BC_NO_MEMORY;
    }
    job->done = file_done;
    job->owner = bulk;
    job->rows = bulk->rows;
    pthread_mutex_lock(&bulk->lock);
    bulk->rows = bulk->spare;
    bulk->spare = (struct bc_buffer){0};
    bulk->unfinished++;
    pthread_mutex_unlock(&bulk->lock);
    bulk->files++;
    enum bc_status st = rk_bulk_pool_submit(bulk->store->pool, job);
    if (st)
        file_done(job, st);
    return st;
}

static bool in_place(const struct rk_bulk *bulk, struct bc_slice key)
{
    return key.size > 8 && bc_get_u64(key.data) == bulk->run &&
           bc_slice_compare(bc_buffer_slice(&bulk->last_key), key) < 0;
}

/* True if the row does not go into the buffer beside what is there. */
static bool overflows(const struct rk_bulk *bulk, struct bc_slice key, struct bc_slice value)
{
    size_t limit = rk_bulk_pool_buffer_bytes(bulk->store->pool);
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
    enum bc_status st = status_so_far(bulk);
    if (!st && overflows(bulk, key, value))
        st = start_file(bulk);
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
    pthread_mutex_lock(&bulk->lock);
    while (bulk->unfinished)
        pthread_cond_wait(&bulk->quiet, &bulk->lock);
    enum bc_status st = bulk->status;
    pthread_mutex_unlock(&bulk->lock);
    return st;
}

static void free_paths(char **paths, uint64_t count)
{
    for (uint64_t i = 0; paths && i < count; i++)
        bc_free(paths[i]);
    bc_free(paths);
}

static char **paths_of(const struct rk_bulk *bulk)
{
    char **paths = bc_alloc_array(bulk->files, sizeof *paths);
    if (!paths)
        return NULL;
    for (uint64_t i = 0; i < bulk->files; i++) {
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
        st = rk_runs_ingest(bulk->store, (const char *const *)paths, bulk->files);
    pthread_mutex_unlock(&bulk->store->runs_lock);
    return st;
}

/* Where memory is out the files stay until the next open, which removes them. */
static void remove_files(const struct rk_bulk *bulk)
{
    for (uint64_t i = 0; i < bulk->files; i++) {
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
    pthread_mutex_destroy(&bulk->lock);
    pthread_cond_destroy(&bulk->quiet);
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
    enum bc_status st = status_so_far(bulk);
    if (!st && bulk->rows.size)
        st = start_file(bulk);
    enum bc_status written = wait_for_files(bulk);
    if (!st)
        st = written;
    if (!st && bulk->files) {
        char **paths = paths_of(bulk);
        st = paths ? publish(bulk, paths) : BC_NO_MEMORY;
        free_paths(paths, bulk->files);
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
    struct rk_bulk *bulk = bc_alloc_zero(sizeof *bulk);
    if (!bulk)
        return BC_NO_MEMORY;
    bulk->bulk.ops = &bulk_ops;
    bulk->store = store;
    bulk->run = run;
    bulk->serial = rk_bulk_pool_serial(store->pool);
    pthread_mutex_init(&bulk->lock, NULL);
    pthread_cond_init(&bulk->quiet, NULL);
    atomic_fetch_add(&store->lent, 1);
    *to = &bulk->bulk;
    return BC_OK;
}
