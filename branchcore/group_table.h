/* Inside branchcore: counts by key, for aggregate.c. Keys are bytes; they come with their XXH3 hash
 * of 64 bits, and are told apart by their bytes. */
#ifndef BRANCHCORE_GROUP_TABLE_H
#define BRANCHCORE_GROUP_TABLE_H

#include "branchcore/number.h"

struct bc_group_entry {
    uint64_t hash;
    uint64_t count;
    size_t key; /* where it is in keys */
    size_t key_size;
};

struct bc_group_table {
    struct bc_group_entry *entries; /* in the order in which they came */
    size_t count;
    size_t capacity;
    struct bc_buffer keys;
    struct bc_sums *sums; /* of each entry, if asked for */
    bool has_sums;        /* set by the holder before the first entry */
    uint32_t *slots;      /* entry + 1; 0: free */
    size_t slot_count;    /* a power of two, or 0 */
};

/* The entry of the key, made with count 0 if it is not there. BC_TOO_LARGE: 2^32 entries. */
enum bc_status bc_group_table_get(struct bc_group_table *table, struct bc_slice key, uint64_t hash,
                                  size_t *entry);
static inline struct bc_slice bc_group_table_key(const struct bc_group_table *table, size_t entry)
{
    return bc_slice(table->keys.data + table->entries[entry].key, table->entries[entry].key_size);
}
size_t bc_group_table_bytes(const struct bc_group_table *table);
void bc_group_table_release(struct bc_group_table *table);

#endif
