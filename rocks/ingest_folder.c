#include "rocks/internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum bc_status empty_folder(DIR *folder, const char *path, struct bc_error *err)
{
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(folder);
        if (!entry && errno)
            return bc_fail(err, BC_IO, "cannot read %s: %s", path, strerror(errno));
        if (!entry)
            return BC_OK;
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
            continue;
        if (unlinkat(dirfd(folder), entry->d_name, 0) && errno != ENOENT)
            return bc_fail(err, BC_IO, "cannot remove %s/%s: %s", path, entry->d_name,
                           strerror(errno));
    }
}

static char *folder_path(const char *directory)
{
    struct bc_buffer path = {0};
    if (bc_buffer_printf(&path, "%s/ingest", directory)) {
        bc_buffer_release(&path);
        return NULL;
    }
    return path.data; /* with the NUL that printf leaves behind it */
}

enum bc_status rk_ingest_folder_prepare(const char *directory, struct bc_error *err)
{
    char *path = folder_path(directory);
    if (!path)
        return BC_NO_MEMORY;
    enum bc_status st = BC_OK;
    if (mkdir(path, 0700) && errno != EEXIST)
        st = bc_fail(err, errno == ENOSPC || errno == EDQUOT ? BC_NO_SPACE : BC_IO,
                     "cannot make %s: %s", path, strerror(errno));
    DIR *folder = st ? NULL : opendir(path);
    if (folder) {
        st = empty_folder(folder, path, err);
        closedir(folder);
    } else if (!st) {
        st = bc_fail(err, BC_IO, "cannot open %s: %s", path, strerror(errno));
    }
    bc_free(path);
    return st;
}

char *rk_ingest_path(const char *directory, uint64_t serial, uint64_t number)
{
    struct bc_buffer path = {0};
    if (bc_buffer_printf(&path, "%s/ingest/%llu-%llu.sst", directory, (unsigned long long)serial,
                         (unsigned long long)number)) {
        bc_buffer_release(&path);
        return NULL;
    }
    return path.data;
}
