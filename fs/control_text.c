/* A control whose content is settled when it is opened, and whose writes are commands.
 *
 * Shells write each line by itself. Where lines of options stand before a command, as in `rewrite`,
 * they wait for it; and once a line was refused, the open file takes no more, so that a command is
 * not done without what was to limit it. */
#include "fs/commands.h"

#include <string.h>

enum { COMMAND_MAX = 64 << 10 };

struct text_handle {
    struct tfs_handle base;
    struct bc_buffer content;
    struct tfs_content large; /* if it has a read function: in place of `content` */
    /* Under the handle's lock: */
    bool written;           /* a write came already */
    bool refused;           /* one was refused */
    struct bc_buffer begun; /* lines that wait for their command */
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

static void read_large(fuse_req_t req, struct text_handle *self, size_t size, uint64_t offset)
{
    size_t done = 0;
    char *part = bc_alloc(size);
    enum bc_status st =
        part ? self->large.read(self->large.of, offset, part, size, &done) : BC_NO_MEMORY;
    if (st)
        tfs_reply_status(req, tfs_note(self->base.mount, self->base.inode->branch, "read",
                                       self->base.inode->control->name, st, NULL));
    else
        (void)fuse_reply_buf(req, part, done);
    bc_free(part);
}

static void text_read(fuse_req_t req, struct tfs_handle *handle, size_t size, uint64_t offset)
{
    struct text_handle *self = (struct text_handle *)handle;
    if (self->large.read)
        read_large(req, self, size, offset);
    else
        tfs_reply_content(req, &self->content, size, offset);
}

struct command_job {
    struct tfs_job job;
    struct tfs_mount *mount;
    struct tfs_inode *inode;    /* pinned by the handle, which outlives its requests */
    struct text_handle *handle; /* likewise */
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

static void set_refused(struct text_handle *self)
{
    (void)pthread_mutex_lock(&self->base.lock);
    self->refused = true;
    (void)pthread_mutex_unlock(&self->base.lock);
}

/* A command may take long and may invalidate names: it runs on a thread of the commits pool. */
static void run_command(struct tfs_job *job)
{
    struct command_job *self = (struct command_job *)job;
    struct bc_error err = {{0}};
    enum bc_status st = obey(self, &err);
    if (st)
        set_refused(self->handle);
    if (tfs_note_command(self->mount, self->inode, st, &err))
        tfs_reply_status(self->caller.req, st);
    else
        (void)fuse_reply_write(self->caller.req, self->written);
    bc_free(self);
}

static enum bc_status new_job(fuse_req_t req, struct tfs_handle *handle, struct bc_slice command,
                              size_t written, bool more, struct command_job **made,
                              struct bc_error *err)
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
    job->handle = (struct text_handle *)handle;
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
    *made = job;
    return BC_OK;
}

static bool has_lines(const struct text_handle *self)
{
    return self->base.inode->control->kind == TFS_CONTROL_REWRITE;
}

/* With the lock held. Puts what waits before a command; *whole is then the text of both, which
 * stays in `begun`. *waits: there is still no command. */
static enum bc_status put_together(struct text_handle *self, struct bc_slice part,
                                   struct bc_slice *whole, bool *waits, struct bc_error *err)
{
    *whole = part;
    *waits = false;
    if (!has_lines(self))
        return BC_OK;
    if (self->refused)
        return bc_fail(err, BC_INVALID,
                       "the command before was refused, and this may be a part of it: open the "
                       "file anew");
    if (part.size > COMMAND_MAX || self->begun.size > COMMAND_MAX)
        return BC_OK; /* which is refused by its size */
    enum bc_status st = bc_buffer_append(&self->begun, part.data, part.size);
    *whole = bc_buffer_slice(&self->begun);
    *waits = !st && tfs_rewrite_is_begun(*whole);
    return *waits ? bc_buffer_append(&self->begun, "\n", 1) : st;
}

static struct bc_slice without_line_end(const char *text, size_t size)
{
    while (size > 0 && (text[size - 1] == '\n' || text[size - 1] == '\r'))
        size--;
    return bc_slice(text, size);
}

static void text_write(fuse_req_t req, struct tfs_handle *handle, const char *from, size_t size,
                       uint64_t offset)
{
    (void)offset;
    struct text_handle *self = (struct text_handle *)handle;
    struct bc_error err = {{0}};
    struct bc_slice command;
    struct command_job *job = NULL;
    bool waits;
    (void)pthread_mutex_lock(&handle->lock);
    bool more = self->written;
    self->written = true;
    enum bc_status st = put_together(self, without_line_end(from, size), &command, &waits, &err);
    if (!st && !waits)
        st = new_job(req, handle, command, size, more, &job, &err);
    if (!waits)
        bc_buffer_clear(&self->begun);
    self->refused = self->refused || st;
    (void)pthread_mutex_unlock(&handle->lock);
    if (st)
        tfs_reply_status(req, tfs_note_command(handle->mount, handle->inode, st, &err));
    else if (waits)
        (void)fuse_reply_write(req, size);
    else
        /* Last: as soon as it is answered the handle may be closed, and is gone. */
        tfs_pool_submit(handle->mount->commits, &job->job);
}

static void text_close(struct tfs_mount *mount, struct tfs_handle *handle)
{
    struct text_handle *self = (struct text_handle *)handle;
    struct bc_error err = {{0}};
    if (self->begun.size > 0)
        (void)tfs_note_command(mount, handle->inode,
                               bc_fail(&err, BC_INVALID,
                                       "the file was closed before a command followed the options: "
                                       "nothing was done"),
                               &err);
    if (self->large.close)
        self->large.close(self->large.of);
    bc_buffer_release(&self->begun);
    bc_buffer_release(&self->content);
    tfs_handle_free(handle);
}

static const struct tfs_handle_ops reader_ops = {.read = text_read, .close = text_close};
static const struct tfs_handle_ops writer_ops = {
    .read = text_read, .write = text_write, .close = text_close};

static struct text_handle *open_handle(struct tfs_mount *mount, struct tfs_inode *inode,
                                       struct fuse_file_info *fi)
{
    const struct tfs_handle_ops *ops = tfs_may_write(fi->flags) ? &writer_ops : &reader_ops;
    struct text_handle *self = tfs_handle_new(mount, inode, fi->flags, sizeof *self, ops);
    if (self)
        fi->fh = (uintptr_t)self;
    return self;
}

enum bc_status tfs_large_control_open(struct tfs_mount *mount, struct tfs_inode *inode,
                                      const struct tfs_content *content, struct fuse_file_info *fi)
{
    struct text_handle *self = open_handle(mount, inode, fi);
    if (!self) {
        content->close(content->of);
        return BC_NO_MEMORY;
    }
    self->large = *content;
    return BC_OK;
}

enum bc_status tfs_text_control_open(struct tfs_mount *mount, struct tfs_inode *inode,
                                     struct bc_buffer *content, struct fuse_file_info *fi)
{
    struct text_handle *self = open_handle(mount, inode, fi);
    if (!self) {
        bc_buffer_release(content);
        return BC_NO_MEMORY;
    }
    self->content = *content;
    *content = (struct bc_buffer){0};
    return BC_OK;
}
