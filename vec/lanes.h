/* Inside vec/: what the operations are written in. One source is compiled once for each instruction
 * set (vec/meson.build); here the sets differ, and nowhere else.
 *
 * A block is 64 bytes whatever the set: one vector of AVX-512, two of AVX2, four of SSE4.2 and
 * NEON. Questions to a block are answered by a mask, a uint64_t with bit i for byte i; loops then
 * work on masks, which are plain integers:
 *
 *     for (; size - at >= VEC_BLOCK; at += VEC_BLOCK) {
 *         uint64_t ends = vec_equal(vec_load(text + at), '\n');
 *         while (ends)
 *             note(at + vec_take(&ends));
 *     }
 *     uint64_t ends = vec_equal(vec_load_part(text + at, size - at), '\n');
 *
 * The vectors are x86's as SIMDe has them (https://github.com/simd-everywhere/simde): native where
 * the set is, and translated to NEON on aarch64.
 *
 * The build gives VEC_SET (the set's name in symbols), VEC_SET_NAME (as users know it) and
 * VEC_WIDTH (bytes of a vector). Symbols that are not static are named VEC(name). */
#ifndef VEC_LANES_H
#define VEC_LANES_H

#ifndef VEC_SET
#define VEC_SET   sse42 /* for who reads this header alone */
#define VEC_WIDTH 16
#endif

#if VEC_WIDTH == 64
#include <simde/x86/avx512.h>
#elif VEC_WIDTH == 32
#include <simde/x86/avx2.h>
#else
#include <simde/x86/sse4.2.h>
#endif

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define VEC_JOIN_NOW(name, set) vec_##name##_##set
#define VEC_JOIN(name, set)     VEC_JOIN_NOW(name, set)
#define VEC(name)               VEC_JOIN(name, VEC_SET)

enum { VEC_BLOCK = 64, VEC_PARTS = VEC_BLOCK / VEC_WIDTH };

#if VEC_WIDTH == 64
typedef simde__m512i vec_part;
#define VEC_OF(operation)      simde_mm512_##operation
#define VEC_OF_BITS(operation) simde_mm512_##operation##_si512
#elif VEC_WIDTH == 32
typedef simde__m256i vec_part;
#define VEC_OF(operation)      simde_mm256_##operation
#define VEC_OF_BITS(operation) simde_mm256_##operation##_si256
#else
typedef simde__m128i vec_part;
#define VEC_OF(operation)      simde_mm_##operation
#define VEC_OF_BITS(operation) simde_mm_##operation##_si128
#endif

struct vec_block {
    vec_part part[VEC_PARTS];
};

/* Masks. */

/* The lowest `count` bits, 0 to 64. */
static inline uint64_t vec_first(size_t count)
{
    return count >= 64 ? ~UINT64_C(0) : (UINT64_C(1) << count) - 1;
}

/* The number of the lowest bit, of a mask that is not 0. */
static inline unsigned vec_lowest(uint64_t mask)
{
    return (unsigned)__builtin_ctzll(mask);
}

/* The number of the highest bit, of a mask that is not 0. */
static inline unsigned vec_highest(uint64_t mask)
{
    return 63 - (unsigned)__builtin_clzll(mask);
}

/* The number of the lowest bit, which is cleared; of a mask that is not 0. */
static inline unsigned vec_take(uint64_t *mask)
{
    unsigned lowest = vec_lowest(*mask);
    *mask &= *mask - 1;
    return lowest;
}

static inline unsigned vec_bits(uint64_t mask)
{
    return (unsigned)__builtin_popcountll(mask);
}

/* Loads and stores; no alignment is needed. */

static inline struct vec_block vec_load(const void *at)
{
    struct vec_block block;
    for (size_t i = 0; i < VEC_PARTS; i++)
        block.part[i] = VEC_OF_BITS(loadu)((const vec_part *)((const char *)at + i * VEC_WIDTH));
    return block;
}

static inline void vec_store(void *to, struct vec_block block)
{
    for (size_t i = 0; i < VEC_PARTS; i++)
        VEC_OF_BITS(storeu)((vec_part *)((char *)to + i * VEC_WIDTH), block.part[i]);
}

static inline struct vec_block vec_each(unsigned char byte)
{
    struct vec_block block;
    for (int i = 0; i < VEC_PARTS; i++)
        block.part[i] = VEC_OF(set1_epi8)((char)byte);
    return block;
}

/* Sanitizers see reads behind the end that do no harm. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define VEC_WATCHED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer) ||                         \
    __has_feature(thread_sanitizer)
#define VEC_WATCHED 1
#endif
#endif

/* The first `size` bytes, 0 to 64, from at on, and zeros behind them. What lies behind them decides
 * nothing, and no page that they do not lie in is touched; of no bytes, at may be anything. */
