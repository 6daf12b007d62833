#include "branchcore/codec.h"

enum bc_status bc_encode_u8(struct bc_buffer *to, uint8_t value)
{
    return bc_buffer_append(to, &value, 1);
}

enum bc_status bc_encode_u32(struct bc_buffer *to, uint32_t value)
{
    char bytes[4];
    bc_put_u32(bytes, value);
    return bc_buffer_append(to, bytes, sizeof bytes);
}

enum bc_status bc_encode_u64(struct bc_buffer *to, uint64_t value)
{
    char bytes[8];
    bc_put_u64(bytes, value);
    return bc_buffer_append(to, bytes, sizeof bytes);
}

enum bc_status bc_encode_bytes(struct bc_buffer *to, struct bc_slice bytes)
{
    if (bytes.size > UINT32_MAX)
        return BC_TOO_LARGE;
    enum bc_status st = bc_buffer_reserve(to, bytes.size + 4);
    if (st)
        return st;
    (void)bc_encode_u32(to, (uint32_t)bytes.size);
    return bc_buffer_append(to, bytes.data, bytes.size);
}

static const char *take(struct bc_reader *from, size_t size)
{
    if (from->failed || (size_t)(from->end - from->at) < size) {
        from->failed = true;
        return NULL;
    }
    const char *at = from->at;
    from->at += size;
    return at;
}

uint8_t bc_decode_u8(struct bc_reader *from)
{
    const char *at = take(from, 1);
    return at ? (uint8_t)*at : 0;
}

uint32_t bc_decode_u32(struct bc_reader *from)
{
    const char *at = take(from, 4);
    return at ? bc_get_u32(at) : 0;
}

uint64_t bc_decode_u64(struct bc_reader *from)
{
    const char *at = take(from, 8);
    return at ? bc_get_u64(at) : 0;
}

struct bc_slice bc_decode_bytes(struct bc_reader *from)
{
    uint32_t size = bc_decode_u32(from);
    const char *at = take(from, size);
    return at ? bc_slice(at, size) : bc_slice("", 0);
}

bool bc_reader_done(const struct bc_reader *from)
{
    return !from->failed && from->at == from->end;
}
