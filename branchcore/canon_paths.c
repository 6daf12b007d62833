#include "branchcore/canon_paths.h"

#include <stdlib.h>
#include <string.h>

enum { FRAMES_FIRST = 16, STEPS_A_LOOK = 256 };

/* A node next to the one that a frame is about. */
struct neighbour {
    struct bc_canon_digest digest; /* of what lies between the two, and of what it is known by */
    uint32_t node;
};

/* One of a group of neighbours with the same digest. Those of one rank are interchangeable. */
struct pick {
    uint32_t rank;
    uint32_t node;
};

/* One node's hash while it is made. */
struct bc_canon_frame {
    uint32_t node;
    struct neighbour *neighbours; /* by digest */
    size_t neighbour_count;
    size_t neighbour_capacity;
    struct bc_buffer message; /* what is hashed in the end */
    /* The group at hand, and the order of it that is tried. */
    size_t group; /* the first of `neighbours` */
    struct pick *picks;
    size_t pick_count;
    size_t pick_capacity;
    size_t issued;         /* identifiers before the group */
    struct bc_buffer path; /* of this order */
    uint32_t *deeper;      /* those whose own hash belongs to the path */
    size_t deeper_count;
    size_t deeper_capacity;
    size_t deeper_at;
    /* The best of the orders so far. */
    bool has_chosen;
    struct bc_buffer chosen;
    uint32_t *chosen_issued;
    size_t chosen_count;
    size_t chosen_capacity;
};

enum bc_status bc_canon_issuer_init(struct bc_canon_issuer *issuer, size_t node_count)
{
    *issuer = (struct bc_canon_issuer){
        .order = bc_alloc_array(node_count, sizeof *issuer->order),
        .places = bc_alloc_array(node_count, sizeof *issuer->places),
    };
    if (!issuer->order || !issuer->places)
        return BC_NO_MEMORY;
    memset(issuer->places, 0, node_count * sizeof *issuer->places);
    return BC_OK;
}

void bc_canon_issuer_release(struct bc_canon_issuer *issuer)
{
    bc_free(issuer->order);
    bc_free(issuer->places);
    *issuer = (struct bc_canon_issuer){0};
}

void bc_canon_issuer_cut(struct bc_canon_issuer *issuer, size_t count)
{
    while (issuer->count > count)
        issuer->places[issuer->order[--issuer->count]] = 0;
}

enum bc_status bc_canon_paths_init(struct bc_canon_paths *paths)
{
    return bc_canon_issuer_init(&paths->issuer, bc_canon_node_count(paths->graph));
}

static void release_frame(struct bc_canon_frame *frame)
{
    bc_free(frame->neighbours);
    bc_free(frame->picks);
    bc_free(frame->deeper);
    bc_free(frame->chosen_issued);
    bc_buffer_release(&frame->message);
    bc_buffer_release(&frame->path);
    bc_buffer_release(&frame->chosen);
}

void bc_canon_paths_release(struct bc_canon_paths *paths)
{
    for (size_t i = 0; i < paths->capacity; i++)
        release_frame(&paths->frames[i]);
    bc_free(paths->frames);
    paths->frames = NULL;
    paths->capacity = 0;
    bc_buffer_release(&paths->message);
    bc_canon_issuer_release(&paths->issuer);
}

static enum bc_status spend(struct bc_canon_paths *paths, size_t steps)
{
    uint64_t before = paths->steps;
    if (steps > paths->limit - before)
        return BC_TOO_LARGE;
    paths->steps += steps;
    bool look = before / STEPS_A_LOOK != paths->steps / STEPS_A_LOOK;
    return look && paths->stop && atomic_load_explicit(paths->stop, memory_order_relaxed)
               ? BC_CANCELLED
               : BC_OK;
}