#if VEC_WIDTH == 64 && defined(SIMDE_X86_AVX512BW_NATIVE)
static inline struct vec_block vec_load_part(const void *at, size_t size)
{
    return (struct vec_block){{_mm512_maskz_loadu_epi8(vec_first(size), at)}};
}
#else
static inline struct vec_block vec_load_copied(const void *at, size_t size)
{
    char copy[VEC_BLOCK] = {0};
    if (size)
        memcpy(copy, at, size);
    return vec_load(copy);
}

static inline struct vec_block vec_load_part(const void *at, size_t size)
{
#ifndef VEC_WATCHED
    static const unsigned char ones_then_zeros[2 * VEC_BLOCK] = {
#define VEC_EIGHT 255, 255, 255, 255, 255, 255, 255, 255
        VEC_EIGHT, VEC_EIGHT, VEC_EIGHT, VEC_EIGHT, VEC_EIGHT, VEC_EIGHT, VEC_EIGHT, VEC_EIGHT,
#undef VEC_EIGHT
    };
    enum { PAGE_LEAST = 4096 };
    if (size && ((uintptr_t)at & (PAGE_LEAST - 1)) <= PAGE_LEAST - VEC_BLOCK) {
        struct vec_block block = vec_load(at);
        struct vec_block kept = vec_load(ones_then_zeros + VEC_BLOCK - size);
        for (int i = 0; i < VEC_PARTS; i++)
            block.part[i] = VEC_OF_BITS(and)(block.part[i], kept.part[i]);
        return block;
    }
#endif
    return vec_load_copied(at, size);
}
#endif

/* Questions, answered by masks. */

#if VEC_WIDTH == 64
static inline uint64_t vec_high(struct vec_block block) /* bytes from 0x80 on */
{
    return simde_mm512_movepi8_mask(block.part[0]);
}

static inline uint64_t vec_same(struct vec_block a, struct vec_block b) /* bytes that are equal */
{
    return simde_mm512_cmpeq_epi8_mask(a.part[0], b.part[0]);
}

static inline uint64_t vec_less(struct vec_block a, struct vec_block b) /* bytes < those of b */
{
    return simde_mm512_cmplt_epu8_mask(a.part[0], b.part[0]);
}

static inline uint64_t vec_test(struct vec_block block, unsigned char bits) /* have one of these */
{
    return simde_mm512_test_epi8_mask(block.part[0], simde_mm512_set1_epi8((char)bits));
}

static inline uint64_t vec_below(struct vec_block block, unsigned char byte) /* bytes < byte */
{
    return simde_mm512_cmplt_epu8_mask(block.part[0], simde_mm512_set1_epi8((char)byte));
}
#else
/* Bytes from 0x80 on. */
static inline uint64_t vec_high(struct vec_block block)
{
#if defined(SIMDE_ARM_NEON_A64V8_NATIVE)
    /* NEON has no such instruction: each byte keeps the bit of its place, and pairs are summed. */
    static const uint8_t places[16] = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    uint8x16_t place = vld1q_u8(places);
    uint8x16_t bits[VEC_PARTS];
    for (int i = 0; i < VEC_PARTS; i++) {
        int8x16_t part = simde__m128i_to_neon_i8(block.part[i]);
        bits[i] = vandq_u8(vreinterpretq_u8_s8(vshrq_n_s8(part, 7)), place);
    }
    uint8x16_t sums = vpaddq_u8(vpaddq_u8(bits[0], bits[1]), vpaddq_u8(bits[2], bits[3]));
    sums = vpaddq_u8(sums, sums);
    return vgetq_lane_u64(vreinterpretq_u64_u8(sums), 0);
#else
    uint64_t mask = 0;
    for (int i = 0; i < VEC_PARTS; i++)
        mask |= (uint64_t)(uint32_t)VEC_OF(movemask_epi8)(block.part[i]) << (i * VEC_WIDTH);
    return mask;
#endif
}

/* Bytes that are equal. */
static inline uint64_t vec_same(struct vec_block a, struct vec_block b)
{
    for (int i = 0; i < VEC_PARTS; i++)
        a.part[i] = VEC_OF(cmpeq_epi8)(a.part[i], b.part[i]);
    return vec_high(a);
}

/* Bytes of a that are less than those of b. */
static inline uint64_t vec_less(struct vec_block a, struct vec_block b)
{
    for (int i = 0; i < VEC_PARTS; i++)
        b.part[i] = VEC_OF(cmpeq_epi8)(VEC_OF(max_epu8)(a.part[i], b.part[i]), a.part[i]);
    return ~vec_high(b);
}

