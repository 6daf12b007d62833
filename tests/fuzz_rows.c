/* Fuzz target of the decoders of rows and of what reads them. An input is taken twice: as the key
 * and value of one row, for every decoder; and as a list of damages that are done to the rows of a
 * sound text, which is then read in every way. Whatever the damage, reading it reports a status and
 * stays within its memory. Built with clang and -Dfuzzers=true it is a libFuzzer target; else its
 * own main tries random inputs for TRIPLEFS_FUZZ_SECONDS (2). */
#include "branchcore/delta.h"
#include "branchcore/lines.h"
#include "branchcore/memory_store.h"
#include "branchcore/run_row.h"
#include "tests/require.h"
#include "tests/text_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROWS_MAX = 512, DAMAGES_MAX = 8, READ_MAX = 1 << 20 };

struct row {
    enum bc_family family;
    struct bc_buffer key;
    struct bc_buffer value;
};

/* The sound text: a base of several blocks, and layers; made once, never freed. */
static struct {
    struct row rows[ROWS_MAX];
    size_t count;
    struct text_model model;
} sound;

static bool inside(struct bc_slice part, struct bc_slice whole)
{
    return part.data >= whole.data && part.data + part.size <= whole.data + whole.size;
}

static void check_node(struct bc_slice value)
{
    struct bc_node node;
    if (bc_node_decode(value, &node))
        return;
    REQUIRE(inside(node.name, value) && inside(node.target, value));
    struct bc_buffer again = {0};
    REQUIRE(!bc_node_encode(&node, &again));
    REQUIRE(bc_slice_equal(bc_buffer_slice(&again), value));
    bc_buffer_release(&again);
}

static void check_line(struct bc_slice key, struct bc_slice value)
{
    char sign;
    struct bc_slice line;
    if (bc_line_decode(key, value, &sign, &line))
        return;
    REQUIRE(inside(line, key) || inside(line, value));
    struct bc_key again;
    bc_key_line(&again, bc_get_u64(key.data), bc_get_u64(key.data + 9), line);
    REQUIRE(again.size == key.size && !memcmp(again.bytes + 17, key.data + 17, key.size - 17));
    struct bc_buffer value_again = {0};
    REQUIRE(!bc_line_value(&value_again, sign, line));
    REQUIRE(bc_slice_equal(bc_buffer_slice(&value_again), value));
    bc_buffer_release(&value_again);
}

static void check_run_rows(struct bc_slice key, struct bc_slice value)
{
    uint64_t offset;
    if (!bc_run_block_decode(key, value, &offset))
        REQUIRE(offset + value.size - 1 == bc_get_u64(key.data + 9));
    struct bc_run_summary summary;
    if (!bc_run_header_decode(value, &summary)) {
        char again[BC_RUN_HEADER_BYTES];
        bc_run_header_encode(&summary, again);
        REQUIRE(bc_slice_equal(bc_slice(again, sizeof again), value));
    }
    struct bc_block block;
    struct bc_slice separator;
    bool is_long;
    if (!bc_run_index_decode(key, value, &block, &separator, &is_long)) {
        REQUIRE(inside(separator, key) && block.bytes);
        char again[BC_RUN_INDEX_BYTES];
        bc_run_index_encode(&block, again);
        REQUIRE(bc_slice_equal(bc_slice(again, sizeof again), value));
    }
}

/* The first byte says how much of the rest is the key. */
static void check_decoders(const uint8_t *data, size_t size)
{
    if (!size)
        return;
    size_t key_size = data[0] * (size - 1) / 255;
    struct bc_slice key = bc_slice(data + 1, key_size);
    struct bc_slice value = bc_slice(data + 1 + key_size, size - 1 - key_size);
    check_node(value);
    check_line(key, value);
    check_run_rows(key, value);
}

static void keep_rows(struct bc_store *store, enum bc_family family)
{
    struct bc_cursor *cursor;
    REQUIRE(!bc_store_cursor(store, NULL, family, (struct bc_slice){0}, (struct bc_slice){0}, true,
                             &cursor));
    for (cursor->ops->first(cursor); cursor->valid; cursor->ops->next(cursor)) {
        REQUIRE(sound.count < ROWS_MAX);
        struct row *row = &sound.rows[sound.count++];
        row->family = family;
        REQUIRE(!bc_buffer_append(&row->key, cursor->key.data, cursor->key.size));
        REQUIRE(!bc_buffer_append(&row->value, cursor->value.data, cursor->value.size));
    }
    bc_cursor_free(cursor);
}

