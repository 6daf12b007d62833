#include "fs/notify.h"

#include <string.h>

void tfs_invalidate_name(struct tfs_invalidations *list, fuse_ino_t folder, const char *name)
{
    size_t size = strlen(name);
    if (folder == 0 || size > BC_NAME_MAX || list->count == TFS_INVALIDATIONS_MAX)
        return;
    list->names[list->count].folder = folder;
    memcpy(list->names[list->count].name, name, size + 1);
    list->count++;
}

void tfs_invalidate_node(struct tfs_mount *mount, struct tfs_invalidations *list,
                         struct tfs_branch *branch, uint64_t node)
{
    struct bc_attr attr;
    struct bc_buffer path = {0};
    if (bc_tree_stat(branch->branch, node, &attr) || attr.parent == 0)
        return;
    if (!bc_tree_path(branch->branch, node, &path) && !bc_buffer_append(&path, "", 1)) {
        const char *slash = strrchr(path.data, '/');
        tfs_invalidate_name(list, tfs_folder_nodeid(&mount->table, branch, attr.parent),
                            slash ? slash + 1 : path.data);
    }
    bc_buffer_release(&path);
}

void tfs_invalidations_send(struct tfs_mount *mount, const struct tfs_invalidations *list)
{
    for (unsigned i = 0; i < list->count; i++)
        (void)fuse_lowlevel_notify_inval_entry(mount->session, list->names[i].folder,
                                               list->names[i].name, strlen(list->names[i].name));
    tfs_count(mount, TFS_COUNT_INVALIDATIONS, list->count);
}

struct later {
    struct tfs_job job;
    struct tfs_mount *mount;
    struct tfs_invalidations list;
};

static void send_later(struct tfs_job *job)
{
    struct later *later = (struct later *)job;
    tfs_invalidations_send(later->mount, &later->list);
    bc_free(later);
}

void tfs_invalidations_later(struct tfs_mount *mount, const struct tfs_invalidations *list)
{
    struct later *later = list->count > 0 ? bc_alloc_zero(sizeof *later) : NULL;
    if (!later)
        return;
    later->job.run = send_later;
    later->mount = mount;
    later->list = *list;
    tfs_pool_submit(mount->commits, &later->job);
}

void tfs_drop_pages(struct tfs_mount *mount, const struct tfs_inode *inode)
{
    (void)fuse_lowlevel_notify_inval_inode(mount->session, tfs_nodeid(mount, inode), 0, 0);
    tfs_count(mount, TFS_COUNT_INVALIDATIONS, 1);
}

void tfs_drop_attributes(struct tfs_mount *mount, const struct tfs_inode *inode)
{
    (void)fuse_lowlevel_notify_inval_inode(mount->session, tfs_nodeid(mount, inode), -1, 0);
}
