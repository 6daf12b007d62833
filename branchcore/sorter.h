/* The external sorter: any number of lines in, the sorted set out, in bounded memory.
 *
 * Lines collect in an arena; a full arena is sorted by the compute engine (compute.h) on the pool
 * while the next one fills, and is written, front-coded (each line as the length shared with the
 * one before it, and the rest), to a temporary file, unlinked as soon as it is open. What fits in
 * memory never touches the disk. Reading merges the runs and drops duplicates: shares of the runs
 * are merged on the pool, ahead of the reader, and these once more on the reader's thread.
 *
 * Threads: one at a time, whichever it is. */
#ifndef BRANCHCORE_SORTER_H
#define BRANCHCORE_SORTER_H

#include "branchcore/compute.h"
#include "branchcore/memory.h"
#include "branchcore/pool.h"
#include "branchcore/status.h"

struct bc_sorter;

struct bc_sorter_options {
    /* For temporary files; copied. Needs to exist only when something is spilled. */
    const char *directory;
    /* For all that the sorter holds at once: text, places, sorting, buffers. 0: 256 MiB; at least
     * 1 MiB, less counts as that. Only lines longer than an eighth of it can make it exceed this,
     * by six times the longest line at most. */
    size_t memory_bytes;
    const struct bc_compute *compute; /* NULL: the scalar engine */
    struct bc_pool *pool;             /* NULL: all on the caller; outlives the sorter */
};

/* BC_INVALID: no directory. */
enum bc_status bc_sorter_new(const struct bc_sorter_options *options, struct bc_sorter **sorter);
/* Copies a line ('\n' included). Waits, or sorts, while all memory is in use. BC_TOO_LARGE: the
 * line is longer than BC_LINE_MAX; BC_INVALID: after finish. What spilling, possibly of earlier
 * lines, failed with: BC_NO_SPACE, BC_IO, BC_NOT_FOUND, BC_DENIED. After a failure only free is
 * allowed. */
enum bc_status bc_sorter_add(struct bc_sorter *sorter, struct bc_slice line);
/* No more lines; waits until all are sorted. Afterwards the stream may be read, and read again
 * after rewind. Returns what add does; BC_CORRUPT. */
enum bc_status bc_sorter_finish(struct bc_sorter *sorter);
/* The next line in order, duplicates dropped, valid until the next call. BC_NO_DATA at the end;
 * BC_INVALID: not finished; BC_IO, BC_CORRUPT: only free is allowed then. */
enum bc_status bc_sorter_next(struct bc_sorter *sorter, struct bc_slice *line);
/* Appends the next lines to a text until it has at least `enough` bytes or there are no more.
 * BC_NO_DATA: there was none. Else as next; may be mixed with it. */
enum bc_status bc_sorter_next_block(struct bc_sorter *sorter, size_t enough,
                                    struct bc_buffer *text);
/* Back to the first line. BC_INVALID: not finished. */
enum bc_status bc_sorter_rewind(struct bc_sorter *sorter);
/* Lines added so far, duplicates included. */
uint64_t bc_sorter_added(const struct bc_sorter *sorter);
/* Bytes in temporary files now; 0 if all is in memory. To be asked after finish. */
uint64_t bc_sorter_spilled_bytes(const struct bc_sorter *sorter);
/* Stops and joins the worker, at any time. NULL is allowed. */
void bc_sorter_free(struct bc_sorter *sorter);

#endif
