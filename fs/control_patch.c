/* `patch`: RDF Patch text is applied as a whole, however many writes it comes in.
 *
 * A text ends with the line `TC .`, but so does each patch in it, and the tool that writes it cuts
 * it where its buffer ends. So there are two moments to apply it:
 *
 * - inside the write that completes it, if that is the first one, or ends a row of full buffers, as
 *   cat, cp and dd write them: a part of a full buffer's size (a multiple of 4096) promises more;
 * - else on flush, when the file is closed: a text written line by line, or one whose last part
 *   happens to be a full buffer.
 *
 * What is incomplete when the file is closed is refused. */
#include "branchcore/patch.h"
#include "fs/commands.h"

#include <inttypes.h>
#include <string.h>

/* The second is for all texts that are being written to a mount together. */
enum { BUFFER_BYTES = 4096, COLLECTED_MAX = 256 << 20 };

struct patch_handle {
    struct tfs_handle base; /* its lock guards what follows */
    struct bc_buffer content;
    struct bc_buffer text;
    size_t counted; /* bytes of it in the mount's patch_bytes */
    bool ragged;    /* a part was no full buffer: it is not written by buffers */
    bool told;      /* the text as it is has been refused as incomplete */
};

enum bc_status tfs_patch_do(struct tfs_mount *mount, struct tfs_branch *branch,
                            struct bc_slice command, const struct tfs_caller *caller,
                            struct bc_error *err)
{
    (void)mount;
    (void)caller;
    struct bc_patch_report report = {0};
    enum bc_status st = bc_patch_apply(branch->branch, command, bc_slice("", 0), &report, err);
    if (!st)
        tfs_report_set(&branch->patched,
                       "paths %" PRIu64 "\nadded %" PRIu64 "\nremoved %" PRIu64 "\nignored %" PRIu64
                       "\n",
                       report.paths, report.added, report.removed, report.ignored);
    return st;
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

/* Whether the last line that is not blank is `TC .` */
static bool is_complete(const struct bc_buffer *text)
{
    size_t size = text->size;
    while (size > 0 && is_blank(text->data[size - 1]))
        size--;
    if (size == 0 || text->data[--size] != '.')
        return false;
    while (size > 0 && (text->data[size - 1] == ' ' || text->data[size - 1] == '\t'))
        size--;
    if (size < 2 || memcmp(text->data + size - 2, "TC", 2) != 0)
        return false;
    size -= 2;
    while (size > 0 && (text->data[size - 1] == ' ' || text->data[size - 1] == '\t'))
        size--;
    return size == 0 || text->data[size - 1] == '\n';
}

static void uncount(struct tfs_mount *mount, size_t bytes)
{
    (void)atomic_fetch_sub(&mount->patch_bytes, bytes);
}

/* With the lock held: the text leaves the handle, which begins anew. */
static struct bc_buffer take_text(struct patch_handle *self)
{
    struct bc_buffer text = self->text;
    uncount(self->base.mount, self->counted);
    self->text = (struct bc_buffer){0};
    self->counted = 0;
    self->ragged = false;
    self->told = false;
    return text;
}

static enum bc_status collect(struct patch_handle *self, struct bc_slice part, struct bc_error *err)
{
    struct tfs_mount *mount = self->base.mount;
    enum bc_status st = BC_OK;
    if (atomic_fetch_add(&mount->patch_bytes, part.size) + part.size > COLLECTED_MAX)
        st = bc_fail(err, BC_TOO_LARGE,
                     "patches that are being written may have %d MiB together: apply it in parts",
                     (int)(COLLECTED_MAX >> 20));
    if (!st)
        st = bc_buffer_append(&self->text, part.data, part.size);
    if (st)
        uncount(mount, part.size);
    else
        self->counted += part.size;
    self->told = false;
    return st;
}

struct patch_job {
    struct tfs_job job;
    fuse_req_t req;
    struct patch_handle *handle; /* outlives its requests */
    struct bc_buffer text;
    struct tfs_caller caller;
    size_t written;
    bool flush;
};

static void run_patch(struct tfs_job *job)
{
    struct patch_job *self = (struct patch_job *)job;
    struct tfs_inode *inode = self->handle->base.inode;
    struct tfs_mount *mount = self->handle->base.mount;
    struct bc_error err = {{0}};
    enum bc_status st = inode->control->write(mount, inode->branch, bc_buffer_slice(&self->text),
                                              &self->caller, &err);
    if (tfs_note_command(mount, inode, st, &err) || self->flush)
        tfs_reply_status(self->req, st);
    else
        (void)fuse_reply_write(self->req, self->written);
    bc_buffer_release(&self->text);
    bc_free(self);
}

/* The text is consumed. BC_NO_MEMORY. */
static enum bc_status submit(fuse_req_t req, struct patch_handle *self, struct bc_buffer *text,
                             size_t written, bool flush)
{
    struct patch_job *job = bc_alloc_zero(sizeof *job);
    if (!job) {
        bc_buffer_release(text);
        return BC_NO_MEMORY;
    }
    const struct fuse_ctx *context = fuse_req_ctx(req);
    *job = (struct patch_job){
        .job = {.run = run_patch},
        .req = req,
        .handle = self,
        .text = *text,
        .caller = {.req = req, .uid = context->uid, .gid = context->gid, .path = ""},
        .written = written,
        .flush = flush,
    };
    tfs_pool_submit(self->base.mount->commits, &job->job);
    return BC_OK;
}

static void patch_write(fuse_req_t req, struct tfs_handle *handle, const char *from, size_t size,
                        uint64_t offset)
{
    (void)offset;
    struct patch_handle *self = (struct patch_handle *)handle;
    struct bc_error err = {{0}};
    struct bc_buffer text = {0};
    bool full = size % BUFFER_BYTES == 0;
    (void)pthread_mutex_lock(&handle->lock);
    enum bc_status st = collect(self, bc_slice(from, size), &err);
    bool apply = !st && !full && !self->ragged && is_complete(&self->text);
    self->ragged = self->ragged || !full;
    if (apply || st)
        text = take_text(self);
    (void)pthread_mutex_unlock(&handle->lock);
    if (apply)
        st = submit(req, self, &text, size, false);
    else
        bc_buffer_release(&text);
    if (st)
        tfs_reply_status(req, tfs_note_command(handle->mount, handle->inode, st, &err));
    else if (!apply)
        (void)fuse_reply_write(req, size);
}

/* With the lock held. Refuses a text that is not complete, once. */
static enum bc_status refuse(struct patch_handle *self)
{
    struct bc_error err = {{0}};
    if (self->text.size == 0 || self->told)
        return BC_OK;
    self->told = true;
    return tfs_note_command(self->base.mount, self->base.inode,
                            bc_fail(&err, BC_SYNTAX,
                                    "the patch does not end with 'TC .' after %zu bytes, so it may "
                                    "have been cut: nothing of it was applied",
                                    self->text.size),
                            &err);
}

/* Each process that has the file open flushes it; what is not complete may go on. */
static void patch_flush(fuse_req_t req, struct tfs_handle *handle)
{
    struct patch_handle *self = (struct patch_handle *)handle;
    struct bc_buffer text = {0};
    (void)pthread_mutex_lock(&handle->lock);
    bool apply = is_complete(&self->text);
    enum bc_status st = apply ? BC_OK : refuse(self);
    if (apply)
        text = take_text(self);
    (void)pthread_mutex_unlock(&handle->lock);
    if (apply)
        st = submit(req, self, &text, 0, true);
    if (st || !apply)
        tfs_reply_status(req, st);
}

static void patch_read(fuse_req_t req, struct tfs_handle *handle, size_t size, uint64_t offset)
{
    tfs_reply_content(req, &((struct patch_handle *)handle)->content, size, offset);
}

static void patch_close(struct tfs_mount *mount, struct tfs_handle *handle)
{
    (void)mount;
    struct patch_handle *self = (struct patch_handle *)handle;
    (void)refuse(self);
    struct bc_buffer text = take_text(self);
    bc_buffer_release(&text);
    bc_buffer_release(&self->content);
    tfs_handle_free(handle);
}

static const struct tfs_handle_ops reader_ops = {.read = patch_read, .close = patch_close};
static const struct tfs_handle_ops writer_ops = {
    .read = patch_read, .write = patch_write, .flush = patch_flush, .close = patch_close};

enum bc_status tfs_patch_open(struct tfs_mount *mount, struct tfs_inode *inode,
                              struct fuse_file_info *fi)
{
    bool writes = tfs_may_write(fi->flags);
    struct patch_handle *self =
        tfs_handle_new(mount, inode, fi->flags, sizeof *self, writes ? &writer_ops : &reader_ops);
    if (!self)
        return BC_NO_MEMORY;
    enum bc_status st = tfs_report_append(&inode->branch->patched, &self->content);
    if (st) {
        patch_close(mount, &self->base);
        return st;
    }
    fi->noflush = !writes;
    fi->fh = (uintptr_t)self;
    return BC_OK;
}
