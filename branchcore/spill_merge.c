#include "branchcore/spill_merge.h"

#include "branchcore/loser_tree.h"

enum { AHEAD = 8 }; /* lines in memory between a prefetch and its use */

struct cursor {
    struct bc_sorted_lines sorted;
    size_t at;
};

/* The sources are numbered: first the runs on disk, then the arrays in memory, then the merges that
 * run ahead. */
struct bc_spill_merge {
    struct bc_spill_reader *readers;
    size_t reader_count;
    struct cursor *cursors;
    size_t cursor_count;
    struct bc_merge_ahead **aheads;
    size_t ahead_count;
    struct bc_head *heads;
    struct bc_loser_tree tree;
    bool started;
    uint32_t winner;
    size_t last_size; /* of the line given last */
};

static enum bc_status open_readers(struct bc_spill_merge *merge,
                                   const struct bc_spill_merge_options *options)
{
    for (size_t i = 0; i < options->run_count; i++) {
        enum bc_status st =
            bc_spill_reader_init(&merge->readers[i], &options->runs[i], options->buffer_bytes);
        if (st)
            return st;
        merge->reader_count++;
    }
    return BC_OK;
}

static enum bc_status init(struct bc_spill_merge *merge,
                           const struct bc_spill_merge_options *options)
{
    size_t sources = options->run_count + options->sorted_count + options->ahead_count;
    merge->aheads = bc_alloc_array(options->ahead_count, sizeof(struct bc_merge_ahead *));
    for (size_t i = 0; i < options->ahead_count; i++) {
        if (merge->aheads)
            merge->aheads[merge->ahead_count++] = options->aheads[i];
        else
            bc_merge_ahead_free(options->aheads[i]);
    }
    if (!merge->aheads || sources > INT32_MAX)
        return BC_NO_MEMORY;
    if (!sources)
        return BC_OK;
    merge->readers = bc_alloc_array(options->run_count, sizeof merge->readers[0]);
    merge->cursors = bc_alloc_array(options->sorted_count, sizeof merge->cursors[0]);
    merge->heads = bc_alloc_array(sources, sizeof merge->heads[0]);
    if (!merge->readers || !merge->cursors || !merge->heads)
        return BC_NO_MEMORY;
    for (size_t i = 0; i < options->sorted_count; i++)
        merge->cursors[i] = (struct cursor){.sorted = options->sorted[i]};
    merge->cursor_count = options->sorted_count;
    enum bc_status st = open_readers(merge, options);
    return st ? st : bc_loser_tree_init(&merge->tree, merge->heads, (uint32_t)sources);
}

enum bc_status bc_spill_merge_new(const struct bc_spill_merge_options *options,
                                  struct bc_spill_merge **merge)
{
    struct bc_spill_merge *made = bc_alloc_zero(sizeof *made);
    if (!made) {
        for (size_t i = 0; i < options->ahead_count; i++)
            bc_merge_ahead_free(options->aheads[i]);
        return BC_NO_MEMORY;
    }
    enum bc_status st = init(made, options);
    if (st) {
        bc_spill_merge_free(made);
        return st;
    }
    *merge = made;
    return BC_OK;
}

static enum bc_status cursor_next(struct cursor *cursor, struct bc_slice *line, size_t *shared)
{
    if (cursor->at == cursor->sorted.count)
        return BC_NO_DATA;
    const struct bc_line *next = &cursor->sorted.lines[cursor->at];
    *line = bc_slice(next->data, next->size);
    *shared = cursor->at ? bc_common_prefix(bc_slice(next[-1].data, next[-1].size), *line) : 0;
    cursor->at++;
    if (cursor->sorted.count - cursor->at > AHEAD) {
        __builtin_prefetch(next[AHEAD].data);
        __builtin_prefetch(next[AHEAD].data + 64);
        __builtin_prefetch(next[AHEAD].data + 128);
    }
    return BC_OK;
}

/* Puts a source's next line at its head. */
static enum bc_status advance(struct bc_spill_merge *merge, uint32_t source)
{
    struct bc_head *head = &merge->heads[source];
    size_t shared;
    enum bc_status st;
    size_t behind_readers = source - merge->reader_count;
    if (source < merge->reader_count)
        st = bc_spill_reader_next(&merge->readers[source], &head->line, &shared);
    else if (behind_readers < merge->cursor_count)
        st = cursor_next(&merge->cursors[behind_readers], &head->line, &shared);
    else
        st = bc_merge_ahead_next(merge->aheads[behind_readers - merge->cursor_count], &head->line,
                                 &shared);
    if (st && st != BC_NO_DATA)
        return st;
    head->shared = st ? BC_HEAD_DONE : (int64_t)shared;
    return BC_OK;
}

static enum bc_status start(struct bc_spill_merge *merge)
{
    for (size_t i = 0; i < merge->ahead_count; i++)
        bc_merge_ahead_start(merge->aheads[i]);
    for (uint32_t i = 0; i < merge->tree.count; i++) {
        enum bc_status st = advance(merge, i);
        if (st)
            return st;
    }
    merge->winner = bc_loser_tree_build(&merge->tree);
    merge->started = true;
    return BC_OK;
}

static enum bc_status step(struct bc_spill_merge *merge)
{
    enum bc_status st = advance(merge, merge->winner);
    if (!st)
        merge->winner = bc_loser_tree_replay(&merge->tree, merge->winner);
    return st;
}

enum bc_status bc_spill_merge_next(struct bc_spill_merge *merge, struct bc_slice *line,
                                   size_t *shared)
{
    if (!merge->tree.count)
        return BC_NO_DATA;
    bool first = !merge->started;
    const struct bc_head *head;
    do {
        enum bc_status st = merge->started ? step(merge) : start(merge);
        if (st)
            return st;
        head = &merge->heads[merge->winner];
        if (head->shared == BC_HEAD_DONE)
            return BC_NO_DATA;
    } while (!first && head->line.size == merge->last_size &&
             (size_t)head->shared == merge->last_size);
    merge->last_size = head->line.size;
    *line = head->line;
    *shared = (size_t)head->shared;
    return BC_OK;
}

void bc_spill_merge_rewind(struct bc_spill_merge *merge)
{
    for (size_t i = 0; i < merge->reader_count; i++)
        bc_spill_reader_rewind(&merge->readers[i]);
    for (size_t i = 0; i < merge->cursor_count; i++)
        merge->cursors[i].at = 0;
    for (size_t i = 0; i < merge->ahead_count; i++)
        bc_merge_ahead_rewind(merge->aheads[i]);
    merge->started = false;
}

void bc_spill_merge_free(struct bc_spill_merge *merge)
{
    if (!merge)
        return;
    for (size_t i = 0; i < merge->reader_count; i++)
        bc_spill_reader_release(&merge->readers[i]);
    for (size_t i = 0; i < merge->ahead_count; i++)
        bc_merge_ahead_free(merge->aheads[i]);
    bc_free(merge->aheads);
    bc_loser_tree_release(&merge->tree);
    bc_free(merge->readers);
    bc_free(merge->cursors);
    bc_free(merge->heads);
    bc_free(merge);
}
