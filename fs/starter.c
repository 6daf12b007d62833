#include "fs/starter.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { READ_AHEAD_KB = 8192 };

struct tfs_starter {
    const struct tfs_serve_options *options;
    const struct tfs_guard *guard;
    atomic_ullong *device;
    pthread_t thread;
};

/* 128 KiB is what the kernel gives a mount: too little for several reads to be under way. Only root
 * may change it, and only where sysfs is. */
static void set_read_ahead(dev_t device, unsigned kilobytes)
{
    char path[64];
    char text[16];
    (void)snprintf(path, sizeof path, "/sys/class/bdi/%u:%u/read_ahead_kb", major(device),
                   minor(device));
    int size = snprintf(text, sizeof text, "%u", kilobytes);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    ssize_t written = write(fd, text, (size_t)size);
    (void)written;
    (void)close(fd);
}

static void *start(void *argument)
{
    const struct tfs_starter *self = argument;
    const struct tfs_serve_options *options = self->options;
    struct stat st;
    /* Answered by ourselves: the kernel asks once it has processed the answer to its greeting. */
    if (stat(options->mountpoint, &st) == 0) {
        atomic_store(self->device, st.st_dev);
        set_read_ahead(st.st_dev, options->read_ahead_kb ? options->read_ahead_kb : READ_AHEAD_KB);
    }
    tfs_guard_wait(self->guard);
    if (options->ready)
        options->ready(options->context);
    return NULL;
}

enum bc_status tfs_starter_start(const struct tfs_serve_options *options,
                                 const struct tfs_guard *guard, atomic_ullong *device,
                                 struct tfs_starter **starter)
{
    struct tfs_starter *made = bc_alloc_zero(sizeof *made);
    if (!made)
        return BC_NO_MEMORY;
    made->options = options;
    made->guard = guard;
    made->device = device;
    sigset_t all;
    sigset_t old;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &old);
    int failed = pthread_create(&made->thread, NULL, start, made);
    (void)pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (failed) {
        bc_free(made);
        return BC_NO_MEMORY;
    }
    *starter = made;
    return BC_OK;
}

void tfs_starter_stop(struct tfs_starter *starter)
{
    if (!starter)
        return;
    (void)pthread_join(starter->thread, NULL);
    bc_free(starter);
}
