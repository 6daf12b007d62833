#include "fs/control.h"

#include "fs/at.h"
#include "fs/diff.h"
#include "fs/line.h"
#include "fs/lookup.h"
#include "fs/may_change.h"
#include "fs/root.h"

#include <errno.h>
#include <string.h>

/* Tools choose the size of their writes by what stat says: a command ought to come in one. */
enum { BLOCK_BYTES = 1 << 20 };

static const struct tfs_control *controls_of(const struct tfs_inode *folder)
{
    return folder->branch ? tfs_branch_controls : tfs_store_controls;
}

static bool has_control(const struct tfs_inode *folder, const struct tfs_control *control)
{
    return !folder->branch || folder->branch->tree != TFS_TREE_PAST || tfs_past_has(control);
}

static bool is_folder(const struct tfs_control *control)
{
    return control->kind == TFS_CONTROL_FOLDER || control->kind == TFS_CONTROL_REJECTED ||
           control->kind == TFS_CONTROL_FORK || control->kind == TFS_CONTROL_TAGS ||
           control->kind == TFS_CONTROL_AT || control->kind == TFS_CONTROL_DIFF ||
           control->kind == TFS_CONTROL_CONFLICTS || control->kind == TFS_CONTROL_CANON;
}

/* `fork/NAME` answers for a branch of that name, so that mkdir(1) finds what it made. */
static enum bc_status find_forked(struct tfs_mount *mount, struct tfs_inode *folder,
                                  const char *name, struct tfs_inode **inode)
{
    struct bc_branch *branch;
    if (folder->path[0] || bc_branch_open(mount->repo, bc_slice(name, strlen(name)), &branch))
        return BC_NOT_FOUND;
    bc_branch_release(branch);
    return tfs_inode_see_control(&mount->table, folder->branch, folder->control, name, true, inode);
}

enum bc_status tfs_control_find(struct tfs_mount *mount, struct tfs_inode *folder, const char *name,
                                struct tfs_inode **inode)
{
    if (!folder->control)
        return tfs_inode_see_control(&mount->table, folder->branch,
                                     folder->branch ? &tfs_branch_folder : &tfs_store_folder, "",
                                     true, inode);
    if (folder->control->kind == TFS_CONTROL_REJECTED)
        return tfs_rejected_find(mount, folder, name, inode);
    if (folder->control->kind == TFS_CONTROL_CANON)
        return tfs_canon_find(mount, folder, name, inode);
    if (folder->control->kind == TFS_CONTROL_FORK)
        return find_forked(mount, folder, name, inode);
    if (folder->control->kind == TFS_CONTROL_TAGS)
        return tfs_tag_find(mount, folder, name, inode);
    for (const struct tfs_control *control = controls_of(folder); control->name; control++)
        if (strcmp(control->name, name) == 0 && has_control(folder, control))
            return tfs_inode_see_control(&mount->table, folder->branch, control, "",
                                         is_folder(control), inode);
    return BC_NOT_FOUND;
}

/* What is written to it changes nothing: who may read may ask. */
static bool is_question(const struct tfs_control *control)
{
    return control->kind == TFS_CONTROL_MATCH || control->kind == TFS_CONTROL_COUNT;
}

static bool is_only_written(const struct tfs_control *control)
{
    return control->kind == TFS_CONTROL_TEXT && !control->read;
}

/* What a control's mode is made of: the root folder's, or the file's whose form it shows. */
static enum bc_status find_model(const struct tfs_inode *inode, struct bc_attr *attr)
{
    if (inode->control->kind == TFS_CONTROL_CANON)
        return tfs_canon_attr(inode, attr);
    return bc_tree_stat(inode->branch->branch, BC_ROOT_NODE, attr);
}

/* Who owns the controls, and what its folder's mode lets whom do. */
static enum bc_status base_stat(struct tfs_mount *mount, const struct tfs_inode *inode,
                                struct stat *st)
{
    struct bc_attr attr;
    struct bc_root_attr root;
    enum bc_status status;
    *st = (struct stat){0};
    if (inode->branch) {
        status = find_model(inode, &attr);
        st->st_mode = attr.mode & 0777;
        st->st_uid = attr.uid;
        st->st_gid = attr.gid;
    } else {
        status = bc_repo_root(mount->repo, &root);
        st->st_mode = root.mode & 0777;
        st->st_uid = root.uid;
        st->st_gid = root.gid;
    }
    return status;
}

