/* Inside formats/: the labels of blank nodes that a text uses, those that it gives and those that
 * were made for nodes without one; 16 bytes each at the least.
 *
 * Labels are known by hashes of 64 bits. Two with one hash count as one that is in use, which costs
 * a new one another number, or a mentioned one its name; never does it make two nodes one. */
#ifndef FORMATS_LABEL_TABLE_H
#define FORMATS_LABEL_TABLE_H

#include "branchcore/memory.h"

struct fmt_label_entry {
    uint64_t hash;  /* 0: free */
    uint32_t use;   /* enum fmt_label_use */
    uint32_t tries; /* how often it was counted on from here */
};

/* A mentioned label that became another one. */
struct fmt_renamed_label {
    uint64_t hash;
    size_t at; /* in names: the label that was mentioned, then the one that it became */
    uint32_t from_size;
    uint32_t to_size;
};

enum fmt_label_use { FMT_LABEL_FREE, FMT_LABEL_MENTIONED, FMT_LABEL_MADE };

/* {0} is an empty one. */
struct fmt_label_table {
    struct fmt_label_entry *entries;
    size_t room; /* a power of two, or 0 */
    size_t count;
    struct fmt_renamed_label *renamed; /* by hash, open */
    size_t renamed_room;
    size_t renamed_count;
    struct bc_buffer names;
};

/* Whether a made label must not be used for another reason. */
typedef enum bc_status (*fmt_label_refuse)(void *context, struct bc_slice label, bool *refused);

/* Labels are canonical: "_:x". */

/* *term: what the label is in this text, borrowed until the next call: itself, or label. */
enum bc_status fmt_label_table_mention(struct fmt_label_table *table, struct bc_slice label,
                                       struct bc_slice *term);
/* Takes a label for a node that has none; false if it is in use. */
bool fmt_label_table_free(const struct fmt_label_table *table, struct bc_slice label);
enum bc_status fmt_label_table_take(struct fmt_label_table *table, struct bc_slice label);
/* Appends a label made of the number, or of one behind it, and takes it. refuse may be NULL. */
enum bc_status fmt_label_table_make(struct fmt_label_table *table, uint64_t number,
                                    fmt_label_refuse refuse, void *context, struct bc_buffer *to);
void fmt_label_table_release(struct fmt_label_table *table);

#endif