/* "_:c14n4" or "_:b2"; false: it has no identifier yet. */
static enum bc_status put_identifier(const struct bc_canon_paths *paths, uint32_t node,
                                     struct bc_buffer *to, bool *has)
{
    uint32_t canonical = paths->canonical->places[node];
    uint32_t issued = paths->issuer.places[node];
    *has = canonical || issued;
    if (!*has)
        return BC_OK;
    return bc_buffer_printf(to, canonical ? "_:c14n%u" : "_:b%u",
                            (unsigned)(canonical ? canonical : issued) - 1);
}

/* "Hash Related Blank Node". */
static enum bc_status hash_neighbour(struct bc_canon_paths *paths, const struct bc_canon_quad *quad,
                                     size_t place, struct neighbour *neighbour)
{
    struct bc_buffer *message = &paths->message;
    struct bc_slice predicate = bc_canon_predicate(quad);
    bool has;
    neighbour->node = quad->nodes[place];
    bc_buffer_clear(message);
    enum bc_status st = bc_buffer_append(message, &bc_canon_place_names[place], 1);
    if (!st && bc_canon_place_names[place] != 'g')
        st = bc_buffer_append(message, predicate.data, predicate.size);
    if (!st)
        st = put_identifier(paths, neighbour->node, message, &has);
    if (!st && !has)
        st = bc_canon_put_hex(paths->hasher, &paths->first[neighbour->node], message);
    return st ? st : bc_canon_digest(paths->hasher, bc_buffer_slice(message), &neighbour->digest);
}

static int compare_neighbours(const void *a, const void *b, void *hasher)
{
    const struct neighbour *left = a, *right = b;
    int order = bc_canon_compare(hasher, &left->digest, &right->digest);
    return order ? order : (left->node > right->node) - (left->node < right->node);
}

static enum bc_status room_for(void *array, size_t size, size_t count, size_t *capacity)
{
    void **memory = array;
    if (count <= *capacity)
        return BC_OK;
    void *grown = bc_realloc_array(*memory, 2 * count, size);
    if (!grown)
        return BC_NO_MEMORY;
    *memory = grown;
    *capacity = 2 * count;
    return BC_OK;
}

static enum bc_status find_neighbours(struct bc_canon_paths *paths, struct bc_canon_frame *frame)
{
    const struct bc_canon_graph *graph = paths->graph;
    size_t degree = bc_canon_degree(graph, frame->node);
    const uint32_t *mentions = graph->mentions + graph->first[frame->node];
    enum bc_status st = room_for(&frame->neighbours, sizeof *frame->neighbours,
                                 BC_CANON_PLACES * degree, &frame->neighbour_capacity);
    frame->neighbour_count = 0;
    for (size_t i = 0; i < degree && !st; i++) {
        const struct bc_canon_quad *quad = &graph->quads[mentions[i]];
        for (size_t place = 0; place < BC_CANON_PLACES && !st; place++)
            if (quad->nodes[place] != BC_CANON_NONE && quad->nodes[place] != frame->node)
                st = hash_neighbour(paths, quad, place,
                                    &frame->neighbours[frame->neighbour_count++]);
    }
    if (!st && frame->neighbour_count > 1)
        qsort_r(frame->neighbours, frame->neighbour_count, sizeof *frame->neighbours,
                compare_neighbours, paths->hasher);
    return st ? st : spend(paths, 1 + frame->neighbour_count);
}

static enum bc_status grow_frames(struct bc_canon_paths *paths)
{
    size_t capacity = paths->capacity ? 2 * paths->capacity : FRAMES_FIRST;
    struct bc_canon_frame *frames = bc_realloc_array(paths->frames, capacity, sizeof *frames);
    if (!frames)
        return BC_NO_MEMORY;
    memset(frames + paths->capacity, 0, (capacity - paths->capacity) * sizeof *frames);
    paths->frames = frames;
    paths->capacity = capacity;
    return BC_OK;
}

static int compare_picks(const void *a, const void *b)
{
    const struct pick *left = a, *right = b;
    return (left->rank > right->rank) - (left->rank < right->rank);
}

/* Nodes of one digest are all known by nothing but their first hash, or are one node. Twins among
 * them can be swapped without a difference to any path, unless one of them is there twice. */
