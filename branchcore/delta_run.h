/* Runs of changes: what a layer changes of a text where that is too much for line rows, as one run
 * (run.h) of its own.
 *
 * Its lines are the changed lines, in order, each with its sign between the '.' that ends the
 * statement and the '\n': "<s> <p> <o> .+". No canonical line is the beginning of another, so the
 * order is that of the lines, and a line's sign is found with one look-up each. The summary's bytes
 * count the signs too; its quads are those of all changed lines. */
#ifndef BRANCHCORE_DELTA_RUN_H
#define BRANCHCORE_DELTA_RUN_H

#include "branchcore/run.h"

/* What the run says of a line (with or without '\n'): '+', '-' or 0. BC_CORRUPT, BC_IO. */
enum bc_status bc_delta_run_sign(struct bc_store *store, uint64_t run, struct bc_slice line,
                                 char *sign);

/* The changes one after the other, in order; for one thread. */
struct bc_delta_run_cursor {
    struct bc_run_reader reader;
    uint64_t bytes;        /* of the run */
    struct bc_slice block; /* what is left of it */
    struct bc_buffer line; /* the one that was given last */
};
/* Opens a cursor, which the caller closes also if this fails. BC_CORRUPT: also if there is no such
 * run; BC_IO. */
enum bc_status bc_delta_run_open(struct bc_store *store, uint64_t run,
                                 struct bc_delta_run_cursor *cursor);
/* line has its '\n' and is valid until the next call. BC_NO_DATA at the end; BC_CORRUPT: also a
 * line without a sign; BC_IO. */
enum bc_status bc_delta_run_next(struct bc_delta_run_cursor *cursor, char *sign,
                                 struct bc_slice *line);
/* A zeroed one may be closed, too. */
void bc_delta_run_close(struct bc_delta_run_cursor *cursor);

/* All changes in order; line has its '\n' and is valid during the call. A status of sink other than
 * BC_OK ends it and is returned. As bc_delta_run_next. */
enum bc_status bc_delta_run_each(struct bc_store *store, uint64_t run,
                                 enum bc_status (*sink)(void *context, char sign,
                                                        struct bc_slice line),
                                 void *context);

/* Adds a change to the run that is being written; line has its '\n'. As bc_run_writer_add. scratch
 * is the caller's, for the signed line. */
enum bc_status bc_delta_run_add(struct bc_run_writer *writer, char sign, struct bc_slice line,
                                bool quad, struct bc_buffer *scratch);

#endif
