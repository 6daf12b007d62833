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

struct bc_layer *bc_layer_add(struct bc_repo *repo, uint64_t id, struct bc_layer *parent)
{
    struct bc_layer *layer = bc_alloc_zero(sizeof *layer);
    if (!layer)
        return NULL;
    pthread_mutex_lock(&repo->layers_lock);
    struct bc_layer *known = find(repo, id);
    if (known) {
        known->refs++;
        bc_free(layer);
        layer = known;
    } else {
        layer->id = id;
        layer->parent = parent;
        layer->depth = parent ? parent->depth + 1 : 1;
        layer->refs = 1;
        if (parent)
            parent->refs++;
        layer->next = *bucket(repo, id);
        *bucket(repo, id) = layer;
    }
    pthread_mutex_unlock(&repo->layers_lock);
    return layer;
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

/* Reads parents' ids from `id` down to the first layer in memory or the lowest; pending gets those
 * that are not in memory, highest first. */
static enum bc_status read_stack(struct bc_repo *repo, uint64_t id, struct bc_buffer *pending,
                                 struct bc_layer **known)
{
    *known = NULL;
    uint64_t above = UINT64_MAX;
    while (id && !(*known = known_layer(repo, id))) {
        /* A parent is always older than its child: a damaged record cannot make a loop. */
        uint64_t parent;
        if (id >= above)
            return BC_CORRUPT;
        enum bc_status st = bc_layer_record_get(repo->store, id, &parent);
        if (!st)
            st = bc_encode_u64(pending, id);
        if (st)
            return st == BC_NOT_FOUND ? BC_CORRUPT : st;
        above = id;
        id = parent;
    }
    return BC_OK;
}

enum bc_status bc_layer_get(struct bc_repo *repo, uint64_t id, struct bc_layer **layer)
{
    struct bc_buffer pending = {0};
    struct bc_layer *lower = NULL;
    enum bc_status st = read_stack(repo, id, &pending, &lower);
    for (size_t at = pending.size; !st && at; at -= 8) {
        struct bc_layer *added = bc_layer_add(repo, bc_get_u64(pending.data + at - 8), lower);
        if (lower)
            bc_layer_release(repo, lower);
        lower = added;
        if (!added)
            st = BC_NO_MEMORY;
    }
    bc_buffer_release(&pending);
    if (st && lower)
        bc_layer_release(repo, lower);
    if (!st)
        *layer = lower;
    return st;
}

enum bc_status bc_layer_state(struct bc_repo *repo, uint64_t layer, uint64_t *state)
{
    (void)repo;
    *state = layer;
    return BC_OK;
}

enum bc_status bc_layer_previous(struct bc_repo *repo, uint64_t state, uint64_t *previous)
{
    enum bc_status st = bc_layer_record_get(repo->store, state, previous);
    return st == BC_NOT_FOUND ? BC_CORRUPT : st;
}
