#include "tools/kernel_data.h"

#include "branchcore/run.h"
#include "branchcore/slot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t count_lines(struct bc_slice text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++)
        count += text.data[i] == '\n';
    return count;
}

/* How much of a text is lines, at most so many. */
static size_t whole_lines(const struct bc_buffer *text, size_t most)
{
    const char *at = text->data;
    const char *end = at + text->size;
    const char *newline = NULL;
    for (; most && at < end && (newline = memchr(at, '\n', (size_t)(end - at))); most--)
        at = newline + 1;
    return (size_t)(at - text->data);
}

static enum bc_status read_file(const char *path, struct bc_buffer *to)
{
    enum { PIECE_BYTES = 1 << 20 };
    FILE *file = fopen(path, "re");
    if (!file)
        return BC_IO;
    enum bc_status st = BC_OK;
    size_t done = 1;
    while (!st && done > 0 && to->size < TFS_KERNEL_BYTES_MOST) {
        st = bc_buffer_reserve(to, PIECE_BYTES);
        done = st ? 0 : fread(to->data + to->size, 1, PIECE_BYTES, file);
        to->size += done;
    }
    if (!st && ferror(file))
        st = BC_IO;
    (void)fclose(file);
    if (!st)
        to->size = whole_lines(to, TFS_KERNEL_LINES_MOST);
    return st;
}

static enum bc_status keep_line(void *context, struct bc_slice line, bool quad)
{
    (void)quad;
    return bc_buffer_append(context, line.data, line.size);
}

/* What is measured is canonical text, whatever the file is. */
static enum bc_status canonical(struct bc_buffer *text)
{
    struct bc_buffer to = {0};
    struct bc_ntriples *reader = NULL;
    enum bc_status st = bc_ntriples_new(NULL, BC_NQUADS, keep_line, &to, &reader);
    if (!st)
        st = bc_ntriples_feed(reader, text->data, text->size);
    if (!st)
        st = bc_ntriples_finish(reader);
    bc_ntriples_free(reader);
    bc_buffer_release(text);
    *text = to;
    return st;
}

static struct bc_line next_line(const char *at, const char *end)
{
    const char *newline = memchr(at, '\n', (size_t)(end - at));
    return (struct bc_line){at, (uint32_t)(newline + 1 - at)};
}

static enum bc_status take_lines(struct tfs_kernel_data *data)
{
    const char *at = data->raw.data;
    const char *end = at + data->raw.size;
    data->line_count = count_lines(bc_buffer_slice(&data->raw));
    if (!data->line_count)
        return BC_NO_DATA;
    data->lines = bc_alloc_array(data->line_count + 1, sizeof *data->lines);
    if (!data->lines)
        return BC_NO_MEMORY;
    for (size_t i = 0; i < data->line_count; i++) {
        data->lines[i] = next_line(at, end);
        at += data->lines[i].size;
    }
    return BC_OK;
}

/* A second blank behind the subject. */
static enum bc_status loosen(struct tfs_kernel_data *data)
{
    enum bc_status st = bc_buffer_reserve(&data->loose, data->raw.size + data->line_count);
    for (size_t i = 0; !st && i < data->line_count; i++) {
        struct bc_slice line = bc_slice(data->lines[i].data, data->lines[i].size);
        size_t blank = (size_t)((const char *)memchr(line.data, ' ', line.size) - line.data);
        st = bc_buffer_append(&data->loose, line.data, blank);
        if (!st)
            st = bc_buffer_append(&data->loose, " ", 1);
        if (!st)
            st = bc_buffer_append(&data->loose, line.data + blank, line.size - blank);
    }
    return st;
}

static enum bc_status sort(struct tfs_kernel_data *data)
{
    struct bc_line *lines = bc_alloc_array(data->line_count + 1, sizeof *lines);
    size_t count = data->line_count;
    enum bc_status st = lines ? bc_buffer_reserve(&data->sorted, data->raw.size) : BC_NO_MEMORY;
    if (!st) {
        memcpy(lines, data->lines, count * sizeof *lines);
        st = bc_scalar_engine()->sort_unique(bc_scalar_engine(), lines, &count);
    }
    for (size_t i = 0; !st && i < count; i++)
        st = bc_buffer_append(&data->sorted, lines[i].data, lines[i].size);
    data->sorted_lines = count;
    bc_free(lines);
    return st;
}

