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

void tfs_retry_note(struct tfs_retries *retries, const struct tfs_branch *branch, pid_t thread)
{
    (void)pthread_mutex_lock(&retries->lock);
    retries->ring[retries->next++ % TFS_RETRIES] =
        (struct tfs_retry){thread, branch, tfs_monotonic_ns()};
    (void)pthread_mutex_unlock(&retries->lock);
}

bool tfs_retry_known(struct tfs_retries *retries, const struct tfs_branch *branch, pid_t thread,
                     bool take)
{
    bool known = false;
    int64_t since_ns = tfs_monotonic_ns() - TFS_RETRY_NS;
    (void)pthread_mutex_lock(&retries->lock);
    for (size_t i = 0; i < TFS_RETRIES && thread != 0; i++) {
        struct tfs_retry *retry = &retries->ring[i];
        if (retry->thread != thread || retry->branch != branch || retry->time_ns <= since_ns)
            continue;
        known = true;
        if (take)
            *retry = (struct tfs_retry){0};
    }
    (void)pthread_mutex_unlock(&retries->lock);
    return known;
}
