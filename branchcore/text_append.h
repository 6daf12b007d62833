/* Inside branchcore: adding few lines to a text by look-ups alone. No view is made, so that a line
 * appended to a text of any size costs a look-up and a row. */
#ifndef BRANCHCORE_TEXT_APPEND_H
#define BRANCHCORE_TEXT_APPEND_H

#include "branchcore/compute.h"
#include "branchcore/model.h"
#include "branchcore/own_prefixes.h"

struct bc_text_append {
    const struct bc_line *lines; /* sorted, without duplicates */
    size_t count;
    uint64_t version; /* the file must be of this version; 0: any */
    bool sync;
    const struct bc_prefixes_change *prefixes; /* put with it; NULL: none */
};

/* One update of the file. *changed: a line was new; else only its times are. attr (may be NULL):
 * the file's afterwards. BC_UNSUPPORTED: not a text, or its line rows would be too many
 * (bc_text_delta_limit): nothing was done, make a text change. BC_BUSY: of another version.
 * BC_STALE, BC_CORRUPT, BC_IO, BC_NO_SPACE. */
enum bc_status bc_text_append(struct bc_branch *branch, uint64_t node,
                              const struct bc_text_append *append, struct bc_attr *attr,
                              bool *changed);

#endif
