#include "branchcore/repo.h"

#include "branchcore/branch_record.h"
#include "branchcore/maintain.h"
#include "branchcore/merge_seat.h"
#include "branchcore/model.h"
#include "branchcore/reflog.h"
#include "branchcore/rendering.h"
#include "branchcore/scalar.h"
#include "branchcore/shown.h"

/* Settings, family refs, "m" and a name: "format" u32; "next" u64; "default" bytes, a branch's
 * name; "root" u32 mode, u32 uid, u32 gid, u64 mtime. */
static struct bc_slice setting(const char *name)
{
    return bc_slice(name, strlen(name));
}

enum bc_status bc_setting_get(struct bc_repo *repo, const char *name, struct bc_value *value)
{
    return bc_store_get(repo->store, NULL, BC_REFS, setting(name), value);
}

enum bc_status bc_setting_put(struct bc_batch *batch, const char *name, struct bc_slice value)
{
    return bc_batch_put(batch, BC_REFS, setting(name), value);
}

static enum bc_status root_put(struct bc_batch *batch, const struct bc_root_attr *attr)
{
    char value[20];
    bc_put_u32(value, attr->mode);
    bc_put_u32(value + 4, attr->uid);
    bc_put_u32(value + 8, attr->gid);
    bc_put_u64(value + 12, (uint64_t)attr->mtime_ns);
    return bc_setting_put(batch, "mroot", bc_slice(value, sizeof value));
}

enum bc_status bc_repo_root(struct bc_repo *repo, struct bc_root_attr *attr)
{
    struct bc_value value = {0};
    enum bc_status st = bc_setting_get(repo, "mroot", &value);
    if (st)
        return st == BC_NOT_FOUND ? BC_CORRUPT : st;
    struct bc_reader from = bc_reader(value.slice);
    attr->mode = bc_decode_u32(&from);
    attr->uid = bc_decode_u32(&from);
    attr->gid = bc_decode_u32(&from);
    attr->mtime_ns = (int64_t)bc_decode_u64(&from);
    st = bc_reader_done(&from) ? BC_OK : BC_CORRUPT;
    bc_value_release(&value);
    return st;
}

enum bc_status bc_repo_root_set(struct bc_repo *repo, const struct bc_root_attr *attr)
{
    struct bc_batch batch = {0};
    enum bc_status st = root_put(&batch, attr);
    if (!st)
        st = bc_store_apply(repo->store, &batch, false);
    bc_batch_release(&batch);
    return st;
}

/* The first branch's folder, in its working set. */
static enum bc_status root_node_put(struct bc_repo *repo, struct bc_batch *batch, uint64_t work,
                                    int64_t now_ns)
{
    struct bc_node record = {
        .kind = BC_DIRECTORY,
        .mode = 0755,
        .uid = repo->uid,
        .gid = repo->gid,
        .atime_ns = now_ns,
        .mtime_ns = now_ns,
        .ctime_ns = now_ns,
        .btime_ns = now_ns,
    };
    struct bc_buffer value = {0};
    struct bc_key key;
    bc_key_node(&key, work, BC_ROW_NODE, BC_ROOT_NODE);
    enum bc_status st = bc_node_encode(&record, &value);
    if (!st)
        st = bc_batch_put(batch, BC_LAYERS, bc_key_slice(&key), bc_buffer_slice(&value));
    bc_buffer_release(&value);
    return st;
}

