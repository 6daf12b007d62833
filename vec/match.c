/* Questions to a column of terms. Terms that differ mostly do so in their size or their last bytes
 * (IRIs of one vocabulary begin alike), so these are looked at first. */
#include "branchcore/scalar.h"
#include "branchcore/term_text.h"
#include "vec/operations.h"

/* A value made ready. Behind `size` bytes a block has zeros. */
struct value {
    struct vec_block block; /* its first 64 bytes */
    const char *data;
    size_t size;
    uint64_t tail; /* its last 8 bytes, if it has as many */
};

static inline uint64_t load_eight(const char *at)
{
    uint64_t eight;
    memcpy(&eight, at, sizeof eight);
    return eight;
}

static struct value value_of(struct bc_slice slice)
{
    struct value value = {.data = slice.data, .size = slice.size};
    value.block = vec_load_part(slice.data, slice.size < VEC_BLOCK ? slice.size : VEC_BLOCK);
    if (slice.size >= 8)
        value.tail = load_eight(slice.data + slice.size - 8);
    return value;
}

/* Whether value.size bytes at `at` are the value's. */
static inline bool same(const struct value *value, const char *at)
{
    size_t size = value->size;
    if (size >= 8 && load_eight(at + size - 8) != value->tail)
        return false;
    if (size > VEC_BLOCK)
        return vec_equal_bytes(at, value->data, size - 8);
    return !(vec_differing(vec_load_part(at, size), value->block) & vec_first(size));
}

static inline bool equal(const struct value *value, struct bc_slice term)
{
    return term.size == value->size && same(value, term.data);
}

static inline bool prefix(const struct value *value, struct bc_slice term)
{
    return term.size >= value->size && same(value, term.data);
}

/* The places in the next 64 at `at` where the value may begin: its first and its last byte are
 * where they must be. `places` are left. */
static inline uint64_t candidates(const struct value *value, const char *at, size_t places)
{
    size_t last = value->size - 1;
    struct vec_block first_byte = vec_each((unsigned char)value->data[0]);
    struct vec_block last_byte = vec_each((unsigned char)value->data[last]);
    if (places >= VEC_BLOCK)
        return vec_same(vec_load(at), first_byte) & vec_same(vec_load(at + last), last_byte);
    return vec_same(vec_load_part(at, places), first_byte) &
           vec_same(vec_load_part(at + last, places), last_byte) & vec_first(places);
}

static inline bool contains(const struct value *value, struct bc_slice term)
{
    if (!value->size)
        return true;
    if (term.size < value->size)
        return false;
    size_t places = term.size - value->size + 1;
    for (size_t at = 0; at < places; at += VEC_BLOCK) {
        uint64_t found = candidates(value, term.data + at, places - at);
        while (found) {
            if (same(value, term.data + at + vec_take(&found)))
                return true;
        }
    }
    return false;
}

/* A datatype that is spelled: the literal ends with it. */
static inline bool typed(const struct value *value, struct bc_slice term)
{
    return term.size > value->size + 3 && term.data[0] == '"' && term.data[term.size - 1] == '>' &&
           term.data[term.size - value->size - 1] == '^' &&
           same(value, term.data + term.size - value->size);
}

/* Calls a question for 64 statements at a time. */
#define EACH_TERM(question)                                                                        \
    for (size_t from = 0; from < count; from += 64) {                                              \
        size_t here = count - from < 64 ? count - from : 64;                                       \
        uint64_t bits = 0;                                                                         \
        for (size_t i = 0; i < here; i++) {                                                        \
            struct bc_slice term = bc_spans_term(text, &spans[from + i], of);                      \
            bits |= (uint64_t)(question) << i;                                                     \
        }                                                                                          \
        mask[from / 64] = bits;                                                                    \
    }

/* With `of` known when it is compiled, a term's place is a load or two. */
static inline __attribute__((always_inline)) void ask(const char *text,
                                                      const struct bc_spans *spans, size_t count,
                                                      enum bc_term of, enum bc_test_kind kind,
                                                      const struct value *value, uint64_t *mask)
{
    switch (kind) {
    case BC_TEST_EQUAL:
        EACH_TERM(equal(value, term))
        break;
    case BC_TEST_PREFIX:
        EACH_TERM(prefix(value, term))
        break;
    case BC_TEST_CONTAINS:
        EACH_TERM(contains(value, term))
        break;
    case BC_TEST_DATATYPE:
        EACH_TERM(typed(value, term))
        break;
    case BC_TEST_LANGUAGE:
        break;
    }
}

/* False of those that only a look behind the text of a literal can answer, and of what is any IRI.
 */
static bool is_spelled(const struct bc_term_test *test)
{
    struct bc_slice value = test->value;
    switch (test->kind) {
    case BC_TEST_LANGUAGE:
        return false;
    case BC_TEST_DATATYPE:
        return value.size && !bc_is_silent_datatype(value.data, value.size);
    case BC_TEST_PREFIX:
        return value.size != 1 || value.data[0] != '<';
    default:
        return true;
    }
}

void VEC(match)(const struct bc_compute *compute, const char *text, const struct bc_spans *spans,
                size_t count, const struct bc_term_test *test, uint64_t *mask)
{
    if (!is_spelled(test)) {
        bc_scalar_match(compute, text, spans, count, test, mask);
        return;
    }
    struct value value = value_of(test->value);
    switch (test->term) {
    case BC_SUBJECT:
        ask(text, spans, count, BC_SUBJECT, test->kind, &value, mask);
        break;
    case BC_PREDICATE:
        ask(text, spans, count, BC_PREDICATE, test->kind, &value, mask);
        break;
    case BC_OBJECT:
        ask(text, spans, count, BC_OBJECT, test->kind, &value, mask);
        break;
    case BC_GRAPH:
        ask(text, spans, count, BC_GRAPH, test->kind, &value, mask);
        break;
    }
}
