#include "fs/lookup.h"

#include "fs/at.h"
#include "fs/attr.h"
#include "fs/conflicts.h"
#include "fs/control.h"
#include "fs/diff.h"
#include "fs/moved_watchers.h"
#include "fs/shown_size.h"
#include "fs/versions.h"

#include <string.h>
#include <time.h>

bool tfs_is_control_name(const struct tfs_inode *folder, const char *name)
{
    if (folder->control)
        return false;
    if (!folder->branch)
        return strcmp(name, TFS_STORE_FOLDER) == 0;
    return folder->node == BC_ROOT_NODE && folder->branch->tree != TFS_TREE_CONFLICTS &&
           strcmp(name, TFS_BRANCH_FOLDER) == 0;
}

static void fill_entry(struct tfs_mount *mount, const struct tfs_inode *inode,
                       const struct stat *st, bool sized, struct fuse_entry_param *entry)
{
    *entry = (struct fuse_entry_param){0};
    entry->ino = tfs_nodeid(mount, inode);
    entry->attr = *st;
    entry->attr_timeout = sized ? tfs_attr_timeout(inode) : 0;
    entry->entry_timeout = tfs_attr_timeout(inode);
}

enum bc_status tfs_enter(struct tfs_mount *mount, struct tfs_branch *branch,
                         const struct bc_attr *attr, struct bc_slice name, pid_t thread,
                         struct fuse_entry_param *entry, struct tfs_inode **inode)
{
    struct bc_attr shown = *attr;
    enum bc_syntax syntax;
    bool sized = true;
    enum bc_status st = BC_OK;
    tfs_showing(&mount->table);
    if (tfs_text_of_name(attr, name, &syntax))
        st = tfs_shown_size(branch->branch, syntax, &shown, &sized);
    if (!st)
        st = tfs_inode_see(&mount->table, branch, &shown, sized, name, thread, inode);
    tfs_shown(&mount->table);
    if (st)
        return st == BC_STALE ? BC_BUSY : st;
    struct stat stat;
    tfs_stat_of(branch->id, &shown, &stat);
    fill_entry(mount, *inode, &stat, sized, entry);
    return BC_OK;
}

enum bc_status tfs_find_branch(struct tfs_mount *mount, const char *name,
                               struct fuse_entry_param *entry, struct tfs_inode **inode)
{
    struct bc_branch *opened;
    enum bc_status st = bc_branch_open(mount->repo, bc_slice(name, strlen(name)), &opened);
    if (st == BC_INVALID || st == BC_NAME_TOO_LONG)
        st = BC_NOT_FOUND;
    if (st)
        return st;
    struct tfs_branch *branch = NULL;
    struct bc_attr attr;
    st = tfs_branch_of(&mount->table, opened, &branch);
    if (!st)
        st = bc_tree_stat(opened, BC_ROOT_NODE, &attr);
    if (!st)
        st = tfs_enter(mount, branch, &attr, bc_slice(name, strlen(name)), 0, entry, inode);
    if (branch)
        tfs_branch_put(&mount->table, branch);
    bc_branch_release(opened);
    return st;
}

/* Fills the entry of a control whose inode was found. */
static enum bc_status enter_control(struct tfs_mount *mount, struct fuse_entry_param *entry,
                                    struct tfs_inode **inode)
{
    struct stat stat;
    enum bc_status st = tfs_control_stat(mount, *inode, &stat);
    if (st)
        tfs_inode_forget(&mount->table, *inode, 1);
    else
        fill_entry(mount, *inode, &stat, true, entry);
    return st;
}

static enum bc_status find_control(struct tfs_mount *mount, struct tfs_inode *folder,
                                   const char *name, struct fuse_entry_param *entry,
                                   struct tfs_inode **inode)
{
    enum bc_status st = tfs_conflicts_find(mount, folder, name, entry, inode);
    if (st != BC_NOT_FOUND)
        return st;
    st = tfs_control_find(mount, folder, name, inode);
    return st ? st : enter_control(mount, entry, inode);
}

/* Who was sent away once must be able to open what he finds now. BC_BUSY: it is gone already. */
static enum bc_status hold(struct tfs_mount *mount, struct tfs_inode *inode)
{
    enum bc_status st = tfs_inode_hold(&mount->table, inode);
    if (st)
        tfs_inode_forget(&mount->table, inode, 1);
    return st == BC_STALE ? BC_BUSY : st;
}

static enum bc_status find_once(struct tfs_mount *mount, struct tfs_inode *folder,
                                struct bc_slice name, pid_t thread, struct fuse_entry_param *entry,
                                struct tfs_inode **inode, struct bc_attr *attr)
{
    tfs_branch_steady(folder->branch);
    enum bc_status st = bc_tree_lookup(folder->branch->branch, folder->node, name, attr);
    if (!st)
        st = tfs_enter(mount, folder->branch, attr, name, thread, entry, inode);
    tfs_branch_go_on(folder->branch);
    return st;
}

