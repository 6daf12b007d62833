#include "tools/ask.h"

#include "fs/line.h"
#include "tools/diff_show.h"
#include "tools/face_control.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { PIECE = 64 << 10, PATTERN_MAX = 1 << 20 };

bool tfs_ask_path(const struct tfs_face *face, const char *typed, char path[PATH_MAX])
{
    path[0] = '\0';
    if (typed && !tfs_diff_path(face, typed, path))
        return false;
    if (!strchr(path, '\n'))
        return true;
    tfs_face_fail(face, "a path with a line end in it cannot be asked for: name its folder");
    return false;
}

/* False after telling. */
static bool take_input(const struct tfs_face *face, struct bc_buffer *to)
{
    size_t before = to->size;
    for (;;) {
        ssize_t got =
            bc_buffer_reserve(to, PIECE) ? -1 : read(STDIN_FILENO, to->data + to->size, PIECE);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            tfs_face_fail(face, "cannot read the pattern: %s", strerror(errno));
        if (got <= 0)
            return got == 0;
        to->size += (size_t)got;
        if (to->size - before > PATTERN_MAX) {
            tfs_face_fail(face, "the pattern is longer than %d MiB", PATTERN_MAX >> 20);
            return false;
        }
    }
}

bool tfs_ask_compose(const struct tfs_face *face, const char *lines, const char *path,
                     const char *pattern, struct bc_buffer *question)
{
    enum bc_status st = bc_buffer_append(question, lines, strlen(lines));
    if (!st && path[0])
        st = bc_buffer_printf(question, "path %s\n", path);
    if (!st && strcmp(pattern, "-") == 0)
        return take_input(face, question) &&
               (question->size > 0 || !bc_buffer_append(question, "\n", 1));
    if (!st)
        st = bc_buffer_printf(question, "%s\n", pattern);
    if (st)
        tfs_face_fail(face, "%s", bc_status_text(st));
    return !st;
}

/* 0 or an errno. The kernel hands on what is larger than a request in several. */
static int write_all(int file, struct bc_slice rest)
{
    while (rest.size > 0) {
        ssize_t put = write(file, rest.data, rest.size);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return errno;
        rest = bc_slice(rest.data + put, rest.size - (size_t)put);
    }
    return 0;
}

static void end_progress(struct tfs_asking *asking)
{
    if (asking->shows_progress)
        tfs_face_progress_end(&asking->progress);
    asking->shows_progress = false;
}

/* An answer that goes to the terminal takes the bar's place. */
static int await_answer(struct tfs_asking *asking)
{
    tfs_face_progress_begin(&asking->progress, asking->face);
    asking->shows_progress = true;
    int first = getc(asking->answer);
    int number = first == EOF && ferror(asking->answer) ? errno : 0;
    if (first != EOF)
        (void)ungetc(first, asking->answer);
    if (number || isatty(STDOUT_FILENO))
        end_progress(asking);
    return number;
}

static bool refuse_to_open(const struct tfs_asking *asking, int number)
{
    if (number == EROFS)
        tfs_face_fail(asking->face, "the store is mounted read-only, and a question has to be "
                                    "written: mount it without 'ro'");
    else
        tfs_face_command_refused(asking->face, asking->control, asking->since_ns, number);
    return false;
}

bool tfs_ask(struct tfs_face *face, const char *name, const struct bc_buffer *question,
             struct tfs_asking *asking)
{
    *asking = (struct tfs_asking){.face = face, .since_ns = tfs_now_ns()};
    if (!tfs_branch_control(face, asking->control, "%s", name))
        return false;
    int file = openat(face->root, asking->control, O_RDWR | O_CLOEXEC);
    if (file < 0)
        return refuse_to_open(asking, errno);
    int number = write_all(file, bc_buffer_slice(question));
    asking->answer = number ? NULL : fdopen(file, "r");
    if (!asking->answer) {
        tfs_face_command_refused(face, asking->control, asking->since_ns, number ? number : errno);
        close(file);
        return false;
    }
    number = await_answer(asking);
    if (!number)
        return true;
    tfs_face_read_refused(face, asking->control, asking->since_ns, number);
    (void)fclose(asking->answer);
    return false;
}

bool tfs_ask_end(struct tfs_asking *asking)
{
    int number = ferror(asking->answer) ? errno : 0;
    end_progress(asking);
    (void)fclose(asking->answer);
    if (number)
        tfs_face_read_refused(asking->face, asking->control, asking->since_ns, number);
    return number == 0;
}
