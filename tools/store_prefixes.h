/* The prefixes of a mounted store, as faces use them, and IRIs written short with them. */
#ifndef TOOLS_STORE_PREFIXES_H
#define TOOLS_STORE_PREFIXES_H

#include "branchcore/prefixes.h"
#include "tools/face.h"

/* The control file that has them, from the mountpoint. */
#define TFS_STORE_PREFIXES ".store/prefixes"

/* Adds the store's own to an empty table, and, if `known`, behind them those that every store knows
 * and that they do not hide. TFS_FAILED after telling why not. */
int tfs_store_prefixes(const struct tfs_face *face, bool known, struct bc_prefixes *prefixes);

/* Rows of patches with prefixed names in place of IRIs. Zero-initialised but for `prefixes`, which
 * is borrowed. */
struct tfs_shortening {
    const struct bc_prefixes *prefixes;
    bool *declared; /* by the index of the prefix: a row PA was given */
    struct bc_buffer row;
    struct bc_buffer declarations; /* rows "PA ... .", each with '\n', that must stand before it */
};

/* Fills `row` and `declarations` for a row A or D, without '\n'. False: no memory. */
bool tfs_shorten(struct tfs_shortening *shortening, struct bc_slice row);
void tfs_shortening_release(struct tfs_shortening *shortening);

#endif
