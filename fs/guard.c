#include "fs/guard.h"

#include "branchcore/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct tfs_guard {
    pid_t child;
    int looked; /* a pipe that the child closes when it has looked at the mount */
};

/* What the child works with. After a fork of a process that has threads only calls that are safe in
 * signal handlers may be made. */
struct watch {
    pid_t daemon;
    const char *mountpoint;
    char stat_path[64]; /* of the daemon, in /proc */
    dev_t device;
};

static void pause_ms(long milliseconds)
{
    struct timespec time = {.tv_sec = milliseconds / 1000,
                            .tv_nsec = milliseconds % 1000 * 1000000};
    while (nanosleep(&time, &time) < 0 && errno == EINTR)
        ;
}

/* True if the daemon, whose first thread is dead, has another one that cannot die. */
static bool is_stuck(const struct watch *watch)
{
    enum { THREADS_FIELD = 18 }; /* counted from behind the name, which ends with the last ')' */
    char text[1024];
    int fd = open(watch->stat_path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t size = read(fd, text, sizeof text - 1);
    (void)close(fd);
    if (size <= 0)
        return false;
    text[size] = 0;
    const char *at = strrchr(text, ')');
    for (int field = 0; at && field < THREADS_FIELD; field++)
        at = strchr(at + 1, ' ');
    return at && (at[1] != '1' || at[2] != ' ');
}

/* fusectl's file, which is the owner's; its connection's name is the minor number of the device. */
static bool abort_by_control(dev_t device)
{
    static const char prefix[] = "/sys/fs/fuse/connections/";
    static const char suffix[] = "/abort";
    char digits[16];
    char path[sizeof prefix + sizeof digits + sizeof suffix];
    size_t first = sizeof digits;
    unsigned number = minor(device);
    do {
        digits[--first] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    size_t count = sizeof digits - first;
    memcpy(path, prefix, sizeof prefix - 1);
    memcpy(path + sizeof prefix - 1, digits + first, count);
    memcpy(path + sizeof prefix - 1 + count, suffix, sizeof suffix);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t written = write(fd, "1", 1);
    (void)close(fd);
    return written == 1;
}

static void end_connection(const struct watch *watch)
{
    /* The second is root's alone. It ends the connection before it looks whether anybody uses the
     * mount. */
    if (!abort_by_control(watch->device))
        (void)umount2(watch->mountpoint, MNT_FORCE);
}

/* Keeps only the pipe's end open, as descriptor 0. */
static bool leave_everything(int looked)
{
    return chdir("/") == 0 && dup2(looked, 0) == 0 && close_range(1, ~0U, 0) == 0;
}

static void guard(struct watch *watch, int looked)
{
    enum { DEATH_MS = 300 };
    sigset_t death;
    struct stat st;
    int number;
    (void)sigemptyset(&death);
    (void)sigaddset(&death, SIGUSR1);
    (void)sigprocmask(SIG_SETMASK, &death, NULL);
    (void)prctl(PR_SET_PDEATHSIG, SIGUSR1);
    (void)setsid();
    if (!leave_everything(looked))
        return;
    /* Answered by the daemon, as soon as it serves. */
    if (stat(watch->mountpoint, &st) != 0)
        return;
    watch->device = st.st_dev;
    (void)close(0);
    /* A daemon that died before the signal was asked for is not the parent any more. */
    while (getppid() == watch->daemon && sigwait(&death, &number) != 0)
        ;
    /* A death without further ado takes a moment, and ends the connection itself. */
    pause_ms(DEATH_MS);
    if (is_stuck(watch))
        end_connection(watch);
}

enum bc_status tfs_guard_start(const char *mountpoint, struct tfs_guard **guard_made)
{
    struct watch watch = {.daemon = getpid(), .mountpoint = mountpoint};
    struct tfs_guard *made = bc_alloc_zero(sizeof *made);
    if (!made)
        return BC_NO_MEMORY;
    (void)snprintf(watch.stat_path, sizeof watch.stat_path, "/proc/%ld/stat", (long)watch.daemon);
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        bc_free(made);
        return BC_NO_MEMORY;
    }
    made->child = fork();
    if (made->child == 0) {
        guard(&watch, ends[1]);
        _exit(0);
    }
    (void)close(ends[1]);
    made->looked = ends[0];
    if (made->child < 0) {
        (void)close(ends[0]);
        bc_free(made);
        return BC_NO_MEMORY;
    }
    *guard_made = made;
    return BC_OK;
}

void tfs_guard_wait(const struct tfs_guard *guard_made)
{
    char nothing;
    while (read(guard_made->looked, &nothing, 1) < 0 && errno == EINTR)
        ;
}

void tfs_guard_stop(struct tfs_guard *guard_made)
{
    if (!guard_made)
        return;
    (void)kill(guard_made->child, SIGKILL);
    while (waitpid(guard_made->child, NULL, 0) < 0 && errno == EINTR)
        ;
    (void)close(guard_made->looked);
    bc_free(guard_made);
}
