#include "tools/face_control.h"

#include "fs/line.h"
#include "tools/face_progress.h"
#include "tools/fields.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { PIECE = 64 << 10, SHOWN_MAX = 1 << 30 };

static int read_all(int file, struct bc_buffer *to)
{
    for (;;) {
        if (to->size > SHOWN_MAX || bc_buffer_reserve(to, PIECE))
            return ENOMEM;
        ssize_t got = read(file, to->data + to->size, PIECE);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got < 0 ? errno : 0;
        to->size += (size_t)got;
    }
}

int tfs_face_take(const struct tfs_face *face, const char *path, struct bc_buffer *to)
{
    int file = openat(face->root, path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return errno;
    int number = read_all(file, to);
    close(file);
    return number;
}

/* Where the errors about a control are, and its name as they have it. Those about a branch's past
 * are the branch's. */
static void place_of_errors(const char *path, char errors[PATH_MAX], const char **name)
{
    static const char folder[] = "/.branch/";
    const char *first = strstr(path, folder);
    if (!first) {
        const char *slash = strchr(path, '/');
        *name = slash ? slash + 1 : path;
        (void)snprintf(errors, PATH_MAX, "%.*serror", (int)(*name - path), path);
        return;
    }
    const char *last = first;
    for (const char *next; (next = strstr(last + 1, folder));)
        last = next;
    *name = last + strlen(folder);
    (void)snprintf(errors, PATH_MAX, "%.*s%serror", (int)(first - path), path, folder);
}

static int refused(const struct tfs_face *face, const char *path, const char *operation,
                   int64_t since_ns, int number)
{
    char errors[PATH_MAX];
    const char *name;
    place_of_errors(path, errors, &name);
    return tfs_face_refused(face, errors, operation, name, since_ns, number);
}

int tfs_face_get(const struct tfs_face *face, const char *path, struct bc_buffer *to)
{
    int64_t since_ns = tfs_now_ns();
    int number = tfs_face_take(face, path, to);
    return number ? refused(face, path, "read", since_ns, number) : TFS_DONE;
}

FILE *tfs_face_stream(const struct tfs_face *face, const char *path)
{
    int64_t since_ns = tfs_now_ns();
    int file = openat(face->root, path, O_RDONLY | O_CLOEXEC);
    FILE *stream = file >= 0 ? fdopen(file, "r") : NULL;
    if (stream)
        return stream;
    refused(face, path, "read", since_ns, errno);
    if (file >= 0)
        close(file);
    return NULL;
}

bool tfs_face_has_commit(const struct tfs_face *face)
{
    struct bc_buffer head = {0};
    char path[PATH_MAX];
    bool any = tfs_branch_control(face, path, "head") && tfs_face_take(face, path, &head) == 0 &&
               head.size > 0;
    bc_buffer_release(&head);
    return any;
}

static void refuse_ref(const struct tfs_face *face, const char *ref)
{
    if (strncmp(ref, "head", 4) == 0 && !tfs_face_has_commit(face))
        tfs_face_fail(face, "branch %s has no commit yet", face->branch);
    else
        tfs_face_fail(face,
                      "there is no '%s': a REF is a branch, a tag, a commit's id or at least 7 "
                      "digits of it, or head, each perhaps with ~N or @TIME behind it",
                      ref);
}

bool tfs_face_past(const struct tfs_face *face, const char *ref, char path[PATH_MAX],
                   const char *name)
{
    char tree[PATH_MAX], errors[PATH_MAX];
    int64_t since_ns = tfs_now_ns();
    if (!tfs_branch_control(face, tree, "at/%s", ref))
        return false;
    if (faccessat(face->root, tree, F_OK, 0) != 0) {
        if (errno == ENOENT)
            refuse_ref(face, ref);
        else if (snprintf(errors, sizeof errors, "%s/.branch/error", face->branch) > 0)
            tfs_face_refused(face, errors, "lookup", ref, since_ns, errno);
        return false;
    }
    if (snprintf(path, PATH_MAX, name ? "%s/.branch/%s" : "%s", tree, name) < PATH_MAX)
        return true;
    tfs_face_fail(face, "the path of a control file would be too long");
    return false;
}

static int write_once(int file, struct bc_slice command)
{
    for (;;) {
        ssize_t put = write(file, command.data, command.size);
        if (put >= 0)
            return (size_t)put == command.size ? 0 : EIO;
        if (errno != EINTR)
            return errno;
    }
}

int tfs_face_put(struct tfs_face *face, const char *path, struct bc_slice command)
{
    int file = openat(face->root, path, O_WRONLY | O_CLOEXEC);
    if (file < 0)
        return errno;
    struct tfs_face_progress progress;
    tfs_face_progress_begin(&progress, face);
    int number = write_once(file, command);
    tfs_face_progress_end(&progress);
    close(file);
    return number;
}

int tfs_face_command(struct tfs_face *face, const char *path, struct bc_slice command)
{
    int64_t since_ns = tfs_now_ns();
    int number = tfs_face_put(face, path, command);
    return number ? refused(face, path, "write", since_ns, number) : TFS_DONE;
}

int tfs_face_command_refused(const struct tfs_face *face, const char *path, int64_t since_ns,
                             int number)
{
    return refused(face, path, "write", since_ns, number);
}

int tfs_face_read_refused(const struct tfs_face *face, const char *path, int64_t since_ns,
                          int number)
{
    return refused(face, path, "read", since_ns, number);
}

/* "TIME OPERATION SUBJECT: REASON" with the reason's further lines, each behind four blanks. */
static bool next_entry(struct bc_slice *rest, struct bc_slice *entry)
{
    struct bc_slice line;
    if (!tfs_line_next(rest, entry))
        return false;
    while (rest->size >= 4 && memcmp(rest->data, "    ", 4) == 0 && tfs_line_next(rest, &line))
        entry->size = (size_t)(line.data + line.size - entry->data);
    return true;
}

static bool take_prefix(struct bc_slice *text, const char *prefix)
{
    if (!tfs_slice_begins(*text, prefix))
        return false;
    *text = bc_slice(text->data + strlen(prefix), text->size - strlen(prefix));
    return true;
}

static struct bc_slice find_reason(struct bc_slice text, const char *operation, const char *subject,
                                   const char *since)
{
    struct bc_slice entry, reason = {"", 0};
    while (next_entry(&text, &entry)) {
        struct bc_slice time = tfs_field_next(&entry, ' ');
        bool about = take_prefix(&entry, operation) && take_prefix(&entry, " ") &&
                     take_prefix(&entry, subject) && take_prefix(&entry, ": ");
        if (about && bc_slice_compare(time, bc_slice(since, strlen(since))) >= 0)
            reason = entry;
    }
    return reason;
}

static const char *words_for(int number)
{
    switch (number) {
    case ENOENT:
        return "the mount has no such control file; is its program older than this one?";
    case EACCES:
        return "permission denied: the mode of the branch's folder says who may do this";
    case EROFS:
        return "the past, or a mount that is read-only, cannot be changed";
    case ESTALE:
        return "the branch is gone";
    default:
        return strerror(number);
    }
}

void tfs_face_reason(const struct tfs_face *face, const char *errors, const char *operation,
                     const char *subject, int64_t since_ns, int number, struct bc_buffer *to)
{
    struct bc_buffer text = {0};
    char since[TFS_TIME_SIZE];
    tfs_time_format(since_ns, since);
    struct bc_slice reason = {"", 0};
    if (tfs_face_take(face, errors, &text) == 0)
        reason = find_reason(bc_buffer_slice(&text), operation, subject, since);
    if (!reason.size)
        reason = bc_slice(words_for(number), strlen(words_for(number)));
    (void)bc_buffer_append(to, reason.data, reason.size);
    bc_buffer_release(&text);
}

int tfs_face_refused(const struct tfs_face *face, const char *errors, const char *operation,
                     const char *subject, int64_t since_ns, int number)
{
    struct bc_buffer reason = {0};
    tfs_face_reason(face, errors, operation, subject, since_ns, number, &reason);
    tfs_face_fail(face, "%.*s", (int)reason.size, reason.data);
    bc_buffer_release(&reason);
    return TFS_FAILED;
}
