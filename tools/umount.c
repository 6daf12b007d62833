/* triplefs umount: unmounts, and returns when the store is free again. */
#include "tools/command.h"
#include "tools/mount_table.h"
#include "tools/mount_users.h"
#include "tools/store_lock.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { STEP_MS = 10, LOOK_STEPS = 100, PATIENCE_STEPS = 300, LAST_STEP = 60000 };

static const char help[] =
    "usage: triplefs umount MOUNTPOINT\n\n"
    "Unmounts a store and returns when its process has written everything and let go of it, so\n"
    "that it can be mounted, copied or checked at once. A mount that is in use stays, and the\n"
    "message says who uses it.\n";

/* The path as the table of mounts has it. A mount whose process is gone answers nothing, so the
 * last name may have to be taken as it is. */
static bool resolve(const char *path, char real[PATH_MAX])
{
    if (realpath(path, real))
        return true;
    if (errno != ENOTCONN && errno != EACCES)
        return false;
    int number = errno;
    char copy[PATH_MAX], parent[PATH_MAX];
    if (snprintf(copy, sizeof copy, "%s", path) >= (int)sizeof copy)
        return false;
    for (size_t size = strlen(copy); size > 1 && copy[size - 1] == '/';)
        copy[--size] = '\0';
    char *slash = strrchr(copy, '/');
    if (slash)
        *slash = '\0';
    const char *folder = !slash ? "." : slash == copy ? "/" : copy;
    const char *name = slash ? slash + 1 : copy;
    if (!realpath(folder, parent) ||
        snprintf(real, PATH_MAX, "%s/%s", strcmp(parent, "/") == 0 ? "" : parent, name) >=
            PATH_MAX) {
        errno = number;
        return false;
    }
    return true;
}

static int refuse_path(const char *path, const char *real)
{
    struct tfs_mounted mounted;
    if (tfs_store_mounted(real, &mounted))
        tfs_say("%s is a store, and mounted at %s; unmount that: triplefs umount %s", path,
                mounted.point, mounted.point);
    else
        tfs_say("nothing is mounted at %s", path);
    return TFS_FAILED;
}

static void tell_busy(const char *point, struct bc_slice users)
{
    if (users.size)
        tfs_say("%s is in use by %.*s; it stays mounted until they are done with it", point,
                (int)users.size, users.data);
    else
        tfs_say("%s is in use by a process that cannot be named; it stays mounted", point);
}

/* True, and told, if the mount is in use, or seems to be after so many steps. Who just looks at it,
 * as df(1) does, or the guard of a process that died (fs/guard.h), is done at once. */
static bool stays_busy(const char *point, int step)
{
    struct bc_buffer users = {0};
    bool named = tfs_mount_users(point, &users) == BC_OK && users.size;
    bool stays = named || step == LOOK_STEPS;
    if (stays)
        tell_busy(point, bc_buffer_slice(&users));
    bc_buffer_release(&users);
    return stays;
}

/* Whoever may not call umount2(2) has fusermount3(1), which tells its errors itself. */
static int unmount_as_user(const char *point)
{
    extern char **environ;
    char *arguments[] = {(char *)"fusermount3", (char *)"-u", (char *)"--", (char *)point, NULL};
    pid_t child;
    int number = posix_spawnp(&child, arguments[0], NULL, NULL, arguments, environ);
    if (number != 0) {
        tfs_say("cannot unmount %s: fusermount3: %s", point, strerror(number));
        return TFS_FAILED;
    }
    int status;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return TFS_FAILED;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return TFS_DONE;
    tfs_say("cannot unmount %s", point);
    return TFS_FAILED;
}

static int unmount(const char *point)
{
    for (int step = 0; umount2(point, UMOUNT_NOFOLLOW) != 0; step++) {
        if (errno == EPERM)
            return unmount_as_user(point);
        if (errno == EINVAL && step > 0)
            return TFS_DONE; /* somebody else has unmounted it meanwhile */
        if (errno != EBUSY) {
            tfs_say("cannot unmount %s: %s", point, strerror(errno));
            return TFS_FAILED;
        }
        if (stays_busy(point, step))
            return TFS_FAILED;
        nanosleep(&(struct timespec){0, STEP_MS * 1000000L}, NULL);
    }
    return TFS_DONE;
}

/* A store that somebody else has opened in the meantime is free of the process that we wait for. */
static int wait_until_free(const char *store, pid_t holder)
{
    for (int step = 0; tfs_lock_held(store); step++) {
        struct tfs_lock_holder now;
        if (tfs_lock_holder(store, &now) && now.pid != holder)
            return TFS_DONE;
        if (step == PATIENCE_STEPS)
            tfs_say("unmounted; waiting for process %ld to finish its work on store %s",
                    (long)holder, store);
        if (step == LAST_STEP) {
            tfs_say("process %ld still holds store %s; look into the system log for what it does",
                    (long)holder, store);
            return TFS_FAILED;
        }
        nanosleep(&(struct timespec){0, STEP_MS * 1000000L}, NULL);
    }
    return TFS_DONE;
}

static int umount_path(const char *path)
{
    char point[PATH_MAX];
    struct tfs_mounted mounted;
    if (!resolve(path, point)) {
        tfs_say("cannot unmount %s: %s", path, strerror(errno));
        return TFS_FAILED;
    }
    if (!tfs_mounted_at(point, &mounted))
        return refuse_path(path, point);
    if (strcmp(mounted.type, tfs_mount_type) != 0) {
        tfs_say(
            "what is mounted at %s is no triplefs store but %s of type %s; it was left as it is",
            path, mounted.source, mounted.type);
        return TFS_FAILED;
    }
    struct tfs_lock_holder holder = {0};
    tfs_lock_holder(mounted.source, &holder);
    int result = unmount(point);
    return result ? result : wait_until_free(mounted.source, holder.pid);
}

static int run(int argc, char **argv)
{
    static const struct option names[] = {TFS_HELP_OPTION, {0}};
    for (int option; (option = tfs_next_option(argc, argv, ":h", names)) != -1;) {
        if (option == 'h')
            return tfs_help(&tfs_command_umount);
        return TFS_USAGE;
    }
    if (optind == argc)
        return tfs_say_usage("umount", "no mountpoint given");
    if (argc - optind > 1)
        return tfs_say_usage("umount", "one mountpoint at a time, not '%s' too", argv[optind + 1]);
    return umount_path(argv[optind]);
}

const struct tfs_command tfs_command_umount = {
    .name = "umount",
    .summary = "unmount a store",
    .help = help,
    .run = run,
};
