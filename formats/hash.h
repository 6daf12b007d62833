/* Inside formats/: hashes that labels are made of, so they are the same on every machine. */
#ifndef FORMATS_HASH_H
#define FORMATS_HASH_H

#include "branchcore/memory.h"

#include <xxhash.h>

/* XXH3 of 64 bits. */
static inline uint64_t fmt_hash(struct bc_slice text)
{
    return XXH3_64bits(text.data, text.size);
}

/* Of two hashes in this order. */
static inline uint64_t fmt_mix(uint64_t a, uint64_t b)
{
    uint64_t both[] = {a, b};
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    both[0] = __builtin_bswap64(a);
    both[1] = __builtin_bswap64(b);
#endif
    return XXH3_64bits(both, sizeof both);
}

#endif
