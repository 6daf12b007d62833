/* A control whose content is known when it is opened, and whose writes are commands. */
#include "fs/control.h"

#include <string.h>

enum { COMMAND_MAX = 64 << 10 };

struct text_handle {
    struct tfs_handle base;
    struct bc_buffer content;
    bool written; /* a write came already; under the handle's lock */
};

enum bc_status tfs_content_part(const struct bc_buffer *content, size_t size, uint64_t offset,
                                struct bc_buffer *part)
{
    size_t left = offset < content->size ? content->size - (size_t)offset : 0;
    size = size < left ? size : left;
    return size > 0 ? bc_buffer_append(part, content->data + offset, size) : BC_OK;
}

void tfs_reply_content(fuse_req_t req, const struct bc_buffer *content, size_t size,
                       uint64_t offset)
{
    struct bc_buffer part = {0};
    if (tfs_content_part(content, size, offset, &part))
        tfs_reply_status(req, BC_NO_MEMORY);
    else
        (void)fuse_reply_buf(req, part.data, part.size);
    bc_buffer_release(&part);
}

static void text_read(fuse_req_t req, struct tfs_handle *handle, size_t size, uint64_t offset)
{
    tfs_reply_content(req, &((struct text_handle *)handle)->content, size, offset);
}

struct command_job {
    struct tfs_job job;
    struct tfs_mount *mount;
    struct tfs_inode *inode; /* pinned by the handle, which outlives its requests */
    struct tfs_caller caller;
    size_t written;
    size_t size;
    char command[];
};

enum bc_status tfs_note_command(struct tfs_mount *mount, const struct tfs_inode *inode,
                                enum bc_status status, struct bc_error *err)
{
    struct bc_buffer path = {0};
    const char *name = inode->control->name;
    if (status && !err->text[0])
        (void)bc_fail(err, status, "%s", bc_status_text(status));
    if (status && inode->path[0] && !bc_buffer_printf(&path, "%s/%s", name, inode->path) &&
        !bc_buffer_append(&path, "", 1))
        name = path.data;
    tfs_note(mount, inode->branch, "write", name, status, err);
    bc_buffer_release(&path);
    return status;
}

static enum bc_status obey(struct command_job *self, struct bc_error *err)
{
    if (self->size == 0)
        return bc_fail(err, BC_INVALID, "an empty command");
    if (memchr(self->command, 0, self->size))
        return bc_fail(err, BC_INVALID, "a NUL is in it");
    return self->inode->control->write(self->mount, self->inode->branch,
                                       bc_slice(self->command, self->size), &self->caller, err);
}

/* A command may take long and may invalidate names: it runs on a thread of the commits pool. */
static void run_command(struct tfs_job *job)
{
    struct command_job *self = (struct command_job *)job;
    struct bc_error err = {{0}};
    enum bc_status st = obey(self, &err);
    if (tfs_note_command(self->mount, self->inode, st, &err))
        tfs_reply_status(self->caller.req, st);
    else
        (void)fuse_reply_write(self->caller.req, self->written);
    bc_free(self);
}

static enum bc_status submit(fuse_req_t req, struct tfs_handle *handle, struct bc_slice command,
                             size_t written, bool more, struct bc_error *err)
{
    if (command.size > COMMAND_MAX)
        return bc_fail(err, BC_TOO_LARGE, "one write may have %d bytes, and this one has %zu%s",
                       (int)COMMAND_MAX, command.size, command.size >= 1 << 20 ? " or more" : "");
    struct command_job *job = bc_alloc_zero(sizeof *job + command.size);
    if (!job)
        return BC_NO_MEMORY;
    const struct fuse_ctx *context = fuse_req_ctx(req);
    job->job.run = run_command;
    job->mount = handle->mount;
    job->inode = handle->inode;
    job->caller = (struct tfs_caller){
        .req = req,
        .uid = context->uid,
        .gid = context->gid,
        .path = handle->inode->path,
        .more = more,
        .appends = (handle->flags & O_APPEND) != 0,
    };
    job->written = written;
    job->size = command.size;
    memcpy(job->command, command.data, command.size);
    tfs_pool_submit(handle->mount->commits, &job->job);
    return BC_OK;
}

static void text_write(fuse_req_t req, struct tfs_handle *handle, const char *from, size_t size,
                       uint64_t offset)
{
    (void)offset;
    struct text_handle *self = (struct text_handle *)handle;
    struct bc_error err = {{0}};
    struct bc_slice command = bc_slice(from, size);
    while (command.size > 0 && (from[command.size - 1] == '\n' || from[command.size - 1] == '\r'))
        command.size--;
    (void)pthread_mutex_lock(&handle->lock);
    bool more = self->written;
    self->written = true;
    (void)pthread_mutex_unlock(&handle->lock);
    enum bc_status st = submit(req, handle, command, size, more, &err);
    if (st)
        tfs_reply_status(req, tfs_note_command(handle->mount, handle->inode, st, &err));
}

static void text_close(struct tfs_mount *mount, struct tfs_handle *handle)
{
    (void)mount;
    bc_buffer_release(&((struct text_handle *)handle)->content);
    tfs_handle_free(handle);
}

static const struct tfs_handle_ops reader_ops = {.read = text_read, .close = text_close};
static const struct tfs_handle_ops writer_ops = {
    .read = text_read, .write = text_write, .close = text_close};

enum bc_status tfs_text_control_open(struct tfs_mount *mount, struct tfs_inode *inode,
                                     struct bc_buffer *content, struct fuse_file_info *fi)
{
    const struct tfs_handle_ops *ops = tfs_may_write(fi->flags) ? &writer_ops : &reader_ops;
    struct text_handle *self = tfs_handle_new(mount, inode, fi->flags, sizeof *self, ops);
    if (!self) {
        bc_buffer_release(content);
        return BC_NO_MEMORY;
    }
    self->content = *content;
    *content = (struct bc_buffer){0};
    fi->fh = (uintptr_t)self;
    return BC_OK;
}