static enum bc_status pick_group(struct bc_canon_paths *paths, struct bc_canon_frame *frame)
{
    const struct neighbour *first = &frame->neighbours[frame->group];
    size_t left = frame->neighbour_count - frame->group;
    size_t count = 1;
    bool once = true;
    for (;
         count < left && bc_canon_compare(paths->hasher, &first->digest, &first[count].digest) == 0;
         count++)
        once = once && first[count].node != first[count - 1].node;
    enum bc_status st = room_for(&frame->picks, sizeof *frame->picks, count, &frame->pick_capacity);
    if (!st)
        st = room_for(&frame->deeper, sizeof *frame->deeper, count, &frame->deeper_capacity);
    if (st)
        return st;
    for (size_t i = 0; i < count; i++) {
        uint32_t node = first[i].node;
        frame->picks[i] = (struct pick){once ? paths->twins[node] : node, node};
    }
    qsort(frame->picks, count, sizeof *frame->picks, compare_picks);
    frame->pick_count = count;
    frame->group += count;
    frame->issued = paths->issuer.count;
    frame->has_chosen = false;
    return bc_canon_put_hex(paths->hasher, &first->digest, &frame->message);
}

/* The next permutation in lexicographic order, equal ones told apart no further (Knuth, The Art of
 * Computer Programming 7.2.1.2, algorithm L). False: that was the last one. */
static bool permute(struct pick *picks, size_t count)
{
    size_t at = count;
    do {
        if (at < 2)
            return false;
        at--;
    } while (picks[at - 1].rank >= picks[at].rank);
    size_t other = count - 1;
    while (picks[at - 1].rank >= picks[other].rank)
        other--;
    struct pick kept = picks[at - 1];
    picks[at - 1] = picks[other];
    picks[other] = kept;
    for (size_t left = at, right = count - 1; left < right; left++, right--) {
        kept = picks[left];
        picks[left] = picks[right];
        picks[right] = kept;
    }
    return true;
}

/* No longer path can become better than the chosen one. */
static bool is_lost(const struct bc_canon_frame *frame)
{
    return frame->has_chosen && frame->path.size >= frame->chosen.size &&
           bc_slice_compare(bc_buffer_slice(&frame->path), bc_buffer_slice(&frame->chosen)) > 0;
}

/* What the nodes are called, in their order, those without a name getting one. */
static enum bc_status try_order(struct bc_canon_paths *paths, struct bc_canon_frame *frame,
                                bool *lost)
{
    enum bc_status st = spend(paths, frame->pick_count);
    bc_canon_issuer_cut(&paths->issuer, frame->issued);
    bc_buffer_clear(&frame->path);
    frame->deeper_count = frame->deeper_at = 0;
    *lost = false;
    for (size_t i = 0; i < frame->pick_count && !st && !*lost; i++) {
        uint32_t node = frame->picks[i].node;
        bool has;
        if (!paths->canonical->places[node] && !paths->issuer.places[node]) {
            frame->deeper[frame->deeper_count++] = node;
            bc_canon_issue(&paths->issuer, node);
        }
        st = put_identifier(paths, node, &frame->path, &has);
        *lost = is_lost(frame);
    }
    return st;
}

/* The order that was tried is the best so far. */
static bool choose(struct bc_canon_frame *frame)
{
    if (frame->has_chosen &&
        bc_slice_compare(bc_buffer_slice(&frame->path), bc_buffer_slice(&frame->chosen)) >= 0)
        return false;
    struct bc_buffer path = frame->path;
    frame->path = frame->chosen;
    frame->chosen = path;
    frame->has_chosen = true;
    return true;
}

static enum bc_status keep_issued(const struct bc_canon_paths *paths, struct bc_canon_frame *frame)
{
    size_t count = paths->issuer.count - frame->issued;
    enum bc_status st = room_for(&frame->chosen_issued, sizeof *frame->chosen_issued, count,
                                 &frame->chosen_capacity);
    if (st)
        return st;
    frame->chosen_count = count;
    if (count > 0)
        memcpy(frame->chosen_issued, paths->issuer.order + frame->issued,
               count * sizeof *frame->chosen_issued);
    return BC_OK;
}

