#include "branchcore/lines.h"
#include "branchcore/run_row.h"

/* So many rows are stepped over before a seek is made. */
enum { STEPS_MAX = 4 };

struct entry {
    struct bc_block block;
    struct bc_slice separator;
    bool is_long;
};

static enum bc_status decode(const struct bc_run_index *index, struct entry *entry)
{
    return bc_run_index_decode(index->cursor->key, index->cursor->value, &entry->block,
                               &entry->separator, &entry->is_long);
}

static enum bc_status set(struct bc_buffer *buffer, struct bc_slice bytes)
{
    bc_buffer_clear(buffer);
    return bc_buffer_append(buffer, bytes.data, bytes.size);
}

/* A row's whole separator: of a long one the block's first line. */
static enum bc_status read_separator(const struct bc_run_index *index, const struct entry *entry,
                                     struct bc_buffer *separator)
{
    if (!entry->is_long)
        return set(separator, entry->separator);
    uint64_t start;
    struct bc_value text = {0};
    enum bc_status st =
        bc_run_block_at(index->store, index->run, entry->block.offset, &start, &text);
    if (st)
        return st == BC_NO_DATA ? BC_CORRUPT : st;
    struct bc_slice first = bc_line_body(bc_lines_at(text.slice, 0));
    bool valid = start == entry->block.offset && first.size > BC_LINE_KEY_MAX &&
                 !memcmp(first.data, entry->separator.data, BC_LINE_KEY_MAX);
    st = valid ? set(separator, first) : BC_CORRUPT;
    bc_value_release(&text);
    return st;
}

/* Takes the row at the cursor as the block, and the one behind it as the next. */
static enum bc_status settle(struct bc_run_index *index)
{
    struct entry entry;
    enum bc_status st = decode(index, &entry);
    if (!st)
        st = read_separator(index, &entry, &index->own);
    if (st)
        return st;
    index->block = entry.block;
    struct bc_cursor *cursor = index->cursor;
    cursor->ops->next(cursor);
    index->last = !cursor->valid;
    bc_buffer_clear(&index->separator);
    if (index->last)
        return cursor->status;
    st = decode(index, &entry);
    if (!st)
        st = read_separator(index, &entry, &index->separator);
    if (st)
        return st;
    bool follows =
        entry.block.offset == index->block.offset + index->block.bytes &&
        bc_slice_compare(bc_buffer_slice(&index->own), bc_buffer_slice(&index->separator)) < 0;
    return follows ? BC_OK : BC_CORRUPT;
}

static bool falls_behind(const struct bc_run_index *index, struct bc_slice body)
{
    return !index->last && bc_slice_compare(body, bc_buffer_slice(&index->separator)) >= 0;
}

static bool falls_before(const struct bc_run_index *index, struct bc_slice body)
{
    return bc_slice_compare(body, bc_buffer_slice(&index->own)) < 0;
}

/* Goes to the last row whose key is <= that of a line's separator at this offset. */
static enum bc_status seek_key(struct bc_run_index *index, struct bc_slice body, uint64_t offset)
{
    struct bc_key key;
    bc_key_run_index(&key, index->run, body, offset);
    index->cursor->ops->seek_last(index->cursor, bc_key_slice(&key));
    return index->cursor->valid    ? BC_OK
           : index->cursor->status ? index->cursor->status
                                   : BC_NO_DATA;
}

/* Whether the row at the cursor is a long one that shares its key's prefix with the line; then also
 * whether its block starts behind the line. */
static enum bc_status inspect(const struct bc_run_index *index, struct bc_slice body,
                              bool *is_sibling, bool *is_behind, uint64_t *offset)
{
    struct entry entry;
    enum bc_status st = decode(index, &entry);
    if (st)
        return st;
    *offset = entry.block.offset;
    *is_sibling = entry.is_long && body.size > BC_LINE_KEY_MAX &&
                  !memcmp(body.data, entry.separator.data, BC_LINE_KEY_MAX);
    *is_behind = false;
    if (!*is_sibling)
        return BC_OK;
    struct bc_buffer separator = {0};
    st = read_separator(index, &entry, &separator);
    *is_behind = !st && bc_slice_compare(bc_buffer_slice(&separator), body) > 0;
    bc_buffer_release(&separator);
    return st;
}

/* Long rows with one prefix are in the order of their offsets: bisects these for the last one that
 * is not behind the line, starting at the very last. If all are behind, the row before them is it.
 */
static enum bc_status seek_long(struct bc_run_index *index, struct bc_slice body)
{
    bool is_sibling;
    bool is_behind;
    uint64_t offset;
    enum bc_status st = inspect(index, body, &is_sibling, &is_behind, &offset);
    if (st || !is_behind)
        return st;
    /* Siblings before low are not behind the line, those from high on are. */
    uint64_t low = 0;
    uint64_t high = offset;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        st = seek_key(index, body, middle);
        if (!st)
            st = inspect(index, body, &is_sibling, &is_behind, &offset);
        if (st)
            return st;
        if (is_sibling && is_behind) {
            if (offset > middle)
                return BC_CORRUPT;
            high = offset;
        } else {
            low = middle + 1;
        }
    }
    return seek_key(index, body, low ? low - 1 : 0);
}

static enum bc_status new_cursor(struct bc_run_index *index)
{
    struct bc_key lower;
    struct bc_key upper;
    bc_key_prefix(&lower, index->run, BC_RUN_INDEX);
    bc_key_prefix(&upper, index->run, BC_RUN_INDEX + 1);
    return bc_store_cursor(index->store, NULL, BC_RUNS, bc_key_slice(&lower), bc_key_slice(&upper),
                           false, &index->cursor);
}

/* An index without a row for the line is that of an empty run; otherwise it has lost its first. */
static enum bc_status no_row(const struct bc_run_index *index)
{
    struct bc_run_summary summary;
    enum bc_status st = bc_run_summary(index->store, index->run, &summary);
    if (st)
        return st == BC_NOT_FOUND ? BC_CORRUPT : st;
    return summary.bytes ? BC_CORRUPT : BC_NO_DATA;
}

static enum bc_status seek(struct bc_run_index *index, struct bc_slice body)
{
    enum bc_status st = index->cursor ? BC_OK : new_cursor(index);
    if (!st)
        st = seek_key(index, body, UINT64_MAX);
    if (!st)
        st = seek_long(index, body);
    if (st == BC_NO_DATA)
        st = no_row(index);
    if (!st)
        st = settle(index);
    if (!st && (falls_before(index, body) || falls_behind(index, body)))
        st = BC_CORRUPT;
    return st;
}

enum bc_status bc_run_index_seek(struct bc_run_index *index, struct bc_slice line)
{
    struct bc_slice body = bc_line_body(line);
    bool positioned = index->positioned && !falls_before(index, body);
    index->positioned = false;
    enum bc_status st = BC_OK;
    for (int steps = 0; !st && positioned && steps <= STEPS_MAX; steps++) {
        if (!falls_behind(index, body)) {
            index->positioned = true;
            return BC_OK;
        }
        if (steps < STEPS_MAX)
            st = settle(index);
    }
    if (!st)
        st = seek(index, body);
    index->positioned = !st;
    if (st) { /* a cursor that failed stays failed; the next call makes a new one */
        bc_cursor_free(index->cursor);
        index->cursor = NULL;
    }
    return st;
}

void bc_run_index_release(struct bc_run_index *index)
{
    bc_cursor_free(index->cursor);
    index->cursor = NULL;
    index->positioned = false;
    bc_buffer_release(&index->separator);
    bc_buffer_release(&index->own);
}
