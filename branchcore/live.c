#include "branchcore/live.h"

#include "branchcore/branch_record.h"
#include "branchcore/commit_record.h"
#include "branchcore/layer_record.h"
#include "branchcore/merging.h"
#include "branchcore/rejected.h"

static size_t slot_of(const struct bc_commit_set *set, const struct bc_commit_id *id)
{
    /* An id is a hash already. */
    size_t at = (size_t)bc_get_u64(id->bytes) & (set->capacity - 1);
    while (set->used[at] && !bc_commit_id_equal(&set->slots[at], id))
        at = (at + 1) & (set->capacity - 1);
    return at;
}

bool bc_commit_set_has(const struct bc_commit_set *set, const struct bc_commit_id *id)
{
    return set->capacity && set->used[slot_of(set, id)];
}

static enum bc_status grow(struct bc_commit_set *set)
{
    struct bc_commit_set larger = {.capacity = set->capacity ? set->capacity * 2 : 64,
                                   .count = set->count};
    larger.slots = bc_alloc_array(larger.capacity, sizeof *larger.slots);
    larger.used = bc_alloc_zero(larger.capacity * sizeof *larger.used);
    if (!larger.slots || !larger.used) {
        bc_commit_set_release(&larger);
        return BC_NO_MEMORY;
    }
    for (size_t i = 0; i < set->capacity; i++) {
        if (!set->used[i])
            continue;
        size_t at = slot_of(&larger, &set->slots[i]);
        larger.slots[at] = set->slots[i];
        larger.used[at] = true;
    }
    bc_commit_set_release(set);
    *set = larger;
    return BC_OK;
}

enum bc_status bc_commit_set_add(struct bc_commit_set *set, const struct bc_commit_id *id,
                                 bool *added)
{
    bool there = bc_commit_set_has(set, id);
    if (added)
        *added = !there;
    if (there)
        return BC_OK;
    if ((set->count + 1) * 2 > set->capacity) {
        enum bc_status st = grow(set);
        if (st)
            return st;
    }
    size_t at = slot_of(set, id);
    set->slots[at] = *id;
    set->used[at] = true;
    set->count++;
    return BC_OK;
}

void bc_commit_set_release(struct bc_commit_set *set)
{
    bc_free(set->slots);
    bc_free(set->used);
    *set = (struct bc_commit_set){0};
}

static enum bc_status push(struct bc_buffer *layers, uint64_t layer)
{
    return layer ? bc_encode_u64(layers, layer) : BC_OK;
}

/* The layer and what it stands on; of an index also what it stands for. */
static enum bc_status mark_stack(struct bc_live *live, uint64_t top)
{
    struct bc_buffer layers = {0};
    enum bc_status st = push(&layers, top);
    while (!st && layers.size) {
        struct bc_layer_record record;
        layers.size -= 8;
        uint64_t layer = bc_get_u64(layers.data + layers.size);
        if (bc_counts_find(&live->stacked, layer))
            continue;
        st = bc_layer_record_read(live->repo->store, layer, &record);
        if (!st)
            st = bc_counts_add(&live->stacked, layer);
        if (!st)
            st = push(&layers, record.same);
        if (!st)
            st = push(&layers, record.parent);
    }
    bc_buffer_release(&layers);
    return st == BC_NOT_FOUND ? BC_CORRUPT : st;
}

static enum bc_status commit_get(struct bc_live *live, const struct bc_commit_id *id,
                                 struct bc_value *value, struct bc_commit_record *record)
{
    char key[BC_COMMIT_KEY_BYTES];
    bc_commit_key(id, key);
    enum bc_status st =
        bc_store_get(live->repo->store, NULL, BC_REFS, bc_slice(key, sizeof key), value);
    return st ? st : bc_commit_record_decode(value->slice, record);
}

/* Marks the commit's layer; parents get what is to be marked next. */
static enum bc_status mark_one(struct bc_live *live, const struct bc_commit_id *id,
                               struct bc_buffer *parents)
{
    bool added;
    struct bc_value value = {0};
    struct bc_commit_record record;
    if (bc_commit_set_has(&live->commits, id))
        return BC_OK;
    enum bc_status st = commit_get(live, id, &value, &record);
    if (!st)
        st = mark_stack(live, record.commit.layer);
    for (unsigned i = 0; !st && i < record.commit.parent_count; i++)
        st = bc_buffer_append(parents, &record.commit.parents[i], sizeof *id);
    bc_value_release(&value);
    return st ? st : bc_commit_set_add(&live->commits, id, &added);
}

enum bc_status bc_live_mark_commit(struct bc_live *live, const struct bc_commit_id *id)
{
    struct bc_buffer commits = {0};
    enum bc_status st = bc_buffer_append(&commits, id, sizeof *id);
    while (!st && commits.size) {
        struct bc_commit_id next;
        commits.size -= sizeof next;
        memcpy(&next, commits.data + commits.size, sizeof next);
        st = mark_one(live, &next, &commits);
    }
    bc_buffer_release(&commits);
    return st == BC_NOT_FOUND ? BC_CORRUPT : st;
}

static enum bc_status mark_branch_record(struct bc_live *live, struct bc_slice value)
{
    struct bc_branch_record record;
    enum bc_status st = bc_branch_record_decode(value, &record);
    if (!st)
        st = bc_counts_add(&live->alone, record.work);
    if (!st)
        st = mark_stack(live, record.top);
    if (!st)
        st = mark_stack(live, record.base);
    if (!st && record.has_head)
        st = bc_live_mark_commit(live, &record.head);
    return st;
}

