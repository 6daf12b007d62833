#include "branchcore/row.h"

#include <assert.h>
#include <xxhash.h>

enum { NODE_VERSION = 1, REDIRECT = 0xFF, LONG_MARK = 0xFF, HASH_BYTES = 16 };

/* layer u64, kind u8, node u64 */
enum { LINE_KEY_AT = 17 };

enum { LONG_KEY_BYTES = BC_LINE_KEY_MAX + 1 + HASH_BYTES };

static void append(struct bc_key *key, const void *data, size_t size)
{
    assert(size <= sizeof key->bytes - key->size);
    memcpy(key->bytes + key->size, data, size);
    key->size += size;
}

static void append_u64(struct bc_key *key, uint64_t value)
{
    char bytes[8];
    bc_put_u64(bytes, value);
    append(key, bytes, sizeof bytes);
}

void bc_key_prefix(struct bc_key *key, uint64_t layer, char kind)
{
    key->size = 0;
    append_u64(key, layer);
    if (kind)
        append(key, &kind, 1);
}

void bc_key_node(struct bc_key *key, uint64_t layer, char kind, uint64_t node)
{
    bc_key_prefix(key, layer, kind);
    append_u64(key, node);
}

void bc_key_entry(struct bc_key *key, uint64_t layer, uint64_t parent, struct bc_slice name)
{
    bc_key_node(key, layer, BC_ROW_ENTRY, parent);
    append(key, name.data, name.size);
}

void bc_key_xattr(struct bc_key *key, uint64_t layer, uint64_t node, struct bc_slice name)
{
    bc_key_node(key, layer, BC_ROW_XATTR, node);
    append(key, name.data, name.size);
}

void bc_key_chunk(struct bc_key *key, uint64_t layer, uint64_t node, uint64_t chunk)
{
    bc_key_node(key, layer, BC_ROW_CHUNK, node);
    append_u64(key, chunk);
}

static struct bc_slice without_newline(struct bc_slice line)
{
    if (line.size && line.data[line.size - 1] == '\n')
        line.size--;
    return line;
}

/* What stands behind the prefix in the key of a long line. */
static void put_long_tail(char to[1 + HASH_BYTES], struct bc_slice line)
{
    XXH128_canonical_t hash;
    XXH128_canonicalFromHash(&hash, XXH3_128bits(line.data, line.size));
    to[0] = (char)LONG_MARK;
    memcpy(to + 1, hash.digest, HASH_BYTES);
}

void bc_key_line(struct bc_key *key, uint64_t layer, uint64_t node, struct bc_slice line)
{
    bc_key_line_of(key, layer, BC_ROW_LINE, node, line);
}

void bc_key_line_of(struct bc_key *key, uint64_t layer, char kind, uint64_t node,
                    struct bc_slice line)
{
    line = without_newline(line);
    bc_key_node(key, layer, kind, node);
    if (line.size <= BC_LINE_KEY_MAX) {
        append(key, line.data, line.size);
        return;
    }
    char tail[1 + HASH_BYTES];
    put_long_tail(tail, line);
    append(key, line.data, BC_LINE_KEY_MAX);
    append(key, tail, sizeof tail);
}

void bc_key_behind(struct bc_key *key)
{
    while (key->size && (unsigned char)key->bytes[key->size - 1] == 0xFF)
        key->size--;
    assert(key->size);
    key->bytes[key->size - 1]++;
}

enum bc_status bc_line_value(struct bc_buffer *to, char sign, struct bc_slice line)
{
    line = without_newline(line);
    bc_buffer_clear(to);
    enum bc_status st = bc_buffer_append(to, &sign, 1);
    if (!st && line.size > BC_LINE_KEY_MAX)
        st = bc_buffer_append(to, line.data, line.size);
    return st;
}

/* Whether a row's key is that of the long line in its value. */
static bool is_key_of(struct bc_slice key, struct bc_slice line)
{
    if (key.size != LONG_KEY_BYTES || line.size <= BC_LINE_KEY_MAX)
        return false;
    char tail[1 + HASH_BYTES];
    put_long_tail(tail, line);
    return !memcmp(key.data, line.data, BC_LINE_KEY_MAX) &&
           !memcmp(key.data + BC_LINE_KEY_MAX, tail, sizeof tail);
}

