#include "tools/kernels.h"

#include "branchcore/match_block.h"

#include <string.h>

enum { SPANS = 512, MASK_ROUNDS = 999 };

static void take(const struct tfs_kernel_run *run, const void *bytes, size_t size)
{
    if (run->sum)
        (void)XXH3_64bits_update(run->sum, bytes, size);
}

static void take_number(const struct tfs_kernel_run *run, uint64_t number)
{
    take(run, &number, sizeof number);
}

/* Ranges of lines may be cut anywhere: each line counts by itself, with the side that it is on. */
static void take_lines(const struct tfs_kernel_run *run, uint64_t side, struct bc_slice lines)
{
    while (run->sum && lines.size) {
        const char *newline = memchr(lines.data, '\n', lines.size);
        size_t size = newline ? (size_t)(newline + 1 - lines.data) : lines.size;
        take_number(run, side);
        take(run, lines.data, size);
        lines = bc_slice(lines.data + size, lines.size - size);
    }
}

static size_t sorted_bytes(const struct tfs_kernel_data *data)
{
    return data->sorted.size;
}

static size_t sorted_lines(const struct tfs_kernel_data *data)
{
    return data->sorted_lines;
}

static size_t mask_bytes(const struct tfs_kernel_data *data)
{
    return MASK_ROUNDS * data->mask_words * sizeof *data->masks;
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
        for (size_t i = 0; run->sum && i < count; i++)
            take_lines(run, ranges[i].side, ranges[i].lines);
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
            unsigned both = meetings[i].left.size && meetings[i].right.size ? BC_BOTH : 0;
            take_lines(run, both | BC_LEFT_ONLY, meetings[i].left);
            take_lines(run, both | BC_RIGHT_ONLY, meetings[i].right);
        }
    }
    take_number(run, ours.size);
    take_number(run, theirs.size);
    return BC_OK;
}

static void test_predicate(const struct tfs_kernel_run *run, const char *text,
                           const struct bc_spans *spans, size_t count)
{
    uint64_t mask[BC_MASK_WORDS(SPANS)];
    struct bc_term_test of = {BC_PREDICATE, BC_TEST_EQUAL, run->data->predicate};
    run->compute->match(run->compute, text, spans, count, &of, mask);
    take(run, mask, BC_MASK_WORDS(count) * sizeof mask[0]);
}

static enum bc_status run_test(const struct tfs_kernel_run *run)
{
    each_piece(run, test_predicate);
    return BC_OK;
}

/* A mask is as long as when statements are matched. */
static void combine(const struct tfs_kernel_run *run, enum bc_mask_operation operation)
{
    enum { WORDS = 16 };
    const uint64_t *from = run->data->masks;
    const uint64_t *with = from + run->data->mask_words;
    for (size_t at = 0; at < run->data->mask_words; at += WORDS) {
        uint64_t to[WORDS];
        size_t left = run->data->mask_words - at;
        size_t words = left < WORDS ? left : WORDS;
        memcpy(to, from + at, words * sizeof to[0]);
        run->compute->combine(run->compute, operation, to, with + at, words);
        take(run, to, words * sizeof to[0]);
        take_number(run, run->compute->count(run->compute, to, words));
    }
}

/* Often enough for a clock. */
static enum bc_status run_masks(const struct tfs_kernel_run *run)
{
    static const enum bc_mask_operation operations[] = {BC_MASK_AND, BC_MASK_OR, BC_MASK_AND_NOT};
    for (unsigned i = 0; i < MASK_ROUNDS; i++)
        combine(run, operations[i % (sizeof operations / sizeof *operations)]);
    return BC_OK;
}

/* What `triplefs match` does with each block of a file. */
static enum bc_status match(const struct tfs_kernel_run *run, const struct bc_buffer *text,
                            enum bc_match_plan plan)
{
    const struct tfs_pieces *pieces = &run->data->pieces;
    struct bc_pattern *pattern = NULL;
    struct bc_matcher *matcher = NULL;
    struct bc_match_hits hits = {0};
    struct bc_error err = {0};
    enum bc_status st = bc_pattern_parse(bc_buffer_slice(text), NULL, &pattern, &err);
    if (!st)
        st = bc_matcher_new(pattern, run->compute, plan, &matcher);
    for (size_t i = 0; !st && i < pieces->count; i++) {
        st = bc_matcher_block(matcher, pieces->at[i], 0, &hits);
        take(run, hits.spans, st ? 0 : hits.count * sizeof hits.spans[0]);
    }
    bc_match_hits_release(&hits);
    bc_matcher_free(matcher);
    bc_pattern_free(pattern);
    return st;
}

