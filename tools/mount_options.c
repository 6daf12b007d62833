#include "tools/mount_options.h"

#include "branchcore/pool.h"
#include "tools/engine.h"
#include "tools/size.h"
#include "tools/store_dir.h"

#include <stdlib.h>
#include <string.h>

/* A name that ends in '=' stands for all options that start so. */
static const char *const for_libfuse[] = {
    "allow_other", "allow_root",   "auto_unmount", "default_permissions",
    "ro",          "rw",           "suid",         "nosuid",
    "dev",         "nodev",        "exec",         "noexec",
    "atime",       "noatime",      "sync",         "async",
    "dirsync",     "max_read=",    "context=",     "fscontext=",
    "defcontext=", "rootcontext=", NULL,
};

/* Of fstab and mount(8); they say nothing to a file system. */
static const char *const for_nobody[] = {
    "defaults",   "auto",       "noauto",   "nofail",      "user",          "users",
    "nouser",     "owner",      "group",    "user=",       "_netdev",       "comment=",
    "relatime",   "norelatime", "diratime", "strictatime", "nostrictatime", "lazytime",
    "nolazytime", "silent",     "loud",     "nosymfollow", "nodiratime",    NULL,
};

static bool is_among(const char *const *names, const char *option)
{
    for (; *names; names++) {
        size_t length = strlen(*names);
        bool prefix = (*names)[length - 1] == '=';
        if (prefix ? strncmp(option, *names, length) == 0 : strcmp(option, *names) == 0)
            return true;
    }
    return false;
}

static const char *value_of(const char *option, const char *name)
{
    size_t length = strlen(name);
    return strncmp(option, name, length) == 0 && option[length] == '=' ? option + length + 1 : NULL;
}

static enum bc_status take_memory(struct tfs_mount_options *options, const char *value,
                                  struct bc_error *err)
{
    uint64_t bytes;
    if (tfs_size_parse(value, &bytes) || bytes < TFS_MEMORY_LEAST)
        return bc_fail(err, BC_INVALID,
                       "memory=%s: give a size of at least 64M, such as 512M or 2G", value);
    options->memory_bytes = bytes;
    return BC_OK;
}

static enum bc_status take_threads(struct tfs_mount_options *options, const char *value,
                                   struct bc_error *err)
{
    char *end;
    unsigned long threads = strtoul(value, &end, 10);
    if (*value < '0' || *value > '9' || *end || threads < 1 || threads > 1024)
        return bc_fail(err, BC_INVALID, "threads=%s: give a number from 1 to 1024", value);
    options->threads = (unsigned)threads;
    return BC_OK;
}

static enum bc_status take_workers(struct tfs_mount_options *options, const char *value,
                                   struct bc_error *err)
{
    char *end;
    unsigned long workers = strtoul(value, &end, 10);
    if (*value < '0' || *value > '9' || *end || workers > BC_POOL_THREADS_MAX)
        return bc_fail(err, BC_INVALID, "workers=%s: give a number from 0 to %d", value,
                       (int)BC_POOL_THREADS_MAX);
    options->workers = (unsigned)workers;
    options->workers_given = true;
    return BC_OK;
}

static enum bc_status take_read_ahead(struct tfs_mount_options *options, const char *value,
                                      struct bc_error *err)
{
    uint64_t bytes;
    if (tfs_size_parse(value, &bytes) || bytes < 4096 || bytes > UINT64_C(1) << 30)
        return bc_fail(err, BC_INVALID, "read_ahead=%s: give a size from 4K to 1G, such as 8M",
                       value);
    options->read_ahead_kb = (unsigned)(bytes >> 10);
    return BC_OK;
}

static enum bc_status pass_on(struct tfs_mount_options *options, const char *option)
{
    struct bc_buffer *fuse = &options->fuse;
    size_t before = fuse->size;
    if (before > 0)
        fuse->data[before - 1] = ','; /* in the place of the NUL */
    return bc_buffer_append(fuse, option, strlen(option) + 1);
}

static enum bc_status take(struct tfs_mount_options *options, const char *option, bool lenient,
                           struct bc_error *err)
{
    const char *value;
    if ((value = value_of(option, "memory")))
        return take_memory(options, value, err);
    if ((value = value_of(option, "threads")))
        return take_threads(options, value, err);
    if ((value = value_of(option, "workers")))
        return take_workers(options, value, err);
    if ((value = value_of(option, "cpu")))
        return tfs_engine_choose(value, &options->compute, err);
    if ((value = value_of(option, "read_ahead")))
        return take_read_ahead(options, value, err);
    if (strcmp(option, "debug") == 0) {
        options->debug = true;
        return BC_OK;
    }
    if (is_among(for_libfuse, option))
        return pass_on(options, option);
    if (*option == '\0' || lenient || is_among(for_nobody, option) ||
        strncasecmp(option, "x-", 2) == 0)
        return BC_OK;
    return bc_fail(err, BC_INVALID, "unknown mount option '%s'", option);
}

enum bc_status tfs_mount_options_add(struct tfs_mount_options *options, const char *list,
                                     bool lenient, struct bc_error *err)
{
    char *copy = bc_copy_string(list, strlen(list));
    if (!copy)
        return bc_fail(err, BC_NO_MEMORY, "out of memory");
    enum bc_status status = BC_OK;
    char *rest = copy;
    for (char *option; !status && (option = strsep(&rest, ","));)
        status = take(options, option, lenient, err);
    if (status == BC_NO_MEMORY)
        bc_fail(err, status, "out of memory");
    bc_free(copy);
    return status;
}

void tfs_mount_options_release(struct tfs_mount_options *options)
{
    bc_buffer_release(&options->fuse);
}
