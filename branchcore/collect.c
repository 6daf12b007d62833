/* Collecting what nothing refers to: layers and runs that a crash left behind, or that lost their
 * last reference while the store could not drop them. Ids are never used twice, and one that is
 * neither referred to nor pinned at one moment cannot be referred to again, so one look at the
 * references and the pins, both as of that moment, is enough. */
#include "branchcore/branch_record.h"
#include "branchcore/layer_record.h"
#include "branchcore/model.h"
#include "branchcore/reflog.h"
#include "branchcore/rejected.h"

/* What is in use: stacks, each layer with all below it; and what stands alone: working sets,
 * rejected texts' layers, what is pinned. */
struct live {
    struct bc_id_counts stacked;
    struct bc_id_counts alone;
};

static bool is_live(struct live *live, uint64_t id)
{
    return bc_counts_find(&live->stacked, id) || bc_counts_find(&live->alone, id);
}

static void release_live(struct live *live)
{
    bc_free(live->stacked.slots);
    bc_free(live->alone.slots);
}

static enum bc_status mark_stack(struct bc_repo *repo, uint64_t layer, struct live *live)
{
    while (layer && !bc_counts_find(&live->stacked, layer)) {
        uint64_t parent;
        enum bc_status st = bc_counts_add(&live->stacked, layer);
        if (!st)
            st = bc_layer_record_get(repo->store, layer, &parent);
        if (st)
            return st == BC_NOT_FOUND ? BC_CORRUPT : st;
        layer = parent;
    }
    return BC_OK;
}

static enum bc_status mark_branch_record(struct bc_repo *repo, struct bc_slice value,
                                         struct live *live)
{
    struct bc_branch_record record;
    enum bc_status st = bc_branch_record_decode(value, &record);
    if (!st)
        st = bc_counts_add(&live->alone, record.work);
    if (!st)
        st = mark_stack(repo, record.top, live);
    return st ? st : mark_stack(repo, record.base, live);
}

static enum bc_status mark_row(struct bc_repo *repo, const struct bc_cursor *cursor,
                               struct live *live)
{
    struct bc_reflog_record entry;
    uint64_t layer;
    enum bc_status st;
    switch (cursor->key.data[0]) {
    case 'B':
        return mark_branch_record(repo, cursor->value, live);
    case 'g':
        st = bc_reflog_record_decode(cursor->value, &entry);
        if (!st && entry.branch_record.size)
            st = mark_branch_record(repo, entry.branch_record, live);
        return st;
    case 'j':
        st = bc_rejected_layer(cursor->value, &layer);
        return st ? st : bc_counts_add(&live->alone, layer);
    default:
        return BC_OK;
    }
}

static enum bc_status mark(struct bc_repo *repo, struct bc_snapshot *snapshot, struct live *live)
{
    struct bc_cursor *cursor = NULL;
    enum bc_status st = bc_store_cursor(repo->store, snapshot, BC_REFS, bc_slice("", 0),
                                        bc_slice("", 0), true, &cursor);
    if (st)
        return st;
    for (cursor->ops->first(cursor); !st && cursor->valid; cursor->ops->next(cursor)) {
        if (cursor->key.size)
            st = mark_row(repo, cursor, live);
    }
    if (!st)
        st = cursor->status;
    bc_cursor_free(cursor);
    return st;
}

/* A snapshot, and what was pinned at its moment: a writer unpins only after its batch. */
static enum bc_status look(struct bc_repo *repo, struct bc_snapshot **snapshot,
                           struct bc_id_counts *pinned)
{
    pthread_mutex_lock(&repo->pins_lock);
    enum bc_status st = BC_OK;
    for (size_t i = 0; !st && i < repo->pins.capacity; i++) {
        if (repo->pins.slots[i].id)
            st = bc_counts_add(pinned, repo->pins.slots[i].id);
    }
    if (!st)
        st = repo->store->ops->snapshot_new(repo->store, snapshot);
    pthread_mutex_unlock(&repo->pins_lock);
    return st;
}

