/* Inside branchcore: the rows A and D of a patch, put into one text. */
#ifndef BRANCHCORE_PATCH_LINES_H
#define BRANCHCORE_PATCH_LINES_H

#include "branchcore/model.h"
#include "branchcore/patch.h"
#include "branchcore/patch_parse.h"

/* Of a line's rows the last one in the order of the text counts. Costs a look-up a line, never a
 * walk over the text unless much of it changes. rows are sorted by this. Adds to the report's
 * counts of triples; *changed: the text is another one now. The branch is one that nobody else
 * changes. BC_INVALID: not a text. BC_STALE, BC_CORRUPT, BC_IO, BC_NO_SPACE. */
enum bc_status bc_patch_lines(struct bc_branch *branch, uint64_t node, struct bc_patch_row *rows,
                              size_t count, struct bc_patch_report *report, bool *changed);

#endif
