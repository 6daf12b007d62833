#include "branchcore/text_view.h"

#include <string.h>

/* A read of so much is a part of a walk over the text: its blocks need not be kept, since the
 * kernel keeps what it gets, and they lie side by side on the disk. */
enum { STREAMING_BYTES = 256 << 10 };

/* One call of bc_text_read: what is left to copy. */
struct reading {
    struct bc_text *text;
    struct bc_run_reader blocks;
    uint64_t at; /* in the text */
    char *to;
    size_t left;
};

static void take(struct reading *reading, const char *from, size_t size)
{
    memcpy(reading->to, from, size);
    reading->to += size;
    reading->at += size;
    reading->left -= size;
}

static void rendered_release(struct bc_rendered *rendered)
{
    if (rendered && atomic_fetch_sub_explicit(&rendered->references, 1, memory_order_acq_rel) == 1)
        bc_free(rendered);
}

/* Puts an entry first; the one that falls out at the back is returned. The lock is held. */
static struct bc_rendered *put_first(struct bc_text *text, struct bc_rendered *entry)
{
    struct bc_rendered *moving = entry;
    for (size_t i = 0; i < BC_RENDERED_MAX; i++) {
        struct bc_rendered *here = text->rendered[i];
        text->rendered[i] = moving;
        if (!here || here == entry)
            return NULL;
        moving = here;
    }
    return moving;
}

/* A reference to a segment's text if it is in the cache. */
static struct bc_rendered *cache_find(struct bc_text *text, size_t segment)
{
    struct bc_rendered *found = NULL;
    pthread_mutex_lock(&text->lock);
    for (size_t i = 0; !found && i < BC_RENDERED_MAX && text->rendered[i]; i++) {
        if (text->rendered[i]->segment == segment)
            found = text->rendered[i];
    }
    if (found) {
        atomic_fetch_add_explicit(&found->references, 1, memory_order_relaxed);
        put_first(text, found);
    }
    pthread_mutex_unlock(&text->lock);
    return found;
}

/* The cache gets a reference of its own. Two readers may both have rendered a segment; then it is
 * there twice for a while. */
static void cache_add(struct bc_text *text, struct bc_rendered *rendered)
{
    atomic_fetch_add_explicit(&rendered->references, 1, memory_order_relaxed);
    pthread_mutex_lock(&text->lock);
    struct bc_rendered *dropped = put_first(text, rendered);
    pthread_mutex_unlock(&text->lock);
    rendered_release(dropped);
}

static enum bc_status render_to_cache(struct reading *reading, size_t index,
                                      struct bc_rendered **rendered)
{
    const struct bc_text_segment *segment = &reading->text->map.segments[index];
    /* The base first: what the index claims of a block's size is checked before it is allocated. */
    struct bc_slice base;
    enum bc_status st = bc_text_segment_base(segment, &reading->blocks, &base);
    if (st)
        return st;
    struct bc_rendered *made = bc_alloc(sizeof *made + segment->bytes);
    if (!made)
        return BC_NO_MEMORY;
    atomic_init(&made->references, 1);
    made->segment = index;
    made->size = segment->bytes;
    st = bc_text_segment_render(segment, &reading->text->delta, base, made->bytes);
    if (st) {
        bc_free(made);
        return st;
    }
    cache_add(reading->text, made);
    *rendered = made;
    return BC_OK;
}

static enum bc_status read_part(struct reading *reading, size_t index)
{
    const struct bc_text_segment *segment = &reading->text->map.segments[index];
    struct bc_rendered *rendered = cache_find(reading->text, index);
    enum bc_status st = rendered ? BC_OK : render_to_cache(reading, index, &rendered);
    if (st)
        return st;
    size_t from = (size_t)(reading->at - segment->offset);
    size_t size = rendered->size - from;
    take(reading, rendered->bytes + from, size < reading->left ? size : reading->left);
    rendered_release(rendered);
    return BC_OK;
}

static enum bc_status read_segment(struct reading *reading, size_t index)
{
    const struct bc_text_segment *segment = &reading->text->map.segments[index];
    if (reading->at > segment->offset || reading->left < segment->bytes)
        return read_part(reading, index);
    struct bc_slice base;
    enum bc_status st = bc_text_segment_base(segment, &reading->blocks, &base);
    if (!st)
        st = bc_text_segment_render(segment, &reading->text->delta, base, reading->to);
    if (st)
        return st;
    reading->to += segment->bytes;
    reading->at += segment->bytes;
    reading->left -= segment->bytes;
    return BC_OK;
}

/* Copies from the base, up to a place in the text before which no segment starts. */
static enum bc_status read_base(struct reading *reading, uint64_t base, uint64_t until)
{
    while (reading->left && reading->at < until) {
        enum bc_status st = bc_run_reader_at(&reading->blocks, base);
        if (st)
            return st == BC_NO_DATA ? BC_CORRUPT : st;
        size_t from = (size_t)(base - reading->blocks.start);
        size_t size = reading->blocks.text.size - from;
        if (size > until - reading->at)
            size = (size_t)(until - reading->at);
        if (size > reading->left)
            size = reading->left;
        take(reading, reading->blocks.text.data + from, size);
        base += size;
    }
    return BC_OK;
}

static enum bc_status read_all(struct reading *reading)
{
    const struct bc_text_map *map = &reading->text->map;
    size_t before = bc_text_map_before(map, reading->at);
    enum bc_status st = BC_OK;
    while (!st && reading->left) {
        while (before < map->count && map->segments[before].offset <= reading->at)
            before++;
        const struct bc_text_segment *last = before ? &map->segments[before - 1] : NULL;
        if (last && reading->at - last->offset < last->bytes) {
            st = read_segment(reading, before - 1);
            continue;
        }
        uint64_t base = reading->at;
        if (last)
            base =
                last->base_offset + last->base_bytes + (reading->at - last->offset - last->bytes);
        st = read_base(reading, base,
                       before < map->count ? map->segments[before].offset : map->bytes);
    }
    return st;
}

enum bc_status bc_text_read(const struct bc_text *text, uint64_t offset, void *to, size_t size,
                            size_t *done)
{
    *done = 0;
    if (offset >= text->map.bytes || !size)
        return BC_OK;
    if (size > text->map.bytes - offset)
        size = (size_t)(text->map.bytes - offset);
    struct reading reading = {
        .text = (struct bc_text *)text, /* for its cache */
        .blocks = {.store = text->store, .run = text->run, .streaming = size >= STREAMING_BYTES},
        .at = offset,
        .to = to,
        .left = size,
    };
    enum bc_status st = read_all(&reading);
    bc_run_reader_release(&reading.blocks);
    if (!st)
        *done = size;
    return st;
}
