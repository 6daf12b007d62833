/* Lines of the control files: times and paths as people and grep read them. */
#ifndef FS_LINE_H
#define FS_LINE_H

#include "branchcore/memory.h"

enum { TFS_TIME_SIZE = 32 };

/* UTC with milliseconds, such as "2026-11-22T14:42:04.120Z". */
void tfs_time_format(int64_t time_ns, char text[TFS_TIME_SIZE]);
/* CLOCK_REALTIME and CLOCK_MONOTONIC in nanoseconds. */
int64_t tfs_now_ns(void);
int64_t tfs_monotonic_ns(void);

/* Appends a path so that it stays on one line: control characters become \xHH. BC_NO_MEMORY. */
enum bc_status tfs_path_append(struct bc_buffer *to, const char *path);

#endif
