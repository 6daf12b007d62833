/* Triple terms in patterns, <<( s p o )>>, of which each term is a pattern's again. */
#include "branchcore/pattern_read.h"

#include <string.h>

static bool stands(const struct bc_pattern_reader *reader, const char *mark)
{
    size_t size = strlen(mark);
    return (size_t)(reader->end - reader->at) >= size && !memcmp(reader->at, mark, size);
}

bool bc_pattern_at_triple(const struct bc_pattern_reader *reader)
{
    return stands(reader, "<<");
}

void bc_pattern_term_release(struct bc_pattern_term *term)
{
    for (size_t i = 0; i < term->inner_count; i++)
        bc_pattern_term_release(&term->inner[i]);
    bc_free(term->inner);
    bc_buffer_release(&term->value);
    *term = (struct bc_pattern_term){0};
}

static enum bc_status read_inner(struct bc_pattern_reader *reader, struct bc_pattern_term *term)
{
    for (;;) {
        bc_pattern_skip(reader, false);
        if (stands(reader, ")>>")) {
            reader->at += 3;
            return BC_OK;
        }
        if (bc_pattern_peek(reader) == '\n')
            return bc_pattern_refuse(reader, term->spot,
                                     "this triple term has no )>> at its end, on the same line");
        if (term->inner_count == 3)
            return bc_pattern_refuse(reader, reader->at,
                                     "a triple term has three terms, <<( s p o )>>: )>> must "
                                     "follow");
        enum bc_status st = bc_pattern_read_term(reader, &term->inner[term->inner_count]);
        if (st)
            return st;
        term->inner_count++;
    }
}

enum bc_status bc_pattern_read_triple(struct bc_pattern_reader *reader,
                                      struct bc_pattern_term *term)
{
    term->kind = BC_PATTERN_TRIPLE;
    if (!stands(reader, "<<("))
        return bc_pattern_refuse(reader, reader->at, "a triple term is written <<( s p o )>>");
    if (reader->depth == BC_PATTERN_DEPTH_MAX)
        return bc_pattern_refuse(reader, reader->at,
                                 "triple terms in patterns nest at most %d deep",
                                 BC_PATTERN_DEPTH_MAX);
    term->inner = bc_alloc_zero(3 * sizeof *term->inner);
    if (!term->inner)
        return BC_NO_MEMORY;
    reader->at += 3;
    reader->depth++;
    enum bc_status st = read_inner(reader, term);
    reader->depth--;
    return st;
}
