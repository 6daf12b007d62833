#include "tools/bench_process.h"

#include "tools/bench_samples.h"
#include "tools/say.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static volatile sig_atomic_t interrupted;

static void note_signal(int number)
{
    (void)number;
    interrupted = 1;
}

void tfs_bench_catch_signals(void)
{
    /* Without SA_RESTART: what waits is to wake up. */
    struct sigaction action = {.sa_handler = note_signal};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
}

bool tfs_bench_interrupted(void)
{
    return interrupted;
}

void tfs_bench_end_interruption(void)
{
    interrupted = 0;
}

static double seconds_of(const struct timeval *time)
{
    return (double)time->tv_sec + (double)time->tv_usec / 1e6;
}

/* errors: where standard error goes to; -1: where ours goes. */
static int spawn(const char *const *arguments, int output, int errors, pid_t *child)
{
    posix_spawn_file_actions_t actions;
    int number = posix_spawn_file_actions_init(&actions);
    if (number)
        return number;
    number = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (!number)
        number = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    if (!number && errors >= 0)
        number = posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO);
    if (!number)
        number =
            posix_spawnp(child, arguments[0], &actions, NULL, (char *const *)arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    return number;
}

/* Returns the wait status, -1 with errno set. */
static int wait_for(pid_t child, bool to_end, struct rusage *usage)
{
    int status;
    bool told = false;
    while (wait4(child, &status, 0, usage) < 0) {
        if (errno != EINTR)
            return -1;
        if (interrupted && !told && !to_end)
            kill(child, SIGTERM);
        told = interrupted;
    }
    return status;
}

static bool ended_well(const char *name, int status)
{
    if (interrupted)
        return false; /* told once, by whoever takes everything down */
    if (status < 0)
        tfs_say("cannot wait for %s: %s", name, strerror(errno));
    else if (WIFSIGNALED(status))
        tfs_say("%s was ended by signal %d (%s)", name, WTERMSIG(status),
                strsignal(WTERMSIG(status)));
    else if (WEXITSTATUS(status) != 0)
        tfs_say("%s failed with exit status %d", name, WEXITSTATUS(status));
    return status == 0;
}

/* errors: its standard error goes to the same file. False: told. */
static bool start_program(const char *const *arguments, const char *output, bool errors,
                          pid_t *child)
{
    int to = open(output ? output : "/dev/null", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (to < 0) {
        tfs_say("cannot write %s: %s", output, strerror(errno));
        return false;
    }
    int number = spawn(arguments, to, errors ? to : -1, child);
    close(to);
    if (number)
        tfs_say("cannot run %s: %s", arguments[0], strerror(number));
    return number == 0;
}

static bool run_program(const char *const *arguments, const char *output, bool to_end,
                        struct tfs_run *run)
{
    if (interrupted)
        return false;
    double start = tfs_clock();
    pid_t child;
    if (!start_program(arguments, output, false, &child))
        return false;
    struct rusage usage = {0};
    int status = wait_for(child, to_end, &usage);
    if (run)
        *run = (struct tfs_run){
            .seconds = tfs_clock() - start,
            .cpu_seconds = seconds_of(&usage.ru_utime) + seconds_of(&usage.ru_stime),
            .peak_bytes = (uint64_t)usage.ru_maxrss << 10,
        };
    return ended_well(arguments[0], status);
}

bool tfs_run(const char *const *arguments, const char *output, struct tfs_run *run)
{
    return run_program(arguments, output, false, run);
}

bool tfs_run_to_end(const char *const *arguments)
{
    return run_program(arguments, NULL, true, NULL);
}

bool tfs_child_start(const char *const *arguments, const char *output, pid_t *child)
{
    return !interrupted && start_program(arguments, output, true, child);
}

bool tfs_child_runs(pid_t *child)
{
    if (*child && waitpid(*child, NULL, WNOHANG) == *child)
        *child = 0;
    return *child != 0;
}

void tfs_child_end(pid_t *child)
{
    enum { PAUSES = 1000, PAUSE_MICROSECONDS = 10000 };
    if (tfs_child_runs(child))
        kill(*child, SIGTERM);
    for (unsigned i = 0; i < PAUSES && tfs_child_runs(child); i++)
        usleep(PAUSE_MICROSECONDS);
    if (!tfs_child_runs(child))
        return;
    kill(*child, SIGKILL);
    while (waitpid(*child, NULL, 0) < 0 && errno == EINTR)
        ;
    *child = 0;
}

bool tfs_program_exists(const char *name)
{
    const char *path = getenv("PATH");
    for (const char *at = path ? path : "/usr/bin:/bin"; *at;) {
        size_t length = strcspn(at, ":");
        char file[PATH_MAX];
        if (snprintf(file, sizeof file, "%.*s/%s", (int)length, at, name) < (int)sizeof file &&
            access(file, X_OK) == 0)
            return true;
        at += length + (at[length] == ':');
    }
    return false;
}

void tfs_program_version(const char *name, const char *flag, char *to, size_t room)
{
    static const char answer[] = "version";
    *to = '\0';
    if (!tfs_program_exists(name) || !TFS_RUN(answer, NULL, name, flag))
        return;
    FILE *from = fopen(answer, "re");
    if (from && fgets(to, (int)room, from))
        to[strcspn(to, "\n")] = '\0';
    else
        *to = '\0';
    if (from)
        fclose(from);
    unlink(answer);
}
