/* `events`: a line an event, "TIME KIND PATH". A read that finds none waits, without occupying a
 * thread, until one comes, a signal interrupts it or the mount ends. */
#include "fs/control.h"
#include "fs/events.h"
#include "fs/line.h"
#include "fs/lookup.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

struct parked {
    struct parked *next;
    fuse_req_t req;
    size_t size;
};

struct events_handle {
    struct tfs_handle base; /* its lock guards what follows */
    struct tfs_watcher *watcher;
    struct bc_buffer text; /* formatted and not yet read */
    size_t read;
    struct parked *parked;
    struct fuse_pollhandle *poll;
    struct tfs_job wake;
    pthread_mutex_t wake_lock; /* guards the two below; taken with the hub's lock held */
    bool waking;               /* the job is queued or runs */
    bool wake_again;
    pthread_cond_t awake; /* the job has ended */
};

static const struct tfs_handle_ops events_ops;

static enum bc_status format(struct events_handle *self, const struct tfs_event *event)
{
    char time[TFS_TIME_SIZE];
    char name[BC_BRANCH_NAME_MAX + 1];
    struct tfs_mount *mount = self->base.mount;
    tfs_time_format(event->time_ns, time);
    if (event->overflow)
        return bc_buffer_printf(&self->text, "%s overflow\n", time);
    enum bc_status st = bc_buffer_printf(&self->text, "%s %s ", time, bc_event_name(event->kind));
    if (!st && !self->base.inode->branch) {
        bool conflicts = tfs_branch_name(&mount->table, mount->repo, event->branch, name);
        st = bc_buffer_printf(&self->text, "%s/%s", name,
                              conflicts ? TFS_BRANCH_FOLDER "/" TFS_CONFLICTS_FOLDER "/" : "");
    }
    if (!st)
        st = tfs_path_append(&self->text, event->path);
    return st ? st : bc_buffer_append(&self->text, "\n", 1);
}

/* Formats events until there are `size` bytes to read or no more events. Without memory an event is
 * lost. */
static void gather(struct events_handle *self, size_t size)
{
    struct tfs_event event;
    if (self->read > 0 && self->read == self->text.size) {
        bc_buffer_clear(&self->text);
        self->read = 0;
    }
    while (self->text.size - self->read < size && tfs_watcher_take(self->watcher, &event)) {
        size_t before = self->text.size;
        if (format(self, &event))
            self->text.size = before;
        bc_free(event.path);
    }
}

/* Whole lines, as many as fit, but a line that does not fit at all is given in pieces. */
static size_t portion(const struct events_handle *self, size_t size)
{
    size_t left = self->text.size - self->read;
    if (left <= size)
        return left;
    const char *start = self->text.data + self->read;
    const char *newline = memrchr(start, '\n', size);
    return newline ? (size_t)(newline - start) + 1 : size;
}

/* True if there was something to answer with. */
static bool answer(struct events_handle *self, fuse_req_t req, size_t size)
{
    gather(self, size);
    size_t bytes = portion(self, size);
    if (bytes == 0)
        return false;
    (void)fuse_reply_buf(req, self->text.data + self->read, bytes);
    self->read += bytes;
    return true;
}

static void serve_parked(struct events_handle *self)
{
    while (self->parked) {
        struct parked *first = self->parked;
        if (!answer(self, first->req, first->size))
            break;
        self->parked = first->next;
        bc_free(first);
    }
    if (self->poll && (self->read < self->text.size || tfs_watcher_pending(self->watcher))) {
        (void)fuse_lowlevel_notify_poll(self->poll);
        fuse_pollhandle_destroy(self->poll);
        self->poll = NULL;
    }
}

static void run_wake(struct tfs_job *job)
{
    struct events_handle *self =
        (struct events_handle *)((char *)job - offsetof(struct events_handle, wake));
    bool again = true;
    while (again) {
        (void)pthread_mutex_lock(&self->base.lock);
        serve_parked(self);
        (void)pthread_mutex_unlock(&self->base.lock);
        (void)pthread_mutex_lock(&self->wake_lock);
        again = self->wake_again;
        self->wake_again = false;
        if (!again) {
            self->waking = false;
            (void)pthread_cond_broadcast(&self->awake);
        }
        (void)pthread_mutex_unlock(&self->wake_lock);
    }
}

/* Called by the hub. */
static void wake(void *context)
{
    struct events_handle *self = context;
    (void)pthread_mutex_lock(&self->wake_lock);
    bool submit = !self->waking;
    self->wake_again = !submit;
    self->waking = true;
    (void)pthread_mutex_unlock(&self->wake_lock);
    if (submit)
        tfs_pool_submit(self->base.mount->commits, &self->wake);
}

