#include "branchcore/text.h"

#include "branchcore/line_row.h"
#include "branchcore/text_view.h"

/* Lines, and lines with a graph, as a base has them and a delta changes them. */
static enum bc_status count_lines(const struct bc_text *text, uint64_t *triples, uint64_t *quads)
{
    *triples = text->base.lines;
    *quads = text->base.quads;
    for (size_t i = 0; i < text->delta.count; i++) {
        const struct bc_delta_line *line = &text->delta.lines[i];
        uint64_t quad = bc_line_is_quad(bc_delta_slice(line));
        if (line->sign == '+') {
            *triples += 1;
            *quads += quad;
        } else if (*triples && *quads >= quad) {
            *triples -= 1;
            *quads -= quad;
        } else {
            return BC_CORRUPT;
        }
    }
    return BC_OK;
}

static enum bc_status load(struct bc_text *text, const struct bc_content *content)
{
    enum bc_status st =
        content->run ? bc_run_summary(text->store, content->run, &text->base) : BC_OK;
    if (st)
        return st == BC_NOT_FOUND ? BC_CORRUPT : st;
    st = bc_delta_read(text->store, NULL, content->sources, content->source_count, content->node,
                       &text->delta);
    if (!st)
        st = bc_text_map_new(text->store, content->run, text->base.bytes, &text->delta, &text->map);
    uint64_t quads = 0;
    if (!st)
        st = count_lines(text, &text->triples, &quads);
    if (!st && (text->map.bytes != content->size_bytes || text->triples != content->triples ||
                quads != content->quads))
        st = BC_CORRUPT;
    return st;
}

static void free_text(struct bc_text *text)
{
    for (size_t i = 0; i < BC_RENDERED_MAX; i++)
        bc_free(text->rendered[i]);
    bc_text_map_release(&text->map);
    bc_delta_release(&text->delta);
    pthread_mutex_destroy(&text->lock);
    bc_free(text);
}

enum bc_status bc_text_new(struct bc_store *store, const struct bc_content *content,
                           void (*released)(void *context), void *context, struct bc_text **text)
{
    struct bc_text *made = bc_alloc_zero(sizeof *made);
    if (!made)
        return BC_NO_MEMORY;
    atomic_init(&made->references, 1);
    pthread_mutex_init(&made->lock, NULL);
    made->store = store;
    made->run = content->run;
    made->version = content->version;
    enum bc_status st = load(made, content);
    if (st) {
        free_text(made);
        return st;
    }
    made->released = released;
    made->context = context;
    *text = made;
    return BC_OK;
}

struct bc_text *bc_text_retain(struct bc_text *text)
{
    atomic_fetch_add_explicit(&text->references, 1, memory_order_relaxed);
    return text;
}

void bc_text_release(struct bc_text *text)
{
    if (!text || atomic_fetch_sub_explicit(&text->references, 1, memory_order_acq_rel) != 1)
        return;
    void (*released)(void *context) = text->released;
    void *context = text->context;
    free_text(text);
    if (released)
        released(context);
}

uint64_t bc_text_bytes(const struct bc_text *text)
{
    return text->map.bytes;
}

uint64_t bc_text_triples(const struct bc_text *text)
{
    return text->triples;
}

uint64_t bc_text_version(const struct bc_text *text)
{
    return text->version;
}

uint64_t bc_text_run(const struct bc_text *text)
{
    return text->run;
}

enum bc_status bc_text_each_change(const struct bc_text *text,
                                   enum bc_status (*sink)(void *context, char sign,
                                                          struct bc_slice line),
                                   void *context)
{
    for (size_t i = 0; i < text->delta.count; i++) {
        const struct bc_delta_line *line = &text->delta.lines[i];
        enum bc_status st = sink(context, line->sign, bc_delta_slice(line));
        if (st)
            return st;
    }
    return BC_OK;
}

size_t bc_text_memory(const struct bc_text *text)
{
    size_t bytes =
        sizeof *text + text->delta.memory + text->map.capacity * sizeof *text->map.segments;
    struct bc_text *locked = (struct bc_text *)text;
    pthread_mutex_lock(&locked->lock);
    for (size_t i = 0; i < BC_RENDERED_MAX && text->rendered[i]; i++)
        bytes += sizeof *text->rendered[i] + text->rendered[i]->size;
    pthread_mutex_unlock(&locked->lock);
    return bytes;
}
