#include "branchcore/merge_text.h"

#include "branchcore/slot.h"
#include "branchcore/text_diff.h"
#include "branchcore/text_history.h"

#include <pthread.h>
#include <stdlib.h>

/* A signed line of a group. */
struct item {
    size_t at; /* in the group's bytes */
    size_t size;
    char sign;
    bool shared; /* the other side changed it likewise */
    bool emit;   /* it is part of the output: near's with the sign turned round */
    struct bc_slice graph;
};

/* What one side changed of one subject and predicate. */
struct group {
    struct bc_buffer bytes;
    struct item *items;
    size_t count;
    size_t capacity;
};

/* The changes of one side, one line ahead. */
struct changes {
    struct bc_text_diff *diff;
    bool ended;
    char sign;
    struct bc_slice line;
};

struct bc_text_merge {
    struct bc_text_merge_input input;
    struct changes far;
    struct changes near;              /* without probe */
    struct bc_text_cursor *near_text; /* with probe; NULL: an empty text */
    struct bc_text_cursor *base_text;
    struct bc_buffer prefix; /* of far's lines that pass through, since near changed none of it */
    struct group near_group;
    struct group far_group;
    size_t near_at; /* what is left of the groups to be put out */
    size_t far_at;
    uint64_t conflicts;
    enum bc_status near_status;
    bool probe;
    bool started;
    bool taken;   /* far's line was given to the caller: the next call goes on behind it */
    bool differs; /* from far's changes */
};

static uint64_t run_of(const struct bc_file_text *text)
{
    return text ? bc_text_run(bc_file_text_view(text)) : 0;
}

uint64_t bc_text_diff_cost(const struct bc_file_text *a, const struct bc_file_text *b)
{
    uint64_t cost = 0;
    bool lines_alone = run_of(a) == run_of(b);
    const struct bc_file_text *both[2] = {a, b};
    for (size_t i = 0; i < 2; i++) {
        if (both[i])
            cost += lines_alone ? bc_file_text_delta_bytes(both[i])
                                : bc_text_bytes(bc_file_text_view(both[i]));
    }
    return cost;
}

/* Groups. */

static struct bc_slice item_line(const struct group *group, const struct item *item)
{
    return bc_slice(group->bytes.data + item->at, item->size);
}

static void group_clear(struct group *group)
{
    bc_buffer_clear(&group->bytes);
    group->count = 0;
}

static void group_release(struct group *group)
{
    bc_buffer_release(&group->bytes);
    bc_free(group->items);
}

static enum bc_status group_add(struct group *group, char sign, struct bc_slice line)
{
    if (group->count == group->capacity) {
        size_t capacity = group->capacity ? group->capacity * 2 : 16;
        struct item *items = bc_realloc_array(group->items, capacity, sizeof *items);
        if (!items)
            return BC_NO_MEMORY;
        group->items = items;
        group->capacity = capacity;
    }
    size_t at = group->bytes.size;
    enum bc_status st = bc_buffer_append(&group->bytes, line.data, line.size);
    if (!st)
        group->items[group->count++] = (struct item){.at = at, .size = line.size, .sign = sign};
    return st;
}

/* Changes. */

static enum bc_status advance(struct changes *changes)
{
    enum bc_status st = bc_text_diff_next(changes->diff, &changes->sign, &changes->line);
    changes->ended = st == BC_NO_DATA;
    return changes->ended ? BC_OK : st;
}

static enum bc_status changes_start(struct changes *changes, struct bc_file_text *base,
                                    struct bc_file_text *side)
{
    enum bc_status st = changes->diff ? bc_text_diff_rewind(changes->diff)
                                      : bc_text_diff_new(base, side, &changes->diff);
    return st ? st : advance(changes);
}

static void changes_release(struct changes *changes)
{
    bc_text_diff_free(changes->diff);
    *changes = (struct changes){0};
}

