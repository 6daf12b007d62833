/* The lines that two texts differ by, one after the other in the order of lines. Costs what changed
 * where both are changes of one base run or the layers between the two know their changes
 * (text_history.h), else a walk over both texts. */
#ifndef BRANCHCORE_TEXT_DIFF_H
#define BRANCHCORE_TEXT_DIFF_H

#include "branchcore/file_text.h"

struct bc_text_diff;

/* NULL is the empty text. Holds references to both. For one thread at a time. */
enum bc_status bc_text_diff_new(struct bc_file_text *past, struct bc_file_text *now,
                                struct bc_text_diff **diff);
/* The same of files: opens their texts only where the layers do not tell what changed. BC_STALE,
 * BC_IS_DIRECTORY, BC_INVALID (no text), as bc_file_text_open. */
enum bc_status bc_text_diff_of(struct bc_branch *past, uint64_t past_node, struct bc_branch *now,
                               uint64_t now_node, struct bc_text_diff **diff);
/* sign '+': now has the line and past has not; '-': the other way. line has its '\n' and is valid
 * until the next call. BC_NO_DATA at the end; BC_CORRUPT, BC_IO: only free may follow. */
enum bc_status bc_text_diff_next(struct bc_text_diff *diff, char *sign, struct bc_slice *line);
/* The same as many at a time, and the cheapest way to all of them: whole lines, at least one, each
 * with its sign behind it as a run of changes has them (delta_run.h; bc_delta_run_take cuts them).
 * Valid until the next call, which may be either of the two. As bc_text_diff_next. */
enum bc_status bc_text_diff_lines(struct bc_text_diff *diff, struct bc_slice *lines);
/* The run of changes that the difference is, line for line, and no more; 0: there is none. */
uint64_t bc_text_diff_run(const struct bc_text_diff *diff);
/* To the first line again; of changes that are in memory that costs nothing. */
enum bc_status bc_text_diff_rewind(struct bc_text_diff *diff);
void bc_text_diff_free(struct bc_text_diff *diff); /* NULL is allowed */

#endif
