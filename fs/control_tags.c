/* `.store/tags/`: a file a tag, which shows the id of its commit. Writing a REF to one sets the
 * tag, and makes it if there is none: to create the file alone makes nothing. */
#include "branchcore/ref.h"
#include "fs/commands.h"
#include "fs/root.h"

#include <string.h>

static enum bc_status get(struct tfs_mount *mount, const char *name, struct bc_commit_id *id)
{
    enum bc_status st = bc_tag_get(mount->repo, bc_slice(name, strlen(name)), id);
    return st == BC_INVALID || st == BC_NAME_TOO_LONG ? BC_NOT_FOUND : st;
}

enum bc_status tfs_tag_find(struct tfs_mount *mount, struct tfs_inode *folder, const char *name,
                            struct tfs_inode **inode)
{
    struct bc_commit_id id;
    enum bc_status st = get(mount, name, &id);
    return st ? st
              : tfs_inode_see_control(&mount->table, NULL, folder->control, name, false, inode);
}

struct listing {
    tfs_control_sink sink;
    void *context;
    uint64_t number;
};

static enum bc_status list_one(void *context, struct bc_slice name, const struct bc_commit_id *id)
{
    (void)id;
    struct listing *listing = context;
    char text[BC_BRANCH_NAME_MAX + 1];
    if (name.size > BC_BRANCH_NAME_MAX)
        return BC_CORRUPT;
    memcpy(text, name.data, name.size);
    text[name.size] = 0;
    return listing->sink(listing->context, text, false, listing->number++);
}

enum bc_status tfs_tag_list(struct tfs_mount *mount, tfs_control_sink sink, void *context)
{
    struct listing listing = {sink, context, 2};
    return bc_tag_each(mount->repo, list_one, &listing);
}

enum bc_status tfs_tag_open(struct tfs_mount *mount, struct tfs_inode *inode,
                            struct fuse_file_info *fi)
{
    struct bc_commit_id id;
    struct bc_buffer content = {0};
    char hex[BC_COMMIT_HEX + 1];
    enum bc_status st = BC_OK;
    if ((fi->flags & O_ACCMODE) != O_WRONLY) {
        st = get(mount, inode->path, &id);
        if (!st) {
            bc_commit_id_format(&id, hex);
            st = bc_buffer_printf(&content, "%s\n", hex);
        }
        /* It was created by this very open(2), or removed since it was looked up. */
        if (st == BC_NOT_FOUND && tfs_may_write(fi->flags))
            st = BC_OK;
        else if (st == BC_NOT_FOUND)
            st = BC_STALE;
    }
    if (!st)
        return tfs_text_control_open(mount, inode, &content, fi);
    bc_buffer_release(&content);
    return st;
}

enum bc_status tfs_tag_create(struct tfs_mount *mount, struct tfs_inode *folder, const char *name,
                              struct tfs_inode **inode)
{
    struct bc_error err = {{0}};
    struct bc_buffer path = {0};
    enum bc_status st = bc_branch_name_check(bc_slice(name, strlen(name)), &err);
    if (!st)
        return tfs_inode_see_control(&mount->table, NULL, folder->control, name, false, inode);
    if (!bc_buffer_printf(&path, "tags/%s", name) && !bc_buffer_append(&path, "", 1))
        tfs_note(mount, NULL, "create", path.data, st, &err);
    bc_buffer_release(&path);
    return st;
}

enum bc_status tfs_tag_do(struct tfs_mount *mount, struct tfs_branch *branch,
                          struct bc_slice command, const struct tfs_caller *caller,
                          struct bc_error *err)
{
    (void)branch;
    struct bc_commit_id id;
    enum bc_status st = tfs_may_use_ref(caller->req, NULL, command, err);
    if (!st)
        st = bc_ref_commit(mount->repo, NULL, command, &id, err);
    if (!st)
        st = bc_tag_set(mount->repo, bc_slice(caller->path, strlen(caller->path)), &id, err);
    return st;
}

enum bc_status tfs_tag_remove(struct tfs_mount *mount, struct tfs_inode *folder, const char *name,
                              bool subfolder)
{
    if (subfolder)
        return BC_NOT_DIRECTORY;
    enum bc_status st = bc_tag_remove(mount->repo, bc_slice(name, strlen(name)), NULL);
    if (!st)
        tfs_control_forget(&mount->table, NULL, folder->control, name);
    return st;
}
