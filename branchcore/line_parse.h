/* Inside branchcore: one line of N-Triples or N-Quads, in any spelling that the grammar allows, to
 * its canonical form, or why not. */
#ifndef BRANCHCORE_LINE_PARSE_H
#define BRANCHCORE_LINE_PARSE_H

#include "branchcore/ntriples.h"

struct bc_line_refusal {
    const char *spot; /* within the line, or its end */
    bool at_end;      /* what the line lacks might stand behind its end */
    char reason[160];
};

/* Fills canonical (cleared first) with the statement and its '\n'; it stays empty for a blank line
 * or a comment. line has no line end. BC_SYNTAX: refusal says why; canonical then holds rubbish. */
enum bc_status bc_line_parse(struct bc_slice line, enum bc_syntax syntax,
                             struct bc_buffer *canonical, bool *quad,
                             struct bc_line_refusal *refusal);

#endif
