/* The record of a frozen layer in the family refs: "l", layer u64 -> u8 version, u64 parent (0:
 * none); of version 2 also u64 same, u64 rows.
 *
 * A record of version 1 is that of a plain layer: what was changed on top of its parent. One of
 * version 2 is that of an index layer (stack_index.h): on its parent it is the same state as the
 * layer `same`, which is no index itself. */
#ifndef BRANCHCORE_LAYER_RECORD_H
#define BRANCHCORE_LAYER_RECORD_H

#include "branchcore/store.h"

struct bc_layer_record {
    uint64_t parent; /* 0: none */
    uint64_t same;   /* 0: a plain layer */
    uint64_t rows;   /* of an index: how many it has; of a plain layer 0 */
};

/* BC_NOT_FOUND, BC_CORRUPT, BC_NEWER_FORMAT, BC_IO. */
enum bc_status bc_layer_record_read(struct bc_store *store, uint64_t layer,
                                    struct bc_layer_record *record);
/* Its parent alone. */
enum bc_status bc_layer_record_get(struct bc_store *store, uint64_t layer, uint64_t *parent);

/* Of a plain layer. */
enum bc_status bc_layer_record_put(struct bc_batch *batch, uint64_t layer, uint64_t parent);
/* Of an index; same is not 0. */
enum bc_status bc_layer_record_put_index(struct bc_batch *batch, uint64_t layer,
                                         const struct bc_layer_record *record);
/* From a record's bytes. BC_CORRUPT, BC_NEWER_FORMAT. */
enum bc_status bc_layer_record_decode(struct bc_slice value, struct bc_layer_record *record);

#endif
