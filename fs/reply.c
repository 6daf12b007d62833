#include "fs/errno.h"
#include "fs/line.h"
#include "fs/lookup.h"
#include "fs/mount.h"

void tfs_reply_status(fuse_req_t req, enum bc_status status)
{
    (void)fuse_reply_err(req, tfs_errno(status));
}

/* Whether a failure without a message of its own is worth a line in `error`. */
static bool telling(enum bc_status status)
{
    switch (status) {
    case BC_SYNTAX:
    case BC_NO_MEMORY:
    case BC_IO:
    case BC_CORRUPT:
    case BC_NO_SPACE:
        return true;
    default:
        return false;
    }
}

static bool worth_noting(enum bc_status status, const struct bc_error *err)
{
    return status != BC_OK && (telling(status) || (err && err->text[0]));
}

enum bc_status tfs_note(struct tfs_mount *mount, struct tfs_branch *branch, const char *operation,
                        const char *path, enum bc_status status, const struct bc_error *err)
{
    struct tfs_branch *top = tfs_tree_top(branch);
    if (worth_noting(status, err))
        tfs_errors_note(top ? &top->errors : &mount->errors, tfs_now_ns(), operation, path,
                        err && err->text[0] ? err->text : bc_status_text(status));
    return status;
}

enum bc_status tfs_note_node(struct tfs_mount *mount, const struct tfs_inode *inode,
                             const char *operation, enum bc_status status,
                             const struct bc_error *err)
{
    return tfs_note_name(mount, inode, "", operation, status, err);
}

/* Where a tree lies, as its branch's users see it. */
static void append_place(const struct tfs_branch *branch, struct bc_buffer *path)
{
    if (branch && branch->tree == TFS_TREE_CONFLICTS)
        (void)bc_buffer_printf(path, "%s/%s/", TFS_BRANCH_FOLDER, TFS_CONFLICTS_FOLDER);
    else if (branch && branch->ref)
        (void)bc_buffer_printf(path, "%s/at/%s/", TFS_BRANCH_FOLDER, branch->ref);
}

enum bc_status tfs_note_name(struct tfs_mount *mount, const struct tfs_inode *folder,
                             const char *name, const char *operation, enum bc_status status,
                             const struct bc_error *err)
{
    if (!worth_noting(status, err))
        return status;
    struct bc_buffer path = {0};
    append_place(folder->branch, &path);
    if (folder->branch && !folder->control)
        (void)bc_tree_path(folder->branch->branch, folder->node, &path);
    if (name[0])
        (void)bc_buffer_printf(&path, "%s%s",
                               path.size > 0 && path.data[path.size - 1] != '/' ? "/" : "", name);
    bool complete = bc_buffer_append(&path, "", 1) == BC_OK;
    tfs_note(mount, folder->branch, operation, complete ? path.data : name, status, err);
    bc_buffer_release(&path);
    return status;
}
