/* The text of a file as it is at one moment: a view (text.h) whose base run is pinned, so that it
 * goes on reading that version whatever happens to the branch. Views of one version are shared. Any
 * thread. */
#ifndef BRANCHCORE_FILE_TEXT_H
#define BRANCHCORE_FILE_TEXT_H

#include "branchcore/text.h"
#include "branchcore/tree.h"

struct bc_file_text;

/* BC_STALE, BC_IS_DIRECTORY, BC_INVALID (a plain file's bytes, or a link), BC_CORRUPT, BC_IO. The
 * caller releases. attr (may be NULL): the file's attributes of the same moment. Costs what the
 * changes on top of its base run cost; nothing but a look-up while a view of the version is open.
 */
enum bc_status bc_file_text_open(struct bc_branch *branch, uint64_t node,
                                 struct bc_file_text **text, struct bc_attr *attr);
struct bc_file_text *bc_file_text_retain(struct bc_file_text *text);
void bc_file_text_release(struct bc_file_text *text); /* NULL is allowed */

struct bc_text *bc_file_text_view(const struct bc_file_text *text); /* borrowed */
/* Lines with a graph. */
uint64_t bc_file_text_quads(const struct bc_file_text *text);
/* Text of all line rows on top of the base run, cancelling ones included (row.h). */
uint64_t bc_file_text_delta_bytes(const struct bc_file_text *text);

/* SHA-256 of the canonical bytes, as 64 hex digits and a NUL. Costs a whole read the first time,
 * which others that ask wait for. BC_CORRUPT, BC_IO. */
enum bc_status bc_file_text_sha256(struct bc_file_text *text, char hex[65]);

#endif
