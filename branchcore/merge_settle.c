#include "branchcore/merge_settle.h"

#include "branchcore/delta_run.h"
#include "branchcore/slot.h"

#include <stdlib.h>

static struct bc_slice item_line(const struct bc_group *group, const struct bc_group_item *item)
{
    return bc_slice(group->bytes.data + item->at, item->size);
}

static void group_clear(struct bc_group *group)
{
    bc_buffer_clear(&group->bytes);
    group->count = 0;
}

static void group_release(struct bc_group *group)
{
    bc_buffer_release(&group->bytes);
    bc_free(group->items);
    bc_free(group->sorted);
    *group = (struct bc_group){0};
}

static enum bc_status group_grow(struct bc_group *group, size_t capacity)
{
    struct bc_group_item *items = bc_realloc_array(group->items, capacity, sizeof *items);
    if (!items)
        return BC_NO_MEMORY;
    group->items = items;
    struct bc_group_item **sorted =
        bc_realloc_array(group->sorted, capacity, sizeof(struct bc_group_item *));
    if (!sorted)
        return BC_NO_MEMORY;
    group->sorted = sorted;
    group->capacity = capacity;
    return BC_OK;
}

/* A line whose bytes are the group's last ones. */
static enum bc_status add_item(struct bc_group *group, char sign, size_t size)
{
    enum { FIRST = 16 };
    enum bc_status st = BC_OK;
    if (group->count == group->capacity)
        st = group_grow(group, group->capacity ? group->capacity * 2 : FIRST);
    if (!st)
        group->items[group->count++] =
            (struct bc_group_item){.at = group->bytes.size - size, .size = size, .sign = sign};
    return st;
}

enum bc_status bc_group_add(struct bc_group *group, char sign, struct bc_slice line)
{
    enum bc_status st = bc_buffer_append(&group->bytes, line.data, line.size);
    return st ? st : add_item(group, sign, line.size);
}

enum bc_status bc_group_add_signed(struct bc_group *group, struct bc_slice lines)
{
    enum bc_status st = BC_OK;
    while (!st && lines.size) {
        struct bc_slice body;
        char sign;
        st = bc_delta_run_take(&lines, &sign, &body);
        if (!st)
            st = bc_buffer_append(&group->bytes, body.data, body.size + 1);
        if (st)
            return st;
        group->bytes.data[group->bytes.size - 1] = '\n'; /* where the sign was */
        st = add_item(group, sign, body.size + 1);
    }
    return st;
}

/* Part of a slot: items of one group with one graph, in the order of lines. */
struct part {
    struct bc_group_item **items;
    size_t count;
    size_t added;
    size_t shared;
};

static int by_graph(const void *a, const void *b)
{
    const struct bc_group_item *one = *(struct bc_group_item *const *)a;
    const struct bc_group_item *other = *(struct bc_group_item *const *)b;
    int order = bc_slice_compare(one->graph, other->graph);
    return order ? order : (one->at > other->at) - (one->at < other->at);
}

/* Sorts the group's items by graph. */
static void by_slots(struct bc_group *group, bool no_graphs)
{
    bool any = false;
    for (size_t i = 0; i < group->count; i++) {
        struct bc_group_item *item = &group->items[i];
        struct bc_slice line = item_line(group, item);
        item->graph = no_graphs ? bc_slice(line.data, 0) : bc_slot_graph(line);
        any = any || item->graph.size;
        group->sorted[i] = item;
    }
    if (any)
        qsort(group->sorted, group->count, sizeof(struct bc_group_item *), by_graph);
}

/* What of the items from `from` on has the graph. */
static struct part take_part(struct bc_group_item **items, size_t count, struct bc_slice graph)
{
    struct part part = {.items = items};
    while (part.count < count && bc_slice_equal(items[part.count]->graph, graph)) {
        part.added += items[part.count]->sign == '+';
        part.shared += items[part.count]->shared;
        part.count++;
    }
    return part;
}

static void emit_part(const struct part *part)
{
    for (size_t i = 0; i < part->count; i++)
        part->items[i]->emit = !part->items[i]->shared;
}

/* Both sides changed the slot, and differently. */
static enum bc_status is_conflict(struct bc_settling *settling, const struct part *near,
                                  const struct part *far, bool *is, enum bc_slot_reason *reason)
{
    const struct bc_text_merge_input *input = &settling->input;
    bool only_added = near->added == near->count && far->added == far->count;
    bool only_removed = !near->added && !far->added;
    enum bc_status st = BC_OK;
    *is = false;
    *reason = BC_SLOT_CHANGED;
    if (input->policy == BC_MERGE_UNION)
        return BC_OK;
    if (only_added && input->functional) {
        /* They differ, so at least two objects would result. */
        struct bc_slice prefix = bc_slot_prefix(item_line(&settling->far, far->items[0]));
        *reason = BC_SLOT_FUNCTIONAL;
        st = input->functional(input->functional_context, bc_slot_predicate(prefix), is);
    } else if (!only_added && !only_removed) {
        *is = true;
    }
    if (!st && !*is && input->policy == BC_MERGE_STRICT) {
        *is = true;
        *reason = BC_SLOT_STRICT;
    }
    return st;
}

