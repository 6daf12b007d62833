#include "branchcore/commit_record.h"

#include "branchcore/codec.h"
#include "branchcore/model.h"

#include <inttypes.h>

#include <openssl/evp.h>

void bc_commit_id_format(const struct bc_commit_id *id, char hex[BC_COMMIT_HEX + 1])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < BC_COMMIT_ID_BYTES; i++) {
        hex[2 * i] = digits[id->bytes[i] >> 4];
        hex[2 * i + 1] = digits[id->bytes[i] & 15];
    }
    hex[BC_COMMIT_HEX] = '\0';
}

void bc_commit_key(const struct bc_commit_id *id, char key[BC_COMMIT_KEY_BYTES])
{
    key[0] = 'c';
    memcpy(key + 1, id->bytes, BC_COMMIT_ID_BYTES);
}

enum bc_status bc_commit_record_encode(const struct bc_commit_record *record, struct bc_buffer *to)
{
    const struct bc_commit *commit = &record->commit;
    bc_buffer_clear(to);
    enum bc_status st = bc_buffer_reserve(to, 256 + record->author.size + record->message.size);
    if (st)
        return st;
    (void)bc_encode_u8(to, (uint8_t)record->form);
    (void)bc_encode_u8(to, (uint8_t)commit->parent_count);
    for (unsigned i = 0; i < commit->parent_count; i++)
        (void)bc_buffer_append(to, commit->parents[i].bytes, BC_COMMIT_ID_BYTES);
    (void)bc_encode_u64(to, commit->layer);
    (void)bc_encode_u64(to, commit->generation);
    (void)bc_encode_u64(to, (uint64_t)commit->time_ns);
    (void)bc_encode_u64(to, commit->files);
    (void)bc_encode_u64(to, commit->added);
    (void)bc_encode_u64(to, commit->removed);
    (void)bc_buffer_append(to, record->change, sizeof record->change);
    (void)bc_encode_bytes(to, record->author);
    return bc_encode_bytes(to, record->message);
}

static void decode_32(struct bc_reader *from, unsigned char to[32])
{
    for (size_t i = 0; i < 32; i++)
        to[i] = bc_decode_u8(from);
}

enum bc_status bc_commit_record_decode(struct bc_slice value, struct bc_commit_record *record)
{
    struct bc_reader from = bc_reader(value);
    *record = (struct bc_commit_record){0};
    struct bc_commit *commit = &record->commit;
    record->form = bc_decode_u8(&from);
    if (record->form > BC_CHANGE_FORM)
        return BC_NEWER_FORMAT;
    commit->parent_count = bc_decode_u8(&from);
    if (!record->form || commit->parent_count > BC_COMMIT_PARENTS_MAX)
        return BC_CORRUPT;
    for (unsigned i = 0; i < commit->parent_count; i++)
        decode_32(&from, commit->parents[i].bytes);
    commit->layer = bc_decode_u64(&from);
    commit->generation = bc_decode_u64(&from);
    commit->time_ns = (int64_t)bc_decode_u64(&from);
    commit->files = bc_decode_u64(&from);
    commit->added = bc_decode_u64(&from);
    commit->removed = bc_decode_u64(&from);
    decode_32(&from, record->change);
    record->author = bc_decode_bytes(&from);
    record->message = bc_decode_bytes(&from);
    return bc_reader_done(&from) && commit->generation ? BC_OK : BC_CORRUPT;
}

static enum bc_status canonical(const struct bc_commit_record *record, struct bc_buffer *text)
{
    char hex[BC_COMMIT_HEX + 1];
    struct bc_commit_id change;
    enum bc_status st = bc_buffer_printf(text, "triplefs commit 1\n");
    for (unsigned i = 0; !st && i < record->commit.parent_count; i++) {
        bc_commit_id_format(&record->commit.parents[i], hex);
        st = bc_buffer_printf(text, "parent %s\n", hex);
    }
    memcpy(change.bytes, record->change, sizeof change.bytes);
    bc_commit_id_format(&change, hex);
    if (!st)
        st = bc_buffer_printf(text, "author %.*s\ntime %" PRId64 "\nchange %s\n\n",
                              (int)record->author.size, record->author.data, record->commit.time_ns,
                              hex);
    return st ? st : bc_buffer_append(text, record->message.data, record->message.size);
}

