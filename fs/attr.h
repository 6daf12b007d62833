/* Inside fs/: attributes. */
#ifndef FS_ATTR_H
#define FS_ATTR_H

#include "fs/mount.h"

#include <sys/stat.h>

/* Everything that changes goes through the kernel or is invalidated, so it may cache for ever. */
#define TFS_FOR_EVER 1e9

/* Of an attribute record, as the branch has it. */
void tfs_stat_of(uint64_t branch, const struct bc_attr *attr, struct stat *st);
/* Of any inode, as its users are to see it: a writer's inode shows the raw text's size, one of an
 * older version that version's. BC_STALE: to be looked up again. BC_BUSY: to tell the size of what
 * a triple file shows would take long; tfs_reply_stat_later does. */
enum bc_status tfs_inode_stat(struct tfs_mount *mount, struct tfs_inode *inode, struct stat *st);
/* Answers a getattr on a thread that may take its time. */
void tfs_reply_stat_later(fuse_req_t req, struct tfs_inode *inode);
void tfs_stat_size(struct stat *st, uint64_t size_bytes);
double tfs_attr_timeout(const struct tfs_inode *inode);

/* Clears the set-id bits of a file that somebody other than root writes to. */
void tfs_drop_privileges(struct tfs_mount *mount, struct tfs_inode *inode,
                         const struct bc_attr *attr, uid_t uid);

void tfs_getattr(fuse_req_t req, fuse_ino_t nodeid, struct fuse_file_info *fi);
void tfs_setattr(fuse_req_t req, fuse_ino_t nodeid, struct stat *to, int mask,
                 struct fuse_file_info *fi);

#endif
