/* A triple file's own prefixes, in its extended attribute BC_PREFIXES_ATTRIBUTE: those that its
 * text brought. Inside of the model.
 *
 * What cannot be read as prefixes (an attribute that an older triplefs let in) counts as none. */
#ifndef BRANCHCORE_OWN_PREFIXES_H
#define BRANCHCORE_OWN_PREFIXES_H

#include "branchcore/model.h"
#include "branchcore/prefixes.h"

bool bc_prefixes_is_attribute(struct bc_slice name);
/* False also for want of memory. */
bool bc_prefixes_valid(struct bc_slice text);

struct bc_own_prefixes {
    bool has; /* the file has the attribute: its text was written once */
    struct bc_buffer text;
};

/* The branch's lock is held. The caller releases on success. BC_CORRUPT, BC_IO. */
enum bc_status bc_own_prefixes_find(struct bc_branch *branch, const struct bc_found *found,
                                    struct bc_own_prefixes *own);
void bc_own_prefixes_release(struct bc_own_prefixes *own);

/* What text of a file is read with, or what it is shown with: its own, or else the store's table
 * with the known ones. Added to *to. */
enum bc_status bc_prefixes_in_force(struct bc_repo *repo, const struct bc_own_prefixes *own,
                                    struct bc_prefixes *to);

/* What a change makes of them. */
enum bc_prefixes_verb {
    BC_PREFIXES_KEEP,
    BC_PREFIXES_SET,
    BC_PREFIXES_REMOVE, /* the attribute itself */
    BC_PREFIXES_ADD     /* those of names that the file has not */
};
struct bc_prefixes_change {
    enum bc_prefixes_verb verb;
    struct bc_buffer text; /* of SET and ADD */
};

/* Of what a text declared; NULL: its syntax has none, so they are kept. What does not fit into an
 * attribute (BC_XATTR_MAX) is left out, from the last on. BC_NO_MEMORY. */
enum bc_status bc_prefixes_change_set(struct bc_prefixes_change *change,
                                      const struct bc_prefixes *declared);
/* Whether an added text declared one that was not `in_force` with the same meaning. declared: as
 * above. */
bool bc_prefixes_any_new(const struct bc_prefixes *declared, const struct bc_prefixes *in_force);
/* Of an added text: those, if there are any, behind those that the file was shown with though it
 * had none of its own. */
enum bc_status bc_prefixes_change_add(struct bc_prefixes_change *change,
                                      const struct bc_prefixes *declared,
                                      const struct bc_prefixes *in_force,
                                      const struct bc_prefixes *shown_with);
/* Puts it, and another version into the record, if the file does not have it so already. To be
 * called behind what puts its content. BC_NO_MEMORY, BC_CORRUPT, BC_IO. */
enum bc_status bc_prefixes_change_put(struct bc_update *update, struct bc_found *found,
                                      const struct bc_prefixes_change *change);
void bc_prefixes_change_release(struct bc_prefixes_change *change);

/* What one side of a merge has, and behind it what the other has of other names. */
enum bc_status bc_prefixes_join(struct bc_slice first, struct bc_slice second,
                                struct bc_buffer *to);

#endif
