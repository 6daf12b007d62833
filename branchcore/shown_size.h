/* How large what a triple file shows came out: a row of the store, derived and never needed, so
 * that a listing after a restart need not write every text again. One a layer, node and syntax; it
 * says of which version it is. Inside of the model. */
#ifndef BRANCHCORE_SHOWN_SIZE_H
#define BRANCHCORE_SHOWN_SIZE_H

#include "branchcore/model.h"
#include "branchcore/rendering.h"

enum { BC_SHOWN_SIZE_KEY_BYTES = 18, BC_SHOWN_SIZE_LAYER_AT = 1, BC_SHOWN_SIZE_BYTES = 32 };

/* BC_NOT_FOUND: it is not known, or is that of another version or other prefixes. BC_IO. */
enum bc_status bc_shown_size_get(struct bc_repo *repo, const struct bc_rendering_key *key,
                                 uint64_t *bytes);
/* Unsynced; that it could not be kept is no failure. */
void bc_shown_size_put(struct bc_repo *repo, const struct bc_rendering_key *key, uint64_t bytes);
/* The rows of a layer, [lower, upper). */
void bc_shown_size_range(uint64_t layer, char lower[9], char upper[9]);

#endif
