#include "fs/diff.h"

#include "branchcore/patch.h"
#include "branchcore/ref.h"
#include "fs/at.h"
#include "fs/control.h"

#include <errno.h>
#include <string.h>

struct diff_handle {
    struct tfs_handle base; /* its lock guards what follows */
    struct bc_state past;
    bool opened; /* past is */
    struct bc_branch *now;
    struct bc_patch_reader *reader;
    uint64_t offset; /* of the next byte that the reader gives */
};

static const struct tfs_handle_ops diff_ops;

enum bc_status tfs_diff_find(fuse_req_t req, struct tfs_inode *diff, const char *ref,
                             struct tfs_inode **inode)
{
    struct bc_state state;
    enum bc_status st = tfs_ref_open(req, diff->branch, ref, &state);
    if (st)
        return st;
    bc_state_release(&state);
    return tfs_inode_see_control(&tfs_mount_of(req)->table, diff->branch, diff->control, ref, false,
                                 inode);
}

static enum bc_status start(struct diff_handle *self)
{
    bc_patch_reader_free(self->reader);
    self->reader = NULL;
    self->offset = 0;
    return bc_patch_reader_new(self->past.tree, self->now, &self->reader);
}

static enum bc_status take(struct diff_handle *self, void *to, size_t size, size_t *done)
{
    *done = 0;
    enum bc_status st = BC_OK;
    while (*done < size && !st) {
        size_t part = 0;
        st = bc_patch_reader_read(self->reader, (char *)to + *done, size - *done, &part);
        if (st || part == 0)
            break;
        *done += part;
        self->offset += part;
    }
    return st;
}

/* Up to an offset, or to the end if that comes first. */
static enum bc_status skip(struct diff_handle *self, uint64_t offset, char *bytes, size_t size)
{
    enum bc_status st = offset < self->offset || !self->reader ? start(self) : BC_OK;
    while (!st && self->offset < offset) {
        uint64_t left = offset - self->offset;
        size_t done;
        st = take(self, bytes, left < size ? (size_t)left : size, &done);
        if (st || done == 0)
            break;
    }
    return st;
}

static enum bc_status read_at(struct tfs_handle *handle, uint64_t offset, void *to, size_t size,
                              size_t *done)
{
    struct diff_handle *self = (struct diff_handle *)handle;
    *done = 0;
    (void)pthread_mutex_lock(&handle->lock);
    enum bc_status st = skip(self, offset, to, size);
    if (!st && self->offset == offset)
        st = take(self, to, size, done);
    if (st) {
        /* Nothing but its end may follow upon a failure. */
        bc_patch_reader_free(self->reader);
        self->reader = NULL;
    }
    (void)pthread_mutex_unlock(&handle->lock);
    return st;
}

struct read_job {
    struct tfs_job job;
    fuse_req_t req;
    struct tfs_handle *handle;
    size_t size;
    uint64_t offset;
};

static void run_read(struct tfs_job *job)
{
    struct read_job *self = (struct read_job *)job;
    tfs_reply_read(self->req, self->handle, self->size, self->offset, read_at);
    bc_free(self);
}

/* A difference may take its time: the threads that answer requests have others to answer. */
static void diff_read(fuse_req_t req, struct tfs_handle *handle, size_t size, uint64_t offset)
{
    struct read_job *job = bc_alloc_zero(sizeof *job);
    if (!job) {
        tfs_reply_status(req, BC_NO_MEMORY);
        return;
    }
    *job = (struct read_job){{.run = run_read}, req, handle, size, offset};
    tfs_pool_submit(handle->mount->commits, &job->job);
}

static void diff_close(struct tfs_mount *mount, struct tfs_handle *handle)
{
    (void)mount;
    struct diff_handle *self = (struct diff_handle *)handle;
    bc_patch_reader_free(self->reader);
    bc_branch_release(self->now);
    if (self->opened)
        bc_state_release(&self->past);
    tfs_handle_free(handle);
}

enum bc_status tfs_diff_open(fuse_req_t req, struct tfs_inode *inode, struct fuse_file_info *fi)
{
    struct tfs_mount *mount = tfs_mount_of(req);
    struct diff_handle *self = tfs_handle_new(mount, inode, fi->flags, sizeof *self, &diff_ops);
    if (!self)
        return BC_NO_MEMORY;
    enum bc_status st = tfs_ref_open(req, inode->branch, inode->path, &self->past);
    self->opened = st == BC_OK;
    if (!st)
        st = bc_branch_snapshot(inode->branch->branch, &self->now);
    if (st) {
        diff_close(mount, &self->base);
        return st;
    }
    fi->fh = (uintptr_t)self;
    return BC_OK;
}

static const struct tfs_handle_ops diff_ops = {.read = diff_read, .close = diff_close};
