/* Edits: one writer of a text, from open to close.
 *
 * What is written is raw text at any offsets, as write(2) brings it. It is kept as it came (in
 * memory while small, in a temporary file of the spool directory else) until the edit is freed, and
 * parsed on a thread of its own while it arrives in order; a writer that jumps back is parsed again
 * at the commit. A commit makes the text, or for an append the union of it and what is there, the
 * content of the file: at one moment, as one batch, small changes as line rows, large ones as a new
 * run. An edit may be committed again after further writes.
 *
 * In a syntax that is not lines the raw text is what the file shows (shown.h). With a whole text
 * the file gets the prefixes that it declares (prefixes.h). What is added is read with those that
 * the file has, or is shown with, and the ones that it declares are added to them. All this is part
 * of the commit's one batch.
 *
 * Refused text stays whole: a commit that returns BC_SYNTAX keeps it under rejected/ (rejected.h),
 * and the file is as before. One edit is used by one thread at a time; edits of one file may be
 * many. */
#ifndef BRANCHCORE_EDIT_H
#define BRANCHCORE_EDIT_H

#include "branchcore/shown.h"
#include "branchcore/tree.h"

enum bc_edit_mode {
    BC_EDIT_REPLACE, /* starts empty: O_TRUNC, or a new file */
    BC_EDIT_APPEND,  /* what is written is added to the set: O_APPEND; offsets are ignored */
    BC_EDIT_IN_PLACE /* starts as what the file shows, which is copied at the first write */
};

struct bc_edit;

/* BC_STALE, BC_IS_DIRECTORY, BC_INVALID (a link). Of BC_EDIT_IN_PLACE in a syntax that is not lines
 * also what bc_shown_open returns. Holds the node open (bc_node_open) and the branch until it is
 * freed. */
enum bc_status bc_edit_new(struct bc_branch *branch, uint64_t node, enum bc_syntax syntax,
                           enum bc_edit_mode mode, struct bc_edit **edit);

/* BC_SYNTAX, with err: a complete line of what has been written so far is not of the syntax; the
 * bytes are kept all the same, as part of the refused text. Small writes are checked before it
 * returns, bulk ones within the next few. BC_NO_SPACE, BC_IO, BC_TOO_LARGE, BC_NO_MEMORY,
 * BC_UNSUPPORTED (no reader of the syntax): nothing was written. */
enum bc_status bc_edit_write(struct bc_edit *edit, uint64_t offset, const void *from, size_t size,
                             struct bc_error *err);
/* An append may only be cut to nothing, which also drops what the file has: it goes on as a
 * BC_EDIT_REPLACE whose writes ignore their offsets. BC_INVALID: an append to another size;
 * BC_NO_SPACE, BC_IO, BC_TOO_LARGE. */
enum bc_status bc_edit_truncate(struct bc_edit *edit, uint64_t size);
/* What a reader of this writer's descriptor sees: the raw text so far. */
enum bc_status bc_edit_read(struct bc_edit *edit, uint64_t offset, void *to, size_t size,
                            size_t *done);
/* Of the raw text so far; of an append: the bytes that it adds, 0 again after a commit. */
uint64_t bc_edit_size(const struct bc_edit *edit);

/* Copies [from_offset, from_offset + size) of what a file shows to `offset`. *done says how much
 * was copied. Free of cost when all of it goes into an empty edit in order (in one call or
 * several): the file then gets the set, whatever the two syntaxes, and the other's own prefixes. As
 * bc_edit_write; BC_CORRUPT. */
enum bc_status bc_edit_copy(struct bc_edit *edit, uint64_t offset, struct bc_shown *from,
                            uint64_t from_offset, uint64_t size, uint64_t *done,
                            struct bc_error *err);

/* True if a commit would do something: bytes were written or cut since the last one. A fresh
 * BC_EDIT_REPLACE of a file that is not empty counts. */
bool bc_edit_dirty(const struct bc_edit *edit);

/* See above. *attr (may be NULL) is the file's afterwards. BC_OK when there was nothing to do.
 *
 * BC_SYNTAX with err: "PATH: line L, column C: REASON", then the line's text around the spot and a
 * caret under it; or "PATH: " and what of a copied set the syntax cannot say, and then nothing is
 * kept. BC_STALE with err: the file is gone, or is no triple file any more. Both keep the
 * text under rejected/ and leave the edit as committed: only further writes make it dirty again. If
 * a later commit succeeds, what this edit left under rejected/ is removed.
 *
 * BC_BUSY (others change the file all the time), BC_NO_SPACE, BC_IO, BC_CORRUPT, BC_NO_MEMORY: the
 * file is as before and the edit may be committed again. */
enum bc_status bc_edit_commit(struct bc_edit *edit, bool sync, struct bc_attr *attr,
                              struct bc_error *err);
/* Throws away what was not committed. NULL is allowed. */
void bc_edit_free(struct bc_edit *edit);

#endif