static enum bc_status run_match(const struct tfs_kernel_run *run)
{
    return match(run, &run->data->common, BC_MATCH_AUTO);
}

static enum bc_status run_match_rare(const struct tfs_kernel_run *run)
{
    return match(run, &run->data->rare, BC_MATCH_AUTO);
}

static enum bc_status run_match_split(const struct tfs_kernel_run *run)
{
    return match(run, &run->data->common, BC_MATCH_SPLIT);
}

static enum bc_status run_match_rare_split(const struct tfs_kernel_run *run)
{
    return match(run, &run->data->rare, BC_MATCH_SPLIT);
}

/* Operations that sets of instructions may share with plain C. */
static bool shares_hash(const struct bc_compute *compute)
{
    return compute->hash == bc_scalar_engine()->hash;
}

static bool shares_hash_statements(const struct bc_compute *compute)
{
    return compute->hash_statements == bc_scalar_engine()->hash_statements;
}

static bool shares_sort(const struct bc_compute *compute)
{
    return compute->sort_unique == bc_scalar_engine()->sort_unique;
}

/* The scalar engine's quick way looks for words with the C library's vector code, so it is no
 * scalar reference. */
#define SPLITTING "scalar, splitting all"

const struct tfs_kernel tfs_kernels[] = {
    {.name = "scan",
     .what = "text checked: UTF-8, and where terms can end",
     .bytes = true,
     .run = run_scan,
     .work = sorted_bytes,
     .least = 1.5e9,
     .times = 5},
    {.name = "find",
     .what = "a word looked for that is nowhere in the text",
     .bytes = true,
     .run = run_find,
     .work = sorted_bytes},
    {.name = "split",
     .what = "canonical text split into statements and terms",
     .run = run_split,
     .work = sorted_lines},
    {.name = "parse",
     .what = "canonical text read: checked and split, as imports read it",
     .run = run_parse,
     .work = all_lines,
     .least = 5e6},
    {.name = "parse-loose",
     .what = "text with a blank too many in each line read: made canonical",
     .run = run_parse_loose,
     .work = all_lines,
     .least = 5e6},
    {.name = "hash",
     .what = "subjects and predicates of statements hashed, 64 bits",
     .run = run_hash,
     .work = sorted_lines,
     .shared = shares_hash},
    {.name = "hash-statements",
     .what = "statements hashed, 128 bits",
     .run = run_hash_statements,
     .work = sorted_lines,
     .shared = shares_hash_statements},
    {.name = "sort-unique",
     .what = "unsorted lines in memory sorted, duplicates dropped",
     .run = run_sort,
     .work = all_lines,
     .shared = shares_sort},
    {.name = "difference",
     .what = "two sorted texts, a tenth differs: what is in one alone",
     .run = run_difference,
     .work = walked_lines},
    {.name = "union",
     .what = "the same two texts: all that is in either",
     .run = run_union,
     .work = walked_lines},
    {.name = "meet",
     .what = "changes of two sides walked by slots as merges do, 1 in 100 on both",
     .run = run_meet,
     .work = met_lines,
     .least = 20e6,
     .times = 3},
    {.name = "test",
     .what = "statements that are split asked for a predicate",
     .run = run_test,
     .work = sorted_lines},
    {.name = "masks",
     .what = "masks of 1,024 statements combined and counted",
     .bytes = true,
     .run = run_masks,
     .work = mask_bytes},
    {.name = "match",
     .what = "text searched for the statements with a common predicate",
     .run = run_match,
     .reference = run_match_split,
     .reference_name = SPLITTING,
     .work = sorted_lines,
     .times = 5},
    {.name = "match-rare",
     .what = "text searched for the statements with a rare piece of text",
     .run = run_match_rare,
     .reference = run_match_rare_split,
     .reference_name = SPLITTING,
     .work = sorted_lines,
     .times = 5},
    {.name = "match-split",
     .what = "the common predicate by splitting all, as for patterns without a word",
     .run = run_match_split,
     .work = sorted_lines},
    {0},
};
