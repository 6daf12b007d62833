/* Inside fs/: open triple files. A reader reads what it pinned at open, for ever. A writer writes
 * an edit (branchcore/edit.h), which is committed by flush, fsync and release. */
#ifndef FS_HANDLE_TEXT_H
#define FS_HANDLE_TEXT_H

#include "branchcore/edit.h"
#include "fs/handle.h"
#include "fs/versions.h"

/* Whether to open it may take long: what it shows has to be written first. */
bool tfs_text_is_slow(const struct tfs_inode *inode, int flags);
/* BC_STALE, and what opening a text returns. */
enum bc_status tfs_text_open(struct tfs_mount *mount, struct tfs_inode *inode, bool created,
                             const struct tfs_visit *visit, struct fuse_file_info *fi);
/* The name that led to a writer's inode must lead to another one from now on. */
void tfs_text_opened(struct tfs_handle *handle);

/* The size of a writer's text so far; false if it has none. */
bool tfs_text_raw_bytes(const struct tfs_handle *handle, uint64_t *raw_bytes);

/* True for a writer whose pages and sizes are all that its inode has. */
bool tfs_text_cached(const struct tfs_handle *handle);
/* Answers a getattr of a writer's handle. */
void tfs_text_getattr(fuse_req_t req, struct tfs_handle *handle);
/* Answers a setattr of the size: of a writer's text, or (handle NULL) of the file itself, as one
 * edit of its own. */
void tfs_text_truncate(fuse_req_t req, struct tfs_inode *inode, struct tfs_handle *handle,
                       uint64_t size);

/* For copy.c: true if the handle is one of a triple file (for writing). */
bool tfs_is_text(const struct tfs_handle *handle);
bool tfs_is_text_writer(const struct tfs_handle *handle);
/* What a reader's handle pinned; NULL if a writer has changed what the handle reads. */
struct bc_shown *tfs_text_pinned(struct tfs_handle *handle);
enum bc_status tfs_text_read_at(struct tfs_handle *handle, uint64_t offset, void *to, size_t size,
                                size_t *done);
/* Both note their failures. from: what was pinned. */
enum bc_status tfs_text_write_at(struct tfs_handle *handle, uint64_t offset, const void *from,
                                 size_t size, uid_t uid);
enum bc_status tfs_text_copy_to(struct tfs_handle *handle, uint64_t offset, struct bc_shown *from,
                                uint64_t from_offset, uint64_t size, uid_t uid, uint64_t *done);

#endif
