#include "branchcore/canon_label.h"

#include <stdlib.h>
#include <string.h>

enum { NODES_A_LOOK = 1024 };

/* What came of telling a node apart from those with the same first hash. */
struct result {
    struct bc_canon_digest digest;
    uint32_t node;
    uint32_t leader; /* its twin whose way was walked: often itself */
    size_t way;      /* of a leader: where in `ways` the nodes on its way are, and how many */
    size_t way_count;
};

struct labelling {
    const struct bc_canon_graph *graph;
    struct bc_canon_issuer *issuer;
    const atomic_bool *stop;
    struct bc_canon_hasher hasher;
    struct bc_canon_digest *first;
    uint32_t *order; /* nodes by their first hash */
    uint32_t *twins; /* of each node the least one of which the same is said */
    struct bc_canon_paths paths;
    struct result *results; /* of one group */
    size_t result_count;
    size_t result_capacity;
    uint32_t *ways;
    size_t ways_count;
    size_t ways_capacity;
    size_t *leaders; /* of each twins' number the result and 1; 0: none yet */
};

static bool is_stopped(const struct labelling *self, size_t node)
{
    return node % NODES_A_LOOK == 0 && self->stop &&
           atomic_load_explicit(self->stop, memory_order_relaxed);
}

struct order_context {
    const struct bc_canon_hasher *hasher;
    const struct bc_canon_digest *digests;
};

static int compare_nodes(const void *a, const void *b, void *context)
{
    const struct order_context *of = context;
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    int order = bc_canon_compare(of->hasher, &of->digests[left], &of->digests[right]);
    return order ? order : (left > right) - (left < right);
}

static void sort_nodes(const struct labelling *self, uint32_t *nodes, size_t count,
                       const struct bc_canon_digest *digests)
{
    struct order_context of = {&self->hasher, digests};
    if (count > 1)
        qsort_r(nodes, count, sizeof *nodes, compare_nodes, &of);
}

/* How many of the nodes from `from` on have the same digest. */
static size_t group_size(const struct labelling *self, const uint32_t *nodes, size_t from,
                         size_t count, const struct bc_canon_digest *digests)
{
    size_t to = from + 1;
    while (to < count &&
           bc_canon_compare(&self->hasher, &digests[nodes[from]], &digests[nodes[to]]) == 0)
        to++;
    return to - from;
}

static enum bc_status hash_first(struct labelling *self)
{
    size_t count = bc_canon_node_count(self->graph);
    enum bc_status st = BC_OK;
    for (size_t n = 0; n < count && !st; n++) {
        self->order[n] = (uint32_t)n;
        st = is_stopped(self, n)
                 ? BC_CANCELLED
                 : bc_canon_first_degree(&self->hasher, self->graph, (uint32_t)n, &self->first[n]);
    }
    if (!st)
        sort_nodes(self, self->order, count, self->first);
    return st;
}

/* Issues those whose first hash nobody else has; *rest: there are others. */
static void issue_unique(struct labelling *self, bool *rest)
{
    size_t count = bc_canon_node_count(self->graph);
    *rest = false;
    for (size_t from = 0, size; from < count; from += size) {
        size = group_size(self, self->order, from, count, self->first);
        if (size == 1)
            bc_canon_issue(self->issuer, self->order[from]);
        else
            *rest = true;
    }
}

/* Twins have the same first hash: they are looked for within each group. */
static enum bc_status find_twins(struct labelling *self)
{
    size_t count = bc_canon_node_count(self->graph);
    struct bc_canon_digest *near = bc_alloc_array(count, sizeof *near);
    uint32_t *nodes = bc_alloc_array(count, sizeof *nodes);
    enum bc_status st = near && nodes ? BC_OK : BC_NO_MEMORY;
    for (size_t from = 0, size; from < count && !st; from += size) {
        size = group_size(self, self->order, from, count, self->first);
        for (size_t i = from; i < from + size && !st; i++) {
            uint32_t node = nodes[i] = self->order[i];
            self->twins[node] = node;
            if (size > 1)
                st = is_stopped(self, i)
                         ? BC_CANCELLED
                         : bc_canon_neighbourhood(&self->hasher, self->graph, node, &near[node]);
        }
        if (st || size == 1)
            continue;
        sort_nodes(self, nodes + from, size, near);
        for (size_t i = from + 1; i < from + size; i++)
            if (bc_canon_compare(&self->hasher, &near[nodes[i - 1]], &near[nodes[i]]) == 0)
                self->twins[nodes[i]] = self->twins[nodes[i - 1]];
    }
    bc_free(near);
    bc_free(nodes);
    return st;
}

static enum bc_status keep_way(struct labelling *self, struct result *result)
{
    const struct bc_canon_issuer *way = &self->paths.issuer;
    size_t needed = self->ways_count + way->count;
    if (needed > self->ways_capacity) {
        uint32_t *grown = bc_realloc_array(self->ways, 2 * needed, sizeof *grown);
        if (!grown)
            return BC_NO_MEMORY;
        self->ways = grown;
        self->ways_capacity = 2 * needed;
    }
    result->way = self->ways_count;
    result->way_count = way->count;
    memcpy(self->ways + self->ways_count, way->order, way->count * sizeof *way->order);
    self->ways_count = needed;
    return BC_OK;
}

