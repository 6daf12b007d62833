/* The prefixes of a store: a table that whoever asks it questions (match, count, rewrite) may use
 * without declaring them, and that triple files which brought no prefixes of their own are shown
 * with. It stands above bc_pattern_known_prefixes: those of the same name it hides, the others stay
 * known. Any thread. */
#ifndef BRANCHCORE_REPO_PREFIXES_H
#define BRANCHCORE_REPO_PREFIXES_H

#include "branchcore/prefixes.h"
#include "branchcore/repo.h"

enum { BC_REPO_PREFIXES_MAX = 1 << 20 }; /* bytes of the table, written down */

/* Adds the store's own to *to (NULL: only tells the generation), and, if `known`, behind them the
 * known ones that they do not hide. *generation (may be NULL) is another one for each table that
 * the store has had, never 0. Costs a look-up, and what the table has. BC_CORRUPT, BC_IO. */
enum bc_status bc_repo_prefixes(struct bc_repo *repo, bool known, struct bc_prefixes *to,
                                uint64_t *generation);
/* Replaces the store's own, in one synced batch; the same table again changes nothing.
 * BC_TOO_LARGE: more than BC_REPO_PREFIXES_MAX. BC_NO_SPACE, BC_IO. */
enum bc_status bc_repo_prefixes_set(struct bc_repo *repo, const struct bc_prefixes *prefixes);
/* The same, with what there is before them: of two who add at once both succeed. */
enum bc_status bc_repo_prefixes_add(struct bc_repo *repo, const struct bc_prefixes *prefixes);

#endif
