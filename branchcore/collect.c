/* Collecting what nothing refers to: layers and runs that a crash left behind or that lost their
 * last reference, indexes that newer ones have replaced, commits that no name leads to.
 *
 * Most of the work is done beside everything else: what is in use is marked, and what is not,
 * listed. Then, with the list of branches and the loading of layers locked for a moment, what came
 * into use since is marked too, and what is still not in use goes, in one batch. Ids are never used
 * twice, and what is in no row, not pinned and not in memory at that moment nobody can refer to any
 * more. */
#include "branchcore/commit_record.h"
#include "branchcore/live.h"
#include "branchcore/shown_size.h"

struct sweep {
    struct bc_repo *repo;
    struct bc_snapshot *snapshot; /* of the first look */
    struct bc_live live;
    struct bc_buffer layers;     /* u64 each: had rows, and were not in use */
    struct bc_buffer records;    /* u64 each: had a record, likewise */
    struct bc_buffer sizes;      /* u64 each: had sizes of what it shows, likewise */
    struct bc_buffer commits;    /* ids, and u64 layer behind each */
    struct bc_buffer references; /* keys "u" of layers that were not in use, 25 bytes each */
    struct bc_id_counts runs;    /* that are in use */
    struct bc_batch batch;
    struct bc_collected collected;
};

enum { REFERENCE_BYTES = 25, REFERENCE_RUN_AT = 1, REFERENCE_LAYER_AT = 9, COMMIT_BYTES = 40 };

/* Calls visit for each id that keys of the family start with, by hopping from one to the next. */
static enum bc_status each_id(struct sweep *sweep, enum bc_family family, char prefix,
                              enum bc_status (*visit)(struct sweep *sweep, uint64_t id))
{
    size_t at = prefix ? 1 : 0;
    struct bc_cursor *cursor = NULL;
    enum bc_status st = bc_store_cursor(sweep->repo->store, sweep->snapshot, family,
                                        bc_slice(&prefix, at), bc_slice("", 0), false, &cursor);
    if (st)
        return st;
    cursor->ops->first(cursor);
    while (!st && cursor->valid && cursor->key.size >= at + 8 &&
           (!at || cursor->key.data[0] == prefix)) {
        char next[9] = {prefix};
        uint64_t id = bc_get_u64(cursor->key.data + at);
        st = visit(sweep, id);
        if (id == UINT64_MAX)
            break;
        bc_put_u64(next + at, id + 1);
        if (!st)
            cursor->ops->seek(cursor, bc_slice(next, at + 8));
    }
    if (!st)
        st = cursor->status;
    bc_cursor_free(cursor);
    return st;
}

static enum bc_status list_layer(struct sweep *sweep, uint64_t id)
{
    return bc_live_has(&sweep->live, id) ? BC_OK : bc_encode_u64(&sweep->layers, id);
}

static enum bc_status list_record(struct sweep *sweep, uint64_t id)
{
    return bc_live_has(&sweep->live, id) ? BC_OK : bc_encode_u64(&sweep->records, id);
}

static enum bc_status list_sizes(struct sweep *sweep, uint64_t id)
{
    return bc_live_has(&sweep->live, id) ? BC_OK : bc_encode_u64(&sweep->sizes, id);
}

static enum bc_status list_commit(void *context, const struct bc_commit_id *id,
                                  const struct bc_commit_record *record)
{
    struct sweep *sweep = context;
    if (bc_commit_set_has(&sweep->live.commits, id))
        return BC_OK;
    enum bc_status st = bc_buffer_append(&sweep->commits, id->bytes, sizeof id->bytes);
    return st ? st : bc_encode_u64(&sweep->commits, record->commit.layer);
}

