/* Rejected texts: what writers were refused, whole, by branch and path, until somebody removes it.
 * Kept in the store: they survive restarts. A newer one of the same path replaces the older.
 *
 * Row "j" | branch u64 | path of refs (row.h) -> u8 1, layer u64, size u64, time u64 (ns since
 * 1970); the bytes are chunks of node 1 in that layer, which has nothing else. A chunk of zeros has
 * no row.
 *
 * All return BC_CORRUPT and BC_IO as the store does; BC_NO_SPACE where they write. */
#ifndef BRANCHCORE_REJECTED_H
#define BRANCHCORE_REJECTED_H

#include "branchcore/branch.h"

struct bc_rejected {
    const char *path; /* NULL from bc_rejected_stat */
    uint64_t size_bytes;
    int64_t time_ns;
    uint64_t id; /* another one for each text that was refused */
};

/* In the order of paths. rejected is valid during the call; a status of sink other than BC_OK ends
 * it and is returned. */
enum bc_status bc_rejected_each(struct bc_branch *branch,
                                enum bc_status (*sink)(void *context,
                                                       const struct bc_rejected *rejected),
                                void *context);
/* BC_NOT_FOUND. */
enum bc_status bc_rejected_stat(struct bc_branch *branch, struct bc_slice path,
                                struct bc_rejected *rejected);
/* *done is less than size only at the end. BC_NOT_FOUND. */
enum bc_status bc_rejected_read(struct bc_branch *branch, struct bc_slice path, uint64_t offset,
                                void *to, size_t size, size_t *done);
/* BC_NOT_FOUND. BC_STALE: the branch is gone. */
enum bc_status bc_rejected_remove(struct bc_branch *branch, struct bc_slice path);
/* Removes it only if it is still this one. BC_OK if it is not, or there is none. */
enum bc_status bc_rejected_remove_id(struct bc_branch *branch, struct bc_slice path, uint64_t id);

/* Reads the refused text: *done less than size only at its end. */
typedef enum bc_status (*bc_rejected_source)(void *context, uint64_t offset, void *to, size_t size,
                                             size_t *done);
/* BC_INVALID: no path. BC_STALE: the branch is gone. What source returns. A failure leaves what was
 * there before. */
enum bc_status bc_rejected_put(struct bc_branch *branch, struct bc_slice path, uint64_t size_bytes,
                               bc_rejected_source source, void *context);
/* The same for texts with holes: data_from (may be NULL) tells the first offset from the given one
 * on that may hold something but zeros. *id (may be NULL): the new one's. */
enum bc_status bc_rejected_put_sparse(struct bc_branch *branch, struct bc_slice path,
                                      uint64_t size_bytes, bc_rejected_source source,
                                      uint64_t (*data_from)(void *context, uint64_t offset),
                                      void *context, uint64_t *id);

/* The layer that the value of a row "j" names. BC_CORRUPT, BC_NEWER_FORMAT. */
enum bc_status bc_rejected_layer(struct bc_slice value, uint64_t *layer);

#endif
