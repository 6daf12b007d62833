#include "branchcore/delta_run.h"

#include "branchcore/line_row.h"
#include "branchcore/lines.h"

#include <string.h>

#include <openssl/evp.h>

enum bc_status bc_delta_run_put(struct bc_buffer *to, char sign, struct bc_slice line)
{
    struct bc_slice body = bc_line_body(line);
    enum bc_status st = bc_buffer_reserve(to, body.size + 2);
    if (st)
        return st;
    char *end = to->data + to->size;
    memcpy(end, body.data, body.size);
    end[body.size] = sign;
    end[body.size + 1] = '\n';
    to->size += body.size + 2;
    return BC_OK;
}

static enum bc_status signed_line(struct bc_slice line, char sign, struct bc_buffer *to)
{
    bc_buffer_clear(to);
    return bc_delta_run_put(to, sign, line);
}

enum bc_status bc_delta_run_sign(struct bc_store *store, uint64_t run, struct bc_slice line,
                                 char *sign)
{
    static const char signs[] = "+-";
    struct bc_buffer wanted = {0};
    enum bc_status st = BC_OK;
    *sign = 0;
    for (size_t i = 0; !st && !*sign && signs[i]; i++) {
        bool there = false;
        st = signed_line(line, signs[i], &wanted);
        if (!st)
            st = bc_run_contains(store, run, bc_buffer_slice(&wanted), &there);
        if (!st && there)
            *sign = signs[i];
    }
    bc_buffer_release(&wanted);
    return st;
}

/* Adds up a block's lines. */
static enum bc_status sum_block(struct bc_slice block, bool quads, struct bc_change_sums *sums)
{
    for (size_t at = 0; at < block.size;) {
        struct bc_slice line = bc_lines_at(block, at);
        char sign = line.size > 2 ? line.data[line.size - 2] : 0;
        if (sign != '+' && sign != '-')
            return BC_CORRUPT;
        bc_change_sums_add(sums, sign, line.size - 1, quads && bc_line_is_quad(line));
        at += line.size;
    }
    return BC_OK;
}

static enum bc_status read_sums(struct bc_store *store, uint64_t run,
                                const struct bc_run_summary *summary, EVP_MD_CTX *sha,
                                struct bc_change_sums *sums)
{
    struct bc_run_reader reader = {.store = store, .run = run, .streaming = true};
    enum bc_status st = BC_OK;
    for (uint64_t at = 0; !st && at < summary->bytes; at += reader.text.size) {
        st = bc_run_reader_at(&reader, at);
        if (!st)
            st = sum_block(reader.text, summary->quads, sums);
        if (!st && !EVP_DigestUpdate(sha, reader.text.data, reader.text.size))
            st = BC_NO_MEMORY;
    }
    bc_run_reader_release(&reader);
    return st == BC_NO_DATA ? BC_CORRUPT : st;
}

/* OpenSSL's failures here are those of its allocations. */
static enum bc_status sum_run(struct bc_store *store, uint64_t run,
                              const struct bc_run_summary *summary, struct bc_change_sums *sums,
                              unsigned char digest[32])
{
    EVP_MD_CTX *sha = EVP_MD_CTX_new();
    enum bc_status st = BC_NO_MEMORY;
    *sums = (struct bc_change_sums){0};
    if (sha && EVP_DigestInit_ex(sha, EVP_sha256(), NULL))
        st = read_sums(store, run, summary, sha, sums);
    if (!st && !EVP_DigestFinal_ex(sha, digest, NULL))
        st = BC_NO_MEMORY;
    EVP_MD_CTX_free(sha);
    return st;
}

enum bc_status bc_delta_run_sums(struct bc_store *store, uint64_t run, struct bc_change_sums *sums,
                                 unsigned char digest[32])
{
    struct bc_run_summary all;
    struct bc_run_sums kept;
    enum bc_status st = bc_run_summary(store, run, &all);
    if (!st)
        st = bc_run_sums(store, run, &kept);
    else if (st == BC_NOT_FOUND)
        return BC_CORRUPT;
    if (st == BC_NOT_FOUND)
        return sum_run(store, run, &all, sums, digest);
    if (st)
        return st;
    uint64_t bytes = all.bytes - all.lines;
    if (kept.added > all.lines || kept.added_bytes > bytes || kept.added_quads > all.quads)
        return BC_CORRUPT;
    *sums = (struct bc_change_sums){
        .added = kept.added,
        .removed = all.lines - kept.added,
        .added_bytes = kept.added_bytes,
        .removed_bytes = bytes - kept.added_bytes,
        .added_quads = kept.added_quads,
        .removed_quads = all.quads - kept.added_quads,
    };
    memcpy(digest, kept.digest, sizeof kept.digest);
    return BC_OK;
}

