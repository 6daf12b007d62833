#include "tools/bench_control.h"

#include "tools/bench_process.h"
#include "tools/bench_samples.h"
#include "tools/say.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool tfs_bench_control(const char *path, const char *command, int refusal, double *seconds)
{
    size_t size = strlen(command);
    double start = tfs_clock();
    int to = open(path, O_WRONLY | O_CLOEXEC);
    int problem = to < 0 ? errno : 0;
    if (to >= 0) {
        if (write(to, command, size) != (ssize_t)size)
            problem = errno;
        close(to);
    }
    if (seconds)
        *seconds = tfs_clock() - start;
    if (tfs_bench_interrupted())
        return false;
    if (problem == refusal)
        return true;
    tfs_say("'%s' to %s: %s", command, path, problem ? strerror(problem) : "was not refused");
    return false;
}

bool tfs_bench_fork(const char *of, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "mnt/%s/.branch/fork/%s", of, name);
    if (mkdir(path, 0755) == 0)
        return !tfs_bench_interrupted();
    tfs_say("cannot make branch %s of %s: %s", name, of, strerror(errno));
    return false;
}

bool tfs_bench_discard(const char *name)
{
    return tfs_bench_control("mnt/.store/discard", name, 0, NULL);
}

bool tfs_bench_read_all(const char *path, double *seconds)
{
    enum { CHUNK = 1 << 20 };
    static char chunk[CHUNK];
    double start = tfs_clock();
    int from = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size = from < 0 ? -1 : 1;
    while (size > 0) {
        size = read(from, chunk, sizeof chunk);
        if (size < 0 && errno == EINTR && !tfs_bench_interrupted())
            size = 1;
    }
    int problem = errno;
    if (from >= 0)
        close(from);
    if (seconds)
        *seconds = tfs_clock() - start;
    if (size == 0)
        return true;
    tfs_say("cannot read %s: %s", path, strerror(problem));
    return false;
}
