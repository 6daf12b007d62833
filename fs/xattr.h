/* Inside fs/: extended attributes. */
#ifndef FS_XATTR_H
#define FS_XATTR_H

#include "fs/mount.h"

void tfs_getxattr(fuse_req_t req, fuse_ino_t nodeid, const char *name, size_t size);
void tfs_setxattr(fuse_req_t req, fuse_ino_t nodeid, const char *name, const char *value,
                  size_t size, int flags);
void tfs_listxattr(fuse_req_t req, fuse_ino_t nodeid, size_t size);
void tfs_removexattr(fuse_req_t req, fuse_ino_t nodeid, const char *name);

#endif
