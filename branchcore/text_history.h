/* What changed between two versions of one file's text, as the layers between them tell: without
 * reading either text. Inside of the model. */
#ifndef BRANCHCORE_TEXT_HISTORY_H
#define BRANCHCORE_TEXT_HISTORY_H

#include "branchcore/delta.h"
#include "branchcore/model.h"

/* A version of a text: the layer with the record that says so. */
struct bc_text_version {
    uint64_t node;
    uint64_t layer;
    uint64_t version;
};

/* Which version an open text is. */
struct bc_text_version bc_file_text_version(const struct bc_file_text *text);
struct bc_repo *bc_file_text_repo(const struct bc_file_text *text);

/* A change that is one run of changes is not brought into memory. */
struct bc_text_change_run {
    uint64_t run;  /* 0: the change is in the delta */
    bool inverted; /* the run tells what past changes of now */
};

/* The net change from past to now, which the caller releases. Both are followed down to where they
 * meet; costs what was changed since, and a look-up a layer. BC_NO_DATA: they do not meet, or a
 * layer between does not know its change (a text that was written anew), or a working set has
 * changed since: compare the texts. BC_CORRUPT, BC_IO. The layers must be kept meanwhile. run may
 * be NULL: then the change is in memory in any case. */
enum bc_status bc_text_history(struct bc_repo *repo, const struct bc_text_version *past,
                               const struct bc_text_version *now, struct bc_delta *delta,
                               struct bc_text_change_run *run);

#endif