static void restore_issued(struct bc_canon_paths *paths, const struct bc_canon_frame *frame)
{
    bc_canon_issuer_cut(&paths->issuer, frame->issued);
    for (size_t i = 0; i < frame->chosen_count; i++)
        bc_canon_issue(&paths->issuer, frame->chosen_issued[i]);
}

/* On to the next order that may be the best, or to the end of the group. chosen: the order that was
 * tried is. If it is the last one, too, what it issued is there already: so a long way on which
 * nothing can be permuted is not copied at each of its steps. */
static enum bc_status next_order(struct bc_canon_paths *paths, struct bc_canon_frame *frame,
                                 bool chosen)
{
    enum bc_status st = BC_OK;
    bool lost = true;
    while (!st && lost) {
        if (!permute(frame->picks, frame->pick_count)) {
            if (!chosen)
                restore_issued(paths, frame);
            frame->pick_count = 0;
            return bc_buffer_append(&frame->message, frame->chosen.data, frame->chosen.size);
        }
        if (chosen)
            st = keep_issued(paths, frame);
        chosen = false;
        if (!st)
            st = try_order(paths, frame, &lost);
    }
    return st;
}

static enum bc_status begin_frame(struct bc_canon_paths *paths, uint32_t node)
{
    enum bc_status st = paths->depth == paths->capacity ? grow_frames(paths) : BC_OK;
    if (st)
        return st;
    struct bc_canon_frame *frame = &paths->frames[paths->depth++];
    frame->node = node;
    frame->group = frame->pick_count = 0;
    bc_buffer_clear(&frame->message);
    return find_neighbours(paths, frame);
}

/* The hash of one that the path leads to. */
static enum bc_status take_deeper(struct bc_canon_paths *paths, struct bc_canon_frame *frame,
                                  const struct bc_canon_digest *digest)
{
    bool has;
    enum bc_status st =
        put_identifier(paths, frame->deeper[frame->deeper_at++], &frame->path, &has);
    if (!st)
        st = bc_buffer_append(&frame->path, "<", 1);
    if (!st)
        st = bc_canon_put_hex(paths->hasher, digest, &frame->path);
    if (!st)
        st = bc_buffer_append(&frame->path, ">", 1);
    return !st && is_lost(frame) ? next_order(paths, frame, false) : st;
}

/* The last frame is done: its hash goes to the one before, or is the answer. */
static enum bc_status end_frame(struct bc_canon_paths *paths, struct bc_canon_digest *digest)
{
    struct bc_canon_frame *frame = &paths->frames[--paths->depth];
    enum bc_status st = bc_canon_digest(paths->hasher, bc_buffer_slice(&frame->message), digest);
    return st || paths->depth == 0 ? st : take_deeper(paths, frame - 1, digest);
}

static enum bc_status step(struct bc_canon_paths *paths, struct bc_canon_digest *digest)
{
    struct bc_canon_frame *frame = &paths->frames[paths->depth - 1];
    if (frame->pick_count == 0) {
        bool lost;
        if (frame->group == frame->neighbour_count)
            return end_frame(paths, digest);
        enum bc_status st = pick_group(paths, frame);
        return st ? st : try_order(paths, frame, &lost);
    }
    if (frame->deeper_at < frame->deeper_count)
        return begin_frame(paths, frame->deeper[frame->deeper_at]);
    return next_order(paths, frame, choose(frame));
}

enum bc_status bc_canon_paths_hash(struct bc_canon_paths *paths, uint32_t node,
                                   struct bc_canon_digest *digest)
{
    bc_canon_issuer_cut(&paths->issuer, 0);
    bc_canon_issue(&paths->issuer, node);
    paths->depth = 0;
    enum bc_status st = begin_frame(paths, node);
    while (!st && paths->depth > 0)
        st = step(paths, digest);
    return st;
}
