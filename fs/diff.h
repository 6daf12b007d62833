/* Inside fs/: `diff/REF`, the RDF Patch (branchcore/patch.h) that turns what a REF names into the
 * branch as it is when the file is opened. It is made as it is read; a read elsewhere than where
 * the last one ended makes it anew up to there. Nothing is listed. */
#ifndef FS_DIFF_H
#define FS_DIFF_H

#include "fs/handle.h"

/* The inode of a REF, with one look-up counted. diff: a `diff/`. As tfs_at_find. */
enum bc_status tfs_diff_find(fuse_req_t req, struct tfs_inode *diff, const char *ref,
                             struct tfs_inode **inode);
enum bc_status tfs_diff_open(fuse_req_t req, struct tfs_inode *inode, struct fuse_file_info *fi);

#endif
