#include "branchcore/layer_record.h"

#include "branchcore/codec.h"

enum { PLAIN_VERSION = 1, INDEX_VERSION = 2 };

static void make_key(char key[9], uint64_t layer)
{
    key[0] = 'l';
    bc_put_u64(key + 1, layer);
}

enum bc_status bc_layer_record_decode(struct bc_slice value, struct bc_layer_record *record)
{
    struct bc_reader from = bc_reader(value);
    *record = (struct bc_layer_record){0};
    uint8_t version = bc_decode_u8(&from);
    if (version > INDEX_VERSION)
        return BC_NEWER_FORMAT;
    record->parent = bc_decode_u64(&from);
    if (version == INDEX_VERSION) {
        record->same = bc_decode_u64(&from);
        record->rows = bc_decode_u64(&from);
    }
    bool valid = bc_reader_done(&from) && version >= PLAIN_VERSION &&
                 (version == INDEX_VERSION) == (record->same != 0);
    return valid ? BC_OK : BC_CORRUPT;
}

enum bc_status bc_layer_record_read(struct bc_store *store, uint64_t layer,
                                    struct bc_layer_record *record)
{
    char key[9];
    struct bc_value value = {0};
    make_key(key, layer);
    enum bc_status st = bc_store_get(store, NULL, BC_REFS, bc_slice(key, sizeof key), &value);
    if (st)
        return st;
    st = bc_layer_record_decode(value.slice, record);
    bc_value_release(&value);
    return st;
}

enum bc_status bc_layer_record_get(struct bc_store *store, uint64_t layer, uint64_t *parent)
{
    struct bc_layer_record record;
    enum bc_status st = bc_layer_record_read(store, layer, &record);
    if (!st)
        *parent = record.parent;
    return st;
}

enum bc_status bc_layer_record_put(struct bc_batch *batch, uint64_t layer, uint64_t parent)
{
    char key[9];
    char value[9] = {PLAIN_VERSION};
    make_key(key, layer);
    bc_put_u64(value + 1, parent);
    return bc_batch_put(batch, BC_REFS, bc_slice(key, sizeof key), bc_slice(value, sizeof value));
}

enum bc_status bc_layer_record_put_index(struct bc_batch *batch, uint64_t layer,
                                         const struct bc_layer_record *record)
{
    char key[9];
    char value[25] = {INDEX_VERSION};
    make_key(key, layer);
    bc_put_u64(value + 1, record->parent);
    bc_put_u64(value + 9, record->same);
    bc_put_u64(value + 17, record->rows);
    return bc_batch_put(batch, BC_REFS, bc_slice(key, sizeof key), bc_slice(value, sizeof value));
}
