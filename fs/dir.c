/* A folder is read once, at the first read of its handle and at each rewind, and answered from that
 * list.
 *
 * The kernel takes what readdirplus says about a file as if it had looked it up, for ever. Whoever
 * makes, removes or renames a name has to wait until our answer is through (the kernel's lock of
 * the folder), and whoever commits invalidates the name afterwards; but both may happen between
 * making the list and answering from it. So entries come with inodes only while the branch is as it
 * was when the list was made; else they are names alone, and the kernel looks up what it needs. */
#include "fs/dir.h"

#include "fs/attr.h"
#include "fs/control.h"
#include "fs/line.h"
#include "fs/lookup.h"
#include "fs/versions.h"

#include <string.h>

struct dir_entry {
    size_t name; /* offset in names, with a NUL behind it */
    size_t name_size;
    struct bc_attr attr; /* of a folder of a branch; else number and kind alone */
};

struct dir_handle {
    struct tfs_handle base; /* its lock guards what follows */
    bool filled;
    uint64_t generation; /* of the branch, before the list was made */
    uint64_t parent;     /* st_ino of ".." */
    struct dir_entry *entries;
    size_t count;
    size_t capacity;
    struct bc_buffer names;
};

static enum bc_status add(struct dir_handle *self, struct bc_slice name, const struct bc_attr *attr)
{
    if (self->count == self->capacity) {
        size_t capacity = self->capacity ? self->capacity * 2 : 64;
        struct dir_entry *entries =
            bc_realloc_array(self->entries, capacity, sizeof *self->entries);
        if (!entries)
            return BC_NO_MEMORY;
        self->entries = entries;
        self->capacity = capacity;
    }
    struct dir_entry *entry = &self->entries[self->count];
    *entry = (struct dir_entry){self->names.size, name.size, *attr};
    enum bc_status st = bc_buffer_append(&self->names, name.data, name.size);
    if (!st)
        st = bc_buffer_append(&self->names, "", 1);
    if (!st)
        self->count++;
    return st;
}

static enum bc_status add_node(void *context, struct bc_slice name, const struct bc_attr *attr)
{
    return add(context, name, attr);
}

static enum bc_status add_branch(void *context, const struct bc_branch_info *info)
{
    struct bc_attr attr = {.node = tfs_number_of(info->id, BC_ROOT_NODE), .kind = BC_DIRECTORY};
    return add(context, bc_slice(info->name, strlen(info->name)), &attr);
}

static enum bc_status add_control(void *context, const char *name, bool folder, uint64_t number)
{
    struct bc_attr attr = {.node = number, .kind = folder ? BC_DIRECTORY : BC_FILE};
    return add(context, bc_slice(name, strlen(name)), &attr);
}

static enum bc_status fill_branch_folder(struct dir_handle *self)
{
    struct tfs_inode *inode = self->base.inode;
    struct tfs_branch *branch = inode->branch;
    struct bc_attr attr;
    self->generation = atomic_load(&branch->generation);
    (void)tfs_wait_truncation(&self->base.mount->table, branch, 0);
    enum bc_status st = bc_tree_stat(branch->branch, inode->node, &attr);
    self->parent = inode->node == BC_ROOT_NODE ? 1 : tfs_number_of(branch->id, attr.parent);
    return st ? st : bc_tree_list_attr(branch->branch, inode->node, add_node, self);
}

static enum bc_status fill(struct dir_handle *self)
{
    struct tfs_mount *mount = self->base.mount;
    struct tfs_inode *inode = self->base.inode;
    self->count = 0;
    self->parent = 1;
    bc_buffer_clear(&self->names);
    enum bc_status st;
    if (inode->control)
        st = tfs_control_list(mount, inode, add_control, self);
    else if (inode->branch)
        st = fill_branch_folder(self);
    else
        st = bc_branch_each(mount->repo, add_branch, self);
    self->filled = st == BC_OK;
    return st;
}

static const char *name_of(const struct dir_handle *self, const struct dir_entry *entry)
{
    return self->names.data + entry->name;
}

/* What an entry is without being looked up. */
static void plain_entry(const struct dir_handle *self, const struct dir_entry *entry,
                        struct fuse_entry_param *param)
{
    const struct tfs_inode *inode = self->base.inode;
    *param = (struct fuse_entry_param){0};
    tfs_stat_of(inode->branch ? inode->branch->id : 0, &entry->attr, &param->attr);
    if (inode->control || !inode->branch)
        param->attr.st_ino = entry->attr.node;
}

/* To tell how large what files show is, some have to be written first: not too many an answer. */
static const int64_t answer_ns = INT64_C(20) * 1000000;

struct answer {
    fuse_req_t req;
    bool plus;
    int64_t until_ns; /* entries that come later are names alone */
    char *bytes;
    size_t used;
    size_t size;
};

