/* The progress bar of a command that a mount works on: another process does the work, and
 * `.store/progress` says how far it is. */
#ifndef TOOLS_FACE_PROGRESS_H
#define TOOLS_FACE_PROGRESS_H

#include "tools/face.h"

#include <pthread.h>

struct tfs_face_progress {
    const struct tfs_face *face;
    struct tfs_progress_bar bar;
    bool running; /* a thread watches */
    pthread_t thread;
    int ended; /* readable from the moment on that the command is done */
};

/* If a bar is wanted, draws it from a thread of its own, from a moment later on. Never fails: then
 * there is no bar. */
void tfs_face_progress_begin(struct tfs_face_progress *progress, const struct tfs_face *face);
void tfs_face_progress_end(struct tfs_face_progress *progress);

#endif