enum bc_status bc_line_decode(struct bc_slice key, struct bc_slice value, char *sign,
                              struct bc_slice *line)
{
    if (key.size <= LINE_KEY_AT || !value.size || (value.data[0] != '+' && value.data[0] != '-'))
        return BC_CORRUPT;
    struct bc_slice rest = bc_slice(key.data + LINE_KEY_AT, key.size - LINE_KEY_AT);
    struct bc_slice found = rest;
    if (value.size > 1) {
        found = bc_slice(value.data + 1, value.size - 1);
        if (!is_key_of(rest, found))
            return BC_CORRUPT;
    } else if (rest.size > BC_LINE_KEY_MAX) {
        return BC_CORRUPT;
    }
    if (memchr(found.data, '\n', found.size))
        return BC_CORRUPT;
    *sign = value.data[0];
    *line = found;
    return BC_OK;
}

enum bc_status bc_node_encode(const struct bc_node *node, struct bc_buffer *to)
{
    bc_buffer_clear(to);
    enum bc_status st = bc_buffer_reserve(to, 256 + node->name.size + node->target.size);
    if (st)
        return st;
    /* The room is reserved: none of these can fail. */
    (void)bc_encode_u8(to, NODE_VERSION);
    (void)bc_encode_u8(to, node->kind);
    (void)bc_encode_u8(to, node->form);
    (void)bc_encode_u8(to, node->flags);
    (void)bc_encode_u32(to, node->mode);
    (void)bc_encode_u32(to, node->uid);
    (void)bc_encode_u32(to, node->gid);
    (void)bc_encode_u64(to, (uint64_t)node->atime_ns);
    (void)bc_encode_u64(to, (uint64_t)node->mtime_ns);
    (void)bc_encode_u64(to, (uint64_t)node->ctime_ns);
    (void)bc_encode_u64(to, (uint64_t)node->btime_ns);
    (void)bc_encode_u64(to, node->parent);
    (void)bc_encode_u64(to, node->size_bytes);
    (void)bc_encode_u64(to, node->triples);
    (void)bc_encode_u64(to, node->quads);
    (void)bc_encode_u64(to, node->version);
    (void)bc_encode_u64(to, node->run);
    (void)bc_encode_u64(to, node->delta);
    (void)bc_encode_u64(to, node->below);
    (void)bc_encode_u64(to, node->delta_bytes);
    (void)bc_encode_u64(to, node->cut_bytes);
    (void)bc_encode_bytes(to, node->name);
    return bc_encode_bytes(to, node->target);
}

enum bc_status bc_node_decode(struct bc_slice value, struct bc_node *node)
{
    struct bc_reader from = bc_reader(value);
    *node = (struct bc_node){0};
    uint8_t version = bc_decode_u8(&from);
    if (version > NODE_VERSION)
        return BC_NEWER_FORMAT;
    node->kind = bc_decode_u8(&from);
    node->form = bc_decode_u8(&from);
    node->flags = bc_decode_u8(&from);
    node->mode = bc_decode_u32(&from);
    node->uid = bc_decode_u32(&from);
    node->gid = bc_decode_u32(&from);
    node->atime_ns = (int64_t)bc_decode_u64(&from);
    node->mtime_ns = (int64_t)bc_decode_u64(&from);
    node->ctime_ns = (int64_t)bc_decode_u64(&from);
    node->btime_ns = (int64_t)bc_decode_u64(&from);
    node->parent = bc_decode_u64(&from);
    node->size_bytes = bc_decode_u64(&from);
    node->triples = bc_decode_u64(&from);
    node->quads = bc_decode_u64(&from);
    node->version = bc_decode_u64(&from);
    node->run = bc_decode_u64(&from);
    node->delta = bc_decode_u64(&from);
    node->below = bc_decode_u64(&from);
    node->delta_bytes = bc_decode_u64(&from);
    node->cut_bytes = bc_decode_u64(&from);
    node->name = bc_decode_bytes(&from);
    node->target = bc_decode_bytes(&from);
    bool valid = version == NODE_VERSION && bc_reader_done(&from) && node->kind <= BC_SYMLINK &&
                 node->form <= BC_TEXT && node->flags <= 31 && node->name.size <= BC_NAME_MAX;
    return valid ? BC_OK : BC_CORRUPT;
}

void bc_redirect_encode(uint64_t layer, char to[BC_REDIRECT_BYTES])
{
    to[0] = (char)REDIRECT;
    bc_put_u64(to + 1, layer);
}

bool bc_redirect_decode(struct bc_slice value, uint64_t *layer)
{
    if (value.size != BC_REDIRECT_BYTES || (unsigned char)value.data[0] != REDIRECT)
        return false;
    *layer = bc_get_u64(value.data + 1);
    return *layer != 0;
}