static enum bc_status list_references(struct sweep *sweep)
{
    struct bc_cursor *cursor = NULL;
    enum bc_status st = bc_store_cursor(sweep->repo->store, sweep->snapshot, BC_REFS,
                                        bc_slice("u", 1), bc_slice("v", 1), true, &cursor);
    if (st)
        return st;
    for (cursor->ops->first(cursor); !st && cursor->valid; cursor->ops->next(cursor)) {
        if (cursor->key.size != REFERENCE_BYTES)
            st = BC_CORRUPT;
        else if (bc_live_has(&sweep->live, bc_get_u64(cursor->key.data + REFERENCE_LAYER_AT)))
            st = bc_counts_add(&sweep->runs, bc_get_u64(cursor->key.data + REFERENCE_RUN_AT));
        else
            st = bc_buffer_append(&sweep->references, cursor->key.data, REFERENCE_BYTES);
    }
    if (!st)
        st = cursor->status;
    bc_cursor_free(cursor);
    return st;
}

/* What is not in use, as of a snapshot. */
static enum bc_status look(struct sweep *sweep)
{
    enum bc_status st = bc_live_mark_memory(&sweep->live, &sweep->snapshot);
    if (!st)
        st = bc_live_mark_rows(&sweep->live, sweep->snapshot);
    if (!st)
        st = each_id(sweep, BC_LAYERS, '\0', list_layer);
    if (!st)
        st = each_id(sweep, BC_REFS, 'l', list_record);
    if (!st)
        st = each_id(sweep, BC_REFS, 's', list_sizes);
    if (!st)
        st = bc_commit_each(sweep->repo, sweep->snapshot, list_commit, sweep);
    return st ? st : list_references(sweep);
}

/* A commit whose tree somebody has open may be referred to by what is made of that tree. */
static enum bc_status mark_open_commits(struct sweep *sweep)
{
    enum bc_status st = BC_OK;
    for (size_t at = 0; !st && at < sweep->commits.size; at += COMMIT_BYTES) {
        struct bc_commit_id id;
        uint64_t layer = bc_get_u64(sweep->commits.data + at + sizeof id.bytes);
        memcpy(id.bytes, sweep->commits.data + at, sizeof id.bytes);
        if (layer && bc_counts_find(&sweep->live.memory, layer))
            st = bc_live_mark_commit(&sweep->live, &id);
    }
    return st;
}

static enum bc_status drop_layers(struct sweep *sweep)
{
    enum bc_status st = BC_OK;
    for (size_t at = 0; !st && at < sweep->layers.size; at += 8) {
        uint64_t layer = bc_get_u64(sweep->layers.data + at);
        if (bc_live_has(&sweep->live, layer))
            continue;
        struct bc_key lower;
        bc_key_prefix(&lower, layer, 0);
        struct bc_key upper = lower;
        bc_key_behind(&upper);
        st = bc_batch_delete_range(&sweep->batch, BC_LAYERS, bc_key_slice(&lower),
                                   bc_key_slice(&upper));
        sweep->collected.layers++;
    }
    return st;
}

static enum bc_status drop_records(struct sweep *sweep)
{
    enum bc_status st = BC_OK;
    for (size_t at = 0; !st && at < sweep->records.size; at += 8) {
        char key[9] = "l";
        memcpy(key + 1, sweep->records.data + at, 8);
        if (!bc_live_has(&sweep->live, bc_get_u64(key + 1)))
            st = bc_batch_delete(&sweep->batch, BC_REFS, bc_slice(key, sizeof key));
    }
    return st;
}

static enum bc_status drop_sizes(struct sweep *sweep)
{
    enum bc_status st = BC_OK;
    for (size_t at = 0; !st && at < sweep->sizes.size; at += 8) {
        uint64_t layer = bc_get_u64(sweep->sizes.data + at);
        char lower[9];
        char upper[9];
        bc_shown_size_range(layer, lower, upper);
        if (!bc_live_has(&sweep->live, layer))
            st = bc_batch_delete_range(&sweep->batch, BC_REFS, bc_slice(lower, sizeof lower),
                                       bc_slice(upper, sizeof upper));
    }
    return st;
}