static enum bc_status cut(struct tfs_kernel_data *data)
{
    struct bc_slice left = bc_buffer_slice(&data->sorted);
    struct tfs_pieces *pieces = &data->pieces;
    pieces->at = bc_alloc_array(left.size / BC_BLOCK_BYTES + 1, sizeof *pieces->at);
    if (!pieces->at)
        return BC_NO_MEMORY;
    while (left.size) {
        size_t size = left.size;
        if (size > BC_BLOCK_BYTES) {
            const char *from = left.data + BC_BLOCK_BYTES - 1;
            struct bc_line line = next_line(from, left.data + left.size);
            size = BC_BLOCK_BYTES - 1 + line.size;
        }
        pieces->at[pieces->count++] = bc_slice(left.data, size);
        left = bc_slice(left.data + size, left.size - size);
    }
    return BC_OK;
}

static enum bc_status split(struct tfs_kernel_data *data)
{
    const struct bc_compute *scalar = bc_scalar_engine();
    struct tfs_pieces *pieces = &data->pieces;
    data->spans = bc_alloc_array(data->sorted_lines + 1, sizeof *data->spans);
    data->span_counts = bc_alloc_array(pieces->count + 1, sizeof *data->span_counts);
    if (!data->spans || !data->span_counts)
        return BC_NO_MEMORY;
    struct bc_spans *to = data->spans;
    for (size_t i = 0; i < pieces->count; i++) {
        size_t room = data->sorted_lines - (size_t)(to - data->spans);
        size_t used;
        data->span_counts[i] = scalar->split(scalar, pieces->at[i], BC_NQUADS, to, room, &used);
        if (used != pieces->at[i].size)
            return BC_CORRUPT;
        to += data->span_counts[i];
    }
    return BC_OK;
}

static int by_bytes(const void *a, const void *b)
{
    return bc_slice_compare(*(const struct bc_slice *)a, *(const struct bc_slice *)b);
}

/* The one that most of them are; sorts them. */
static struct bc_slice most_frequent(struct bc_slice *slices, size_t count)
{
    size_t best = 0;
    size_t most = 0;
    qsort(slices, count, sizeof *slices, by_bytes);
    for (size_t i = 0, same = 0; i < count; i++) {
        same = i && bc_slice_equal(slices[i], slices[i - 1]) ? same + 1 : 1;
        if (same > most) {
            most = same;
            best = i;
        }
    }
    return slices[best];
}

/* An IRI of its own in a pattern, where an asterisk says that more may follow. */
static enum bc_status put_literally(struct bc_buffer *to, struct bc_slice text)
{
    enum bc_status st = BC_OK;
    for (size_t i = 0; !st && i < text.size; i++)
        st = text.data[i] == '*' ? bc_buffer_append(to, "\\u002A", 6)
                                 : bc_buffer_append(to, text.data + i, 1);
    return st;
}

/* What is between an IRI's brackets, or a blank node's label. */
static struct bc_slice text_of(struct bc_slice subject)
{
    return subject.data[0] == '<' ? bc_slice(subject.data + 1, subject.size - 2)
                                  : bc_slice(subject.data + 2, subject.size - 2);
}

/* Statements with the predicate; statements that have the text of a subject anywhere. */
static enum bc_status put_patterns(struct tfs_kernel_data *data, struct bc_slice subject)
{
    enum bc_status st = bc_buffer_append(&data->common, "? ", 2);
    if (!st)
        st = put_literally(&data->common, data->predicate);
    if (!st)
        st = bc_buffer_append(&data->rare, "~\"", 2);
    if (!st)
        st = bc_buffer_append(&data->rare, text_of(subject).data, text_of(subject).size);
    return st ? st : bc_buffer_append(&data->rare, "\"", 1);
}

