#include "branchcore/scalar.h"

#include <string.h>

/* Most keys are short: a call into the library would cost as much as the hash. */
#define XXH_INLINE_ALL
#include <xxhash.h>

/* A slot of a quad, whose parts do not lie side by side, is put together here if it fits. */
enum { SLOT_BYTES = 1024 };

/* Subject and predicate, each with its space, lie side by side. */
static struct bc_slice slot_prefix(const char *text, const struct bc_spans *spans)
{
    return bc_slice(text + spans->start, spans->object - spans->start);
}

static uint64_t hash_parts(struct bc_slice prefix, struct bc_slice graph)
{
    XXH3_state_t state;
    XXH3_64bits_reset(&state);
    XXH3_64bits_update(&state, prefix.data, prefix.size);
    XXH3_64bits_update(&state, graph.data, graph.size);
    return XXH3_64bits_digest(&state);
}

static uint64_t hash_slot(const char *text, const struct bc_spans *spans)
{
    struct bc_slice prefix = slot_prefix(text, spans);
    if (!spans->graph)
        return XXH3_64bits(prefix.data, prefix.size);
    struct bc_slice graph = bc_spans_term(text, spans, BC_GRAPH);
    char slot[SLOT_BYTES];
    if (prefix.size + graph.size > sizeof slot)
        return hash_parts(prefix, graph);
    memcpy(slot, prefix.data, prefix.size);
    memcpy(slot + prefix.size, graph.data, graph.size);
    return XXH3_64bits(slot, prefix.size + graph.size);
}

static void hash_terms(const char *text, const struct bc_spans *spans, size_t count,
                       enum bc_term term, uint64_t *hashes)
{
    for (size_t i = 0; i < count; i++) {
        struct bc_slice bytes = bc_spans_term(text, &spans[i], term);
        hashes[i] = XXH3_64bits(bytes.data, bytes.size);
    }
}

void bc_scalar_hash(const struct bc_compute *compute, const char *text,
                    const struct bc_spans *spans, size_t count, enum bc_hash_of of,
                    uint64_t *hashes)
{
    (void)compute;
    switch (of) {
    case BC_HASH_SUBJECT:
        hash_terms(text, spans, count, BC_SUBJECT, hashes);
        break;
    case BC_HASH_PREDICATE:
        hash_terms(text, spans, count, BC_PREDICATE, hashes);
        break;
    case BC_HASH_OBJECT:
        hash_terms(text, spans, count, BC_OBJECT, hashes);
        break;
    case BC_HASH_GRAPH:
        hash_terms(text, spans, count, BC_GRAPH, hashes);
        break;
    case BC_HASH_SLOT:
        for (size_t i = 0; i < count; i++)
            hashes[i] = hash_slot(text, &spans[i]);
        break;
    }
}

void bc_scalar_hash_statements(const struct bc_compute *compute, const char *text,
                               const struct bc_spans *spans, size_t count,
                               struct bc_hash128 *hashes)
{
    (void)compute;
    for (size_t i = 0; i < count; i++) {
        struct bc_slice line = bc_spans_line(text, &spans[i]);
        XXH128_hash_t hash = XXH3_128bits(line.data, line.size);
        hashes[i] = (struct bc_hash128){hash.low64, hash.high64};
    }
}
