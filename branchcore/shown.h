/* What a triple file shows: its text in the syntax that its name says.
 *
 * For N-Triples and N-Quads that is the text itself (file_text.h). For any other syntax it is
 * written from the set once, into a spool, and kept for all who read that version: as long as
 * somebody has it open, and afterwards until others need the room (a share of the repository's
 * memory for small ones, BC_SHOWN_DISK_MAX of the store's disk for large ones). How large it came
 * out is kept in the store, so that a listing need not write it again.
 *
 * It is a function of the file's version, the syntax and, for a file without prefixes of its own,
 * the store's table of prefixes (repo_prefixes.h). */
#ifndef BRANCHCORE_SHOWN_H
#define BRANCHCORE_SHOWN_H

#include "branchcore/file_text.h"
#include "branchcore/stop.h"
#include "branchcore/syntax.h"

enum {
    /* Writing a set of no more canonical bytes than this takes about a millisecond. */
    BC_SHOWN_QUICK_BYTES = 256 << 10,
    BC_SHOWN_FILES_MAX = 256 /* of those kept on the disk, each of which is an open file */
};
#define BC_SHOWN_DISK_MAX (UINT64_C(4) << 30)

struct bc_shown;

/* *attr (may be NULL): the file's attributes of the same moment, size_bytes that of what is shown.
 * Writes what it shows if nobody has yet; others that want the same wait for it. BC_STALE,
 * BC_IS_DIRECTORY, BC_INVALID (a plain file's bytes, or a link), BC_UNSUPPORTED (no format for the
 * syntax, with err), BC_CORRUPT, BC_IO, BC_NO_SPACE. BC_SYNTAX, with err: the set has what the
 * syntax cannot say. The caller releases, before the repository is closed. */
enum bc_status bc_shown_open(struct bc_branch *branch, uint64_t node, enum bc_syntax syntax,
                             struct bc_shown **shown, struct bc_attr *attr, struct bc_error *err);
/* The same, but BC_CANCELLED where it has to be written and stop (may be NULL) asks for it, unless
 * others wait for what this caller writes. */
enum bc_status bc_shown_open_until(struct bc_branch *branch, uint64_t node, enum bc_syntax syntax,
                                   const struct bc_stop *stop, struct bc_shown **shown,
                                   struct bc_attr *attr, struct bc_error *err);
struct bc_shown *bc_shown_retain(struct bc_shown *shown);
void bc_shown_release(struct bc_shown *shown); /* NULL is allowed */

uint64_t bc_shown_bytes(const struct bc_shown *shown);
/* Any thread, in parallel. *done is less than size only at the end. BC_CORRUPT, BC_IO. */
enum bc_status bc_shown_read(const struct bc_shown *shown, uint64_t offset, void *to, size_t size,
                             size_t *done);
/* The text that it shows; borrowed. */
struct bc_file_text *bc_shown_text(const struct bc_shown *shown);
enum bc_syntax bc_shown_syntax(const struct bc_shown *shown);
/* The file's own prefixes of that moment, written down (prefixes.h); borrowed. False: it has none,
 * or the syntax is lines, where nobody looked. */
bool bc_shown_prefixes(const struct bc_shown *shown, struct bc_slice *text);

/* Whether both show one version in one syntax: the same bytes. */
bool bc_shown_same(const struct bc_shown *a, const struct bc_shown *b);

/* Makes attr->size_bytes that of what is shown, for a file whose attributes were just looked up:
 * leaves them alone where the syntax is lines, or the file is no text. Else a look-up, if the size
 * is known; if not, what it shows is written. wait: also if that takes long; else BC_BUSY then, and
 * nothing was done. If the set cannot be said in the syntax, the size is 0. Else as bc_shown_open;
 * if the file changed meanwhile, attr is that of its new state. */
enum bc_status bc_shown_size(struct bc_branch *branch, enum bc_syntax syntax, bool wait,
                             struct bc_attr *attr);

/* Whether a text can be said in a syntax, statements with a graph aside: BC_SYNTAX with err if not.
 * Costs the writing of it where that has to be tried (bc_syntax_says_all). As bc_shown_open. */
enum bc_status bc_shown_try(struct bc_file_text *text, enum bc_syntax syntax, struct bc_error *err);

#endif
