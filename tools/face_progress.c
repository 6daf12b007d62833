#include "tools/face_progress.h"

#include "tools/face_control.h"
#include "tools/fields.h"

#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* What ends sooner shows no bar. */
enum { PATIENCE_MS = 300, STEP_MS = 150 };

/* The operation that was begun last. */
static struct bc_slice last_line(struct bc_slice text)
{
    struct bc_slice line = {"", 0};
    while (tfs_line_next(&text, &line))
        continue;
    return line;
}

static void draw(struct tfs_face_progress *progress)
{
    struct bc_buffer text = {0};
    if (tfs_face_take(progress->face, ".store/progress", &text) == 0 && text.size > 0)
        tfs_progress_bar_show(&progress->bar, last_line(bc_buffer_slice(&text)));
    bc_buffer_release(&text);
}

static void *watch(void *context)
{
    struct tfs_face_progress *progress = context;
    struct pollfd ended = {.fd = progress->ended, .events = POLLIN};
    for (int wait_ms = PATIENCE_MS; poll(&ended, 1, wait_ms) == 0; wait_ms = STEP_MS)
        draw(progress);
    tfs_progress_bar_clear(&progress->bar);
    return NULL;
}

void tfs_face_progress_begin(struct tfs_face_progress *progress, const struct tfs_face *face)
{
    *progress = (struct tfs_face_progress){.face = face, .ended = -1};
    tfs_progress_bar_init(&progress->bar, face->show);
    if (!progress->bar.shown)
        return;
    progress->ended = eventfd(0, EFD_CLOEXEC);
    progress->running =
        progress->ended >= 0 && pthread_create(&progress->thread, NULL, watch, progress) == 0;
}

void tfs_face_progress_end(struct tfs_face_progress *progress)
{
    if (progress->running) {
        (void)eventfd_write(progress->ended, 1);
        (void)pthread_join(progress->thread, NULL);
    }
    if (progress->ended >= 0)
        close(progress->ended);
}
