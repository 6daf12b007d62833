/* A block of lines in memory: whole lines, each with its '\n', sorted bytewise (the '\n' does not
 * count: a line that is a prefix of another comes first). Nothing here allocates or fails. */
#ifndef BRANCHCORE_LINES_H
#define BRANCHCORE_LINES_H

#include "branchcore/memory.h"

/* The line without its '\n', if it has one. */
static inline struct bc_slice bc_line_body(struct bc_slice line)
{
    if (line.size && line.data[line.size - 1] == '\n')
        line.size--;
    return line;
}

/* The order of two lines, each with or without '\n'. */
static inline int bc_line_compare(struct bc_slice a, struct bc_slice b)
{
    return bc_slice_compare(bc_line_body(a), bc_line_body(b));
}

/* The line that starts at `at`, '\n' included; what is left of the block if that has no '\n', so
 * empty at its end. */
struct bc_slice bc_lines_at(struct bc_slice lines, size_t at);

/* Where the first line >= line starts, searched from `from` on, which must be the start of a line;
 * lines.size if there is none. The cost grows with the logarithm of the distance. */
size_t bc_lines_seek(struct bc_slice lines, size_t from, struct bc_slice line);

#endif
