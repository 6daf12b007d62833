#include "branchcore/merge_tree.h"

#include "branchcore/slot.h"

#include <inttypes.h>
#include <xxhash.h>

/* A path with another reason to be in conflict: files that have it on a side, but were not shown,
 * are. */
static void join(struct bc_conflict *known, const struct bc_conflict *conflict)
{
    bool whole = known->kind == BC_CONFLICT_FILE && conflict->kind == BC_CONFLICT_FILE;
    if (!whole || known->merged || conflict->merged)
        return;
    bool ours = !known->ours && conflict->ours;
    bool theirs = !known->theirs && conflict->theirs;
    if (ours)
        known->ours = conflict->ours;
    if (theirs)
        known->theirs = conflict->theirs;
    if (ours || theirs)
        known->reason = conflict->reason;
}

enum bc_status bc_conflicts_add(struct bc_conflicts *conflicts, const struct bc_conflict *conflict,
                                struct bc_slice path)
{
    if (conflicts->count == conflicts->capacity) {
        size_t capacity = conflicts->capacity ? conflicts->capacity * 2 : 8;
        struct bc_conflict *list = bc_realloc_array(conflicts->list, capacity, sizeof *list);
        if (!list)
            return BC_NO_MEMORY;
        conflicts->list = list;
        conflicts->capacity = capacity;
    }
    size_t at = conflicts->paths.size;
    uint64_t hash = XXH3_64bits(path.data, path.size) | 1;
    const struct bc_id_count *known = bc_counts_find(&conflicts->by_path, hash);
    if (known &&
        bc_slice_equal(bc_conflict_path(conflicts, &conflicts->list[known->count - 1]), path)) {
        join(&conflicts->list[known->count - 1], conflict);
        return BC_OK;
    }
    enum bc_status st = bc_buffer_append(&conflicts->paths, path.data, path.size);
    if (!st)
        st = bc_counts_add(&conflicts->by_path, hash);
    if (st)
        return st;
    bc_counts_find(&conflicts->by_path, hash)->count = conflicts->count + 1;
    struct bc_conflict *made = &conflicts->list[conflicts->count++];
    *made = *conflict;
    made->path_at = at;
    made->path_size = path.size;
    return BC_OK;
}

uint64_t bc_conflicts_total(const struct bc_conflicts *conflicts)
{
    uint64_t total = 0;
    for (size_t i = 0; i < conflicts->count; i++)
        total += conflicts->list[i].slots;
    return total;
}

void bc_conflicts_release(struct bc_conflicts *conflicts)
{
    bc_free(conflicts->list);
    bc_buffer_release(&conflicts->paths);
    bc_free(conflicts->by_path.slots);
    *conflicts = (struct bc_conflicts){0};
}

enum bc_status bc_merge_conflict(struct bc_tree_merge *merge, const struct bc_conflict *conflict,
                                 struct bc_branch *branch, uint64_t node)
{
    struct bc_buffer path = {0};
    enum bc_status st = bc_tree_path(branch, node, &path);
    if (!st)
        st = bc_conflicts_add(&merge->conflicts, conflict, bc_buffer_slice(&path));
    bc_buffer_release(&path);
    return st;
}

/* Control characters of names would break lines. */
static enum bc_status append_path(struct bc_buffer *to, struct bc_slice path)
{
    size_t at = to->size;
    enum bc_status st = bc_buffer_append(to, path.data, path.size);
    for (; !st && at < to->size; at++) {
        if ((unsigned char)to->data[at] < 0x20 || to->data[at] == 0x7F)
            to->data[at] = '?';
    }
    return st;
}

enum bc_status bc_merge_note_line(struct bc_tree_merge *merge, struct bc_branch *branch,
                                  uint64_t node, const char *what)
{
    struct bc_buffer path = {0};
    enum bc_status st = bc_tree_path(branch, node, &path);
    if (!st)
        st = append_path(&merge->notes, bc_buffer_slice(&path));
    if (!st)
        st = bc_buffer_printf(&merge->notes, ": %s\n", what);
    bc_buffer_release(&path);
    return st;
}

struct lines {
    struct bc_merge_last *all;
    struct bc_buffer *first;
    struct bc_buffer line; /* in the making */
    struct bc_slice path;
    uint64_t count;
};

static enum bc_status begin_line(struct lines *lines)
{
    bc_buffer_clear(&lines->line);
    return append_path(&lines->line, lines->path);
}

static enum bc_status end_line(struct lines *lines)
{
    struct bc_slice line = bc_buffer_slice(&lines->line);
    enum bc_status st = bc_merge_last_add(lines->all, line);
    if (!st && lines->count++ < BC_MERGE_LINES_MAX)
        st = bc_buffer_append(lines->first, line.data, line.size);
    return st;
}

static const char *reason_text(enum bc_slot_reason reason)
{
    switch (reason) {
    case BC_SLOT_FUNCTIONAL:
        return "both added a value, and the predicate has one at most";
    case BC_SLOT_STRICT:
        return "both changed it differently";
    default:
        return "one side removed what the other changed";
    }
}

static enum bc_status add_slot(void *context, const struct bc_slot_conflict *slot)
{
    struct lines *lines = context;
    struct bc_buffer *to = &lines->line;
    struct bc_slice prefix = slot->prefix;
    struct bc_slice graph = slot->graph;
    enum bc_status st = begin_line(lines);
    if (!st)
        st = bc_buffer_append(to, ": ", 2);
    if (!st)
        st = bc_buffer_append(to, prefix.data, prefix.size - 1);
    if (!st && graph.size)
        st = bc_buffer_append(to, " ", 1);
    if (!st)
        st = bc_buffer_append(to, graph.data, graph.size);
    if (!st)
        st = bc_buffer_printf(to, ": %s\n", reason_text(slot->reason));
    return st ? st : end_line(lines);
}

static enum bc_status add_conflict(struct bc_tree_merge *merge, const struct bc_conflict *conflict,
                                   struct lines *lines)
{
    lines->path = bc_conflict_path(&merge->conflicts, conflict);
    if (conflict->kind == BC_CONFLICT_SLOTS)
        return bc_merge_each_slot(merge, conflict, add_slot, lines);
    enum bc_status st = begin_line(lines);
    if (!st)
        st = bc_buffer_printf(&lines->line, ": %s\n", conflict->reason);
    return st ? st : end_line(lines);
}

enum bc_status bc_merge_lines(struct bc_tree_merge *merge, struct bc_merge_last *all,
                              struct bc_buffer *first)
{
    struct lines lines = {.all = all, .first = first};
    struct bc_slice notes = bc_buffer_slice(&merge->notes);
    enum bc_status st = BC_OK;
    for (size_t i = 0; !st && i < merge->conflicts.count; i++)
        st = add_conflict(merge, &merge->conflicts.list[i], &lines);
    bc_buffer_release(&lines.line);
    if (!st && lines.count > BC_MERGE_LINES_MAX)
        st =
            bc_buffer_printf(first, "... and %" PRIu64 " more\n", lines.count - BC_MERGE_LINES_MAX);
    if (!st)
        st = bc_merge_last_add(all, notes);
    return st ? st : bc_buffer_append(first, notes.data, notes.size);
}
