#include "branchcore/line_row.h"
#include "branchcore/lines.h"
#include "branchcore/ntriples.h"
#include "branchcore/run_row.h"

#include <assert.h>

#include <openssl/evp.h>

struct bc_run_writer {
    struct bc_bulk *bulk;
    uint64_t run;
    struct bc_run_summary summary;
    struct bc_buffer block; /* the open block's text */
    size_t last_at;         /* where the last line starts in it */
    struct bc_buffer last;  /* the last line of the block before it, without '\n' */
    struct bc_block opened; /* offset and line of the open block */
    /* The index rows to come, which sort behind the blocks: u16 key size, key, value. */
    struct bc_buffer index;
    EVP_MD_CTX *sha; /* of a run of changes: of the blocks so far */
    struct bc_run_sums sums;
};

void bc_run_writer_abort(struct bc_run_writer *writer)
{
    if (!writer)
        return;
    if (writer->bulk)
        writer->bulk->ops->abort(writer->bulk);
    bc_buffer_release(&writer->block);
    bc_buffer_release(&writer->last);
    bc_buffer_release(&writer->index);
    EVP_MD_CTX_free(writer->sha);
    bc_free(writer);
}

enum bc_status bc_run_writer_new(struct bc_store *store, uint64_t run,
                                 struct bc_run_writer **writer)
{
    struct bc_run_writer *made = bc_alloc_zero(sizeof *made);
    if (!made)
        return BC_NO_MEMORY;
    made->run = run;
    enum bc_status st = bc_buffer_reserve(&made->block, BC_BLOCK_BYTES);
    if (!st)
        st = store->ops->bulk_new(store, run, &made->bulk);
    if (st) {
        bc_run_writer_abort(made);
        return st;
    }
    *writer = made;
    return BC_OK;
}

enum bc_status bc_run_writer_new_changes(struct bc_store *store, uint64_t run,
                                         struct bc_run_writer **writer)
{
    struct bc_run_writer *made;
    enum bc_status st = bc_run_writer_new(store, run, &made);
    if (st)
        return st;
    /* OpenSSL's failures here are those of its allocations. */
    made->sha = EVP_MD_CTX_new();
    if (!made->sha || !EVP_DigestInit_ex(made->sha, EVP_sha256(), NULL)) {
        bc_run_writer_abort(made);
        return BC_NO_MEMORY;
    }
    *writer = made;
    return BC_OK;
}

/* Notes the key of the block that starts with this line. */
static enum bc_status open_block(struct bc_run_writer *writer, struct bc_slice body)
{
    writer->opened =
        (struct bc_block){.offset = writer->summary.bytes, .line = writer->summary.lines};
    struct bc_slice separator = body;
    if (!writer->summary.lines) {
        separator.size = 0;
    } else {
        size_t shared = bc_common_prefix(body, bc_buffer_slice(&writer->last));
        if (shared < BC_LINE_KEY_MAX)
            separator.size = shared + 1;
    }
    struct bc_key key;
    bc_key_run_index(&key, writer->run, separator, writer->opened.offset);
    uint16_t size = (uint16_t)key.size;
    static_assert(sizeof key.bytes <= UINT16_MAX, "a key's size fits");
    enum bc_status st = bc_buffer_append(&writer->index, &size, sizeof size);
    return st ? st : bc_buffer_append(&writer->index, key.bytes, key.size);
}

static enum bc_status close_block(struct bc_run_writer *writer)
{
    struct bc_key key;
    bc_key_run_block(&key, writer->run, writer->summary.bytes - 1);
    enum bc_status st =
        writer->bulk->ops->add(writer->bulk, bc_key_slice(&key), bc_buffer_slice(&writer->block));
    if (!st && writer->sha &&
        !EVP_DigestUpdate(writer->sha, writer->block.data, writer->block.size))
        st = BC_NO_MEMORY;
    if (st)
        return st;
    writer->opened.bytes = (uint32_t)writer->block.size;
    char value[BC_RUN_INDEX_BYTES];
    bc_run_index_encode(&writer->opened, value);
    st = bc_buffer_append(&writer->index, value, sizeof value);
    if (st)
        return st;
    bc_buffer_clear(&writer->last);
    st = bc_buffer_append(&writer->last, writer->block.data + writer->last_at,
                          writer->block.size - writer->last_at - 1);
    bc_buffer_clear(&writer->block);
    writer->summary.blocks++;
    return st;
}

static struct bc_slice last_line(const struct bc_run_writer *writer)
{
    if (!writer->block.size)
        return bc_buffer_slice(&writer->last);
    return bc_slice(writer->block.data + writer->last_at, writer->block.size - writer->last_at - 1);
}

/* Counts a line that is at the end of the block. */
static void count_line(struct bc_run_writer *writer, struct bc_slice line, bool quad)
{
    writer->last_at = (size_t)(line.data - writer->block.data);
    writer->summary.bytes += line.size;
    writer->summary.lines++;
    writer->summary.quads += quad;
    if (writer->sha && line.data[line.size - 2] == '+') {
        writer->sums.added++;
        writer->sums.added_bytes += line.size - 1;
        writer->sums.added_quads += quad;
    }
}

