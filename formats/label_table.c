#include "formats/label_table.h"

#include "formats/hash.h"

#include <string.h>

enum { FIRST_ROOM = 64, MADE_SIZE = 3 + 16 };

static uint64_t hash_of(struct bc_slice label)
{
    uint64_t hash = fmt_hash(label);
    return hash ? hash : 1;
}

/* The entry of the hash, or the free one where it belongs. */
static struct fmt_label_entry *entry_of(const struct fmt_label_table *table, uint64_t hash)
{
    size_t at = (size_t)hash & (table->room - 1);
    while (table->entries[at].hash && table->entries[at].hash != hash)
        at = (at + 1) & (table->room - 1);
    return &table->entries[at];
}

static enum bc_status grow(struct fmt_label_table *table)
{
    if (table->room && table->count < table->room - table->room / 8)
        return BC_OK;
    struct fmt_label_table grown = *table;
    grown.room = table->room ? 2 * table->room : FIRST_ROOM;
    if (grown.room > SIZE_MAX / sizeof *grown.entries)
        return BC_NO_MEMORY;
    grown.entries = bc_alloc_zero(grown.room * sizeof *grown.entries);
    if (!grown.entries)
        return BC_NO_MEMORY;
    for (size_t i = 0; i < table->room; i++)
        if (table->entries[i].hash)
            *entry_of(&grown, table->entries[i].hash) = table->entries[i];
    bc_free(table->entries);
    *table = grown;
    return BC_OK;
}

static enum bc_status add(struct fmt_label_table *table, uint64_t hash, enum fmt_label_use use)
{
    enum bc_status st = grow(table);
    if (st)
        return st;
    *entry_of(table, hash) = (struct fmt_label_entry){.hash = hash, .use = use};
    table->count++;
    return BC_OK;
}

static enum fmt_label_use use_of(const struct fmt_label_table *table, uint64_t hash)
{
    return table->room ? (enum fmt_label_use)entry_of(table, hash)->use : FMT_LABEL_FREE;
}

bool fmt_label_table_free(const struct fmt_label_table *table, struct bc_slice label)
{
    return use_of(table, hash_of(label)) == FMT_LABEL_FREE;
}

enum bc_status fmt_label_table_take(struct fmt_label_table *table, struct bc_slice label)
{
    return add(table, hash_of(label), FMT_LABEL_MADE);
}

static void spell(uint64_t number, char *to)
{
    to[0] = '_';
    to[1] = ':';
    to[2] = 'b';
    for (int i = 0; i < 16; i++)
        to[3 + i] = "0123456789abcdef"[number >> (60 - 4 * i) & 15];
}

enum bc_status fmt_label_table_make(struct fmt_label_table *table, uint64_t number,
                                    fmt_label_refuse refuse, void *context, struct bc_buffer *to)
{
    char text[MADE_SIZE];
    struct bc_slice label = bc_slice(text, sizeof text);
    spell(number, text);
    uint64_t first = hash_of(label);
    uint32_t tries = use_of(table, first) ? entry_of(table, first)->tries + 1 : 0;
    for (bool refused = true;; tries++) {
        spell(number + tries, text);
        refused = !fmt_label_table_free(table, label);
        enum bc_status st = refused || !refuse ? BC_OK : refuse(context, label, &refused);
        if (st)
            return st;
        if (!refused)
            break;
    }
    enum bc_status st = bc_buffer_append(to, text, sizeof text);
    if (!st)
        st = fmt_label_table_take(table, label);
    if (!st && use_of(table, first))
        entry_of(table, first)->tries = tries;
    return st;
}

/* Labels that became others. */

static struct bc_slice name_before(const struct fmt_label_table *table,
                                   const struct fmt_renamed_label *renamed)
{
    return bc_slice(table->names.data + renamed->at, renamed->from_size);
}

static struct fmt_renamed_label *renamed_of(const struct fmt_label_table *table, uint64_t hash,
                                            struct bc_slice label)
{
    size_t at = (size_t)hash & (table->renamed_room - 1);
    while (table->renamed[at].hash &&
           (table->renamed[at].hash != hash ||
            !bc_slice_equal(name_before(table, &table->renamed[at]), label)))
        at = (at + 1) & (table->renamed_room - 1);
    return &table->renamed[at];
}

static enum bc_status grow_renamed(struct fmt_label_table *table)
{
    if (2 * table->renamed_count < table->renamed_room)
        return BC_OK;
    struct fmt_label_table grown = *table;
    grown.renamed_room = table->renamed_room ? 2 * table->renamed_room : FIRST_ROOM;
    grown.renamed = bc_alloc_zero(grown.renamed_room * sizeof *grown.renamed);
    if (!grown.renamed)
        return BC_NO_MEMORY;
    for (size_t i = 0; i < table->renamed_room; i++) {
        const struct fmt_renamed_label *old = &table->renamed[i];
        if (old->hash)
            *renamed_of(&grown, old->hash, name_before(table, old)) = *old;
    }
    bc_free(table->renamed);
    *table = grown;
    return BC_OK;
}

static enum bc_status rename_label(struct fmt_label_table *table, uint64_t hash,
                                   struct bc_slice label, struct bc_slice *term)
{
    enum bc_status st = grow_renamed(table);
    if (st)
        return st;
    struct fmt_renamed_label *known = renamed_of(table, hash, label);
    if (!known->hash) {
        size_t at = table->names.size;
        st = bc_buffer_append(&table->names, label.data, label.size);
        if (!st)
            st = fmt_label_table_make(table, hash, NULL, NULL, &table->names);
        if (st)
            return st;
        *known = (struct fmt_renamed_label){
            .hash = hash, .at = at, .from_size = (uint32_t)label.size, .to_size = MADE_SIZE};
        table->renamed_count++;
    }
    *term = bc_slice(table->names.data + known->at + known->from_size, known->to_size);
    return BC_OK;
}

enum bc_status fmt_label_table_mention(struct fmt_label_table *table, struct bc_slice label,
                                       struct bc_slice *term)
{
    *term = label;
    uint64_t hash = hash_of(label);
    switch (use_of(table, hash)) {
    case FMT_LABEL_FREE:
        return add(table, hash, FMT_LABEL_MENTIONED);
    case FMT_LABEL_MADE:
        return rename_label(table, hash, label, term);
    default:
        return BC_OK;
    }
}

void fmt_label_table_release(struct fmt_label_table *table)
{
    bc_free(table->entries);
    bc_free(table->renamed);
    bc_buffer_release(&table->names);
    *table = (struct fmt_label_table){0};
}
