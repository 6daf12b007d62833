/* Shared by the Turtle tests and their fuzz target: one text through the reader of Turtle or TriG,
 * in some chunking, and everything that came of it. */
#ifndef TESTS_TURTLE_RUN_H
#define TESTS_TURTLE_RUN_H

#include "formats/internal.h"
#include "tests/ntriples_run.h"

static inline enum bc_status turtle_feed(struct bc_syntax_reader *reader, struct bc_slice text,
                                         struct chunking chunking)
{
    enum bc_status st = BC_OK;
    while (!st && text.size) {
        size_t piece = text.size;
        if (chunking.random && piece > 1) {
            size_t limit = piece < chunking.largest ? piece : chunking.largest;
            piece = 1 + run_random(&chunking.random) % limit;
        }
        /* A block of its own, so that a sanitizer sees a read beyond it. */
        char *copy = bc_alloc(piece);
        if (!copy)
            return BC_NO_MEMORY;
        memcpy(copy, text.data, piece);
        st = reader->ops->feed(reader, copy, piece);
        bc_free(copy);
        text = bc_slice(text.data + piece, text.size - piece);
    }
    return st ? st : reader->ops->finish(reader);
}

static inline enum bc_status turtle_sink(void *context, struct bc_slice line, bool quad)
{
    struct run *run = context;
    run->statements++;
    return run_sink(context, line, quad);
}

/* base: "" for none. prefixes, where not NULL, gets those that the reader knows in the end. The
 * caller releases run.out. */
static inline struct run run_turtle_with(bool graphs, const char *base, struct bc_slice text,
                                         struct chunking chunking, struct bc_prefixes *prefixes)
{
    struct run run = {0};
    struct bc_syntax_reader *reader;
    struct bc_reading reading = {
        .sink = turtle_sink, .context = &run, .base = bc_slice(base, strlen(base))};
    run.status = fmt_turtle_reader_new(graphs, &reading, &reader);
    if (run.status)
        return run;
    run.status = turtle_feed(reader, text, chunking);
    if (reader->ops->error(reader))
        run.error = *reader->ops->error(reader);
    if (prefixes && !run.status)
        run.status = bc_prefixes_unite(prefixes, reader->ops->prefixes(reader));
    bc_syntax_reader_free(reader);
    return run;
}

static inline struct run run_turtle(bool graphs, const char *base, struct bc_slice text,
                                    struct chunking chunking)
{
    return run_turtle_with(graphs, base, text, chunking, NULL);
}

#endif
