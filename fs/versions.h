/* Inside fs/: which inode shows which version of a triple file, and to whom.
 *
 * - Readers share the inode of the version that they opened, for as long as they have it open: its
 *   page cache holds that version alone.
 * - A writer has its inode alone: what its writes do to sizes and pages is nobody else's business.
 *   One that goes through the page cache (cached) shows its raw text's size too, so its name leads
 *   elsewhere from its open on; of any other, stat shows the file as it is committed. When what it
 *   wrote is committed, its inode shows that.
 * - Who comes to an inode that somebody else keeps from him gets BC_STALE (ESTALE), upon which the
 *   kernel walks the path again and finds another inode. It does so once, so the second time the
 *   same thread is let in by a side door (TFS_DIRECT, or a writer that is not alone).
 * - An inode that nobody has open follows the file to its next version: so those who watch it with
 *   inotify go on watching the file.
 * - Versions of a file grow, so of two the greater is the later one; but a move of the branch
 *   (moved.h) may bring back an older one. It leaves no inode of another version to be found.
 *
 * All functions take the table's lock themselves. */
#ifndef FS_VERSIONS_H
#define FS_VERSIONS_H

#include "branchcore/stop.h"
#include "fs/inode.h"

enum tfs_way {
    TFS_SHARED, /* through the page cache, as it is */
    TFS_FRESH,  /* through the page cache, which has to be emptied first: tfs_pages_dropped */
    TFS_DIRECT  /* past the page cache, which is somebody else's */
};

/* One who comes, and how he was let in. */
struct tfs_visit {
    pid_t
        thread; /* who, and whether he was sent away a moment ago (retries.h): set by the caller */
    bool again;
    enum tfs_way way;
    const struct bc_stop *stop; /* of his wait for what he opens to be written, while he opens it */
};

/* A handle comes to read. BC_STALE: walk the path again. TFS_FRESH: others wait until
 * tfs_pages_dropped. */
enum bc_status tfs_reader_enter(struct tfs_table *table, struct tfs_inode *inode,
                                struct tfs_visit *visit);
/* The reader has opened the file, which is in the state attr. If its inode shows another version,
 * the inode follows or the reader's way changes. BC_STALE: walk the path again, having left. */
enum bc_status tfs_reader_opened(struct tfs_table *table, struct tfs_inode *inode,
                                 const struct bc_attr *attr, struct tfs_visit *visit);
void tfs_pages_dropped(struct tfs_table *table, struct tfs_inode *inode);
void tfs_reader_leave(struct tfs_table *table, struct tfs_inode *inode,
                      const struct tfs_visit *visit);

/* What a writer is about to do. */
enum tfs_writer_state {
    TFS_WRITING,
    TFS_CLOSING,   /* flushed, all is committed: its release is likely on its way */
    TFS_TRUNCATED, /* flushed, but all that it did is its O_TRUNC: waits for its release */
    TFS_GONE
};

/* A handle (NULL: a single request) comes to write. TFS_DIRECT if others have the inode open,
 * TFS_FRESH if its pages may be of another version or of another writer, else TFS_SHARED. BC_STALE:
 * walk the path again. */
enum bc_status tfs_writer_enter(struct tfs_table *table, struct tfs_inode *inode,
                                struct tfs_handle *handle, struct tfs_visit *visit);
/* The writer has opened the file, which is in the state attr: if its inode shows another version it
 * follows, and the way becomes TFS_FRESH. */
void tfs_writer_opened(struct tfs_table *table, struct tfs_inode *inode, const struct bc_attr *attr,
                       struct tfs_visit *visit);
/* TFS_GONE: leaves. */
void tfs_writer_state(struct tfs_table *table, struct tfs_inode *inode, struct tfs_handle *handle,
                      enum tfs_writer_state *state, enum tfs_writer_state next);
/* The page cache of the inode holds raw text from now on. */
void tfs_pages_raw(struct tfs_table *table, struct tfs_inode *inode);

