/* Inside fs/: open plain files. The page cache and the file never differ: writes go through. */
#ifndef FS_HANDLE_BYTES_H
#define FS_HANDLE_BYTES_H

#include "fs/handle.h"

enum bc_status tfs_bytes_open(fuse_req_t req, struct tfs_inode *inode, bool created,
                              struct fuse_file_info *fi);

bool tfs_is_bytes(const struct tfs_handle *handle);
enum bc_status tfs_bytes_read_at(struct tfs_handle *handle, uint64_t offset, void *to, size_t size,
                                 size_t *done);
/* Notes its failures. */
enum bc_status tfs_bytes_write_at(struct tfs_handle *handle, uint64_t offset, const void *from,
                                  size_t size, uid_t uid);

#endif