static void make_sound(void)
{
    struct bc_store *store;
    REQUIRE(!bc_memory_store_new(&store));
    text_model_init(&sound.model, 1, (struct text_model_shape){700, 700, 3, 1200});
    text_model_write_base(&sound.model, store, 800);
    text_model_add_layer(&sound.model, store, 0, 400, 200);
    text_model_add_layer(&sound.model, store, 300, 350, 1000);
    text_model_check(&sound.model, store);
    keep_rows(store, BC_LAYERS);
    keep_rows(store, BC_RUNS);
    store->ops->close(store);
}

/* One damage: which row, which part of it, where, how. */
struct damage {
    uint16_t row;
    uint8_t how;
    uint8_t byte;
    uint32_t at;
};

static void damage_bytes(struct bc_buffer *bytes, size_t fixed, const struct damage *damage)
{
    if (bytes->size <= fixed)
        return;
    size_t at = fixed + damage->at % (bytes->size - fixed);
    switch (damage->how >> 2 & 3) {
    case 0:
        bytes->data[at] = (char)damage->byte;
        break;
    case 1:
        bytes->data[at] = (char)(bytes->data[at] ^ (1 << damage->byte % 8));
        break;
    case 2:
        bytes->size = at;
        break;
    default:
        memset(bytes->data + at, damage->byte, bytes->size - at < 8 ? bytes->size - at : 8);
    }
}

/* Gives the rows as they are after the damages; those that are lost have an empty key. The first 9
 * bytes of a key stay: the store keeps runs apart by them. */
static void damage_rows(struct row *rows, const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < DAMAGES_MAX && (i + 1) * sizeof(struct damage) <= size; i++) {
        struct damage damage;
        memcpy(&damage, data + i * sizeof damage, sizeof damage);
        struct row *row = &rows[damage.row % sound.count];
        if ((damage.how & 3) == 0)
            damage_bytes(&row->key, 9, &damage);
        else if ((damage.how & 3) == 1 && damage.how >> 7)
            row->key.size = 0;
        else
            damage_bytes(&row->value, 0, &damage);
    }
}

static int compare_rows(const void *a, const void *b)
{
    const struct row *x = a;
    const struct row *y = b;
    return bc_slice_compare(bc_buffer_slice(&x->key), bc_buffer_slice(&y->key));
}

static void fill(struct bc_store *store, struct row *rows)
{
    qsort(rows, sound.count, sizeof *rows, compare_rows);
    struct bc_batch batch = {0};
    struct bc_bulk *bulk;
    REQUIRE(!store->ops->bulk_new(store, TEXT_MODEL_RUN, &bulk));
    const struct row *before = NULL;
    for (size_t i = 0; i < sound.count; i++) {
        struct bc_slice key = bc_buffer_slice(&rows[i].key);
        struct bc_slice value = bc_buffer_slice(&rows[i].value);
        if (!key.size)
            continue;
        if (rows[i].family == BC_LAYERS) {
            REQUIRE(!bc_batch_put(&batch, BC_LAYERS, key, value));
        } else if (!before || compare_rows(before, &rows[i])) {
            REQUIRE(!bulk->ops->add(bulk, key, value));
            before = &rows[i];
        }
    }
    REQUIRE(!bulk->ops->finish(bulk));
    REQUIRE(!bc_store_apply(store, &batch, false));
    bc_batch_release(&batch);
}

static bool expected(enum bc_status st)
{
    return st == BC_OK || st == BC_CORRUPT || st == BC_NEWER_FORMAT;
}

static void read_bytes(const struct bc_text *text, size_t piece)
{
    static char to[READ_MAX];
    enum bc_status st = BC_OK;
    size_t done = 1;
    for (uint64_t at = 0; !st && done; at += done)
        st = bc_text_read(text, at, to, piece, &done);
    REQUIRE(expected(st));
}

static void read_lines(struct bc_text *text)
{
    struct bc_text_cursor *cursor;
    REQUIRE(!bc_text_cursor_new(text, &cursor));
    struct bc_slice line;
    enum bc_status st;
    size_t lines = 0;
    while (!(st = bc_text_cursor_next(cursor, &line)))
        REQUIRE(line.size && line.data[line.size - 1] == '\n' && ++lines <= READ_MAX);
    REQUIRE(st == BC_NO_DATA || expected(st));
    for (size_t i = 0; i < sound.model.count; i += 37) {
        REQUIRE(
            expected(bc_text_cursor_seek(cursor, sound.model.lines[i * 7 % sound.model.count])));
    }
    bc_text_cursor_free(cursor);
}