/* Takes the lines of the group out of the changes. */
static enum bc_status take_group(struct changes *changes, struct bc_slice prefix,
                                 struct group *group)
{
    enum bc_status st = BC_OK;
    while (!st && !changes->ended && bc_slot_begins(changes->line, prefix)) {
        st = group_add(group, changes->sign, changes->line);
        if (!st)
            st = advance(changes);
    }
    return st;
}

static enum bc_status near_by_walk(struct bc_text_merge *merge, struct bc_slice prefix)
{
    struct changes *near = &merge->near;
    enum bc_status st = BC_OK;
    while (!st && !near->ended && bc_slice_compare(near->line, prefix) < 0)
        st = advance(near);
    return st ? st : take_group(near, prefix, &merge->near_group);
}

/* The next line of a text if it is of the group; size 0: it is not. */
static enum bc_status next_of_group(struct bc_text_cursor *cursor, struct bc_slice prefix,
                                    struct bc_slice *line)
{
    *line = bc_slice("", 0);
    if (!cursor)
        return BC_OK;
    enum bc_status st = bc_text_cursor_next(cursor, line);
    if (st || !bc_slot_begins(*line, prefix))
        *line = bc_slice("", 0);
    return st == BC_NO_DATA ? BC_OK : st;
}

static enum bc_status near_by_probe(struct bc_text_merge *merge, struct bc_slice prefix)
{
    struct bc_text_cursor *now_text = merge->near_text;
    struct bc_text_cursor *base_text = merge->base_text;
    struct bc_slice now;
    struct bc_slice base;
    enum bc_status st = now_text ? bc_text_cursor_seek(now_text, prefix) : BC_OK;
    if (!st && base_text)
        st = bc_text_cursor_seek(base_text, prefix);
    if (!st)
        st = next_of_group(now_text, prefix, &now);
    if (!st)
        st = next_of_group(base_text, prefix, &base);
    while (!st && (now.size || base.size)) {
        int order = !base.size ? -1 : !now.size ? 1 : bc_slice_compare(now, base);
        if (order)
            st = group_add(&merge->near_group, order < 0 ? '+' : '-', order < 0 ? now : base);
        if (!st && order <= 0)
            st = next_of_group(now_text, prefix, &now);
        if (!st && order >= 0)
            st = next_of_group(base_text, prefix, &base);
    }
    return st;
}

/* Settling. */

/* Part of a slot: items of one group with one graph, in the order of lines. */
struct part {
    struct item **items;
    size_t count;
    size_t added;
    size_t shared;
};

static int by_graph(const void *a, const void *b)
{
    const struct item *one = *(struct item *const *)a;
    const struct item *other = *(struct item *const *)b;
    int order = bc_slice_compare(one->graph, other->graph);
    return order ? order : (one->at > other->at) - (one->at < other->at);
}

/* The group's items by graph. The caller frees. */
static enum bc_status by_slots(struct group *group, struct item ***items)
{
    struct item **sorted = bc_alloc_array(group->count + 1, sizeof(struct item *));
    if (!sorted)
        return BC_NO_MEMORY;
    bool any = false;
    for (size_t i = 0; i < group->count; i++) {
        struct item *item = &group->items[i];
        item->graph = bc_slot_graph(item_line(group, item));
        any = any || item->graph.size;
        sorted[i] = item;
    }
    if (any)
        qsort(sorted, group->count, sizeof(struct item *), by_graph);
    *items = sorted;
    return BC_OK;
}

