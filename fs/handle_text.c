#include "fs/handle_text.h"

#include "fs/attr.h"
#include "fs/notify.h"
#include "fs/shown_size.h"
#include "fs/versions.h"

#include <errno.h>

struct text_handle {
    struct tfs_handle base; /* its lock guards what follows, but where said otherwise */
    /* What was shown at open; NULL for most who only write. */
    struct bc_shown *shown;
    struct tfs_visit visit;
    struct bc_edit *edit; /* made at the first change */
    enum bc_edit_mode mode;
    bool cached;                 /* goes through the page cache, which then holds raw text */
    bool touched;                /* by anything but the truncation of its open */
    bool dirty;                  /* there is something to commit */
    bool has_raw;                /* atomic: it has a text of its own, ... */
    uint64_t raw_bytes;          /* ... atomic: of this size */
    bool refused;                /* a write has told why already */
    enum tfs_writer_state state; /* under the table's lock */
};

static const struct tfs_handle_ops reader_ops;
static const struct tfs_handle_ops writer_ops;

static struct text_handle *text_of(const struct tfs_handle *handle)
{
    return (struct text_handle *)(uintptr_t)handle;
}

bool tfs_is_text(const struct tfs_handle *handle)
{
    return handle->ops == &reader_ops || handle->ops == &writer_ops;
}

bool tfs_is_text_writer(const struct tfs_handle *handle)
{
    return handle->ops == &writer_ops;
}

bool tfs_text_cached(const struct tfs_handle *handle)
{
    return text_of(handle)->cached;
}

bool tfs_text_raw_bytes(const struct tfs_handle *handle, uint64_t *raw_bytes)
{
    const struct text_handle *self = text_of(handle);
    if (!__atomic_load_n(&self->has_raw, __ATOMIC_ACQUIRE))
        return false;
    *raw_bytes = __atomic_load_n(&self->raw_bytes, __ATOMIC_ACQUIRE);
    return true;
}

bool tfs_text_is_slow(const struct tfs_inode *inode, int flags)
{
    struct bc_attr attr;
    bool replaces = flags & O_TRUNC;
    bool adds = (flags & O_ACCMODE) == O_WRONLY && (flags & O_APPEND);
    return tfs_is_rendered(inode) && !replaces && !adds &&
           bc_tree_stat(inode->branch->branch, inode->node, &attr) == BC_OK &&
           attr.size_bytes > BC_SHOWN_QUICK_BYTES;
}

static enum bc_status open_shown(struct text_handle *self, const struct bc_stop *stop,
                                 struct bc_shown **shown, struct bc_attr *attr)
{
    struct tfs_inode *inode = self->base.inode;
    struct bc_error err = {{0}};
    enum bc_status st = self->base.holds_node ? BC_OK : tfs_handle_hold(&self->base);
    if (!st)
        st = bc_shown_open_until(inode->branch->branch, inode->node, inode->syntax, stop, shown,
                                 attr, &err);
    if (st == BC_INVALID)
        return BC_STALE;
    if (st == BC_CANCELLED)
        return st;
    return tfs_note_node(self->base.mount, inode, "open", st, &err);
}

/* What may take long is done before the branch is held still: it is there then. */
static enum bc_status write_ahead(struct text_handle *self, struct bc_shown **ahead)
{
    struct bc_attr attr;
    const struct bc_stop *stop = self->visit.stop;
    *ahead = NULL;
    self->visit.stop = NULL;
    return tfs_is_rendered(self->base.inode) ? open_shown(self, stop, ahead, &attr) : BC_OK;
}

/* Gives the kernel what it needs to know about the page cache. */
static void set_way(struct text_handle *self, struct fuse_file_info *fi)
{
    struct tfs_mount *mount = self->base.mount;
    fi->direct_io = self->visit.way == TFS_DIRECT;
    fi->keep_cache = self->visit.way == TFS_SHARED;
    if (self->visit.way == TFS_FRESH) {
        tfs_drop_pages(mount, self->base.inode);
        tfs_pages_dropped(&mount->table, self->base.inode);
        self->visit.way = TFS_SHARED;
    }
    fi->fh = (uintptr_t)self;
}

