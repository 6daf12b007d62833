/* What a branch holds, by a walk over its tree. */
#include "branchcore/entry.h"
#include "branchcore/model.h"

struct measure {
    struct bc_branch *branch;
    struct bc_branch_totals *totals;
    struct bc_id_counts runs;
    struct bc_buffer folders; /* u64 each: still to be walked */
};

/* The base run of a text, each once. */
static enum bc_status add_run(struct measure *measure, const struct bc_found *found)
{
    struct bc_content content;
    enum bc_status st = bc_content_resolve(measure->branch, found, &content);
    if (st)
        return st;
    if (content.run)
        st = bc_counts_add(&measure->runs, content.run);
    bc_content_release(&content);
    return st;
}

static enum bc_status add_entry(void *context, struct bc_slice name, uint64_t node,
                                enum bc_kind kind)
{
    (void)name;
    struct measure *measure = context;
    if (kind == BC_DIRECTORY) {
        measure->totals->folders++;
        return bc_encode_u64(&measure->folders, node);
    }
    struct bc_found found;
    enum bc_status st = bc_node_find(measure->branch, node, &found);
    if (st)
        return st;
    measure->totals->files++;
    measure->totals->triples += found.record.triples;
    measure->totals->bytes +=
        kind == BC_SYMLINK ? found.record.target.size : found.record.size_bytes;
    if (found.record.form == BC_TEXT)
        st = add_run(measure, &found);
    bc_found_release(&found);
    return st;
}

static enum bc_status disk_bytes_of(struct bc_repo *repo, enum bc_family family, uint64_t id,
                                    uint64_t *bytes)
{
    struct bc_key lower;
    bc_key_prefix(&lower, id, 0);
    struct bc_key upper = lower;
    bc_key_behind(&upper);
    return repo->store->ops->disk_bytes(repo->store, family, bc_key_slice(&lower),
                                        bc_key_slice(&upper), bytes);
}

/* The indexes that make the stack short, and the history, which has everything else. */
static enum bc_status measure_layers(const struct bc_branch *branch,
                                     struct bc_branch_totals *totals)
{
    uint64_t bytes;
    enum bc_status st = BC_OK;
    for (const struct bc_layer *layer = branch->top; !st && layer; layer = layer->parent) {
        if (layer->id == layer->state)
            continue;
        st = disk_bytes_of(branch->repo, BC_LAYERS, layer->id, &bytes);
        totals->disk_bytes += st ? 0 : bytes;
    }
    uint64_t state = branch->top ? branch->top->state : 0;
    while (!st && state) {
        st = disk_bytes_of(branch->repo, BC_LAYERS, state, &bytes);
        totals->disk_bytes += st ? 0 : bytes;
        if (!st)
            st = bc_layer_previous(branch->repo, state, &state);
    }
    return st;
}

static enum bc_status measure_disk(struct measure *measure)
{
    struct bc_branch *branch = measure->branch;
    struct bc_branch_totals *totals = measure->totals;
    uint64_t bytes;
    enum bc_status st = disk_bytes_of(branch->repo, BC_LAYERS, branch->work, &totals->own_bytes);
    totals->disk_bytes = totals->own_bytes;
    if (!st)
        st = measure_layers(branch, totals);
    for (size_t i = 0; !st && i < measure->runs.capacity; i++) {
        if (!measure->runs.slots[i].id)
            continue;
        st = disk_bytes_of(branch->repo, BC_RUNS, measure->runs.slots[i].id, &bytes);
        totals->disk_bytes += st ? 0 : bytes;
    }
    return st;
}

enum bc_status bc_branch_measure(struct bc_branch *branch, struct bc_branch_totals *totals)
{
    struct measure measure = {.branch = branch, .totals = totals};
    *totals = (struct bc_branch_totals){0};
    pthread_rwlock_rdlock(&branch->lock);
    enum bc_status st = branch->gone ? BC_STALE : bc_encode_u64(&measure.folders, BC_ROOT_NODE);
    while (!st && measure.folders.size) {
        measure.folders.size -= 8;
        uint64_t folder = bc_get_u64(measure.folders.data + measure.folders.size);
        st = bc_entries_each(branch, folder, add_entry, &measure);
    }
    totals->layers = (branch->top ? branch->top->depth : 0) + 1;
    if (!st)
        st = measure_disk(&measure);
    pthread_rwlock_unlock(&branch->lock);
    bc_free(measure.runs.slots);
    bc_buffer_release(&measure.folders);
    return st;
}
