#include "fs/shown_size.h"

bool tfs_text_of_name(const struct bc_attr *attr, struct bc_slice name, enum bc_syntax *syntax)
{
    *syntax = BC_NTRIPLES;
    return attr->kind == BC_FILE && attr->form == BC_TEXT && bc_syntax_of_name(name, syntax);
}

enum bc_status tfs_shown_size(struct bc_branch *tree, enum bc_syntax syntax, bool wait,
                              struct bc_attr *attr, bool *sized)
{
    enum bc_status st = bc_shown_size(tree, syntax, wait, attr);
    if (sized)
        *sized = st != BC_BUSY;
    if (!st || st == BC_BUSY)
        return BC_OK;
    if (st == BC_STALE || st == BC_NO_MEMORY)
        return st;
    attr->size_bytes = 0;
    return BC_OK;
}