static enum bc_status open_reader(struct tfs_mount *mount, struct tfs_inode *inode,
                                  const struct tfs_visit *visit, struct fuse_file_info *fi)
{
    struct tfs_table *table = &mount->table;
    struct text_handle *self = tfs_handle_new(mount, inode, fi->flags, sizeof *self, &reader_ops);
    if (!self)
        return BC_NO_MEMORY;
    struct bc_attr attr;
    self->visit = *visit;
    enum bc_status st = tfs_reader_enter(table, inode, &self->visit);
    if (st) {
        tfs_handle_free(&self->base);
        return st;
    }
    struct bc_shown *ahead;
    st = write_ahead(self, &ahead);
    tfs_branch_steady(inode->branch);
    tfs_showing(table);
    if (!st)
        st = open_shown(self, NULL, &self->shown, &attr);
    if (!st)
        st = tfs_reader_opened(table, inode, &attr, &self->visit);
    tfs_shown(table);
    tfs_branch_go_on(inode->branch);
    bc_shown_release(ahead);
    if (st) {
        reader_ops.close(mount, &self->base);
        return st;
    }
    set_way(self, fi);
    fi->noflush = 1;
    return BC_OK;
}

static enum bc_edit_mode mode_of(int flags, bool created)
{
    if (created || (flags & O_TRUNC))
        return BC_EDIT_REPLACE;
    return flags & O_APPEND ? BC_EDIT_APPEND : BC_EDIT_IN_PLACE;
}

/* What an append adds to. */
static uint64_t old_bytes(const struct text_handle *self)
{
    const struct tfs_inode *inode = self->base.inode;
    struct bc_branch *tree = inode->branch->branch;
    struct bc_attr attr;
    bool sized;
    if (inode->sized || bc_tree_stat(tree, inode->node, &attr) ||
        tfs_shown_size(tree, inode->syntax, &attr, &sized))
        return inode->size_bytes;
    return attr.size_bytes;
}

/* Keeps the sizes that stat shows in step; with the handle's lock held. */
static void update_raw(struct text_handle *self)
{
    uint64_t size = self->edit ? bc_edit_size(self->edit) : 0;
    if (self->mode == BC_EDIT_APPEND)
        size += old_bytes(self);
    __atomic_store_n(&self->raw_bytes, size, __ATOMIC_RELEASE);
    __atomic_store_n(&self->has_raw, self->edit && (self->dirty || self->cached), __ATOMIC_RELEASE);
}

static enum bc_status make_edit(struct text_handle *self)
{
    if (self->edit)
        return BC_OK;
    struct tfs_inode *inode = self->base.inode;
    return bc_edit_new(inode->branch->branch, inode->node, inode->syntax, self->mode, &self->edit);
}

/* One who also reads shows what was there at open. One who changes that in place begins with it,
 * and has it at hand here, since writes are not to wait for it. */
static enum bc_status begin_with_shown(struct text_handle *self)
{
    struct tfs_mount *mount = self->base.mount;
    struct tfs_inode *inode = self->base.inode;
    bool reads = (self->base.flags & O_ACCMODE) == O_RDWR;
    struct bc_attr attr;
    struct bc_shown *ahead;
    if (!reads && !(self->mode == BC_EDIT_IN_PLACE && tfs_is_rendered(inode)))
        return BC_OK;
    enum bc_status st = write_ahead(self, &ahead);
    tfs_branch_steady(inode->branch);
    tfs_showing(&mount->table);
    if (!st)
        st = open_shown(self, NULL, &self->shown, &attr);
    if (!st && reads)
        tfs_writer_opened(&mount->table, inode, &attr, &self->visit);
    tfs_shown(&mount->table);
    tfs_branch_go_on(inode->branch);
    bc_shown_release(ahead);
    return st;
}

