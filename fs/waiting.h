/* Inside fs/: requests that wait until what a triple file shows has been written (branchcore's
 * shown.h), on a thread of the pool for writings.
 *
 * Who is killed meanwhile is let go: the kernel would keep him until the answer comes. Other
 * signals wait, as they do for a disk: an open that every timer of its program breaks off would
 * never end. The end of the mount lets all go. */
#ifndef FS_WAITING_H
#define FS_WAITING_H

#include "branchcore/stop.h"
#include "fs/mount.h"

/* Embedded as the first member in the struct of a request. */
struct tfs_waiting {
    struct tfs_job job;
    fuse_req_t req;
    struct tfs_mount *mount;
    struct tfs_inode *inode; /* pinned */
    struct bc_stop stop;     /* for what is waited for */
    pid_t thread;            /* who waits */
    atomic_bool interrupted; /* by a signal of any kind */
};

/* run(&waiting->job) calls tfs_waiting_over, answers and frees. */
void tfs_waiting_submit(struct tfs_waiting *waiting, fuse_req_t req, struct tfs_inode *inode,
                        void (*run)(struct tfs_job *job));
/* Before the request is answered: no signal comes in any more. */
void tfs_waiting_over(struct tfs_waiting *waiting);
/* Behind the answer: unpins the inode and frees the struct. */
void tfs_waiting_free(struct tfs_waiting *waiting);

#endif
