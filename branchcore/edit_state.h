/* Inside branchcore: an edit, for edit.c (what writers do to it) and edit_commit.c (what becomes of
 * it). */
#ifndef BRANCHCORE_EDIT_STATE_H
#define BRANCHCORE_EDIT_STATE_H

#include "branchcore/edit.h"
#include "branchcore/intake.h"
#include "branchcore/model.h"
#include "branchcore/own_prefixes.h"
#include "branchcore/spool.h"

struct bc_edit {
    struct bc_branch *branch;
    struct bc_repo *repo;
    uint64_t node;
    enum bc_syntax syntax;
    enum bc_edit_mode mode;
    bool ignores_offsets;
    bool opened; /* holds the node open */
    bool dirty;
    struct bc_buffer path; /* the last that was noted, with a NUL; empty: the file had no name */

    /* The raw text is one of three: the spool; what the file shows, as long as `unloaded`; the
     * first clone_bytes of what another shows that is being copied. */
    struct bc_spool spool;
    bool unloaded;
    uint64_t origin_bytes;   /* of what the file showed when it was opened */
    struct bc_shown *origin; /* it, where that is not lines and is to be changed in place */
    struct bc_shown *clone;
    uint64_t clone_bytes;

    /* What a text is read with that is not lines, as long as there is an intake. */
    struct bc_buffer base;
    struct bc_file_text *before;
    struct bc_prefixes prefixes; /* in force where an append begins; kept from commit to commit */
    bool has_prefixes;
    bool has_table; /* they began as the store's, since the file had none of its own */

    /* What is known of the spool: the file has [0, start) already, if it is of base_version (an
     * append has nothing there, its spool starts anew with each commit; neither has a syntax that
     * is not lines, where the end of a text means nothing without its beginning); the intake, if
     * there is one, has been fed [start, front). While sequential, front is the spool's end, and
     * what is written there is parsed at once. */
    uint64_t start;
    uint64_t front;
    uint64_t base_version;
    bool sequential;
    struct bc_intake *intake;
    struct bc_progress_item *progress; /* of a large intake */

    /* What this edit left under rejected/; 0: nothing. */
    uint64_t rejected_id;
    struct bc_buffer rejected_path;
};

/* Forgets what was parsed: the next parsing begins at start. */
void bc_edit_restart(struct bc_edit *edit, uint64_t start);
/* Feeds the spool from front to its end to the intake, which it makes if there is none. */
enum bc_status bc_edit_parse_spool(struct bc_edit *edit);
/* After BC_SYNTAX of the intake: returns it again, with the error's line counted from the start of
 * the raw text; anything else is a failure on the way, or BC_OK if the text is good after all. */
enum bc_status bc_edit_place_error(struct bc_edit *edit);
/* Returns BC_SYNTAX with the message of the intake's error. */
enum bc_status bc_edit_fail_syntax(struct bc_edit *edit, struct bc_error *err);
/* Notes the file's path as it is now; if it has none any more, the last one stays. */
void bc_edit_note_path(struct bc_edit *edit);
/* The path that was noted last; "" if the file never had one. */
const char *bc_edit_path(const struct bc_edit *edit);
/* Brings the raw text into the spool. A failure leaves it where it was. */
enum bc_status bc_edit_materialise(struct bc_edit *edit);

#endif
