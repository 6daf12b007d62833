/* Shared by the tests of formats/ and their fuzz targets: one text through a reader, in some
 * chunking, and everything that came of it. */
#ifndef TESTS_FORMAT_RUN_H
#define TESTS_FORMAT_RUN_H

#include "formats/formats.h"
#include "tests/ntriples_run.h"

static inline enum bc_status format_feed(struct bc_syntax_reader *reader, struct bc_slice text,
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

static inline enum bc_status format_sink(void *context, struct bc_slice line, bool quad)
{
    struct run *run = context;
    run->statements++;
    return run_sink(context, line, quad);
}

/* Of `reading`, sink and context are set here. prefixes, where not NULL, gets those that the reader
 * knows in the end. The caller releases run.out. */
static inline struct run run_format(enum bc_syntax syntax, struct bc_reading reading,
                                    struct bc_slice text, struct chunking chunking,
                                    struct bc_prefixes *prefixes)
{
    struct run run = {0};
    struct bc_syntax_reader *reader;
    reading.sink = format_sink;
    reading.context = &run;
    run.status = fmt_formats()->reader_new(syntax, &reading, &reader);
    if (run.status)
        return run;
    run.status = format_feed(reader, text, chunking);
    if (reader->ops->error(reader))
        run.error = *reader->ops->error(reader);
    if (prefixes && !run.status)
        run.status = bc_prefixes_unite(prefixes, reader->ops->prefixes(reader));
    bc_syntax_reader_free(reader);
    return run;
}

/* base: "" for none. */
static inline struct run run_turtle_with(bool graphs, const char *base, struct bc_slice text,
                                         struct chunking chunking, struct bc_prefixes *prefixes)
{
    struct bc_reading reading = {.base = bc_slice(base, strlen(base))};
    return run_format(graphs ? BC_TRIG : BC_TURTLE, reading, text, chunking, prefixes);
}

static inline struct run run_turtle(bool graphs, const char *base, struct bc_slice text,
                                    struct chunking chunking)
{
    return run_turtle_with(graphs, base, text, chunking, NULL);
}

/* before may be NULL. */
static inline struct run run_rdfxml_with(const char *base, struct bc_slice text,
                                         struct chunking chunking, struct bc_text *before,
                                         struct bc_prefixes *prefixes)
{
    struct bc_reading reading = {.base = bc_slice(base, strlen(base)), .before = before};
    return run_format(BC_RDFXML, reading, text, chunking, prefixes);
}

static inline struct run run_rdfxml(const char *base, struct bc_slice text,
                                    struct chunking chunking)
{
    return run_rdfxml_with(base, text, chunking, NULL, NULL);
}

#endif
