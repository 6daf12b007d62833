/* A task: long work on a thread of its own, while the first thread draws how far it is and listens
 * for Ctrl-C. */
#ifndef TOOLS_TASK_H
#define TOOLS_TASK_H

#include "tools/progress_bar.h"

#include <pthread.h>
#include <stdatomic.h>

struct tfs_task {
    /* Set by the caller. */
    int (*work)(struct tfs_task *task, void *context); /* returns enum tfs_exit */
    void *context;
    struct bc_progress *progress;
    enum tfs_progress_when show;
    /* Called on the first thread when the work is to stop while it cannot (tfs_task_commits); the
     * process ends behind it. NULL: nothing is to be done. */
    void (*interrupted)(void *context);

    /* The task's own. */
    struct tfs_progress_bar bar;
    pthread_mutex_t lock; /* over bar, so that messages and the bar do not mix; and over first */
    char first[256];
    atomic_bool cancelled;
    atomic_bool commits;
    int cancel_event; /* readable from the moment on that the task is to stop */
    int done_event;
    int result;
    int signal; /* that interrupted it, or 0 */
};

/* Runs it. Returns what work returned. Where a signal interrupted it, the caller lets go of what it
 * has and calls tfs_task_end. */
int tfs_task_run(struct tfs_task *task);
/* Ends the process by the signal that interrupted the task, if one did, as a shell expects. */
void tfs_task_end(const struct tfs_task *task);

/* From within work: */

/* True if it is to stop. */
bool tfs_task_cancelled(struct tfs_task *task);
/* From now on (true) the work cannot look at tfs_task_cancelled: an interruption calls
 * `interrupted` and ends the process at once. Returns false, and changes nothing, if the task is to
 * stop already. */
bool tfs_task_commits(struct tfs_task *task, bool commits);
/* Waits until fd can be read. False: the task is to stop. */
bool tfs_task_wait_input(struct tfs_task *task, int fd);
/* The operation to draw while it is under way (struct bc_progress); its units are bytes. */
void tfs_task_show(struct tfs_task *task, const char *name);
/* Writes text on standard error, beside the bar. */
void tfs_task_tell(struct tfs_task *task, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