/* False when it does not fit. */
static bool put_dot(const struct dir_handle *self, struct answer *answer, size_t index)
{
    struct fuse_entry_param param = {0};
    const char *name = index == 0 ? "." : "..";
    param.attr.st_ino = index == 0 ? tfs_number(self->base.inode) : self->parent;
    param.attr.st_mode = S_IFDIR;
    char *to = answer->bytes + answer->used;
    size_t room = answer->size - answer->used;
    size_t need =
        answer->plus
            ? fuse_add_direntry_plus(answer->req, to, room, name, &param, (off_t)index + 1)
            : fuse_add_direntry(answer->req, to, room, name, &param.attr, (off_t)index + 1);
    if (need > room)
        return false;
    answer->used += need;
    return true;
}

static bool put(struct dir_handle *self, struct answer *answer, size_t index)
{
    if (index < 2)
        return put_dot(self, answer, index);
    struct dir_entry *entry = &self->entries[index - 2];
    struct tfs_branch *branch = self->base.inode->branch;
    const char *name = name_of(self, entry);
    char *to = answer->bytes + answer->used;
    size_t room = answer->size - answer->used;
    struct fuse_entry_param param;
    struct tfs_inode *inode;
    if (!answer->plus) {
        plain_entry(self, entry, &param);
        size_t need = fuse_add_direntry(answer->req, to, room, name, &param.attr, (off_t)index + 1);
        answer->used += need <= room ? need : 0;
        return need <= room;
    }
    size_t need = fuse_add_direntry_plus(answer->req, NULL, 0, name, NULL, 0);
    if (need > room)
        return false;
    bool known = branch && !self->base.inode->control && tfs_monotonic_ns() < answer->until_ns;
    if (known) {
        tfs_branch_steady(branch);
        known = atomic_load(&branch->generation) == self->generation &&
                !tfs_enter(self->base.mount, branch, &entry->attr, bc_slice(name, entry->name_size),
                           0, &param, &inode);
        tfs_branch_go_on(branch);
    }
    if (!known)
        plain_entry(self, entry, &param);
    (void)fuse_add_direntry_plus(answer->req, to, room, name, &param, (off_t)index + 1);
    answer->used += need;
    return true;
}

static void read_entries(fuse_req_t req, size_t size, off_t offset, struct fuse_file_info *fi,
                         bool plus)
{
    struct dir_handle *self = (struct dir_handle *)tfs_handle_of(fi);
    struct answer answer = {.req = req,
                            .plus = plus,
                            .until_ns = tfs_monotonic_ns() + answer_ns,
                            .bytes = bc_alloc(size),
                            .size = size};
    enum bc_status st = answer.bytes ? BC_OK : BC_NO_MEMORY;
    (void)pthread_mutex_lock(&self->base.lock);
    if (!st && (offset == 0 || !self->filled))
        st = fill(self);
    if (!st)
        for (size_t i = (size_t)offset; i < self->count + 2; i++)
            if (!put(self, &answer, i))
                break;
    (void)pthread_mutex_unlock(&self->base.lock);
    if (st)
        tfs_reply_status(req,
                         tfs_note_node(self->base.mount, self->base.inode, "readdir", st, NULL));
    else
        (void)fuse_reply_buf(req, answer.bytes, answer.used);
    bc_free(answer.bytes);
}

static void dir_close(struct tfs_mount *mount, struct tfs_handle *handle)
{
    (void)mount;
    struct dir_handle *self = (struct dir_handle *)handle;
    bc_free(self->entries);
    bc_buffer_release(&self->names);
    tfs_handle_free(handle);
}

static const struct tfs_handle_ops dir_ops = {.close = dir_close};

void tfs_opendir(fuse_req_t req, fuse_ino_t nodeid, struct fuse_file_info *fi)
{
    struct tfs_mount *mount = tfs_mount_of(req);
    struct tfs_inode *inode = tfs_inode_at(mount, nodeid);
    struct dir_handle *self = tfs_handle_new(mount, inode, fi->flags, sizeof *self, &dir_ops);
    if (!self) {
        tfs_reply_status(req, BC_NO_MEMORY);
        return;
    }
    fi->fh = (uintptr_t)self;
    fi->cache_readdir = !inode->control;
    fi->keep_cache = !inode->control;
    if (fuse_reply_open(req, fi))
        dir_close(mount, &self->base);
}

void tfs_readdir(fuse_req_t req, fuse_ino_t nodeid, size_t size, off_t offset,
                 struct fuse_file_info *fi)
{
    (void)nodeid;
    read_entries(req, size, offset, fi, false);
}

void tfs_readdirplus(fuse_req_t req, fuse_ino_t nodeid, size_t size, off_t offset,
                     struct fuse_file_info *fi)
{
    (void)nodeid;
    read_entries(req, size, offset, fi, true);
}

void tfs_releasedir(fuse_req_t req, fuse_ino_t nodeid, struct fuse_file_info *fi)
{
    (void)nodeid;
    dir_close(tfs_mount_of(req), tfs_handle_of(fi));
    (void)fuse_reply_err(req, 0);
}

void tfs_fsyncdir(fuse_req_t req, fuse_ino_t nodeid, int data_only, struct fuse_file_info *fi)
{
    (void)data_only;
    (void)fi;
    struct tfs_mount *mount = tfs_mount_of(req);
    tfs_reply_status(req, tfs_note_node(mount, tfs_inode_at(mount, nodeid), "fsync",
                                        bc_repo_sync(mount->repo), NULL));
}
