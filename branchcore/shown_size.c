/* Refs, "s", layer u64, node u64, syntax u8 -> u64 version, u64 and u64 digest of what it was
 * written with, u64 bytes */
#include "branchcore/shown_size.h"

static void key_of(const struct bc_rendering_key *key, char to[BC_SHOWN_SIZE_KEY_BYTES])
{
    to[0] = 's';
    bc_put_u64(to + BC_SHOWN_SIZE_LAYER_AT, key->layer);
    bc_put_u64(to + 9, key->node);
    to[17] = (char)key->syntax;
}

enum bc_status bc_shown_size_get(struct bc_repo *repo, const struct bc_rendering_key *key,
                                 uint64_t *bytes)
{
    char row[BC_SHOWN_SIZE_KEY_BYTES];
    struct bc_value value = {0};
    key_of(key, row);
    enum bc_status st = bc_store_get(repo->store, NULL, BC_REFS, bc_slice(row, sizeof row), &value);
    if (st)
        return st;
    struct bc_reader from = bc_reader(value.slice);
    bool same = bc_decode_u64(&from) == key->version;
    same = bc_decode_u64(&from) == key->digest[0] && same;
    same = bc_decode_u64(&from) == key->digest[1] && same;
    *bytes = bc_decode_u64(&from);
    same = bc_reader_done(&from) && same;
    bc_value_release(&value);
    return same ? BC_OK : BC_NOT_FOUND;
}

void bc_shown_size_put(struct bc_repo *repo, const struct bc_rendering_key *key, uint64_t bytes)
{
    char row[BC_SHOWN_SIZE_KEY_BYTES];
    char value[BC_SHOWN_SIZE_BYTES];
    struct bc_batch batch = {0};
    key_of(key, row);
    bc_put_u64(value, key->version);
    bc_put_u64(value + 8, key->digest[0]);
    bc_put_u64(value + 16, key->digest[1]);
    bc_put_u64(value + 24, bytes);
    if (!bc_batch_put(&batch, BC_REFS, bc_slice(row, sizeof row), bc_slice(value, sizeof value)))
        (void)bc_store_apply(repo->store, &batch, false);
    bc_batch_release(&batch);
}

void bc_shown_size_range(uint64_t layer, char lower[9], char upper[9])
{
    lower[0] = upper[0] = 's';
    bc_put_u64(lower + 1, layer);
    bc_put_u64(upper + 1, layer + 1);
}
