#include "fs/serve.h"

#include "fs/events.h"
#include "fs/guard.h"
#include "fs/handle.h"
#include "fs/line.h"
#include "fs/session.h"
#include "fs/signals.h"
#include "fs/starter.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

enum {
    COMMIT_THREADS = 32,
    MOVE_THREADS = 8,
    QUESTION_THREADS = 8,
    WRITING_THREADS = 8,
    THREADS_MIN = 16,
    THREADS_PER_CORE = 4
};

static enum bc_status mount_init(struct tfs_mount *mount, const struct tfs_serve_options *options,
                                 struct bc_error *err)
{
    *mount = (struct tfs_mount){.options = options, .repo = options->repo, .hub = options->hub};
    mount->started_ns = tfs_monotonic_ns();
    enum bc_status st = tfs_table_init(&mount->table);
    if (st)
        return st;
    tfs_errors_init(&mount->errors);
    (void)pthread_mutex_init(&mount->tellers_lock, NULL);
    tfs_report_init(&mount->collected);
    st = tfs_pool_new(COMMIT_THREADS, &mount->commits);
    if (!st)
        st = tfs_pool_new(MOVE_THREADS, &mount->moves);
    if (!st)
        st = tfs_pool_new(QUESTION_THREADS, &mount->questions);
    if (!st)
        st = tfs_pool_new(WRITING_THREADS, &mount->writings);
    return st ? st : tfs_session_new(mount, err);
}

static void mount_release(struct tfs_mount *mount)
{
    if (mount->session)
        fuse_session_destroy(mount->session);
    tfs_pool_free(mount->writings);
    tfs_pool_free(mount->questions);
    tfs_pool_free(mount->moves);
    tfs_pool_free(mount->commits);
    tfs_report_release(&mount->collected);
    tfs_errors_release(&mount->errors);
    (void)pthread_mutex_destroy(&mount->tellers_lock);
    tfs_table_release(&mount->table);
}

static enum bc_status mount_failed(const struct tfs_serve_options *options, struct bc_error *err)
{
    if (access("/dev/fuse", R_OK | W_OK) != 0)
        return bc_fail(err, errno == ENOENT ? BC_UNSUPPORTED : BC_DENIED,
                       "cannot open /dev/fuse: %s", strerror(errno));
    return bc_fail(err, BC_IO, "libfuse could not mount at %s (its reason is on standard error)",
                   options->mountpoint);
}

static unsigned worker_count(const struct tfs_serve_options *options)
{
    if (options->threads)
        return options->threads;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    long threads = cores * THREADS_PER_CORE;
    return threads > THREADS_MIN ? (unsigned)threads : THREADS_MIN;
}

static enum bc_status run_loop(struct tfs_mount *mount, struct bc_error *err)
{
    struct fuse_loop_config *config = fuse_loop_cfg_create();
    if (!config)
        return BC_NO_MEMORY;
    unsigned workers = worker_count(mount->options);
    fuse_loop_cfg_set_max_threads(config, workers);
    fuse_loop_cfg_set_idle_threads(config, workers);
    fuse_loop_cfg_set_clone_fd(config, 1);
    int result = fuse_session_loop_mt(mount->session, config);
    fuse_loop_cfg_destroy(config);
    /* A positive result is the number of the signal that ended it. */
    if (result < 0)
        return bc_fail(err, BC_IO, "the loop that serves requests failed: %s", strerror(-result));
    return BC_OK;
}

/* The workers are gone, but a job may wait for the kernel's lock of a folder, held by a process
 * that waits for an answer which nobody would give any more. So answer until all jobs are done. */
static void drain(struct tfs_mount *mount)
{
    /* libfuse allocates its memory, and has no way to free it that is the same in all versions. */
    static struct fuse_buf request;
    atomic_store(&mount->ending, true);
    fuse_session_reset(mount->session);
    while (!tfs_pool_idle(mount->writings) || !tfs_pool_idle(mount->commits) ||
           !tfs_pool_idle(mount->moves)) {
        struct pollfd fd = {.fd = fuse_session_fd(mount->session), .events = POLLIN};
        if (poll(&fd, 1, 10) <= 0)
            continue;
        int size = fuse_session_receive_buf(mount->session, &request);
        if (size == -EINTR || size == -EAGAIN)
            continue;
        if (size <= 0)
            break;
        fuse_session_process_buf(mount->session, &request);
    }
}

static enum bc_status serve(struct tfs_mount *mount, struct bc_error *err)
{
    struct tfs_signals *signals = NULL;
    struct tfs_starter *starter = NULL;
    struct tfs_guard *guard = NULL;
    enum bc_status st = tfs_signals_start(mount->session, &signals);
    if (!st)
        st = tfs_guard_start(mount->options->mountpoint, &guard);
    if (!st)
        st = tfs_starter_start(mount->options, guard, &mount->device, &starter);
    tfs_hub_serve(mount->hub, mount);
    if (!st)
        st = run_loop(mount, err);
    drain(mount);
    fuse_session_unmount(mount->session);
    /* If the kernel ended the connection first, jobs go on: nothing can hold them up any more.
     * Moves and writings hand invalidations to the commits, not the other way round. */
    tfs_pool_wait(mount->writings);
    tfs_pool_wait(mount->moves);
    tfs_pool_wait(mount->commits);
    tfs_hub_serve(mount->hub, NULL);
    tfs_starter_stop(starter);
    tfs_guard_stop(guard);
    tfs_signals_stop(signals);
    return st;
}

enum bc_status tfs_serve(const struct tfs_serve_options *options, struct bc_error *err)
{
    struct tfs_mount mount;
    enum bc_status st = mount_init(&mount, options, err);
    if (!st && fuse_session_mount(mount.session, options->mountpoint))
        st = mount_failed(options, err);
    else if (!st)
        st = serve(&mount, err);
    /* Writers that are still open count as having died. */
    tfs_handles_close(&mount);
    mount_release(&mount);
    return st;
}
