#include "branchcore/chunks.h"

#include "branchcore/syntax.h"

enum bc_status bc_chunk_get(struct bc_repo *repo, uint64_t layer, uint64_t node, uint64_t chunk,
                            struct bc_value *value)
{
    struct bc_key key;
    bc_key_chunk(&key, layer, node, chunk);
    enum bc_status st = bc_store_get(repo->store, NULL, BC_LAYERS, bc_key_slice(&key), value);
    if (!st && value->slice.size > BC_CHUNK_BYTES) {
        bc_value_release(value);
        st = BC_CORRUPT;
    }
    return st;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* The next lower record of the node; BC_NOT_FOUND where the way ends. */
static enum bc_status step_down(struct bc_branch *branch, uint64_t node, uint64_t above,
                                uint64_t layer, struct bc_node *record)
{
    if (!layer)
        return BC_NOT_FOUND;
    if (layer >= above)
        return BC_CORRUPT;
    struct bc_key key;
    struct bc_value value = {0};
    bc_key_node(&key, layer, BC_ROW_NODE, node);
    enum bc_status st =
        bc_store_get(branch->repo->store, NULL, BC_LAYERS, bc_key_slice(&key), &value);
    if (!st)
        st = bc_node_decode(value.slice, record);
    /* Only the numbers are used; the slices go with the value. */
    record->name = record->target = bc_slice("", 0);
    bc_value_release(&value);
    return st == BC_NOT_FOUND ? BC_CORRUPT : st;
}

enum bc_status bc_chunk_read(struct bc_branch *branch, const struct bc_found *found, uint64_t chunk,
                             char *to, bool *hole)
{
    struct bc_node record = found->record;
    uint64_t layer = found->layer;
    uint64_t limit = record.size_bytes;
    uint64_t start = chunk * BC_CHUNK_BYTES;
    enum bc_status st = BC_OK;
    size_t size = 0;
    while (!st && start < limit && record.form == BC_BYTES && record.kind == BC_FILE) {
        struct bc_value value = {0};
        st = record.flags & BC_NODE_DELTA
                 ? bc_chunk_get(branch->repo, layer, found->id, chunk, &value)
                 : BC_NOT_FOUND;
        if (!st) {
            size = (size_t)least(value.slice.size, limit - start);
            memcpy(to, value.slice.data, size);
            bc_value_release(&value);
            break;
        }
        if (st != BC_NOT_FOUND || (record.flags & BC_NODE_BASE))
            break;
        limit = least(limit, record.cut_bytes);
        uint64_t below = record.below;
        st = step_down(branch, found->id, layer, below, &record);
        layer = below;
    }
    if (st && st != BC_NOT_FOUND)
        return st;
    memset(to + size, 0, BC_CHUNK_BYTES - size);
    if (hole)
        *hole = size == 0;
    return BC_OK;
}

static enum bc_status put_chunk(struct bc_update *update, uint64_t node, uint64_t chunk,
                                struct bc_slice bytes)
{
    struct bc_key key;
    bc_key_chunk(&key, update->branch->work, node, chunk);
    return bc_batch_put(&update->batch, BC_LAYERS, bc_key_slice(&key), bytes);
}

/* One chunk: what is there, and the new bytes over it. */
static enum bc_status overlay(struct bc_update *update, const struct bc_found *found,
                              uint64_t chunk, size_t at, struct bc_slice bytes, char *scratch)
{
    uint64_t start = chunk * BC_CHUNK_BYTES;
    uint64_t old_size = found->record.size_bytes;
    uint64_t old_end = old_size > start ? least(old_size - start, BC_CHUNK_BYTES) : 0;
    if (at == 0 && bytes.size >= old_end)
        return put_chunk(update, found->id, chunk, bytes);
    enum bc_status st = bc_chunk_read(update->branch, found, chunk, scratch, NULL);
    if (st)
        return st;
    memcpy(scratch + at, bytes.data, bytes.size);
    size_t end = at + bytes.size > old_end ? at + bytes.size : (size_t)old_end;
    return put_chunk(update, found->id, chunk, bc_slice(scratch, end));
}

static enum bc_status changed(struct bc_update *update, struct bc_found *found, uint64_t size_bytes)
{
    found->record.size_bytes = size_bytes;
    found->record.mtime_ns = update->now_ns;
    found->record.ctime_ns = update->now_ns;
    return bc_repo_next_id(update->branch->repo, &found->record.version);
}

enum bc_status bc_chunks_write(struct bc_update *update, struct bc_found *found, uint64_t offset,
                               const char *from, size_t size)
{
    char *scratch = bc_alloc(BC_CHUNK_BYTES);
    if (!scratch)
        return BC_NO_MEMORY;
    /* Chunks are read through the record as it is before: owning it first would hide where they
     * are. */
    enum bc_status st = BC_OK;
    uint64_t end = offset + size;
    for (uint64_t at = offset; !st && at < end;) {
        uint64_t chunk = at / BC_CHUNK_BYTES;
        size_t in_chunk = (size_t)(at % BC_CHUNK_BYTES);
        size_t part = (size_t)least(end - at, BC_CHUNK_BYTES - in_chunk);
        st = overlay(update, found, chunk, in_chunk, bc_slice(from + (at - offset), part), scratch);
        at += part;
    }
    bc_free(scratch);
    if (st)
        return st;
    bc_node_own(update, found);
    found->record.flags |= BC_NODE_DELTA;
    uint64_t old_size = found->record.size_bytes;
    return changed(update, found, end > old_size ? end : old_size);
}

enum bc_status bc_chunks_resize(struct bc_update *update, struct bc_found *found,
                                uint64_t size_bytes)
{
    uint64_t chunk = size_bytes / BC_CHUNK_BYTES;
    size_t rest = (size_t)(size_bytes % BC_CHUNK_BYTES);
    bool own_rows = found->layer == update->branch->work && (found->record.flags & BC_NODE_DELTA);
    struct bc_value value = {0};
    enum bc_status st = BC_OK;
    if (size_bytes < found->record.size_bytes && own_rows) {
        st = bc_rows_delete(update, BC_ROW_CHUNK, found->id, chunk + (rest ? 1 : 0));
        /* The boundary chunk is trimmed, so that what was cut does not come back when the file
         * grows again. */
        if (!st && rest)
            st = bc_chunk_get(update->branch->repo, found->layer, found->id, chunk, &value);
        if (!st && value.slice.size > rest)
            st = put_chunk(update, found->id, chunk, bc_slice(value.slice.data, rest));
        bc_value_release(&value);
        if (st && st != BC_NOT_FOUND)
            return st;
    }
    bc_node_own(update, found);
    found->record.cut_bytes = least(found->record.cut_bytes, size_bytes);
    return changed(update, found, size_bytes);
}

/* An update of the working set that a conversion began in; BC_BUSY: a fork froze it since. */
static enum bc_status begin_in(struct bc_branch *branch, uint64_t work, struct bc_update *update)
{
    enum bc_status st = bc_update_begin(branch, update);
    if (st || branch->work == work)
        return st;
    bc_update_abort(update);
    return BC_BUSY;
}

static enum bc_status put_piece(struct bc_branch *branch, uint64_t work, uint64_t node,
                                uint64_t offset, struct bc_slice piece)
{
    struct bc_update update;
    enum bc_status st = begin_in(branch, work, &update);
    if (st)
        return st;
    for (size_t at = 0; !st && at < piece.size; at += BC_CHUNK_BYTES) {
        size_t part = (size_t)least(piece.size - at, BC_CHUNK_BYTES);
        st = put_chunk(&update, node, (offset + at) / BC_CHUNK_BYTES,
                       bc_slice(piece.data + at, part));
    }
    if (!st)
        return bc_update_commit(&update, false);
    bc_update_abort(&update);
    return st;
}

static enum bc_status clear_chunks(struct bc_branch *branch, uint64_t node, uint64_t *work)
{
    struct bc_update update;
    enum bc_status st = bc_update_begin(branch, &update);
    if (st)
        return st;
    *work = branch->work;
    st = bc_rows_delete(&update, BC_ROW_CHUNK, node, 0);
    if (!st)
        return bc_update_commit(&update, false);
    bc_update_abort(&update);
    return st;
}

enum bc_status bc_bytes_prepare(struct bc_branch *branch, uint64_t node, bc_raw_source source,
                                void *context, uint64_t *work, uint64_t *size_bytes)
{
    enum { PIECE = 16 * BC_CHUNK_BYTES };
    char *piece = bc_alloc(PIECE);
    enum bc_status st = piece ? clear_chunks(branch, node, work) : BC_NO_MEMORY;
    size_t done = PIECE;
    *size_bytes = 0;
    while (!st && done == PIECE) {
        st = source(context, *size_bytes, piece, PIECE, &done);
        if (!st && done)
            st = put_piece(branch, *work, node, *size_bytes, bc_slice(piece, done));
        if (!st)
            *size_bytes += done;
    }
    bc_free(piece);
    return st;
}

enum bc_status bc_bytes_become(struct bc_update *update, struct bc_found *found, uint64_t work,
                               uint64_t size_bytes)
{
    if (update->branch->work != work)
        return BC_BUSY;
    struct bc_node *record = &found->record;
    enum bc_status st = bc_rows_delete(update, BC_ROW_LINE, found->id, 0);
    bc_node_own(update, found);
    record->form = BC_BYTES;
    record->flags = (uint8_t)((record->flags & BC_NODE_XATTR) | BC_NODE_BASE |
                              (size_bytes ? BC_NODE_DELTA : 0));
    record->run = 0;
    record->delta = 0;
    record->triples = record->quads = record->delta_bytes = 0;
    record->cut_bytes = 0;
    record->size_bytes = size_bytes;
    return st ? st : bc_repo_next_id(update->branch->repo, &record->version);
}

static enum bc_status read_text(void *context, uint64_t offset, void *to, size_t size, size_t *done)
{
    return bc_text_read(bc_file_text_view(context), offset, to, size, done);
}

static enum bc_status read_nothing(void *context, uint64_t offset, void *to, size_t size,
                                   size_t *done)
{
    (void)context;
    (void)offset;
    (void)to;
    (void)size;
    *done = 0;
    return BC_OK;
}

/* BC_BUSY: it has changed since. */
static enum bc_status become_of(struct bc_update *update, uint64_t node, uint64_t version,
                                uint64_t work, uint64_t size_bytes)
{
    struct bc_found found;
    enum bc_status st = bc_node_find(update->branch, node, &found);
    if (st)
        return st;
    if (found.record.version != version || found.record.form != BC_TEXT)
        st = BC_BUSY;
    if (!st)
        st = bc_bytes_become(update, &found, work, size_bytes);
    if (!st)
        st = bc_node_put(update, &found);
    bc_found_release(&found);
    return st;
}

static enum bc_status convert(struct bc_branch *branch, uint64_t node, bool empty)
{
    struct bc_file_text *text = NULL;
    struct bc_attr attr;
    struct bc_update update;
    uint64_t work = 0;
    uint64_t size_bytes = 0;
    enum bc_status st = bc_file_text_open(branch, node, &text, &attr);
    if (st)
        return st;
    st = bc_bytes_prepare(branch, node, empty ? read_nothing : read_text, text, &work, &size_bytes);
    if (!st)
        st = bc_update_begin(branch, &update);
    if (!st) {
        st = become_of(&update, node, attr.version, work, size_bytes);
        if (!st)
            st = bc_update_commit(&update, false);
        else
            bc_update_abort(&update);
    }
    bc_file_text_release(text);
    return st;
}

enum bc_status bc_bytes_from_text(struct bc_branch *branch, uint64_t node, bool empty)
{
    struct bc_found found;
    enum bc_syntax syntax;
    pthread_rwlock_rdlock(&branch->lock);
    enum bc_status st = bc_node_find(branch, node, &found);
    bool text = false;
    if (!st) {
        text = found.record.kind == BC_FILE && found.record.form == BC_TEXT;
        if (text && found.record.parent && bc_syntax_of_name(found.record.name, &syntax))
            st = BC_INVALID;
        bc_found_release(&found);
    }
    pthread_rwlock_unlock(&branch->lock);
    if (st || !text)
        return st;
    pthread_mutex_t *lock = &branch->commit_locks[node % BC_COMMIT_LOCKS];
    pthread_mutex_lock(lock);
    st = convert(branch, node, empty);
    pthread_mutex_unlock(lock);
    /* Somebody else converted it first, or changed it: the caller looks again. */
    return st == BC_INVALID || st == BC_BUSY ? BC_OK : st;
}
