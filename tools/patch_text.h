/* RDF Patch as it streams by (branchcore/patch.h): its lines, one at a time, and what each is. */
#ifndef TOOLS_PATCH_TEXT_H
#define TOOLS_PATCH_TEXT_H

#include "branchcore/memory.h"

enum tfs_patch_line {
    TFS_PATCH_PATH,   /* H path: a patch begins */
    TFS_PATCH_HEADER, /* another H */
    TFS_PATCH_MARK,   /* TX, TC and the like */
    TFS_PATCH_ADD,
    TFS_PATCH_DELETE
};

/* line has no '\n'. */
enum tfs_patch_line tfs_patch_line(struct bc_slice line);
/* Of a header "H NAME "VALUE" .": whether it has that name; *value is unescaped, appended. */
bool tfs_patch_header(struct bc_slice line, const char *name, struct bc_buffer *value);

#endif
