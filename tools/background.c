#include "tools/background.h"

#include "tools/say.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* The child's end of the pipe: a byte says ready; its end without one says gone. */
static int ready_pipe = -1;

static int wait_for_child(pid_t child, int from)
{
    char byte;
    ssize_t size;
    do
        size = read(from, &byte, 1);
    while (size < 0 && errno == EINTR);
    close(from);
    if (size == 1)
        return TFS_DONE;
    int status;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return TFS_FAILED;
    if (WIFEXITED(status))
        return WEXITSTATUS(status) ? WEXITSTATUS(status) : TFS_FAILED;
    tfs_say("the background process was ended by signal %d (%s) while it started", WTERMSIG(status),
            strsignal(WTERMSIG(status)));
    return TFS_FAILED;
}

bool tfs_background_start(int *status)
{
    int ends[2];
    *status = -1;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    pid_t child = fork();
    if (child < 0) {
        int number = errno;
        close(ends[0]);
        close(ends[1]);
        errno = number;
        return false;
    }
    if (child > 0) {
        close(ends[1]);
        *status = wait_for_child(child, ends[0]);
        return false;
    }
    close(ends[0]);
    ready_pipe = ends[1];
    return true;
}

void tfs_background_ready(void)
{
    if (ready_pipe < 0)
        return;
    setsid();
    tfs_say_to_syslog();
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = 0; null >= 0 && fd <= 2; fd++)
        dup2(null, fd);
    if (null > 2)
        close(null);
    if (chdir("/") != 0)
        tfs_say("cannot leave the working directory: %s", strerror(errno));
    ssize_t size;
    do
        size = write(ready_pipe, "", 1);
    while (size < 0 && errno == EINTR);
    close(ready_pipe);
    ready_pipe = -1;
}
