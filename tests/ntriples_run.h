/* Shared by the N-Triples tests and the fuzz target: one text through the reader, in some chunking,
 * and everything that came of it. */
#ifndef TESTS_NTRIPLES_RUN_H
#define TESTS_NTRIPLES_RUN_H

#include "branchcore/ntriples.h"

#include <string.h>

struct run {
    struct bc_buffer out; /* the canonical lines */
    uint64_t quads;
    uint64_t statements;
    enum bc_status status;
    struct bc_syntax_error error; /* line 0: none */
};

/* Sizes of the pieces that a text is fed in. */
struct chunking {
    uint64_t random; /* state; 0: all at once */
    size_t largest;
};

static inline uint64_t run_random(uint64_t *state)
{
    uint64_t x = *state += UINT64_C(0x9E3779B97F4A7C15);
    x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ x >> 27) * UINT64_C(0x94D049BB133111EB);
    return x ^ x >> 31;
}

static inline enum bc_status run_sink(void *context, struct bc_slice line, bool quad)
{
    struct run *run = context;
    run->quads += quad;
    return bc_buffer_append(&run->out, line.data, line.size);
}

/* Every piece is a copy in a block of its own, so that a sanitizer sees a read beyond it. */
static inline enum bc_status run_feed_piece(struct bc_ntriples *reader, const char *text,
                                            size_t size)
{
    char *copy = bc_alloc(size);
    if (!copy)
        return BC_NO_MEMORY;
    if (size)
        memcpy(copy, text, size);
    enum bc_status st = bc_ntriples_feed(reader, copy, size);
    bc_free(copy);
    return st;
}

static inline enum bc_status run_feed(struct bc_ntriples *reader, struct bc_slice text,
                                      struct chunking chunking)
{
    enum bc_status st = BC_OK;
    while (!st && text.size) {
        size_t piece = text.size;
        if (chunking.random && piece > 1) {
            size_t limit = piece < chunking.largest ? piece : chunking.largest;
            piece = 1 + run_random(&chunking.random) % limit;
        }
        st = run_feed_piece(reader, text.data, piece);
        text = bc_slice(text.data + piece, text.size - piece);
    }
    return st ? st : bc_ntriples_finish(reader);
}

/* The caller releases run.out. compute: NULL for the scalar engine. */
static inline struct run run_text_with(const struct bc_compute *compute, enum bc_syntax syntax,
                                       struct bc_slice text, struct chunking chunking)
{
    struct run run = {0};
    struct bc_ntriples *reader;
    run.status = bc_ntriples_new(compute, syntax, run_sink, &run, &reader);
    if (run.status)
        return run;
    run.status = run_feed(reader, text, chunking);
    run.statements = bc_ntriples_statements(reader);
    if (bc_ntriples_error(reader))
        run.error = *bc_ntriples_error(reader);
    bc_ntriples_free(reader);
    return run;
}

static inline struct run run_text(enum bc_syntax syntax, struct bc_slice text,
                                  struct chunking chunking)
{
    return run_text_with(NULL, syntax, text, chunking);
}

static inline bool run_same(const struct run *a, const struct run *b)
{
    return a->status == b->status && a->statements == b->statements && a->quads == b->quads &&
           bc_slice_equal(bc_buffer_slice(&a->out), bc_buffer_slice(&b->out)) &&
           a->error.line == b->error.line && a->error.column == b->error.column &&
           a->error.offset == b->error.offset && a->error.caret == b->error.caret &&
           !strcmp(a->error.reason, b->error.reason) && !strcmp(a->error.excerpt, b->error.excerpt);
}

#endif
