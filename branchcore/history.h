/* Questions about the commit graph. All stay cheap on long histories: generation numbers bound
 * every walk (a commit's generation is greater than that of each of its ancestors), and a walk
 * looks no further than it has to. A commit that is not there, or a graph that contradicts itself:
 * BC_CORRUPT, but BC_NOT_FOUND for the one that bc_history_first_parent and bc_history_at start
 * from. All may return BC_IO, BC_NEWER_FORMAT. */
#ifndef BRANCHCORE_HISTORY_H
#define BRANCHCORE_HISTORY_H

#include "branchcore/commit.h"

/* The commit and all its ancestors, each once, children before parents; among those that are free
 * to come, the latest first. The first ones come at once, however long the history is. A status of
 * sink other than BC_OK ends it and is returned. */
enum bc_status bc_history_each(struct bc_repo *repo, const struct bc_commit_id *from,
                               enum bc_status (*sink)(void *context,
                                                      const struct bc_commit *commit),
                               void *context);

/* Whether `ancestor` is `of` or can be reached from it. */
enum bc_status bc_history_contains(struct bc_repo *repo, const struct bc_commit_id *of,
                                   const struct bc_commit_id *ancestor, bool *contains);

/* Whether one of several is `ancestor` or leads to it: one walk for all. */
enum bc_status bc_history_any_contains(struct bc_repo *repo, const struct bc_commit_id *of,
                                       size_t count, const struct bc_commit_id *ancestor,
                                       bool *contains);

/* Each commit of a greater generation than `above` that is one of several or leads to them
 * (commit_graph.h): all that come after a commit of that generation are among these. A status of
 * sink other than BC_OK ends it and is returned. */
struct bc_commit_links;
enum bc_status
bc_history_above(struct bc_repo *repo, const struct bc_commit_id *of, size_t count, uint64_t above,
                 enum bc_status (*sink)(void *context, const struct bc_commit_links *commit),
                 void *context);

/* The best common ancestor: one that no other common ancestor has among its ancestors. Criss-cross
 * histories have several such; then it is the one of the greatest generation, of these the latest,
 * of these the greatest id. BC_NO_DATA: the two have no common ancestor. */
enum bc_status bc_history_merge_base(struct bc_repo *repo, const struct bc_commit_id *a,
                                     const struct bc_commit_id *b, struct bc_commit_id *base);

/* `steps` first parents up. BC_NOT_FOUND: the history is shorter. */
enum bc_status bc_history_first_parent(struct bc_repo *repo, const struct bc_commit_id *from,
                                       uint64_t steps, struct bc_commit_id *to);
/* The latest commit at or before a time, along first parents. BC_NOT_FOUND. */
enum bc_status bc_history_at(struct bc_repo *repo, const struct bc_commit_id *from, int64_t time_ns,
                             struct bc_commit_id *to);

#endif
