#include "branchcore/run.h"

#include "branchcore/lines.h"
#include "branchcore/run_row.h"

enum bc_status bc_run_summary(struct bc_store *store, uint64_t run, struct bc_run_summary *summary)
{
    struct bc_key key;
    bc_key_run_header(&key, run);
    struct bc_value value = {0};
    enum bc_status st = bc_store_get(store, NULL, BC_RUNS, bc_key_slice(&key), &value);
    if (!st)
        st = bc_run_header_decode(value.slice, summary);
    bc_value_release(&value);
    return st;
}

enum bc_status bc_run_sums(struct bc_store *store, uint64_t run, struct bc_run_sums *sums)
{
    struct bc_key key;
    bc_key_run_sums(&key, run);
    struct bc_value value = {0};
    enum bc_status st = bc_store_get(store, NULL, BC_RUNS, bc_key_slice(&key), &value);
    if (!st)
        st = bc_run_sums_decode(value.slice, sums);
    bc_value_release(&value);
    return st;
}

static enum bc_status new_block_cursor(struct bc_run_reader *reader)
{
    struct bc_key lower;
    struct bc_key upper;
    bc_key_prefix(&lower, reader->run, BC_RUN_BLOCK);
    bc_key_prefix(&upper, reader->run, BC_RUN_BLOCK + 1);
    return bc_store_cursor(reader->store, NULL, BC_RUNS, bc_key_slice(&lower), bc_key_slice(&upper),
                           reader->streaming, &reader->cursor);
}

static void move_to(struct bc_run_reader *reader, uint64_t offset)
{
    struct bc_cursor *cursor = reader->cursor;
    if (reader->text.size && cursor->valid && offset == reader->start + reader->text.size) {
        cursor->ops->next(cursor);
        return;
    }
    struct bc_key key;
    bc_key_run_block(&key, reader->run, offset);
    cursor->ops->seek(cursor, bc_key_slice(&key));
}

static enum bc_status step_to(struct bc_run_reader *reader, uint64_t offset)
{
    enum bc_status st = reader->cursor ? BC_OK : new_block_cursor(reader);
    if (st)
        return st;
    move_to(reader, offset);
    reader->text = (struct bc_slice){0};
    const struct bc_cursor *cursor = reader->cursor;
    if (!cursor->valid)
        return cursor->status ? cursor->status : BC_NO_DATA;
    uint64_t start;
    st = bc_run_block_decode(cursor->key, cursor->value, &start);
    if (st)
        return st;
    if (offset < start || offset - start >= cursor->value.size)
        return BC_CORRUPT;
    reader->start = start;
    reader->text = cursor->value;
    return BC_OK;
}

void bc_run_reader_release(struct bc_run_reader *reader)
{
    bc_cursor_free(reader->cursor);
    reader->cursor = NULL;
    reader->text = (struct bc_slice){0};
}

enum bc_status bc_run_reader_at(struct bc_run_reader *reader, uint64_t offset)
{
    if (offset >= reader->start && offset - reader->start < reader->text.size)
        return BC_OK;
    enum bc_status st = step_to(reader, offset);
    /* A cursor that failed stays failed; the next call makes a new one. */
    if (st)
        bc_run_reader_release(reader);
    return st;
}

static void release_cursor(void *cursor)
{
    bc_cursor_free(cursor);
}

enum bc_status bc_run_block_at(struct bc_store *store, uint64_t run, uint64_t offset,
                               uint64_t *start, struct bc_value *text)
{
    struct bc_run_reader reader = {.store = store, .run = run};
    enum bc_status st = bc_run_reader_at(&reader, offset);
    if (st) {
        bc_run_reader_release(&reader);
        return st;
    }
    *start = reader.start;
    /* The cursor lends the block and goes with it: nothing is copied. */
    *text = (struct bc_value){reader.text, release_cursor, reader.cursor};
    return BC_OK;
}

/* The text of a block that the index names. */
static enum bc_status get_block(struct bc_store *store, uint64_t run, const struct bc_block *block,
                                struct bc_value *text)
{
    struct bc_key key;
    bc_key_run_block(&key, run, block->offset + block->bytes - 1);
    struct bc_value value = {0};
    enum bc_status st = bc_store_get(store, NULL, BC_RUNS, bc_key_slice(&key), &value);
    if (st == BC_NOT_FOUND)
        return BC_CORRUPT;
    if (st)
        return st;
    uint64_t offset;
    st = bc_run_block_decode(bc_key_slice(&key), value.slice, &offset);
    if (!st && offset != block->offset)
        st = BC_CORRUPT;
    if (st)
        bc_value_release(&value);
    else
        *text = value;
    return st;
}

enum bc_status bc_run_block_of(struct bc_store *store, uint64_t run, struct bc_slice line,
                               struct bc_block *block, struct bc_buffer *separator,
                               struct bc_value *text)
{
    struct bc_run_index index = {.store = store, .run = run};
    struct bc_value value = {0};
    enum bc_status st = bc_run_index_seek(&index, line);
    if (!st && text)
        st = get_block(store, run, &index.block, &value);
    if (!st && separator) {
        bc_buffer_clear(separator);
        st = bc_buffer_append(separator, index.separator.data, index.separator.size);
    }
    if (st) {
        bc_value_release(&value);
    } else {
        *block = index.block;
        if (text)
            *text = value;
    }
    bc_run_index_release(&index);
    return st;
}

enum bc_status bc_run_contains(struct bc_store *store, uint64_t run, struct bc_slice line,
                               bool *contains)
{
    struct bc_block block;
    struct bc_value text = {0};
    enum bc_status st = bc_run_block_of(store, run, line, &block, NULL, &text);
    if (st && st != BC_NO_DATA)
        return st;
    *contains = false;
    if (!st) {
        struct bc_slice found = bc_lines_at(text.slice, bc_lines_seek(text.slice, 0, line));
        *contains = found.size && !bc_line_compare(found, line);
    }
    bc_value_release(&text);
    return BC_OK;
}
