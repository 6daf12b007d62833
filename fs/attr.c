#include "fs/attr.h"

#include "fs/control.h"
#include "fs/handle_text.h"
#include "fs/line.h"
#include "fs/may_change.h"
#include "fs/moved_watchers.h"
#include "fs/notify.h"
#include "fs/shown_size.h"
#include "fs/versions.h"
#include "fs/waiting.h"

#include <errno.h>

static struct timespec timespec_of(int64_t time_ns)
{
    int64_t seconds = time_ns / 1000000000;
    int64_t rest = time_ns % 1000000000;
    if (rest < 0) {
        rest += 1000000000;
        seconds--;
    }
    return (struct timespec){.tv_sec = seconds, .tv_nsec = rest};
}

/* Times beyond what 64 bits of nanoseconds can say (the years 1678 to 2262) become the last ones
 * that they can. */
static int64_t time_ns_of(struct timespec time)
{
    int64_t ns;
    if (__builtin_mul_overflow((int64_t)time.tv_sec, INT64_C(1000000000), &ns) ||
        __builtin_add_overflow(ns, (int64_t)time.tv_nsec, &ns))
        return time.tv_sec < 0 ? INT64_MIN : INT64_MAX;
    return ns;
}

static mode_t type_of(enum bc_kind kind)
{
    switch (kind) {
    case BC_DIRECTORY:
        return S_IFDIR;
    case BC_SYMLINK:
        return S_IFLNK;
    default:
        return S_IFREG;
    }
}

void tfs_stat_size(struct stat *st, uint64_t size_bytes)
{
    st->st_size = (off_t)size_bytes;
    st->st_blocks = (blkcnt_t)((size_bytes + 511) / 512);
}

void tfs_stat_of(uint64_t branch, const struct bc_attr *attr, struct stat *st)
{
    *st = (struct stat){0};
    st->st_ino = tfs_number_of(branch, attr->node);
    st->st_mode = type_of(attr->kind) | (attr->mode & 07777);
    /* A folder's link count of 1 tells find(1) that it says nothing about subfolders. */
    st->st_nlink = attr->parent != 0 || attr->node == BC_ROOT_NODE ? 1 : 0;
    st->st_uid = attr->uid;
    st->st_gid = attr->gid;
    st->st_atim = timespec_of(attr->atime_ns);
    st->st_mtim = timespec_of(attr->mtime_ns);
    st->st_ctim = timespec_of(attr->ctime_ns);
    tfs_stat_size(st, attr->kind == BC_DIRECTORY ? 0 : attr->size_bytes);
}

static enum bc_status root_stat(struct tfs_mount *mount, struct stat *st)
{
    struct bc_root_attr attr;
    enum bc_status status = bc_repo_root(mount->repo, &attr);
    if (status)
        return status;
    *st = (struct stat){0};
    st->st_ino = 1;
    st->st_mode = S_IFDIR | (attr.mode & 07777);
    st->st_nlink = 1;
    st->st_uid = attr.uid;
    st->st_gid = attr.gid;
    st->st_atim = st->st_mtim = st->st_ctim = timespec_of(attr.mtime_ns);
    return BC_OK;
}

static void show_raw(struct tfs_mount *mount, const struct tfs_inode *inode, struct stat *st)
{
    uint64_t raw_bytes;
    (void)pthread_mutex_lock(&mount->table.lock);
    if (inode->writer && tfs_text_cached(inode->writer) &&
        tfs_text_raw_bytes(inode->writer, &raw_bytes))
        tfs_stat_size(st, raw_bytes);
    (void)pthread_mutex_unlock(&mount->table.lock);
}

/* BC_BUSY: it has to be written first to tell how large it is. */
static enum bc_status see_file(struct tfs_mount *mount, struct tfs_inode *inode,
                               struct bc_attr *attr)
{
    struct bc_branch *tree = tfs_tree(inode);
    enum bc_syntax syntax;
    bool sized = true;
    tfs_branch_steady(inode->branch);
    tfs_showing(&mount->table);
    enum bc_status status = bc_tree_stat(tree, inode->node, attr);
    if (!status && inode->text && !tfs_version_sized(&mount->table, inode, attr, &syntax))
        status = tfs_shown_size(tree, syntax, attr, &sized);
    if (!status && !sized)
        status = BC_BUSY;
    if (!status && inode->text)
        status = tfs_version_seen(&mount->table, inode, true, attr);
    tfs_shown(&mount->table);
    tfs_branch_go_on(inode->branch);
    return status;
}

/* What it shows is written with nothing held that others wait for. The file may change meanwhile;
 * *passing: it does so all the time, and attr is what it was a moment ago. */
