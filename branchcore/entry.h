/* Entries of folders: a name's row in a layer, family layers, 'D' -> node u64 (0: the name is
 * removed here), kind u8. Inside of the model: the branch's lock is held by the caller. */
#ifndef BRANCHCORE_ENTRY_H
#define BRANCHCORE_ENTRY_H

#include "branchcore/model.h"

enum { BC_ENTRY_BYTES = 9 };

struct bc_entry {
    uint64_t node;
    enum bc_kind kind;
    uint64_t layer; /* where it was found */
};

/* Whether an entry may get the name: BC_INVALID, BC_NAME_TOO_LONG. */
enum bc_status bc_name_check(struct bc_slice name);

enum bc_status bc_entry_decode(struct bc_slice value, struct bc_entry *entry);

/* BC_NOT_FOUND, BC_NAME_TOO_LONG, BC_STALE. */
enum bc_status bc_entry_find(struct bc_branch *branch, uint64_t parent, struct bc_slice name,
                             struct bc_entry *entry);
/* Whether the frozen layers show the name. */
enum bc_status bc_entry_below(struct bc_branch *branch, uint64_t parent, struct bc_slice name,
                              bool *below);
enum bc_status bc_entry_put(struct bc_update *update, uint64_t parent, struct bc_slice name,
                            uint64_t node, enum bc_kind kind);
/* Deletes the row, or puts a removal where the layers below show the name. */
enum bc_status bc_entry_remove(struct bc_update *update, uint64_t parent, struct bc_slice name);

/* A node that must be a folder: BC_NOT_DIRECTORY, BC_STALE. */
enum bc_status bc_folder_find(struct bc_branch *branch, uint64_t node, struct bc_found *found);
/* The same for a folder that gets an entry: one that lost its own name is BC_STALE. */
enum bc_status bc_folder_open(struct bc_branch *branch, uint64_t node, struct bc_found *found);

/* Walks a folder's entries in the order of names. */
enum bc_status bc_entries_each(struct bc_branch *branch, uint64_t folder, bc_entry_sink sink,
                               void *context);

#endif
