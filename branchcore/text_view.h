/* struct bc_text inside. Only text*.c uses it. */
#ifndef BRANCHCORE_TEXT_VIEW_H
#define BRANCHCORE_TEXT_VIEW_H

#include "branchcore/text.h"
#include "branchcore/text_map.h"

#include <pthread.h>
#include <stdatomic.h>

/* As many as there may be reads in flight whose ends lie in a segment. */
enum { BC_RENDERED_MAX = 8 };

/* A segment's text, shared by the cache and by those that copy from it. */
struct bc_rendered {
    atomic_size_t references;
    size_t segment;
    size_t size;
    char bytes[];
};

struct bc_text {
    atomic_size_t references;
    struct bc_store *store;
    uint64_t run;
    struct bc_run_summary base;
    uint64_t triples;
    uint64_t version;
    struct bc_delta delta;
    struct bc_text_map map;
    void (*released)(void *context);
    void *context;

    pthread_mutex_t lock;                          /* of what follows */
    struct bc_rendered *rendered[BC_RENDERED_MAX]; /* NULL: none; the one used last first */
};

/* The lines from the next one on, as many as lie side by side in memory (at least one), and goes
 * behind them. As bc_text_cursor_next. */
enum bc_status bc_text_cursor_lines(struct bc_text_cursor *cursor, struct bc_slice *lines);

#endif
