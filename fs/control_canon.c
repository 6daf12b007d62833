/* `.branch/canon/`: the branch's triple files once more, each in its canonical form (RDFC-1.0,
 * branchcore/canon.h), so that files that differ by the labels of their blank nodes alone read the
 * same.
 *
 * What is read is the form of the file as it was when it was opened. It is made by the first read,
 * on a thread of the pool for questions, and given out in order; a read elsewhere makes it anew up
 * to there. A signal to who reads ends the work, and so does the end of the mount. */
#include "branchcore/canon.h"
#include "branchcore/file_text.h"
#include "fs/control.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

enum { MEMORY_BYTES = 16 << 20, BLOCK_BYTES = 256 << 10 };

struct canon_handle;

struct read_job {
    struct tfs_job job;
    fuse_req_t req;
    struct canon_handle *handle;
    size_t size;
    uint64_t offset;
    atomic_bool interrupted;
};

struct canon_handle {
    struct tfs_handle base; /* its lock guards `jobs` and `ends` */
    size_t jobs;            /* queued or running */
    bool ends;
    pthread_cond_t rest; /* there are no jobs any more */
    atomic_bool stop;    /* of the job at work */
    _Atomic(struct read_job *) at_work;
    pthread_mutex_t work; /* one job at a time: guards what follows */
    struct bc_file_text *text;
    struct bc_canon *canon;
    struct bc_buffer block; /* what was made last */
    uint64_t block_at;      /* where it is in the whole */
};

static enum bc_status child_path(const struct tfs_inode *folder, const char *name,
                                 struct bc_buffer *path)
{
    return bc_buffer_printf(path, "%s%s%s", folder->path, folder->path[0] ? "/" : "", name);
}

enum bc_status tfs_canon_attr(const struct tfs_inode *inode, struct bc_attr *attr)
{
    return bc_tree_find(inode->branch->branch, bc_slice(inode->path, strlen(inode->path)), attr);
}

static bool is_text(const struct bc_attr *attr)
{
    return attr->kind == BC_FILE && attr->form == BC_TEXT;
}

enum bc_status tfs_canon_find(struct tfs_mount *mount, struct tfs_inode *folder, const char *name,
                              struct tfs_inode **inode)
{
    struct bc_buffer path = {0};
    struct bc_attr attr;
    enum bc_status st = child_path(folder, name, &path);
    if (!st)
        st = bc_tree_find(folder->branch->branch, bc_buffer_slice(&path), &attr);
    if (!st && attr.kind != BC_DIRECTORY && !is_text(&attr))
        st = BC_NOT_FOUND;
    if (!st)
        st = bc_buffer_append(&path, "", 1);
    if (!st)
        st = tfs_inode_see_control(&mount->table, folder->branch, folder->control, path.data,
                                   attr.kind == BC_DIRECTORY, inode);
    bc_buffer_release(&path);
    return st;
}

struct listing {
    tfs_control_sink sink;
    void *context;
    uint64_t number;
};

static enum bc_status list_one(void *context, struct bc_slice name, const struct bc_attr *attr)
{
    struct listing *listing = context;
    char text[NAME_MAX + 1];
    bool folder = attr->kind == BC_DIRECTORY;
    if (name.size >= sizeof text || (!folder && !is_text(attr)))
        return BC_OK;
    memcpy(text, name.data, name.size);
    text[name.size] = '\0';
    return listing->sink(listing->context, text, folder, listing->number++);
}

enum bc_status tfs_canon_list(const struct tfs_inode *folder, tfs_control_sink sink, void *context)
{
    struct listing listing = {.sink = sink, .context = context, .number = 2};
    struct bc_attr attr;
    enum bc_status st = tfs_canon_attr(folder, &attr);
    return st ? st : bc_tree_list_attr(folder->branch->branch, attr.node, list_one, &listing);
}

static void drop_canon(struct canon_handle *self)
{
    bc_canon_free(self->canon);
    self->canon = NULL;
    bc_buffer_clear(&self->block);
    self->block_at = 0;
}

static enum bc_status make_canon(struct canon_handle *self, struct bc_error *err)
{
    struct bc_repo *repo = self->base.mount->repo;
    struct bc_canon_options options = {
        .sorting = {.directory = bc_repo_spool_directory(repo),
                    .memory_bytes = MEMORY_BYTES,
                    .compute = bc_repo_compute(repo)},
        .stop = &self->stop,
    };
    drop_canon(self);
    enum bc_status st = bc_canon_new(&options, &self->canon);
    if (!st)
        st = bc_canon_add_text(self->canon, bc_file_text_view(self->text));
    return st ? st : bc_canon_finish(self->canon, err);
}

/* So that the block has the offset in it, or is empty, at the end. */
static enum bc_status reach(struct canon_handle *self, uint64_t offset, struct bc_error *err)
{
    enum bc_status st = !self->canon || offset < self->block_at ? make_canon(self, err) : BC_OK;
    while (!st && offset >= self->block_at + self->block.size) {
        self->block_at += self->block.size;
        bc_buffer_clear(&self->block);
        st = bc_canon_next_block(self->canon, BLOCK_BYTES, &self->block);
    }
    return st == BC_NO_DATA ? BC_OK : st;
}

