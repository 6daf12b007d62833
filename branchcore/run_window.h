/* A stretch of a run's text in memory, moved along a range of the run: what a walk over whole lines
 * looks at. */
#ifndef BRANCHCORE_RUN_WINDOW_H
#define BRANCHCORE_RUN_WINDOW_H

#include "branchcore/run.h"

/* Where the first line >= line starts in the run's text; behind its last byte if there is none.
 * BC_CORRUPT, BC_IO. */
enum bc_status bc_run_seek(struct bc_store *store, uint64_t run, struct bc_slice line,
                           uint64_t *offset);

/* The holder sets store, run, at and end, zero-initialises the rest with designated fields and
 * releases it. */
struct bc_run_window {
    struct bc_store *store;
    uint64_t run;
    uint64_t at;  /* of the next byte to be read, the start of a line */
    uint64_t end; /* likewise, of the first one that is not wanted */
    /* What was read and is not used yet; its user moves it on. */
    struct bc_slice lines;
    struct bc_buffer bytes; /* its own */
    struct bc_run_reader reader;
};

static inline bool bc_run_window_more(const struct bc_run_window *window)
{
    return window->at < window->end;
}

/* Where a place in the window lies in the run's text. */
static inline uint64_t bc_run_window_offset(const struct bc_run_window *window, const char *place)
{
    return window->at - (uint64_t)(window->lines.data + window->lines.size - place);
}

/* Reads the next block behind `lines`, which moves in memory. Nothing happens at the end.
 * BC_CORRUPT, BC_IO. */
enum bc_status bc_run_window_grow(struct bc_run_window *window);
void bc_run_window_release(struct bc_run_window *window);

#endif
