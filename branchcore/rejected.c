#include "branchcore/rejected.h"

#include "branchcore/model.h"

enum { RECORD_VERSION = 1, TEXT_NODE = 1, BATCH_BYTES = 1 << 20 };

struct record {
    uint64_t layer;
    uint64_t size_bytes;
    int64_t time_ns;
};

static enum bc_status encode_record(const struct record *record, struct bc_buffer *to)
{
    enum bc_status st = bc_encode_u8(to, RECORD_VERSION);
    if (!st)
        st = bc_encode_u64(to, record->layer);
    if (!st)
        st = bc_encode_u64(to, record->size_bytes);
    if (!st)
        st = bc_encode_u64(to, (uint64_t)record->time_ns);
    return st;
}

static enum bc_status decode_record(struct bc_slice value, struct record *record)
{
    struct bc_reader from = bc_reader(value);
    uint8_t version = bc_decode_u8(&from);
    if (version > RECORD_VERSION)
        return BC_NEWER_FORMAT;
    record->layer = bc_decode_u64(&from);
    record->size_bytes = bc_decode_u64(&from);
    record->time_ns = (int64_t)bc_decode_u64(&from);
    return version == RECORD_VERSION && bc_reader_done(&from) ? BC_OK : BC_CORRUPT;
}

enum bc_status bc_rejected_layer(struct bc_slice value, uint64_t *layer)
{
    struct record record;
    enum bc_status st = decode_record(value, &record);
    if (!st)
        *layer = record.layer;
    return st;
}

enum { PREFIX_BYTES = 9 };

static enum bc_status encode_key(uint64_t branch, struct bc_slice path, struct bc_buffer *to)
{
    enum bc_status st = bc_buffer_append(to, "j", 1);
    if (!st)
        st = bc_encode_u64(to, branch);
    if (!st)
        st = bc_buffer_append(to, path.data, path.size);
    return st;
}

static enum bc_status get_record(struct bc_branch *branch, struct bc_snapshot *snapshot,
                                 struct bc_slice path, struct record *record)
{
    struct bc_buffer key = {0};
    struct bc_value value = {0};
    enum bc_status st = encode_key(branch->id, path, &key);
    if (!st)
        st = bc_store_get(branch->repo->store, snapshot, BC_REFS, bc_buffer_slice(&key), &value);
    if (!st)
        st = decode_record(value.slice, record);
    bc_value_release(&value);
    bc_buffer_release(&key);
    return st;
}

static struct bc_rejected describe(const struct record *record, const char *path)
{
    return (struct bc_rejected){path, record->size_bytes, record->time_ns, record->layer};
}

enum bc_status bc_rejected_stat(struct bc_branch *branch, struct bc_slice path,
                                struct bc_rejected *rejected)
{
    struct record record;
    enum bc_status st = get_record(branch, NULL, path, &record);
    if (!st)
        *rejected = describe(&record, NULL);
    return st;
}

static enum bc_status
give_row(struct bc_cursor *cursor, struct bc_buffer *path,
         enum bc_status (*sink)(void *context, const struct bc_rejected *rejected), void *context)
{
    struct record record;
    enum bc_status st = decode_record(cursor->value, &record);
    bc_buffer_clear(path);
    if (!st)
        st = bc_buffer_append(path, cursor->key.data + PREFIX_BYTES,
                              cursor->key.size - PREFIX_BYTES);
    if (!st)
        st = bc_buffer_append(path, "", 1);
    if (st)
        return st;
    struct bc_rejected rejected = describe(&record, path->data);
    return sink(context, &rejected);
}

enum bc_status bc_rejected_each(struct bc_branch *branch,
                                enum bc_status (*sink)(void *context,
                                                       const struct bc_rejected *rejected),
                                void *context)
{
    char lower[PREFIX_BYTES] = "j";
    char upper[PREFIX_BYTES] = "j";
    bc_put_u64(lower + 1, branch->id);
    bc_put_u64(upper + 1, branch->id + 1);
    struct bc_cursor *cursor;
    enum bc_status st =
        bc_store_cursor(branch->repo->store, NULL, BC_REFS, bc_slice(lower, sizeof lower),
                        bc_slice(upper, sizeof upper), false, &cursor);
    if (st)
        return st;
    struct bc_buffer path = {0};
    for (cursor->ops->first(cursor); !st && cursor->valid; cursor->ops->next(cursor))
        st = give_row(cursor, &path, sink, context);
    if (!st)
        st = cursor->status;
    bc_buffer_release(&path);
    bc_cursor_free(cursor);
    return st;
}

