/* Nodes: their records through the stack of layers, and the batch that changes them. */
#include "branchcore/state.h"

#include <assert.h>

static enum bc_status row_get(struct bc_branch *branch, uint64_t layer, uint64_t node,
                              struct bc_value *value)
{
    struct bc_key key;
    bc_key_node(&key, layer, BC_ROW_NODE, node);
    return bc_store_get(branch->repo->store, NULL, BC_LAYERS, bc_key_slice(&key), value);
}

/* An index has no records of its own, but says which layer has them; it is found there. */
static enum bc_status record_get(struct bc_branch *branch, uint64_t layer, uint64_t node,
                                 struct bc_found *found)
{
    enum bc_status st = row_get(branch, layer, node, &found->value);
    uint64_t target;
    if (!st && bc_redirect_decode(found->value.slice, &target)) {
        bc_found_release(found);
        layer = target;
        st = row_get(branch, layer, node, &found->value);
        if (st == BC_NOT_FOUND)
            st = BC_CORRUPT;
    }
    if (st)
        return st;
    found->id = node;
    found->layer = layer;
    st = bc_node_decode(found->value.slice, &found->record);
    if (st)
        bc_found_release(found);
    return st;
}

enum bc_status bc_node_find(struct bc_branch *branch, uint64_t node, struct bc_found *found)
{
    *found = (struct bc_found){0};
    if (branch->gone)
        return BC_STALE;
    enum bc_status st = BC_NOT_FOUND;
    if (branch->work_used)
        st = record_get(branch, branch->work, node, found);
    for (struct bc_layer *layer = branch->top; st == BC_NOT_FOUND && layer; layer = layer->parent)
        st = record_get(branch, layer->id, node, found);
    if (!st && found->record.kind == BC_GONE) {
        bc_found_release(found);
        st = BC_STALE;
    }
    return st == BC_NOT_FOUND ? BC_STALE : st;
}

enum bc_status bc_record_numbers(struct bc_repo *repo, uint64_t layer, uint64_t node,
                                 struct bc_node *record)
{
    struct bc_key key;
    struct bc_value value = {0};
    bc_key_node(&key, layer, BC_ROW_NODE, node);
    enum bc_status st = bc_store_get(repo->store, NULL, BC_LAYERS, bc_key_slice(&key), &value);
    if (!st)
        st = bc_node_decode(value.slice, record);
    if (!st)
        record->name = record->target = bc_slice("", 0);
    bc_value_release(&value);
    return st;
}

void bc_attr_of(const struct bc_found *found, struct bc_attr *attr)
{
    const struct bc_node *record = &found->record;
    *attr = (struct bc_attr){
        .node = found->id,
        .parent = record->parent,
        .kind = record->kind,
        .form = record->form,
        .mode = record->mode,
        .uid = record->uid,
        .gid = record->gid,
        .atime_ns = record->atime_ns,
        .mtime_ns = record->mtime_ns,
        .ctime_ns = record->ctime_ns,
        .btime_ns = record->btime_ns,
        .size_bytes = record->kind == BC_SYMLINK ? record->target.size : record->size_bytes,
        .triples = record->triples,
        .version = record->version,
    };
}

enum bc_status bc_update_begin(struct bc_branch *branch, struct bc_update *update)
{
    *update = (struct bc_update){.branch = branch, .now_ns = bc_now_ns()};
    return bc_branch_lock(branch);
}

enum bc_status bc_update_commit(struct bc_update *update, bool sync)
{
    struct bc_branch *branch = update->branch;
    enum bc_status st = bc_store_apply(branch->repo->store, &update->batch, sync);
    if (!st && update->batch.count)
        branch->work_used = true;
    pthread_rwlock_unlock(&branch->lock);
    for (size_t i = 0; !st && i < update->dropped_count; i++)
        bc_run_unreferenced(branch->repo, update->dropped[i]);
    bc_batch_release(&update->batch);
    return st;
}

