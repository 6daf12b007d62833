/* Inside branchcore: the lines that two texts differ by, found by walking over both. The texts are
 * cut into pieces at the same lines, and the pieces are walked on the pool's threads, ahead of the
 * reader. */
#ifndef BRANCHCORE_TEXT_WALK_H
#define BRANCHCORE_TEXT_WALK_H

#include "branchcore/compute.h"
#include "branchcore/file_text.h"
#include "branchcore/pool.h"

enum {
    BC_WALK_PIECE_BYTES = 2 << 20, /* of either text, at most but for a line */
    BC_WALK_AHEAD_MAX = 16         /* pieces; their differences are held in memory */
};

struct bc_text_walk;

/* Retains the texts; NULL is the empty text, for at most one of them. pool may be NULL. piece_bytes
 * 0: BC_WALK_PIECE_BYTES. Nothing is read before the first line is asked for. */
enum bc_status bc_text_walk_new(struct bc_file_text *past, struct bc_file_text *now,
                                const struct bc_compute *compute, struct bc_pool *pool,
                                size_t piece_bytes, struct bc_text_walk **walk);
/* The next differences, at least one, as a run of changes has them (delta_run.h): '+' what now has
 * alone, '-' what past has alone. Valid until the next call. BC_NO_DATA at the end; BC_CORRUPT,
 * BC_IO: only free may follow. */
enum bc_status bc_text_walk_lines(struct bc_text_walk *walk, struct bc_slice *lines);
void bc_text_walk_rewind(struct bc_text_walk *walk);
void bc_text_walk_free(struct bc_text_walk *walk); /* NULL is allowed */

#endif
