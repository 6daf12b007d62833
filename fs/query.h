/* Inside fs/: what is written to `match` and `count`: lines that say where and how much, each a
 * word and its value, and behind them patterns (branchcore/pattern.h).
 *
 *   path PATH     a file or folder of the branch, from its root; all of it is the default
 *   limit N       at most so many statements
 *   by GROUP      `count`: in groups (branchcore/aggregate.h)
 *   top N         `count`: the largest groups alone
 *   numbers       `count`: the objects that are numbers are added up */
#ifndef FS_QUERY_H
#define FS_QUERY_H

#include "branchcore/aggregate.h"
#include "branchcore/pattern.h"

struct tfs_query {
    struct bc_slice path; /* in the text */
    struct bc_pattern *pattern;
    uint64_t limit;
    enum bc_group_by by;
    uint64_t top;
    bool numbers;
};

/* counting: the words of `count` are known, too. prefixes as for bc_pattern_parse. BC_SYNTAX,
 * BC_INVALID, BC_TOO_LARGE with err; the query is released in any case with tfs_query_release. */
enum bc_status tfs_query_parse(struct bc_slice text, bool counting,
                               const struct bc_prefixes *prefixes, struct tfs_query *query,
                               struct bc_error *err);
void tfs_query_release(struct tfs_query *query);

#endif
