#include "tools/kernels.h"

#include <string.h>

enum { SPANS = 512, PIECE_MASK_WORDS = 8192 };

static void take(const struct tfs_kernel_run *run, const void *bytes, size_t size)
{
    if (run->sum)
        (void)XXH3_64bits_update(run->sum, bytes, size);
}

static void take_number(const struct tfs_kernel_run *run, uint64_t number)
{
    take(run, &number, sizeof number);
}

/* Where something lies is the same for every engine, as an offset. */
static void take_slice(const struct tfs_kernel_run *run, struct bc_slice slice, const char *text)
{
    if (!run->sum)
        return;
    take_number(run, slice.size ? (uint64_t)(slice.data - text) : 0);
    take_number(run, slice.size);
}

static size_t sorted_bytes(const struct tfs_kernel_data *data)
{
    return data->sorted.size;
}

static size_t sorted_lines(const struct tfs_kernel_data *data)
{
    return data->sorted_lines;
}

static size_t all_lines(const struct tfs_kernel_data *data)
{
    return data->line_count;
}

static size_t walked_lines(const struct tfs_kernel_data *data)
{
    return data->walked_lines;
}

static size_t met_lines(const struct tfs_kernel_data *data)
{
    return data->met_lines;
}

static enum bc_status run_scan(const struct tfs_kernel_run *run)
{
    size_t most = 0;
    const struct tfs_pieces *pieces = &run->data->pieces;
    for (size_t i = 0; i < pieces->count; i++)
        if (BC_MASK_WORDS(pieces->at[i].size) > most)
            most = BC_MASK_WORDS(pieces->at[i].size);
    uint64_t *words = bc_alloc_array(3 * most + 1, sizeof *words);
    if (!words)
        return BC_NO_MEMORY;
    struct bc_scan masks = {words, words + most, words + 2 * most};
    for (size_t i = 0; i < pieces->count; i++) {
        size_t size = BC_MASK_WORDS(pieces->at[i].size) * sizeof *words;
        take_number(run, run->compute->scan(run->compute, pieces->at[i], &masks));
        take(run, masks.line_ends, size);
        take(run, masks.iri_stops, size);
        take(run, masks.literal_stops, size);
    }
    bc_free(words);
    return BC_OK;
}

static enum bc_status run_split(const struct tfs_kernel_run *run)
{
    struct bc_spans spans[SPANS];
    for (size_t i = 0; i < run->data->pieces.count; i++) {
        struct bc_slice text = run->data->pieces.at[i];
        size_t used = 1;
        while (text.size && used) {
            size_t count = run->compute->split(run->compute, text, BC_NQUADS, spans, SPANS, &used);
            take(run, spans, count * sizeof spans[0]);
            text = bc_slice(text.data + used, text.size - used);
        }
    }
    return BC_OK;
}

static enum bc_status keep_line(void *context, struct bc_slice line, bool quad)
{
    const struct tfs_kernel_run *run = context;
    (void)quad;
    take(run, line.data, line.size);
    return BC_OK;
}

static enum bc_status parse(const struct tfs_kernel_run *run, const struct bc_buffer *text)
{
    enum { PIECE_BYTES = 1 << 20 };
    struct bc_ntriples *reader;
    enum bc_status st = bc_ntriples_new(run->compute, BC_NQUADS, keep_line, (void *)run, &reader);
    if (st)
        return st;
    for (size_t at = 0; !st && at < text->size; at += PIECE_BYTES) {
        size_t left = text->size - at;
        st = bc_ntriples_feed(reader, text->data + at, left < PIECE_BYTES ? left : PIECE_BYTES);
    }
    if (!st)
        st = bc_ntriples_finish(reader);
    bc_ntriples_free(reader);
    return st;
}

static enum bc_status run_parse(const struct tfs_kernel_run *run)
{
    return parse(run, &run->data->raw);
}

static enum bc_status run_parse_loose(const struct tfs_kernel_run *run)
{
    return parse(run, &run->data->loose);
}

static enum bc_status run_find(const struct tfs_kernel_run *run)
{
    static const char needle[] = "Student12345678";
    for (size_t i = 0; i < run->data->pieces.count; i++)
        take_number(run, run->compute->find(run->compute, run->data->pieces.at[i],
                                            bc_slice(needle, sizeof needle - 1), 0));
    return BC_OK;
}

/* Calls each with a piece's text and its spans. */
static void each_piece(const struct tfs_kernel_run *run,
                       void (*each)(const struct tfs_kernel_run *run, const char *text,
                                    const struct bc_spans *spans, size_t count))
{
    const struct bc_spans *spans = run->data->spans;
    for (size_t i = 0; i < run->data->pieces.count; i++) {
        size_t left = run->data->span_counts[i];
        while (left) {
            size_t count = left < SPANS ? left : SPANS;
            each(run, run->data->pieces.at[i].data, spans, count);
            spans += count;
            left -= count;
        }
    }
}

static void hash_slots(const struct tfs_kernel_run *run, const char *text,
                       const struct bc_spans *spans, size_t count)
{
    uint64_t hashes[SPANS];
    run->compute->hash(run->compute, text, spans, count, BC_HASH_SLOT, hashes);
    take(run, hashes, count * sizeof hashes[0]);
}

static enum bc_status run_hash(const struct tfs_kernel_run *run)
{
    each_piece(run, hash_slots);
    return BC_OK;
}

