#include "fs/moved_watchers.h"

#include "fs/attr.h"
#include "fs/handle.h"
#include "fs/lookup.h"

#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What one thread is telling, as it has to be known by those who answer its requests. */
struct tfs_teller {
    struct tfs_teller *next;
    pid_t thread;
    const char *hidden; /* a name that it does not find; NULL: none */
    const char *shown;  /* a name that it finds; NULL: none. As this: */
    struct tfs_inode *inode;
    uint64_t shown_in; /* in this folder; 0: wherever */
};

struct telling {
    struct tfs_mount *mount;
    struct tfs_teller teller;
    int root; /* of the mount, O_PATH */
    const char *branch;
    const char *strings;
    struct bc_buffer path;
    struct bc_buffer old_path;
};

/* --- the thread that tells */

/* Never out of the mount: neither by a link nor to what somebody mounted in it. */
static int open_below(int root, const char *path, int flags)
{
    struct open_how how = {.flags = (unsigned)(flags | O_CLOEXEC | O_NOFOLLOW),
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
                                      RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV};
    return (int)syscall(SYS_openat2, root, path, &how, sizeof how);
}

/* The root of our mount; -1 if it cannot be seen from here any more. */
static int open_root(struct tfs_mount *mount)
{
    struct stat st;
    int root = open(mount->options->mountpoint, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        return -1;
    if (fstat(root, &st) == 0 && st.st_dev == atomic_load(&mount->device))
        return root;
    (void)close(root);
    return -1;
}

/* What this thread finds differently from all others, from now on. */
static void set_view(struct telling *self, const char *hidden, const char *shown,
                     struct tfs_inode *inode, uint64_t shown_in)
{
    (void)pthread_mutex_lock(&self->mount->tellers_lock);
    self->teller.hidden = hidden;
    self->teller.shown = shown;
    self->teller.inode = inode;
    self->teller.shown_in = shown_in;
    (void)pthread_mutex_unlock(&self->mount->tellers_lock);
}

/* Who serves the mount may not be allowed to write to a file of it; to have read it is an event,
 * too. */
static bool touch_content(int root, const char *path)
{
    int fd = open_below(root, path, O_WRONLY | O_NONBLOCK);
    if (fd < 0)
        fd = open_below(root, path, O_RDONLY | O_NONBLOCK);
    if (fd >= 0)
        (void)close(fd);
    return fd >= 0;
}

static void touch_attributes(int root, const char *path)
{
    int fd = open_below(root, path, O_PATH);
    if (fd < 0)
        return;
    bool set = utimensat(fd, "", NULL, AT_EMPTY_PATH) == 0;
    (void)close(fd);
    if (!set)
        fd = open_below(root, path, O_RDONLY | O_NONBLOCK);
    if (!set && fd >= 0)
        (void)close(fd);
}

/* The folder that a path ends in, O_PATH, and *name. The path loses the name. */
static int open_folder(struct telling *self, struct bc_buffer *path, const char **name)
{
    char *slash = strrchr(path->data, '/');
    *slash = 0;
    *name = slash + 1;
    return open_below(self->root, path->data, O_PATH | O_DIRECTORY);
}

static bool make_name(int folder, const char *name, enum bc_kind kind)
{
    if (kind == BC_DIRECTORY)
        return mkdirat(folder, name, 0700) == 0;
    if (kind == BC_SYMLINK)
        return symlinkat(name, folder, name) == 0;
    int fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd >= 0)
        (void)close(fd);
    return fd >= 0;
}

/* Somebody may have looked the name up already: then it cannot be created any more. */
static void tell_appear(struct telling *self, const struct tfs_tale *tale)
{
    const char *name;
    int folder = open_folder(self, &self->path, &name);
    if (folder < 0)
        return;
    set_view(self, name, NULL, NULL, 0);
    bool made = make_name(folder, name, tale->node);
    set_view(self, NULL, NULL, NULL, 0);
    if (!made && tale->node == BC_FILE)
        made = touch_content(folder, name);
    if (!made)
        touch_attributes(folder, name);
    (void)close(folder);
}