/* What of the items from `from` on has the graph. */
static struct part take_part(struct item **items, size_t count, struct bc_slice graph)
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
static enum bc_status is_conflict(struct bc_text_merge *merge, const struct part *near,
                                  const struct part *far, bool *is, enum bc_slot_reason *reason)
{
    const struct bc_text_merge_input *input = &merge->input;
    bool only_added = near->added == near->count && far->added == far->count;
    bool only_removed = !near->added && !far->added;
    enum bc_status st = BC_OK;
    *is = false;
    *reason = BC_SLOT_CHANGED;
    if (input->policy == BC_MERGE_UNION)
        return BC_OK;
    if (only_added && input->functional) {
        /* They differ, so at least two objects would result. */
        struct bc_slice prefix = bc_slot_prefix(item_line(&merge->far_group, far->items[0]));
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
                      const struct group *group, const struct part *part)
{
    for (size_t i = 0; i < part->count; i++) {
        const struct item *item = part->items[i];
        lines[slot->count++] = (struct bc_slot_line){theirs, item->sign, item_line(group, item)};
    }
}

static enum bc_status tell_conflict(struct bc_text_merge *merge, const struct part *near,
                                    const struct part *far, enum bc_slot_reason reason)
{
    const struct bc_text_merge_input *input = &merge->input;
    struct bc_slot_line *lines = bc_alloc_array(near->count + far->count, sizeof *lines);
    struct bc_slot_conflict slot = {
        .prefix = bc_slot_prefix(item_line(&merge->far_group, far->items[0])),
        .graph = far->items[0]->graph,
        .reason = reason,
        .lines = lines,
    };
    if (!lines)
        return BC_NO_MEMORY;
    add_lines(&slot, lines, input->far_is_ours, &merge->near_group, near);
    add_lines(&slot, lines, !input->far_is_ours, &merge->far_group, far);
    enum bc_status st = input->conflict(input->context, &slot);
    bc_free(lines);
    return st;
}

static enum bc_status settle_slot(struct bc_text_merge *merge, const struct part *near,
                                  const struct part *far)
{
    const struct bc_text_merge_input *input = &merge->input;
    if (!far->count || (near->shared == near->count && far->shared == far->count))
        return BC_OK;
    bool is = false;
    enum bc_slot_reason reason;
    enum bc_status st = near->count ? is_conflict(merge, near, far, &is, &reason) : BC_OK;
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
    merge->conflicts++;
    return input->conflict ? tell_conflict(merge, near, far, reason) : BC_OK;
}

/* Notes the lines that both sides changed; a line that both changed has the same sign in both,
 * since both started from the same base. */
static enum bc_status note_shared(struct group *near, struct group *far)
{
    for (size_t n = 0, f = 0; n < near->count && f < far->count;) {
        struct item *a = &near->items[n];
        struct item *b = &far->items[f];
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

static enum bc_status settle_sorted(struct bc_text_merge *merge, struct item **near,
                                    struct item **far)
{
    size_t near_left = merge->near_group.count;
    size_t far_left = merge->far_group.count;
    enum bc_status st = BC_OK;
    while (!st && far_left) {
        struct bc_slice graph = far[0]->graph;
        while (near_left && bc_slice_compare(near[0]->graph, graph) < 0) {
            near++;
            near_left--;
        }
        struct part near_part = take_part(near, near_left, graph);
        struct part far_part = take_part(far, far_left, graph);
        st = settle_slot(merge, &near_part, &far_part);
        near += near_part.count;
        near_left -= near_part.count;
        far += far_part.count;
        far_left -= far_part.count;
    }
    return st;
}

static bool any_emitted(const struct group *group, bool emitted)
{
    for (size_t i = 0; i < group->count; i++)
        if (group->items[i].emit == emitted)
            return true;
    return false;
}

static enum bc_status settle(struct bc_text_merge *merge)
{
    struct item **near = NULL;
    struct item **far = NULL;
    enum bc_status st = note_shared(&merge->near_group, &merge->far_group);
    if (!st)
        st = by_slots(&merge->near_group, &near);
    if (!st)
        st = by_slots(&merge->far_group, &far);
    if (!st)
        st = settle_sorted(merge, near, far);
    merge->differs = merge->differs || any_emitted(&merge->near_group, true) ||
                     any_emitted(&merge->far_group, false);
    bc_free(near);
    bc_free(far);
    return st;
}

/* Output. */

static const struct item *next_emitted(const struct group *group, size_t *at)
{
    while (*at < group->count && !group->items[*at].emit)
        ++*at;
    return *at < group->count ? &group->items[*at] : NULL;
}

/* The next line of what was settled; false: none is left. */
static bool next_settled(struct bc_text_merge *merge, char *sign, struct bc_slice *line)
{
    const struct item *near = next_emitted(&merge->near_group, &merge->near_at);
    const struct item *far = next_emitted(&merge->far_group, &merge->far_at);
    if (!near && !far)
        return false;
    bool take_near = !far || (near && bc_slice_compare(item_line(&merge->near_group, near),
                                                       item_line(&merge->far_group, far)) < 0);
    if (take_near) {
        *sign = near->sign == '+' ? '-' : '+';
        *line = item_line(&merge->near_group, near);
        merge->near_at++;
    } else {
        *sign = far->sign;
        *line = item_line(&merge->far_group, far);
        merge->far_at++;
    }
    return true;
}

/* Begins with far's next subject and predicate: either its lines pass through, or both sides' are
 * settled. */
static enum bc_status next_group(struct bc_text_merge *merge)
{
    struct bc_slice prefix = bc_slot_prefix(merge->far.line);
    bc_buffer_clear(&merge->prefix);
    group_clear(&merge->near_group);
    group_clear(&merge->far_group);
    merge->near_at = merge->far_at = 0;
    enum bc_status st = bc_buffer_append(&merge->prefix, prefix.data, prefix.size);
    prefix = bc_buffer_slice(&merge->prefix);
    if (!st)
        st = merge->probe ? near_by_probe(merge, prefix) : near_by_walk(merge, prefix);
    if (st || !merge->near_group.count)
        return st;
    st = take_group(&merge->far, prefix, &merge->far_group);
    bc_buffer_clear(&merge->prefix);
    return st ? st : settle(merge);
}

/* The differences are kept: what was found out once need not be again. */
static void stop(struct bc_text_merge *merge)
{
    bc_text_cursor_free(merge->near_text);
    bc_text_cursor_free(merge->base_text);
    merge->near_text = merge->base_text = NULL;
    bc_buffer_clear(&merge->prefix);
    group_clear(&merge->near_group);
    group_clear(&merge->far_group);
    merge->near_at = merge->far_at = 0;
    merge->started = merge->taken = merge->differs = false;
    merge->conflicts = 0;
}

static enum bc_status cursor_of(struct bc_file_text *text, struct bc_text_cursor **cursor)
{
    return text ? bc_text_cursor_new(bc_file_text_view(text), cursor) : BC_OK;
}

static void *start_near(void *argument)
{
    struct bc_text_merge *merge = argument;
    merge->near_status = changes_start(&merge->near, merge->input.base, merge->input.near);
    return NULL;
}

/* Reading large changes is decompressing: the two sides' at once. */
static enum bc_status start_both(struct bc_text_merge *merge)
{
    const struct bc_text_merge_input *input = &merge->input;
    pthread_t thread;
    enum { WORTH_A_THREAD = 1 << 20 };
    bool large = !merge->near.diff &&
                 bc_text_diff_cost(input->base, input->near) >= WORTH_A_THREAD &&
                 bc_text_diff_cost(input->base, input->far) >= WORTH_A_THREAD;
    bool beside = large && pthread_create(&thread, NULL, start_near, merge) == 0;
    enum bc_status st = changes_start(&merge->far, input->base, input->far);
    if (beside)
        (void)pthread_join(thread, NULL);
    else
        (void)start_near(merge);
    return st ? st : merge->near_status;
}

static enum bc_status start(struct bc_text_merge *merge)
{
    const struct bc_text_merge_input *input = &merge->input;
    enum bc_status st =
        merge->probe ? changes_start(&merge->far, input->base, input->far) : start_both(merge);
    if (!st && merge->probe)
        st = cursor_of(input->near, &merge->near_text);
    if (!st && merge->probe)
        st = cursor_of(input->base, &merge->base_text);
    merge->started = !st;
    return st;
}

enum bc_status bc_text_merge_next(struct bc_text_merge *merge, char *sign, struct bc_slice *line)
{
    enum bc_status st = merge->started ? BC_OK : start(merge);
    if (!st && merge->taken)
        st = advance(&merge->far);
    merge->taken = false;
    while (!st) {
        if (next_settled(merge, sign, line))
            return BC_OK;
        if (merge->far.ended)
            return BC_NO_DATA;
        struct bc_slice prefix = bc_buffer_slice(&merge->prefix);
        if (prefix.size && bc_slot_begins(merge->far.line, prefix)) {
            *sign = merge->far.sign;
            *line = merge->far.line;
            merge->taken = true;
            return BC_OK;
        }
        st = next_group(merge);
    }
    return st;
}

enum bc_status bc_text_merge_rewind(struct bc_text_merge *merge)
{
    stop(merge);
    return BC_OK;
}

static enum bc_status stream_next(void *context, char *sign, struct bc_slice *line)
{
    return bc_text_merge_next(context, sign, line);
}

static enum bc_status stream_rewind(void *context)
{
    return bc_text_merge_rewind(context);
}

/* Of far's run of changes; 0: there is none, or it is not known yet. */
static uint64_t far_bytes(const struct bc_text_merge *merge)
{
    struct bc_run_summary summary = {0};
    uint64_t run = bc_text_merge_far_run(merge);
    if (run && bc_run_summary(bc_file_text_repo(merge->input.far)->store, run, &summary))
        return 0;
    return summary.bytes;
}

struct bc_signed_stream bc_text_merge_stream(struct bc_text_merge *merge)
{
    return (struct bc_signed_stream){
        .next = stream_next, .rewind = stream_rewind, .context = merge, .bytes = far_bytes(merge)};
}

uint64_t bc_text_merge_far_run(const struct bc_text_merge *merge)
{
    return merge->far.diff ? bc_text_diff_run(merge->far.diff) : 0;
}

bool bc_text_merge_is_far(const struct bc_text_merge *merge)
{
    return !merge->differs;
}

uint64_t bc_text_merge_conflicts(const struct bc_text_merge *merge)
{
    return merge->conflicts;
}

static bool probe_is_cheaper(const struct bc_text_merge_input *input)
{
    /* A probe reads a block of each text, a walk reads on: about so many bytes to one. */
    enum { LEAST = 1 << 20, BYTES_TO_ONE = 256 };
    uint64_t far = bc_text_diff_cost(input->base, input->far);
    uint64_t near = bc_text_diff_cost(input->base, input->near);
    return near >= LEAST && far < near / BYTES_TO_ONE;
}

enum bc_status bc_text_merge_new(const struct bc_text_merge_input *input,
                                 enum bc_text_merge_way way, struct bc_text_merge **merge)
{
    struct bc_text_merge *made = bc_alloc_zero(sizeof *made);
    if (!made)
        return BC_NO_MEMORY;
    made->input = *input;
    made->probe = way == BC_MERGE_PROBE || (way == BC_MERGE_CHEAPEST && probe_is_cheaper(input));
    if (input->base)
        (void)bc_file_text_retain(input->base);
    if (input->near)
        (void)bc_file_text_retain(input->near);
    if (input->far)
        (void)bc_file_text_retain(input->far);
    *merge = made;
    return BC_OK;
}

void bc_text_merge_free(struct bc_text_merge *merge)
{
    if (!merge)
        return;
    stop(merge);
    changes_release(&merge->far);
    changes_release(&merge->near);
    bc_buffer_release(&merge->prefix);
    group_release(&merge->near_group);
    group_release(&merge->far_group);
    bc_file_text_release(merge->input.base);
    bc_file_text_release(merge->input.near);
    bc_file_text_release(merge->input.far);
    bc_free(merge);
}
