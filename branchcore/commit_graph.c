#include "branchcore/commit_graph.h"

#include "branchcore/commit_record.h"
#include "branchcore/model.h"

enum bc_status bc_commit_links_get(struct bc_repo *repo, const struct bc_commit_id *id,
                                   struct bc_commit_links *links)
{
    struct bc_value value = {0};
    struct bc_commit_record record;
    enum bc_status st = bc_commit_record_get(repo, id, &value, &record);
    if (st)
        return st;
    *links = (struct bc_commit_links){
        .id = *id,
        .parent_count = record.commit.parent_count,
        .layer = record.commit.layer,
        .generation = record.commit.generation,
        .time_ns = record.commit.time_ns,
    };
    memcpy(links->parents, record.commit.parents, sizeof links->parents);
    bc_value_release(&value);
    return BC_OK;
}

/* An id is a digest: any of its bytes are as good as a hash. */
static size_t slot_of(const struct bc_graph *graph, const struct bc_commit_id *id)
{
    return (size_t)bc_get_u64(id->bytes) & (graph->capacity - 1);
}

static void insert(struct bc_graph *graph, struct bc_graph_node *node)
{
    size_t at = slot_of(graph, &node->links.id);
    while (graph->slots[at])
        at = (at + 1) & (graph->capacity - 1);
    graph->slots[at] = node;
    graph->used++;
}

static enum bc_status reserve(struct bc_graph *graph)
{
    if ((graph->used + 1) * 2 <= graph->capacity)
        return BC_OK;
    struct bc_graph larger = {.repo = graph->repo,
                              .capacity = graph->capacity ? graph->capacity * 2 : 64};
    larger.slots = bc_alloc_array(larger.capacity, sizeof(struct bc_graph_node *));
    if (!larger.slots)
        return BC_NO_MEMORY;
    for (size_t i = 0; i < larger.capacity; i++)
        larger.slots[i] = NULL;
    for (size_t i = 0; i < graph->capacity; i++) {
        if (graph->slots[i])
            insert(&larger, graph->slots[i]);
    }
    bc_free(graph->slots);
    *graph = larger;
    return BC_OK;
}

static struct bc_graph_node *find(const struct bc_graph *graph, const struct bc_commit_id *id)
{
    if (!graph->capacity)
        return NULL;
    size_t at = slot_of(graph, id);
    while (graph->slots[at] && !bc_commit_id_equal(&graph->slots[at]->links.id, id))
        at = (at + 1) & (graph->capacity - 1);
    return graph->slots[at];
}

enum bc_status bc_graph_get(struct bc_graph *graph, const struct bc_commit_id *id,
                            struct bc_graph_node **node, bool *is_new)
{
    *node = find(graph, id);
    *is_new = !*node;
    if (*node)
        return BC_OK;
    enum bc_status st = reserve(graph);
    if (st)
        return st;
    struct bc_graph_node *made = bc_alloc_zero(sizeof *made);
    st = made ? bc_commit_links_get(graph->repo, id, &made->links) : BC_NO_MEMORY;
    if (st) {
        bc_free(made);
        return st;
    }
    insert(graph, made);
    *node = made;
    return BC_OK;
}

enum bc_status bc_graph_parent(struct bc_graph *graph, const struct bc_graph_node *child,
                               unsigned which, struct bc_graph_node **node, bool *is_new)
{
    enum bc_status st = bc_graph_get(graph, &child->links.parents[which], node, is_new);
    if (st)
        return st == BC_NOT_FOUND ? BC_CORRUPT : st;
    return (*node)->links.generation < child->links.generation ? BC_OK : BC_CORRUPT;
}

/* Linear probing: what follows the emptied slot in its cluster is put in again. */
void bc_graph_drop(struct bc_graph *graph, struct bc_graph_node *node)
{
    size_t mask = graph->capacity - 1;
    size_t at = slot_of(graph, &node->links.id);
    while (graph->slots[at] != node)
        at = (at + 1) & mask;
    graph->slots[at] = NULL;
    graph->used--;
    for (at = (at + 1) & mask; graph->slots[at]; at = (at + 1) & mask) {
        struct bc_graph_node *moved = graph->slots[at];
        graph->slots[at] = NULL;
        graph->used--;
        insert(graph, moved);
    }
    bc_free(node);
}

void bc_graph_release(struct bc_graph *graph)
{
    for (size_t i = 0; i < graph->capacity; i++)
        bc_free(graph->slots[i]);
    bc_free(graph->slots);
    *graph = (struct bc_graph){.repo = graph->repo};
}

static bool greater_id(const struct bc_commit_links *a, const struct bc_commit_links *b)
{
    return memcmp(a->id.bytes, b->id.bytes, BC_COMMIT_ID_BYTES) > 0;
}

bool bc_graph_by_generation(const struct bc_commit_links *a, const struct bc_commit_links *b)
{
    if (a->generation != b->generation)
        return a->generation > b->generation;
    return a->time_ns != b->time_ns ? a->time_ns > b->time_ns : greater_id(a, b);
}

bool bc_graph_by_time(const struct bc_commit_links *a, const struct bc_commit_links *b)
{
    if (a->time_ns != b->time_ns)
        return a->time_ns > b->time_ns;
    return a->generation != b->generation ? a->generation > b->generation : greater_id(a, b);
}

static void exchange(struct bc_graph_heap *heap, size_t a, size_t b)
{
    struct bc_graph_node *node = heap->items[a];
    heap->items[a] = heap->items[b];
    heap->items[b] = node;
}

static bool is_before(const struct bc_graph_heap *heap, size_t a, size_t b)
{
    return heap->before(&heap->items[a]->links, &heap->items[b]->links);
}

enum bc_status bc_graph_push(struct bc_graph_heap *heap, struct bc_graph_node *node)
{
    if (heap->count == heap->capacity) {
        size_t capacity = heap->capacity ? heap->capacity * 2 : 16;
        struct bc_graph_node **items =
            bc_realloc_array(heap->items, capacity, sizeof(struct bc_graph_node *));
        if (!items)
            return BC_NO_MEMORY;
        heap->items = items;
        heap->capacity = capacity;
    }
    size_t at = heap->count++;
    heap->items[at] = node;
    for (; at && is_before(heap, at, (at - 1) / 2); at = (at - 1) / 2)
        exchange(heap, at, (at - 1) / 2);
    return BC_OK;
}

struct bc_graph_node *bc_graph_first(const struct bc_graph_heap *heap)
{
    return heap->count ? heap->items[0] : NULL;
}

struct bc_graph_node *bc_graph_take(struct bc_graph_heap *heap)
{
    if (!heap->count)
        return NULL;
    struct bc_graph_node *first = heap->items[0];
    heap->items[0] = heap->items[--heap->count];
    for (size_t at = 0;;) {
        size_t least = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < heap->count; child++) {
            if (is_before(heap, child, least))
                least = child;
        }
        if (least == at)
            return first;
        exchange(heap, at, least);
        at = least;
    }
}

void bc_graph_heap_release(struct bc_graph_heap *heap)
{
    bc_free(heap->items);
    *heap = (struct bc_graph_heap){.before = heap->before};
}
