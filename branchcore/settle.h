/* Settled texts. A text that is changed by a few lines in each of a thousand layers would be read
 * from a thousand layers. Settling writes, beside the change that the topmost of them makes, what
 * all of them make together of their base run: as joined rows (row.h), or, where that is too much
 * for rows, as a new base run. The record of that layer then covers all below it (BC_NODE_COVERS);
 * the layers and what they say of the history stay as they are. It is the same version of the same
 * content: whoever reads beside it reads either way.
 *
 * A text is settled when more than settle_at (bc_repo) layers, and one for each SETTLE_BYTES of
 * lines that were joined before, are on top of its base: so all that is ever joined stays a small
 * multiple of what is joined last. */
#ifndef BRANCHCORE_SETTLE_H
#define BRANCHCORE_SETTLE_H

#include "branchcore/model.h"

enum { BC_SETTLE_AT = 32 };

/* Settles those texts of the branch that deserve it and that the layers changed which an index
 * would be made for now (stack_index.h). BC_STALE, BC_READ_ONLY, BC_CORRUPT, BC_IO, BC_NO_SPACE:
 * what was settled is settled. */
enum bc_status bc_texts_settle(struct bc_branch *branch);

/* Settles those texts of the topmost layers whose change is a run of changes on top of the text
 * below (delta_run.h), and too large to be overlaid at each reading: they get a new base run. */
enum bc_status bc_overlaid_settle(struct bc_branch *branch);

#endif
