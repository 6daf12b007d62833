/* Inside vec/: keys for sorting lines, packed from the bits in which they differ. Only with BMI2's
 * PEXT: without it packing costs more than it saves. */
#ifndef VEC_SORT_KEYS_H
#define VEC_SORT_KEYS_H

#include "vec/lanes.h"

#if defined(__BMI2__) && defined(__x86_64__)
#define VEC_PACKS_KEYS 1

#include <immintrin.h>

struct vec_item {
    uint64_t key;
    const char *data;
    uint32_t size;
};

/* Eight bytes of the window that are not the same in all lines. */
struct vec_pick {
    uint64_t mask; /* of them as a big-endian number: bits that differ */
    uint32_t at;   /* in the window */
    uint32_t bits; /* of the mask */
};

/* Which bits of which bytes make the keys of some lines. */
struct vec_window {
    struct vec_pick picks[VEC_BLOCK / 8];
    uint32_t count; /* of picks; 0: the lines share all width bytes */
    uint32_t width; /* bytes that the keys speak for, 8 to 64 */
};

/* AMD's processors before Zen 3 take a step for each bit. */
static inline bool vec_packs_slowly(void)
{
    return __builtin_cpu_is("znver1") || __builtin_cpu_is("znver2");
}

enum { VEC_ITEMS_AHEAD = 10 }; /* between a prefetch and its use */

/* The next 64 bytes of a line, zeros behind its end. */
static inline struct vec_block vec_item_block(const struct vec_item *item, uint32_t depth)
{
    uint32_t left = item->size - depth;
    return left >= VEC_BLOCK ? vec_load(item->data + depth)
                             : vec_load_part(item->data + depth, left);
}

/* Brings them to the cache; the line may end before. */
static inline void vec_item_fetch(const struct vec_item *item, uint32_t depth)
{
    uintptr_t at = (uintptr_t)item->data + depth;
    __builtin_prefetch((const void *)at);
    __builtin_prefetch((const void *)(at + VEC_BLOCK - 1));
}

static inline uint64_t vec_big_endian(const char *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return __builtin_bswap64(word);
}

/* Takes what fits of eight bytes whose lines differ in these bits; false if not all did. */
static inline bool vec_window_pick(struct vec_window *window, uint64_t mask, uint32_t room)
{
    bool whole = true;
    uint32_t bytes = 8;
    while (vec_bits(mask) > room) {
        bytes--;
        mask &= ~UINT64_C(0) << (64 - 8 * bytes) % 64;
        whole = false;
        if (!bytes)
            return false;
    }
    if (mask)
        window->picks[window->count++] =
            (struct vec_pick){mask, window->width, (uint32_t)vec_bits(mask)};
    window->width += bytes;
    return whole;
}

/* Finds the window of two or more lines that share their first `depth` bytes. */
static inline void vec_window_find(struct vec_window *window, const struct vec_item *items,
                                   size_t count, uint32_t depth)
{
    struct vec_block first = vec_item_block(&items[0], depth);
    struct vec_block differences = vec_xor(first, first);
    for (size_t i = 1; i < count; i++) {
        if (i + VEC_ITEMS_AHEAD < count)
            vec_item_fetch(&items[i + VEC_ITEMS_AHEAD], depth);
        differences = vec_or(differences, vec_xor(first, vec_item_block(&items[i], depth)));
    }
    char bytes[VEC_BLOCK];
    vec_store(bytes, differences);
    window->count = 0;
    window->width = 0;
    uint32_t room = 64;
    for (size_t at = 0; at < VEC_BLOCK; at += 8) {
        uint32_t picked = window->count;
        if (!vec_window_pick(window, vec_big_endian(bytes + at), room))
            return;
        room -= window->count > picked ? window->picks[picked].bits : 0;
    }
}

/* The key is taken from 64 bytes. */
static inline uint64_t vec_window_key(const struct vec_window *window, const char *bytes)
{
    uint64_t key = _pext_u64(vec_big_endian(bytes + window->picks[0].at), window->picks[0].mask);
    for (uint32_t i = 1; i < window->count; i++) {
        const struct vec_pick *pick = &window->picks[i];
        key = key << pick->bits | _pext_u64(vec_big_endian(bytes + pick->at), pick->mask);
    }
    return key;
}

/* The window has a pick. */
static inline void vec_window_take_keys(const struct vec_window *window, struct vec_item *items,
                                        size_t count, uint32_t depth)
{
    for (size_t i = 0; i < count; i++) {
        if (i + VEC_ITEMS_AHEAD < count)
            vec_item_fetch(&items[i + VEC_ITEMS_AHEAD], depth);
        if (items[i].size - depth >= VEC_BLOCK) {
            items[i].key = vec_window_key(window, items[i].data + depth);
        } else {
            char bytes[VEC_BLOCK];
            vec_store(bytes, vec_item_block(&items[i], depth));
            items[i].key = vec_window_key(window, bytes);
        }
    }
}

#endif
#endif
