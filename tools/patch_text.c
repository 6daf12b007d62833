#include "tools/patch_text.h"

#include "branchcore/patch_string.h"
#include "tools/fields.h"

#include <string.h>

enum tfs_patch_line tfs_patch_line(struct bc_slice line)
{
    if (tfs_slice_begins(line, "A "))
        return TFS_PATCH_ADD;
    if (tfs_slice_begins(line, "D "))
        return TFS_PATCH_DELETE;
    if (tfs_slice_begins(line, "H path "))
        return TFS_PATCH_PATH;
    return tfs_slice_begins(line, "H ") ? TFS_PATCH_HEADER : TFS_PATCH_MARK;
}

bool tfs_patch_header(struct bc_slice line, const char *name, struct bc_buffer *value)
{
    const char *reason;
    (void)tfs_field_next(&line, ' ');
    if (!tfs_slice_is(tfs_field_next(&line, ' '), name))
        return false;
    const char *end =
        line.size > 1 && line.data[0] == '"' ? memrchr(line.data + 1, '"', line.size - 1) : NULL;
    return end && bc_patch_unescape(bc_slice(line.data + 1, (size_t)(end - line.data) - 1), value,
                                    &reason) == BC_OK;
}
