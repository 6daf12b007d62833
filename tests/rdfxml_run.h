/* Shared by the RDF/XML tests and their fuzz target: one text through the reader, in some chunking,
 * and everything that came of it. */
#ifndef TESTS_RDFXML_RUN_H
#define TESTS_RDFXML_RUN_H

#include "formats/internal.h"
#include "tests/turtle_run.h"

/* As run_turtle_with; before may be NULL. */
static inline struct run run_rdfxml_with(const char *base, struct bc_slice text,
                                         struct chunking chunking, struct bc_text *before,
                                         struct bc_prefixes *prefixes)
{
    struct run run = {0};
    struct bc_syntax_reader *reader;
    struct bc_reading reading = {.sink = turtle_sink,
                                 .context = &run,
                                 .base = bc_slice(base, strlen(base)),
                                 .before = before};
    run.status = fmt_rdfxml_reader_new(&reading, &reader);
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

static inline struct run run_rdfxml(const char *base, struct bc_slice text,
                                    struct chunking chunking)
{
    return run_rdfxml_with(base, text, chunking, NULL, NULL);
}

#endif
