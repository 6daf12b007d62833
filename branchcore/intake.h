/* An intake: raw text goes in as it arrives, the sorted set of its canonical lines comes out.
 *
 * A small text is parsed on the caller's thread and kept in memory, so that a bad line is told by
 * the very call that brings it. From BC_INTAKE_SMALL on it is parsed on a thread of its own while
 * more arrives, and sorted by the external sorter (sorter.h) within a share of the repository's
 * memory: half of what other intakes leave, at least 8 MiB. When nothing is left, a text that is
 * still arriving is given up, to be parsed later as a whole, when its reader insists.
 *
 * One thread at a time uses an intake. */
#ifndef BRANCHCORE_INTAKE_H
#define BRANCHCORE_INTAKE_H

#include "branchcore/compute.h"
#include "branchcore/repo.h"
#include "branchcore/syntax.h"
#include "branchcore/text_change.h"

enum { BC_INTAKE_SMALL = 1 << 20 };

struct bc_intake;

/* reading: what a text is read with that is not lines: its base, prefixes, before and added; all
 * that they point to outlives the intake. NULL: nothing. insist: take the least share even if no
 * memory is left. BC_UNSUPPORTED: there is no reader of the syntax. */
enum bc_status bc_intake_new(struct bc_repo *repo, enum bc_syntax syntax,
                             const struct bc_reading *reading, bool insist,
                             struct bc_intake **intake);
/* Copies what it needs; waits while parsing is far behind. BC_SYNTAX: bc_intake_error says where; a
 * large text's error may come with one of the next calls. BC_BUSY: large, no memory is left and it
 * does not insist. BC_NO_SPACE, BC_IO. After a failure only bc_intake_error and free are allowed.
 */
enum bc_status bc_intake_feed(struct bc_intake *intake, const void *data, size_t size);
/* No more text: waits until all is parsed and sorted. As feed. Afterwards the lines may be read. */
enum bc_status bc_intake_finish(struct bc_intake *intake);
/* NULL if no text was refused. The intake's own. */
const struct bc_syntax_error *bc_intake_error(const struct bc_intake *intake);
/* Bytes parsed so far; any thread. */
uint64_t bc_intake_parsed(const struct bc_intake *intake);
/* True once the text has outgrown BC_INTAKE_SMALL. */
bool bc_intake_is_large(const struct bc_intake *intake);

/* These may follow a finish that succeeded. */

/* The lines, sorted and without duplicates, if the text is small; false if not. Borrowed. */
bool bc_intake_lines(const struct bc_intake *intake, const struct bc_line **lines, size_t *count);
/* Those that the reading had and those that the text declared; NULL: the syntax has none. Borrowed.
 */
const struct bc_prefixes *bc_intake_prefixes(const struct bc_intake *intake);
/* The lines from the first one on. Borrowed; one stream at a time. */
enum bc_status bc_intake_stream(struct bc_intake *intake, struct bc_line_stream *stream);

/* At any time: ends the thread. NULL is allowed. */
void bc_intake_free(struct bc_intake *intake);

#endif
