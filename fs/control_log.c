/* `log`: a line a commit, newest first, five fields with tabs between: the first digits of its id,
 * time, author, "+ADDED -REMOVED", the first line of its message.
 *
 * The history is followed as far as it is read. It never changes, so to go on is to walk it again
 * from the commit that was the last one at the open, past the lines that are there already; each
 * time it goes twice as far. */
#include "branchcore/history.h"
#include "fs/commands.h"
#include "fs/line.h"

#include <inttypes.h>
#include <string.h>

enum { ID_DIGITS = 12, LINES_FIRST = 512 };

struct log_handle {
    struct tfs_handle base;
    struct bc_commit_id head;
    bool complete; /* under the handle's lock, as is what follows */
    struct bc_buffer content;
    uint64_t lines;
};

struct log_walk {
    struct log_handle *log;
    uint64_t seen;
    uint64_t limit;
};

static enum bc_status append_subject(struct bc_buffer *to, const char *message)
{
    char *subject = bc_copy_string(message, strcspn(message, "\n"));
    enum bc_status st = subject ? tfs_path_append(to, subject) : BC_NO_MEMORY;
    bc_free(subject);
    return st ? st : bc_buffer_append(to, "\n", 1);
}

static enum bc_status append_line(struct bc_buffer *to, const struct bc_commit *commit)
{
    char hex[BC_COMMIT_HEX + 1];
    char time[TFS_TIME_SIZE];
    bc_commit_id_format(&commit->id, hex);
    tfs_time_format(commit->time_ns, time);
    enum bc_status st =
        bc_buffer_printf(to, "%.*s\t%s\t%s\t+%" PRIu64 " -%" PRIu64 "\t", (int)ID_DIGITS, hex, time,
                         commit->author, commit->added, commit->removed);
    return st ? st : append_subject(to, commit->message);
}

/* BC_CANCELLED: it went as far as it was to. */
static enum bc_status take(void *context, const struct bc_commit *commit)
{
    struct log_walk *walk = context;
    struct log_handle *self = walk->log;
    if (walk->seen == walk->limit)
        return BC_CANCELLED;
    if (walk->seen++ < self->lines)
        return BC_OK;
    size_t before = self->content.size;
    enum bc_status st = append_line(&self->content, commit);
    if (st)
        self->content.size = before;
    else
        self->lines++;
    return st;
}

/* Until there are `size` bytes, or all. */
static enum bc_status extend(struct log_handle *self, uint64_t size)
{
    enum bc_status st = BC_OK;
    while (!st && !self->complete && self->content.size < size) {
        struct log_walk walk = {self, 0, self->lines > 0 ? self->lines * 2 : LINES_FIRST};
        st = bc_history_each(self->base.mount->repo, &self->head, take, &walk);
        self->complete = st == BC_OK;
        if (st == BC_CANCELLED)
            st = BC_OK;
    }
    return st;
}

static void log_read(fuse_req_t req, struct tfs_handle *handle, size_t size, uint64_t offset)
{
    struct log_handle *self = (struct log_handle *)handle;
    struct bc_buffer part = {0};
    (void)pthread_mutex_lock(&handle->lock);
    enum bc_status st = extend(self, offset > UINT64_MAX - size ? UINT64_MAX : offset + size);
    if (!st)
        st = tfs_content_part(&self->content, size, offset, &part);
    (void)pthread_mutex_unlock(&handle->lock);
    if (st)
        tfs_reply_status(req,
                         tfs_note(handle->mount, handle->inode->branch, "read", "log", st, NULL));
    else
        (void)fuse_reply_buf(req, part.data, part.size);
    bc_buffer_release(&part);
}

static void log_close(struct tfs_mount *mount, struct tfs_handle *handle)
{
    (void)mount;
    bc_buffer_release(&((struct log_handle *)handle)->content);
    tfs_handle_free(handle);
}

static const struct tfs_handle_ops log_ops = {.read = log_read, .close = log_close};

enum bc_status tfs_log_open(struct tfs_mount *mount, struct tfs_inode *inode,
                            struct fuse_file_info *fi)
{
    struct log_handle *self = tfs_handle_new(mount, inode, fi->flags, sizeof *self, &log_ops);
    if (!self)
        return BC_NO_MEMORY;
    enum bc_status st = tfs_head_of(inode->branch, &self->head);
    self->complete = st == BC_NO_DATA;
    if (st && st != BC_NO_DATA) {
        log_close(mount, &self->base);
        return tfs_note(mount, inode->branch, "read", "log", st, NULL);
    }
    fi->fh = (uintptr_t)self;
    return BC_OK;
}