/* Fills `to` with the part of one chunk that [offset, offset + size) has. */
static enum bc_status read_chunk(struct bc_store *store, struct bc_snapshot *snapshot,
                                 uint64_t layer, uint64_t offset, char *to, size_t size)
{
    struct bc_key key;
    bc_key_chunk(&key, layer, TEXT_NODE, offset / BC_CHUNK_BYTES);
    struct bc_value value = {0};
    memset(to, 0, size);
    enum bc_status st = bc_store_get(store, snapshot, BC_LAYERS, bc_key_slice(&key), &value);
    if (st)
        return st == BC_NOT_FOUND ? BC_OK : st;
    size_t from = offset % BC_CHUNK_BYTES;
    if (from < value.slice.size) {
        size_t there = value.slice.size - from;
        memcpy(to, value.slice.data + from, there < size ? there : size);
    }
    bc_value_release(&value);
    return BC_OK;
}

static enum bc_status read_text(struct bc_store *store, struct bc_snapshot *snapshot,
                                const struct record *record, uint64_t offset, char *to, size_t size,
                                size_t *done)
{
    *done = 0;
    if (offset >= record->size_bytes)
        return BC_OK;
    if (size > record->size_bytes - offset)
        size = (size_t)(record->size_bytes - offset);
    while (*done < size) {
        size_t part = BC_CHUNK_BYTES - (offset + *done) % BC_CHUNK_BYTES;
        if (part > size - *done)
            part = size - *done;
        enum bc_status st =
            read_chunk(store, snapshot, record->layer, offset + *done, to + *done, part);
        if (st)
            return st;
        *done += part;
    }
    return BC_OK;
}

enum bc_status bc_rejected_read(struct bc_branch *branch, struct bc_slice path, uint64_t offset,
                                void *to, size_t size, size_t *done)
{
    /* As at one moment: it may be removed or replaced meanwhile. */
    struct bc_store *store = branch->repo->store;
    struct bc_snapshot *snapshot;
    enum bc_status st = store->ops->snapshot_new(store, &snapshot);
    if (st)
        return st;
    struct record record;
    *done = 0;
    st = get_record(branch, snapshot, path, &record);
    if (!st)
        st = read_text(store, snapshot, &record, offset, to, size, done);
    store->ops->snapshot_free(store, snapshot);
    return st;
}

static enum bc_status delete_layer(struct bc_batch *batch, uint64_t layer)
{
    struct bc_key lower;
    bc_key_prefix(&lower, layer, 0);
    struct bc_key upper = lower;
    bc_key_behind(&upper);
    return bc_batch_delete_range(batch, BC_LAYERS, bc_key_slice(&lower), bc_key_slice(&upper));
}

/* A text that takes a path's place in `rejected/`, or nothing. */
struct replacement {
    struct bc_slice path;
    uint64_t only;               /* the text that must be there before; 0: any or none */
    const struct record *record; /* NULL: none from now on; then there must be one before */
};

static enum bc_status add_row(struct bc_branch *branch, const struct replacement *replacement,
                              struct bc_batch *batch)
{
    struct bc_buffer key = {0};
    struct bc_buffer value = {0};
    enum bc_status st = encode_key(branch->id, replacement->path, &key);
    if (!st && replacement->record)
        st = encode_record(replacement->record, &value);
    if (!st && replacement->record)
        st = bc_batch_put(batch, BC_REFS, bc_buffer_slice(&key), bc_buffer_slice(&value));
    else if (!st)
        st = bc_batch_delete(batch, BC_REFS, bc_buffer_slice(&key));
    bc_buffer_release(&key);
    bc_buffer_release(&value);
    return st;
}

static enum bc_status replace_locked(struct bc_branch *branch,
                                     const struct replacement *replacement, struct bc_batch *batch)
{
    if (branch->gone)
        return BC_STALE;
    struct record old;
    enum bc_status st = get_record(branch, NULL, replacement->path, &old);
    if (st == BC_NOT_FOUND && replacement->record)
        st = BC_OK;
    else if (!st && replacement->only && old.layer != replacement->only)
        st = BC_NOT_FOUND;
    else if (!st)
        st = delete_layer(batch, old.layer);
    if (!st)
        st = add_row(branch, replacement, batch);
    return st ? st : bc_store_apply(branch->repo->store, batch, false);
}

/* Applies the batch and the replacement as one. The branch's lock makes two that replace one text
 * do so one after the other, so that no layer is left over. */
static enum bc_status replace(struct bc_branch *branch, const struct replacement *replacement,
                              struct bc_batch *batch)
{
    pthread_rwlock_wrlock(&branch->lock);
    enum bc_status st = replace_locked(branch, replacement, batch);
    pthread_rwlock_unlock(&branch->lock);
    return st;
}