void bc_update_abort(struct bc_update *update)
{
    pthread_rwlock_unlock(&update->branch->lock);
    bc_batch_release(&update->batch);
}

struct runs {
    uint64_t base;
    uint64_t delta;
};

static struct runs runs_of(const struct bc_node *record)
{
    return (struct runs){record->flags & BC_NODE_BASE ? record->run : 0, record->delta};
}

/* The runs that the stored record of the working set refers to. */
static struct runs stored_runs(const struct bc_update *update, const struct bc_found *found)
{
    struct bc_node record;
    if (!found->value.slice.size || found->layer != update->branch->work ||
        bc_node_decode(found->value.slice, &record))
        return (struct runs){0};
    return runs_of(&record);
}

static enum bc_status run_reference(struct bc_update *update, uint64_t node, uint64_t run, bool put)
{
    char key[25] = "u";
    bc_put_u64(key + 1, run);
    bc_put_u64(key + 9, update->branch->work);
    bc_put_u64(key + 17, node);
    struct bc_slice slice = bc_slice(key, sizeof key);
    if (put)
        return bc_batch_put(&update->batch, BC_REFS, slice, bc_slice("", 0));
    assert(update->dropped_count < sizeof update->dropped / sizeof *update->dropped);
    update->dropped[update->dropped_count++] = run;
    return bc_batch_delete(&update->batch, BC_REFS, slice);
}

static bool has_run(struct runs runs, uint64_t run)
{
    return run && (runs.base == run || runs.delta == run);
}

/* A record may refer to one run twice: it has one reference then. */
static enum bc_status move_run_references(struct bc_update *update, const struct bc_found *found,
                                          struct runs runs)
{
    struct runs old = stored_runs(update, found);
    enum bc_status st = BC_OK;
    if (old.base && !has_run(runs, old.base))
        st = run_reference(update, found->id, old.base, false);
    if (!st && old.delta && old.delta != old.base && !has_run(runs, old.delta))
        st = run_reference(update, found->id, old.delta, false);
    if (!st && runs.base && !has_run(old, runs.base))
        st = run_reference(update, found->id, runs.base, true);
    if (!st && runs.delta && runs.delta != runs.base && !has_run(old, runs.delta))
        st = run_reference(update, found->id, runs.delta, true);
    return st;
}

void bc_node_own(struct bc_update *update, struct bc_found *found)
{
    if (found->layer == update->branch->work)
        return;
    struct bc_node *record = &found->record;
    record->below = found->layer;
    record->flags = 0;
    record->run = 0;
    record->delta = 0;
    record->cut_bytes = record->size_bytes;
    /* A record that is only now made has no layer below. */
    found->layer = update->branch->work;
    found->value.slice.size = 0;
}

enum bc_status bc_node_put(struct bc_update *update, struct bc_found *found)
{
    bc_node_own(update, found);
    struct bc_buffer value = {0};
    struct bc_key key;
    bc_key_node(&key, update->branch->work, BC_ROW_NODE, found->id);
    enum bc_status st = bc_node_encode(&found->record, &value);
    if (!st)
        st = bc_batch_put(&update->batch, BC_LAYERS, bc_key_slice(&key), bc_buffer_slice(&value));
    bc_buffer_release(&value);
    if (!st)
        st = move_run_references(update, found, runs_of(&found->record));
    return st;
}

enum bc_status bc_node_delete(struct bc_update *update, struct bc_found *found)
{
    struct bc_node old = found->record;
    bool own = found->layer == update->branch->work;
    enum bc_status st = BC_OK;
    if (own && (old.flags & BC_NODE_DELTA))
        st = bc_rows_delete(update, old.form == BC_TEXT ? BC_ROW_LINE : BC_ROW_CHUNK, found->id, 0);
    if (!st && own && (old.flags & BC_NODE_XATTR))
        st = bc_rows_delete(update, BC_ROW_XATTR, found->id, 0);
    if (st)
        return st;
    if (own && !old.below) {
        struct bc_key key;
        bc_key_node(&key, update->branch->work, BC_ROW_NODE, found->id);
        st = bc_batch_delete(&update->batch, BC_LAYERS, bc_key_slice(&key));
        return st ? st : move_run_references(update, found, (struct runs){0});
    }
    bc_node_own(update, found);
    found->record = (struct bc_node){.kind = BC_GONE, .below = found->record.below};
    return bc_node_put(update, found);
}

