/* Where two sides' changes meet: the two-way walk by slot prefixes in place of whole lines. No
 * prefix is the beginning of another, as each ends with its second space. */
#include "branchcore/scalar.h"
#include "branchcore/slot.h"

#include <string.h>

/* One of the two texts. */
struct side {
    struct bc_slice *text; /* what is left of it */
    size_t held;           /* bytes at its end of which nothing can be said yet */
};

/* The bytes of the last line's prefix and those of the same one before it. */
static size_t last_prefix(struct bc_slice text)
{
    if (!text.size)
        return 0;
    const char *newline = memrchr(text.data, '\n', text.size - 1);
    size_t start = newline ? (size_t)(newline - text.data) + 1 : 0;
    struct bc_slice prefix = bc_slot_prefix(bc_slice(text.data + start, text.size - start));
    return text.size - bc_scalar_lines_before(bc_slice(text.data, start), prefix);
}

static struct bc_slice next_prefix(const struct side *side)
{
    return bc_slot_prefix(bc_scalar_first_line(*side->text));
}

static bool may_be_told(const struct side *side)
{
    return side->text->size > side->held;
}

/* Takes the lines that are less than bound; NULL: all that may be told. */
static struct bc_slice take_before(struct side *side, const struct bc_slice *bound)
{
    struct bc_slice told = bc_slice(side->text->data, side->text->size - side->held);
    return bc_scalar_take(side->text, bound ? bc_scalar_lines_before(told, *bound) : told.size);
}

static struct bc_slice take_prefix(struct side *side, struct bc_slice prefix)
{
    struct bc_slice rest = *side->text;
    while (bc_slot_begins(rest, prefix))
        (void)bc_scalar_take(&rest, bc_scalar_first_line(rest).size);
    return bc_scalar_take(side->text, side->text->size - rest.size);
}

/* What comes first of the two texts, neither of which is empty; false: that cannot be told yet. */
static bool next_meeting(struct side *left, struct side *right, struct bc_meeting *meeting)
{
    struct bc_slice left_prefix = next_prefix(left);
    struct bc_slice right_prefix = next_prefix(right);
    int order = bc_slice_compare(left_prefix, right_prefix);
    if ((order <= 0 && !may_be_told(left)) || (order >= 0 && !may_be_told(right)))
        return false;
    *meeting = (struct bc_meeting){bc_slice(left->text->data, 0), bc_slice(right->text->data, 0)};
    if (order < 0)
        meeting->left = take_before(left, &right_prefix);
    else if (order > 0)
        meeting->right = take_before(right, &left_prefix);
    else
        *meeting =
            (struct bc_meeting){take_prefix(left, left_prefix), take_prefix(right, right_prefix)};
    return true;
}

size_t bc_scalar_meet(const struct bc_compute *compute, struct bc_slice *left, bool more_left,
                      struct bc_slice *right, bool more_right, struct bc_meeting *meetings,
                      size_t room)
{
    struct side l = {left, more_left ? last_prefix(*left) : 0};
    struct side r = {right, more_right ? last_prefix(*right) : 0};
    size_t noted = 0;
    (void)compute;
    while (noted < room && left->size && right->size && next_meeting(&l, &r, &meetings[noted]))
        noted++;
    /* What is left when the other side has ended is one side's alone. */
    if (noted < room && !right->size && !more_right && may_be_told(&l))
        meetings[noted++] =
            (struct bc_meeting){.left = take_before(&l, NULL), .right = bc_slice(right->data, 0)};
    if (noted < room && !left->size && !more_left && may_be_told(&r))
        meetings[noted++] =
            (struct bc_meeting){.left = bc_slice(left->data, 0), .right = take_before(&r, NULL)};
    return noted;
}
