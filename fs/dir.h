/* Inside fs/: open folders. */
#ifndef FS_DIR_H
#define FS_DIR_H

#include "fs/mount.h"

void tfs_opendir(fuse_req_t req, fuse_ino_t nodeid, struct fuse_file_info *fi);
void tfs_readdir(fuse_req_t req, fuse_ino_t nodeid, size_t size, off_t offset,
                 struct fuse_file_info *fi);
void tfs_readdirplus(fuse_req_t req, fuse_ino_t nodeid, size_t size, off_t offset,
                     struct fuse_file_info *fi);
void tfs_releasedir(fuse_req_t req, fuse_ino_t nodeid, struct fuse_file_info *fi);
void tfs_fsyncdir(fuse_req_t req, fuse_ino_t nodeid, int data_only, struct fuse_file_info *fi);

#endif
