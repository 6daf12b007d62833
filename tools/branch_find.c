#include "tools/branch_find.h"

#include <string.h>

enum { NAMES_TOLD = 8 };

struct names {
    struct bc_buffer text;
    int told;
};

static enum bc_status add_name(void *context, const struct bc_branch_info *info)
{
    struct names *names = context;
    if (names->told++ == NAMES_TOLD) {
        enum bc_status status = bc_buffer_printf(&names->text, " and more");
        return status ? status : BC_CANCELLED;
    }
    return bc_buffer_printf(&names->text, "%s'%s'", names->told > 1 ? ", " : "", info->name);
}

enum bc_status tfs_branch_find(struct bc_repo *repo, const char *name, struct bc_branch **branch,
                               struct bc_error *err)
{
    enum bc_status status = bc_branch_open(repo, bc_slice(name, strlen(name)), branch);
    if (status != BC_NOT_FOUND)
        return status;
    struct names names = {0};
    enum bc_status listed = bc_branch_each(repo, add_name, &names);
    if (listed && listed != BC_CANCELLED)
        bc_buffer_clear(&names.text);
    bc_fail(err, BC_NOT_FOUND, "there is no branch '%s' in the store, which has %.*s", name,
            (int)names.text.size, names.text.data ? names.text.data : "");
    bc_buffer_release(&names.text);
    return BC_NOT_FOUND;
}