static enum bc_status mark_tag(struct bc_live *live, struct bc_slice value)
{
    struct bc_commit_id id;
    if (value.size != sizeof id)
        return BC_CORRUPT;
    memcpy(&id, value.data, sizeof id);
    return bc_live_mark_commit(live, &id);
}

static enum bc_status mark_waiting(struct bc_live *live, struct bc_slice value)
{
    struct bc_waiting_reach reach;
    enum bc_status st = bc_waiting_reach(value, &reach);
    for (size_t i = 0; !st && i < BC_WAITING_LAYERS; i++)
        st = mark_stack(live, reach.layers[i]);
    for (unsigned i = 0; !st && i < reach.commit_count; i++)
        st = bc_live_mark_commit(live, &reach.commits[i]);
    return st;
}

static enum bc_status mark_row(struct bc_live *live, const struct bc_cursor *cursor)
{
    struct bc_reflog_record entry;
    uint64_t layer;
    enum bc_status st;
    switch (cursor->key.data[0]) {
    case 'B':
        return mark_branch_record(live, cursor->value);
    case 'g':
        st = bc_reflog_record_decode(cursor->value, &entry);
        if (!st && entry.branch_record.size)
            st = mark_branch_record(live, entry.branch_record);
        return st;
    case 'j':
        st = bc_rejected_layer(cursor->value, &layer);
        return st ? st : bc_counts_add(&live->alone, layer);
    case 't':
        return mark_tag(live, cursor->value);
    case 'w':
        return mark_waiting(live, cursor->value);
    default:
        return BC_OK;
    }
}

/* The rows of refs that reach something, by the first byte of their keys: neither commits nor
 * layers nor references to runs, of which there may be very many. */
static enum bc_status mark_kind(struct bc_live *live, struct bc_snapshot *snapshot, char kind)
{
    char behind = (char)(kind + 1);
    struct bc_cursor *cursor = NULL;
    enum bc_status st = bc_store_cursor(live->repo->store, snapshot, BC_REFS, bc_slice(&kind, 1),
                                        bc_slice(&behind, 1), true, &cursor);
    if (st)
        return st;
    for (cursor->ops->first(cursor); !st && cursor->valid; cursor->ops->next(cursor))
        st = mark_row(live, cursor);
    if (!st)
        st = cursor->status;
    bc_cursor_free(cursor);
    return st;
}

enum bc_status bc_live_mark_rows(struct bc_live *live, struct bc_snapshot *snapshot)
{
    static const char kinds[] = {'B', 'g', 'j', 't', 'w'};
    enum bc_status st = BC_OK;
    for (size_t i = 0; !st && i < sizeof kinds; i++)
        st = mark_kind(live, snapshot, kinds[i]);
    return st;
}

/* The layers' lock is held. */
static enum bc_status list_layers(struct bc_live *live)
{
    enum bc_status st = BC_OK;
    for (size_t i = 0; i < BC_LAYER_BUCKETS; i++) {
        for (struct bc_layer *at = live->repo->layers[i]; !st && at; at = at->next) {
            st = bc_counts_add(&live->memory, at->id);
            if (!st && at->state != at->id)
                st = bc_counts_add(&live->memory, at->state);
        }
    }
    return st;
}

/* The pins' lock is held. */
static enum bc_status list_pins(struct bc_live *live)
{
    struct bc_id_counts *pins = &live->repo->pins;
    enum bc_status st = BC_OK;
    for (size_t i = 0; !st && i < pins->capacity; i++) {
        if (pins->slots[i].id)
            st = bc_counts_add(&live->alone, pins->slots[i].id);
    }
    return st;
}

/* A layer in memory whose record is only being written has its parent in memory too; the history
 * that an index stands for need not be. */
static enum bc_status mark_listed(struct bc_live *live)
{
    enum bc_status st = BC_OK;
    for (size_t i = 0; !st && i < live->memory.capacity; i++) {
        uint64_t layer = live->memory.slots[i].id;
        struct bc_layer_record record;
        if (!layer || bc_counts_find(&live->stacked, layer))
            continue;
        st = bc_layer_record_read(live->repo->store, layer, &record);
        if (!st)
            st = mark_stack(live, layer);
        else if (st == BC_NOT_FOUND)
            st = bc_counts_add(&live->alone, layer);
    }
    return st;
}

enum bc_status bc_live_mark_memory(struct bc_live *live, struct bc_snapshot **snapshot)
{
    struct bc_repo *repo = live->repo;
    pthread_mutex_lock(&repo->layers_lock);
    enum bc_status st = list_layers(live);
    pthread_mutex_lock(&repo->pins_lock);
    if (!st)
        st = list_pins(live);
    if (!st && snapshot)
        st = repo->store->ops->snapshot_new(repo->store, snapshot);
    pthread_mutex_unlock(&repo->pins_lock);
    pthread_mutex_unlock(&repo->layers_lock);
    return st ? st : mark_listed(live);
}

bool bc_live_has(const struct bc_live *live, uint64_t layer)
{
    return bc_counts_find((struct bc_id_counts *)&live->stacked, layer) ||
           bc_counts_find((struct bc_id_counts *)&live->alone, layer);
}

void bc_live_release(struct bc_live *live)
{
    bc_free(live->stacked.slots);
    bc_free(live->alone.slots);
    bc_free(live->memory.slots);
    bc_commit_set_release(&live->commits);
    *live = (struct bc_live){0};
}
