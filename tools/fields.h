/* Lines and fields of what the control files say. */
#ifndef TOOLS_FIELDS_H
#define TOOLS_FIELDS_H

#include "branchcore/memory.h"

/* Takes the next line off *rest, without its '\n'. False: there is none. */
bool tfs_line_next(struct bc_slice *rest, struct bc_slice *line);
/* Takes the next field off *rest, and the separator behind it. The last field is what is left, and
 * afterwards every field is empty. */
struct bc_slice tfs_field_next(struct bc_slice *rest, char separator);
/* What stands behind "KEY " in the first line that begins with it; empty if none does. */
struct bc_slice tfs_value_of(struct bc_slice text, const char *key);

bool tfs_slice_is(struct bc_slice slice, const char *text);
bool tfs_slice_begins(struct bc_slice slice, const char *text);
/* Where a text begins in it; NULL: nowhere. */
const char *tfs_slice_find(struct bc_slice slice, const char *text);
/* Decimal digits at the start of a field, behind a '+' or '-' if there is one; 0 without any. */
uint64_t tfs_slice_number(struct bc_slice slice);
/* A whole decimal number. False: it is none. */
bool tfs_number_parse(const char *text, uint64_t *number);
/* Without blanks and line ends at both ends. */
struct bc_slice tfs_slice_trim(struct bc_slice slice);

#endif
