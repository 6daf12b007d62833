#include "branchcore/group_table.h"

#include <string.h>

enum { SLOTS_FIRST = 256, ENTRIES_FIRST = 64 };

void bc_group_table_release(struct bc_group_table *table)
{
    bc_free(table->entries);
    bc_free(table->sums);
    bc_free(table->slots);
    bc_buffer_release(&table->keys);
    *table = (struct bc_group_table){0};
}

size_t bc_group_table_bytes(const struct bc_group_table *table)
{
    return table->capacity *
               (sizeof *table->entries + (table->has_sums ? sizeof *table->sums : 0)) +
           table->slot_count * sizeof *table->slots + table->keys.capacity;
}

static void put_slot(uint32_t *slots, size_t slot_count, uint64_t hash, uint32_t value)
{
    size_t at = hash & (slot_count - 1);
    while (slots[at])
        at = (at + 1) & (slot_count - 1);
    slots[at] = value;
}

/* At most half of the slots are used. */
static enum bc_status grow_slots(struct bc_group_table *table)
{
    size_t slot_count = table->slot_count ? table->slot_count * 2 : SLOTS_FIRST;
    uint32_t *slots = bc_alloc_array(slot_count, sizeof *slots);
    if (!slots)
        return BC_NO_MEMORY;
    memset(slots, 0, slot_count * sizeof *slots);
    for (size_t i = 0; i < table->count; i++)
        put_slot(slots, slot_count, table->entries[i].hash, (uint32_t)(i + 1));
    bc_free(table->slots);
    table->slots = slots;
    table->slot_count = slot_count;
    return BC_OK;
}

static enum bc_status grow_entries(struct bc_group_table *table)
{
    size_t capacity = table->capacity ? table->capacity * 2 : ENTRIES_FIRST;
    struct bc_group_entry *entries = bc_realloc_array(table->entries, capacity, sizeof *entries);
    if (!entries)
        return BC_NO_MEMORY;
    table->entries = entries;
    if (table->has_sums) {
        struct bc_sums *sums = bc_realloc_array(table->sums, capacity, sizeof *sums);
        if (!sums)
            return BC_NO_MEMORY;
        table->sums = sums;
    }
    table->capacity = capacity;
    return BC_OK;
}

static enum bc_status add(struct bc_group_table *table, struct bc_slice key, uint64_t hash)
{
    enum bc_status st = BC_OK;
    if (table->count >= UINT32_MAX - 1)
        return BC_TOO_LARGE;
    if (table->count == table->capacity)
        st = grow_entries(table);
    if (!st && table->count * 2 >= table->slot_count)
        st = grow_slots(table);
    size_t at = table->keys.size;
    if (!st)
        st = bc_buffer_append(&table->keys, key.data, key.size);
    if (st)
        return st;
    table->entries[table->count] =
        (struct bc_group_entry){.hash = hash, .key = at, .key_size = key.size};
    if (table->has_sums)
        table->sums[table->count] = (struct bc_sums){0};
    table->count++;
    put_slot(table->slots, table->slot_count, hash, (uint32_t)table->count);
    return BC_OK;
}

enum bc_status bc_group_table_get(struct bc_group_table *table, struct bc_slice key, uint64_t hash,
                                  size_t *entry)
{
    size_t mask = table->slot_count - 1;
    for (size_t at = hash & mask; table->slot_count && table->slots[at]; at = (at + 1) & mask) {
        size_t found = table->slots[at] - 1;
        if (table->entries[found].hash == hash &&
            bc_slice_equal(bc_group_table_key(table, found), key)) {
            *entry = found;
            return BC_OK;
        }
    }
    *entry = table->count;
    return add(table, key, hash);
}
