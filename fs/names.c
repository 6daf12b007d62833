#include "fs/names.h"

#include "fs/control.h"
#include "fs/handle.h"
#include "fs/lookup.h"
#include "fs/may_change.h"
#include "fs/moved_watchers.h"
#include "fs/root.h"

#include <errno.h>
#include <string.h>

/* A folder whose setgid bit is set gives its group to what is made in it, and the bit to folders.
 */
static enum bc_status inherit(struct tfs_inode *folder, struct bc_make *make)
{
    struct bc_attr attr;
    enum bc_status st = bc_tree_stat(folder->branch->branch, folder->node, &attr);
    if (st || !(attr.mode & S_ISGID))
        return st;
    make->gid = attr.gid;
    if (make->kind == BC_DIRECTORY)
        make->mode |= S_ISGID;
    return BC_OK;
}

/* Makes a node and the entry that answers for it. */
static enum bc_status make_node(fuse_req_t req, struct tfs_inode *folder, const char *name,
                                struct bc_make *make, const char *operation,
                                struct fuse_entry_param *entry, struct tfs_inode **inode)
{
    struct tfs_mount *mount = tfs_mount_of(req);
    struct bc_slice slice = bc_slice(name, strlen(name));
    struct bc_attr attr;
    make->uid = fuse_req_ctx(req)->uid;
    make->gid = fuse_req_ctx(req)->gid;
    uint64_t moves = atomic_load(&folder->branch->moves);
    enum bc_status st = inherit(folder, make);
    if (!st)
        st = bc_tree_make(folder->branch->branch, folder->node, slice, make, &attr);
    tfs_branch_changed(folder->branch);
    tfs_branch_steady(folder->branch);
    if (!st && atomic_load(&folder->branch->moves) != moves)
        st = bc_tree_lookup(folder->branch->branch, folder->node, slice, &attr);
    if (!st)
        st = tfs_enter(mount, folder->branch, &attr, slice, 0, entry, inode);
    tfs_branch_go_on(folder->branch);
    return tfs_note_name(mount, folder, name, operation, st, NULL);
}

/* True if names can be made in the folder; else has answered. */
static bool may_make(fuse_req_t req, const struct tfs_inode *folder, const char *name)
{
    if (folder->branch && !folder->control && !tfs_is_control_name(folder, name)) {
        enum bc_status refused = tfs_may_name(folder, name);
        if (refused)
            tfs_reply_status(req, refused);
        return !refused;
    }
    (void)fuse_reply_err(req, tfs_is_control_name(folder, name) ? EEXIST : EPERM);
    return false;
}

static void make_and_reply(fuse_req_t req, struct tfs_inode *folder, const char *name,
                           struct bc_make *make, const char *operation)
{
    struct tfs_inode *inode = NULL;
    struct fuse_entry_param entry = {0};
    enum bc_status st = make_node(req, folder, name, make, operation, &entry, &inode);
    struct tfs_mount *mount = tfs_mount_of(req);
    if (st)
        tfs_reply_status(req, st);
    else if (fuse_reply_entry(req, &entry))
        tfs_inode_forget(&mount->table, inode, 1);
}

void tfs_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
                struct fuse_file_info *fi)
{
    struct tfs_mount *mount = tfs_mount_of(req);
    struct tfs_inode *folder = tfs_inode_at(mount, parent);
    struct tfs_inode *inode = NULL;
    struct fuse_entry_param entry = {0};
    struct bc_make make = {.kind = BC_FILE, .mode = mode & 07777};
    if (tfs_is_watch_thread(mount, fuse_req_ctx(req)->pid)) {
        tfs_watch_make(req, folder, name, fi);
        return;
    }
    if (folder->control) {
        tfs_control_create(req, folder, name, fi);
        return;
    }
    if (!may_make(req, folder, name))
        return;
    enum bc_status st = make_node(req, folder, name, &make, "create", &entry, &inode);
    /* The kernel thought that there was nothing of that name: let it look again. */
    if (st == BC_EXISTS && !(fi->flags & O_EXCL))
        st = BC_STALE;
    if (!st) {
        st = tfs_file_open(req, inode, true, NULL, fi);
        if (st)
            tfs_inode_forget(&mount->table, inode, 1);
    }
    if (st) {
        tfs_reply_status(req, st);
        return;
    }
    struct tfs_handle *handle = tfs_handle_of(fi);
    tfs_file_opened(handle);
    if (fuse_reply_create(req, &entry, fi)) {
        handle->ops->close(mount, handle);
        tfs_inode_forget(&mount->table, inode, 1);
    }
}

