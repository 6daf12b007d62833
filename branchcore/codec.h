/* Bytes on disk: the one codec for integers. All are big-endian, so that the order of encoded keys
 * is the order of the numbers. Nothing here allocates; readers are bounds-checked and sticky: after
 * the first failure a reader stays failed and yields zeros, so a decoder checks once at its end. */
#ifndef BRANCHCORE_CODEC_H
#define BRANCHCORE_CODEC_H

#include "branchcore/memory.h"

#include <string.h>

static inline void bc_put_u32(void *to, uint32_t value)
{
    value = __builtin_bswap32(value);
    memcpy(to, &value, 4);
}

static inline void bc_put_u64(void *to, uint64_t value)
{
    value = __builtin_bswap64(value);
    memcpy(to, &value, 8);
}

static inline uint32_t bc_get_u32(const void *from)
{
    uint32_t value;
    memcpy(&value, from, 4);
    return __builtin_bswap32(value);
}

static inline uint64_t bc_get_u64(const void *from)
{
    uint64_t value;
    memcpy(&value, from, 8);
    return __builtin_bswap64(value);
}

/* Appending encoders; BC_NO_MEMORY is the only failure. */
enum bc_status bc_encode_u8(struct bc_buffer *to, uint8_t value);
enum bc_status bc_encode_u32(struct bc_buffer *to, uint32_t value);
enum bc_status bc_encode_u64(struct bc_buffer *to, uint64_t value);
/* u32 length, then the bytes. BC_TOO_LARGE from 4 GiB on. */
enum bc_status bc_encode_bytes(struct bc_buffer *to, struct bc_slice bytes);

struct bc_reader {
    const char *at;
    const char *end;
    bool failed;
};

static inline struct bc_reader bc_reader(struct bc_slice from)
{
    /* An empty slice may have no address, to which nothing must be added. */
    const char *start = from.data ? from.data : "";
    return (struct bc_reader){start, start + from.size, false};
}

uint8_t bc_decode_u8(struct bc_reader *from);
uint32_t bc_decode_u32(struct bc_reader *from);
uint64_t bc_decode_u64(struct bc_reader *from);
/* A slice into the reader's bytes. */
struct bc_slice bc_decode_bytes(struct bc_reader *from);
/* True if nothing failed and nothing is left. */
bool bc_reader_done(const struct bc_reader *from);

#endif
