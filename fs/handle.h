/* Inside fs/: open files and folders. What a handle does depends on what it is open on: triple
 * files (handle_text.c), plain files (handle_bytes.c), folders (dir.c), controls (control*.c). */
#ifndef FS_HANDLE_H
#define FS_HANDLE_H

#include "branchcore/stop.h"
#include "fs/mount.h"

#include <fcntl.h>

struct tfs_handle;

/* A missing function: the operation succeeds and does nothing (flush, fsync), or EBADF (read,
 * write). All but close answer the request, now or later. */
struct tfs_handle_ops {
    void (*read)(fuse_req_t req, struct tfs_handle *handle, size_t size, uint64_t offset);
    void (*write)(fuse_req_t req, struct tfs_handle *handle, const char *from, size_t size,
                  uint64_t offset);
    void (*flush)(fuse_req_t req, struct tfs_handle *handle);
    void (*fsync)(fuse_req_t req, struct tfs_handle *handle);
    void (*poll)(fuse_req_t req, struct tfs_handle *handle, struct fuse_pollhandle *poll);
    /* Ends and frees the handle. May block. slow: run by a thread of the commits pool. */
    void (*close)(struct tfs_mount *mount, struct tfs_handle *handle);
    bool slow_close;
};

/* The first member of every kind of handle. */
struct tfs_handle {
    const struct tfs_handle_ops *ops;
    struct tfs_mount *mount;
    struct tfs_inode *inode; /* pinned */
    int flags;               /* of open(2) */
    struct tfs_handle *next; /* in the table's list, under its lock */
    struct tfs_handle **link;
    pthread_mutex_t lock;
    bool holds_node;        /* a file: lives on without a name (bc_node_open) while it is open */
    struct tfs_job release; /* the request that ends it */
    fuse_req_t release_req;
};

/* Allocates size bytes (at least a struct tfs_handle), zeroed, and fills the base. NULL: no memory.
 */
void *tfs_handle_new(struct tfs_mount *mount, struct tfs_inode *inode, int flags, size_t size,
                     const struct tfs_handle_ops *ops);
/* Keeps the file that the handle is on alive. BC_STALE: it is gone. */
enum bc_status tfs_handle_hold(struct tfs_handle *handle);
/* For close functions: the last thing that they do. */
void tfs_handle_free(struct tfs_handle *handle);
/* The files of a branch that are open, some of them perhaps more than once; *nodes is the caller's
 * to free. BC_NO_MEMORY. */
enum bc_status tfs_open_nodes(struct tfs_table *table, const struct tfs_branch *branch,
                              uint64_t **nodes, size_t *count);
/* At the end of the mount. */
void tfs_handles_close(struct tfs_mount *mount);

static inline struct tfs_handle *tfs_handle_of(const struct fuse_file_info *fi)
{
    return (struct tfs_handle *)(uintptr_t)fi->fh;
}

static inline bool tfs_may_write(int flags)
{
    return (flags & O_ACCMODE) != O_RDONLY;
}

/* Opens a file that a look-up found; created: by this very request. stop (may be NULL): of a wait
 * for what it shows to be written. Sets fi's fields. */
enum bc_status tfs_file_open(fuse_req_t req, struct tfs_inode *inode, bool created,
                             const struct bc_stop *stop, struct fuse_file_info *fi);
/* After a look-up or creation was answered with a handle: what cannot be done before. */
void tfs_file_opened(struct tfs_handle *handle);

/* Replies with size bytes that `fill` puts into a buffer. */
typedef enum bc_status (*tfs_fill)(struct tfs_handle *handle, uint64_t offset, void *to,
                                   size_t size, size_t *done);
void tfs_reply_read(fuse_req_t req, struct tfs_handle *handle, size_t size, uint64_t offset,
                    tfs_fill fill);

void tfs_open(fuse_req_t req, fuse_ino_t nodeid, struct fuse_file_info *fi);
void tfs_read(fuse_req_t req, fuse_ino_t nodeid, size_t size, off_t offset,
              struct fuse_file_info *fi);
void tfs_write(fuse_req_t req, fuse_ino_t nodeid, const char *from, size_t size, off_t offset,
               struct fuse_file_info *fi);
void tfs_flush(fuse_req_t req, fuse_ino_t nodeid, struct fuse_file_info *fi);
void tfs_fsync(fuse_req_t req, fuse_ino_t nodeid, int data_only, struct fuse_file_info *fi);
void tfs_poll(fuse_req_t req, fuse_ino_t nodeid, struct fuse_file_info *fi,
              struct fuse_pollhandle *poll);
void tfs_release(fuse_req_t req, fuse_ino_t nodeid, struct fuse_file_info *fi);
void tfs_copy_file_range(fuse_req_t req, fuse_ino_t from_nodeid, off_t from_offset,
                         struct fuse_file_info *from_fi, fuse_ino_t to_nodeid, off_t to_offset,
                         struct fuse_file_info *to_fi, size_t size, int flags);
void tfs_fallocate(fuse_req_t req, fuse_ino_t nodeid, int mode, off_t offset, off_t size,
                   struct fuse_file_info *fi);

#endif