/* The truncation of an open is a change like any other, but for when it is committed. */
static enum bc_status start_writer(struct text_handle *self, bool created)
{
    enum bc_status st = tfs_handle_hold(&self->base);
    if (st)
        return st;
    self->mode = mode_of(self->base.flags, created);
    if (self->mode == BC_EDIT_REPLACE) {
        st = make_edit(self);
        self->dirty = !created;
        update_raw(self);
        return st;
    }
    return begin_with_shown(self);
}

static enum bc_status open_writer(struct tfs_mount *mount, struct tfs_inode *inode, bool created,
                                  const struct tfs_visit *visit, struct fuse_file_info *fi)
{
    struct text_handle *self = tfs_handle_new(mount, inode, fi->flags, sizeof *self, &writer_ops);
    if (!self)
        return BC_NO_MEMORY;
    self->visit = *visit;
    enum bc_status st = tfs_writer_enter(&mount->table, inode, &self->base, &self->visit);
    if (st) {
        tfs_handle_free(&self->base);
        return st;
    }
    st = start_writer(self, created);
    if (st) {
        self->dirty = false;
        writer_ops.close(mount, &self->base);
        return st;
    }
    self->cached = (fi->flags & O_ACCMODE) == O_RDWR && !(fi->flags & O_APPEND) &&
                   self->visit.way != TFS_DIRECT;
    if (!self->cached)
        self->visit.way = TFS_DIRECT;
    set_way(self, fi);
    return BC_OK;
}

enum bc_status tfs_text_open(struct tfs_mount *mount, struct tfs_inode *inode, bool created,
                             const struct tfs_visit *visit, struct fuse_file_info *fi)
{
    if (tfs_may_write(fi->flags) || (fi->flags & O_TRUNC) || created)
        return open_writer(mount, inode, created, visit, fi);
    return open_reader(mount, inode, visit, fi);
}

void tfs_text_opened(struct tfs_handle *handle)
{
    struct tfs_invalidations list = {0};
    if (handle->ops != &writer_ops || !text_of(handle)->cached)
        return;
    tfs_invalidate_node(handle->mount, &list, handle->inode->branch, handle->inode->node);
    tfs_invalidations_later(handle->mount, &list);
}

/* With the lock held: a writer that changed something sees its own text. */
static enum bc_status read_edit(struct text_handle *self, uint64_t offset, void *to, size_t size,
                                size_t *done)
{
    if (self->mode != BC_EDIT_APPEND)
        return bc_edit_read(self->edit, offset, to, size, done);
    uint64_t old = bc_shown_bytes(self->shown);
    *done = 0;
    if (offset < old) {
        enum bc_status st = bc_shown_read(self->shown, offset, to, size, done);
        if (st || *done == size)
            return st;
    }
    size_t more = 0;
    enum bc_status st =
        bc_edit_read(self->edit, offset + *done - old, (char *)to + *done, size - *done, &more);
    *done += more;
    return st;
}

enum bc_status tfs_text_read_at(struct tfs_handle *handle, uint64_t offset, void *to, size_t size,
                                size_t *done)
{
    struct text_handle *self = text_of(handle);
    *done = 0;
    if (handle->ops == &writer_ops) {
        (void)pthread_mutex_lock(&handle->lock);
        bool edited = self->edit && (self->shown || self->mode != BC_EDIT_APPEND);
        enum bc_status st = edited ? read_edit(self, offset, to, size, done) : BC_OK;
        (void)pthread_mutex_unlock(&handle->lock);
        if (st || edited)
            return st;
    }
    return self->shown ? bc_shown_read(self->shown, offset, to, size, done) : BC_OK;
}

struct bc_shown *tfs_text_pinned(struct tfs_handle *handle)
{
    struct text_handle *self = text_of(handle);
    return self->edit ? NULL : self->shown;
}

static void text_read(fuse_req_t req, struct tfs_handle *handle, size_t size, uint64_t offset)
{
    tfs_reply_read(req, handle, size, offset, tfs_text_read_at);
}

