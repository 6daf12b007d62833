#include "tests/text_model.h"

#include "branchcore/lines.h"
#include "branchcore/ntriples.h"
#include "branchcore/row.h"
#include "tests/require.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

uint64_t model_random(uint64_t *state)
{
    uint64_t x = *state += UINT64_C(0x9E3779B97F4A7C15);
    x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ x >> 27) * UINT64_C(0x94D049BB133111EB);
    return x ^ x >> 31;
}

bool model_chance(uint64_t *state, unsigned permille)
{
    return model_random(state) % 1000 < permille;
}

uint64_t model_seed(void)
{
    const char *value = getenv("TRIPLEFS_SEED");
    uint64_t seed = value ? strtoull(value, NULL, 0) : (uint64_t)time(NULL);
    printf("TRIPLEFS_SEED=%llu\n", (unsigned long long)seed);
    fflush(stdout);
    return seed;
}

static void append_padding(struct bc_buffer *to, char letter, size_t size)
{
    REQUIRE(!bc_buffer_reserve(to, size));
    memset(to->data + to->size, letter, size);
    to->size += size;
}

static void append_line(struct text_model *model, struct text_model_shape shape)
{
    struct bc_buffer *to = &model->bytes;
    uint64_t r = model_random(&model->random);
    unsigned subject = (unsigned)(r % (shape.lines / 4 + 1));
    bool triple_term = (r >> 20) % 8 == 0;
    REQUIRE(!bc_buffer_printf(to, "<http://example.org/"));
    if (model_chance(&model->random, shape.wide)) {
        append_padding(to, 'x', 900 + model_random(&model->random) % 200);
        if (model_chance(&model->random, 500))
            append_padding(to, 'y', 100);
    }
    REQUIRE(!bc_buffer_printf(to, "s%u> <http://example.org/p%u> %s\"", subject,
                              (unsigned)(r >> 32) % 5, triple_term ? "<<( _:s <x:p> " : ""));
    if (shape.padded)
        append_padding(to, 'z', model_random(&model->random) % shape.padded);
    if (model_chance(&model->random, shape.huge))
        append_padding(to, 'h', 100000 + model_random(&model->random) % 300000);
    REQUIRE(!bc_buffer_printf(to, "%u\"%s", (unsigned)(r >> 40) % 1000, triple_term ? " )>>" : ""));
    if (model_chance(&model->random, 100))
        REQUIRE(!bc_buffer_printf(to, " <http://example.org/g%u>", (unsigned)(r >> 50) % 3));
    REQUIRE(!bc_buffer_printf(to, " .\n"));
}

static int compare(const void *a, const void *b)
{
    const struct bc_slice *x = a;
    const struct bc_slice *y = b;
    return bc_line_compare(*x, *y);
}

static void cut_lines(struct text_model *model)
{
    struct bc_slice bytes = bc_buffer_slice(&model->bytes);
    size_t at = 0;
    size_t count = 0;
    for (; at < bytes.size; at += model->lines[count++].size)
        model->lines[count] = bc_lines_at(bytes, at);
    qsort(model->lines, count, sizeof *model->lines, compare);
    for (size_t i = 0; i < count; i++) {
        if (!model->count || compare(&model->lines[model->count - 1], &model->lines[i]))
            model->lines[model->count++] = model->lines[i];
    }
}

void text_model_init(struct text_model *model, uint64_t seed, struct text_model_shape shape)
{
    *model = (struct text_model){.random = seed, .content.node = TEXT_MODEL_NODE};
    for (size_t i = 0; i < shape.lines; i++)
        append_line(model, shape);
    model->lines = bc_alloc_array(shape.lines, sizeof *model->lines);
    model->quads = bc_alloc_zero(shape.lines * sizeof *model->quads);
    model->present = bc_alloc_zero(shape.lines * sizeof *model->present);
    REQUIRE(model->lines && model->quads && model->present);
    cut_lines(model);
    for (size_t i = 0; i < model->count; i++) {
        struct bc_statement statement;
        REQUIRE(!bc_statement_split(model->lines[i], &statement));
        model->quads[i] = statement.graph.size > 0;
    }
}

void text_model_release(struct text_model *model)
{
    bc_content_release(&model->content);
    bc_buffer_release(&model->bytes);
    bc_free(model->lines);
    bc_free(model->quads);
    bc_free(model->present);
}

static void account(struct text_model *model, size_t line)
{
    uint64_t sign = model->present[line] ? 1 : UINT64_MAX;
    model->content.size_bytes += sign * model->lines[line].size;
    model->content.triples += sign;
    model->content.quads += sign * model->quads[line];
}

void text_model_write_base(struct text_model *model, struct bc_store *store, unsigned permille)
{
    struct bc_run_writer *writer;
    REQUIRE(!bc_run_writer_new(store, TEXT_MODEL_RUN, &writer));
    for (size_t i = 0; i < model->count; i++) {
        model->present[i] = model_chance(&model->random, permille);
        if (!model->present[i])
            continue;
        REQUIRE(!bc_run_writer_add(writer, model->lines[i], model->quads[i]));
        account(model, i);
    }
    struct bc_run_summary summary;
    REQUIRE(!bc_run_writer_finish(writer, &summary));
    REQUIRE(summary.bytes == model->content.size_bytes);
    REQUIRE(summary.lines == model->content.triples && summary.quads == model->content.quads);
    model->content.run = TEXT_MODEL_RUN;
}

