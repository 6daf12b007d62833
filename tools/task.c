#include "tools/task.h"

#include "tools/say.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { DRAW_INTERVAL_MS = 100 };

static const int stopping_signals[] = {SIGINT, SIGTERM, SIGHUP};
enum { STOPPING_SIGNALS = 3 };

/* For the signal handler: what arrived, and what wakes the first thread. */
static volatile sig_atomic_t arrived;
static volatile int wake_event = -1;

static void notify(int event)
{
    uint64_t one = 1;
    while (write(event, &one, sizeof one) < 0 && errno == EINTR)
        ;
}

static void handle(int signal)
{
    int number = errno;
    arrived = signal;
    notify(wake_event);
    errno = number;
}

static void die_by(int signal_number)
{
    signal(signal_number, SIG_DFL);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signal_number);
    raise(signal_number);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

static void listen_for_signals(bool on)
{
    struct sigaction action = {.sa_flags = SA_RESTART};
    for (int i = 0; i < STOPPING_SIGNALS; i++) {
        struct sigaction before;
        sigaction(stopping_signals[i], NULL, &before);
        if (on && before.sa_handler == SIG_IGN) /* nohup(1) */
            continue;
        action.sa_handler = on ? handle : before.sa_handler == SIG_IGN ? SIG_IGN : SIG_DFL;
        sigaction(stopping_signals[i], &action, NULL);
    }
}

static void *run_work(void *context)
{
    struct tfs_task *task = context;
    task->result = task->work(task, task->context);
    notify(task->done_event);
    return NULL;
}

/* The first interruption asks the work to stop, the second does not wait for that. */
static void interrupt(struct tfs_task *task, int signal_number)
{
    bool again = task->signal != 0;
    task->signal = signal_number;
    atomic_store(&task->cancelled, true);
    notify(task->cancel_event);
    if (!atomic_load(&task->commits) && !again)
        return;
    pthread_mutex_lock(&task->lock);
    tfs_progress_bar_clear(&task->bar);
    pthread_mutex_unlock(&task->lock);
    if (task->interrupted)
        task->interrupted(task->context);
    die_by(signal_number);
}

static void draw(struct tfs_task *task)
{
    pthread_mutex_lock(&task->lock);
    tfs_progress_bar_draw(&task->bar, task->progress, task->first);
    pthread_mutex_unlock(&task->lock);
}

static void watch(struct tfs_task *task)
{
    struct pollfd events[2] = {{task->done_event, POLLIN, 0}, {wake_event, POLLIN, 0}};
    for (;;) {
        int count = poll(events, 2, task->bar.shown ? DRAW_INTERVAL_MS : -1);
        if (count < 0 && errno != EINTR)
            return; /* the work goes on without us */
        if (count > 0 && events[1].revents) {
            uint64_t value;
            if (read(wake_event, &value, sizeof value) > 0)
                interrupt(task, arrived);
        }
        if (count > 0 && events[0].revents)
            return;
        draw(task);
    }
}

static bool open_events(struct tfs_task *task)
{
    task->cancel_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    task->done_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    wake_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return task->cancel_event >= 0 && task->done_event >= 0 && wake_event >= 0;
}

static void close_events(struct tfs_task *task)
{
    int events[] = {task->cancel_event, task->done_event, wake_event};
    for (int i = 0; i < 3; i++)
        if (events[i] >= 0)
            close(events[i]);
    wake_event = -1;
}

static int run_and_watch(struct tfs_task *task)
{
    pthread_t thread;
    listen_for_signals(true);
    int number = pthread_create(&thread, NULL, run_work, task);
    if (number == 0) {
        watch(task);
        pthread_join(thread, NULL);
    }
    listen_for_signals(false);
    tfs_progress_bar_clear(&task->bar);
    if (number == 0)
        return task->result;
    tfs_say("cannot start a thread: %s", strerror(number));
    return TFS_FAILED;
}

int tfs_task_run(struct tfs_task *task)
{
    tfs_progress_bar_init(&task->bar, task->show);
    pthread_mutex_init(&task->lock, NULL);
    int result = TFS_FAILED;
    if (open_events(task))
        result = run_and_watch(task);
    else
        tfs_say("cannot start the work: %s", strerror(errno));
    close_events(task);
    pthread_mutex_destroy(&task->lock);
    return result;
}

void tfs_task_end(const struct tfs_task *task)
{
    if (task->signal)
        die_by(task->signal);
}

bool tfs_task_cancelled(struct tfs_task *task)
{
    return atomic_load(&task->cancelled);
}

/* Either we see that it is cancelled, or the first thread sees that we commit. */
bool tfs_task_commits(struct tfs_task *task, bool commits)
{
    atomic_store(&task->commits, commits);
    if (!commits || !atomic_load(&task->cancelled))
        return true;
    atomic_store(&task->commits, false);
    return false;
}

bool tfs_task_wait_input(struct tfs_task *task, int fd)
{
    struct pollfd events[2] = {{fd, POLLIN, 0}, {task->cancel_event, POLLIN, 0}};
    for (;;) {
        int count = poll(events, 2, -1);
        if (tfs_task_cancelled(task))
            return false;
        if (count > 0 || errno != EINTR)
            return true; /* whatever it is, read(2) tells it */
    }
}

void tfs_task_show(struct tfs_task *task, const char *name)
{
    pthread_mutex_lock(&task->lock);
    snprintf(task->first, sizeof task->first, "%s", name);
    pthread_mutex_unlock(&task->lock);
}

void tfs_task_tell(struct tfs_task *task, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    pthread_mutex_lock(&task->lock);
    tfs_progress_bar_clear(&task->bar);
    vfprintf(stderr, format, arguments);
    pthread_mutex_unlock(&task->lock);
    va_end(arguments);
}
