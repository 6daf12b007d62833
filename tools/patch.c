/* triplefs patch */
#include "tools/face_control.h"
#include "tools/face_progress.h"
#include "tools/key_values.h"

#include "fs/line.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Full buffers say that more comes; the last one does not have to be one. */
enum { BUFFER_BYTES = 1 << 20 };

static const char help[] =
    "usage: triplefs patch [-q] [-C DIR] [--branch NAME] [--json] FILE|-\n\n"
    "Applies RDF Patch text, such as 'triplefs diff' prints, to the branch: all of it, or\n"
    "nothing. Nothing is committed. '-' is standard input.\n\n"
    "  -q, --quiet      do not print what it changed\n" TFS_FACE_WORK_HELP;

/* Fills the buffer unless the file ends before. False, with errno: it cannot be read. */
static bool fill(int file, char *buffer, size_t *size)
{
    for (*size = 0; *size < BUFFER_BYTES;) {
        ssize_t got = read(file, buffer + *size, BUFFER_BYTES - *size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got == 0;
        *size += (size_t)got;
    }
    return true;
}

static bool put(int control, const char *from, size_t size)
{
    while (size > 0) {
        ssize_t done = write(control, from, size);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        from += done;
        size -= (size_t)done;
    }
    return true;
}

/* 0 or an errno of the control; the file's own is told. */
static int send(const struct tfs_face *face, int file, const char *name, int control, int *number)
{
    char *buffer = bc_alloc(BUFFER_BYTES);
    size_t size = buffer ? BUFFER_BYTES : 0;
    int result = buffer ? TFS_DONE : tfs_face_fail(face, "out of memory");
    bool any = false;
    *number = 0;
    while (size == BUFFER_BYTES && !*number && result == TFS_DONE) {
        if (!fill(file, buffer, &size))
            result = tfs_face_fail(face, "cannot read %s: %s", name, strerror(errno));
        else if (size > 0 && !put(control, buffer, size))
            *number = errno;
        any = any || size > 0;
    }
    bc_free(buffer);
    if (result == TFS_DONE && !any)
        result = tfs_face_fail(face, "%s is empty", name);
    return result;
}

static int report(const struct tfs_face *face)
{
    char path[PATH_MAX];
    struct bc_buffer text = {0};
    int result =
        tfs_branch_control(face, path, "patch") ? tfs_face_get(face, path, &text) : TFS_FAILED;
    if (result == TFS_DONE)
        result = tfs_key_values_print(face, bc_buffer_slice(&text));
    bc_buffer_release(&text);
    return result;
}

static int apply(struct tfs_face *face, int file, const char *name, bool quiet)
{
    char path[PATH_MAX];
    struct tfs_face_progress progress;
    int number = 0;
    if (!tfs_branch_control(face, path, "patch"))
        return TFS_FAILED;
    int64_t since_ns = tfs_now_ns();
    int control = openat(face->root, path, O_WRONLY | O_CLOEXEC);
    if (control < 0)
        return tfs_face_command_refused(face, path, since_ns, errno);
    tfs_face_progress_begin(&progress, face);
    int result = send(face, file, name, control, &number);
    /* What ends with a full buffer is applied, or refused, now. */
    if (close(control) != 0 && !number)
        number = errno;
    tfs_face_progress_end(&progress);
    if (result == TFS_DONE && number)
        result = tfs_face_command_refused(face, path, since_ns, number);
    return result == TFS_DONE && !quiet ? report(face) : result;
}

static int open_and_apply(struct tfs_face *face, const char *name, bool quiet)
{
    int result = tfs_face_find(face, TFS_NEEDS_PRESENT);
    if (result != TFS_DONE)
        return result;
    if (strcmp(name, "-") == 0)
        return apply(face, STDIN_FILENO, "standard input", quiet);
    int file = open(name, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return tfs_face_fail(face, "cannot read %s: %s", name, strerror(errno));
    result = apply(face, file, name, quiet);
    close(file);
    return result;
}

static int run(int argc, char **argv)
{
    static const struct option names[] = {{"quiet", no_argument, NULL, 'q'}, TFS_FACE_WORK_OPTIONS};
    struct tfs_face face = {.command = &tfs_command_patch};
    bool quiet = false;
    for (int option;
         (option = tfs_face_option(&face, argc, argv, TFS_FACE_LETTERS "q", names)) != -1;) {
        if (option != 'q')
            return tfs_face_end_options(&face, option);
        quiet = true;
    }
    if (optind == argc)
        return tfs_say_usage("patch", "no file given; '-' is standard input");
    if (argc - optind > 1)
        return tfs_say_usage("patch", "one file at a time, not '%s' too", argv[optind + 1]);
    return open_and_apply(&face, argv[optind], quiet);
}

const struct tfs_command tfs_command_patch = {
    .name = "patch",
    .summary = "apply RDF Patch text",
    .help = help,
    .run = run,
};
