#include "tools/message.h"

#include "tools/fields.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PIECE = 4096, MESSAGE_LIMIT = 1 << 20 };

bool tfs_message_add(struct tfs_message_source *source, const char *paragraph)
{
    return (source->given.size == 0 || bc_buffer_append(&source->given, "\n\n", 2) == BC_OK) &&
           bc_buffer_append(&source->given, paragraph, strlen(paragraph)) == BC_OK;
}

static int read_file(const struct tfs_face *face, int file, const char *path, struct bc_buffer *to)
{
    for (;;) {
        if (to->size > MESSAGE_LIMIT)
            return tfs_face_fail(face, "the message in %s is too long", path);
        if (bc_buffer_reserve(to, PIECE))
            return tfs_face_fail(face, "out of memory");
        ssize_t got = read(file, to->data + to->size, PIECE);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return tfs_face_fail(face, "cannot read %s: %s", path, strerror(errno));
        if (got == 0)
            return TFS_DONE;
        to->size += (size_t)got;
    }
}

static int from_file(const struct tfs_face *face, const char *path, struct bc_buffer *to)
{
    if (strcmp(path, "-") == 0)
        return read_file(face, STDIN_FILENO, "standard input", to);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return tfs_face_fail(face, "cannot read %s: %s", path, strerror(errno));
    int result = read_file(face, file, path, to);
    close(file);
    return result;
}

static const char *editor(void)
{
    static const char *const names[] = {"TRIPLEFS_EDITOR", "VISUAL", "EDITOR"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = getenv(names[i]);
        if (value && value[0])
            return value;
    }
    return "vi";
}

/* The variable is a command line for the shell, as with other programs. */
static int run_editor(const struct tfs_face *face, const char *path)
{
    extern char **environ;
    char line[PATH_MAX];
    if (snprintf(line, sizeof line, "%s \"$@\"", editor()) >= (int)sizeof line)
        return tfs_face_fail(face, "the editor's command is too long");
    char *arguments[] = {(char *)"sh", (char *)"-c", line, (char *)"sh", (char *)path, NULL};
    pid_t child;
    int status = 0;
    int number = posix_spawn(&child, "/bin/sh", NULL, NULL, arguments, environ);
    if (number != 0)
        return tfs_face_fail(face, "cannot start the editor: %s", strerror(number));
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return tfs_face_fail(face, "the editor cannot be waited for: %s", strerror(errno));
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return TFS_DONE;
    return tfs_face_fail(face, "the editor '%s' failed; say the message with -m, or set EDITOR",
                         editor());
}

static bool write_template(int file, struct bc_slice comment)
{
    struct bc_buffer text = {0};
    struct bc_slice line;
    enum bc_status status = bc_buffer_printf(
        &text, "\n# The message of the commit. Lines that begin with '#' are left out;\n"
               "# an empty message commits nothing.\n#\n");
    while (!status && tfs_line_next(&comment, &line))
        status = bc_buffer_printf(&text, "# %.*s\n", (int)line.size, line.data);
    bool written = !status && write(file, text.data, text.size) == (ssize_t)text.size;
    bc_buffer_release(&text);
    return written;
}

static int from_editor(const struct tfs_face *face, struct bc_slice comment, struct bc_buffer *to)
{
    char path[PATH_MAX];
    struct bc_buffer text = {0};
    const char *folder = getenv("TMPDIR");
    (void)snprintf(path, sizeof path, "%s/triplefs-commit.XXXXXX",
                   folder && folder[0] ? folder : "/tmp");
    int file = mkostemp(path, O_CLOEXEC);
    if (file < 0)
        return tfs_face_fail(face, "cannot make a file for the message, %s: %s", path,
                             strerror(errno));
    bool written = write_template(file, comment);
    close(file);
    int result = written ? run_editor(face, path)
                         : tfs_face_fail(face, "cannot write %s: %s", path, strerror(errno));
    if (result == TFS_DONE)
        result = from_file(face, path, &text);
    (void)unlink(path);
    struct bc_slice rest = bc_buffer_slice(&text), line;
    while (result == TFS_DONE && tfs_line_next(&rest, &line))
        if (!tfs_slice_begins(line, "#") &&
            bc_buffer_printf(to, "%.*s\n", (int)line.size, line.data))
            result = tfs_face_fail(face, "out of memory");
    bc_buffer_release(&text);
    return result;
}

int tfs_message_get(const struct tfs_face *face, const struct tfs_message_source *source,
                    struct bc_slice comment, struct bc_buffer *message)
{
    struct bc_buffer text = {0};
    int result = TFS_DONE;
    if (source->given.size)
        result = bc_buffer_append(&text, source->given.data, source->given.size)
                     ? tfs_face_fail(face, "out of memory")
                     : TFS_DONE;
    else if (source->file)
        result = from_file(face, source->file, &text);
    else
        result = from_editor(face, comment, &text);
    struct bc_slice trimmed = tfs_slice_trim(bc_buffer_slice(&text));
    if (result == TFS_DONE && trimmed.size == 0)
        result = tfs_face_fail(face, "the message is empty; nothing was committed");
    if (result == TFS_DONE && bc_buffer_append(message, trimmed.data, trimmed.size))
        result = tfs_face_fail(face, "out of memory");
    bc_buffer_release(&text);
    return result;
}