/* A move may be under way: the branch is at its new state, and the table not yet. */
static void wait_a_moment(int tries)
{
    struct timespec moment = {.tv_nsec = 1000000L << (tries < 6 ? tries : 6)};
    (void)nanosleep(&moment, NULL);
}

/* What was looked up may be overtaken by a commit before it is entered: then it is looked up again.
 */
static enum bc_status find_node(struct tfs_mount *mount, struct tfs_inode *folder, const char *name,
                                pid_t thread, struct fuse_entry_param *entry,
                                struct tfs_inode **inode)
{
    enum { TRIES = 32, QUICK = 8 };
    struct bc_slice slice = bc_slice(name, strlen(name));
    enum bc_status st = BC_BUSY;
    for (int i = 0; i < TRIES && st == BC_BUSY; i++) {
        struct bc_attr attr;
        if (i >= QUICK)
            wait_a_moment(i - QUICK);
        st = find_once(mount, folder, slice, thread, entry, inode, &attr);
        if (!st && attr.kind == BC_FILE &&
            tfs_wait_truncation(&mount->table, folder->branch, attr.node)) {
            tfs_inode_forget(&mount->table, *inode, 1);
            st = find_once(mount, folder, slice, thread, entry, inode, &attr);
        }
        if (!st && attr.kind == BC_FILE &&
            tfs_retry_known(&mount->table.retries, folder->branch, thread, false))
            st = hold(mount, *inode);
    }
    return st;
}

enum bc_status tfs_find(struct tfs_mount *mount, struct tfs_inode *folder, const char *name,
                        pid_t thread, struct fuse_entry_param *entry, struct tfs_inode **inode)
{
    if (folder->control || tfs_is_control_name(folder, name))
        return find_control(mount, folder, name, entry, inode);
    if (!folder->branch)
        return tfs_find_branch(mount, name, entry, inode);
    return find_node(mount, folder, name, thread, entry, inode);
}

static enum bc_status find_for(fuse_req_t req, struct tfs_inode *folder, const char *name,
                               struct fuse_entry_param *entry, struct tfs_inode **inode)
{
    struct tfs_mount *mount = tfs_mount_of(req);
    enum tfs_control_kind kind = folder->control ? folder->control->kind : TFS_CONTROL_FOLDER;
    if (tfs_is_watch_thread(mount, fuse_req_ctx(req)->pid)) {
        enum bc_status st = tfs_watch_find(req, folder, name, entry, inode);
        if (st != BC_NO_DATA)
            return st;
    }
    if (kind == TFS_CONTROL_AT)
        return tfs_at_find(req, folder, name, entry, inode);
    if (kind == TFS_CONTROL_DIFF) {
        enum bc_status st = tfs_diff_find(req, folder, name, inode);
        return st ? st : enter_control(mount, entry, inode);
    }
    return tfs_find(mount, folder, name, fuse_req_ctx(req)->pid, entry, inode);
}

void tfs_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
    struct tfs_mount *mount = tfs_mount_of(req);
    struct tfs_inode *folder = tfs_inode_at(mount, parent);
    struct tfs_inode *inode;
    struct fuse_entry_param entry;
    tfs_count(mount, TFS_COUNT_LOOKUPS, 1);
    enum bc_status st = find_for(req, folder, name, &entry, &inode);
    if (st == BC_NOT_FOUND && !folder->control &&
        !tfs_is_watch_thread(mount, fuse_req_ctx(req)->pid)) {
        /* Names come to be through the kernel, or are invalidated when they do: so it may remember
         * that this one is not there. */
        entry = (struct fuse_entry_param){.entry_timeout = TFS_FOR_EVER};
        (void)fuse_reply_entry(req, &entry);
    } else if (st) {
        tfs_reply_status(req, tfs_note_name(mount, folder, name, "lookup", st, NULL));
    } else if (fuse_reply_entry(req, &entry)) {
        tfs_inode_forget(&mount->table, inode, 1);
    }
}

void tfs_forget(fuse_req_t req, fuse_ino_t nodeid, uint64_t lookups)
{
    struct tfs_mount *mount = tfs_mount_of(req);
    if (nodeid != FUSE_ROOT_ID)
        tfs_inode_forget(&mount->table, tfs_inode_at(mount, nodeid), lookups);
    fuse_reply_none(req);
}

void tfs_forget_multi(fuse_req_t req, size_t count, struct fuse_forget_data *forgets)
{
    struct tfs_mount *mount = tfs_mount_of(req);
    for (size_t i = 0; i < count; i++)
        if (forgets[i].ino != FUSE_ROOT_ID)
            tfs_inode_forget(&mount->table, tfs_inode_at(mount, forgets[i].ino),
                             forgets[i].nlookup);
    fuse_reply_none(req);
}
