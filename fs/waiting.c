#include "fs/waiting.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A thread whose process a signal ends has SIGKILL pending, whatever the signal was. */
static bool is_killed(pid_t thread)
{
    static const char label[] = "\nSigPnd:";
    char path[40];
    char text[4096];
    (void)snprintf(path, sizeof path, "/proc/%ld/status", (long)thread);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return false;
    ssize_t size = read(file, text, sizeof text - 1);
    (void)close(file);
    text[size > 0 ? size : 0] = '\0';
    const char *pending = strstr(text, label);
    return pending && strtoull(pending + sizeof label - 1, NULL, 16) >> (SIGKILL - 1) & 1;
}

static bool asked(void *context)
{
    struct tfs_waiting *self = context;
    return atomic_load(&self->mount->ending) ||
           (atomic_load(&self->interrupted) && is_killed(self->thread));
}

static void interrupted(fuse_req_t req, void *context)
{
    struct tfs_waiting *self = context;
    (void)req;
    atomic_store(&self->interrupted, true);
}

void tfs_waiting_submit(struct tfs_waiting *waiting, fuse_req_t req, struct tfs_inode *inode,
                        void (*run)(struct tfs_job *job))
{
    waiting->job.run = run;
    waiting->req = req;
    waiting->mount = tfs_mount_of(req);
    waiting->inode = inode;
    waiting->stop = (struct bc_stop){asked, waiting};
    waiting->thread = fuse_req_ctx(req)->pid;
    tfs_inode_pin(&waiting->mount->table, inode);
    fuse_req_interrupt_func(req, interrupted, waiting);
    tfs_pool_submit(waiting->mount->writings, &waiting->job);
}

void tfs_waiting_over(struct tfs_waiting *waiting)
{
    fuse_req_interrupt_func(waiting->req, NULL, NULL);
}

void tfs_waiting_free(struct tfs_waiting *waiting)
{
    tfs_inode_unpin(&waiting->mount->table, waiting->inode);
    bc_free(waiting);
}
