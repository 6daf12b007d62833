#include "branchcore/merge_tree.h"

#include "branchcore/changed_nodes.h"

#include <stdlib.h>

static enum bc_status add_entity(struct bc_tree_merge *merge, const struct bc_entity *entity)
{
    if (merge->count == merge->capacity) {
        size_t capacity = merge->capacity ? merge->capacity * 2 : 64;
        struct bc_entity *entities = bc_realloc_array(merge->entities, capacity, sizeof *entities);
        if (!entities)
            return BC_NO_MEMORY;
        merge->entities = entities;
        merge->capacity = capacity;
    }
    if (entity->theirs) {
        enum bc_status st = bc_counts_add(&merge->by_theirs, entity->theirs);
        if (st)
            return st;
        bc_counts_find(&merge->by_theirs, entity->theirs)->count = merge->count + 1;
    }
    merge->entities[merge->count++] = *entity;
    return BC_OK;
}

enum { DEEPEST = 1000 };

/* What a side alone says. */
static enum bc_status stand_in(struct bc_tree_merge *merge, struct bc_branch *side, uint64_t node,
                               unsigned depth, uint64_t *to)
{
    struct bc_node_look look;
    uint64_t folder;
    *to = 0;
    enum bc_status st = bc_node_look(side, node, &look);
    if (st || look.there) {
        *to = look.there ? node : 0;
        return st;
    }
    st = bc_node_look(merge->base, node, &look);
    if (st || !look.there || depth == DEEPEST)
        return st;
    st = stand_in(merge, side, look.attr.parent, depth + 1, &folder);
    uint64_t found = 0;
    if (!st && folder)
        st = bc_entry_look(side, folder, bc_look_name(&look), &found);
    if (st || !found)
        return st;
    /* What base knows elsewhere has come here by a rename: it is itself. */
    enum bc_kind kind = look.attr.kind;
    st = bc_node_look(merge->base, found, &look);
    if (st || look.there)
        return st;
    st = bc_node_look(side, found, &look);
    if (!st && look.there && look.attr.kind == kind)
        *to = found;
    return st;
}

enum bc_status bc_counterpart(struct bc_tree_merge *merge, struct bc_branch *side, uint64_t node,
                              uint64_t *to)
{
    struct bc_branch *other = side == merge->ours ? merge->theirs : merge->ours;
    struct bc_node_look look;
    uint64_t of_other = 0;
    enum bc_status st = stand_in(merge, side, node, 0, to);
    if (st || !*to || *to == node)
        return st;
    /* What the other side has too is itself, unless it took the same path there. */
    st = bc_node_look(other, *to, &look);
    if (st || !look.there)
        return st;
    st = stand_in(merge, other, node, 0, &of_other);
    if (of_other != *to)
        *to = 0;
    return st;
}

/* What base has at the path of a side's node, if no folder of that path is new in the side. */
static enum bc_status path_owner(struct bc_tree_merge *merge, struct bc_branch *side, uint64_t node,
                                 unsigned depth, uint64_t *owner)
{
    struct bc_node_look look;
    uint64_t folder;
    *owner = 0;
    enum bc_status st = bc_node_look(merge->base, node, &look);
    if (st || look.there) {
        *owner = look.there ? node : 0;
        return st;
    }
    st = bc_node_look(side, node, &look);
    if (st || !look.there || depth == DEEPEST)
        return st;
    st = path_owner(merge, side, look.attr.parent, depth + 1, &folder);
    return st || !folder ? st : bc_entry_look(merge->base, folder, bc_look_name(&look), owner);
}

enum bc_status bc_origin(struct bc_tree_merge *merge, struct bc_branch *side, uint64_t node,
                         uint64_t *origin)
{
    uint64_t there = 0;
    enum bc_status st = path_owner(merge, side, node, 0, origin);
    if (!st && *origin)
        st = bc_counterpart(merge, side, *origin, &there);
    if (there != node)
        *origin = 0;
    return st;
}

enum bc_status bc_entity_of(struct bc_tree_merge *merge, uint64_t base, uint64_t theirs,
                            size_t *index)
{
    struct bc_entity entity = {.base = base, .theirs = theirs};
    struct bc_node_look look;
    const struct bc_id_count *known = theirs ? bc_counts_find(&merge->by_theirs, theirs) : NULL;
    if (known) {
        *index = known->count - 1;
        return BC_OK;
    }
    enum bc_status st = bc_node_look(merge->ours, base ? base : theirs, &look);
    if (!st && look.there)
        entity.ours = look.attr.node;
    else if (!st && base)
        st = bc_counterpart(merge, merge->ours, base, &entity.ours);
    entity.result = entity.ours;
    *index = merge->count;
    return st ? st : add_entity(merge, &entity);
}

enum bc_status bc_entity_look(struct bc_tree_merge *merge, const struct bc_entity *entity,
                              struct bc_three *three)
{
    enum bc_status st = bc_node_look(merge->base, entity->base, &three->base);
    if (!st)
        st = bc_node_look(merge->ours, entity->ours, &three->ours);
    return st ? st : bc_node_look(merge->theirs, entity->theirs, &three->theirs);
}