static void hash_statements(const struct tfs_kernel_run *run, const char *text,
                            const struct bc_spans *spans, size_t count)
{
    struct bc_hash128 hashes[SPANS];
    run->compute->hash_statements(run->compute, text, spans, count, hashes);
    take(run, hashes, count * sizeof hashes[0]);
}

static enum bc_status run_hash_statements(const struct tfs_kernel_run *run)
{
    each_piece(run, hash_statements);
    return BC_OK;
}

static enum bc_status run_sort(const struct tfs_kernel_run *run)
{
    size_t count = run->data->line_count;
    struct bc_line *lines = bc_alloc_array(count + 1, sizeof *lines);
    if (!lines)
        return BC_NO_MEMORY;
    memcpy(lines, run->data->lines, count * sizeof *lines);
    enum bc_status st = run->compute->sort_unique(run->compute, lines, &count);
    for (size_t i = 0; run->sum && i < count; i++)
        take(run, lines[i].data, lines[i].size);
    bc_free(lines);
    return st;
}

static void walk(const struct tfs_kernel_run *run, unsigned filter)
{
    enum { ROOM = 256 };
    struct bc_range ranges[ROOM];
    struct bc_slice left = bc_buffer_slice(&run->data->left);
    struct bc_slice right = bc_buffer_slice(&run->data->right);
    while (left.size && right.size) {
        size_t count = run->compute->walk(run->compute, &left, &right, filter, ranges, ROOM);
        for (size_t i = 0; run->sum && i < count; i++) {
            /* Ranges may be cut anywhere: only their bytes count. */
            take(run, ranges[i].lines.data, ranges[i].lines.size);
        }
    }
    take_number(run, left.size);
    take_number(run, right.size);
}

static enum bc_status run_difference(const struct tfs_kernel_run *run)
{
    walk(run, BC_LEFT_ONLY | BC_RIGHT_ONLY);
    return BC_OK;
}

static enum bc_status run_union(const struct tfs_kernel_run *run)
{
    walk(run, BC_LEFT_ONLY | BC_RIGHT_ONLY | BC_BOTH);
    return BC_OK;
}

static enum bc_status run_meet(const struct tfs_kernel_run *run)
{
    enum { ROOM = 256 };
    struct bc_meeting meetings[ROOM];
    struct bc_slice ours = bc_buffer_slice(&run->data->ours);
    struct bc_slice theirs = bc_buffer_slice(&run->data->theirs);
    size_t count = ROOM;
    while ((ours.size || theirs.size) && count) {
        count = run->compute->meet(run->compute, &ours, false, &theirs, false, meetings, ROOM);
        for (size_t i = 0; run->sum && i < count; i++) {
            take(run, meetings[i].left.data, meetings[i].left.size);
            take(run, meetings[i].right.data, meetings[i].right.size);
            bool both = meetings[i].left.size && meetings[i].right.size;
            if (both) {
                take_slice(run, meetings[i].left, run->data->ours.data);
                take_slice(run, meetings[i].right, run->data->theirs.data);
            }
        }
    }
    return BC_OK;
}

static void test(const struct tfs_kernel_run *run, const char *text, const struct bc_spans *spans,
                 size_t count, const struct bc_term_test *of)
{
    uint64_t mask[BC_MASK_WORDS(SPANS)];
    run->compute->match(run->compute, text, spans, count, of, mask);
    take(run, mask, BC_MASK_WORDS(count) * sizeof mask[0]);
    take_number(run, run->compute->count(run->compute, mask, BC_MASK_WORDS(count)));
}

static void test_predicate(const struct tfs_kernel_run *run, const char *text,
                           const struct bc_spans *spans, size_t count)
{
    static const char predicate[] = "<http://swat.cse.lehigh.edu/onto/univ-bench.owl#takesCourse>";
    test(run, text, spans, count,
         &(struct bc_term_test){BC_PREDICATE, BC_TEST_EQUAL,
                                bc_slice(predicate, sizeof predicate - 1)});
}

static enum bc_status run_match(const struct tfs_kernel_run *run)
{
    each_piece(run, test_predicate);
    return BC_OK;
}

const struct tfs_kernel tfs_kernels[] = {
    {"scan", "bytes classified and UTF-8 checked", true, run_scan, sorted_bytes, 1.5e9, 5},
    {"find", "a text looked for that is nowhere", true, run_find, sorted_bytes, 0, 0},
    {"split", "canonical statements split into terms", false, run_split, sorted_lines, 0, 0},
    {"parse", "canonical text read: checked, split", false, run_parse, all_lines, 5e6, 0},
    {"parse-loose", "text in another spelling read: made canonical, split", false, run_parse_loose,
     all_lines, 0, 0},
    {"hash", "slots hashed, 64 bits each", false, run_hash, sorted_lines, 0, 0},
    {"hash-statements", "statements hashed, 128 bits each", false, run_hash_statements,
     sorted_lines, 0, 0},
    {"sort", "lines sorted, duplicates dropped", false, run_sort, all_lines, 0, 0},
    {"difference", "two sorted texts that differ by a tenth: what one has alone", false,
     run_difference, walked_lines, 0, 0},
    {"union", "the same: all of both", false, run_union, walked_lines, 0, 0},
    {"meet", "two sides' changes walked by slots, 1 in 100 on both", false, run_meet, met_lines,
     20e6, 3},
    {"match", "a predicate compared, statements counted", false, run_match, sorted_lines, 0, 0},
    {0},
};