/* An empty store becomes a repository in one batch. */
static enum bc_status format(struct bc_repo *repo)
{
    enum { FIRST_ID = 16, BRANCH = 2, WORK = 3 };
    int64_t now_ns = bc_now_ns();
    struct bc_batch batch = {0};
    struct bc_buffer value = {0};
    char number[8];
    char key[9] = "B";
    struct bc_branch_record record = {
        .work = WORK, .created_ns = now_ns, .changed_ns = now_ns, .name = bc_slice("main", 4)};
    struct bc_root_attr root = {0755, repo->uid, repo->gid, now_ns};
    bc_put_u32(number, BC_FORMAT_VERSION);
    enum bc_status st = bc_setting_put(&batch, "mformat", bc_slice(number, 4));
    bc_put_u64(number, FIRST_ID);
    if (!st)
        st = bc_setting_put(&batch, "mnext", bc_slice(number, 8));
    if (!st)
        st = bc_setting_put(&batch, "mdefault", record.name);
    if (!st)
        st = root_put(&batch, &root);
    if (!st)
        st = root_node_put(repo, &batch, WORK, now_ns);
    bc_put_u64(number, BRANCH);
    if (!st)
        st = bc_batch_put(&batch, BC_REFS, bc_slice("bmain", 5), bc_slice(number, 8));
    bc_put_u64(key + 1, BRANCH);
    if (!st)
        st = bc_branch_record_encode(&record, &value);
    if (!st)
        st = bc_batch_put(&batch, BC_REFS, bc_slice(key, sizeof key), bc_buffer_slice(&value));
    if (!st)
        st = bc_store_apply(repo->store, &batch, true);
    bc_buffer_release(&value);
    bc_batch_release(&batch);
    return st;
}

static enum bc_status check_format(struct bc_repo *repo, struct bc_error *err)
{
    struct bc_value value = {0};
    enum bc_status st = bc_setting_get(repo, "mformat", &value);
    if (st == BC_NOT_FOUND)
        return format(repo);
    if (st)
        return st;
    uint32_t version = value.slice.size == 4 ? bc_get_u32(value.slice.data) : 0;
    bc_value_release(&value);
    if (version == BC_FORMAT_VERSION)
        return BC_OK;
    if (version > BC_FORMAT_VERSION)
        return bc_fail(err, BC_NEWER_FORMAT,
                       "the store has format %u, and this triplefs knows formats up to %d; use a "
                       "newer triplefs",
                       version, BC_FORMAT_VERSION);
    return bc_fail(err, BC_CORRUPT, "the store does not say its format");
}

/* The id of the last row of a family whose keys start with ids; 0: no row. */
static enum bc_status highest_id(struct bc_store *store, enum bc_family family, uint64_t *id)
{
    char last[8];
    memset(last, 0xFF, sizeof last);
    struct bc_cursor *cursor = NULL;
    *id = 0;
    enum bc_status st =
        bc_store_cursor(store, NULL, family, bc_slice("", 0), bc_slice("", 0), false, &cursor);
    if (st)
        return st;
    cursor->ops->seek_last(cursor, bc_slice(last, sizeof last));
    if (cursor->valid && cursor->key.size >= 8)
        *id = bc_get_u64(cursor->key.data);
    st = cursor->status;
    bc_cursor_free(cursor);
    return st;
}

/* Ids go on behind the lease and behind whatever a crash left without one (a bulk run may outlive,
 * on a power cut, the unsynced lease that its id came from). */
static enum bc_status start_ids(struct bc_repo *repo)
{
    struct bc_value value = {0};
    enum bc_status st = bc_setting_get(repo, "mnext", &value);
    if (st)
        return st == BC_NOT_FOUND ? BC_CORRUPT : st;
    if (value.slice.size == 8)
        repo->next_id = bc_get_u64(value.slice.data);
    else
        st = BC_CORRUPT;
    bc_value_release(&value);
    static const enum bc_family families[] = {BC_LAYERS, BC_RUNS};
    for (size_t i = 0; !st && i < 2; i++) {
        uint64_t highest;
        st = highest_id(repo->store, families[i], &highest);
        if (!st && highest >= repo->next_id)
            repo->next_id = highest + 1;
    }
    repo->leased_id = repo->next_id;
    return st;
}