/* Calls visit for each id that keys of the family start with, by hopping from one to the next. */
static enum bc_status each_id(struct bc_repo *repo, struct bc_snapshot *snapshot,
                              enum bc_family family, char prefix,
                              enum bc_status (*visit)(void *context, uint64_t id), void *context)
{
    size_t at = prefix ? 1 : 0;
    struct bc_cursor *cursor = NULL;
    enum bc_status st = bc_store_cursor(repo->store, snapshot, family, bc_slice(&prefix, at),
                                        bc_slice("", 0), false, &cursor);
    if (st)
        return st;
    cursor->ops->first(cursor);
    while (!st && cursor->valid && cursor->key.size >= at + 8 &&
           (!at || cursor->key.data[0] == prefix)) {
        char next[9] = {prefix};
        uint64_t id = bc_get_u64(cursor->key.data + at);
        st = visit(context, id);
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

struct sweep {
    struct bc_repo *repo;
    struct live live;
    struct bc_batch batch; /* of dead layers' rows and records */
    uint64_t layers;
    uint64_t runs;
};

static enum bc_status sweep_layer(void *context, uint64_t id)
{
    struct sweep *sweep = context;
    if (is_live(&sweep->live, id))
        return BC_OK;
    struct bc_key lower;
    bc_key_prefix(&lower, id, 0);
    struct bc_key upper = lower;
    bc_key_behind(&upper);
    sweep->layers++;
    return bc_batch_delete_range(&sweep->batch, BC_LAYERS, bc_key_slice(&lower),
                                 bc_key_slice(&upper));
}

static enum bc_status sweep_layer_record(void *context, uint64_t id)
{
    struct sweep *sweep = context;
    char key[9] = "l";
    if (is_live(&sweep->live, id))
        return BC_OK;
    bc_put_u64(key + 1, id);
    return bc_batch_delete(&sweep->batch, BC_REFS, bc_slice(key, sizeof key));
}

/* References of dead layers to runs go with them. */
static enum bc_status sweep_references(struct sweep *sweep, struct bc_snapshot *snapshot,
                                       struct live *runs)
{
    struct bc_cursor *cursor = NULL;
    enum bc_status st = bc_store_cursor(sweep->repo->store, snapshot, BC_REFS, bc_slice("u", 1),
                                        bc_slice("v", 1), true, &cursor);
    if (st)
        return st;
    for (cursor->ops->first(cursor); !st && cursor->valid; cursor->ops->next(cursor)) {
        if (cursor->key.size != 25) {
            st = BC_CORRUPT;
            break;
        }
        uint64_t run = bc_get_u64(cursor->key.data + 1);
        uint64_t layer = bc_get_u64(cursor->key.data + 9);
        bool dead = !is_live(&sweep->live, layer);
        st = dead ? bc_batch_delete(&sweep->batch, BC_REFS, cursor->key)
                  : bc_counts_add(&runs->stacked, run);
    }
    if (!st)
        st = cursor->status;
    bc_cursor_free(cursor);
    return st;
}

struct run_sweep {
    struct bc_repo *repo;
    struct live live;
    uint64_t dropped;
};

static enum bc_status sweep_run(void *context, uint64_t id)
{
    struct run_sweep *sweep = context;
    if (is_live(&sweep->live, id))
        return BC_OK;
    sweep->dropped++;
    return sweep->repo->store->ops->run_drop(sweep->repo->store, id);
}

static enum bc_status collect(struct sweep *sweep, struct run_sweep *runs,
                              struct bc_snapshot *snapshot)
{
    struct bc_repo *repo = sweep->repo;
    enum bc_status st = mark(repo, snapshot, &sweep->live);
    if (!st)
        st = each_id(repo, snapshot, BC_LAYERS, '\0', sweep_layer, sweep);
    if (!st)
        st = each_id(repo, snapshot, BC_REFS, 'l', sweep_layer_record, sweep);
    if (!st)
        st = sweep_references(sweep, snapshot, &runs->live);
    if (!st && sweep->batch.count)
        st = bc_store_apply(repo->store, &sweep->batch, false);
    if (!st)
        st = each_id(repo, snapshot, BC_RUNS, '\0', sweep_run, runs);
    return st;
}

enum bc_status bc_repo_collect(struct bc_repo *repo, struct bc_collected *collected)
{
    struct bc_snapshot *snapshot = NULL;
    struct sweep sweep = {.repo = repo};
    struct run_sweep runs = {.repo = repo};
    enum bc_status st = look(repo, &snapshot, &runs.live.alone);
    for (size_t i = 0; !st && i < runs.live.alone.capacity; i++) {
        if (runs.live.alone.slots[i].id)
            st = bc_counts_add(&sweep.live.alone, runs.live.alone.slots[i].id);
    }
    if (!st)
        st = collect(&sweep, &runs, snapshot);
    repo->store->ops->snapshot_free(repo->store, snapshot);
    bc_batch_release(&sweep.batch);
    release_live(&sweep.live);
    release_live(&runs.live);
    if (!st && collected) {
        collected->layers += sweep.layers;
        collected->runs += runs.dropped;
    }
    return st;
}

struct orphans {
    struct bc_buffer keys; /* bytes each */
};

/* A branch whose working set is `work`, if there is one. */
struct owner {
    uint64_t work;
    char name[BC_BRANCH_NAME_MAX + 1];
};

static enum bc_status look_for_owner(void *context, const struct bc_branch_info *info)
{
    struct owner *owner = context;
    if (info->work == owner->work)
        memcpy(owner->name, info->name, strlen(info->name) + 1);
    return BC_OK;
}

/* The node's rows go, if its working set is still one; a frozen layer keeps it unseen. */
static enum bc_status remove_orphan(struct bc_repo *repo, struct bc_slice key)
{
    struct owner owner = {.work = bc_get_u64(key.data + 1)};
    struct bc_branch *branch = NULL;
    struct bc_update update;
    struct bc_found found;
    struct bc_batch batch = {0};
    enum bc_status st = bc_branch_each(repo, look_for_owner, &owner);
    if (!st && owner.name[0])
        st = bc_branch_open(repo, bc_slice(owner.name, strlen(owner.name)), &branch);
    if (!st && branch) {
        st = bc_update_begin(branch, &update);
        if (!st) {
            st = bc_node_find(branch, bc_get_u64(key.data + 9), &found);
            if (!st && !found.record.parent)
                st = bc_node_delete(&update, &found);
            if (!st)
                st = bc_update_commit(&update, false);
            else
                bc_update_abort(&update);
            bc_found_release(&found);
        }
    }
    bc_branch_release(branch);
    if (st && st != BC_STALE)
        return st;
    st = bc_batch_delete(&batch, BC_REFS, key);
    if (!st)
        st = bc_store_apply(repo->store, &batch, false);
    bc_batch_release(&batch);
    return st;
}

enum bc_status bc_orphans_remove(struct bc_repo *repo)
{
    struct orphans orphans = {0};
    struct bc_cursor *cursor = NULL;
    enum bc_status st = bc_store_cursor(repo->store, NULL, BC_REFS, bc_slice("o", 1),
                                        bc_slice("p", 1), false, &cursor);
    if (st)
        return st;
    for (cursor->ops->first(cursor); !st && cursor->valid; cursor->ops->next(cursor))
        st = cursor->key.size == 17 ? bc_encode_bytes(&orphans.keys, cursor->key) : BC_CORRUPT;
    if (!st)
        st = cursor->status;
    bc_cursor_free(cursor);
    struct bc_reader from = bc_reader(bc_buffer_slice(&orphans.keys));
    while (!st && from.at < from.end) {
        st = remove_orphan(repo, bc_decode_bytes(&from));
        /* The check tells of the damage; the rest of the store can be used, or only read. */
        if (st == BC_CORRUPT || st == BC_READ_ONLY)
            st = BC_OK;
    }
    bc_buffer_release(&orphans.keys);
    return st;
}