static void set_writing(struct text_handle *self)
{
    tfs_writer_state(&self->base.mount->table, self->base.inode, &self->base, &self->state,
                     TFS_WRITING);
}

/* With the lock held, before a change. */
static enum bc_status begin_change(struct text_handle *self, uid_t uid)
{
    struct tfs_inode *inode = self->base.inode;
    if (!self->touched && uid != 0) {
        struct bc_attr attr;
        if (bc_tree_stat(inode->branch->branch, inode->node, &attr) == BC_OK)
            tfs_drop_privileges(self->base.mount, inode, &attr, uid);
    }
    enum bc_status st = make_edit(self);
    if (st)
        return st;
    self->touched = true;
    self->dirty = true;
    if (self->cached)
        tfs_pages_raw(&self->base.mount->table, inode);
    return BC_OK;
}

/* An O_APPEND handle that truncated its file writes at the end of what it left. */
static uint64_t write_offset(const struct text_handle *self, uint64_t offset)
{
    return (self->base.flags & O_APPEND) ? bc_edit_size(self->edit) : offset;
}

enum bc_status tfs_text_write_at(struct tfs_handle *handle, uint64_t offset, const void *from,
                                 size_t size, uid_t uid)
{
    struct text_handle *self = text_of(handle);
    struct bc_error err = {{0}};
    set_writing(self);
    (void)pthread_mutex_lock(&handle->lock);
    enum bc_status st = begin_change(self, uid);
    if (!st)
        st = bc_edit_write(self->edit, write_offset(self, offset), from, size, &err);
    self->refused = self->refused || st == BC_SYNTAX;
    update_raw(self);
    (void)pthread_mutex_unlock(&handle->lock);
    return tfs_note_node(handle->mount, handle->inode, "write", st, &err);
}

enum bc_status tfs_text_copy_to(struct tfs_handle *handle, uint64_t offset, struct bc_shown *from,
                                uint64_t from_offset, uint64_t size, uid_t uid, uint64_t *done)
{
    struct text_handle *self = text_of(handle);
    struct bc_error err = {{0}};
    set_writing(self);
    (void)pthread_mutex_lock(&handle->lock);
    enum bc_status st = begin_change(self, uid);
    if (!st)
        st = bc_edit_copy(self->edit, write_offset(self, offset), from, from_offset, size, done,
                          &err);
    update_raw(self);
    (void)pthread_mutex_unlock(&handle->lock);
    return tfs_note_node(handle->mount, handle->inode, "copy", st, &err);
}

static void text_write(fuse_req_t req, struct tfs_handle *handle, const char *from, size_t size,
                       uint64_t offset)
{
    enum bc_status st = tfs_text_write_at(handle, offset, from, size, fuse_req_ctx(req)->uid);
    if (st)
        tfs_reply_status(req, st);
    else
        (void)fuse_reply_write(req, size);
}

/* With the lock held. What an O_APPEND handle adds is no whole text that could be cut: what it has
 * so far is committed, and the whole edited in place from then on. */
static enum bc_status truncate_edit(struct text_handle *self, uint64_t size, struct bc_error *err)
{
    if (self->mode == BC_EDIT_APPEND || (size == 0 && !self->edit)) {
        enum bc_status st = BC_OK;
        if (self->edit && self->dirty && size > 0)
            st = bc_edit_commit(self->edit, false, NULL, err);
        if (st)
            return st;
        bc_edit_free(self->edit);
        self->edit = NULL;
        self->mode = size == 0 ? BC_EDIT_REPLACE : BC_EDIT_IN_PLACE;
    }
    enum bc_status st = make_edit(self);
    return st ? st : bc_edit_truncate(self->edit, size);
}

static enum bc_status stat_but_size(struct tfs_inode *inode, struct stat *stat)
{
    struct bc_attr attr;
    enum bc_status st = bc_tree_stat(tfs_tree(inode), inode->node, &attr);
    if (!st)
        tfs_stat_of(inode->branch->id, &attr, stat);
    return st;
}

