#include "branchcore/canon_hash.h"

#include <stdlib.h>

enum bc_status bc_canon_hasher_init(struct bc_canon_hasher *hasher, enum bc_canon_hash hash)
{
    const EVP_MD *kind = hash == BC_CANON_SHA384 ? EVP_sha384() : EVP_sha256();
    *hasher = (struct bc_canon_hasher){.context = EVP_MD_CTX_new()};
    if (!hasher->context || !EVP_DigestInit_ex(hasher->context, kind, NULL))
        return BC_NO_MEMORY;
    hasher->size = (size_t)EVP_MD_get_size(kind);
    return BC_OK;
}

void bc_canon_hasher_release(struct bc_canon_hasher *hasher)
{
    EVP_MD_CTX_free(hasher->context);
    bc_buffer_release(&hasher->text);
    bc_free(hasher->lines);
    *hasher = (struct bc_canon_hasher){0};
}

static enum bc_status begin(struct bc_canon_hasher *hasher)
{
    return EVP_DigestInit_ex(hasher->context, NULL, NULL) ? BC_OK : BC_NO_MEMORY;
}

static enum bc_status update(struct bc_canon_hasher *hasher, struct bc_slice part)
{
    return EVP_DigestUpdate(hasher->context, part.data, part.size) ? BC_OK : BC_NO_MEMORY;
}

static enum bc_status end(struct bc_canon_hasher *hasher, struct bc_canon_digest *digest)
{
    return EVP_DigestFinal_ex(hasher->context, digest->bytes, NULL) ? BC_OK : BC_NO_MEMORY;
}

enum bc_status bc_canon_digest(struct bc_canon_hasher *hasher, struct bc_slice message,
                               struct bc_canon_digest *digest)
{
    enum bc_status st = begin(hasher);
    if (!st)
        st = update(hasher, message);
    return st ? st : end(hasher, digest);
}

enum bc_status bc_canon_put_hex(const struct bc_canon_hasher *hasher,
                                const struct bc_canon_digest *digest, struct bc_buffer *to)
{
    static const char digits[] = "0123456789abcdef";
    enum bc_status st = bc_buffer_reserve(to, 2 * hasher->size);
    if (st)
        return st;
    char *at = to->data + to->size;
    for (size_t i = 0; i < hasher->size; i++) {
        *at++ = digits[digest->bytes[i] >> 4];
        *at++ = digits[digest->bytes[i] & 15];
    }
    to->size += 2 * hasher->size;
    return BC_OK;
}

struct view {
    const struct bc_canon_graph *graph;
    uint32_t self;
    bool labels; /* of others; else all are _:z */
};

static enum bc_status put_name(const void *context, uint32_t node, struct bc_buffer *to)
{
    const struct view *view = context;
    if (node == view->self)
        return bc_buffer_append(to, "_:a", 3);
    if (!view->labels)
        return bc_buffer_append(to, "_:z", 3);
    /* No label of a line is like this one's: neither is taken for _:a. */
    struct bc_slice label = bc_group_table_key(&view->graph->labels, node);
    enum bc_status st = bc_buffer_append(to, "_", 1);
    return st ? st : bc_buffer_append(to, label.data, label.size);
}

static int compare_lines(const void *a, const void *b)
{
    const struct bc_slice *left = a, *right = b;
    return bc_slice_compare(*left, *right);
}

static enum bc_status room_for_lines(struct bc_canon_hasher *hasher, size_t count)
{
    if (count <= hasher->line_capacity)
        return BC_OK;
    struct bc_slice *lines = bc_realloc_array(hasher->lines, 2 * count, sizeof *lines);
    if (!lines)
        return BC_NO_MEMORY;
    hasher->lines = lines;
    hasher->line_capacity = 2 * count;
    return BC_OK;
}

/* The text moves while it grows: where each line is can be said when it is whole. */
static enum bc_status write_lines(struct bc_canon_hasher *hasher, const struct view *view,
                                  size_t count)
{
    const struct bc_canon_graph *graph = view->graph;
    const uint32_t *mentions = graph->mentions + graph->first[view->self];
    enum bc_status st = BC_OK;
    bc_buffer_clear(&hasher->text);
    for (size_t i = 0; i < count && !st; i++) {
        size_t before = hasher->text.size;
        st = bc_canon_put_quad(&graph->quads[mentions[i]], put_name, view, &hasher->text);
        hasher->lines[i].size = hasher->text.size - before;
    }
    const char *at = hasher->text.data;
    for (size_t i = 0; i < count && !st; i++) {
        hasher->lines[i].data = at;
        at += hasher->lines[i].size;
    }
    return st;
}

static enum bc_status hash_lines(struct bc_canon_hasher *hasher, const struct view *view,
                                 struct bc_canon_digest *digest)
{
    size_t count = bc_canon_degree(view->graph, view->self);
    enum bc_status st = room_for_lines(hasher, count);
    if (!st)
        st = write_lines(hasher, view, count);
    if (!st && count > 1)
        qsort(hasher->lines, count, sizeof *hasher->lines, compare_lines);
    if (!st)
        st = begin(hasher);
    for (size_t i = 0; i < count && !st; i++)
        st = update(hasher, hasher->lines[i]);
    return st ? st : end(hasher, digest);
}

enum bc_status bc_canon_first_degree(struct bc_canon_hasher *hasher,
                                     const struct bc_canon_graph *graph, uint32_t node,
                                     struct bc_canon_digest *digest)
{
    struct view view = {.graph = graph, .self = node};
    return hash_lines(hasher, &view, digest);
}

enum bc_status bc_canon_neighbourhood(struct bc_canon_hasher *hasher,
                                      const struct bc_canon_graph *graph, uint32_t node,
                                      struct bc_canon_digest *digest)
{
    struct view view = {.graph = graph, .self = node, .labels = true};
    return hash_lines(hasher, &view, digest);
}