static enum bc_status see_in_time(struct tfs_mount *mount, struct tfs_inode *inode,
                                  const struct bc_stop *stop, struct bc_attr *attr, bool *passing)
{
    enum { TRIES = 3 };
    struct bc_attr then;
    enum bc_status status = see_file(mount, inode, attr);
    for (int i = 0; i < TRIES && status == BC_BUSY; i++) {
        enum bc_syntax syntax;
        (void)tfs_version_sized(&mount->table, inode, attr, &syntax);
        then = *attr;
        status = tfs_shown_size_in_time(tfs_tree(inode), syntax, stop, &then);
        if (!status)
            status = see_file(mount, inode, attr);
    }
    *passing = status == BC_BUSY;
    if (!*passing)
        return status;
    *attr = then;
    return BC_OK;
}

static void fill_stat(struct tfs_mount *mount, const struct tfs_inode *inode,
                      const struct bc_attr *attr, struct stat *st)
{
    tfs_stat_of(inode->branch->id, attr, st);
    if (inode->past)
        st->st_nlink = 0;
    if (inode->text)
        show_raw(mount, inode, st);
}

enum bc_status tfs_inode_stat(struct tfs_mount *mount, struct tfs_inode *inode, struct stat *st)
{
    if (inode->control)
        return tfs_control_stat(mount, inode, st);
    if (!inode->branch)
        return root_stat(mount, st);
    if (inode->text)
        (void)tfs_wait_truncation(&mount->table, inode->branch, inode->node);
    struct bc_attr attr;
    enum bc_status status = see_file(mount, inode, &attr);
    if (!status)
        fill_stat(mount, inode, &attr, st);
    return status;
}

double tfs_attr_timeout(const struct tfs_inode *inode)
{
    return inode->control ? 0 : TFS_FOR_EVER;
}

void tfs_drop_privileges(struct tfs_mount *mount, struct tfs_inode *inode,
                         const struct bc_attr *attr, uid_t uid)
{
    uint32_t drop = attr->mode & S_ISUID;
    if (attr->mode & S_IXGRP)
        drop |= attr->mode & S_ISGID;
    if (drop == 0 || uid == 0)
        return;
    struct bc_change change = {.mask = BC_CHANGE_MODE, .mode = attr->mode & ~drop};
    struct bc_attr after;
    (void)bc_tree_change(inode->branch->branch, inode->node, &change, &after);
    tfs_branch_changed(inode->branch);
    /* After a write the kernel asks for sizes and times alone. */
    tfs_drop_attributes(mount, inode);
}

static void run_stat(struct tfs_job *job)
{
    struct tfs_waiting *self = (struct tfs_waiting *)job;
    struct bc_attr attr;
    bool passing;
    struct stat st;
    enum bc_status status = see_in_time(self->mount, self->inode, &self->stop, &attr, &passing);
    tfs_waiting_over(self);
    if (!status) {
        fill_stat(self->mount, self->inode, &attr, &st);
        (void)fuse_reply_attr(self->req, &st, passing ? 0 : tfs_attr_timeout(self->inode));
    } else {
        if (status != BC_CANCELLED)
            tfs_note_node(self->mount, self->inode, "stat", status, NULL);
        tfs_reply_status(self->req, status);
    }
    tfs_waiting_free(self);
}

void tfs_reply_stat_later(fuse_req_t req, struct tfs_inode *inode)
{
    struct tfs_waiting *waiting = bc_alloc_zero(sizeof *waiting);
    if (waiting)
        tfs_waiting_submit(waiting, req, inode, run_stat);
    else
        tfs_reply_status(req, BC_NO_MEMORY);
}

static void reply_stat(fuse_req_t req, struct tfs_inode *inode)
{
    struct stat st;
    enum bc_status status = tfs_inode_stat(tfs_mount_of(req), inode, &st);
    if (status == BC_BUSY)
        tfs_reply_stat_later(req, inode);
    else if (status)
        tfs_reply_status(req, status);
    else
        (void)fuse_reply_attr(req, &st, tfs_attr_timeout(inode));
}

void tfs_getattr(fuse_req_t req, fuse_ino_t nodeid, struct fuse_file_info *fi)
{
    struct tfs_inode *inode = tfs_inode_at(tfs_mount_of(req), nodeid);
    if (fi && inode->text && tfs_is_text_writer(tfs_handle_of(fi)))
        tfs_text_getattr(req, tfs_handle_of(fi));
    else
        reply_stat(req, inode);
}

static void set_root(fuse_req_t req, const struct stat *to, int mask)
{
    struct tfs_mount *mount = tfs_mount_of(req);
    struct bc_root_attr attr;
    enum bc_status status = bc_repo_root(mount->repo, &attr);
    if (!status) {
        if (mask & FUSE_SET_ATTR_MODE)
            attr.mode = to->st_mode & 07777;
        if (mask & FUSE_SET_ATTR_UID)
            attr.uid = to->st_uid;
        if (mask & FUSE_SET_ATTR_GID)
            attr.gid = to->st_gid;
        if (mask & FUSE_SET_ATTR_MTIME_NOW)
            attr.mtime_ns = tfs_now_ns();
        else if (mask & FUSE_SET_ATTR_MTIME)
            attr.mtime_ns = time_ns_of(to->st_mtim);
        status = bc_repo_root_set(mount->repo, &attr);
    }
    if (status)
        tfs_reply_status(req, tfs_note(mount, NULL, "setattr", "", status, NULL));
    else
        reply_stat(req, &mount->table.root);
}