static enum bc_status copy_options(struct bc_repo *repo, const struct bc_repo_options *options)
{
    const char *spool = options->spool_directory;
    repo->spool_directory = bc_copy_string(spool, strlen(spool));
    if (!repo->spool_directory)
        return BC_NO_MEMORY;
    repo->memory_bytes = options->memory_bytes ? options->memory_bytes : (size_t)256 << 20;
    repo->compute = options->compute ? options->compute : bc_scalar_engine();
    repo->pool = options->pool;
    repo->formats = options->formats;
    repo->uid = options->uid;
    repo->gid = options->gid;
    repo->event = options->event;
    repo->event_wanted = options->event_wanted;
    repo->moved = options->moved;
    repo->trouble = options->trouble;
    repo->context = options->context;
    return bc_progress_new(&repo->progress);
}

/* Small ones have an eighth of the memory. */
static enum bc_status start_renderings(struct bc_repo *repo)
{
    struct bc_rendering_limits limits = {
        .memory_bytes = repo->memory_bytes / 8,
        .disk_bytes = BC_SHOWN_DISK_MAX,
        .files = BC_SHOWN_FILES_MAX,
    };
    return bc_renderings_new(&limits, &repo->renderings);
}

enum bc_status bc_repo_open(struct bc_store *store, const struct bc_repo_options *options,
                            struct bc_repo **repo, struct bc_error *err)
{
    struct bc_repo *made = bc_alloc_zero(sizeof *made);
    if (!made)
        return bc_fail(err, BC_NO_MEMORY, "out of memory");
    made->store = store;
    pthread_mutex_init(&made->branches_lock, NULL);
    pthread_mutex_init(&made->ids_lock, NULL);
    pthread_rwlock_init(&made->collect_lock, NULL);
    pthread_mutex_init(&made->layers_lock, NULL);
    pthread_mutex_init(&made->pins_lock, NULL);
    pthread_mutex_init(&made->texts_lock, NULL);
    pthread_mutex_init(&made->table_lock, NULL);
    pthread_mutex_init(&made->prefixes_lock, NULL);
    bc_maintain_init(made);
    if (err)
        err->text[0] = '\0';
    enum bc_status st = copy_options(made, options);
    if (!st)
        st = bc_merges_new(&made->merges);
    if (!st)
        st = start_renderings(made);
    if (!st)
        st = check_format(made, err);
    if (!st)
        st = start_ids(made);
    if (!st)
        st = bc_orphans_remove(made);
    if (st == BC_READ_ONLY) /* a store that is only looked at: the next writer removes them */
        st = BC_OK;
    if (!st && options->maintain)
        st = bc_maintainer_start(made);
    if (st) {
        if (err && !err->text[0])
            (void)bc_fail(err, st, "the store's records cannot be read: %s", bc_status_text(st));
        bc_repo_close(made);
        return st;
    }
    *repo = made;
    return BC_OK;
}

void bc_repo_close(struct bc_repo *repo)
{
    if (!repo)
        return;
    bc_maintain_release(repo);
    bc_merges_free(repo->merges);
    bc_renderings_free(repo->renderings);
    bc_progress_free(repo->progress);
    bc_free(repo->spool_directory);
    bc_free(repo->pins.slots);
    pthread_mutex_destroy(&repo->branches_lock);
    pthread_mutex_destroy(&repo->ids_lock);
    pthread_rwlock_destroy(&repo->collect_lock);
    pthread_mutex_destroy(&repo->layers_lock);
    pthread_mutex_destroy(&repo->pins_lock);
    pthread_mutex_destroy(&repo->texts_lock);
    pthread_mutex_destroy(&repo->table_lock);
    pthread_mutex_destroy(&repo->prefixes_lock);
    bc_free(repo);
}

struct bc_store *bc_repo_store(struct bc_repo *repo)
{
    return repo->store;
}

struct bc_progress *bc_repo_progress(struct bc_repo *repo)
{
    return repo->progress;
}

const struct bc_compute *bc_repo_compute(const struct bc_repo *repo)
{
    return repo->compute;
}

const char *bc_repo_spool_directory(const struct bc_repo *repo)
{
    return repo->spool_directory;
}

struct bc_pool *bc_repo_pool(const struct bc_repo *repo)
{
    return repo->pool;
}

enum bc_status bc_repo_sync(struct bc_repo *repo)
{
    return repo->store->ops->sync(repo->store);
}