enum bc_status bc_content_changed(struct bc_tree_merge *merge, struct bc_branch *side,
                                  const struct bc_node_look *base, const struct bc_node_look *now,
                                  bool *changed)
{
    bool same;
    enum bc_status st = bc_same_content(merge->base, base, side, now, &same);
    *changed = !same;
    return st;
}

enum bc_status bc_place_changed(struct bc_tree_merge *merge, struct bc_branch *side,
                                const struct bc_node_look *base, const struct bc_node_look *now,
                                bool *changed)
{
    uint64_t folder = base->attr.parent;
    enum bc_status st = BC_OK;
    *changed = !bc_slice_equal(bc_look_name(base), bc_look_name(now));
    if (*changed || folder == now->attr.parent)
        return BC_OK;
    st = bc_counterpart(merge, side, folder, &folder);
    *changed = folder != now->attr.parent;
    return st;
}

static int by_number(const void *a, const void *b)
{
    uint64_t one = *(const uint64_t *)a;
    uint64_t other = *(const uint64_t *)b;
    return (one > other) - (one < other);
}

/* The nodes that theirs may have changed, in the order of their ids; the caller frees. */
static enum bc_status changed_nodes(struct bc_tree_merge *merge, uint64_t **nodes, size_t *count)
{
    struct bc_id_counts found = {0};
    enum bc_status st = bc_changed_rows(merge->base, merge->theirs, &found, &merge->xattrs);
    uint64_t *list = NULL;
    *count = 0;
    if (!st) {
        list = bc_alloc_array(found.used + 1, sizeof *list);
        st = list ? BC_OK : BC_NO_MEMORY;
    }
    for (size_t i = 0; !st && i < found.capacity; i++) {
        if (found.slots[i].id && found.slots[i].id != BC_ROOT_NODE)
            list[(*count)++] = found.slots[i].id;
    }
    bc_free(found.slots);
    if (!st)
        qsort(list, *count, sizeof *list, by_number);
    *nodes = list;
    return st;
}

/* What theirs deleted, or replaced by something else at the same path. */
static enum bc_status add_gone(struct bc_tree_merge *merge, uint64_t node)
{
    struct bc_node_look base;
    struct bc_node_look theirs;
    uint64_t replaced = 0;
    size_t index;
    enum bc_status st = bc_node_look(merge->base, node, &base);
    if (!st)
        st = bc_node_look(merge->theirs, node, &theirs);
    if (st || !base.there || theirs.there)
        return st;
    st = bc_counterpart(merge, merge->theirs, node, &replaced);
    return st ? st : bc_entity_of(merge, node, replaced, &index);
}

static enum bc_status add_there(struct bc_tree_merge *merge, uint64_t node)
{
    struct bc_node_look base;
    struct bc_node_look theirs;
    size_t index;
    enum bc_status st = bc_node_look(merge->theirs, node, &theirs);
    if (!st)
        st = bc_node_look(merge->base, node, &base);
    if (st || !theirs.there)
        return st;
    return bc_entity_of(merge, base.there ? node : 0, node, &index);
}

static enum bc_status collect(struct bc_tree_merge *merge)
{
    uint64_t *nodes = NULL;
    size_t count;
    enum bc_status st = changed_nodes(merge, &nodes, &count);
    for (size_t i = 0; !st && i < count; i++)
        st = add_gone(merge, nodes[i]);
    for (size_t i = 0; !st && i < count; i++)
        st = add_there(merge, nodes[i]);
    bc_free(nodes);
    return st;
}

enum bc_status bc_tree_merge_run(struct bc_tree_merge *merge)
{
    enum bc_status st = bc_functional_new(merge->ours, merge->theirs, &merge->functional);
    if (!st)
        st = bc_adopt_root(merge->scratch, merge->theirs);
    if (!st)
        st = collect(merge);
    for (size_t i = 0; !st && i < merge->count; i++)
        st = bc_merge_unplace(merge, i);
    for (size_t i = 0; !st && i < merge->count; i++)
        st = bc_merge_place(merge, i);
    for (size_t i = 0; !st && i < merge->count; i++) {
        bc_progress_set(merge->progress, "merging", i, merge->count);
        st = bc_merge_content(merge, i);
    }
    return st ? st : bc_merge_remove_folders(merge);
}

void bc_tree_merge_release(struct bc_tree_merge *merge)
{
    bc_free(merge->entities);
    bc_free(merge->by_theirs.slots);
    bc_free(merge->removals.slots);
    bc_free(merge->joined.slots);
    bc_free(merge->xattrs.slots);
    bc_functional_free(merge->functional);
    bc_conflicts_release(&merge->conflicts);
    bc_buffer_release(&merge->slots);
    bc_buffer_release(&merge->notes);
    merge->entities = NULL;
    merge->count = merge->capacity = 0;
    merge->by_theirs = (struct bc_id_counts){0};
    merge->removals = (struct bc_id_counts){0};
    merge->joined = (struct bc_id_counts){0};
    merge->xattrs = (struct bc_id_counts){0};
    merge->functional = NULL;
}