static void read_all(struct bc_store *store, struct bc_content content)
{
    struct bc_text *text;
    for (size_t i = 0; i < sound.model.count; i += 91) {
        bool contains;
        REQUIRE(expected(bc_content_contains(store, &content, sound.model.lines[i], &contains)));
    }
    enum bc_status st = bc_text_new(store, &content, NULL, NULL, &text);
    REQUIRE(expected(st));
    if (st)
        return;
    read_bytes(text, READ_MAX);
    read_bytes(text, 50000);
    read_lines(text);
    bc_text_release(text);
}

/* Of the base alone, so that a damaged index is read even where the layers do not fit any more. */
static void read_run(struct bc_store *store)
{
    struct bc_run_index index = {.store = store, .run = TEXT_MODEL_RUN};
    for (size_t i = 0; i < sound.model.count; i += 23) {
        enum bc_status st = bc_run_index_seek(&index, sound.model.lines[i]);
        REQUIRE(expected(st) || st == BC_NO_DATA);
    }
    bc_run_index_release(&index);
}

static void check_damaged(const uint8_t *data, size_t size)
{
    if (!sound.count)
        make_sound();
    static struct row rows[ROWS_MAX];
    for (size_t i = 0; i < sound.count; i++) {
        rows[i] = (struct row){.family = sound.rows[i].family};
        const struct row *from = &sound.rows[i];
        REQUIRE(!bc_buffer_append(&rows[i].key, from->key.data, from->key.size));
        REQUIRE(!bc_buffer_append(&rows[i].value, from->value.data, from->value.size));
    }
    struct bc_store *store;
    REQUIRE(!bc_memory_store_new(&store));
    damage_rows(rows, data, size);
    fill(store, rows);
    read_all(store, sound.model.content);
    read_run(store);
    store->ops->close(store);
    for (size_t i = 0; i < sound.count; i++) {
        bc_buffer_release(&rows[i].key);
        bc_buffer_release(&rows[i].value);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_decoders(data, size);
    check_damaged(data, size);
    return 0;
}

#ifndef TRIPLEFS_LIBFUZZER

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Sound rows with a damage or two get further into the decoders than noise does. */
static void try_decoders(uint64_t *random)
{
    uint8_t input[4096];
    const struct row *row = &sound.rows[model_random(random) % sound.count];
    struct bc_slice key = bc_buffer_slice(&row->key);
    struct bc_slice value = bc_buffer_slice(&row->value);
    if (key.size > 1200 || value.size > 2000)
        return;
    memcpy(input, key.data, key.size);
    memcpy(input + key.size, value.data, value.size);
    for (uint64_t i = model_random(random) % 3; i; i--)
        input[model_random(random) % (key.size + value.size)] = (uint8_t)model_random(random);
    size_t cut = model_chance(random, 200) ? model_random(random) % (value.size + 1) : 0;
    key.data = (const char *)input;
    value = bc_slice(input + key.size, value.size - cut);
    check_node(value);
    check_line(key, value);
    check_run_rows(key, value);
}

static void try_noise(uint64_t *random)
{
    uint8_t input[DAMAGES_MAX * sizeof(struct damage)];
    for (size_t i = 0; i < sizeof input; i++)
        input[i] = (uint8_t)model_random(random);
    /* The index and the header are few rows of many, so every other damage is one of theirs. */
    for (size_t i = 0; i < sizeof input; i += 2 * sizeof(struct damage)) {
        uint16_t row = (uint16_t)(sound.count - 1 - model_random(random) % 16);
        memcpy(input + i, &row, sizeof row);
    }
    LLVMFuzzerTestOneInput(input, sizeof(struct damage) *
                                      (size_t)(model_random(random) % (DAMAGES_MAX / 2)));
}

int main(void)
{
    uint64_t random = model_seed();
    const char *limit = getenv("TRIPLEFS_FUZZ_SECONDS");
    double end = now() + (limit ? strtod(limit, NULL) : 2);
    uint64_t runs = 0;
    make_sound();
    do {
        for (int i = 0; i < 100; i++)
            try_decoders(&random);
        try_noise(&random);
        runs++;
    } while (now() < end);
    printf("%llu inputs\n", (unsigned long long)runs);
    return 0;
}

#endif
