/* Inside fs/: the answer of `count`. "KEY VALUE" lines: count, with `numbers` numbers, not_numbers,
 * sum, min, max, average and, where a value did not fit, "inexact yes". If groups were asked for,
 * grouped, groups and shown follow, an empty line, and a line a group: its count, with `numbers`
 * its sum, min, max and average (empty where it has no numbers), and the group, with tabs between.
 */
#ifndef FS_COUNT_ANSWER_H
#define FS_COUNT_ANSWER_H

#include "fs/query.h"

/* Appended. BC_NO_MEMORY. */
enum bc_status tfs_count_answer(const struct tfs_query *query, const struct bc_aggregate *counts,
                                struct bc_buffer *to);

#endif