/* Takes a parked request out; false if it was answered already. With the lock held. */
static bool unpark(struct events_handle *self, fuse_req_t req)
{
    for (struct parked **link = &self->parked; *link; link = &(*link)->next) {
        if ((*link)->req == req) {
            struct parked *found = *link;
            *link = found->next;
            bc_free(found);
            return true;
        }
    }
    return false;
}

static void interrupted(fuse_req_t req, void *context)
{
    struct events_handle *self = context;
    (void)pthread_mutex_lock(&self->base.lock);
    bool found = unpark(self, req);
    (void)pthread_mutex_unlock(&self->base.lock);
    if (found)
        (void)fuse_reply_err(req, EINTR);
}

/* Registered before it is parked, so that an interrupt either finds it parked or is seen by the
 * check afterwards. */
static void park(struct events_handle *self, fuse_req_t req, size_t size)
{
    struct parked *parked = bc_alloc_zero(sizeof *parked);
    if (!parked) {
        tfs_reply_status(req, BC_NO_MEMORY);
        return;
    }
    *parked = (struct parked){NULL, req, size};
    fuse_req_interrupt_func(req, interrupted, self);
    (void)pthread_mutex_lock(&self->base.lock);
    bool answered = answer(self, req, size);
    bool cut = !answered && fuse_req_interrupted(req);
    if (answered || cut) {
        bc_free(parked);
    } else {
        struct parked **last = &self->parked;
        while (*last)
            last = &(*last)->next;
        *last = parked;
    }
    (void)pthread_mutex_unlock(&self->base.lock);
    if (cut)
        (void)fuse_reply_err(req, EINTR);
}

static void events_read(fuse_req_t req, struct tfs_handle *handle, size_t size, uint64_t offset)
{
    (void)offset;
    struct events_handle *self = (struct events_handle *)handle;
    (void)pthread_mutex_lock(&handle->lock);
    bool answered = answer(self, req, size);
    (void)pthread_mutex_unlock(&handle->lock);
    if (answered)
        return;
    if (handle->flags & O_NONBLOCK)
        (void)fuse_reply_err(req, EAGAIN);
    else
        park(self, req, size);
}

static void events_poll(fuse_req_t req, struct tfs_handle *handle, struct fuse_pollhandle *poll)
{
    struct events_handle *self = (struct events_handle *)handle;
    (void)pthread_mutex_lock(&handle->lock);
    if (poll) {
        if (self->poll)
            fuse_pollhandle_destroy(self->poll);
        self->poll = poll;
    }
    gather(self, 1);
    unsigned ready = self->read < self->text.size ? POLLIN | POLLRDNORM : 0;
    (void)pthread_mutex_unlock(&handle->lock);
    (void)fuse_reply_poll(req, ready);
}

static void end_reads(struct events_handle *self, int error)
{
    (void)pthread_mutex_lock(&self->base.lock);
    struct parked *parked = self->parked;
    self->parked = NULL;
    (void)pthread_mutex_unlock(&self->base.lock);
    while (parked) {
        struct parked *next = parked->next;
        (void)fuse_reply_err(parked->req, error);
        bc_free(parked);
        parked = next;
    }
}

static void events_close(struct tfs_mount *mount, struct tfs_handle *handle)
{
    (void)mount;
    struct events_handle *self = (struct events_handle *)handle;
    tfs_watcher_free(self->watcher);
    (void)pthread_mutex_lock(&self->wake_lock);
    while (self->waking)
        (void)pthread_cond_wait(&self->awake, &self->wake_lock);
    (void)pthread_mutex_unlock(&self->wake_lock);
    end_reads(self, ENODEV);
    if (self->poll)
        fuse_pollhandle_destroy(self->poll);
    bc_buffer_release(&self->text);
    (void)pthread_cond_destroy(&self->awake);
    (void)pthread_mutex_destroy(&self->wake_lock);
    tfs_handle_free(handle);
}

enum bc_status tfs_events_open(struct tfs_mount *mount, struct tfs_inode *inode,
                               struct fuse_file_info *fi)
{
    struct events_handle *self = tfs_handle_new(mount, inode, fi->flags, sizeof *self, &events_ops);
    if (!self)
        return BC_NO_MEMORY;
    (void)pthread_mutex_init(&self->wake_lock, NULL);
    (void)pthread_cond_init(&self->awake, NULL);
    self->wake.run = run_wake;
    enum bc_status st = tfs_watcher_new(mount->hub, inode->branch ? inode->branch->id : 0, wake,
                                        self, &self->watcher);
    if (st) {
        events_close(mount, &self->base);
        return st;
    }
    fi->nonseekable = 1;
    fi->fh = (uintptr_t)self;
    return BC_OK;
}

static const struct tfs_handle_ops events_ops = {
    .read = events_read, .poll = events_poll, .close = events_close};
