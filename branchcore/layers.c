/* Frozen layers in memory: one object a layer, however many branches have it in their stacks. */
#include "branchcore/layer_record.h"
#include "branchcore/model.h"

static struct bc_layer **bucket(struct bc_repo *repo, uint64_t id)
{
    return &repo->layers[id % BC_LAYER_BUCKETS];
}

static struct bc_layer *find(struct bc_repo *repo, uint64_t id)
{
    struct bc_layer *layer = *bucket(repo, id);
    while (layer && layer->id != id)
        layer = layer->next;
    return layer;
}

struct bc_layer *bc_layer_retain(struct bc_repo *repo, struct bc_layer *layer)
{
    if (layer) {
        pthread_mutex_lock(&repo->layers_lock);
        layer->refs++;
        pthread_mutex_unlock(&repo->layers_lock);
    }
    return layer;
}

void bc_layer_release(struct bc_repo *repo, struct bc_layer *layer)
{
    pthread_mutex_lock(&repo->layers_lock);
    while (layer && --layer->refs == 0) {
        struct bc_layer **link = bucket(repo, layer->id);
        while (*link != layer)
            link = &(*link)->next;
        *link = layer->next;
        struct bc_layer *parent = layer->parent;
        bc_free(layer);
        layer = parent;
    }
    pthread_mutex_unlock(&repo->layers_lock);
}

/* made: what it is if it is not known yet; copied. */
static struct bc_layer *add(struct bc_repo *repo, const struct bc_layer *made)
{
    struct bc_layer *layer = bc_alloc_zero(sizeof *layer);
    if (!layer)
        return NULL;
    pthread_mutex_lock(&repo->layers_lock);
    struct bc_layer *known = find(repo, made->id);
    if (known) {
        known->refs++;
        bc_free(layer);
        layer = known;
    } else {
        *layer = *made;
        layer->depth = made->parent ? made->parent->depth + 1 : 1;
        layer->refs = 1;
        if (layer->parent)
            layer->parent->refs++;
        layer->next = *bucket(repo, layer->id);
        *bucket(repo, layer->id) = layer;
    }
    pthread_mutex_unlock(&repo->layers_lock);
    return layer;
}

struct bc_layer *bc_layer_add(struct bc_repo *repo, uint64_t id, struct bc_layer *parent)
{
    return add(repo, &(struct bc_layer){.id = id, .state = id, .parent = parent});
}

struct bc_layer *bc_layer_add_index(struct bc_repo *repo, uint64_t id, struct bc_layer *parent,
                                    uint64_t state, uint64_t rows)
{
    struct bc_layer made = {
        .id = id, .state = state, .parent = parent, .rows = rows, .rows_known = true};
    return add(repo, &made);
}

static struct bc_layer *known_layer(struct bc_repo *repo, uint64_t id)
{
    pthread_mutex_lock(&repo->layers_lock);
    struct bc_layer *layer = find(repo, id);
    if (layer)
        layer->refs++;
    pthread_mutex_unlock(&repo->layers_lock);
    return layer;
}

/* Layers of a stack that are not in memory, highest first. */
struct pending {
    struct bc_buffer layers; /* struct bc_layer each: what their records say */
    struct bc_layer *known;  /* the first one in memory, with a reference; NULL: there is none */
};

static enum bc_status read_record(struct bc_repo *repo, uint64_t id, struct bc_layer *layer,
                                  uint64_t *parent)
{
    struct bc_layer_record record;
    enum bc_status st = bc_layer_record_read(repo->store, id, &record);
    if (st)
        return st == BC_NOT_FOUND ? BC_CORRUPT : st;
    *layer = (struct bc_layer){.id = id,
                               .state = record.same ? record.same : id,
                               .rows = record.rows,
                               .rows_known = record.same != 0};
    *parent = record.parent;
    return BC_OK;
}

static enum bc_status read_stack(struct bc_repo *repo, uint64_t id, struct pending *pending)
{
    /* A state is always younger than the one that it was made on, an index younger than what it is
     * the same as: a damaged record cannot make a loop. */
    uint64_t above = UINT64_MAX;
    while (id && !(pending->known = known_layer(repo, id))) {
        struct bc_layer layer;
        uint64_t parent;
        enum bc_status st = read_record(repo, id, &layer, &parent);
        if (!st && (layer.state >= above || layer.state > id))
            st = BC_CORRUPT;
        if (!st)
            st = bc_buffer_append(&pending->layers, &layer, sizeof layer);
        if (st)
            return st;
        above = layer.state;
        id = parent;
    }
    return !pending->known || pending->known->state < above ? BC_OK : BC_CORRUPT;
}

static enum bc_status add_pending(struct bc_repo *repo, struct pending *pending)
{
    struct bc_layer layer;
    for (size_t at = pending->layers.size; at; at -= sizeof layer) {
        memcpy(&layer, pending->layers.data + at - sizeof layer, sizeof layer);
        layer.parent = pending->known;
        struct bc_layer *added = add(repo, &layer);
        if (!added)
            return BC_NO_MEMORY;
        bc_layer_release(repo, pending->known);
        pending->known = added;
    }
    return BC_OK;
}

