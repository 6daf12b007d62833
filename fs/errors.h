/* The last errors of a branch or of the store, as `.branch/error` and `.store/error` show them. */
#ifndef FS_ERRORS_H
#define FS_ERRORS_H

#include "branchcore/memory.h"

#include <pthread.h>

enum { TFS_ERRORS_KEPT = 8 };

struct tfs_error_entry {
    int64_t time_ns;
    char *text; /* "OPERATION PATH: REASON", further lines indented; owned */
};

/* A ring; any thread. */
struct tfs_errors {
    pthread_mutex_t lock;
    size_t count; /* noted ever; the ring holds the last TFS_ERRORS_KEPT */
    struct tfs_error_entry entries[TFS_ERRORS_KEPT];
};

void tfs_errors_init(struct tfs_errors *errors);
void tfs_errors_release(struct tfs_errors *errors);

/* Notes that `operation` on `path` failed with that reason. A reason of several lines keeps them,
 * indented (an excerpt and its caret); one that starts with the path itself does not repeat it. The
 * same as the last one only moves the time. Out of memory: not noted. */
void tfs_errors_note(struct tfs_errors *errors, int64_t time_ns, const char *operation,
                     const char *path, const char *reason);

/* Appends "TIME OPERATION PATH: REASON\n" and indented lines, newest last. BC_NO_MEMORY. */
enum bc_status tfs_errors_format(struct tfs_errors *errors, struct bc_buffer *to);

#endif