static void set_mode(const struct tfs_inode *inode, struct stat *st)
{
    const struct tfs_control *control = inode->control;
    mode_t bits = st->st_mode;
    if (inode->kind == BC_DIRECTORY) {
        /* Forking a branch takes no more than reading it. */
        if (control->kind == TFS_CONTROL_FORK)
            bits |= (bits & 0444) >> 1;
        st->st_mode = S_IFDIR | bits;
        return;
    }
    st->st_mode = S_IFREG;
    if (!is_only_written(control))
        st->st_mode |= bits & 0444;
    if (control->write)
        st->st_mode |= bits & 0222;
    if (is_question(control))
        st->st_mode |= (bits & 0444) >> 1;
}

enum bc_status tfs_control_stat(struct tfs_mount *mount, const struct tfs_inode *inode,
                                struct stat *st)
{
    uint64_t size_bytes = 0;
    int64_t time_ns = tfs_now_ns();
    enum bc_status status = base_stat(mount, inode, st);
    if (!status && inode->control->kind == TFS_CONTROL_REJECTED && inode->kind == BC_FILE)
        status = tfs_rejected_stat(inode, &size_bytes, &time_ns);
    if (status)
        return status;
    set_mode(inode, st);
    st->st_ino = tfs_number(inode);
    st->st_nlink = 1;
    st->st_size = (off_t)size_bytes;
    st->st_blocks = (blkcnt_t)((size_bytes + 511) / 512);
    if (inode->kind == BC_FILE && inode->control->kind != TFS_CONTROL_REJECTED)
        st->st_blksize = BLOCK_BYTES;
    st->st_mtim.tv_sec = time_ns / 1000000000;
    st->st_mtim.tv_nsec = time_ns % 1000000000;
    st->st_atim = st->st_ctim = st->st_mtim;
    return BC_OK;
}

static enum bc_status open_text(struct tfs_mount *mount, struct tfs_inode *inode,
                                struct fuse_file_info *fi)
{
    const struct tfs_control *control = inode->control;
    struct bc_buffer content = {0};
    enum bc_status st = BC_OK;
    if ((fi->flags & O_ACCMODE) != O_WRONLY && control->read)
        st = tfs_note(mount, inode->branch, "read", control->name,
                      control->read(mount, inode->branch, &content), NULL);
    if (!st)
        return tfs_text_control_open(mount, inode, &content, fi);
    bc_buffer_release(&content);
    return st;
}

enum bc_status tfs_control_open(fuse_req_t req, struct tfs_inode *inode, struct fuse_file_info *fi)
{
    struct tfs_mount *mount = tfs_mount_of(req);
    fi->direct_io = 1;
    fi->noflush = 1;
    if (is_question(inode->control))
        return tfs_query_open(mount, inode, fi);
    enum bc_status st = tfs_may_write(fi->flags) ? tfs_may_change(inode) : BC_OK;
    if (st)
        return st;
    if (tfs_may_write(fi->flags) ? !inode->control->write : is_only_written(inode->control))
        return BC_DENIED;
    switch (inode->control->kind) {
    case TFS_CONTROL_TEXT:
    case TFS_CONTROL_REWRITE:
        return open_text(mount, inode, fi);
    case TFS_CONTROL_EVENTS:
        return tfs_events_open(mount, inode, fi);
    case TFS_CONTROL_REJECTED:
        return tfs_rejected_open(mount, inode, fi);
    case TFS_CONTROL_CANON:
        return tfs_canon_open(mount, inode, fi);
    case TFS_CONTROL_DIFF:
        return tfs_diff_open(req, inode, fi);
    case TFS_CONTROL_LOG:
        return tfs_log_open(mount, inode, fi);
    case TFS_CONTROL_MERGE:
        return tfs_merge_open(mount, inode, fi);
    case TFS_CONTROL_PATCH:
        return tfs_patch_open(mount, inode, fi);
    case TFS_CONTROL_CHECK:
        return tfs_check_open(mount, inode, fi);
    case TFS_CONTROL_TAGS:
        return tfs_tag_open(mount, inode, fi);
    default:
        return BC_IS_DIRECTORY;
    }
}

enum bc_status tfs_control_list(struct tfs_mount *mount, const struct tfs_inode *folder,
                                tfs_control_sink sink, void *context)
{
    if (folder->control->kind == TFS_CONTROL_REJECTED)
        return tfs_rejected_list(mount, folder, sink, context);
    if (folder->control->kind == TFS_CONTROL_CANON)
        return tfs_canon_list(folder, sink, context);
    if (folder->control->kind == TFS_CONTROL_TAGS)
        return tfs_tag_list(mount, sink, context);
    if (folder->control->kind != TFS_CONTROL_FOLDER)
        return BC_OK;
    enum bc_status st = BC_OK;
    uint64_t number = 2;
    for (const struct tfs_control *c = controls_of(folder); c->name && !st; c++)
        if (has_control(folder, c))
            st = sink(context, c->name, is_folder(c), number++);
    return st;
}

