/* RDF Patch (Apache Jena's text format, https://afs.github.io/rdf-delta/rdf-patch.html): what turns
 * one state of a branch into another.
 *
 * One patch a changed path: headers, then `TX .`, rows, `TC .`, each on a line of its own. Of a
 * triple file the rows are `A s p o [g] .` and `D s p o [g] .`, terms as in canonical N-Triples,
 * all D before all A, each in the order of lines. Headers, each `H name value .`:
 *
 *   H path "people.nt" .          the path; always there, and first. A folder's ends with '/'
 *   H from "old.nt" .             it was renamed or moved
 *   H kind "added" .              or "deleted"; without it the path is there before and after
 *   H type "folder" .             or "link", "bytes"; without it a triple file
 *   H mode "0644" .               where it is new or was changed; not of links
 *   H target "..." .              of a link, where it is new or was changed
 *   H base64 "..." .              a plain file's bytes, up to 48 KiB a header, in order;
 *   H size "123" .                then, behind them, how many they are
 *   H sha256 "..." .              and their digest; all three where they are new or were changed,
 *                                 then in full (an empty file has no base64, but size and sha256)
 *   H xattr "user.name" . then H value "base64" .   an attribute that is new or was changed;
 * without a value it is removed (an empty value is `H value "" .`)
 *
 * Strings are N-Triples literals without language and type: `"`, `\` and control characters are
 * escaped (\" \\ \t \b \n \r \f, else \u00XX), all other bytes stand for themselves, also in names
 * that are not UTF-8. A path that is deleted has headers path, kind and type alone; a triple file
 * that is added has its whole content as A rows.
 *
 * `from`, and the path of what is deleted, are paths before the whole text is applied; every other
 * path is one after it. So the order of patches says nothing (they come as bc_tree_diff gives
 * them): what goes makes room first, also where names are swapped. What was in a folder that was
 * renamed is named by the folder's new name without being renamed itself. What is of another type
 * now is deleted and added, in two patches. Owners and times are no part of a patch.
 */
#ifndef BRANCHCORE_PATCH_H
#define BRANCHCORE_PATCH_H

#include "branchcore/branch.h"

/* Takes the next bytes of the text; a status other than BC_OK ends the writing and is returned. */
typedef enum bc_status (*bc_patch_sink)(void *context, struct bc_slice bytes);

/* Streams the patch that turns `past` into `now`, at least 64 KiB a call but for the last; nothing
 * at all if they are equal. If one of them changes meanwhile, each path is written as it is when
 * its turn comes, and what is gone by then is left out. BC_STALE: a branch is gone, or a plain file
 * went while it was read; BC_CORRUPT, BC_IO. */
enum bc_status bc_patch_write(struct bc_branch *past, struct bc_branch *now, bc_patch_sink sink,
                              void *context);

/* The same, read piece by piece: for a file that is read as it is made. Bytes that were read are
 * gone. *done 0 with BC_OK: the end; less than size only there. After a failure (with *done 0) only
 * free may follow. For one thread at a time. Memory: the paths that differ, and some 100 KiB (but a
 * line or an attribute's value). */
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
 * the order of the text. docs/patch.md says what else is read. err says "line L: REASON" and what
 * to do: BC_SYNTAX; BC_NOT_FOUND, BC_EXISTS, BC_NOT_EMPTY (a header contradicts the branch).
 * BC_STALE, BC_BUSY, BC_CORRUPT, BC_IO, BC_NO_SPACE. The report is filled on success alone. */
enum bc_status bc_patch_apply(struct bc_branch *branch, struct bc_slice text, struct bc_slice path,
                              struct bc_patch_report *report, struct bc_error *err);

#endif
