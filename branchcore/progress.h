/* Progress of long operations, for .store/progress and the command line. Thread-safe; reporting is
 * a few atomic stores. */
#ifndef BRANCHCORE_PROGRESS_H
#define BRANCHCORE_PROGRESS_H

#include "branchcore/memory.h"
#include "branchcore/status.h"

struct bc_progress;      /* the list of what is under way */
struct bc_progress_item; /* one operation */

enum bc_status bc_progress_new(struct bc_progress **progress);
/* Ends what is still under way; nobody may be using it. NULL is allowed. */
void bc_progress_free(struct bc_progress *progress);

/* NULL (no memory, or progress is NULL) is fine: the other functions take it and do nothing. name
 * is copied. */
struct bc_progress_item *bc_progress_begin(struct bc_progress *progress, const char *name);
/* total 0: not known. Units are the caller's, the same for both. phase is static storage. One
 * thread at a time sets an item. */
void bc_progress_set(struct bc_progress_item *item, const char *phase, uint64_t done,
                     uint64_t total);
void bc_progress_end(struct bc_progress_item *item);

struct bc_progress_state {
    const char *name;
    const char *phase; /* static storage, such as "sorting" */
    uint64_t done;
    uint64_t total;
    int64_t started_ns; /* CLOCK_MONOTONIC */
    int64_t phase_ns;   /* likewise: when the phase began */
};

/* Calls sink for each operation under way, the oldest first, under the list's lock: sink must be
 * quick and must not begin or end one. */
void bc_progress_each(struct bc_progress *progress,
                      void (*sink)(void *context, const struct bc_progress_state *state),
                      void *context);

/* Appends a line an operation: "NAME PHASE PERCENT% LEFT\n", LEFT as "12s left" or "-"; "- -" in
 * place of both where the total is not known. Control characters of NAME become '?'. BC_NO_MEMORY
 * leaves the buffer as it was. */
enum bc_status bc_progress_format(struct bc_progress *progress, struct bc_buffer *to);

#endif