/* Whether a line may come next. */
static enum bc_status check_line(const struct bc_run_writer *writer, struct bc_slice line)
{
    if (line.size < 2 || line.size - 2 > BC_LINE_MAX || line.data[line.size - 1] != '\n')
        return BC_INVALID;
    struct bc_slice body = bc_slice(line.data, line.size - 1);
    return writer->summary.lines && bc_slice_compare(body, last_line(writer)) <= 0 ? BC_INVALID
                                                                                   : BC_OK;
}

enum bc_status bc_run_writer_add(struct bc_run_writer *writer, struct bc_slice line, bool quad)
{
    enum bc_status st = check_line(writer, line);
    if (!st && !writer->block.size)
        st = open_block(writer, bc_slice(line.data, line.size - 1));
    if (!st)
        st = bc_buffer_append(&writer->block, line.data, line.size);
    if (st)
        return st;
    count_line(writer, bc_slice(writer->block.data + writer->block.size - line.size, line.size),
               quad);
    return writer->block.size >= BC_BLOCK_BYTES ? close_block(writer) : BC_OK;
}

/* Those of the lines that the open block still takes, at least one. */
static struct bc_slice fitting(const struct bc_run_writer *writer, struct bc_slice lines)
{
    size_t room = BC_BLOCK_BYTES - writer->block.size;
    if (lines.size <= room)
        return lines;
    const char *newline = memchr(lines.data + room - 1, '\n', lines.size - room + 1);
    return newline ? bc_slice(lines.data, (size_t)(newline - lines.data) + 1) : lines;
}

/* Lines that end where the block does. */
static enum bc_status count_lines(struct bc_run_writer *writer, size_t at, bool quads)
{
    while (at < writer->block.size) {
        struct bc_slice line = bc_lines_at(bc_buffer_slice(&writer->block), at);
        if (line.size < 2 || line.size - 2 > BC_LINE_MAX || line.data[line.size - 1] != '\n')
            return BC_INVALID;
        count_line(writer, line, quads && bc_line_is_quad(line));
        at += line.size;
    }
    return BC_OK;
}

enum bc_status bc_run_writer_add_lines(struct bc_run_writer *writer, struct bc_slice lines,
                                       bool quads)
{
    enum bc_status st = lines.size ? check_line(writer, bc_lines_at(lines, 0)) : BC_OK;
    while (!st && lines.size) {
        struct bc_slice some = fitting(writer, lines);
        size_t at = writer->block.size;
        if (!at)
            st = open_block(writer, bc_line_body(bc_lines_at(some, 0)));
        if (!st)
            st = bc_buffer_append(&writer->block, some.data, some.size);
        if (!st)
            st = count_lines(writer, at, quads);
        if (!st && writer->block.size >= BC_BLOCK_BYTES)
            st = close_block(writer);
        lines = bc_slice(some.data + some.size, lines.size - some.size);
    }
    return st;
}

static enum bc_status add_header(struct bc_run_writer *writer)
{
    struct bc_key key;
    bc_key_run_header(&key, writer->run);
    char value[BC_RUN_HEADER_BYTES];
    bc_run_header_encode(&writer->summary, value);
    return writer->bulk->ops->add(writer->bulk, bc_key_slice(&key), bc_slice(value, sizeof value));
}

static enum bc_status add_index(struct bc_run_writer *writer)
{
    const char *at = writer->index.data;
    for (uint64_t i = 0; i < writer->summary.blocks; i++) {
        uint16_t size;
        memcpy(&size, at, sizeof size);
        struct bc_slice key = bc_slice(at + sizeof size, size);
        struct bc_slice value = bc_slice(key.data + size, BC_RUN_INDEX_BYTES);
        enum bc_status st = writer->bulk->ops->add(writer->bulk, key, value);
        if (st)
            return st;
        at = value.data + value.size;
    }
    return BC_OK;
}

static enum bc_status add_sums(struct bc_run_writer *writer)
{
    struct bc_key key;
    char value[BC_RUN_SUMS_BYTES];
    if (!EVP_DigestFinal_ex(writer->sha, writer->sums.digest, NULL))
        return BC_NO_MEMORY;
    bc_key_run_sums(&key, writer->run);
    bc_run_sums_encode(&writer->sums, value);
    return writer->bulk->ops->add(writer->bulk, bc_key_slice(&key), bc_slice(value, sizeof value));
}

enum bc_status bc_run_writer_finish(struct bc_run_writer *writer, struct bc_run_summary *summary)
{
    enum bc_status st = writer->block.size ? close_block(writer) : BC_OK;
    if (!st)
        st = add_header(writer);
    if (!st)
        st = add_index(writer);
    if (!st && writer->sha)
        st = add_sums(writer);
    if (!st) {
        struct bc_bulk *bulk = writer->bulk;
        writer->bulk = NULL;
        st = bulk->ops->finish(bulk);
    }
    if (!st && summary)
        *summary = writer->summary;
    bc_run_writer_abort(writer);
    return st;
}
