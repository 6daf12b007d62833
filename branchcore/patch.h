/* RDF Patch (Apache Jena's text format, https://afs.github.io/rdf-delta/rdf-patch.html): what turns
 * one state of a branch into another.
 *
 * One patch a changed path: headers, then TX, rows, TC. Of a triple file the rows are
 * `A s p o [g] .` and `D s p o [g] .`, terms as in canonical N-Triples, all D before all A, each in
 * the order of lines. Headers, each `H name value .`:
 *
 *   H path "people.nt" .          the path afterwards; always there, and first
 *   H from "old.nt" .             it was renamed
 *   H kind "added" .              or "deleted"; without it the path is there before and after
 *   H type "folder" .             or "link", "bytes"; without it a triple file
 *   H mode "0644" .               where it is new or was changed
 *   H target "..." .              of a link
 *   H size "123" .  H sha256 "..." .   of a plain file's new bytes
 *   H base64 "..." .              its bytes, up to 48 KiB a header, in order
 *   H xattr "user.name" . then H value "base64" .   an attribute that is new or was changed;
 * without a value it is removed
 *
 * Strings are N-Triples literals without language and type. A path that is deleted has no rows of
 * its content; a triple file that is added has its whole content as A rows.
 */
#ifndef BRANCHCORE_PATCH_H
#define BRANCHCORE_PATCH_H

#include "branchcore/branch.h"

/* Takes the next bytes of the text; a status other than BC_OK ends the writing and is returned. */
typedef enum bc_status (*bc_patch_sink)(void *context, struct bc_slice bytes);

/* Streams the patch that turns `past` into `now`, at least 64 KiB a call but for the last; nothing
 * at all if they are equal. */
enum bc_status bc_patch_write(struct bc_branch *past, struct bc_branch *now, bc_patch_sink sink,
                              void *context);

/* The same, read piece by piece: for a file that is read as it is made. Bytes that were read are
 * gone. *done 0 with BC_OK: the end. */
struct bc_patch_reader;
enum bc_status bc_patch_reader_new(struct bc_branch *past, struct bc_branch *now,
                                   struct bc_patch_reader **reader);
enum bc_status bc_patch_reader_read(struct bc_patch_reader *reader, void *to, size_t size,
                                    size_t *done);
void bc_patch_reader_free(struct bc_patch_reader *reader);

struct bc_patch_report {
    uint64_t paths;
    uint64_t added;   /* triples that were not there before */
    uint64_t removed; /* triples that were there */
    uint64_t ignored; /* rows that changed nothing: A of what is there, D of what is not */
};

/* Applies a whole patch text to a branch, all of it or nothing, with one batch; what the branch was
 * is in the reflog. Bare rows without headers, as other tools write them, need `path`, the triple
 * file that they are for (empty: BC_SYNTAX). `A` and `D` may be in any order: they are applied in
 * the order of the text. BC_SYNTAX with err: "line L: REASON" and what to do; BC_NOT_FOUND,
 * BC_EXISTS (a header contradicts the branch), BC_STALE, BC_IO, BC_NO_SPACE. */
enum bc_status bc_patch_apply(struct bc_branch *branch, struct bc_slice text, struct bc_slice path,
                              struct bc_patch_report *report, struct bc_error *err);

#endif