void tfs_text_getattr(fuse_req_t req, struct tfs_handle *handle)
{
    struct stat stat;
    uint64_t raw_bytes = 0;
    bool raw = tfs_text_raw_bytes(handle, &raw_bytes);
    enum bc_status st = tfs_inode_stat(handle->mount, handle->inode, &stat);
    if (st == BC_BUSY && !raw) {
        tfs_reply_stat_later(req, handle->inode);
        return;
    }
    if (st == BC_BUSY)
        st = stat_but_size(handle->inode, &stat);
    if (!st && raw)
        tfs_stat_size(&stat, raw_bytes);
    /* Not to be remembered as the file's, unless all pages are the writer's anyway. */
    if (st)
        tfs_reply_status(req, st);
    else
        (void)fuse_reply_attr(req, &stat, text_of(handle)->cached ? TFS_FOR_EVER : 0);
}

static void truncate_writer(fuse_req_t req, struct tfs_handle *handle, uint64_t size)
{
    struct text_handle *self = text_of(handle);
    struct bc_error err = {{0}};
    set_writing(self);
    (void)pthread_mutex_lock(&handle->lock);
    enum bc_status st = truncate_edit(self, size, &err);
    if (!st)
        st = begin_change(self, fuse_req_ctx(req)->uid);
    update_raw(self);
    (void)pthread_mutex_unlock(&handle->lock);
    tfs_note_node(handle->mount, handle->inode, "truncate", st, &err);
    if (st)
        tfs_reply_status(req, st);
    else
        tfs_text_getattr(req, handle);
}

/* What utimens(2) said while the file was written counts more than when it was committed. */
static void keep_mtime(struct tfs_handle *handle, struct bc_attr *attr)
{
    struct bc_change change = {.mask = BC_CHANGE_MTIME};
    struct tfs_inode *inode = handle->inode;
    struct bc_attr after;
    if (tfs_mtime_was_set(&handle->mount->table, inode, &change.mtime_ns) &&
        bc_tree_change(inode->branch->branch, inode->node, &change, &after) == BC_OK)
        *attr = after;
}

/* Commits what there is. *committed: the file has a new version, *attr. */
static enum bc_status commit(struct text_handle *self, bool sync, struct bc_attr *attr,
                             bool *committed)
{
    struct tfs_handle *base = &self->base;
    struct bc_error err = {{0}};
    enum bc_status st = BC_OK;
    bool told = false;
    *committed = false;
    (void)pthread_mutex_lock(&base->lock);
    if (self->edit && self->dirty) {
        *attr = (struct bc_attr){0};
        st = bc_edit_commit(self->edit, sync, attr, &err);
        *committed = st == BC_OK;
        if (*committed)
            keep_mtime(base, attr);
        /* Refused text is in rejected/; only what may go better later is tried again. */
        self->dirty = st != BC_OK && st != BC_SYNTAX && st != BC_STALE;
        told = st == BC_SYNTAX && self->refused;
        self->refused = false;
        tfs_count(base->mount, st ? TFS_COUNT_REFUSED_COMMITS : TFS_COUNT_COMMITS, 1);
        update_raw(self);
    }
    (void)pthread_mutex_unlock(&base->lock);
    tfs_branch_changed(base->inode->branch);
    return told ? st : tfs_note_node(base->mount, base->inode, "close", st, &err);
}

/* The file has a new version; moves: of its branch before the commit. The branch may have
 * moved since: then it is what it is now. */
static bool became(struct tfs_mount *mount, struct tfs_inode *inode, const struct bc_attr *attr,
                   uint64_t moves, bool cached)
{
    bool others_known = false;
    struct bc_attr now = *attr;
    tfs_branch_steady(inode->branch);
    bool moved = atomic_load(&inode->branch->moves) != moves;
    if (!moved || !bc_tree_stat(inode->branch->branch, inode->node, &now))
        others_known = tfs_version_became(&mount->table, inode, &now, cached);
    tfs_branch_go_on(inode->branch);
    return others_known;
}