enum bc_status bc_rows_delete(struct bc_update *update, char kind, uint64_t node, uint64_t first)
{
    /* Range tombstones slow every later walk down: they are for many rows only. */
    enum { SINGLY = 256 };
    struct bc_key lower;
    struct bc_key upper;
    bc_key_node(&upper, update->branch->work, kind, node);
    lower = upper;
    bc_key_behind(&upper);
    if (kind == BC_ROW_CHUNK)
        bc_key_chunk(&lower, update->branch->work, node, first);
    struct bc_cursor *cursor = NULL;
    enum bc_status st = bc_store_cursor(update->branch->repo->store, NULL, BC_LAYERS,
                                        bc_key_slice(&lower), bc_key_slice(&upper), false, &cursor);
    if (st)
        return st;
    size_t count = 0;
    for (cursor->ops->first(cursor); !st && cursor->valid && count < SINGLY;
         cursor->ops->next(cursor), count++)
        st = bc_batch_delete(&update->batch, BC_LAYERS, cursor->key);
    if (!st)
        st = cursor->status;
    if (!st && cursor->valid)
        st = bc_batch_delete_range(&update->batch, BC_LAYERS, bc_key_slice(&lower),
                                   bc_key_slice(&upper));
    bc_cursor_free(cursor);
    return st;
}

static enum bc_status add_source(struct bc_content *content, struct bc_change_source source)
{
    size_t count = content->source_count;
    if (!source.layer && !source.delta)
        return BC_OK;
    if ((count & (count - 1)) == 0) {
        struct bc_change_source *sources =
            bc_realloc_array(content->sources, count ? count * 2 : 1, sizeof *sources);
        if (!sources)
            return BC_NO_MEMORY;
        content->sources = sources;
    }
    content->sources[content->source_count++] = source;
    return BC_OK;
}

static void reverse(struct bc_change_source *values, size_t count)
{
    for (size_t i = 0; i < count / 2; i++) {
        struct bc_change_source value = values[i];
        values[i] = values[count - 1 - i];
        values[count - 1 - i] = value;
    }
}

enum bc_status bc_content_resolve(struct bc_branch *branch, const struct bc_found *found,
                                  struct bc_content *content)
{
    *content = (struct bc_content){
        .node = found->id,
        .size_bytes = found->record.size_bytes,
        .triples = found->record.triples,
        .quads = found->record.quads,
        .version = found->record.version,
    };
    struct bc_found lower = {.id = found->id, .layer = found->layer, .record = found->record};
    enum bc_status st = BC_OK;
    while (lower.record.form == BC_TEXT) {
        unsigned flags = lower.record.flags;
        bool base = flags & BC_NODE_BASE;
        struct bc_change_source source = {0};
        if (!(base && (flags & BC_NODE_COVERS))) {
            source.layer = flags & BC_NODE_DELTA ? lower.layer : 0;
            source.delta = base ? 0 : lower.record.delta;
        } else if (flags & BC_NODE_JOINED) {
            source.layer = lower.layer;
            source.joined = true;
        }
        st = add_source(content, source);
        if (base)
            content->run = lower.record.run;
        uint64_t below = lower.record.below;
        uint64_t above = lower.layer;
        bc_found_release(&lower);
        if (st || base || !below)
            break;
        st = below < above ? record_get(branch, below, found->id, &lower) : BC_CORRUPT;
        if (st) {
            st = st == BC_NOT_FOUND ? BC_CORRUPT : st;
            break;
        }
    }
    bc_found_release(&lower);
    if (st)
        bc_content_release(content);
    else
        reverse(content->sources, content->source_count);
    return st;
}
