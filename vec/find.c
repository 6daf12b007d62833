/* Looks for the first and the last byte of the needle at once, 64 places a step, and compares what
 * lies between where both are (W. Mula, "SIMD-friendly algorithms for substring searching",
 * http://0x80.pl/articles/simd-strfind.html, algorithm 1). Texts in which that finds many places in
 * vain are left to the scalar search, which is linear in the worst case. */
#include "branchcore/scalar.h"
#include "vec/operations.h"

enum { VAIN_ALLOWED = 4096 };

/* The first of the places at + i, for the bits i of `candidates`, that the needle is at, or
 * SIZE_MAX. *vain counts the bytes that were compared at the others. */
static size_t check(struct bc_slice text, struct bc_slice needle, size_t at, uint64_t candidates,
                    size_t *vain)
{
    while (candidates) {
        size_t place = at + vec_take(&candidates);
        size_t inside = needle.size - 1;
        size_t equal = vec_common_prefix(text.data + place, needle.data, inside);
        if (equal == inside)
            return place;
        *vain += equal;
    }
    return SIZE_MAX;
}

size_t VEC(find)(const struct bc_compute *compute, struct bc_slice text, struct bc_slice needle,
                 size_t from)
{
    if (!needle.size)
        return from;
    if (needle.size > text.size - from)
        return text.size;
    size_t span = needle.size - 1;
    size_t places = text.size - span;
    const char *first = text.data, *last = text.data + span;
    struct vec_block first_byte = vec_each((unsigned char)needle.data[0]);
    struct vec_block last_byte = vec_each((unsigned char)needle.data[span]);
    size_t vain = 0;
    for (size_t at = from; at < places; at += VEC_BLOCK) {
        if (vain > at - from + VAIN_ALLOWED)
            return bc_scalar_find(compute, text, needle, at);
        size_t left = places - at;
        uint64_t candidates;
        if (left >= VEC_BLOCK)
            candidates = vec_same(vec_load(first + at), first_byte) &
                         vec_same(vec_load(last + at), last_byte);
        else
            candidates = vec_same(vec_load_part(first + at, left), first_byte) &
                         vec_same(vec_load_part(last + at, left), last_byte) & vec_first(left);
        if (candidates) {
            size_t place = check(text, needle, at, candidates, &vain);
            if (place != SIZE_MAX)
                return place;
        }
    }
    return text.size;
}
