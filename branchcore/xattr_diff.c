#include "branchcore/xattr_diff.h"

#include <stdlib.h>
#include <string.h>

static int by_name(const void *a, const void *b)
{
    const struct bc_xattr_change *one = a;
    const struct bc_xattr_change *other = b;
    return bc_slice_compare(one->name, other->name);
}

/* Splits NUL-ended names and sorts them. */
static enum bc_status split(const char *names, size_t size, struct bc_xattr_change **list,
                            size_t *count)
{
    size_t most = 0;
    for (size_t i = 0; i < size; i++)
        most += !names[i];
    struct bc_xattr_change *made = bc_alloc_array(most + 1, sizeof *made);
    if (!made)
        return BC_NO_MEMORY;
    size_t at = 0;
    for (size_t i = 0; i < most; i++) {
        size_t length = strlen(names + at);
        made[i] = (struct bc_xattr_change){'+', bc_slice(names + at, length)};
        at += length + 1;
    }
    qsort(made, most, sizeof *made, by_name);
    *list = made;
    *count = most;
    return BC_OK;
}

static enum bc_status same_value(struct bc_branch *past, uint64_t old_node, struct bc_branch *now,
                                 uint64_t new_node, struct bc_slice name, bool *same)
{
    struct bc_buffer old = {0};
    struct bc_buffer new = {0};
    enum bc_status st = bc_xattr_get(past, old_node, name, &old);
    if (!st)
        st = bc_xattr_get(now, new_node, name, &new);
    /* Removed since it was listed: then it is not the same. */
    *same = !st && bc_slice_equal(bc_buffer_slice(&old), bc_buffer_slice(&new));
    bc_buffer_release(&old);
    bc_buffer_release(&new);
    return st == BC_NO_DATA ? BC_OK : st;
}

struct comparing {
    struct bc_branch *past;
    struct bc_branch *now;
    uint64_t old_node;
    uint64_t new_node;
    struct bc_xattr_change *old;
    size_t old_count;
    struct bc_xattr_change *new;
    size_t new_count;
};

static enum bc_status merge(const struct comparing *of, struct bc_xattr_changes *to)
{
    size_t o = 0;
    size_t n = 0;
    while (o < of->old_count || n < of->new_count) {
        int order = o == of->old_count   ? 1
                    : n == of->new_count ? -1
                                         : bc_slice_compare(of->old[o].name, of->new[n].name);
        bool same = false;
        if (order == 0) {
            enum bc_status st =
                same_value(of->past, of->old_node, of->now, of->new_node, of->new[n].name, &same);
            if (st)
                return st;
        }
        if (!same)
            to->list[to->count++] =
                (struct bc_xattr_change){order < 0 ? '-' : '+', //
                                         order < 0 ? of->old[o].name : of->new[n].name};
        o += order <= 0;
        n += order >= 0;
    }
    return BC_OK;
}

enum bc_status bc_xattr_diff(struct bc_branch *past, uint64_t old_node, struct bc_branch *now,
                             uint64_t new_node, struct bc_xattr_changes *changes)
{
    struct comparing of = {.past = past, .now = now, .old_node = old_node, .new_node = new_node};
    struct bc_xattr_changes made = {0};
    enum bc_status st = old_node ? bc_xattr_list(past, old_node, &made.names) : BC_OK;
    size_t old_size = made.names.size;
    if (!st && new_node)
        st = bc_xattr_list(now, new_node, &made.names);
    if (!st)
        st = split(made.names.data, old_size, &of.old, &of.old_count);
    if (!st)
        st = split(made.names.size ? made.names.data + old_size : NULL, made.names.size - old_size,
                   &of.new, &of.new_count);
    if (!st)
        made.list = bc_alloc_array(of.old_count + of.new_count, sizeof *made.list);
    if (!st && !made.list)
        st = BC_NO_MEMORY;
    if (!st)
        st = merge(&of, &made);
    bc_free(of.old);
    bc_free(of.new);
    if (st)
        bc_xattr_changes_release(&made);
    else
        *changes = made;
    return st;
}

void bc_xattr_changes_release(struct bc_xattr_changes *changes)
{
    bc_free(changes->list);
    bc_buffer_release(&changes->names);
    *changes = (struct bc_xattr_changes){0};
}
