#include "fs/handle_bytes.h"

#include "branchcore/bytes.h"
#include "fs/attr.h"
#include "fs/may_change.h"

#include <errno.h>
#include <time.h>

static const struct tfs_handle_ops bytes_ops;

bool tfs_is_bytes(const struct tfs_handle *handle)
{
    return handle->ops == &bytes_ops;
}

static enum bc_status cut(struct tfs_mount *mount, struct tfs_inode *inode, uid_t uid)
{
    struct bc_change change = {.mask = BC_CHANGE_SIZE};
    struct bc_attr attr;
    enum bc_status st = bc_tree_change(inode->branch->branch, inode->node, &change, &attr);
    if (!st)
        tfs_drop_privileges(mount, inode, &attr, uid);
    tfs_branch_changed(inode->branch);
    return st;
}

enum bc_status tfs_bytes_open(fuse_req_t req, struct tfs_inode *inode, bool created,
                              struct fuse_file_info *fi)
{
    struct tfs_mount *mount = tfs_mount_of(req);
    (void)pthread_mutex_lock(&mount->table.lock);
    bool gone = inode->gone;
    (void)pthread_mutex_unlock(&mount->table.lock);
    if (gone)
        return BC_STALE;
    struct tfs_handle *self = tfs_handle_new(mount, inode, fi->flags, sizeof *self, &bytes_ops);
    if (!self)
        return BC_NO_MEMORY;
    enum bc_status st = tfs_handle_hold(self);
    if (!st && (fi->flags & O_TRUNC) && !created)
        st = tfs_note_node(mount, inode, "truncate", cut(mount, inode, fuse_req_ctx(req)->uid),
                           NULL);
    if (st) {
        tfs_handle_free(self);
        return st;
    }
    fi->keep_cache = 1;
    fi->noflush = 1;
    fi->fh = (uintptr_t)self;
    return BC_OK;
}

/* BC_BUSY: the branch has moved, and which state the handle is on is not known yet. */
static enum bc_status read_once(struct tfs_inode *inode, uint64_t offset, void *to, size_t size,
                                size_t *done)
{
    struct tfs_branch *branch = inode->branch;
    tfs_branch_steady(branch);
    struct bc_branch *tree = tfs_tree(inode);
    enum bc_status st = bc_bytes_read(tree, inode->node, offset, to, size, done);
    if (tree == branch->branch && bc_branch_moves(tree) != atomic_load(&branch->moves))
        st = BC_BUSY;
    tfs_branch_go_on(branch);
    return st;
}

/* A move is told of as soon as it has happened (moved.h), so this does not wait for long. */
enum bc_status tfs_bytes_read_at(struct tfs_handle *handle, uint64_t offset, void *to, size_t size,
                                 size_t *done)
{
    static const struct timespec moment = {.tv_nsec = 1000000};
    enum { TRIES = 10000 };
    enum bc_status st = BC_BUSY;
    for (int i = 0; i < TRIES && st == BC_BUSY; i++) {
        if (i > 0)
            (void)nanosleep(&moment, NULL);
        st = read_once(handle->inode, offset, to, size, done);
    }
    return st;
}

enum bc_status tfs_bytes_write_at(struct tfs_handle *handle, uint64_t offset, const void *from,
                                  size_t size, uid_t uid)
{
    struct tfs_inode *inode = handle->inode;
    struct bc_attr attr;
    enum bc_status st = tfs_may_change(inode);
    if (!st)
        st = bc_bytes_write(inode->branch->branch, inode->node, offset, from, size, false, &attr);
    if (!st)
        tfs_drop_privileges(handle->mount, inode, &attr, uid);
    tfs_branch_changed(inode->branch);
    return tfs_note_node(handle->mount, inode, "write", st, NULL);
}

static void bytes_read(fuse_req_t req, struct tfs_handle *handle, size_t size, uint64_t offset)
{
    tfs_reply_read(req, handle, size, offset, tfs_bytes_read_at);
}

static void bytes_write(fuse_req_t req, struct tfs_handle *handle, const char *from, size_t size,
                        uint64_t offset)
{
    enum bc_status st = tfs_bytes_write_at(handle, offset, from, size, fuse_req_ctx(req)->uid);
    if (st)
        tfs_reply_status(req, st);
    else
        (void)fuse_reply_write(req, size);
}

static void bytes_fsync(fuse_req_t req, struct tfs_handle *handle)
{
    tfs_reply_status(req, tfs_note_node(handle->mount, handle->inode, "fsync",
                                        bc_repo_sync(handle->mount->repo), NULL));
}

static void bytes_close(struct tfs_mount *mount, struct tfs_handle *handle)
{
    (void)mount;
    tfs_handle_free(handle);
}

static const struct tfs_handle_ops bytes_ops = {
    .read = bytes_read, .write = bytes_write, .fsync = bytes_fsync, .close = bytes_close};