enum bc_status bc_commit_record_id(const struct bc_commit_record *record, struct bc_commit_id *id)
{
    struct bc_buffer text = {0};
    enum bc_status st = canonical(record, &text);
    /* OpenSSL's failures here are those of its allocations. */
    if (!st && !EVP_Digest(text.data, text.size, id->bytes, NULL, EVP_sha256(), NULL))
        st = BC_NO_MEMORY;
    bc_buffer_release(&text);
    return st;
}

void bc_commit_release(struct bc_commit *commit)
{
    bc_buffer_release(&commit->strings);
    *commit = (struct bc_commit){0};
}

/* Takes over a decoded record, with strings of its own. */
static enum bc_status fill(const struct bc_commit_id *id, const struct bc_commit_record *record,
                           struct bc_commit *commit)
{
    struct bc_buffer strings = {0};
    enum bc_status st = bc_buffer_reserve(&strings, record->author.size + record->message.size + 2);
    if (st)
        return st;
    (void)bc_buffer_append(&strings, record->author.data, record->author.size);
    (void)bc_buffer_append(&strings, "", 1);
    (void)bc_buffer_append(&strings, record->message.data, record->message.size);
    (void)bc_buffer_append(&strings, "", 1);
    *commit = record->commit;
    commit->id = *id;
    commit->strings = strings;
    commit->author = strings.data;
    commit->message = strings.data + record->author.size + 1;
    return BC_OK;
}

enum bc_status bc_commit_record_get(struct bc_repo *repo, const struct bc_commit_id *id,
                                    struct bc_value *value, struct bc_commit_record *record)
{
    char key[BC_COMMIT_KEY_BYTES];
    bc_commit_key(id, key);
    enum bc_status st = bc_store_get(repo->store, NULL, BC_REFS, bc_slice(key, sizeof key), value);
    if (st)
        return st;
    st = bc_commit_record_decode(value->slice, record);
    if (st)
        bc_value_release(value);
    return st;
}

enum bc_status bc_commit_get(struct bc_repo *repo, const struct bc_commit_id *id,
                             struct bc_commit *commit)
{
    struct bc_value value = {0};
    struct bc_commit_record record;
    enum bc_status st = bc_commit_record_get(repo, id, &value, &record);
    if (!st)
        st = fill(id, &record, commit);
    bc_value_release(&value);
    return st;
}

enum bc_status bc_commit_layer(struct bc_repo *repo, const struct bc_batch *batch,
                               const struct bc_commit_id *id, uint64_t *layer)
{
    char key[BC_COMMIT_KEY_BYTES];
    struct bc_batch_entry entry;
    struct bc_commit_record record;
    size_t position = 0;
    bc_commit_key(id, key);
    struct bc_slice wanted = bc_slice(key, sizeof key);
    while (batch && bc_batch_each(batch, &position, &entry)) {
        if (entry.kind != BC_BATCH_PUT || entry.family != BC_REFS ||
            !bc_slice_equal(entry.key, wanted))
            continue;
        enum bc_status st = bc_commit_record_decode(entry.value, &record);
        *layer = record.commit.layer;
        return st;
    }
    struct bc_value value = {0};
    enum bc_status st = bc_store_get(repo->store, NULL, BC_REFS, wanted, &value);
    if (st)
        return st;
    st = bc_commit_record_decode(value.slice, &record);
    *layer = record.commit.layer;
    bc_value_release(&value);
    return st;
}

enum bc_status bc_commit_each(struct bc_repo *repo, struct bc_snapshot *snapshot,
                              enum bc_status (*sink)(void *context, const struct bc_commit_id *id,
                                                     const struct bc_commit_record *record),
                              void *context)
{
    struct bc_cursor *cursor = NULL;
    enum bc_status st = bc_store_cursor(repo->store, snapshot, BC_REFS, bc_slice("c", 1),
                                        bc_slice("d", 1), true, &cursor);
    if (st)
        return st;
    for (cursor->ops->first(cursor); !st && cursor->valid; cursor->ops->next(cursor)) {
        struct bc_commit_record record;
        struct bc_commit_id id;
        st = cursor->key.size == BC_COMMIT_KEY_BYTES
                 ? bc_commit_record_decode(cursor->value, &record)
                 : BC_CORRUPT;
        if (st)
            break;
        memcpy(id.bytes, cursor->key.data + 1, BC_COMMIT_ID_BYTES);
        st = sink(context, &id, &record);
    }
    if (!st)
        st = cursor->status;
    bc_cursor_free(cursor);
    return st;
}
