#include "fs/handle.h"

#include "fs/control.h"
#include "fs/handle_bytes.h"
#include "fs/handle_text.h"
#include "fs/may_change.h"
#include "fs/moved_watchers.h"
#include "fs/waiting.h"

#include <errno.h>
#include <poll.h>

void *tfs_handle_new(struct tfs_mount *mount, struct tfs_inode *inode, int flags, size_t size,
                     const struct tfs_handle_ops *ops)
{
    struct tfs_handle *handle = bc_alloc_zero(size);
    if (!handle)
        return NULL;
    handle->ops = ops;
    handle->mount = mount;
    handle->inode = inode;
    handle->flags = flags;
    (void)pthread_mutex_init(&handle->lock, NULL);
    struct tfs_table *table = &mount->table;
    (void)pthread_mutex_lock(&table->lock);
    inode->pins++;
    handle->next = table->handles;
    handle->link = &table->handles;
    if (handle->next)
        handle->next->link = &handle->next;
    table->handles = handle;
    (void)pthread_mutex_unlock(&table->lock);
    return handle;
}

enum bc_status tfs_handle_hold(struct tfs_handle *handle)
{
    enum bc_status st = bc_node_open(handle->inode->branch->branch, handle->inode->node);
    handle->holds_node = st == BC_OK;
    return st;
}

void tfs_handle_free(struct tfs_handle *handle)
{
    if (handle->holds_node)
        bc_node_close(handle->inode->branch->branch, handle->inode->node);
    struct tfs_table *table = &handle->mount->table;
    (void)pthread_mutex_lock(&table->lock);
    *handle->link = handle->next;
    if (handle->next)
        handle->next->link = handle->link;
    (void)pthread_mutex_unlock(&table->lock);
    tfs_inode_unpin(table, handle->inode);
    (void)pthread_mutex_destroy(&handle->lock);
    bc_free(handle);
}

enum bc_status tfs_open_nodes(struct tfs_table *table, const struct tfs_branch *branch,
                              uint64_t **nodes, size_t *count)
{
    size_t open = 0;
    *count = 0;
    (void)pthread_mutex_lock(&table->lock);
    for (const struct tfs_handle *h = table->handles; h; h = h->next)
        open += h->holds_node && h->inode->branch == branch;
    *nodes = bc_alloc_array(open + 1, sizeof **nodes);
    for (const struct tfs_handle *h = table->handles; h && *nodes && *count < open; h = h->next)
        if (h->holds_node && h->inode->branch == branch)
            (*nodes)[(*count)++] = h->inode->node;
    (void)pthread_mutex_unlock(&table->lock);
    return *nodes ? BC_OK : BC_NO_MEMORY;
}

void tfs_handles_close(struct tfs_mount *mount)
{
    while (mount->table.handles)
        mount->table.handles->ops->close(mount, mount->table.handles);
}

enum bc_status tfs_file_open(fuse_req_t req, struct tfs_inode *inode, bool created,
                             const struct bc_stop *stop, struct fuse_file_info *fi)
{
    tfs_count(tfs_mount_of(req), TFS_COUNT_OPENS, 1);
    if (inode->kind == BC_DIRECTORY)
        return BC_IS_DIRECTORY;
    if (inode->control)
        return tfs_control_open(req, inode, fi);
    if (!inode->branch || inode->kind != BC_FILE)
        return BC_INVALID;
    struct tfs_mount *mount = tfs_mount_of(req);
    pid_t thread = fuse_req_ctx(req)->pid;
    if (tfs_is_watch_thread(mount, thread))
        return tfs_watch_open(mount, inode, fi);
    bool writes = tfs_may_write(fi->flags) || (fi->flags & O_TRUNC) || created;
    enum bc_status refused = writes ? tfs_may_change(inode) : BC_OK;
    if (refused)
        return refused;
    struct tfs_visit visit = {thread,
                              tfs_retry_known(&mount->table.retries, inode->branch, thread, true),
                              TFS_SHARED, stop};
    enum bc_status st = inode->text ? tfs_text_open(mount, inode, created, &visit, fi)
                                    : tfs_bytes_open(req, inode, created, fi);
    if (st == BC_STALE) {
        tfs_retry_note(&mount->table.retries, inode->branch, thread);
        tfs_count(mount, TFS_COUNT_STALE_OPENS, 1);
    }
    return st;
}

void tfs_file_opened(struct tfs_handle *handle)
{
    if (tfs_is_text(handle))
        tfs_text_opened(handle);
}

static void reply_open(fuse_req_t req, struct tfs_mount *mount, enum bc_status st,
                       struct fuse_file_info *fi)
{
    if (st) {
        tfs_reply_status(req, st);
        return;
    }
    struct tfs_handle *handle = tfs_handle_of(fi);
    /* The kernel may release it at any time once it is told of it. */
    tfs_file_opened(handle);
    if (fuse_reply_open(req, fi) == -ENOENT)
        handle->ops->close(mount, handle);
}

