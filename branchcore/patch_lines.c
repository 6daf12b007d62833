#include "branchcore/patch_lines.h"

#include "branchcore/text_change.h"

#include <stdlib.h>

/* Rows that change the text, in the order of lines. */
struct effective {
    struct bc_patch_row *rows;
    size_t count;
    size_t next; /* as a stream */
};

static struct bc_slice line_of(const struct bc_patch_row *row)
{
    return bc_slice(row->data, row->size);
}

static int by_line(const void *a, const void *b)
{
    const struct bc_patch_row *left = a;
    const struct bc_patch_row *right = b;
    int order = bc_slice_compare(line_of(left), line_of(right));
    if (order)
        return order;
    return left->order < right->order ? -1 : left->order > right->order;
}

static bool is_last_of_line(const struct bc_patch_row *rows, size_t count, size_t i)
{
    return i + 1 == count || !bc_slice_equal(line_of(&rows[i]), line_of(&rows[i + 1]));
}

static enum bc_status look_up(struct bc_text_cursor *cursor, struct bc_slice line, bool *present)
{
    struct bc_slice found;
    enum bc_status st = bc_text_cursor_seek(cursor, line);
    if (!st)
        st = bc_text_cursor_next(cursor, &found);
    *present = !st && bc_slice_equal(found, line);
    return st == BC_NO_DATA ? BC_OK : st;
}

static enum bc_status pick(struct bc_text_cursor *cursor, const struct bc_patch_row *rows,
                           size_t count, struct effective *effective)
{
    enum bc_status st = BC_OK;
    for (size_t i = 0; !st && i < count; i++) {
        bool present;
        if (!is_last_of_line(rows, count, i))
            continue;
        st = look_up(cursor, line_of(&rows[i]), &present);
        if (!st && present != (rows[i].sign == '+'))
            effective->rows[effective->count++] = rows[i];
    }
    return st;
}

static enum bc_status next_row(void *context, char *sign, struct bc_slice *line)
{
    struct effective *effective = context;
    if (effective->next == effective->count)
        return BC_NO_DATA;
    const struct bc_patch_row *row = &effective->rows[effective->next++];
    *sign = row->sign;
    *line = line_of(row);
    return BC_OK;
}

static enum bc_status rewind_rows(void *context)
{
    struct effective *effective = context;
    effective->next = 0;
    return BC_OK;
}

static enum bc_status put(struct bc_branch *branch, uint64_t node,
                          const struct bc_text_change *change)
{
    struct bc_update update;
    struct bc_found found;
    enum bc_status st = bc_update_begin(branch, &update);
    if (st)
        return st;
    st = bc_node_find(branch, node, &found);
    if (!st) {
        /* Nobody else changes the branch. */
        st = found.record.version == change->version ? bc_text_change_put(&update, &found, change)
                                                     : BC_BUSY;
        bc_found_release(&found);
    }
    if (!st)
        return bc_update_commit(&update, false);
    bc_update_abort(&update);
    return st;
}

static enum bc_status change(struct bc_branch *branch, uint64_t node, struct bc_file_text *text,
                             struct effective *effective)
{
    struct bc_signed_stream stream = {
        .next = next_row, .rewind = rewind_rows, .context = effective};
    struct bc_text_change made;
    enum bc_status st = bc_text_change_signed(branch->repo, &stream, text, NULL, &made);
    if (st)
        return st;
    st = put(branch, node, &made);
    bc_text_change_release(branch->repo, &made);
    return st;
}

static void count_rows(const struct effective *effective, size_t rows,
                       struct bc_patch_report *report)
{
    report->ignored += rows - effective->count;
    for (size_t i = 0; i < effective->count; i++) {
        if (effective->rows[i].sign == '+')
            report->added++;
        else
            report->removed++;
    }
}

static enum bc_status apply(struct bc_branch *branch, uint64_t node, struct bc_file_text *text,
                            const struct bc_patch_row *rows, size_t count,
                            struct effective *effective)
{
    struct bc_text_cursor *cursor = NULL;
    enum bc_status st = bc_text_cursor_new(bc_file_text_view(text), &cursor);
    if (!st)
        st = pick(cursor, rows, count, effective);
    bc_text_cursor_free(cursor);
    return st || !effective->count ? st : change(branch, node, text, effective);
}

enum bc_status bc_patch_lines(struct bc_branch *branch, uint64_t node, struct bc_patch_row *rows,
                              size_t count, struct bc_patch_report *report, bool *changed)
{
    struct effective effective = {0};
    struct bc_file_text *text = NULL;
    *changed = false;
    qsort(rows, count, sizeof *rows, by_line);
    enum bc_status st = bc_file_text_open(branch, node, &text, NULL);
    if (st)
        return st;
    effective.rows = bc_alloc_array(count, sizeof *effective.rows);
    st = effective.rows ? apply(branch, node, text, rows, count, &effective) : BC_NO_MEMORY;
    if (!st) {
        count_rows(&effective, count, report);
        *changed = effective.count > 0;
    }
    bc_free(effective.rows);
    bc_file_text_release(text);
    return st;
}
