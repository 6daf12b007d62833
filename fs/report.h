/* What the last of some long command did, for whoever asks later. */
#ifndef FS_REPORT_H
#define FS_REPORT_H

#include "branchcore/memory.h"

#include <pthread.h>

/* Any thread. */
struct tfs_report {
    pthread_mutex_t lock;
    char text[512];
};

void tfs_report_init(struct tfs_report *report);
void tfs_report_release(struct tfs_report *report);

/* Replaces it by "date TIME\n" and the lines of format, cut where they are too long. */
void tfs_report_set(struct tfs_report *report, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Nothing if there was none. BC_NO_MEMORY. */
enum bc_status tfs_report_append(struct tfs_report *report, struct bc_buffer *to);

#endif