static enum bc_status add_result(struct labelling *self, uint32_t node)
{
    if (self->result_count == self->result_capacity) {
        size_t capacity = self->result_capacity ? 2 * self->result_capacity : 64;
        struct result *grown = bc_realloc_array(self->results, capacity, sizeof *grown);
        if (!grown)
            return BC_NO_MEMORY;
        self->results = grown;
        self->result_capacity = capacity;
    }
    struct result *result = &self->results[self->result_count];
    size_t *leader = &self->leaders[self->twins[node]];
    *result = (struct result){.node = node, .leader = node};
    if (*leader) {
        result->digest = self->results[*leader - 1].digest;
        result->leader = self->results[*leader - 1].node;
    } else {
        enum bc_status st = bc_canon_paths_hash(&self->paths, node, &result->digest);
        if (!st)
            st = keep_way(self, result);
        if (st)
            return st;
        *leader = self->result_count + 1;
    }
    self->result_count++;
    return BC_OK;
}

static int compare_results(const void *a, const void *b, void *hasher)
{
    const struct result *left = a, *right = b;
    int order = bc_canon_compare(hasher, &left->digest, &right->digest);
    if (order == 0)
        order = (left->leader > right->leader) - (left->leader < right->leader);
    if (order == 0)
        order = (left->leader != left->node) - (right->leader != right->node);
    return order ? order : (left->node > right->node) - (left->node < right->node);
}

/* What is on the way of one that only follows is what is on its leader's, but for the two
 * themselves: all that has been issued. */
static void issue_results(struct labelling *self)
{
    if (self->result_count > 1)
        qsort_r(self->results, self->result_count, sizeof *self->results, compare_results,
                &self->hasher);
    for (size_t i = 0; i < self->result_count; i++) {
        const struct result *result = &self->results[i];
        bc_canon_issue(self->issuer, result->node);
        for (size_t n = 0; n < result->way_count; n++)
            bc_canon_issue(self->issuer, self->ways[result->way + n]);
    }
}

static enum bc_status tell_apart(struct labelling *self, const uint32_t *nodes, size_t count)
{
    enum bc_status st = BC_OK;
    self->result_count = self->ways_count = 0;
    for (size_t i = 0; i < count && !st; i++)
        if (!self->issuer->places[nodes[i]])
            st = add_result(self, nodes[i]);
    if (!st)
        issue_results(self);
    return st;
}

static enum bc_status tell_groups_apart(struct labelling *self)
{
    size_t count = bc_canon_node_count(self->graph);
    enum bc_status st = find_twins(self);
    for (size_t from = 0, size; from < count && !st; from += size) {
        size = group_size(self, self->order, from, count, self->first);
        if (size > 1)
            st = tell_apart(self, self->order + from, size);
    }
    return st;
}

static enum bc_status begin(struct labelling *self, enum bc_canon_hash hash, uint64_t limit)
{
    size_t count = bc_canon_node_count(self->graph);
    enum bc_status st = bc_canon_hasher_init(&self->hasher, hash);
    self->first = bc_alloc_array(count, sizeof *self->first);
    self->order = bc_alloc_array(count, sizeof *self->order);
    self->twins = bc_alloc_array(count, sizeof *self->twins);
    self->leaders = bc_alloc_array(count, sizeof *self->leaders);
    if (!self->first || !self->order || !self->twins || !self->leaders)
        return BC_NO_MEMORY;
    memset(self->leaders, 0, count * sizeof *self->leaders);
    self->paths = (struct bc_canon_paths){
        .graph = self->graph,
        .hasher = &self->hasher,
        .first = self->first,
        .twins = self->twins,
        .canonical = self->issuer,
        .limit = limit,
        .stop = self->stop,
    };
    return st ? st : bc_canon_paths_init(&self->paths);
}

static void end(struct labelling *self)
{
    bc_canon_paths_release(&self->paths);
    bc_canon_hasher_release(&self->hasher);
    bc_free(self->first);
    bc_free(self->order);
    bc_free(self->twins);
    bc_free(self->leaders);
    bc_free(self->results);
    bc_free(self->ways);
}

enum bc_status bc_canon_label_nodes(const struct bc_canon_graph *graph, enum bc_canon_hash hash,
                                    uint64_t limit, const atomic_bool *stop,
                                    struct bc_canon_issuer *issuer, uint64_t *steps)
{
    struct labelling self = {.graph = graph, .issuer = issuer, .stop = stop};
    bool rest = false;
    enum bc_status st = begin(&self, hash, limit);
    if (!st)
        st = hash_first(&self);
    if (!st)
        issue_unique(&self, &rest);
    if (!st && rest)
        st = tell_groups_apart(&self);
    *steps = self.paths.steps;
    end(&self);
    return st;
}