static void add_lines(struct bc_slot_conflict *slot, struct bc_slot_line *lines, bool theirs,
                      const struct bc_group *group, const struct part *part)
{
    for (size_t i = 0; i < part->count; i++) {
        const struct bc_group_item *item = part->items[i];
        lines[slot->count++] = (struct bc_slot_line){theirs, item->sign, item_line(group, item)};
    }
}

static enum bc_status tell_conflict(struct bc_settling *settling, const struct part *near,
                                    const struct part *far, enum bc_slot_reason reason)
{
    const struct bc_text_merge_input *input = &settling->input;
    struct bc_slot_line *lines = bc_alloc_array(near->count + far->count, sizeof *lines);
    struct bc_slot_conflict slot = {
        .prefix = bc_slot_prefix(item_line(&settling->far, far->items[0])),
        .graph = far->items[0]->graph,
        .reason = reason,
        .lines = lines,
    };
    if (!lines)
        return BC_NO_MEMORY;
    add_lines(&slot, lines, input->far_is_ours, &settling->near, near);
    add_lines(&slot, lines, !input->far_is_ours, &settling->far, far);
    enum bc_status st = input->conflict(input->context, &slot);
    bc_free(lines);
    return st;
}

static enum bc_status settle_slot(struct bc_settling *settling, const struct part *near,
                                  const struct part *far)
{
    const struct bc_text_merge_input *input = &settling->input;
    if (!far->count || (near->shared == near->count && far->shared == far->count))
        return BC_OK;
    bool is = false;
    enum bc_slot_reason reason;
    enum bc_status st = near->count ? is_conflict(settling, near, far, &is, &reason) : BC_OK;
    if (st)
        return st;
    bool take_ours = input->policy != BC_MERGE_THEIRS;
    if (!is || take_ours == input->far_is_ours)
        emit_part(far);
    if (!is)
        return BC_OK;
    if (take_ours == input->far_is_ours)
        emit_part(near);
    if (input->policy == BC_MERGE_OURS || input->policy == BC_MERGE_THEIRS)
        return BC_OK;
    settling->conflicts++;
    return input->conflict ? tell_conflict(settling, near, far, reason) : BC_OK;
}

/* Notes the lines that both sides changed; a line that both changed has the same sign in both,
 * since both started from the same base. */
static enum bc_status note_shared(struct bc_group *near, struct bc_group *far)
{
    for (size_t n = 0, f = 0; n < near->count && f < far->count;) {
        struct bc_group_item *a = &near->items[n];
        struct bc_group_item *b = &far->items[f];
        int order = bc_slice_compare(item_line(near, a), item_line(far, b));
        if (order == 0 && a->sign != b->sign)
            return BC_CORRUPT;
        if (order == 0)
            a->shared = b->shared = true;
        n += order <= 0;
        f += order >= 0;
    }
    return BC_OK;
}

static enum bc_status settle_sorted(struct bc_settling *settling)
{
    struct bc_group_item **near = settling->near.sorted;
    struct bc_group_item **far = settling->far.sorted;
    size_t near_left = settling->near.count;
    size_t far_left = settling->far.count;
    enum bc_status st = BC_OK;
    while (!st && far_left) {
        struct bc_slice graph = far[0]->graph;
        while (near_left && bc_slice_compare(near[0]->graph, graph) < 0) {
            near++;
            near_left--;
        }
        struct part near_part = take_part(near, near_left, graph);
        struct part far_part = take_part(far, far_left, graph);
        st = settle_slot(settling, &near_part, &far_part);
        near += near_part.count;
        near_left -= near_part.count;
        far += far_part.count;
        far_left -= far_part.count;
    }
    return st;
}

static bool any_emitted(const struct bc_group *group, bool emitted)
{
    for (size_t i = 0; i < group->count; i++)
        if (group->items[i].emit == emitted)
            return true;
    return false;
}

enum bc_status bc_settle_group(struct bc_settling *settling)
{
    enum bc_status st = note_shared(&settling->near, &settling->far);
    if (st)
        return st;
    by_slots(&settling->near, settling->no_graphs);
    by_slots(&settling->far, settling->no_graphs);
    st = settle_sorted(settling);
    settling->differs = any_emitted(&settling->near, true) || any_emitted(&settling->far, false);
    return st;
}

static const struct bc_group_item *next_emitted(const struct bc_group *group, size_t *at)
{
    while (*at < group->count && !group->items[*at].emit)
        ++*at;
    return *at < group->count ? &group->items[*at] : NULL;
}

bool bc_settled_next(struct bc_settling *settling, char *sign, struct bc_slice *line)
{
    const struct bc_group_item *near = next_emitted(&settling->near, &settling->near_at);
    const struct bc_group_item *far = next_emitted(&settling->far, &settling->far_at);
    if (!near && !far)
        return false;
    bool take_near = !far || (near && bc_slice_compare(item_line(&settling->near, near),
                                                       item_line(&settling->far, far)) < 0);
    if (take_near) {
        *sign = near->sign == '+' ? '-' : '+';
        *line = item_line(&settling->near, near);
        settling->near_at++;
    } else {
        *sign = far->sign;
        *line = item_line(&settling->far, far);
        settling->far_at++;
    }
    return true;
}

void bc_settling_clear(struct bc_settling *settling)
{
    group_clear(&settling->near);
    group_clear(&settling->far);
    settling->near_at = settling->far_at = 0;
    settling->differs = false;
}

void bc_settling_release(struct bc_settling *settling)
{
    group_release(&settling->near);
    group_release(&settling->far);
}