/* A version became the file's. inode is the writer's; unless that is cached, it shows the version
 * from now on if nobody else has it open. Its pages and attributes must be dropped (of a cached one
 * only when it closes). True: the kernel knows other inodes of the file, so the name must be
 * invalidated.
 */
bool tfs_version_became(struct tfs_table *table, struct tfs_inode *inode,
                        const struct bc_attr *attr, bool cached);
/* A writer's inode that nobody has open any more: lookups may find it again, if they find no other.
 */
void tfs_inode_reuse(struct tfs_table *table, struct tfs_inode *inode);
/* Puts the file's present state into what stat is to show: the version of an inode that is open is
 * pinned, any other follows. sized: the size in attr is that of what it shows. BC_STALE: the inode
 * is gone. */
enum bc_status tfs_version_seen(struct tfs_table *table, struct tfs_inode *inode, bool sized,
                                struct bc_attr *attr);
/* Whether that knows the size that it is to show without being told; *syntax: of the inode. */
bool tfs_version_sized(struct tfs_table *table, const struct tfs_inode *inode,
                       const struct bc_attr *attr, enum bc_syntax *syntax);

/* Somebody sets the time of a file while it is written, as tar and cp -p do before they close it:
 * the commit leaves that, unless there is another write. */
void tfs_mtime_set(struct tfs_table *table, struct tfs_inode *inode, int64_t mtime_ns);
bool tfs_mtime_was_set(struct tfs_table *table, struct tfs_inode *inode, int64_t *mtime_ns);

/* A rename made a triple file a plain one or the reverse, or one that shows something else: its
 * inodes are gone. `each` is called for those that the kernel may know, with the table's lock held.
 */
void tfs_node_converted(struct tfs_table *table, struct tfs_branch *branch, uint64_t node,
                        void (*each)(void *context, struct tfs_inode *inode), void *context);
/* What a file shows changed without its set, by the prefixes that it is shown with: its own, or, of
 * all files that are not shown as lines, the store's (with table->showing held for writing). Inodes
 * that nobody has open follow, others keep what they have and are not found any more. each as for
 * tfs_node_moved. */
void tfs_node_reshown(struct tfs_table *table, struct tfs_branch *branch, uint64_t node,
                      void (*each)(void *context, struct tfs_inode *inode, bool follows),
                      void *context);
void tfs_all_reshown(struct tfs_table *table,
                     void (*each)(void *context, struct tfs_inode *inode, bool follows),
                     void *context);
/* A rename gave a triple file the name of another syntax that shows the same. */
void tfs_node_syntax(struct tfs_table *table, struct tfs_branch *branch, uint64_t node,
                     enum bc_syntax syntax);

/* What a move of the branch did to a node. */
struct tfs_node_move {
    const struct bc_attr *attr; /* as it is now; NULL: it has no name any more */
    bool text;                  /* what its name says now: a triple file */
    enum bc_syntax syntax;
    bool born;                /* it was not there before: what is known of it is of a former life */
    bool content;             /* of a plain file: its bytes are others */
    struct bc_branch *before; /* what those who have it open go on reading */
};
/* Moves the inodes of the node: those that nobody has open follow, others keep what they have and
 * are not found any more. `each` is called for those that the kernel may know, with the table's
 * lock held. True: the name leads to another inode now. */
bool tfs_node_moved(struct tfs_table *table, struct tfs_branch *branch, uint64_t node,
                    const struct tfs_node_move *move,
                    void (*each)(void *context, struct tfs_inode *inode, bool follows),
                    void *context);

/* The same where nothing is known but that the branch moved: all its inodes are left behind. */
void tfs_tree_left(struct tfs_table *table, const struct tfs_branch *branch,
                   struct bc_branch *before);

/* Waits, at most a tenth of a second, while a writer of the file (node 0: of any file of the
 * branch) is flushed with its truncation not committed. True if it waited. */
bool tfs_wait_truncation(struct tfs_table *table, const struct tfs_branch *branch, uint64_t node);

#endif
