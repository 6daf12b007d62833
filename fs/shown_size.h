/* Inside fs/: how large what a triple file shows is (branchcore/shown.h). */
#ifndef FS_SHOWN_SIZE_H
#define FS_SHOWN_SIZE_H

#include "branchcore/shown.h"

/* What a name says of a file: whether it is a triple file, and of which syntax (else BC_NTRIPLES).
 * One that holds bytes, as an older program made it, is none whatever its name. */
bool tfs_text_of_name(const struct bc_attr *attr, struct bc_slice name, enum bc_syntax *syntax);

/* Whether two names of a text show the same. */
static inline bool tfs_shows_same(enum bc_syntax a, enum bc_syntax b)
{
    return a == b || (bc_syntax_is_lines(a) && bc_syntax_is_lines(b));
}

/* Makes attr->size_bytes that of what a triple file shows. *sized: false if that would take long
 * and was not done, or failed. What cannot be said in its syntax has the size 0; to open it says
 * why. BC_STALE, BC_NO_MEMORY. */
enum bc_status tfs_shown_size(struct bc_branch *tree, enum bc_syntax syntax, struct bc_attr *attr,
                              bool *sized);
/* The same however long it takes, so not on a thread that answers requests, and with no lock held.
 * BC_CANCELLED: stop (may be NULL) asked for it. Also BC_NO_SPACE, BC_IO, BC_CORRUPT. */
enum bc_status tfs_shown_size_in_time(struct bc_branch *tree, enum bc_syntax syntax,
                                      const struct bc_stop *stop, struct bc_attr *attr);

#endif
