#include "branchcore/run_row.h"

#include "branchcore/codec.h"
#include "branchcore/ntriples.h"

#include <assert.h>
#include <string.h>

enum { VERSION = 1, PREFIX_BYTES = 9, LONG_MARK = 0xFF };

/* A block is closed by the line that fills it. */
enum { BLOCK_BYTES_MAX = BC_BLOCK_BYTES + BC_LINE_MAX + 1 };

void bc_key_run_block(struct bc_key *key, uint64_t run, uint64_t last)
{
    bc_key_prefix(key, run, BC_RUN_BLOCK);
    bc_put_u64(key->bytes + key->size, last);
    key->size += 8;
}

void bc_key_run_header(struct bc_key *key, uint64_t run)
{
    bc_key_prefix(key, run, BC_RUN_HEADER);
}

void bc_key_run_sums(struct bc_key *key, uint64_t run)
{
    bc_key_prefix(key, run, BC_RUN_SUMS);
}

void bc_key_run_index(struct bc_key *key, uint64_t run, struct bc_slice separator, uint64_t offset)
{
    static_assert(PREFIX_BYTES + BC_LINE_KEY_MAX + 1 + 8 <= sizeof key->bytes, "the key fits");
    bc_key_prefix(key, run, BC_RUN_INDEX);
    size_t kept = separator.size <= BC_LINE_KEY_MAX ? separator.size : BC_LINE_KEY_MAX;
    if (kept)
        memcpy(key->bytes + key->size, separator.data, kept);
    key->size += kept;
    if (kept == separator.size)
        return;
    key->bytes[key->size] = (char)LONG_MARK;
    bc_put_u64(key->bytes + key->size + 1, offset);
    key->size += 9;
}

enum bc_status bc_run_block_decode(struct bc_slice key, struct bc_slice value, uint64_t *offset)
{
    if (key.size != PREFIX_BYTES + 8 || key.data[PREFIX_BYTES - 1] != BC_RUN_BLOCK)
        return BC_CORRUPT;
    uint64_t last = bc_get_u64(key.data + PREFIX_BYTES);
    if (!value.size || value.size > BLOCK_BYTES_MAX || value.data[value.size - 1] != '\n' ||
        value.size - 1 > last)
        return BC_CORRUPT;
    *offset = last - (value.size - 1);
    return BC_OK;
}

void bc_run_header_encode(const struct bc_run_summary *summary, char to[BC_RUN_HEADER_BYTES])
{
    to[0] = VERSION;
    bc_put_u64(to + 1, summary->bytes);
    bc_put_u64(to + 9, summary->lines);
    bc_put_u64(to + 17, summary->quads);
    bc_put_u64(to + 25, summary->blocks);
}

enum bc_status bc_run_header_decode(struct bc_slice value, struct bc_run_summary *summary)
{
    struct bc_reader from = bc_reader(value);
    uint8_t version = bc_decode_u8(&from);
    if (version > VERSION)
        return BC_NEWER_FORMAT;
    struct bc_run_summary read = {.bytes = bc_decode_u64(&from),
                                  .lines = bc_decode_u64(&from),
                                  .quads = bc_decode_u64(&from),
                                  .blocks = bc_decode_u64(&from)};
    if (version != VERSION || !bc_reader_done(&from) || read.lines > read.bytes ||
        read.quads > read.lines || read.blocks > read.lines || !read.blocks != !read.bytes)
        return BC_CORRUPT;
    *summary = read;
    return BC_OK;
}

void bc_run_sums_encode(const struct bc_run_sums *sums, char to[BC_RUN_SUMS_BYTES])
{
    to[0] = VERSION;
    bc_put_u64(to + 1, sums->added);
    bc_put_u64(to + 9, sums->added_bytes);
    bc_put_u64(to + 17, sums->added_quads);
    memcpy(to + 25, sums->digest, sizeof sums->digest);
}

enum bc_status bc_run_sums_decode(struct bc_slice value, struct bc_run_sums *sums)
{
    struct bc_reader from = bc_reader(value);
    uint8_t version = bc_decode_u8(&from);
    if (version > VERSION)
        return BC_NEWER_FORMAT;
    struct bc_run_sums read = {.added = bc_decode_u64(&from),
                               .added_bytes = bc_decode_u64(&from),
                               .added_quads = bc_decode_u64(&from)};
    for (size_t i = 0; i < sizeof read.digest; i++)
        read.digest[i] = bc_decode_u8(&from);
    if (version != VERSION || !bc_reader_done(&from) || read.added_quads > read.added ||
        read.added > read.added_bytes)
        return BC_CORRUPT;
    *sums = read;
    return BC_OK;
}

void bc_run_index_encode(const struct bc_block *block, char to[BC_RUN_INDEX_BYTES])
{
    bc_put_u64(to, block->offset);
    bc_put_u32(to + 8, block->bytes);
    bc_put_u64(to + 12, block->line);
}

enum bc_status bc_run_index_decode(struct bc_slice key, struct bc_slice value,
                                   struct bc_block *block, struct bc_slice *separator,
                                   bool *is_long)
{
    if (key.size < PREFIX_BYTES || key.data[PREFIX_BYTES - 1] != BC_RUN_INDEX)
        return BC_CORRUPT;
    struct bc_reader from = bc_reader(value);
    uint64_t offset = bc_decode_u64(&from);
    uint32_t bytes = bc_decode_u32(&from);
    uint64_t line = bc_decode_u64(&from);
    if (!bc_reader_done(&from) || !bytes || bytes > BLOCK_BYTES_MAX || offset > UINT64_MAX - bytes)
        return BC_CORRUPT;
    struct bc_slice rest = bc_slice(key.data + PREFIX_BYTES, key.size - PREFIX_BYTES);
    bool marked = rest.size > BC_LINE_KEY_MAX;
    if (marked && (rest.size != BC_LINE_KEY_MAX + 1 + 8 ||
                   (unsigned char)rest.data[BC_LINE_KEY_MAX] != LONG_MARK ||
                   bc_get_u64(rest.data + BC_LINE_KEY_MAX + 1) != offset))
        return BC_CORRUPT;
    if (!rest.size && offset)
        return BC_CORRUPT;
    *block = (struct bc_block){.offset = offset, .line = line, .bytes = bytes};
    *separator = bc_slice(rest.data, marked ? BC_LINE_KEY_MAX : rest.size);
    *is_long = marked;
    return BC_OK;
}
