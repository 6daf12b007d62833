/* Programs that the benchmark runs and times: the command line's own, ordinary tools, peers. */
#ifndef TOOLS_BENCH_PROCESS_H
#define TOOLS_BENCH_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct tfs_run {
    double seconds;     /* of the clock, from the start to the end of the process */
    double cpu_seconds; /* its own and its children's */
    uint64_t peak_bytes;
};

/* From now on SIGINT, SIGTERM and SIGHUP end the program that runs and make every later call fail,
 * so that what was set up can be taken down. */
void tfs_bench_catch_signals(void);
bool tfs_bench_interrupted(void);
/* Makes tfs_run work again after a signal, for taking down. */
void tfs_bench_end_interruption(void);

/* Runs a program, found by PATH if its name has no '/', and waits for it. output: the file that its
 * standard output goes to; NULL: /dev/null. run may be NULL. False, after telling why, if it could
 * not be started, did not exit 0, or the benchmark was interrupted. */
bool tfs_run(const char *const *arguments, const char *output, struct tfs_run *run);
/* The same with the arguments in the call; the last is NULL. */
#define TFS_RUN(output, run, ...) tfs_run((const char *const[]){__VA_ARGS__, NULL}, output, run)

/* The same for a program that must not be ended half-way: an interruption waits for it. */
bool tfs_run_to_end(const char *const *arguments);

/* Starts a program that runs beside the benchmark until it is ended. Its standard output and error
 * go to the file `output`. False: told. */
bool tfs_child_start(const char *const *arguments, const char *output, pid_t *child);
/* *child is 0 once it has ended. */
bool tfs_child_runs(pid_t *child);
/* Asks it to end (SIGTERM), makes it (SIGKILL) after ten seconds, and waits for it; works after an
 * interruption too. One that has ended by itself is allowed. */
void tfs_child_end(pid_t *child);

/* Whether PATH has the program. */
bool tfs_program_exists(const char *name);
/* The first line that `NAME FLAG` prints; "" if there is none. Uses a file `version` in the working
 * directory. */
void tfs_program_version(const char *name, const char *flag, char *to, size_t room);

#endif