struct open_job {
    struct tfs_waiting waiting;
    struct fuse_file_info fi;
};

static void run_open(struct tfs_job *job)
{
    struct open_job *self = (struct open_job *)job;
    struct tfs_waiting *waiting = &self->waiting;
    enum bc_status st =
        tfs_file_open(waiting->req, waiting->inode, false, &waiting->stop, &self->fi);
    tfs_waiting_over(waiting);
    reply_open(waiting->req, waiting->mount, st, &self->fi);
    tfs_waiting_free(waiting);
}

void tfs_open(fuse_req_t req, fuse_ino_t nodeid, struct fuse_file_info *fi)
{
    struct tfs_mount *mount = tfs_mount_of(req);
    struct tfs_inode *inode = tfs_inode_at(mount, nodeid);
    if (!inode->text || !tfs_text_is_slow(inode, fi->flags)) {
        reply_open(req, mount, tfs_file_open(req, inode, false, NULL, fi), fi);
        return;
    }
    struct open_job *job = bc_alloc_zero(sizeof *job);
    if (!job) {
        tfs_reply_status(req, BC_NO_MEMORY);
        return;
    }
    job->fi = *fi;
    tfs_waiting_submit(&job->waiting, req, inode, run_open);
}

void tfs_reply_read(fuse_req_t req, struct tfs_handle *handle, size_t size, uint64_t offset,
                    tfs_fill fill)
{
    size_t done = 0;
    char *bytes = bc_alloc(size);
    enum bc_status st = bytes ? fill(handle, offset, bytes, size, &done) : BC_NO_MEMORY;
    if (st) {
        tfs_reply_status(req, tfs_note_node(handle->mount, handle->inode, "read", st, NULL));
    } else {
        tfs_count(handle->mount, TFS_COUNT_READ_BYTES, done);
        (void)fuse_reply_buf(req, bytes, done);
    }
    bc_free(bytes);
}

void tfs_read(fuse_req_t req, fuse_ino_t nodeid, size_t size, off_t offset,
              struct fuse_file_info *fi)
{
    (void)nodeid;
    struct tfs_handle *handle = tfs_handle_of(fi);
    tfs_count(handle->mount, TFS_COUNT_READS, 1);
    handle->flags = (handle->flags & ~O_NONBLOCK) | (fi->flags & O_NONBLOCK);
    if (handle->ops->read)
        handle->ops->read(req, handle, size, (uint64_t)offset);
    else
        (void)fuse_reply_err(req, EBADF);
}

void tfs_write(fuse_req_t req, fuse_ino_t nodeid, const char *from, size_t size, off_t offset,
               struct fuse_file_info *fi)
{
    (void)nodeid;
    struct tfs_handle *handle = tfs_handle_of(fi);
    tfs_count(handle->mount, TFS_COUNT_WRITES, 1);
    tfs_count(handle->mount, TFS_COUNT_WRITTEN_BYTES, size);
    if (handle->ops->write)
        handle->ops->write(req, handle, from, size, (uint64_t)offset);
    else
        (void)fuse_reply_err(req, EBADF);
}

void tfs_flush(fuse_req_t req, fuse_ino_t nodeid, struct fuse_file_info *fi)
{
    (void)nodeid;
    struct tfs_handle *handle = tfs_handle_of(fi);
    if (handle->ops->flush)
        handle->ops->flush(req, handle);
    else
        (void)fuse_reply_err(req, 0);
}

void tfs_fsync(fuse_req_t req, fuse_ino_t nodeid, int data_only, struct fuse_file_info *fi)
{
    (void)nodeid;
    (void)data_only;
    struct tfs_handle *handle = tfs_handle_of(fi);
    if (handle->ops->fsync)
        handle->ops->fsync(req, handle);
    else
        (void)fuse_reply_err(req, 0);
}

void tfs_poll(fuse_req_t req, fuse_ino_t nodeid, struct fuse_file_info *fi,
              struct fuse_pollhandle *poll)
{
    (void)nodeid;
    struct tfs_handle *handle = tfs_handle_of(fi);
    if (handle->ops->poll) {
        handle->ops->poll(req, handle, poll);
        return;
    }
    if (poll)
        fuse_pollhandle_destroy(poll);
    (void)fuse_reply_poll(req, POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM);
}

static void release(struct tfs_job *job)
{
    struct tfs_handle *handle =
        (struct tfs_handle *)((char *)job - offsetof(struct tfs_handle, release));
    fuse_req_t req = handle->release_req;
    handle->ops->close(handle->mount, handle);
    (void)fuse_reply_err(req, 0);
}

void tfs_release(fuse_req_t req, fuse_ino_t nodeid, struct fuse_file_info *fi)
{
    (void)nodeid;
    struct tfs_handle *handle = tfs_handle_of(fi);
    handle->release_req = req;
    handle->release.run = release;
    if (handle->ops->slow_close)
        tfs_pool_submit(handle->mount->commits, &handle->release);
    else
        release(&handle->release);
}
