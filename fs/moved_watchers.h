/* Inside fs/: telling inotify of what a move (moved.h) changed.
 *
 * What the daemon tells the kernel to forget causes no events. So it does once more, through its
 * own mount, what was done already: it creates, removes or renames the name, or opens the file for
 * writing and closes it, or sets its times. The requests that come of it are told by the thread
 * that they come from, and answered without doing anything: a name that is to be created is not
 * found by that thread, one that is to be removed or renamed is. So nothing is lost if they should
 * not be recognized: what is there cannot be created, and what is gone cannot be removed. */
#ifndef FS_MOVED_WATCHERS_H
#define FS_MOVED_WATCHERS_H

#include "fs/mount.h"

enum tfs_tale_kind {
    TFS_TALE_CONTENT,    /* IN_OPEN, IN_CLOSE_WRITE of a file */
    TFS_TALE_ATTRIBUTES, /* IN_ATTRIB */
    TFS_TALE_APPEAR,     /* IN_CREATE, and what follows upon it */
    TFS_TALE_VANISH,     /* IN_DELETE, IN_DELETE_SELF */
    TFS_TALE_RENAME,     /* IN_MOVED_FROM, IN_MOVED_TO, IN_MOVE_SELF */
    TFS_TALE_LEFT        /* as CONTENT, for those who have the old file open or watch it */
};

/* Paths are offsets in a buffer of strings, from the root of the branch, which is "". */
struct tfs_tale {
    enum tfs_tale_kind kind;
    size_t path;
    size_t old_path; /* of RENAME, with the folders that the paths lie in */
    uint64_t folder;
    uint64_t old_folder;
    enum bc_kind node;       /* of APPEAR, VANISH and RENAME: what it is */
    struct tfs_inode *inode; /* pinned: of LEFT; of VANISH what it was; of RENAME what it is */
};

/* Returns when the events are there. What cannot be told as it was is told in another way: by the
 * attributes of the folder, or not at all if the one who serves the mount may not do even that. */
void tfs_watchers_tell(struct tfs_mount *mount, struct bc_branch *branch, const char *strings,
                       const struct tfs_tale *tales, size_t count);

/* Whether a request comes from a thread that is telling; then it must change nothing. */
bool tfs_is_watch_thread(struct tfs_mount *mount, pid_t thread);
/* The requests of such a thread. find: as tfs_find; BC_NOT_FOUND too where only that thread does
 * not find it; BC_NO_DATA: as everybody finds it. */
enum bc_status tfs_watch_find(fuse_req_t req, const struct tfs_inode *folder, const char *name,
                              struct fuse_entry_param *entry, struct tfs_inode **inode);
enum bc_status tfs_watch_open(struct tfs_mount *mount, struct tfs_inode *inode,
                              struct fuse_file_info *fi);
/* Answers mkdir and symlink, and (with fi) create, with what is there. */
void tfs_watch_make(fuse_req_t req, struct tfs_inode *folder, const char *name,
                    struct fuse_file_info *fi);

#endif