static enum bc_status may_fork_here(fuse_req_t req, struct tfs_mount *mount)
{
    struct bc_root_attr root;
    enum bc_status st = bc_repo_root(mount->repo, &root);
    return st ? st : tfs_may_make_branches(req, &root);
}

struct fork_job {
    struct tfs_job job;
    fuse_req_t req;
    struct tfs_inode *folder; /* pinned */
    char name[BC_NAME_MAX + 1];
};

/* The root of the mount gets a name that the kernel does not know of: what it knows of the root has
 * to be dropped before mkdir returns, which a thread that answers requests must not do. */
static void run_fork(struct tfs_job *job)
{
    struct fork_job *self = (struct fork_job *)job;
    struct tfs_mount *mount = tfs_mount_of(self->req);
    struct tfs_inode *inode;
    struct fuse_entry_param entry;
    enum bc_status st = may_fork_here(self->req, mount);
    if (!st)
        st = tfs_fork(self->req, self->folder->branch->branch, self->name, NULL);
    if (!st) {
        tfs_root_forget(mount, bc_slice(self->name, strlen(self->name)));
        st = tfs_find(mount, self->folder, self->name, 0, &entry, &inode);
    }
    if (st)
        tfs_reply_status(self->req, st);
    else if (fuse_reply_entry(self->req, &entry))
        tfs_inode_forget(&mount->table, inode, 1);
    tfs_inode_unpin(&mount->table, self->folder);
    bc_free(self);
}

void tfs_control_mkdir(fuse_req_t req, struct tfs_inode *folder, const char *name)
{
    struct tfs_mount *mount = tfs_mount_of(req);
    size_t size = strlen(name);
    if (folder->control->kind != TFS_CONTROL_FORK || folder->path[0] || size > BC_NAME_MAX) {
        (void)fuse_reply_err(req, size > BC_NAME_MAX ? ENAMETOOLONG : EPERM);
        return;
    }
    struct fork_job *job = bc_alloc_zero(sizeof *job);
    if (!job) {
        tfs_reply_status(req, BC_NO_MEMORY);
        return;
    }
    job->job.run = run_fork;
    job->req = req;
    job->folder = folder;
    memcpy(job->name, name, size + 1);
    tfs_inode_pin(&mount->table, folder);
    tfs_pool_submit(mount->commits, &job->job);
}

void tfs_control_create(fuse_req_t req, struct tfs_inode *folder, const char *name,
                        struct fuse_file_info *fi)
{
    struct tfs_mount *mount = tfs_mount_of(req);
    struct tfs_inode *inode;
    struct fuse_entry_param entry = {0};
    if (folder->control->kind != TFS_CONTROL_TAGS) {
        (void)fuse_reply_err(req, EPERM);
        return;
    }
    enum bc_status st = tfs_tag_create(mount, folder, name, &inode);
    if (!st) {
        st = tfs_control_stat(mount, inode, &entry.attr);
        if (!st)
            st = tfs_control_open(req, inode, fi);
        if (st)
            tfs_inode_forget(&mount->table, inode, 1);
    }
    if (st) {
        tfs_reply_status(req, st);
        return;
    }
    struct tfs_handle *handle = tfs_handle_of(fi);
    entry.ino = tfs_nodeid(mount, inode);
    if (fuse_reply_create(req, &entry, fi)) {
        handle->ops->close(mount, handle);
        tfs_inode_forget(&mount->table, inode, 1);
    }
}

void tfs_control_remove(fuse_req_t req, struct tfs_inode *folder, const char *name, bool subfolder)
{
    struct tfs_mount *mount = tfs_mount_of(req);
    if (folder->control->kind == TFS_CONTROL_REJECTED)
        tfs_reply_status(req, tfs_rejected_remove(mount, folder, name, subfolder));
    else if (folder->control->kind == TFS_CONTROL_TAGS)
        tfs_reply_status(req, tfs_tag_remove(mount, folder, name, subfolder));
    else
        (void)fuse_reply_err(req, EPERM);
}

enum bc_status tfs_control_errors(struct tfs_mount *mount, struct tfs_branch *branch,
                                  struct bc_buffer *to)
{
    return tfs_errors_format(branch ? &branch->errors : &mount->errors, to);
}