static void change_of(const struct stat *to, int mask, struct bc_change *change)
{
    *change = (struct bc_change){0};
    if (mask & FUSE_SET_ATTR_MODE) {
        change->mask |= BC_CHANGE_MODE;
        change->mode = to->st_mode & 07777;
    }
    if (mask & FUSE_SET_ATTR_UID) {
        change->mask |= BC_CHANGE_UID;
        change->uid = to->st_uid;
    }
    if (mask & FUSE_SET_ATTR_GID) {
        change->mask |= BC_CHANGE_GID;
        change->gid = to->st_gid;
    }
    if (mask & (FUSE_SET_ATTR_ATIME | FUSE_SET_ATTR_ATIME_NOW)) {
        change->mask |= BC_CHANGE_ATIME;
        change->atime_ns = mask & FUSE_SET_ATTR_ATIME_NOW ? tfs_now_ns() : time_ns_of(to->st_atim);
    }
    if (mask & (FUSE_SET_ATTR_MTIME | FUSE_SET_ATTR_MTIME_NOW)) {
        change->mask |= BC_CHANGE_MTIME;
        change->mtime_ns = mask & FUSE_SET_ATTR_MTIME_NOW ? tfs_now_ns() : time_ns_of(to->st_mtim);
    }
    if (mask & FUSE_SET_ATTR_CTIME) {
        change->mask |= BC_CHANGE_CTIME;
        change->ctime_ns = time_ns_of(to->st_ctim);
    }
}

/* The kernel leaves clearing the set-id bits to us (HANDLE_KILLPRIV): a change of owner clears them
 * for everybody, a change of size for all but root. */
static void add_killed_bits(fuse_req_t req, const struct tfs_inode *inode, struct bc_change *change)
{
    bool owner = change->mask & (BC_CHANGE_UID | BC_CHANGE_GID);
    bool size = (change->mask & BC_CHANGE_SIZE) && fuse_req_ctx(req)->uid != 0;
    struct bc_attr attr;
    if ((!owner && !size) || (change->mask & BC_CHANGE_MODE) || inode->kind == BC_DIRECTORY ||
        bc_tree_stat(inode->branch->branch, inode->node, &attr) ||
        (attr.mode & (S_ISUID | S_ISGID)) == 0)
        return;
    change->mask |= BC_CHANGE_MODE;
    change->mode = attr.mode & ~(uint32_t)S_ISUID;
    if (attr.mode & S_IXGRP)
        change->mode &= ~(uint32_t)S_ISGID;
}

void tfs_setattr(fuse_req_t req, fuse_ino_t nodeid, struct stat *to, int mask,
                 struct fuse_file_info *fi)
{
    struct tfs_mount *mount = tfs_mount_of(req);
    struct tfs_inode *inode = tfs_inode_at(mount, nodeid);
    struct bc_change change;
    if (inode->control) {
        if (mask & ~(FUSE_SET_ATTR_SIZE | FUSE_SET_ATTR_MTIME | FUSE_SET_ATTR_MTIME_NOW |
                     FUSE_SET_ATTR_CTIME))
            (void)fuse_reply_err(req, EPERM);
        else
            reply_stat(req, inode);
        return;
    }
    if (!inode->branch) {
        set_root(req, to, mask);
        return;
    }
    if (tfs_is_watch_thread(mount, fuse_req_ctx(req)->pid)) {
        reply_stat(req, inode);
        return;
    }
    enum bc_status refused = tfs_may_change(inode);
    if (refused) {
        tfs_reply_status(req, refused);
        return;
    }
    change_of(to, mask, &change);
    bool size = mask & FUSE_SET_ATTR_SIZE;
    if (size && !inode->text) {
        change.mask |= BC_CHANGE_SIZE;
        change.size_bytes = (uint64_t)to->st_size;
    }
    add_killed_bits(req, inode, &change);
    if (change.mask) {
        struct bc_attr attr;
        enum bc_status status = bc_tree_change(inode->branch->branch, inode->node, &change, &attr);
        tfs_branch_changed(inode->branch);
        if (status) {
            tfs_reply_status(req, tfs_note_node(mount, inode, "setattr", status, NULL));
            return;
        }
    }
    if (inode->text && (change.mask & BC_CHANGE_MTIME))
        tfs_mtime_set(&mount->table, inode, change.mtime_ns);
    if (size && inode->text)
        tfs_text_truncate(req, inode, fi ? tfs_handle_of(fi) : NULL, (uint64_t)to->st_size);
    else
        reply_stat(req, inode);
}
