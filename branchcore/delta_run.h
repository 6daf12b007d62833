/* Runs of changes: what a layer changes of a text where that is too much for line rows, as one run
 * (run.h) of its own.
 *
 * Its lines are the changed lines, in order, each with its sign between the '.' that ends the
 * statement and the '\n': "<s> <p> <o> .+". No canonical line is the beginning of another, so the
 * order is that of the lines, and a line's sign is found with one look-up each. The summary's bytes
 * count the signs too; its quads are those of all changed lines. A run of changes is written with
 * bc_run_writer_new_changes. */
#ifndef BRANCHCORE_DELTA_RUN_H
#define BRANCHCORE_DELTA_RUN_H

#include "branchcore/run.h"

/* What changes of a text add up to; bytes without signs. */
struct bc_change_sums {
    uint64_t added;
    uint64_t removed;
    uint64_t added_bytes;
    uint64_t removed_bytes;
    uint64_t added_quads;
    uint64_t removed_quads;
};

static inline void bc_change_sums_add(struct bc_change_sums *sums, char sign, uint64_t bytes,
                                      bool quad)
{
    bool added = sign == '+';
    *(added ? &sums->added : &sums->removed) += 1;
    *(added ? &sums->added_bytes : &sums->removed_bytes) += bytes;
    *(added ? &sums->added_quads : &sums->removed_quads) += quad;
}

/* What the run adds up to, and the SHA-256 of its text. Where the run has no sums it is read.
 * BC_CORRUPT: also if there is no such run; BC_IO. */
enum bc_status bc_delta_run_sums(struct bc_store *store, uint64_t run, struct bc_change_sums *sums,
                                 unsigned char digest[32]);

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
/* The same as many at a time: whole lines, at least one, as the run has them: with their signs,
 * which are not looked at. May be called in turns with bc_delta_run_next. */
enum bc_status bc_delta_run_lines(struct bc_delta_run_cursor *cursor, struct bc_slice *lines);
/* Takes the first of such lines off them: its sign, and what it is without the sign and its '\n'.
 * BC_CORRUPT: it has no sign. */
enum bc_status bc_delta_run_take(struct bc_slice *lines, char *sign, struct bc_slice *body);
/* A zeroed one may be closed, too. */
void bc_delta_run_close(struct bc_delta_run_cursor *cursor);

/* All changes in order; line has its '\n' and is valid during the call. A status of sink other than
 * BC_OK ends it and is returned. As bc_delta_run_next. */
enum bc_status bc_delta_run_each(struct bc_store *store, uint64_t run,
                                 enum bc_status (*sink)(void *context, char sign,
                                                        struct bc_slice line),
                                 void *context);

/* Adds a line of a run of changes, made of a sign and a line with or without its '\n', to the lines
 * in the buffer. BC_NO_MEMORY. */
enum bc_status bc_delta_run_put(struct bc_buffer *to, char sign, struct bc_slice line);

/* Adds a change to the run that is being written; line has its '\n'. As bc_run_writer_add. scratch
 * is the caller's, for the signed line. */
enum bc_status bc_delta_run_add(struct bc_run_writer *writer, char sign, struct bc_slice line,
                                bool quad, struct bc_buffer *scratch);

#endif