/* After a commit: moves the file on to its new version. The caller sends the list, later than it
 * lets those go on who wait for this writer. */
static void announce(struct text_handle *self, const struct bc_attr *attr, uint64_t moves,
                     struct tfs_invalidations *list)
{
    struct tfs_mount *mount = self->base.mount;
    struct tfs_inode *inode = self->base.inode;
    bool others_known = became(mount, inode, attr, moves, self->cached);
    if (!self->cached)
        tfs_drop_pages(mount, inode);
    if (others_known)
        tfs_invalidate_node(mount, list, inode->branch, inode->node);
}

struct commit_job {
    struct tfs_job job;
    fuse_req_t req;
    struct text_handle *handle;
    bool sync;
};

static void run_commit(struct tfs_job *job)
{
    struct commit_job *self = (struct commit_job *)job;
    struct text_handle *handle = self->handle;
    struct tfs_mount *mount = handle->base.mount;
    struct tfs_invalidations list = {0};
    struct bc_attr attr;
    bool committed;
    uint64_t moves = atomic_load(&handle->base.inode->branch->moves);
    enum bc_status st = commit(handle, self->sync, &attr, &committed);
    if (committed)
        announce(handle, &attr, moves, &list);
    else if (!st && self->sync)
        st = bc_repo_sync(mount->repo);
    tfs_writer_state(&mount->table, handle->base.inode, &handle->base, &handle->state, TFS_CLOSING);
    tfs_invalidations_send(mount, &list);
    tfs_reply_status(self->req, st);
    bc_free(self);
}

static void submit_commit(fuse_req_t req, struct text_handle *handle, bool sync)
{
    struct commit_job *job = bc_alloc_zero(sizeof *job);
    if (!job) {
        tfs_reply_status(req, BC_NO_MEMORY);
        return;
    }
    *job = (struct commit_job){{.run = run_commit}, req, handle, sync};
    tfs_pool_submit(handle->base.mount->commits, &job->job);
}

/* A shell's `echo x > f` flushes once between its open with O_TRUNC and its write: the empty file
 * that it has then must not be seen by anybody. */
static void text_flush(fuse_req_t req, struct tfs_handle *handle)
{
    struct text_handle *self = text_of(handle);
    (void)pthread_mutex_lock(&handle->lock);
    bool dirty = self->dirty;
    bool touched = self->touched;
    (void)pthread_mutex_unlock(&handle->lock);
    if (dirty && touched) {
        submit_commit(req, self, false);
        return;
    }
    tfs_writer_state(&handle->mount->table, handle->inode, handle, &self->state,
                     dirty ? TFS_TRUNCATED : TFS_CLOSING);
    (void)fuse_reply_err(req, 0);
}

static void text_fsync(fuse_req_t req, struct tfs_handle *handle)
{
    submit_commit(req, text_of(handle), true);
}

static void close_reader(struct tfs_mount *mount, struct tfs_handle *handle)
{
    tfs_reader_leave(&mount->table, handle->inode, &text_of(handle)->visit);
    bc_shown_release(text_of(handle)->shown);
    tfs_handle_free(handle);
}

static void close_writer(struct tfs_mount *mount, struct tfs_handle *handle)
{
    struct text_handle *self = text_of(handle);
    struct tfs_inode *inode = handle->inode;
    struct tfs_invalidations list = {0};
    struct bc_attr attr;
    bool committed;
    uint64_t moves = atomic_load(&inode->branch->moves);
    (void)commit(self, false, &attr, &committed);
    if (committed)
        announce(self, &attr, moves, &list);
    tfs_writer_state(&mount->table, inode, handle, &self->state, TFS_GONE);
    tfs_inode_reuse(&mount->table, inode);
    tfs_invalidations_send(mount, &list);
    bc_edit_free(self->edit);
    bc_shown_release(self->shown);
    tfs_handle_free(handle);
}