enum bc_status bc_layer_get(struct bc_repo *repo, uint64_t id, struct bc_layer **layer)
{
    struct pending pending = {0};
    /* A layer that is in memory is kept, with all below it: it must not be collected before. */
    pthread_rwlock_rdlock(&repo->collect_lock);
    enum bc_status st = read_stack(repo, id, &pending);
    if (!st)
        st = add_pending(repo, &pending);
    pthread_rwlock_unlock(&repo->collect_lock);
    bc_buffer_release(&pending.layers);
    if (st)
        bc_layer_release(repo, pending.known);
    else
        *layer = pending.known;
    return st;
}

enum bc_status bc_layer_state(struct bc_repo *repo, uint64_t layer, uint64_t *state)
{
    *state = 0;
    if (!layer)
        return BC_OK;
    pthread_mutex_lock(&repo->layers_lock);
    struct bc_layer *known = find(repo, layer);
    if (known)
        *state = known->state;
    pthread_mutex_unlock(&repo->layers_lock);
    if (known)
        return BC_OK;
    struct bc_layer read;
    uint64_t parent;
    enum bc_status st = read_record(repo, layer, &read, &parent);
    if (!st)
        *state = read.state;
    return st;
}

enum bc_status bc_layer_previous(struct bc_repo *repo, uint64_t state, uint64_t *previous)
{
    struct bc_layer layer;
    uint64_t parent;
    enum bc_status st = read_record(repo, state, &layer, &parent);
    if (!st)
        st = bc_layer_state(repo, parent, previous);
    return !st && *previous >= state ? BC_CORRUPT : st;
}

/* One step down from a layer whose history may have the state: along the stack, or, where an index
 * hides it, into the history that the index stands for. *layer (with its reference) is replaced. */
static enum bc_status step_towards(struct bc_repo *repo, struct bc_layer **layer, uint64_t state)
{
    struct bc_layer *from = *layer;
    struct bc_layer *to = NULL;
    enum bc_status st = BC_OK;
    if (from->state != from->id && (!from->parent || state > from->parent->state))
        st = bc_layer_get(repo, from->state, &to);
    else
        to = bc_layer_retain(repo, from->parent);
    if (st)
        return st;
    bc_layer_release(repo, from);
    *layer = to;
    return BC_OK;
}

enum bc_status bc_layer_contains(struct bc_repo *repo, struct bc_layer *layer, uint64_t state,
                                 bool *contains)
{
    enum bc_status st = BC_OK;
    struct bc_layer *at = bc_layer_retain(repo, layer);
    while (!st && at && at->state > state)
        st = step_towards(repo, &at, state);
    *contains = !st && (!state || (at && at->state == state));
    bc_layer_release(repo, at);
    return st;
}

enum bc_status bc_layer_cursor(struct bc_repo *repo, uint64_t layer, char kind, bool streaming,
                               struct bc_cursor **cursor)
{
    struct bc_key lower;
    bc_key_prefix(&lower, layer, kind);
    struct bc_key upper = lower;
    bc_key_behind(&upper);
    return bc_store_cursor(repo->store, NULL, BC_LAYERS, bc_key_slice(&lower), bc_key_slice(&upper),
                           streaming, cursor);
}

/* Counts the rows of one kind onto *count. */
static enum bc_status count_rows(struct bc_repo *repo, uint64_t layer, char kind, uint64_t limit,
                                 uint64_t *count)
{
    struct bc_cursor *cursor = NULL;
    enum bc_status st = bc_layer_cursor(repo, layer, kind, false, &cursor);
    if (st)
        return st;
    for (cursor->ops->first(cursor); cursor->valid && *count <= limit; cursor->ops->next(cursor))
        ++*count;
    st = cursor->status;
    bc_cursor_free(cursor);
    return st;
}

enum bc_status bc_layer_rows(struct bc_repo *repo, struct bc_layer *layer, uint64_t limit,
                             uint64_t *rows)
{
    pthread_mutex_lock(&repo->layers_lock);
    *rows = layer->rows;
    bool enough = layer->rows_known || layer->rows > limit;
    pthread_mutex_unlock(&repo->layers_lock);
    if (enough)
        return BC_OK;
    *rows = 0;
    enum bc_status st = count_rows(repo, layer->id, BC_ROW_ENTRY, limit, rows);
    if (!st)
        st = count_rows(repo, layer->id, BC_ROW_NODE, limit, rows);
    if (st)
        return st;
    pthread_mutex_lock(&repo->layers_lock);
    layer->rows = *rows;
    layer->rows_known = *rows <= limit;
    pthread_mutex_unlock(&repo->layers_lock);
    return BC_OK;
}
