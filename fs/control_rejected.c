/* `.branch/rejected/`: refused texts, by the paths that they were refused at. Its folders are there
 * as long as there is a text below them. */
#include "branchcore/rejected.h"
#include "fs/control.h"

#include <limits.h>
#include <string.h>

static const struct tfs_handle_ops rejected_ops;

static enum bc_status child_path(const struct tfs_inode *folder, const char *name,
                                 struct bc_buffer *path)
{
    return bc_buffer_printf(path, "%s%s%s", folder->path, folder->path[0] ? "/" : "", name) ||
                   bc_buffer_append(path, "", 1)
               ? BC_NO_MEMORY
               : BC_OK;
}

struct below {
    const char *folder; /* "" is the topmost */
    size_t size;
    bool found;
};

/* The part of a path that is below the folder; NULL if it is not. */
static const char *rest_below(const struct below *below, const char *path)
{
    if (below->size == 0)
        return path;
    if (strncmp(path, below->folder, below->size) != 0 || path[below->size] != '/')
        return NULL;
    return path + below->size + 1;
}

static enum bc_status look_below(void *context, const struct bc_rejected *rejected)
{
    struct below *below = context;
    below->found = below->found || rest_below(below, rejected->path) != NULL;
    return BC_OK;
}

/* True if there is a text below the folder. */
static enum bc_status has_below(struct tfs_branch *branch, const char *path, bool *found)
{
    struct below below = {path, strlen(path), false};
    enum bc_status st = bc_rejected_each(branch->branch, look_below, &below);
    *found = below.found;
    return st;
}

static enum bc_status kind_of(struct tfs_mount *mount, struct tfs_inode *folder, const char *path,
                              bool *is_folder)
{
    struct bc_rejected rejected;
    enum bc_status st =
        bc_rejected_stat(folder->branch->branch, bc_slice(path, strlen(path)), &rejected);
    *is_folder = st == BC_NOT_FOUND;
    if (st != BC_NOT_FOUND)
        return st;
    bool found;
    st = has_below(folder->branch, path, &found);
    if (st || found)
        return st;
    /* `rm -r` removes what is in a folder first: the folder stays until it removes that too. */
    return tfs_control_known(&mount->table, folder->branch, folder->control, path) ? BC_OK
                                                                                   : BC_NOT_FOUND;
}

enum bc_status tfs_rejected_find(struct tfs_mount *mount, struct tfs_inode *folder,
                                 const char *name, struct tfs_inode **inode)
{
    struct bc_buffer path = {0};
    bool is_folder;
    enum bc_status st = child_path(folder, name, &path);
    if (!st)
        st = kind_of(mount, folder, path.data, &is_folder);
    if (!st)
        st = tfs_inode_see_control(&mount->table, folder->branch, folder->control, path.data,
                                   is_folder, inode);
    bc_buffer_release(&path);
    return st;
}

enum bc_status tfs_rejected_stat(const struct tfs_inode *inode, uint64_t *size_bytes,
                                 int64_t *time_ns)
{
    struct bc_rejected rejected;
    enum bc_status st = bc_rejected_stat(inode->branch->branch,
                                         bc_slice(inode->path, strlen(inode->path)), &rejected);
    if (st)
        return st;
    *size_bytes = rejected.size_bytes;
    *time_ns = rejected.time_ns;
    return BC_OK;
}

struct listing {
    struct below below;
    tfs_control_sink sink;
    void *context;
    uint64_t number;
    char last[256]; /* the folder that was listed last: paths come in order */
};

static enum bc_status list_one(void *context, const struct bc_rejected *rejected)
{
    struct listing *listing = context;
    const char *rest = rest_below(&listing->below, rejected->path);
    if (!rest)
        return BC_OK;
    size_t size = strcspn(rest, "/");
    if (rest[size] == 0)
        return listing->sink(listing->context, rest, false, listing->number++);
    if (size >= sizeof listing->last ||
        (strncmp(listing->last, rest, size) == 0 && listing->last[size] == 0))
        return BC_OK;
    memcpy(listing->last, rest, size);
    listing->last[size] = 0;
    return listing->sink(listing->context, listing->last, true, listing->number++);
}

enum bc_status tfs_rejected_list(struct tfs_mount *mount, const struct tfs_inode *folder,
                                 tfs_control_sink sink, void *context)
{
    (void)mount;
    struct listing listing = {
        .below = {folder->path, strlen(folder->path), false},
        .sink = sink,
        .context = context,
        .number = 2,
    };
    return bc_rejected_each(folder->branch->branch, list_one, &listing);
}

enum bc_status tfs_rejected_remove(struct tfs_mount *mount, struct tfs_inode *folder,
                                   const char *name, bool subfolder)
{
    struct bc_buffer path = {0};
    bool is_folder = false;
    bool found = false;
    enum bc_status st = child_path(folder, name, &path);
    if (!st)
        st = kind_of(mount, folder, path.data, &is_folder);
    if (!st && is_folder != subfolder)
        st = is_folder ? BC_IS_DIRECTORY : BC_NOT_DIRECTORY;
    if (!st && !is_folder)
        st = bc_rejected_remove(folder->branch->branch, bc_slice(path.data, strlen(path.data)));
    if (!st && is_folder)
        st = has_below(folder->branch, path.data, &found);
    if (!st && found)
        st = BC_NOT_EMPTY;
    if (!st)
        tfs_control_forget(&mount->table, folder->branch, folder->control, path.data);
    bc_buffer_release(&path);
    return st;
}

static enum bc_status read_at(struct tfs_handle *handle, uint64_t offset, void *to, size_t size,
                              size_t *done)
{
    const char *path = handle->inode->path;
    return bc_rejected_read(handle->inode->branch->branch, bc_slice(path, strlen(path)), offset, to,
                            size, done);
}

static void rejected_read(fuse_req_t req, struct tfs_handle *handle, size_t size, uint64_t offset)
{
    tfs_reply_read(req, handle, size, offset, read_at);
}

static void rejected_close(struct tfs_mount *mount, struct tfs_handle *handle)
{
    (void)mount;
    tfs_handle_free(handle);
}

enum bc_status tfs_rejected_open(struct tfs_mount *mount, struct tfs_inode *inode,
                                 struct fuse_file_info *fi)
{
    struct tfs_handle *self = tfs_handle_new(mount, inode, fi->flags, sizeof *self, &rejected_ops);
    if (!self)
        return BC_NO_MEMORY;
    fi->fh = (uintptr_t)self;
    return BC_OK;
}

static const struct tfs_handle_ops rejected_ops = {.read = rejected_read, .close = rejected_close};