static const struct tfs_handle_ops reader_ops = {.read = text_read, .close = close_reader};
static const struct tfs_handle_ops writer_ops = {.read = text_read,
                                                 .write = text_write,
                                                 .flush = text_flush,
                                                 .fsync = text_fsync,
                                                 .close = close_writer,
                                                 .slow_close = true};

struct truncate_job {
    struct tfs_job job;
    struct tfs_mount *mount;
    fuse_req_t req;
    struct tfs_inode *inode; /* pinned, entered as a writer */
    uint64_t size;
};

static enum bc_status truncate_file(struct tfs_inode *inode, uint64_t size, struct bc_attr *attr,
                                    struct bc_error *err)
{
    struct bc_edit *edit = NULL;
    enum bc_edit_mode mode = size == 0 ? BC_EDIT_REPLACE : BC_EDIT_IN_PLACE;
    enum bc_status st = bc_edit_new(inode->branch->branch, inode->node, inode->syntax, mode, &edit);
    if (!st)
        st = bc_edit_truncate(edit, size);
    if (!st)
        st = bc_edit_commit(edit, false, attr, err);
    bc_edit_free(edit);
    return st;
}

static void run_truncate(struct tfs_job *job)
{
    struct truncate_job *self = (struct truncate_job *)job;
    struct tfs_mount *mount = self->mount;
    struct tfs_inode *inode = self->inode;
    struct tfs_invalidations list = {0};
    struct bc_attr attr;
    struct bc_error err = {{0}};
    enum tfs_writer_state state = TFS_WRITING;
    uint64_t moves = atomic_load(&inode->branch->moves);
    enum bc_status st = truncate_file(inode, self->size, &attr, &err);
    tfs_branch_changed(inode->branch);
    bool others_known = !st && became(mount, inode, &attr, moves, false);
    tfs_writer_state(&mount->table, inode, NULL, &state, TFS_GONE);
    if (others_known)
        tfs_invalidate_node(mount, &list, inode->branch, inode->node);
    tfs_invalidations_send(mount, &list);
    if (!st)
        st = tfs_shown_size_in_time(inode->branch->branch, inode->syntax, NULL, &attr);
    if (st) {
        tfs_reply_status(self->req, tfs_note_node(mount, inode, "truncate", st, &err));
    } else {
        /* The kernel drops the pages of this inode itself when the size is another one. */
        struct stat stat;
        tfs_stat_of(inode->branch->id, &attr, &stat);
        (void)fuse_reply_attr(self->req, &stat, TFS_FOR_EVER);
    }
    tfs_inode_reuse(&mount->table, inode);
    tfs_inode_unpin(&mount->table, inode);
    bc_free(self);
}

static void truncate_path(fuse_req_t req, struct tfs_inode *inode, uint64_t size)
{
    struct tfs_mount *mount = tfs_mount_of(req);
    struct truncate_job *job = bc_alloc_zero(sizeof *job);
    pid_t thread = fuse_req_ctx(req)->pid;
    struct tfs_visit visit = {thread,
                              tfs_retry_known(&mount->table.retries, inode->branch, thread, true),
                              TFS_SHARED, NULL};
    enum bc_status st = job ? tfs_writer_enter(&mount->table, inode, NULL, &visit) : BC_NO_MEMORY;
    if (st == BC_STALE)
        tfs_retry_note(&mount->table.retries, inode->branch, thread);
    if (st) {
        bc_free(job);
        tfs_reply_status(req, st);
        return;
    }
    *job = (struct truncate_job){{.run = run_truncate}, mount, req, inode, size};
    tfs_inode_pin(&mount->table, inode);
    tfs_pool_submit(mount->commits, &job->job);
}

void tfs_text_truncate(fuse_req_t req, struct tfs_inode *inode, struct tfs_handle *handle,
                       uint64_t size)
{
    if (handle && handle->ops == &writer_ops)
        truncate_writer(req, handle, size);
    else if (handle)
        (void)fuse_reply_err(req, EINVAL);
    else
        truncate_path(req, inode, size);
}
