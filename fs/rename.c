/* Renames. They may parse a large file, so they run on threads of their own; their callers hold
 * locks of the kernel, so what has to be invalidated waits until they are answered. */
#include "fs/errno.h"
#include "fs/lookup.h"
#include "fs/may_change.h"
#include "fs/moved_watchers.h"
#include "fs/names.h"
#include "fs/notify.h"
#include "fs/reshown.h"
#include "fs/root.h"
#include "fs/shown_size.h"
#include "fs/versions.h"

#include <errno.h>
#include <linux/fs.h>
#include <string.h>

struct rename_job {
    struct tfs_job job;
    struct tfs_mount *mount;
    fuse_req_t req;
    struct tfs_inode *from; /* pinned, as is to */
    struct tfs_inode *to;
    unsigned flags; /* enum bc_rename_flag */
    char name[BC_NAME_MAX + 1];
    char new_name[BC_NAME_MAX + 1];
};

/* A file whose name says that it shows something else than before has inodes of the wrong kind: the
 * next one who opens it finds a new one. */
static void follow_kind(struct tfs_mount *mount, struct tfs_inode *folder, uint64_t node,
                        const char *old_name, const char *new_name, struct tfs_invalidations *list)
{
    enum bc_syntax old_syntax;
    enum bc_syntax new_syntax = BC_NTRIPLES;
    bool was_text = bc_syntax_of_name(bc_slice(old_name, strlen(old_name)), &old_syntax);
    bool is_text = bc_syntax_of_name(bc_slice(new_name, strlen(new_name)), &new_syntax);
    if (!was_text && !is_text)
        return;
    struct bc_attr attr;
    if (was_text && is_text && tfs_shows_same(old_syntax, new_syntax))
        tfs_node_syntax(&mount->table, folder->branch, node, new_syntax);
    else if (bc_tree_stat(folder->branch->branch, node, &attr) == BC_OK && attr.kind == BC_FILE) {
        tfs_node_shows_other_kind(mount, folder->branch, node);
        tfs_invalidate_name(list, tfs_nodeid(mount, folder), new_name);
    }
}

static enum bc_status rename_node(struct rename_job *self, struct tfs_invalidations *list)
{
    struct tfs_mount *mount = self->mount;
    struct bc_slice name = bc_slice(self->name, strlen(self->name));
    struct bc_slice new_name = bc_slice(self->new_name, strlen(self->new_name));
    struct bc_branch *branch = self->from->branch->branch;
    struct bc_renamed renamed = {0};
    struct bc_error err = {{0}};
    enum bc_status st = bc_tree_rename(branch, self->from->node, name, self->to->node, new_name,
                                       self->flags, &renamed, &err);
    tfs_branch_changed(self->from->branch);
    if (st)
        return tfs_note_name(mount, self->to, self->new_name, "rename", st, &err);
    follow_kind(mount, self->to, renamed.node, self->name, self->new_name, list);
    struct bc_attr other;
    if ((self->flags & BC_RENAME_EXCHANGE) &&
        bc_tree_lookup(branch, self->from->node, name, &other) == BC_OK)
        follow_kind(mount, self->from, other.node, self->new_name, self->name, list);
    return BC_OK;
}

static void run_rename(struct tfs_job *job)
{
    struct rename_job *self = (struct rename_job *)job;
    struct tfs_mount *mount = self->mount;
    struct tfs_invalidations list = {0};
    enum bc_status st = self->from->branch
                            ? rename_node(self, &list)
                            : tfs_root_rename(mount, self->name, self->new_name, self->flags);
    tfs_reply_status(self->req, st);
    tfs_invalidations_later(mount, &list);
    tfs_inode_unpin(&mount->table, self->from);
    tfs_inode_unpin(&mount->table, self->to);
    bc_free(self);
}

/* The errno of a rename that cannot be; 0 if it may be tried. */
static int refuse(const struct tfs_inode *from, const char *name, const struct tfs_inode *to,
                  const char *new_name, unsigned flags)
{
    if (flags & ~(unsigned)(RENAME_NOREPLACE | RENAME_EXCHANGE))
        return EINVAL;
    if (from->control || to->control || tfs_is_control_name(from, name) ||
        tfs_is_control_name(to, new_name) || !from->branch != !to->branch)
        return EPERM;
    if (from->branch != to->branch)
        return EXDEV;
    if (strlen(name) > BC_NAME_MAX || strlen(new_name) > BC_NAME_MAX)
        return ENAMETOOLONG;
    if (!from->branch)
        return 0;
    enum bc_status st = tfs_may_name(from, name);
    return tfs_errno(st ? st : tfs_may_name(to, new_name));
}

void tfs_rename(fuse_req_t req, fuse_ino_t parent, const char *name, fuse_ino_t new_parent,
                const char *new_name, unsigned flags)
{
    struct tfs_mount *mount = tfs_mount_of(req);
    struct tfs_inode *from = tfs_inode_at(mount, parent);
    struct tfs_inode *to = tfs_inode_at(mount, new_parent);
    if (tfs_is_watch_thread(mount, fuse_req_ctx(req)->pid)) {
        (void)fuse_reply_err(req, 0);
        return;
    }
    int refused = refuse(from, name, to, new_name, flags);
    struct rename_job *job = refused ? NULL : bc_alloc_zero(sizeof *job);
    if (!job) {
        (void)fuse_reply_err(req, refused ? refused : ENOMEM);
        return;
    }
    job->job.run = run_rename;
    job->mount = mount;
    job->req = req;
    job->from = from;
    job->to = to;
    if (flags & RENAME_NOREPLACE)
        job->flags |= BC_RENAME_NOREPLACE;
    if (flags & RENAME_EXCHANGE)
        job->flags |= BC_RENAME_EXCHANGE;
    memcpy(job->name, name, strlen(name) + 1);
    memcpy(job->new_name, new_name, strlen(new_name) + 1);
    tfs_inode_pin(&mount->table, from);
    tfs_inode_pin(&mount->table, to);
    tfs_pool_submit(mount->moves, &job->job);
}