static void note(const struct canon_handle *self, enum bc_status status, struct bc_error *err)
{
    const struct tfs_inode *inode = self->base.inode;
    struct bc_buffer name = {0};
    if (!err->text[0])
        (void)bc_fail(err, status, "%s", bc_status_text(status));
    if (bc_buffer_printf(&name, "canon/%s", inode->path) || bc_buffer_append(&name, "", 1))
        (void)tfs_note(self->base.mount, inode->branch, "read", "canon", status, err);
    else
        (void)tfs_note(self->base.mount, inode->branch, "read", name.data, status, err);
    bc_buffer_release(&name);
}

/* Nobody takes the request away any more once it is being answered. */
static void answer(struct read_job *job)
{
    struct canon_handle *self = job->handle;
    struct bc_error err = {{0}};
    enum bc_status st =
        atomic_load(&job->interrupted) ? BC_CANCELLED : reach(self, job->offset, &err);
    fuse_req_interrupt_func(job->req, NULL, NULL);
    if (st)
        drop_canon(self);
    if (st == BC_CANCELLED) {
        (void)fuse_reply_err(job->req, EINTR);
    } else if (st) {
        note(self, st, &err);
        tfs_reply_status(job->req, st);
    } else {
        tfs_reply_content(job->req, &self->block, job->size, job->offset - self->block_at);
    }
}

static bool is_ending(struct canon_handle *self)
{
    (void)pthread_mutex_lock(&self->base.lock);
    bool ends = self->ends;
    (void)pthread_mutex_unlock(&self->base.lock);
    return ends;
}

static void run_read(struct tfs_job *job)
{
    struct read_job *self = (struct read_job *)job;
    struct canon_handle *handle = self->handle;
    (void)pthread_mutex_lock(&handle->work);
    atomic_store(&handle->stop, false);
    atomic_store(&handle->at_work, self);
    if (is_ending(handle))
        atomic_store(&self->interrupted, true);
    answer(self);
    atomic_store(&handle->at_work, NULL);
    (void)pthread_mutex_unlock(&handle->work);
    bc_free(self);
    (void)pthread_mutex_lock(&handle->base.lock);
    handle->jobs--;
    (void)pthread_cond_broadcast(&handle->rest);
    (void)pthread_mutex_unlock(&handle->base.lock);
}

static void interrupted(fuse_req_t req, void *context)
{
    struct read_job *job = context;
    (void)req;
    atomic_store(&job->interrupted, true);
    if (atomic_load(&job->handle->at_work) == job)
        atomic_store(&job->handle->stop, true);
}

static void canon_read(fuse_req_t req, struct tfs_handle *handle, size_t size, uint64_t offset)
{
    struct canon_handle *self = (struct canon_handle *)handle;
    struct read_job *job = bc_alloc_zero(sizeof *job);
    if (!job) {
        tfs_reply_status(req, BC_NO_MEMORY);
        return;
    }
    job->job.run = run_read;
    job->req = req;
    job->handle = self;
    job->size = size;
    job->offset = offset;
    (void)pthread_mutex_lock(&handle->lock);
    self->jobs++;
    (void)pthread_mutex_unlock(&handle->lock);
    fuse_req_interrupt_func(req, interrupted, job);
    tfs_pool_submit(handle->mount->questions, &job->job);
}

/* The kernel closes what nobody reads from any more; but a job's last words come after its answer,
 * and at the end of the mount one may still be at work. */
static void canon_close(struct tfs_mount *mount, struct tfs_handle *handle)
{
    (void)mount;
    struct canon_handle *self = (struct canon_handle *)handle;
    (void)pthread_mutex_lock(&handle->lock);
    self->ends = true;
    atomic_store(&self->stop, true);
    while (self->jobs > 0)
        (void)pthread_cond_wait(&self->rest, &handle->lock);
    (void)pthread_mutex_unlock(&handle->lock);
    drop_canon(self);
    bc_buffer_release(&self->block);
    bc_file_text_release(self->text);
    (void)pthread_mutex_destroy(&self->work);
    (void)pthread_cond_destroy(&self->rest);
    tfs_handle_free(handle);
}

static const struct tfs_handle_ops canon_ops = {
    .read = canon_read, .close = canon_close, .slow_close = true};

enum bc_status tfs_canon_open(struct tfs_mount *mount, struct tfs_inode *inode,
                              struct fuse_file_info *fi)
{
    struct bc_attr attr;
    enum bc_status st = tfs_canon_attr(inode, &attr);
    if (st)
        return st;
    struct canon_handle *self = tfs_handle_new(mount, inode, fi->flags, sizeof *self, &canon_ops);
    if (!self)
        return BC_NO_MEMORY;
    (void)pthread_cond_init(&self->rest, NULL);
    (void)pthread_mutex_init(&self->work, NULL);
    st = bc_file_text_open(inode->branch->branch, attr.node, &self->text, NULL);
    if (st) {
        canon_close(mount, &self->base);
        return st;
    }
    fi->fh = (uintptr_t)self;
    return BC_OK;
}
