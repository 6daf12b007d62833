#include "fs/signals.h"

#include "branchcore/memory.h"

#include <errno.h>
#include <fuse_lowlevel.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { SIGNALS = 3 };
static const int numbers[SIGNALS] = {SIGINT, SIGTERM, SIGHUP};

struct tfs_signals {
    struct fuse_session *session;
    int stop; /* eventfd */
    pthread_t loop;
    pthread_t watcher;
    struct sigaction old[SIGNALS];
    struct sigaction old_pipe;
};

/* All that a signal handler can reach. -1: none installed. */
static volatile int arrived = -1;

static void on_signal(int number)
{
    (void)number;
    int saved = errno;
    int fd = arrived;
    uint64_t one = 1;
    if (fd >= 0) {
        ssize_t written = write(fd, &one, sizeof one);
        (void)written;
    }
    errno = saved;
}

/* Waits for a signal; then wakes the loop, which sleeps where only a signal reaches it, again and
 * again: the first one may come just before it falls asleep. */
static void *watch(void *argument)
{
    struct tfs_signals *self = argument;
    struct pollfd fds[2] = {{.fd = arrived, .events = POLLIN},
                            {.fd = self->stop, .events = POLLIN}};
    while (poll(fds, 2, -1) < 0 && errno == EINTR)
        ;
    if (fds[1].revents)
        return NULL;
    fuse_session_exit(self->session);
    while (poll(&fds[1], 1, 20) == 0)
        (void)pthread_kill(self->loop, SIGHUP);
    return NULL;
}

static bool start_watcher(struct tfs_signals *self)
{
    sigset_t all;
    sigset_t old;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &old);
    bool started = pthread_create(&self->watcher, NULL, watch, self) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &old, NULL);
    return started;
}

static void install(struct tfs_signals *self)
{
    struct sigaction action = {.sa_handler = on_signal};
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    (void)sigemptyset(&action.sa_mask);
    (void)sigemptyset(&ignore.sa_mask);
    for (int i = 0; i < SIGNALS; i++)
        (void)sigaction(numbers[i], &action, &self->old[i]);
    (void)sigaction(SIGPIPE, &ignore, &self->old_pipe);
}

enum bc_status tfs_signals_start(struct fuse_session *session, struct tfs_signals **signals)
{
    if (arrived >= 0)
        return BC_BUSY;
    struct tfs_signals *self = bc_alloc_zero(sizeof *self);
    if (!self)
        return BC_NO_MEMORY;
    self->session = session;
    self->loop = pthread_self();
    self->stop = eventfd(0, EFD_CLOEXEC);
    arrived = eventfd(0, EFD_CLOEXEC);
    if (self->stop < 0 || arrived < 0 || !start_watcher(self)) {
        if (self->stop >= 0)
            (void)close(self->stop);
        if (arrived >= 0)
            (void)close(arrived);
        arrived = -1;
        bc_free(self);
        return BC_NO_MEMORY;
    }
    install(self);
    *signals = self;
    return BC_OK;
}

void tfs_signals_stop(struct tfs_signals *self)
{
    if (!self)
        return;
    uint64_t one = 1;
    ssize_t written = write(self->stop, &one, sizeof one);
    (void)written;
    (void)pthread_join(self->watcher, NULL);
    for (int i = 0; i < SIGNALS; i++)
        (void)sigaction(numbers[i], &self->old[i], NULL);
    (void)sigaction(SIGPIPE, &self->old_pipe, NULL);
    int fd = arrived;
    arrived = -1;
    (void)close(fd);
    (void)close(self->stop);
    bc_free(self);
}