/* What is asked for is what a sample of the statements has. */
static enum bc_status make_patterns(struct tfs_kernel_data *data)
{
    enum { SAMPLE = 1000 };
    struct bc_slice predicates[SAMPLE];
    struct bc_slice subject = bc_slice("", 0);
    const struct bc_spans *spans = data->spans;
    size_t each = data->sorted_lines / SAMPLE + 1;
    size_t count = 0;
    size_t number = 0;
    for (size_t p = 0; p < data->pieces.count; p++) {
        const char *text = data->pieces.at[p].data;
        for (size_t i = 0; i < data->span_counts[p]; i++, spans++, number++) {
            if (number == data->sorted_lines / 2)
                subject = bc_spans_term(text, spans, BC_SUBJECT);
            if (number % each == 0)
                predicates[count++] = bc_spans_term(text, spans, BC_PREDICATE);
        }
    }
    data->predicate = most_frequent(predicates, count);
    return put_patterns(data, subject);
}

/* The same numbers on every machine (Knuth's MMIX). */
static unsigned next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(*state >> 40);
}

static enum bc_status fill_masks(struct tfs_kernel_data *data)
{
    uint64_t state = 2;
    data->mask_words = BC_MASK_WORDS(data->sorted_lines);
    data->masks = bc_alloc_array(2 * data->mask_words, sizeof *data->masks);
    if (!data->masks)
        return BC_NO_MEMORY;
    for (size_t i = 0; i < 2 * data->mask_words; i++) {
        uint64_t high = next_random(&state);
        data->masks[i] = high << 40 ^ (uint64_t)next_random(&state) << 20 ^ next_random(&state);
    }
    return BC_OK;
}

/* Lines for both sides of walks and of meetings. */
static enum bc_status deal(struct tfs_kernel_data *data)
{
    const char *at = data->sorted.data;
    const char *end = at + data->sorted.size;
    struct bc_slice slot = bc_slice("", 0);
    uint64_t state = 1;
    unsigned side = 0;
    enum bc_status st = bc_buffer_reserve(&data->left, data->sorted.size);
    if (!st)
        st = bc_buffer_reserve(&data->right, data->sorted.size);
    while (!st && at < end) {
        struct bc_line taken = next_line(at, end);
        struct bc_slice line = bc_slice(taken.data, taken.size);
        unsigned lacks = next_random(&state) % 20;
        if (!slot.size || !bc_slot_begins(line, slot)) {
            slot = bc_slot_prefix(line);
            side = next_random(&state) % 200;
        }
        if (lacks != 0)
            st = bc_buffer_append(&data->left, line.data, line.size);
        if (!st && lacks != 1)
            st = bc_buffer_append(&data->right, line.data, line.size);
        if (!st && side <= 100)
            st = bc_buffer_append(&data->ours, line.data, line.size);
        if (!st && side >= 99)
            st = bc_buffer_append(&data->theirs, line.data, line.size);
        data->walked_lines += (lacks != 0) + (lacks != 1);
        data->met_lines += (side <= 100) + (side >= 99);
        at += line.size;
    }
    return st;
}

enum bc_status tfs_kernel_data_read(const char *path, struct tfs_kernel_data *data)
{
    *data = (struct tfs_kernel_data){0};
    enum bc_status st = read_file(path, &data->raw);
    if (!st)
        st = canonical(&data->raw);
    if (!st)
        st = take_lines(data);
    if (!st)
        st = loosen(data);
    if (!st)
        st = sort(data);
    if (!st)
        st = cut(data);
    if (!st)
        st = split(data);
    if (!st)
        st = make_patterns(data);
    if (!st)
        st = fill_masks(data);
    return st ? st : deal(data);
}

void tfs_kernel_data_release(struct tfs_kernel_data *data)
{
    bc_buffer_release(&data->raw);
    bc_free(data->lines);
    bc_buffer_release(&data->loose);
    bc_buffer_release(&data->sorted);
    bc_free(data->pieces.at);
    bc_free(data->spans);
    bc_free(data->span_counts);
    bc_buffer_release(&data->common);
    bc_buffer_release(&data->rare);
    bc_free(data->masks);
    bc_buffer_release(&data->left);
    bc_buffer_release(&data->right);
    bc_buffer_release(&data->ours);
    bc_buffer_release(&data->theirs);
    *data = (struct tfs_kernel_data){0};
}
