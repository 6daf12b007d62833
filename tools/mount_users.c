#include "tools/mount_users.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { USERS_TOLD = 8 };

static bool link_is_below(int directory, const char *name, const char *point)
{
    char target[PATH_MAX];
    ssize_t size = readlinkat(directory, name, target, sizeof target - 1);
    if (size <= 0)
        return false;
    target[size] = '\0';
    size_t length = strlen(point);
    return strncmp(target, point, length) == 0 &&
           (target[length] == '/' || target[length] == '\0' || target[length] == ' ');
}

static bool has_open_file_below(int process, const char *point)
{
    int folder = openat(process, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = folder < 0 ? NULL : fdopendir(folder);
    if (!list) {
        if (folder >= 0)
            close(folder);
        return false;
    }
    bool found = false;
    for (struct dirent *entry; !found && (entry = readdir(list));)
        found = link_is_below(folder, entry->d_name, point);
    closedir(list);
    return found;
}

static bool uses(int process, const char *point)
{
    return link_is_below(process, "cwd", point) || link_is_below(process, "root", point) ||
           link_is_below(process, "exe", point) || has_open_file_below(process, point);
}

static enum bc_status tell(int process, const char *pid, struct bc_buffer *to)
{
    char name[32] = "";
    int file = openat(process, "comm", O_RDONLY | O_CLOEXEC);
    ssize_t size = file < 0 ? 0 : read(file, name, sizeof name - 1);
    if (file >= 0)
        close(file);
    name[size > 0 ? size : 0] = '\0';
    name[strcspn(name, "\n")] = '\0';
    return bc_buffer_printf(to, "%s%s (%s)", to->size ? ", " : "", name, pid);
}

enum bc_status tfs_mount_users(const char *point, struct bc_buffer *to)
{
    DIR *processes = opendir("/proc");
    if (!processes)
        return BC_OK;
    enum bc_status status = BC_OK;
    int told = 0;
    for (struct dirent *entry; !status && told < USERS_TOLD && (entry = readdir(processes));) {
        if (entry->d_name[0] < '1' || entry->d_name[0] > '9')
            continue;
        int process = openat(dirfd(processes), entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (process < 0)
            continue;
        if (uses(process, point)) {
            status = tell(process, entry->d_name, to);
            told++;
        }
        close(process);
    }
    closedir(processes);
    return status;
}
