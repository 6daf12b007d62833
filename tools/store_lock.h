/* The lock of a store: one process at a time has it open. It is a flock(2) on the file `lock` in
 * the store's directory, so it ends with its holder, however that ends; the file's text says who
 * holds it, for the message that the next one gets. */
#ifndef TOOLS_STORE_LOCK_H
#define TOOLS_STORE_LOCK_H

#include "branchcore/status.h"

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

struct tfs_lock_holder {
    pid_t pid;
    char host[256];
    char command[64];          /* such as "triplefs mount" */
    char mountpoint[PATH_MAX]; /* "": not mounted */
    char since[64];            /* local time */
};

/* Takes the lock; *lock is a file descriptor, or -1 where read_only and the store stands on a file
 * system that nobody can write. A holder that is about to go (it is not mounted any more, or just
 * exiting) is waited for, 10 seconds at most. mountpoint may be NULL. BC_LOCKED with err saying who
 * holds it and what to do; BC_DENIED, BC_NO_SPACE, BC_IO. */
enum bc_status tfs_lock_take(const char *store, const char *command, const char *mountpoint,
                             bool read_only, int *lock, struct bc_error *err);
/* -1 is allowed. */
void tfs_lock_release(int lock);

/* Who holds the lock, as far as its file says; false: it cannot be read or says nothing. */
bool tfs_lock_holder(const char *store, struct tfs_lock_holder *holder);
/* True if somebody holds it; false too where it cannot be opened. */
bool tfs_lock_held(const char *store);

#endif
