#include "fs/retries.h"

#include "fs/line.h"

void tfs_retries_init(struct tfs_retries *retries)
{
    *retries = (struct tfs_retries){0};
    (void)pthread_mutex_init(&retries->lock, NULL);
}

void tfs_retries_release(struct tfs_retries *retries)
{
    (void)pthread_mutex_destroy(&retries->lock);
}

static struct tfs_retry *place_of(struct tfs_retries *retries, pid_t thread)
{
    return &retries->places[(size_t)thread % TFS_RETRIES];
}

void tfs_retry_note(struct tfs_retries *retries, const struct tfs_branch *branch, pid_t thread)
{
    (void)pthread_mutex_lock(&retries->lock);
    *place_of(retries, thread) = (struct tfs_retry){thread, branch, tfs_monotonic_ns()};
    (void)pthread_mutex_unlock(&retries->lock);
}

bool tfs_retry_known(struct tfs_retries *retries, const struct tfs_branch *branch, pid_t thread,
                     bool take)
{
    int64_t since_ns = tfs_monotonic_ns() - TFS_RETRY_NS;
    (void)pthread_mutex_lock(&retries->lock);
    struct tfs_retry *retry = place_of(retries, thread);
    bool known = thread != 0 && retry->thread == thread && retry->branch == branch &&
                 retry->time_ns > since_ns;
    if (known && take)
        *retry = (struct tfs_retry){0};
    (void)pthread_mutex_unlock(&retries->lock);
    return known;
}
