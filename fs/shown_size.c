#include "fs/shown_size.h"

bool tfs_text_of_name(const struct bc_attr *attr, struct bc_slice name, enum bc_syntax *syntax)
{
    *syntax = BC_NTRIPLES;
    return attr->kind == BC_FILE && attr->form == BC_TEXT && bc_syntax_of_name(name, syntax);
}

/* There is nothing to show, now and later. */
static bool is_none(enum bc_status st)
{
    return st == BC_SYNTAX || st == BC_UNSUPPORTED;
}

enum bc_status tfs_shown_size(struct bc_branch *tree, enum bc_syntax syntax, struct bc_attr *attr,
                              bool *sized)
{
    enum bc_status st = bc_shown_size(tree, syntax, false, attr);
    *sized = !st || is_none(st);
    if (is_none(st))
        attr->size_bytes = 0;
    return st == BC_STALE || st == BC_NO_MEMORY ? st : BC_OK;
}

enum bc_status tfs_shown_size_in_time(struct bc_branch *tree, enum bc_syntax syntax,
                                      const struct bc_stop *stop, struct bc_attr *attr)
{
    struct bc_shown *shown = NULL;
    enum bc_status st = bc_shown_size(tree, syntax, false, attr);
    if (st == BC_BUSY)
        st = bc_shown_open_until(tree, attr->node, syntax, stop, &shown, attr, NULL);
    bc_shown_release(shown);
    if (is_none(st))
        attr->size_bytes = 0;
    /* BC_INVALID: it is a plain file by now. */
    return is_none(st) || st == BC_INVALID ? BC_OK : st;
}