enum bc_status bc_delta_run_open(struct bc_store *store, uint64_t run,
                                 struct bc_delta_run_cursor *cursor)
{
    struct bc_run_summary summary;
    *cursor = (struct bc_delta_run_cursor){
        .reader = {.store = store, .run = run, .streaming = true},
    };
    enum bc_status st = bc_run_summary(store, run, &summary);
    if (!st)
        cursor->bytes = summary.bytes;
    return st == BC_NOT_FOUND ? BC_CORRUPT : st;
}

static enum bc_status next_block(struct bc_delta_run_cursor *cursor)
{
    uint64_t at = cursor->reader.start + cursor->reader.text.size;
    if (at >= cursor->bytes)
        return BC_NO_DATA;
    enum bc_status st = bc_run_reader_at(&cursor->reader, at);
    cursor->block = st ? bc_slice("", 0) : cursor->reader.text;
    return st;
}

enum bc_status bc_delta_run_take(struct bc_slice *lines, char *sign, struct bc_slice *body)
{
    const char *newline = memchr(lines->data, '\n', lines->size);
    if (!newline || newline - lines->data < 2 || (newline[-1] != '+' && newline[-1] != '-'))
        return BC_CORRUPT;
    *sign = newline[-1];
    *body = bc_slice(lines->data, (size_t)(newline - lines->data) - 1);
    lines->data += body->size + 2;
    lines->size -= body->size + 2;
    return BC_OK;
}

enum bc_status bc_delta_run_lines(struct bc_delta_run_cursor *cursor, struct bc_slice *lines)
{
    enum bc_status st = cursor->block.size ? BC_OK : next_block(cursor);
    if (st)
        return st;
    *lines = cursor->block;
    cursor->block = bc_slice("", 0);
    return BC_OK;
}

enum bc_status bc_delta_run_next(struct bc_delta_run_cursor *cursor, char *sign,
                                 struct bc_slice *line)
{
    struct bc_slice body;
    enum bc_status st = cursor->block.size ? BC_OK : next_block(cursor);
    if (!st)
        st = bc_delta_run_take(&cursor->block, sign, &body);
    bc_buffer_clear(&cursor->line);
    if (!st)
        st = bc_buffer_reserve(&cursor->line, body.size + 1);
    if (st)
        return st;
    memcpy(cursor->line.data, body.data, body.size);
    cursor->line.data[body.size] = '\n';
    *line = bc_slice(cursor->line.data, body.size + 1);
    return BC_OK;
}

void bc_delta_run_close(struct bc_delta_run_cursor *cursor)
{
    bc_buffer_release(&cursor->line);
    bc_run_reader_release(&cursor->reader);
    *cursor = (struct bc_delta_run_cursor){0};
}

enum bc_status bc_delta_run_each(struct bc_store *store, uint64_t run,
                                 enum bc_status (*sink)(void *context, char sign,
                                                        struct bc_slice line),
                                 void *context)
{
    struct bc_delta_run_cursor cursor;
    struct bc_slice line;
    char sign;
    enum bc_status st = bc_delta_run_open(store, run, &cursor);
    while (!st && !(st = bc_delta_run_next(&cursor, &sign, &line)))
        st = sink(context, sign, line);
    bc_delta_run_close(&cursor);
    return st == BC_NO_DATA ? BC_OK : st;
}

enum bc_status bc_delta_run_add(struct bc_run_writer *writer, char sign, struct bc_slice line,
                                bool quad, struct bc_buffer *scratch)
{
    enum bc_status st = signed_line(line, sign, scratch);
    return st ? st : bc_run_writer_add(writer, bc_buffer_slice(scratch), quad);
}
