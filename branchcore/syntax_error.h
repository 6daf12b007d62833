/* Inside branchcore: the place and the excerpt of a refusal. */
#ifndef BRANCHCORE_SYNTAX_ERROR_H
#define BRANCHCORE_SYNTAX_ERROR_H

#include "branchcore/ntriples.h"

/* Copies text as people may see it in a terminal: controls and broken bytes as one '?' each, a tab
 * as a space. Returns the bytes written, never more than text has. */
size_t bc_printable(struct bc_slice text, char *to);

/* Sets column, excerpt and caret for byte `spot` of line (line.size: its end). What stands before
 * spot is valid UTF-8. cut: line is only the start of the refused line. */
void bc_syntax_error_place(struct bc_syntax_error *error, struct bc_slice line, size_t spot,
                           bool cut);

#endif
