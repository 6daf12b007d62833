/* The record of a frozen layer in the family refs: "l", layer u64 -> u8 version, u64 parent (0:
 * none). */
#ifndef BRANCHCORE_LAYER_RECORD_H
#define BRANCHCORE_LAYER_RECORD_H

#include "branchcore/store.h"

/* BC_NOT_FOUND, BC_CORRUPT, BC_NEWER_FORMAT. */
enum bc_status bc_layer_record_get(struct bc_store *store, uint64_t layer, uint64_t *parent);
enum bc_status bc_layer_record_put(struct bc_batch *batch, uint64_t layer, uint64_t parent);

#endif
