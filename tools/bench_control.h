/* Control files as the benchmark uses them: one write(2), timed from the open to the close. */
#ifndef TOOLS_BENCH_CONTROL_H
#define TOOLS_BENCH_CONTROL_H

#include <stdbool.h>

/* Writes a command to a control file, such as "mnt/main/.branch/merge". refusal: the errno that it
 * is to be refused with; 0: none. seconds may be NULL. False, after telling why, if it went
 * otherwise. */
bool tfs_bench_control(const char *path, const char *command, int refusal, double *seconds);

/* Makes branch `name` of branch `of`, as both are under mnt/. */
bool tfs_bench_fork(const char *of, const char *name);
/* Deletes a branch of mnt/, whatever it has. */
bool tfs_bench_discard(const char *name);

/* Reads a file to its end. seconds (may be NULL): from the open to the close. */
bool tfs_bench_read_all(const char *path, double *seconds);

#endif