/* Bytes that have one of these bits. */
static inline uint64_t vec_test(struct vec_block block, unsigned char bits)
{
    vec_part wanted = VEC_OF(set1_epi8)((char)bits), zero = VEC_OF_BITS(setzero)();
    for (int i = 0; i < VEC_PARTS; i++)
        block.part[i] = VEC_OF(cmpeq_epi8)(VEC_OF_BITS(and)(block.part[i], wanted), zero);
    return ~vec_high(block);
}

/* Bytes < byte, which is not 0. */
static inline uint64_t vec_below(struct vec_block block, unsigned char byte)
{
    vec_part most = VEC_OF(set1_epi8)((char)(byte - 1));
    for (int i = 0; i < VEC_PARTS; i++)
        block.part[i] = VEC_OF(cmpeq_epi8)(VEC_OF(min_epu8)(block.part[i], most), block.part[i]);
    return vec_high(block);
}
#endif

static inline uint64_t vec_differing(struct vec_block a, struct vec_block b)
{
    return ~vec_same(a, b);
}

static inline uint64_t vec_equal(struct vec_block block, unsigned char byte)
{
    return vec_same(block, vec_each(byte));
}

/* Byte by byte. */

static inline struct vec_block vec_and(struct vec_block a, struct vec_block b)
{
    for (int i = 0; i < VEC_PARTS; i++)
        a.part[i] = VEC_OF_BITS(and)(a.part[i], b.part[i]);
    return a;
}

static inline struct vec_block vec_or(struct vec_block a, struct vec_block b)
{
    for (int i = 0; i < VEC_PARTS; i++)
        a.part[i] = VEC_OF_BITS(or)(a.part[i], b.part[i]);
    return a;
}

static inline struct vec_block vec_xor(struct vec_block a, struct vec_block b)
{
    for (int i = 0; i < VEC_PARTS; i++)
        a.part[i] = VEC_OF_BITS(xor)(a.part[i], b.part[i]);
    return a;
}

/* a - b, at least 0. */
static inline struct vec_block vec_minus(struct vec_block a, struct vec_block b)
{
    for (int i = 0; i < VEC_PARTS; i++)
        a.part[i] = VEC_OF(subs_epu8)(a.part[i], b.part[i]);
    return a;
}

/* The upper four bits of each byte, as numbers below 16. */
static inline struct vec_block vec_upper(struct vec_block block)
{
    vec_part low = VEC_OF(set1_epi8)(0x0F);
    for (int i = 0; i < VEC_PARTS; i++)
        block.part[i] = VEC_OF_BITS(and)(VEC_OF(srli_epi16)(block.part[i], 4), low);
    return block;
}

/* Sixteen bytes, in each vector as often as it has room for. */
static inline vec_part vec_table(const unsigned char table[16])
{
    simde__m128i once = simde_mm_loadu_si128((const simde__m128i *)table);
#if VEC_WIDTH == 64
    return simde_mm512_broadcast_i32x4(once);
#elif VEC_WIDTH == 32
    return simde_mm256_broadcastsi128_si256(once);
#else
    return once;
#endif
}

/* table[byte % 16] for bytes below 0x80, 0 for the others. */
static inline struct vec_block vec_pick(vec_part table, struct vec_block block)
{
    for (int i = 0; i < VEC_PARTS; i++)
        block.part[i] = VEC_OF(shuffle_epi8)(table, block.part[i]);
    return block;
}

/* The block that begins `back` bytes, 1 to 3, before this one, which follows `before` in the text.
 */
#if VEC_WIDTH == 64
#define VEC_BACK(back)                                                                             \
    static inline struct vec_block vec_back_##back(struct vec_block block,                         \
                                                   struct vec_block before)                        \
    {                                                                                              \
        simde__m512i lanes_before = _mm512_alignr_epi64(block.part[0], before.part[0], 6);         \
        block.part[0] = _mm512_alignr_epi8(block.part[0], lanes_before, 16 - (back));              \
        return block;                                                                              \
    }
#elif VEC_WIDTH == 32
#define VEC_BACK(back)                                                                             \
    static inline struct vec_block vec_back_##back(struct vec_block block,                         \
                                                   struct vec_block before)                        \
    {                                                                                              \
        simde__m256i first = block.part[0];                                                        \
        block.part[0] = simde_mm256_alignr_epi8(                                                   \
            first, simde_mm256_permute2x128_si256(before.part[1], first, 0x21), 16 - (back));      \
        block.part[1] = simde_mm256_alignr_epi8(                                                   \
            block.part[1], simde_mm256_permute2x128_si256(first, block.part[1], 0x21),             \
            16 - (back));                                                                          \
        return block;                                                                              \
    }