void text_model_add_layer(struct text_model *model, struct bc_store *store, size_t first,
                          size_t end, unsigned permille)
{
    struct bc_content *content = &model->content;
    uint64_t layer = TEXT_MODEL_LAYER + content->source_count;
    content->sources =
        bc_realloc_array(content->sources, content->source_count + 1, sizeof *content->sources);
    REQUIRE(content->sources);
    content->sources[content->source_count++] = (struct bc_change_source){.layer = layer};
    struct bc_batch batch = {0};
    struct bc_buffer value = {0};
    for (size_t i = first; i < end && i < model->count; i++) {
        if (!model_chance(&model->random, permille))
            continue;
        model->present[i] = !model->present[i];
        account(model, i);
        struct bc_key key;
        bc_key_line(&key, layer, TEXT_MODEL_NODE, model->lines[i]);
        REQUIRE(!bc_line_value(&value, model->present[i] ? '+' : '-', model->lines[i]));
        REQUIRE(!bc_batch_put(&batch, BC_LAYERS, bc_key_slice(&key), bc_buffer_slice(&value)));
    }
    REQUIRE(!bc_store_apply(store, &batch, false));
    bc_batch_release(&batch);
    bc_buffer_release(&value);
}

void text_model_text(const struct text_model *model, struct bc_buffer *to)
{
    bc_buffer_clear(to);
    for (size_t i = 0; i < model->count; i++) {
        if (model->present[i])
            REQUIRE(!bc_buffer_append(to, model->lines[i].data, model->lines[i].size));
    }
}

/* Reads of all kinds of sizes, each into memory of its own, so that a sanitizer sees a byte too
 * many. */
static void check_reads(struct text_model *model, const struct bc_text *text, struct bc_slice is)
{
    for (int i = 0; i < 60; i++) {
        size_t most = i % 3 == 0 ? 100 : i % 3 == 1 ? 300000 : is.size + 10;
        size_t size = (size_t)(model_random(&model->random) % (most + 1));
        uint64_t offset = model_random(&model->random) % (is.size + 2);
        if (i < 2) {
            offset = 0;
            size = is.size + (size_t)i;
        }
        char *to = bc_alloc(size);
        size_t done = 1;
        REQUIRE(to && !bc_text_read(text, offset, to, size, &done));
        size_t left = offset < is.size ? is.size - (size_t)offset : 0;
        REQUIRE(done == (size < left ? size : left));
        REQUIRE(!done || !memcmp(to, is.data + offset, done));
        bc_free(to);
    }
}

static void check_scan(struct bc_text_cursor *cursor, struct bc_slice left)
{
    struct bc_slice line;
    enum bc_status st;
    while (!(st = bc_text_cursor_next(cursor, &line))) {
        REQUIRE(line.size <= left.size && !memcmp(line.data, left.data, line.size));
        REQUIRE(memchr(line.data, '\n', line.size) == line.data + line.size - 1);
        left = bc_slice(left.data + line.size, left.size - line.size);
    }
    REQUIRE(st == BC_NO_DATA && !left.size);
    REQUIRE(bc_text_cursor_next(cursor, &line) == BC_NO_DATA);
}

/* Seeks to lines of the universe, which are there or not, and to what lies around them. */
static void check_seeks(struct text_model *model, struct bc_text_cursor *cursor, struct bc_slice is)
{
    size_t near = 0;
    for (int i = 0; i < 200 && model->count; i++) {
        bool forward = model_chance(&model->random, 700);
        near = (forward ? near + model_random(&model->random) % 20 : model_random(&model->random)) %
               model->count;
        struct bc_slice line = model->lines[near];
        if (model_chance(&model->random, 300))
            line.size = (size_t)(model_random(&model->random) % line.size);
        REQUIRE(!bc_text_cursor_seek(cursor, line));
        size_t expected = bc_lines_seek(is, 0, line);
        for (uint64_t steps = model_random(&model->random) % 4; steps; steps--) {
            struct bc_slice found;
            enum bc_status st = bc_text_cursor_next(cursor, &found);
            REQUIRE(st == (expected < is.size ? BC_OK : BC_NO_DATA));
            REQUIRE(st || bc_slice_equal(found, bc_lines_at(is, expected)));
            expected += st ? 0 : found.size;
        }
    }
}

static void check_contains(struct text_model *model, struct bc_store *store)
{
    for (int i = 0; i < 100 && model->count; i++) {
        size_t at = (size_t)(model_random(&model->random) % model->count);
        struct bc_slice line = model->lines[at];
        line.size -= i % 2;
        bool contains = !model->present[at];
        REQUIRE(!bc_content_contains(store, &model->content, line, &contains));
        REQUIRE(contains == model->present[at]);
        line.size -= 2;
        REQUIRE(!bc_content_contains(store, &model->content, line, &contains));
        REQUIRE(!contains);
    }
}

void text_model_check(struct text_model *model, struct bc_store *store)
{
    struct bc_buffer expected = {0};
    text_model_text(model, &expected);
    struct bc_slice is = bc_buffer_slice(&expected);
    struct bc_text *text;
    REQUIRE(!bc_text_new(store, &model->content, NULL, NULL, &text));
    REQUIRE(bc_text_bytes(text) == is.size);
    REQUIRE(bc_text_triples(text) == model->content.triples);
    check_reads(model, text, is);
    struct bc_text_cursor *cursor;
    REQUIRE(!bc_text_cursor_new(text, &cursor));
    bc_text_release(text);
    check_scan(cursor, is);
    check_seeks(model, cursor, is);
    bc_text_cursor_free(cursor);
    check_contains(model, store);
    bc_buffer_release(&expected);
}
