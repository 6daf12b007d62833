#include "fs/root.h"

#include "branchcore/ref.h"
#include "fs/lookup.h"
#include "fs/notify.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { GROUPS_MAX = 65536 };

static bool in_group(fuse_req_t req, gid_t gid)
{
    if (fuse_req_ctx(req)->gid == gid)
        return true;
    int count = fuse_req_getgroups(req, 0, NULL);
    if (count <= 0 || count > GROUPS_MAX)
        return false;
    gid_t *groups = bc_alloc_array((size_t)count, sizeof *groups);
    if (!groups)
        return false;
    int got = fuse_req_getgroups(req, count, groups);
    bool found = false;
    for (int i = 0; i < got && i < count && !found; i++)
        found = groups[i] == gid;
    bc_free(groups);
    return found;
}

/* The three bits of a mode that count for the caller. */
static uint32_t bits_for(fuse_req_t req, uint32_t mode, uint32_t uid, uint32_t gid)
{
    if (fuse_req_ctx(req)->uid == 0)
        return 7;
    if (fuse_req_ctx(req)->uid == uid)
        return (mode >> 6) & 7;
    return (in_group(req, gid) ? mode >> 3 : mode) & 7;
}

static enum bc_status may_list(fuse_req_t req, struct bc_branch *branch)
{
    struct bc_attr attr;
    enum bc_status st = bc_tree_stat(branch, BC_ROOT_NODE, &attr);
    if (st)
        return st;
    uint32_t bits = bits_for(req, attr.mode, attr.uid, attr.gid);
    return (bits & (R_OK | X_OK)) == (R_OK | X_OK) ? BC_OK : BC_DENIED;
}

/* A branch that was shut shuts its past too, if that is called by its name. */
static enum bc_status may_list_named(fuse_req_t req, struct bc_slice ref)
{
    struct bc_branch *branch;
    size_t size = 0;
    while (size < ref.size && ref.data[size] != '~' && ref.data[size] != '@')
        size++;
    if (bc_branch_open(tfs_mount_of(req)->repo, bc_slice(ref.data, size), &branch))
        return BC_OK;
    enum bc_status st = may_list(req, branch);
    bc_branch_release(branch);
    return st;
}

enum bc_status tfs_may_use_ref(fuse_req_t req, struct bc_branch *here, struct bc_slice ref,
                               struct bc_error *err)
{
    struct bc_state state;
    enum bc_status st = bc_ref_open(tfs_mount_of(req)->repo, here, ref, &state, err);
    if (st)
        return st;
    st = state.layer ? may_list(req, state.tree) : BC_OK;
    bc_state_release(&state);
    if (!st)
        st = may_list_named(req, ref);
    if (st == BC_DENIED)
        return bc_fail(err, st, "'%.*s' is for those who may list and enter its root folder",
                       (int)ref.size, ref.data);
    return st;
}

enum bc_status tfs_may_make_branches(fuse_req_t req, const struct bc_root_attr *root)
{
    uint32_t bits = bits_for(req, root->mode, root->uid, root->gid);
    return (bits & (W_OK | X_OK)) == (W_OK | X_OK) ? BC_OK : BC_DENIED;
}

static enum bc_status fork_checked(fuse_req_t req, struct bc_branch *source, const char *name,
                                   struct bc_branch **made, struct bc_error *err)
{
    enum bc_status st = may_list(req, source);
    if (st == BC_DENIED)
        return bc_fail(err, st,
                       "a branch is forked by those who may list and enter its root folder");
    if (st)
        return st;
    struct bc_owner owner = {fuse_req_ctx(req)->uid, fuse_req_ctx(req)->gid};
    return bc_branch_fork(source, bc_slice(name, strlen(name)), &owner, made, err);
}

enum bc_status tfs_fork(fuse_req_t req, struct bc_branch *source, const char *name,
                        struct bc_branch **made)
{
    struct bc_error err = {{0}};
    enum bc_status st = fork_checked(req, source, name, made, &err);
    return tfs_note(tfs_mount_of(req), NULL, "mkdir", name, st, &err);
}

void tfs_root_mkdir(fuse_req_t req, const char *name)
{
    struct tfs_mount *mount = tfs_mount_of(req);
    struct bc_branch *source;
    struct bc_branch *made = NULL;
    struct tfs_inode *inode;
    struct fuse_entry_param entry;
    enum bc_status st = bc_default_branch(mount->repo, &source);
    if (!st) {
        st = tfs_fork(req, source, name, &made);
        bc_branch_release(source);
    }
    if (!st)
        st = tfs_find_branch(mount, name, &entry, &inode);
    bc_branch_release(made); /* held until here, so that finding it does not load it anew */
    if (st)
        tfs_reply_status(req, st);
    else if (fuse_reply_entry(req, &entry))
        tfs_inode_forget(&mount->table, inode, 1);
}

enum bc_status tfs_branch_delete(struct tfs_mount *mount, struct bc_slice name, bool force,
                                 struct bc_error *err)
{
    struct bc_branch *branch = NULL;
    enum bc_status st = bc_branch_open(mount->repo, name, &branch);
    if (st)
        return st == BC_NOT_FOUND
                   ? bc_fail(err, st, "there is no branch '%.*s'", (int)name.size, name.data)
                   : st;
    st = bc_branch_delete(mount->repo, name, force, err);
    if (!st)
        tfs_branch_retire(&mount->table, bc_branch_id(branch));
    bc_branch_release(branch);
    return st;
}

void tfs_root_rmdir(fuse_req_t req, const char *name)
{
    struct tfs_mount *mount = tfs_mount_of(req);
    struct bc_error err = {{0}};
    enum bc_status st = tfs_branch_delete(mount, bc_slice(name, strlen(name)), false, &err);
    tfs_reply_status(req, tfs_note(mount, NULL, "rmdir", name, st, &err));
}

enum bc_status tfs_root_rename(struct tfs_mount *mount, const char *from, const char *to,
                               unsigned flags)
{
    struct bc_error err = {{0}};
    enum bc_status st =
        bc_branch_rename(mount->repo, bc_slice(from, strlen(from)), bc_slice(to, strlen(to)),
                         (flags & BC_RENAME_EXCHANGE) != 0, &err);
    return tfs_note(mount, NULL, "rename", from, st, &err);
}
void tfs_root_forget(struct tfs_mount *mount, struct bc_slice name)
{
    char text[BC_BRANCH_NAME_MAX + 1];
    struct tfs_invalidations list = {0};
    if (name.size > BC_BRANCH_NAME_MAX)
        return;
    memcpy(text, name.data, name.size);
    text[name.size] = 0;
    tfs_drop_pages(mount, &mount->table.root);
    tfs_invalidate_name(&list, FUSE_ROOT_ID, text);
    tfs_invalidations_send(mount, &list);
}