enum bc_status bc_rejected_remove(struct bc_branch *branch, struct bc_slice path)
{
    struct bc_batch batch = {0};
    enum bc_status st = replace(branch, &(struct replacement){.path = path}, &batch);
    bc_batch_release(&batch);
    return st;
}

enum bc_status bc_rejected_remove_id(struct bc_branch *branch, struct bc_slice path, uint64_t id)
{
    struct bc_batch batch = {0};
    enum bc_status st = replace(branch, &(struct replacement){.path = path, .only = id}, &batch);
    bc_batch_release(&batch);
    return st == BC_NOT_FOUND ? BC_OK : st;
}

/* A text on its way into the store. */
struct putting {
    struct bc_branch *branch;
    bc_rejected_source source;
    uint64_t (*data_from)(void *context, uint64_t offset);
    void *context;
    struct record record;
    struct bc_batch batch;
    char *chunk; /* BC_CHUNK_BYTES */
};

static bool all_zeros(const char *bytes, size_t size)
{
    return !size || (!bytes[0] && !memcmp(bytes, bytes + 1, size - 1));
}

static enum bc_status put_chunk(struct putting *putting, uint64_t offset)
{
    uint64_t left = putting->record.size_bytes - offset;
    size_t size = left < BC_CHUNK_BYTES ? (size_t)left : BC_CHUNK_BYTES;
    size_t done;
    enum bc_status st = putting->source(putting->context, offset, putting->chunk, size, &done);
    if (st || all_zeros(putting->chunk, done))
        return st;
    struct bc_key key;
    bc_key_chunk(&key, putting->record.layer, TEXT_NODE, offset / BC_CHUNK_BYTES);
    return bc_batch_put(&putting->batch, BC_LAYERS, bc_key_slice(&key),
                        bc_slice(putting->chunk, done));
}

/* All chunks; those of the last batch stay in it. */
static enum bc_status put_chunks(struct putting *putting)
{
    struct bc_store *store = putting->branch->repo->store;
    uint64_t offset = 0;
    while (offset < putting->record.size_bytes) {
        if (putting->batch.bytes.size >= BATCH_BYTES) {
            enum bc_status st = bc_store_apply(store, &putting->batch, false);
            if (st)
                return st;
            bc_batch_clear(&putting->batch);
        }
        if (putting->data_from) {
            uint64_t data = putting->data_from(putting->context, offset);
            offset = data - data % BC_CHUNK_BYTES;
            if (data >= putting->record.size_bytes)
                break;
        }
        enum bc_status st = put_chunk(putting, offset);
        if (st)
            return st;
        offset += BC_CHUNK_BYTES;
    }
    return BC_OK;
}

/* What a put that failed half-way had written; the collector finds it if this fails too. */
static void forget_chunks(struct putting *putting)
{
    bc_batch_clear(&putting->batch);
    if (!delete_layer(&putting->batch, putting->record.layer))
        (void)bc_store_apply(putting->branch->repo->store, &putting->batch, false);
}

enum bc_status bc_rejected_put_sparse(struct bc_branch *branch, struct bc_slice path,
                                      uint64_t size_bytes, bc_rejected_source source,
                                      uint64_t (*data_from)(void *context, uint64_t offset),
                                      void *context, uint64_t *id)
{
    if (!path.size)
        return BC_INVALID;
    struct bc_repo *repo = branch->repo;
    struct putting putting = {branch, source, data_from, context,
                              .record = {.size_bytes = size_bytes, .time_ns = bc_now_ns()}};
    enum bc_status st = bc_repo_next_id(repo, &putting.record.layer);
    if (!st)
        st = bc_pin(repo, putting.record.layer);
    if (st)
        return st;
    putting.chunk = bc_alloc(BC_CHUNK_BYTES);
    st = putting.chunk ? put_chunks(&putting) : BC_NO_MEMORY;
    struct replacement replacement = {.path = path, .record = &putting.record};
    if (!st)
        st = replace(branch, &replacement, &putting.batch);
    if (st)
        forget_chunks(&putting);
    else if (id)
        *id = putting.record.layer;
    bc_unpin(repo, putting.record.layer);
    bc_batch_release(&putting.batch);
    bc_free(putting.chunk);
    return st;
}

enum bc_status bc_rejected_put(struct bc_branch *branch, struct bc_slice path, uint64_t size_bytes,
                               bc_rejected_source source, void *context)
{
    return bc_rejected_put_sparse(branch, path, size_bytes, source, NULL, context, NULL);
}
