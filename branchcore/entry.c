#include "branchcore/entry.h"

#include <assert.h>

enum bc_status bc_entry_decode(struct bc_slice value, struct bc_entry *entry)
{
    if (value.size != BC_ENTRY_BYTES || (unsigned char)value.data[8] > BC_SYMLINK)
        return BC_CORRUPT;
    entry->node = bc_get_u64(value.data);
    entry->kind = (enum bc_kind)value.data[8];
    return BC_OK;
}

enum bc_status bc_entry_put(struct bc_update *update, uint64_t parent, struct bc_slice name,
                            uint64_t node, enum bc_kind kind)
{
    char value[BC_ENTRY_BYTES];
    struct bc_key key;
    bc_put_u64(value, node);
    value[8] = (char)kind;
    bc_key_entry(&key, update->branch->work, parent, name);
    return bc_batch_put(&update->batch, BC_LAYERS, bc_key_slice(&key),
                        bc_slice(value, sizeof value));
}

enum bc_status bc_entry_remove(struct bc_update *update, uint64_t parent, struct bc_slice name)
{
    bool below;
    enum bc_status st = bc_entry_below(update->branch, parent, name, &below);
    if (st)
        return st;
    if (below)
        return bc_entry_put(update, parent, name, 0, BC_GONE);
    struct bc_key key;
    bc_key_entry(&key, update->branch->work, parent, name);
    return bc_batch_delete(&update->batch, BC_LAYERS, bc_key_slice(&key));
}

/* The layers that have rows of a folder, topmost first, each with its cursor. */
struct sources {
    struct bc_cursor **cursors;
    size_t count;
};

static void sources_release(struct sources *sources)
{
    for (size_t i = 0; i < sources->count; i++)
        bc_cursor_free(sources->cursors[i]);
    bc_free(sources->cursors);
}

static enum bc_status add_source(struct bc_branch *branch, struct bc_cursor *probe, uint64_t layer,
                                 uint64_t folder, struct sources *sources)
{
    struct bc_key lower;
    bc_key_node(&lower, layer, BC_ROW_ENTRY, folder);
    probe->ops->seek(probe, bc_key_slice(&lower));
    if (probe->status)
        return probe->status;
    if (!probe->valid || probe->key.size < lower.size ||
        memcmp(probe->key.data, lower.bytes, lower.size) != 0)
        return BC_OK;
    size_t count = sources->count;
    if ((count & (count - 1)) == 0) {
        struct bc_cursor **cursors =
            bc_realloc_array(sources->cursors, count ? count * 2 : 1, sizeof(struct bc_cursor *));
        if (!cursors)
            return BC_NO_MEMORY;
        sources->cursors = cursors;
    }
    struct bc_key upper = lower;
    bc_key_behind(&upper);
    enum bc_status st = bc_store_cursor(branch->repo->store, NULL, BC_LAYERS, bc_key_slice(&lower),
                                        bc_key_slice(&upper), false, &sources->cursors[count]);
    if (st)
        return st;
    sources->count++;
    sources->cursors[count]->ops->first(sources->cursors[count]);
    return sources->cursors[count]->status;
}

static enum bc_status open_sources(struct bc_branch *branch, uint64_t folder,
                                   struct sources *sources)
{
    /* One cursor looks into all layers; only those that have the folder get one of their own. */
    struct bc_cursor *probe = NULL;
    enum bc_status st = bc_store_cursor(branch->repo->store, NULL, BC_LAYERS, bc_slice("", 0),
                                        bc_slice("", 0), false, &probe);
    if (!st && branch->work_used)
        st = add_source(branch, probe, branch->work, folder, sources);
    for (struct bc_layer *layer = branch->top; !st && layer; layer = layer->parent)
        st = add_source(branch, probe, layer->id, folder, sources);
    bc_cursor_free(probe);
    return st;
}

static struct bc_slice entry_name(const struct bc_cursor *cursor)
{
    enum { NAME_AT = 17 };
    return bc_slice(cursor->key.data + NAME_AT, cursor->key.size - NAME_AT);
}

/* The cursor with the least name; of equal ones the topmost layer's. -1 at the end. */
static long least(const struct sources *sources)
{
    long best = -1;
    for (size_t i = 0; i < sources->count; i++) {
        if (!sources->cursors[i]->valid)
            continue;
        if (best < 0 || bc_slice_compare(entry_name(sources->cursors[i]),
                                         entry_name(sources->cursors[best])) < 0)
            best = (long)i;
    }
    return best;
}

/* Moves every cursor that stands at the name, the given one last: its key holds the name. */
static enum bc_status step(struct sources *sources, size_t best)
{
    struct bc_slice name = entry_name(sources->cursors[best]);
    for (size_t i = 0; i < sources->count; i++) {
        struct bc_cursor *cursor = sources->cursors[i];
        if (i == best || !cursor->valid || !bc_slice_equal(entry_name(cursor), name))
            continue;
        cursor->ops->next(cursor);
        if (cursor->status)
            return cursor->status;
    }
    sources->cursors[best]->ops->next(sources->cursors[best]);
    return sources->cursors[best]->status;
}

enum bc_status bc_entries_each(struct bc_branch *branch, uint64_t folder, bc_entry_sink sink,
                               void *context)
{
    struct sources sources = {0};
    enum bc_status st = open_sources(branch, folder, &sources);
    for (long best; !st && (best = least(&sources)) >= 0;) {
        struct bc_entry entry;
        assert(sources.cursors); /* one of them is the least */
        const struct bc_cursor *cursor = sources.cursors[best];
        st = bc_entry_decode(cursor->value, &entry);
        if (!st && entry.node)
            st = sink(context, entry_name(cursor), entry.node, entry.kind);
        if (!st)
            st = step(&sources, (size_t)best);
    }
    sources_release(&sources);
    return st;
}

static enum bc_status list_locked(struct bc_branch *branch, uint64_t folder, bc_entry_sink sink,
                                  void *context)
{
    struct bc_found found;
    enum bc_status st = bc_folder_find(branch, folder, &found);
    if (st)
        return st;
    bc_found_release(&found);
    return bc_entries_each(branch, folder, sink, context);
}

enum bc_status bc_tree_list(struct bc_branch *branch, uint64_t folder, bc_entry_sink sink,
                            void *context)
{
    pthread_rwlock_rdlock(&branch->lock);
    enum bc_status st = list_locked(branch, folder, sink, context);
    pthread_rwlock_unlock(&branch->lock);
    return st;
}

struct with_attr {
    struct bc_branch *branch;
    bc_attr_sink sink;
    void *context;
};

static enum bc_status add_attr(void *context, struct bc_slice name, uint64_t node,
                               enum bc_kind kind)
{
    (void)kind;
    struct with_attr *with = context;
    struct bc_found found;
    struct bc_attr attr;
    enum bc_status st = bc_node_find(with->branch, node, &found);
    if (st)
        return st == BC_STALE ? BC_CORRUPT : st;
    bc_attr_of(&found, &attr);
    bc_found_release(&found);
    return with->sink(with->context, name, &attr);
}

enum bc_status bc_tree_list_attr(struct bc_branch *branch, uint64_t folder, bc_attr_sink sink,
                                 void *context)
{
    struct with_attr with = {branch, sink, context};
    return bc_tree_list(branch, folder, add_attr, &with);
}
