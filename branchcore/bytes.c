#include "branchcore/bytes.h"

#include "branchcore/chunks.h"

enum { PIECE_BYTES = 1 << 20 };

static enum bc_status read_chunks(struct bc_branch *branch, const struct bc_found *found,
                                  uint64_t offset, char *to, size_t size)
{
    char *scratch = bc_alloc(BC_CHUNK_BYTES);
    if (!scratch)
        return BC_NO_MEMORY;
    enum bc_status st = BC_OK;
    for (size_t done = 0; !st && done < size;) {
        uint64_t at = offset + done;
        size_t in_chunk = (size_t)(at % BC_CHUNK_BYTES);
        size_t part = BC_CHUNK_BYTES - in_chunk;
        if (part > size - done)
            part = size - done;
        st = bc_chunk_read(branch, found, at / BC_CHUNK_BYTES, scratch, NULL);
        if (!st)
            memcpy(to + done, scratch + in_chunk, part);
        done += part;
    }
    bc_free(scratch);
    return st;
}

static enum bc_status read_text(struct bc_branch *branch, uint64_t node, uint64_t offset, void *to,
                                size_t size, size_t *done)
{
    struct bc_file_text *text = NULL;
    enum bc_status st = bc_file_text_open(branch, node, &text, NULL);
    if (st)
        return st;
    st = bc_text_read(bc_file_text_view(text), offset, to, size, done);
    bc_file_text_release(text);
    return st;
}

enum bc_status bc_bytes_read(struct bc_branch *branch, uint64_t node, uint64_t offset, void *to,
                             size_t size, size_t *done)
{
    struct bc_found found;
    bool text = false;
    *done = 0;
    pthread_rwlock_rdlock(&branch->lock);
    enum bc_status st = bc_node_find(branch, node, &found);
    if (!st) {
        text = found.record.form == BC_TEXT;
        if (found.record.kind != BC_FILE)
            st = found.record.kind == BC_DIRECTORY ? BC_IS_DIRECTORY : BC_INVALID;
        else if (!text && offset < found.record.size_bytes) {
            uint64_t left = found.record.size_bytes - offset;
            if (size > left)
                size = (size_t)left;
            st = read_chunks(branch, &found, offset, to, size);
            *done = st ? 0 : size;
        }
        bc_found_release(&found);
    }
    pthread_rwlock_unlock(&branch->lock);
    if (st || !text)
        return st;
    st = read_text(branch, node, offset, to, size, done);
    /* It became bytes in between. */
    return st == BC_INVALID ? bc_bytes_read(branch, node, offset, to, size, done) : st;
}

/* One batch of at most PIECE_BYTES. */
static enum bc_status write_piece(struct bc_branch *branch, uint64_t node, uint64_t offset,
                                  const char *from, size_t size, bool append, struct bc_attr *attr)
{
    struct bc_update update;
    struct bc_found found;
    enum bc_status st = bc_update_begin(branch, &update);
    if (st)
        return st;
    st = bc_node_find(branch, node, &found);
    if (!st) {
        if (found.record.kind != BC_FILE)
            st = found.record.kind == BC_DIRECTORY ? BC_IS_DIRECTORY : BC_INVALID;
        else if (found.record.form != BC_BYTES)
            st = BC_BUSY;
        else {
            uint64_t at = append ? found.record.size_bytes : offset;
            st = at > BC_FILE_MAX - size ? BC_TOO_LARGE
                                         : bc_chunks_write(&update, &found, at, from, size);
        }
        if (!st)
            st = bc_node_put(&update, &found);
        if (!st)
            bc_attr_of(&found, attr);
        bc_found_release(&found);
    }
    if (!st)
        return bc_update_commit(&update, false);
    bc_update_abort(&update);
    return st;
}

/* Neither grows the file nor is a change. */
static enum bc_status write_nothing(struct bc_branch *branch, uint64_t node, struct bc_attr *attr)
{
    struct bc_attr now;
    enum bc_status st = bc_tree_stat(branch, node, &now);
    if (!st && now.kind != BC_FILE)
        st = now.kind == BC_DIRECTORY ? BC_IS_DIRECTORY : BC_INVALID;
    if (!st && attr)
        *attr = now;
    return st;
}

enum bc_status bc_bytes_write(struct bc_branch *branch, uint64_t node, uint64_t offset,
                              const void *from, size_t size, bool append, struct bc_attr *attr)
{
    enum { TRIES = 8 };
    struct bc_attr after;
    if (size > BC_FILE_MAX || (!append && offset > BC_FILE_MAX - size))
        return BC_TOO_LARGE;
    if (!size)
        return write_nothing(branch, node, attr);
    size_t done = 0;
    int tries = 0;
    do {
        size_t part = size - done < PIECE_BYTES ? size - done : PIECE_BYTES;
        enum bc_status st = write_piece(branch, node, offset + done, (const char *)from + done,
                                        part, append, &after);
        if (st == BC_BUSY && tries++ < TRIES) {
            st = bc_bytes_from_text(branch, node, false);
            part = 0;
        }
        if (st)
            return st;
        done += part;
        if (!part && done < size)
            continue;
    } while (done < size);
    if (attr)
        *attr = after;
    bc_event_node(branch, BC_EVENT_CHANGE, node);
    return BC_OK;
}