static enum bc_status drop_commits(struct sweep *sweep)
{
    enum bc_status st = BC_OK;
    for (size_t at = 0; !st && at < sweep->commits.size; at += COMMIT_BYTES) {
        struct bc_commit_id id;
        char key[BC_COMMIT_KEY_BYTES];
        memcpy(id.bytes, sweep->commits.data + at, sizeof id.bytes);
        if (bc_commit_set_has(&sweep->live.commits, &id))
            continue;
        bc_commit_key(&id, key);
        st = bc_batch_delete(&sweep->batch, BC_REFS, bc_slice(key, sizeof key));
        sweep->collected.commits++;
    }
    return st;
}

/* References of dead layers to runs go with them. */
static enum bc_status drop_references(struct sweep *sweep)
{
    enum bc_status st = BC_OK;
    for (size_t at = 0; !st && at < sweep->references.size; at += REFERENCE_BYTES) {
        const char *key = sweep->references.data + at;
        if (bc_live_has(&sweep->live, bc_get_u64(key + REFERENCE_LAYER_AT)))
            st = bc_counts_add(&sweep->runs, bc_get_u64(key + REFERENCE_RUN_AT));
        else
            st = bc_batch_delete(&sweep->batch, BC_REFS, bc_slice(key, REFERENCE_BYTES));
    }
    return st;
}

static enum bc_status drop_locked(struct sweep *sweep)
{
    struct bc_snapshot *now = NULL;
    enum bc_status st = bc_live_mark_memory(&sweep->live, &now);
    if (!st)
        st = bc_live_mark_rows(&sweep->live, now);
    sweep->repo->store->ops->snapshot_free(sweep->repo->store, now);
    if (!st)
        st = mark_open_commits(sweep);
    if (!st)
        st = drop_layers(sweep);
    if (!st)
        st = drop_records(sweep);
    if (!st)
        st = drop_sizes(sweep);
    if (!st)
        st = drop_commits(sweep);
    if (!st)
        st = drop_references(sweep);
    if (!st && sweep->batch.count)
        st = bc_store_apply(sweep->repo->store, &sweep->batch, false);
    return st;
}

static enum bc_status drop(struct sweep *sweep)
{
    struct bc_repo *repo = sweep->repo;
    pthread_mutex_lock(&repo->branches_lock);
    pthread_rwlock_wrlock(&repo->collect_lock);
    enum bc_status st = drop_locked(sweep);
    pthread_rwlock_unlock(&repo->collect_lock);
    pthread_mutex_unlock(&repo->branches_lock);
    return st;
}

/* A run that had no reference, and none now: what was pinned then, or is, is marked. */
static enum bc_status drop_run(struct sweep *sweep, uint64_t id)
{
    if (bc_counts_find(&sweep->runs, id) || bc_counts_find(&sweep->live.alone, id))
        return BC_OK;
    sweep->collected.runs++;
    return sweep->repo->store->ops->run_drop(sweep->repo->store, id);
}

static void release(struct sweep *sweep)
{
    sweep->repo->store->ops->snapshot_free(sweep->repo->store, sweep->snapshot);
    bc_buffer_release(&sweep->layers);
    bc_buffer_release(&sweep->records);
    bc_buffer_release(&sweep->sizes);
    bc_buffer_release(&sweep->commits);
    bc_buffer_release(&sweep->references);
    bc_free(sweep->runs.slots);
    bc_batch_release(&sweep->batch);
    bc_live_release(&sweep->live);
}

enum bc_status bc_repo_collect(struct bc_repo *repo, struct bc_collected *collected)
{
    struct sweep sweep = {.repo = repo, .live = {.repo = repo}};
    enum bc_status st = look(&sweep);
    if (!st)
        st = drop(&sweep);
    if (!st)
        st = each_id(&sweep, BC_RUNS, '\0', drop_run);
    if (!st && collected) {
        collected->layers += sweep.collected.layers;
        collected->runs += sweep.collected.runs;
        collected->commits += sweep.collected.commits;
    }
    release(&sweep);
    return st;
}