static void tell_vanish(struct telling *self, const struct tfs_tale *tale)
{
    const char *name;
    int folder = open_folder(self, &self->path, &name);
    if (folder < 0)
        return;
    set_view(self, NULL, name, tale->inode, 0);
    bool removed =
        tale->inode && unlinkat(folder, name, tale->node == BC_DIRECTORY ? AT_REMOVEDIR : 0) == 0;
    set_view(self, NULL, NULL, NULL, 0);
    (void)close(folder);
    if (!removed)
        touch_attributes(self->root, self->path.data);
}

static void tell_rename(struct telling *self, const struct tfs_tale *tale)
{
    const char *name;
    const char *old_name;
    int folder = open_folder(self, &self->path, &name);
    int old_folder = open_folder(self, &self->old_path, &old_name);
    bool renamed = false;
    if (folder >= 0 && old_folder >= 0 && tale->inode) {
        set_view(self, name, old_name, tale->inode, tale->old_folder);
        renamed = renameat(old_folder, old_name, folder, name) == 0;
        set_view(self, NULL, NULL, NULL, 0);
    }
    if (!renamed && old_folder >= 0)
        touch_attributes(self->root, self->old_path.data);
    if (!renamed && folder >= 0 && !(tale->node == BC_FILE && touch_content(folder, name)))
        touch_attributes(folder, name);
    if (folder >= 0)
        (void)close(folder);
    if (old_folder >= 0)
        (void)close(old_folder);
}

/* A file that no name leads to any more, but that somebody has open or watches, is found by this
 * thread under a name of its own. */
static void tell_left(struct telling *self, const struct tfs_tale *tale)
{
    static const char name[] = "left";
    bc_buffer_clear(&self->path);
    if (bc_buffer_printf(&self->path, "%s/%s/at/%s", self->branch, TFS_BRANCH_FOLDER, name) ||
        bc_buffer_append(&self->path, "", 1))
        return;
    set_view(self, NULL, name, tale->inode, 0);
    (void)touch_content(self->root, self->path.data);
    set_view(self, NULL, NULL, NULL, 0);
}

static bool set_path(struct telling *self, struct bc_buffer *path, size_t at)
{
    const char *rest = self->strings + at;
    bc_buffer_clear(path);
    return !bc_buffer_printf(path, "%s%s%s", self->branch, rest[0] ? "/" : "", rest) &&
           !bc_buffer_append(path, "", 1);
}

static void tell(struct telling *self, const struct tfs_tale *tale)
{
    if (!set_path(self, &self->path, tale->path) ||
        !set_path(self, &self->old_path, tale->old_path))
        return;
    switch (tale->kind) {
    case TFS_TALE_CONTENT:
        (void)touch_content(self->root, self->path.data);
        break;
    case TFS_TALE_ATTRIBUTES:
        touch_attributes(self->root, self->path.data);
        break;
    case TFS_TALE_APPEAR:
        tell_appear(self, tale);
        break;
    case TFS_TALE_VANISH:
        tell_vanish(self, tale);
        break;
    case TFS_TALE_RENAME:
        tell_rename(self, tale);
        break;
    case TFS_TALE_LEFT:
        tell_left(self, tale);
        break;
    }
}

static void enter(struct telling *self)
{
    struct tfs_mount *mount = self->mount;
    self->teller.thread = gettid();
    (void)pthread_mutex_lock(&mount->tellers_lock);
    self->teller.next = mount->tellers;
    mount->tellers = &self->teller;
    (void)atomic_fetch_add(&mount->telling, 1);
    (void)pthread_mutex_unlock(&mount->tellers_lock);
}

static void leave(struct telling *self)
{
    struct tfs_mount *mount = self->mount;
    (void)pthread_mutex_lock(&mount->tellers_lock);
    struct tfs_teller **link = &mount->tellers;
    while (*link != &self->teller)
        link = &(*link)->next;
    *link = self->teller.next;
    (void)atomic_fetch_sub(&mount->telling, 1);
    (void)pthread_mutex_unlock(&mount->tellers_lock);
}

void tfs_watchers_tell(struct tfs_mount *mount, struct bc_branch *branch, const char *strings,
                       const struct tfs_tale *tales, size_t count)
{
    char name[BC_BRANCH_NAME_MAX + 1];
    struct telling self = {.mount = mount, .branch = name, .strings = strings};
    self.root = count > 0 ? open_root(mount) : -1;
    if (self.root < 0)
        return;
    bc_branch_name(branch, name);
    enter(&self);
    for (size_t i = 0; i < count; i++)
        tell(&self, &tales[i]);
    leave(&self);
    (void)close(self.root);
    bc_buffer_release(&self.path);
    bc_buffer_release(&self.old_path);
}

