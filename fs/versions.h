/* Inside fs/: which inode shows which version of a triple file, and to whom.
 *
 * - Readers share the inode of the version that they opened, for as long as they have it open.
 * - A writer has its inode alone: its raw text, its sizes and its page cache are nobody else's
 *   business. Who opens a file for writing that others have open gets BC_STALE (ESTALE), upon which
 *   the kernel walks the path again and finds a fresh inode. A writer's inode is not found by
 *   lookups until the writer has committed and is (or is about to be) gone; it then shows the new
 *   version, so that whoever watches the file with inotify goes on watching it.
 * - An inode whose version has been replaced is stale: handles that have it open go on reading it,
 *   opening it again gives BC_STALE.
 *
 * All functions take the table's lock themselves. */
#ifndef FS_VERSIONS_H
#define FS_VERSIONS_H

#include "fs/inode.h"

/* A handle comes to read. BC_STALE: walk the path again. */
enum bc_status tfs_reader_enter(struct tfs_table *table, struct tfs_inode *inode);
void tfs_reader_leave(struct tfs_table *table, struct tfs_inode *inode);
/* The version that a reader opened is not the one that its inode shows: it has been replaced. */
void tfs_inode_outdated(struct tfs_table *table, struct tfs_inode *inode);

/* What a writer is about to do. */
enum tfs_writer_state {
    TFS_WRITING,
    TFS_CLOSING,   /* flushed, all is committed: its release is likely on its way */
    TFS_TRUNCATED, /* flushed, but all that it did is its O_TRUNC: waits for its release */
    TFS_GONE
};

/* A handle comes to write. pid: who asks. *alone (may be NULL): nobody else has the inode open,
 * which may be false for one who asks the second time. BC_STALE: walk the path again. */
enum bc_status tfs_writer_enter(struct tfs_table *table, struct tfs_inode *inode, pid_t pid,
                                struct tfs_handle *handle, bool *alone);
/* TFS_GONE: leaves. True if lookups found the inode and do not any more: its name must be
 * invalidated. */
bool tfs_writer_state(struct tfs_table *table, struct tfs_inode *inode, struct tfs_handle *handle,
                      enum tfs_writer_state *state, enum tfs_writer_state next);

/* A version became the file's: whatever shows an older one is stale. inode (may be NULL) is the
 * writer's, which shows it from now on if nobody else uses it and none of its pages are raw; if so
 * returns true, and its attributes must be invalidated. The name must be invalidated in any case.
 */
bool tfs_version_became(struct tfs_table *table, struct tfs_branch *branch,
                        const struct bc_attr *attr, struct tfs_inode *inode);
/* True for the inode of a writer that is gone, open by nobody and shown to nobody. */
bool tfs_inode_reusable(struct tfs_table *table, struct tfs_inode *inode);
/* Such an inode shows the file again, once its pages were dropped. */
void tfs_inode_reuse(struct tfs_table *table, struct tfs_inode *inode, const struct bc_attr *attr);
/* A rename made a triple file a plain one or the reverse: all its inodes are stale. */
void tfs_node_converted(struct tfs_table *table, struct tfs_branch *branch, uint64_t node);

/* A rename gave a triple file the name of another syntax. */
void tfs_node_syntax(struct tfs_table *table, struct tfs_branch *branch, uint64_t node,
                     enum bc_syntax syntax);

/* Waits, at most some milliseconds, while a writer of the file (node 0: of any file of the branch)
 * is flushed with its truncation not committed. True if it waited. */
bool tfs_wait_truncation(struct tfs_table *table, const struct tfs_branch *branch, uint64_t node);

#endif
