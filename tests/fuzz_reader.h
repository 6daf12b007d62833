/* What the fuzz targets of readers share: a text through the reader in several ways. */
#ifndef TESTS_FUZZ_READER_H
#define TESTS_FUZZ_READER_H

#include "tests/ntriples_run.h"
#include "tests/require.h"

/* A refusal has a place in the text, and a reason. */
static inline void fuzz_check_error(const struct run *run, size_t size)
{
    if (run->status == BC_OK) {
        REQUIRE(!run->error.line);
        return;
    }
    REQUIRE(run->status == BC_SYNTAX && run->error.line && run->error.column);
    REQUIRE(run->error.offset <= size && *run->error.reason);
    REQUIRE(run->error.caret <= strlen(run->error.excerpt));
}

/* The text read whole, after it was seen that pieces of it give the same. The caller releases out.
 */
static inline struct run fuzz_read(struct run (*read)(enum bc_syntax syntax, struct bc_slice text,
                                                      struct chunking chunking),
                                   enum bc_syntax syntax, struct bc_slice text, unsigned random)
{
    static const size_t largest[] = {1, 9, 200};
    struct run whole = read(syntax, text, (struct chunking){0});
    for (unsigned i = 0; i < sizeof largest / sizeof *largest; i++) {
        struct run pieces = read(syntax, text, (struct chunking){random + i + 1, largest[i]});
        REQUIRE(run_same(&whole, &pieces));
        bc_buffer_release(&pieces.out);
    }
    fuzz_check_error(&whole, text.size);
    return whole;
}

#endif
