#include "tools/store_lock.h"

#include "tools/mount_table.h"
#include "tools/store_marker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

enum { WAIT_STEP_MS = 10, WAIT_STEPS = 1000 };

static bool lock_path(const char *store, char path[PATH_MAX])
{
    return snprintf(path, PATH_MAX, "%s/lock", store) < PATH_MAX;
}

static int try_lock(int lock, int kind)
{
    int result;
    do
        result = flock(lock, kind | LOCK_NB);
    while (result != 0 && errno == EINTR);
    return result;
}

static void take_field(const char *line, const char *name, char *to, size_t room)
{
    size_t length = strlen(name);
    if (strncmp(line, name, length) == 0 && line[length] == ' ')
        snprintf(to, room, "%.*s", (int)strcspn(line + length + 1, "\n"), line + length + 1);
}

bool tfs_lock_holder(const char *store, struct tfs_lock_holder *holder)
{
    char path[PATH_MAX];
    *holder = (struct tfs_lock_holder){0};
    FILE *file = lock_path(store, path) ? fopen(path, "re") : NULL;
    if (!file)
        return false;
    char line[PATH_MAX + 64];
    char pid[16] = "";
    while (fgets(line, sizeof line, file)) {
        take_field(line, "pid", pid, sizeof pid);
        take_field(line, "host", holder->host, sizeof holder->host);
        take_field(line, "command", holder->command, sizeof holder->command);
        take_field(line, "mountpoint", holder->mountpoint, sizeof holder->mountpoint);
        take_field(line, "since", holder->since, sizeof holder->since);
    }
    fclose(file);
    holder->pid = (pid_t)strtol(pid, NULL, 10);
    return holder->pid > 0;
}

bool tfs_lock_held(const char *store)
{
    char path[PATH_MAX];
    int lock = lock_path(store, path) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (lock < 0)
        return false;
    bool held = try_lock(lock, LOCK_SH) != 0 && errno == EWOULDBLOCK;
    close(lock);
    return held;
}

/* Whether the lock will be free in a moment: its holder is gone already (the one who has it now is
 * somebody who only looks), or its mount is. Of another host nothing is known. */
static bool about_to_go(const struct tfs_lock_holder *holder)
{
    char host[sizeof holder->host] = "";
    gethostname(host, sizeof host - 1);
    if (strcmp(host, holder->host) != 0)
        return false;
    if (kill(holder->pid, 0) != 0 && errno == ESRCH)
        return true;
    struct tfs_mounted mounted;
    return holder->mountpoint[0] && !tfs_mounted_at(holder->mountpoint, &mounted);
}

static enum bc_status refuse(const char *store, struct bc_error *err)
{
    struct tfs_lock_holder holder;
    if (!tfs_lock_holder(store, &holder))
        return bc_fail(err, BC_LOCKED, "store %s is in use by another process", store);
    if (holder.mountpoint[0])
        return bc_fail(err, BC_LOCKED,
                       "store %s is in use: mounted at %s by process %ld (%s) on %s since %s; "
                       "unmount it first: triplefs umount %s",
                       store, holder.mountpoint, (long)holder.pid, holder.command, holder.host,
                       holder.since, holder.mountpoint);
    return bc_fail(err, BC_LOCKED,
                   "store %s is in use by process %ld (%s) on %s since %s; wait until it is done",
                   store, (long)holder.pid, holder.command, holder.host, holder.since);
}

/* errno says why it is negative. A reader need not be able to write the file. */
static int open_lock(const char *path, bool read_only)
{
    int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (lock < 0 && read_only && (errno == EACCES || errno == EROFS || errno == EPERM))
        lock = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    return lock;
}

/* What is written is for people alone: a failure to write it does no harm. */
static void sign(int lock, const char *command, const char *mountpoint)
{
    char host[256] = "";
    gethostname(host, sizeof host - 1);
    char since[64] = "";
    time_t now = time(NULL);
    struct tm parts;
    if (localtime_r(&now, &parts))
        strftime(since, sizeof since, "%Y-%m-%d %H:%M:%S %z", &parts);
    if (ftruncate(lock, 0) == 0)
        dprintf(lock, "pid %ld\nhost %s\ncommand %s\nmountpoint %s\nsince %s\n", (long)getpid(),
                host, command, mountpoint ? mountpoint : "", since);
}

enum bc_status tfs_lock_take(const char *store, const char *command, const char *mountpoint,
                             bool read_only, int *lock, struct bc_error *err)
{
    char path[PATH_MAX];
    if (!lock_path(store, path))
        return bc_fail(err, BC_NAME_TOO_LONG, "the path of the store is too long");
    int file = open_lock(path, read_only);
    if (file < 0 && read_only && errno == ENOENT) {
        *lock = -1;
        return BC_OK;
    }
    if (file < 0) {
        int number = errno;
        return bc_fail(err, tfs_status_of_errno(number), "cannot open %s: %s", path,
                       strerror(number));
    }
    for (int step = 0; try_lock(file, LOCK_EX) != 0; step++) {
        int number = errno;
        struct tfs_lock_holder holder;
        if (number == EWOULDBLOCK && step < WAIT_STEPS &&
            (!tfs_lock_holder(store, &holder) || about_to_go(&holder))) {
            nanosleep(&(struct timespec){0, WAIT_STEP_MS * 1000000L}, NULL);
            continue;
        }
        close(file);
        if (number == EWOULDBLOCK)
            return refuse(store, err);
        return bc_fail(err, BC_IO, "cannot lock %s: %s", path, strerror(number));
    }
    sign(file, command, mountpoint);
    *lock = file;
    return BC_OK;
}

void tfs_lock_release(int lock)
{
    if (lock < 0)
        return;
    /* A lock that nobody holds says nothing. It was open for reading alone where this fails. */
    if (ftruncate(lock, 0) != 0)
        errno = 0;
    close(lock);
}
