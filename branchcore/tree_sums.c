/* How many triples differences add and remove. */
#include "branchcore/text_diff.h"
#include "branchcore/tree_diff.h"

static enum bc_status count_lines(struct bc_branch *past, uint64_t old_node, struct bc_branch *now,
                                  uint64_t new_node, uint64_t *added, uint64_t *removed)
{
    struct bc_text_diff *diff = NULL;
    struct bc_slice line;
    char sign;
    *added = *removed = 0;
    enum bc_status st = bc_text_diff_of(past, old_node, now, new_node, &diff);
    while (!st) {
        st = bc_text_diff_next(diff, &sign, &line);
        if (!st)
            *(sign == '+' ? added : removed) += 1;
    }
    bc_text_diff_free(diff);
    return st == BC_NO_DATA ? BC_OK : st;
}

enum bc_status bc_tree_difference_triples(struct bc_branch *past, struct bc_branch *now,
                                          const struct bc_tree_difference *difference,
                                          uint64_t *added, uint64_t *removed)
{
    const struct bc_attr *old = &difference->old_attr;
    const struct bc_attr *new = &difference->new_attr;
    const char *old_path = difference->old_path ? difference->old_path : difference->path;
    bool was = difference->kind != 'A' && bc_tree_type(old, old_path) == 't';
    bool is = difference->kind != 'D' && bc_tree_type(new, difference->path) == 't';
    *added = *removed = 0;
    if (was && is)
        return difference->aspects & BC_ASPECT_CONTENT
                   ? count_lines(past, old->node, now, new->node, added, removed)
                   : BC_OK;
    /* A plain file has no triples, even if it is still stored as the text that it was. */
    *added = is ? new->triples : 0;
    *removed = was ? old->triples : 0;
    return BC_OK;
}

struct adding {
    struct bc_branch *past;
    struct bc_branch *now;
    struct bc_tree_sums *sums;
};

static enum bc_status add_up(void *context, const struct bc_tree_difference *difference)
{
    struct adding *to = context;
    uint64_t added;
    uint64_t removed;
    if (difference->aspects == BC_ASPECT_PLACE)
        return BC_OK;
    enum bc_status st = bc_tree_difference_triples(to->past, to->now, difference, &added, &removed);
    if (st)
        return st;
    to->sums->paths++;
    to->sums->added += added;
    to->sums->removed += removed;
    return BC_OK;
}

enum bc_status bc_tree_diff_sums(struct bc_branch *past, struct bc_branch *now,
                                 struct bc_tree_sums *sums)
{
    struct bc_tree_sums made = {0};
    struct adding to = {past, now, &made};
    enum bc_status st = bc_tree_diff(past, now, add_up, &to);
    if (!st)
        *sums = made;
    return st;
}
