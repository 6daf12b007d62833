/* Inside fs/: threads that were answered ESTALE to an open.
 *
 * The kernel then walks the path again, looking every name up, and opens what it finds; but only
 * once. So a thread that comes again finds what nobody can take from it any more: an inode of its
 * own (of a triple file), and a file that lives even if its name goes (lookup.c). */
#ifndef FS_RETRIES_H
#define FS_RETRIES_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct tfs_branch;

struct tfs_retry {
    pid_t thread; /* as the kernel numbers them; 0: an empty place */
    const struct tfs_branch *branch;
    int64_t time_ns; /* CLOCK_MONOTONIC */
};

enum { TFS_RETRIES = 4096 };
#define TFS_RETRY_NS INT64_C(5000000000)

/* A place for each thread, by its number: of threads whose numbers differ by a multiple of
 * TFS_RETRIES, the one that came last is known. */
struct tfs_retries {
    pthread_mutex_t lock;
    struct tfs_retry places[TFS_RETRIES];
};

void tfs_retries_init(struct tfs_retries *retries);
void tfs_retries_release(struct tfs_retries *retries);

/* The thread is sent to walk a path of the branch again. */
void tfs_retry_note(struct tfs_retries *retries, const struct tfs_branch *branch, pid_t thread);
/* True if it was, a moment ago. take: and forgets it. */
bool tfs_retry_known(struct tfs_retries *retries, const struct tfs_branch *branch, pid_t thread,
                     bool take);

#endif
