/* The in-memory store: a complete implementation of the store port (store.h), the reference for
 * every other one. Nothing survives close. Snapshots are O(1) (a persistent tree with shared
 * nodes). */
#ifndef BRANCHCORE_MEMORY_STORE_H
#define BRANCHCORE_MEMORY_STORE_H

#include "branchcore/store.h"

/* BC_NO_MEMORY. On success the caller closes the store with its ops->close. */
enum bc_status bc_memory_store_new(struct bc_store **store);

#endif
