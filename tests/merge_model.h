/* The rules of merging texts, written a second time and naively: what a merge must lead to. A text
 * is a set of canonical lines. */
#ifndef TESTS_MERGE_MODEL_H
#define TESTS_MERGE_MODEL_H

#include "branchcore/merge.h"
#include "branchcore/ntriples.h"

#include <stdbool.h>
#include <stddef.h>

enum { MODEL_LINE_MAX = 256, MODEL_SET_MAX = 400 };

struct merge_set {
    size_t count;
    char lines[MODEL_SET_MAX][MODEL_LINE_MAX]; /* sorted, each with '\n' */
};
void merge_set_add(struct merge_set *set, const char *line);
void merge_set_remove(struct merge_set *set, const char *line);
bool merge_set_has(const struct merge_set *set, const char *line);
bool merge_set_equal(const struct merge_set *a, const struct merge_set *b);
/* Lines one after the other; the caller frees. */
char *merge_set_text(const struct merge_set *set);
void merge_set_parse(struct merge_set *set, const char *text);

/* Three sides at random. */
struct merge_graphs {
    struct merge_set base;
    struct merge_set ours;
    struct merge_set theirs;
};
struct merge_shape {
    unsigned subjects;
    size_t base;         /* lines, at most */
    size_t ours, theirs; /* lines that the side adds or removes */
    size_t both;         /* lines that both add */
};
/* One of the lines, of `subjects` subjects, 3 predicates, 4 objects and 3 graphs at most. */
void merge_random_line(uint64_t *random, unsigned subjects, char line[MODEL_LINE_MAX]);
void merge_set_change(uint64_t *random, unsigned subjects, struct merge_set *set, size_t times);
/* The caller frees. */
struct merge_graphs *merge_graphs_random(uint64_t *random, const struct merge_shape *shape);

/* "SUBJECT PREDICATE" or "SUBJECT PREDICATE GRAPH" of a line. */
void merge_slot_of(const char *line, char slot[MODEL_LINE_MAX]);
/* The same with '\n', as merge_model tells conflicts. */
void merge_slot_line(const char *line, char slot[MODEL_LINE_MAX]);

/* result: with conflicting slots as ours has them, where the policy leaves them so. conflicts: the
 * slots that wait, as lines of a set (each with '\n'). functional: a predicate with <>; NULL: none.
 */
void merge_model(const struct merge_set *base, const struct merge_set *ours,
                 const struct merge_set *theirs, enum bc_merge_policy policy,
                 const char *functional, struct merge_set *result, struct merge_set *conflicts);

#endif
