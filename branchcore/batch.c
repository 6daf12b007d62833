#include "branchcore/store.h"

#include <string.h>

/* What stands before the bytes of an entry. It lives in memory alone, so the machine's own integers
 * do. */
struct entry_header {
    size_t key_size;
    size_t value_size;
    uint8_t kind;
    uint8_t family;
};

static enum bc_status add(struct bc_batch *batch, const struct bc_batch_entry *entry)
{
    if (!bc_row_fits(entry->key, entry->value))
        return BC_TOO_LARGE;
    enum bc_status st = bc_buffer_reserve(&batch->bytes, sizeof(struct entry_header) +
                                                             entry->key.size + entry->value.size);
    if (st)
        return st;
    struct entry_header header;
    memset(&header, 0, sizeof header);
    header.key_size = entry->key.size;
    header.value_size = entry->value.size;
    header.kind = (uint8_t)entry->kind;
    header.family = (uint8_t)entry->family;
    /* Cannot fail: the room is there. */
    (void)bc_buffer_append(&batch->bytes, &header, sizeof header);
    (void)bc_buffer_append(&batch->bytes, entry->key.data, entry->key.size);
    (void)bc_buffer_append(&batch->bytes, entry->value.data, entry->value.size);
    batch->count++;
    return BC_OK;
}

enum bc_status bc_batch_put(struct bc_batch *batch, enum bc_family family, struct bc_slice key,
                            struct bc_slice value)
{
    return add(batch, &(struct bc_batch_entry){BC_BATCH_PUT, family, key, value});
}

enum bc_status bc_batch_delete(struct bc_batch *batch, enum bc_family family, struct bc_slice key)
{
    return add(batch, &(struct bc_batch_entry){BC_BATCH_DELETE, family, key, bc_slice("", 0)});
}

enum bc_status bc_batch_delete_range(struct bc_batch *batch, enum bc_family family,
                                     struct bc_slice first, struct bc_slice behind)
{
    return add(batch, &(struct bc_batch_entry){BC_BATCH_DELETE_RANGE, family, first, behind});
}

bool bc_batch_each(const struct bc_batch *batch, size_t *position, struct bc_batch_entry *entry)
{
    if (*position >= batch->bytes.size)
        return false;
    const char *at = batch->bytes.data + *position;
    struct entry_header header;
    memcpy(&header, at, sizeof header);
    at += sizeof header;
    *entry = (struct bc_batch_entry){
        .kind = (enum bc_batch_kind)header.kind,
        .family = (enum bc_family)header.family,
        .key = bc_slice(at, header.key_size),
        .value = bc_slice(at + header.key_size, header.value_size),
    };
    *position += sizeof header + header.key_size + header.value_size;
    return true;
}

void bc_batch_clear(struct bc_batch *batch)
{
    bc_buffer_clear(&batch->bytes);
    batch->count = 0;
}

void bc_batch_release(struct bc_batch *batch)
{
    bc_buffer_release(&batch->bytes);
    batch->count = 0;
}