/* --- the threads that answer it */

/* With the lock held. */
static struct tfs_teller *find_teller(struct tfs_mount *mount, pid_t thread)
{
    struct tfs_teller *teller = mount->tellers;
    while (teller && teller->thread != thread)
        teller = teller->next;
    return teller;
}

bool tfs_is_watch_thread(struct tfs_mount *mount, pid_t thread)
{
    if (atomic_load(&mount->telling) == 0)
        return false;
    (void)pthread_mutex_lock(&mount->tellers_lock);
    bool found = find_teller(mount, thread) != NULL;
    (void)pthread_mutex_unlock(&mount->tellers_lock);
    return found;
}

/* Only for this look-up: the next one has to ask again. */
static enum bc_status enter_shown(struct tfs_mount *mount, struct tfs_inode *shown,
                                  struct fuse_entry_param *entry, struct tfs_inode **inode)
{
    *entry = (struct fuse_entry_param){.ino = tfs_nodeid(mount, shown)};
    enum bc_status st = tfs_inode_stat(mount, shown, &entry->attr);
    if (st) {
        struct bc_attr attr = {.node = shown->node, .kind = shown->kind};
        tfs_stat_of(shown->branch->id, &attr, &entry->attr);
    }
    (void)pthread_mutex_lock(&mount->table.lock);
    shown->lookups++;
    (void)pthread_mutex_unlock(&mount->table.lock);
    *inode = shown;
    return BC_OK;
}

enum bc_status tfs_watch_find(fuse_req_t req, const struct tfs_inode *folder, const char *name,
                              struct fuse_entry_param *entry, struct tfs_inode **inode)
{
    struct tfs_mount *mount = tfs_mount_of(req);
    bool hidden = false;
    struct tfs_inode *shown = NULL;
    (void)pthread_mutex_lock(&mount->tellers_lock);
    const struct tfs_teller *teller = find_teller(mount, fuse_req_ctx(req)->pid);
    if (teller && teller->shown && strcmp(teller->shown, name) == 0 &&
        (teller->shown_in == 0 || teller->shown_in == folder->node))
        shown = teller->inode;
    else
        hidden = teller && teller->hidden && strcmp(teller->hidden, name) == 0;
    (void)pthread_mutex_unlock(&mount->tellers_lock);
    if (shown)
        return enter_shown(mount, shown, entry, inode);
    return hidden ? BC_NOT_FOUND : BC_NO_DATA;
}

static void watch_close(struct tfs_mount *mount, struct tfs_handle *handle)
{
    (void)mount;
    tfs_handle_free(handle);
}

static const struct tfs_handle_ops watch_ops = {.close = watch_close};

enum bc_status tfs_watch_open(struct tfs_mount *mount, struct tfs_inode *inode,
                              struct fuse_file_info *fi)
{
    struct tfs_handle *self = tfs_handle_new(mount, inode, fi->flags, sizeof *self, &watch_ops);
    if (!self)
        return BC_NO_MEMORY;
    fi->keep_cache = 1;
    fi->noflush = 1;
    fi->fh = (uintptr_t)self;
    return BC_OK;
}

void tfs_watch_make(fuse_req_t req, struct tfs_inode *folder, const char *name,
                    struct fuse_file_info *fi)
{
    struct tfs_mount *mount = tfs_mount_of(req);
    struct fuse_entry_param entry;
    struct tfs_inode *inode;
    enum bc_status st = tfs_find(mount, folder, name, 0, &entry, &inode);
    if (!st && fi) {
        st = inode->kind == BC_FILE ? tfs_watch_open(mount, inode, fi) : BC_IS_DIRECTORY;
        if (st)
            tfs_inode_forget(&mount->table, inode, 1);
    }
    if (st) {
        tfs_reply_status(req, st);
        return;
    }
    struct tfs_handle *handle = fi ? tfs_handle_of(fi) : NULL;
    if (fi ? fuse_reply_create(req, &entry, fi) : fuse_reply_entry(req, &entry)) {
        if (handle)
            watch_close(mount, handle);
        tfs_inode_forget(&mount->table, inode, 1);
    }
}
