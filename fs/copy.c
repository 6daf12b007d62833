/* copy_file_range and fallocate. A triple file is copied by reference where it can be; all else is
 * read and written here, a piece a call, on a thread that may take its time. */
#include "fs/handle.h"
#include "fs/handle_bytes.h"
#include "fs/handle_text.h"
#include "fs/may_change.h"

#include <errno.h>

static const uint64_t piece_bytes = 1 << 20;
static const uint64_t pieces_max = 8;
/* The answer's size field has 32 bits. */
static const uint64_t clone_bytes_max = UINT32_MAX & ~UINT64_C(0xfff);

struct copy_job {
    struct tfs_job job;
    fuse_req_t req;
    struct tfs_handle *from;
    struct tfs_handle *to;
    uint64_t from_offset;
    uint64_t to_offset;
    uint64_t size;
    uid_t uid;
};

static enum bc_status clone_text(const struct copy_job *self, struct bc_shown *text, uint64_t *done)
{
    uint64_t size = self->size < clone_bytes_max ? self->size : clone_bytes_max;
    return tfs_text_copy_to(self->to, self->to_offset, text, self->from_offset, size, self->uid,
                            done);
}

static enum bc_status copy_piece(const struct copy_job *self, void *buffer, uint64_t at,
                                 size_t size, size_t *done)
{
    enum bc_status st =
        tfs_is_text(self->from)
            ? tfs_text_read_at(self->from, self->from_offset + at, buffer, size, done)
            : tfs_bytes_read_at(self->from, self->from_offset + at, buffer, size, done);
    if (st || *done == 0)
        return st;
    return tfs_is_text(self->to)
               ? tfs_text_write_at(self->to, self->to_offset + at, buffer, *done, self->uid)
               : tfs_bytes_write_at(self->to, self->to_offset + at, buffer, *done, self->uid);
}

static enum bc_status copy_bytes(const struct copy_job *self, uint64_t *done)
{
    enum bc_status st = BC_OK;
    void *buffer = bc_alloc(piece_bytes);
    if (!buffer)
        return BC_NO_MEMORY;
    for (uint64_t piece = 0; piece < pieces_max && *done < self->size && !st; piece++) {
        uint64_t left = self->size - *done;
        size_t size = (size_t)(left < piece_bytes ? left : piece_bytes);
        size_t part = 0;
        st = copy_piece(self, buffer, *done, size, &part);
        if (!st)
            *done += part;
        if (part < size)
            break;
    }
    bc_free(buffer);
    return *done > 0 ? BC_OK : st;
}

static void run_copy(struct tfs_job *job)
{
    struct copy_job *self = (struct copy_job *)job;
    uint64_t done = 0;
    struct bc_shown *text = tfs_is_text(self->from) ? tfs_text_pinned(self->from) : NULL;
    enum bc_status st =
        text && tfs_is_text(self->to) ? clone_text(self, text, &done) : copy_bytes(self, &done);
    if (st)
        tfs_reply_status(self->req, st);
    else
        (void)fuse_reply_write(self->req, (size_t)done);
    bc_free(self);
}

static bool can_copy(const struct tfs_handle *from, const struct tfs_handle *to)
{
    return (tfs_is_text(from) || tfs_is_bytes(from)) &&
           (tfs_is_text_writer(to) || tfs_is_bytes(to));
}

void tfs_copy_file_range(fuse_req_t req, fuse_ino_t from_nodeid, off_t from_offset,
                         struct fuse_file_info *from_fi, fuse_ino_t to_nodeid, off_t to_offset,
                         struct fuse_file_info *to_fi, size_t size, int flags)
{
    (void)from_nodeid;
    (void)to_nodeid;
    struct tfs_handle *from = tfs_handle_of(from_fi);
    struct tfs_handle *to = tfs_handle_of(to_fi);
    if (flags != 0 || !can_copy(from, to)) {
        (void)fuse_reply_err(req, flags != 0 ? EINVAL : EOPNOTSUPP);
        return;
    }
    struct copy_job *job = bc_alloc_zero(sizeof *job);
    if (!job) {
        tfs_reply_status(req, BC_NO_MEMORY);
        return;
    }
    *job = (struct copy_job){
        {.run = run_copy},     req, from, to, (uint64_t)from_offset, (uint64_t)to_offset, size,
        fuse_req_ctx(req)->uid};
    tfs_pool_submit(from->mount->commits, &job->job);
}

void tfs_fallocate(fuse_req_t req, fuse_ino_t nodeid, int mode, off_t offset, off_t size,
                   struct fuse_file_info *fi)
{
    (void)fi;
    struct tfs_mount *mount = tfs_mount_of(req);
    struct tfs_inode *inode = tfs_inode_at(mount, nodeid);
    if (!inode->branch || inode->control || inode->text || (mode & ~FALLOC_FL_KEEP_SIZE)) {
        (void)fuse_reply_err(req, EOPNOTSUPP);
        return;
    }
    struct bc_attr attr;
    struct bc_change change = {.mask = BC_CHANGE_SIZE, .size_bytes = (uint64_t)(offset + size)};
    enum bc_status st = tfs_may_change(inode);
    if (!st)
        st = bc_tree_stat(inode->branch->branch, inode->node, &attr);
    if (!st && !(mode & FALLOC_FL_KEEP_SIZE) && change.size_bytes > attr.size_bytes) {
        st = bc_tree_change(inode->branch->branch, inode->node, &change, &attr);
        tfs_branch_changed(inode->branch);
    }
    tfs_reply_status(req, tfs_note_node(mount, inode, "fallocate", st, NULL));
}