#else
#define VEC_BACK(back)                                                                             \
    static inline struct vec_block vec_back_##back(struct vec_block block,                         \
                                                   struct vec_block before)                        \
    {                                                                                              \
        struct vec_block result;                                                                   \
        for (int i = 0; i < VEC_PARTS; i++)                                                        \
            result.part[i] = simde_mm_alignr_epi8(                                                 \
                block.part[i], i ? block.part[i - 1] : before.part[VEC_PARTS - 1], 16 - (back));   \
        return result;                                                                             \
    }
#endif
VEC_BACK(1)
VEC_BACK(2)
VEC_BACK(3)
#undef VEC_BACK

/* Up to eight classes of ASCII bytes, each a bit: a byte's classes are
 * low[byte % 16] & high[byte / 16]. One set of any bytes: bit h of low[l] says whether 16 * h + l
 * is in it, and high[h] is 1 << h; then any bit means that it is. Several classes at once: sets
 * that are products of lower and upper halves. Other bytes than ASCII have no class, so
 * high[8] to high[15] are 0. (The technique: Langdale & Lemire, "Parsing gigabytes of JSON per
 * second", VLDB Journal 28, 2019, section 3.1.2.) */
struct vec_classes {
    unsigned char low[16];
    unsigned char high[16];
};

/* The same, ready for use; held in registers by loops. */
#if VEC_WIDTH == 64
struct vec_lookup {
    simde__m512i first; /* of bytes 0 to 63 */
    simde__m512i second;
};

static inline struct vec_lookup vec_lookup(const struct vec_classes *classes)
{
    enum { ONE = 0x01010101 };
    simde__m512i low = vec_table(classes->low), high = vec_table(classes->high);
    simde__m512i first = simde_mm512_set_epi32(3 * ONE, 3 * ONE, 3 * ONE, 3 * ONE, 2 * ONE, 2 * ONE,
                                               2 * ONE, 2 * ONE, ONE, ONE, ONE, ONE, 0, 0, 0, 0);
    simde__m512i second = simde_mm512_or_si512(first, simde_mm512_set1_epi8(4));
    return (struct vec_lookup){
        simde_mm512_and_si512(low, simde_mm512_shuffle_epi8(high, first)),
        simde_mm512_and_si512(low, simde_mm512_shuffle_epi8(high, second)),
    };
}

static inline struct vec_block vec_classify(struct vec_block block, struct vec_lookup lookup)
{
    simde__m512i bytes = block.part[0];
    block.part[0] = simde_mm512_maskz_permutex2var_epi8(~simde_mm512_movepi8_mask(bytes),
                                                        lookup.first, bytes, lookup.second);
    return block;
}
#else
struct vec_lookup {
    vec_part low;
    vec_part high;
};

static inline struct vec_lookup vec_lookup(const struct vec_classes *classes)
{
    return (struct vec_lookup){vec_table(classes->low), vec_table(classes->high)};
}

/* Each byte's classes; vec_test asks for some of them. */
static inline struct vec_block vec_classify(struct vec_block block, struct vec_lookup lookup)
{
    return vec_and(vec_pick(lookup.low, block), vec_pick(lookup.high, vec_upper(block)));
}
#endif

/* Ranges of bytes, of any size. */

/* How many bytes from the start are equal, up to size. */
static inline size_t vec_common_prefix(const char *a, const char *b, size_t size)
{
    size_t at = 0;
    for (; size - at >= VEC_BLOCK; at += VEC_BLOCK) {
        uint64_t differing = vec_differing(vec_load(a + at), vec_load(b + at));
        if (differing)
            return at + vec_lowest(differing);
    }
    if (at == size)
        return size;
    uint64_t differing =
        vec_differing(vec_load_part(a + at, size - at), vec_load_part(b + at, size - at));
    return differing ? at + vec_lowest(differing) : size;
}

static inline bool vec_equal_bytes(const char *a, const char *b, size_t size)
{
    return vec_common_prefix(a, b, size) == size;
}

/* The place of the first `byte` from `from` on, or size. */
static inline size_t vec_find_byte(const char *text, size_t size, size_t from, unsigned char byte)
{
    size_t at = from;
    for (; size - at >= VEC_BLOCK; at += VEC_BLOCK) {
        uint64_t found = vec_equal(vec_load(text + at), byte);
        if (found)
            return at + vec_lowest(found);
    }
    uint64_t found = vec_equal(vec_load_part(text + at, size - at), byte) & vec_first(size - at);
    return found ? at + vec_lowest(found) : size;
}

/* Whether there is a byte from 0x80 on. */
static inline bool vec_any_high(struct vec_block block)
{
    return vec_high(block) != 0;
}

#endif
