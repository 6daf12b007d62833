#include "branchcore/loser_tree.h"

enum bc_status bc_loser_tree_init(struct bc_loser_tree *tree, struct bc_head *heads, uint32_t count)
{
    *tree = (struct bc_loser_tree){
        .heads = heads,
        .losers = bc_alloc_array(count, sizeof(uint32_t)),
        .count = count,
    };
    return tree->losers ? BC_OK : BC_NO_MEMORY;
}

void bc_loser_tree_release(struct bc_loser_tree *tree)
{
    bc_free(tree->losers);
    tree->losers = NULL;
}

/* Two heads that share the same with the line given last: true if b is less than a. The loser's
 * `shared` becomes what it has in common with the winner. */
static bool second_is_less(struct bc_head *a, struct bc_head *b)
{
    if (a->shared == BC_HEAD_DONE)
        return false;
    size_t from = (size_t)a->shared;
    size_t at = from + bc_common_prefix(bc_slice(a->line.data + from, a->line.size - from),
                                        bc_slice(b->line.data + from, b->line.size - from));
    bool less = at < b->line.size ? at < a->line.size && (unsigned char)b->line.data[at] <
                                                             (unsigned char)a->line.data[at]
                                  : at < a->line.size;
    if (less)
        a->shared = (int64_t)at;
    else
        b->shared = (int64_t)at;
    return less;
}

/* The winner of two heads; *other becomes the loser. */
static uint32_t play(struct bc_head *heads, uint32_t one, uint32_t *other)
{
    uint32_t two = *other;
    int64_t lead = heads[one].shared - heads[two].shared;
    if (lead > 0 || (lead == 0 && !second_is_less(&heads[one], &heads[two])))
        return one;
    *other = one;
    return two;
}

/* Node i's leaves are the heads i - count for i >= count. Returns the winner below node. The
 * recursion is as deep as the tree, at most 32 levels. */
static uint32_t build(struct bc_loser_tree *tree, uint32_t node)
{
    if (node >= tree->count)
        return node - tree->count;
    uint32_t one = build(tree, 2 * node);
    tree->losers[node] = build(tree, 2 * node + 1);
    return play(tree->heads, one, &tree->losers[node]);
}

uint32_t bc_loser_tree_build(struct bc_loser_tree *tree)
{
    return build(tree, 1);
}

uint32_t bc_loser_tree_replay(struct bc_loser_tree *tree, uint32_t winner)
{
    for (uint32_t node = (winner + tree->count) / 2; node; node /= 2)
        winner = play(tree->heads, winner, &tree->losers[node]);
    return winner;
}
