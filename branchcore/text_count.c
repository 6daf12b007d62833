#include "branchcore/text_count.h"

/* The changed lines of a view, each as sign, u32 size, line, in order. */
static enum bc_status keep(void *context, char sign, struct bc_slice line)
{
    struct bc_buffer *to = context;
    enum bc_status st = bc_buffer_append(to, &sign, 1);
    return st ? st : bc_encode_bytes(to, line);
}

struct changes {
    struct bc_buffer bytes;
    struct bc_reader from;
    bool valid;
    char sign;
    struct bc_slice line;
};

static void step(struct changes *changes)
{
    changes->valid = changes->from.at < changes->from.end;
    if (!changes->valid)
        return;
    changes->sign = (char)bc_decode_u8(&changes->from);
    changes->line = bc_decode_bytes(&changes->from);
}

/* Both views change the same run: where only one of them changes a line, that is a difference. */
static enum bc_status count_on_one_run(struct bc_text *past, struct bc_text *now, uint64_t *added,
                                       uint64_t *removed)
{
    struct changes old = {0};
    struct changes new = {0};
    enum bc_status st = bc_text_each_change(past, keep, &old.bytes);
    if (!st)
        st = bc_text_each_change(now, keep, &new.bytes);
    old.from = bc_reader(bc_buffer_slice(&old.bytes));
    new.from = bc_reader(bc_buffer_slice(&new.bytes));
    step(&old);
    step(&new);
    while (!st && (old.valid || new.valid)) {
        int order = !old.valid ? 1 : !new.valid ? -1 : bc_slice_compare(old.line, new.line);
        if (order < 0)
            *(old.sign == '+' ? removed : added) += 1;
        else if (order > 0)
            *(new.sign == '+' ? added : removed) += 1;
        if (order <= 0)
            step(&old);
        if (order >= 0)
            step(&new);
    }
    bc_buffer_release(&old.bytes);
    bc_buffer_release(&new.bytes);
    return st;
}

static enum bc_status count_by_walk(struct bc_text *past, struct bc_text *now, uint64_t *added,
                                    uint64_t *removed)
{
    struct bc_text_cursor *old = NULL;
    struct bc_text_cursor *new = NULL;
    struct bc_slice old_line = {0};
    struct bc_slice new_line = {0};
    enum bc_status st = bc_text_cursor_new(past, &old);
    if (!st)
        st = bc_text_cursor_new(now, &new);
    enum bc_status old_st = st ? st : bc_text_cursor_next(old, &old_line);
    enum bc_status new_st = st ? st : bc_text_cursor_next(new, &new_line);
    while (!st && (!old_st || !new_st)) {
        int order = old_st ? 1 : new_st ? -1 : bc_slice_compare(old_line, new_line);
        if (order < 0)
            *removed += 1;
        else if (order > 0)
            *added += 1;
        if (order <= 0)
            old_st = bc_text_cursor_next(old, &old_line);
        if (order >= 0)
            new_st = bc_text_cursor_next(new, &new_line);
        if (old_st && old_st != BC_NO_DATA)
            st = old_st;
        else if (new_st && new_st != BC_NO_DATA)
            st = new_st;
    }
    bc_text_cursor_free(old);
    bc_text_cursor_free(new);
    return st;
}

enum bc_status bc_text_count_changes(struct bc_branch *past, uint64_t old_node,
                                     struct bc_branch *now, uint64_t new_node, uint64_t *added,
                                     uint64_t *removed)
{
    struct bc_file_text *old = NULL;
    struct bc_file_text *new = NULL;
    enum bc_status st = bc_file_text_open(past, old_node, &old, NULL);
    if (!st)
        st = bc_file_text_open(now, new_node, &new, NULL);
    if (!st) {
        *added = *removed = 0;
        struct bc_text *a = bc_file_text_view(old);
        struct bc_text *b = bc_file_text_view(new);
        st = bc_text_run(a) == bc_text_run(b) ? count_on_one_run(a, b, added, removed)
                                              : count_by_walk(a, b, added, removed);
    }
    bc_file_text_release(old);
    bc_file_text_release(new);
    return st;
}