void tfs_mknod(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, dev_t device)
{
    (void)device;
    struct tfs_inode *folder = tfs_inode_at(tfs_mount_of(req), parent);
    struct bc_make make = {.kind = BC_FILE, .mode = mode & 07777};
    if (!S_ISREG(mode) && (mode & S_IFMT) != 0)
        (void)fuse_reply_err(req, EPERM);
    else if (may_make(req, folder, name))
        make_and_reply(req, folder, name, &make, "mknod");
}

void tfs_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode)
{
    struct tfs_inode *folder = tfs_inode_at(tfs_mount_of(req), parent);
    struct bc_make make = {.kind = BC_DIRECTORY, .mode = mode & 07777};
    if (tfs_is_watch_thread(tfs_mount_of(req), fuse_req_ctx(req)->pid))
        tfs_watch_make(req, folder, name, NULL);
    else if (folder->control)
        tfs_control_mkdir(req, folder, name);
    else if (!folder->branch && !tfs_is_control_name(folder, name))
        tfs_root_mkdir(req, name);
    else if (may_make(req, folder, name))
        make_and_reply(req, folder, name, &make, "mkdir");
}

void tfs_symlink(fuse_req_t req, const char *target, fuse_ino_t parent, const char *name)
{
    struct tfs_inode *folder = tfs_inode_at(tfs_mount_of(req), parent);
    struct bc_make make = {
        .kind = BC_SYMLINK, .mode = 0777, .target = bc_slice(target, strlen(target))};
    if (tfs_is_watch_thread(tfs_mount_of(req), fuse_req_ctx(req)->pid))
        tfs_watch_make(req, folder, name, NULL);
    else if (may_make(req, folder, name))
        make_and_reply(req, folder, name, &make, "symlink");
}

void tfs_readlink(fuse_req_t req, fuse_ino_t nodeid)
{
    struct tfs_mount *mount = tfs_mount_of(req);
    struct tfs_inode *inode = tfs_inode_at(mount, nodeid);
    struct bc_buffer target = {0};
    enum bc_status st = BC_INVALID;
    if (inode->branch && !inode->control)
        st = bc_tree_readlink(tfs_tree(inode), inode->node, &target);
    if (!st)
        st = bc_buffer_append(&target, "", 1);
    if (st)
        tfs_reply_status(req, tfs_note_node(mount, inode, "readlink", st, NULL));
    else
        (void)fuse_reply_readlink(req, target.data);
    bc_buffer_release(&target);
}

void tfs_link(fuse_req_t req, fuse_ino_t nodeid, fuse_ino_t parent, const char *name)
{
    (void)nodeid;
    (void)parent;
    (void)name;
    (void)fuse_reply_err(req, EPERM);
}

static void remove_name(fuse_req_t req, fuse_ino_t parent, const char *name, bool subfolder)
{
    struct tfs_mount *mount = tfs_mount_of(req);
    struct tfs_inode *folder = tfs_inode_at(mount, parent);
    if (tfs_is_watch_thread(mount, fuse_req_ctx(req)->pid)) {
        (void)fuse_reply_err(req, 0);
        return;
    }
    if (tfs_is_control_name(folder, name)) {
        (void)fuse_reply_err(req, EPERM);
        return;
    }
    enum bc_status refused = tfs_may_remove(folder);
    if (refused) {
        tfs_reply_status(req, refused);
        return;
    }
    if (folder->control) {
        tfs_control_remove(req, folder, name, subfolder);
        return;
    }
    enum bc_status st = bc_tree_remove(folder->branch->branch, folder->node,
                                       bc_slice(name, strlen(name)), subfolder, NULL);
    tfs_branch_changed(folder->branch);
    tfs_reply_status(req, tfs_note_name(mount, folder, name, "remove", st, NULL));
}

void tfs_unlink(fuse_req_t req, fuse_ino_t parent, const char *name)
{
    if (parent == FUSE_ROOT_ID)
        (void)fuse_reply_err(req, EPERM);
    else
        remove_name(req, parent, name, false);
}

void tfs_rmdir(fuse_req_t req, fuse_ino_t parent, const char *name)
{
    if (parent == FUSE_ROOT_ID && strcmp(name, TFS_STORE_FOLDER) != 0)
        tfs_root_rmdir(req, name);
    else
        remove_name(req, parent, name, true);
}
