/* Inside branchcore: one line of a change of a text, as a row of the working set. */
#ifndef BRANCHCORE_LINE_ROW_H
#define BRANCHCORE_LINE_ROW_H

#include "branchcore/model.h"

/* What a line counts as in bc_node.delta_bytes: its bytes with '\n'. line may come with or without
 * it. */
uint64_t bc_line_row_bytes(struct bc_slice line);

/* Whether a canonical line, with or without its '\n', has a graph. */
bool bc_line_is_quad(struct bc_slice line);

/* Adds '+' or '-' of a line to the update: puts the working set's row, or deletes the one that says
 * the opposite, so that the rows stay exactly what the working set changes. delta_bytes of
 * found->record follows; the record is put by the caller. fresh: the working set has no rows of
 * this node, or the batch deletes them. BC_CORRUPT: the working set says the same already; BC_IO.
 */
enum bc_status bc_line_row_put(struct bc_update *update, struct bc_found *found, char sign,
                               struct bc_slice line, bool fresh);

#endif
