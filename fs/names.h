/* Inside fs/: the requests that make, remove and rename. */
#ifndef FS_NAMES_H
#define FS_NAMES_H

#include "fs/mount.h"

void tfs_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
                struct fuse_file_info *fi);
void tfs_mknod(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, dev_t device);
void tfs_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode);
void tfs_symlink(fuse_req_t req, const char *target, fuse_ino_t parent, const char *name);
void tfs_readlink(fuse_req_t req, fuse_ino_t nodeid);
void tfs_link(fuse_req_t req, fuse_ino_t nodeid, fuse_ino_t parent, const char *name);
void tfs_unlink(fuse_req_t req, fuse_ino_t parent, const char *name);
void tfs_rmdir(fuse_req_t req, fuse_ino_t parent, const char *name);
void tfs_rename(fuse_req_t req, fuse_ino_t parent, const char *name, fuse_ino_t new_parent,
                const char *new_name, unsigned flags);

#endif
