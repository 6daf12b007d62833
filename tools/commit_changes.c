#include "tools/commit_changes.h"

#include "tools/face_control.h"
#include "tools/fields.h"

int tfs_commit_changes(const struct tfs_face *face, const char *id, struct bc_slice header,
                       const struct tfs_diff_style *style)
{
    char control[PATH_MAX], name[128];
    struct bc_slice parent = tfs_value_of(header, "parent");
    if (parent.size == 0) {
        printf("\nThe first commit; its files are at\n  %s/%s/.branch/at/%s\n", face->mounted.point,
               face->place, id);
        return tfs_face_done(face);
    }
    (void)snprintf(name, sizeof name, "diff/%.*s", (int)parent.size, parent.data);
    if (!tfs_face_past(face, id, control, name))
        return TFS_FAILED;
    printf("\n");
    return tfs_diff_show(face, control, style);
}
