/* `check`: the first read verifies the store, which may take long, and shows what it verified and
 * every problem that it found. One check runs at a time. */
#include "branchcore/check.h"
#include "fs/control.h"

#include <inttypes.h>

enum { PROBLEMS_SHOWN = 1000 };

struct check_handle {
    struct tfs_handle base; /* its lock guards the two that follow */
    bool running;
    bool done; /* the content is there, and stays */
    struct bc_buffer content;
    enum bc_status problems_status; /* BC_NO_MEMORY: they could not be kept */
    struct bc_buffer problems;
    uint64_t problem_count;
};

static void take_problem(void *context, const char *text)
{
    struct check_handle *self = context;
    if (self->problem_count++ < PROBLEMS_SHOWN && !self->problems_status)
        self->problems_status = bc_buffer_printf(&self->problems, "problem: %s\n", text);
}

static enum bc_status report(struct check_handle *self, const struct bc_check_counts *counts)
{
    enum bc_status st = bc_buffer_printf(
        &self->content,
        "branches %" PRIu64 "\nlayers %" PRIu64 "\nnodes %" PRIu64 "\ntexts %" PRIu64
        "\nlines %" PRIu64 "\nruns %" PRIu64 "\nblocks %" PRIu64 "\nplain_files %" PRIu64
        "\ncommits %" PRIu64 "\nproblems %" PRIu64 "\n",
        counts->branches, counts->layers, counts->nodes, counts->texts, counts->lines, counts->runs,
        counts->blocks, counts->plain_files, counts->commits, counts->problems);
    if (!st)
        st = self->problems_status;
    if (!st)
        st = bc_buffer_append(&self->content, self->problems.data, self->problems.size);
    if (!st && self->problem_count > PROBLEMS_SHOWN)
        st = bc_buffer_printf(&self->content, "and %" PRIu64 " more\n",
                              self->problem_count - PROBLEMS_SHOWN);
    return st;
}

static enum bc_status check(struct check_handle *self, struct bc_error *err)
{
    struct tfs_mount *mount = self->base.mount;
    struct bc_check_counts counts;
    if (atomic_exchange(&mount->checking, true))
        return bc_fail(err, BC_BUSY, "a check is under way: .store/progress tells of it");
    struct bc_progress_item *item = bc_progress_begin(bc_repo_progress(mount->repo), "check");
    bc_progress_set(item, "verifying", 0, 0);
    bc_buffer_clear(&self->content);
    bc_buffer_clear(&self->problems);
    self->problem_count = 0;
    enum bc_status st = bc_check(mount->repo, &counts, take_problem, self);
    bc_progress_end(item);
    atomic_store(&mount->checking, false);
    return st ? st : report(self, &counts);
}

struct read_job {
    struct tfs_job job;
    fuse_req_t req;
    struct check_handle *handle; /* outlives its requests */
    size_t size;
    uint64_t offset;
};

static void run_read(struct tfs_job *job)
{
    struct read_job *read = (struct read_job *)job;
    struct check_handle *self = read->handle;
    struct bc_error err = {{0}};
    enum bc_status st = check(self, &err);
    (void)pthread_mutex_lock(&self->base.lock);
    self->running = false;
    self->done = !st;
    (void)pthread_mutex_unlock(&self->base.lock);
    if (st)
        tfs_reply_status(read->req, tfs_note(self->base.mount, NULL, "read", "check", st, &err));
    else
        tfs_reply_content(read->req, &self->content, read->size, read->offset);
    bc_free(read);
}

static enum bc_status start(fuse_req_t req, struct check_handle *self, size_t size, uint64_t offset)
{
    struct read_job *job = bc_alloc_zero(sizeof *job);
    if (!job)
        return BC_NO_MEMORY;
    *job = (struct read_job){{.run = run_read}, req, self, size, offset};
    tfs_pool_submit(self->base.mount->commits, &job->job);
    return BC_OK;
}

static void check_read(fuse_req_t req, struct tfs_handle *handle, size_t size, uint64_t offset)
{
    struct check_handle *self = (struct check_handle *)handle;
    (void)pthread_mutex_lock(&handle->lock);
    bool done = self->done;
    enum bc_status st = self->running ? BC_BUSY : BC_OK;
    if (!st && !done)
        st = start(req, self, size, offset);
    self->running = self->running || (!st && !done);
    (void)pthread_mutex_unlock(&handle->lock);
    if (st)
        tfs_reply_status(req, st);
    else if (done)
        tfs_reply_content(req, &self->content, size, offset);
}

static void check_close(struct tfs_mount *mount, struct tfs_handle *handle)
{
    (void)mount;
    struct check_handle *self = (struct check_handle *)handle;
    bc_buffer_release(&self->content);
    bc_buffer_release(&self->problems);
    tfs_handle_free(handle);
}

static const struct tfs_handle_ops check_ops = {.read = check_read, .close = check_close};

enum bc_status tfs_check_open(struct tfs_mount *mount, struct tfs_inode *inode,
                              struct fuse_file_info *fi)
{
    struct check_handle *self = tfs_handle_new(mount, inode, fi->flags, sizeof *self, &check_ops);
    if (!self)
        return BC_NO_MEMORY;
    fi->fh = (uintptr_t)self;
    return BC_OK;
}
