#include "tools/face.h"

#include "tools/store_marker.h"
#include "tools/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int tfs_face_option(struct tfs_face *face, int argc, char **argv, const char *letters,
                    const struct option *names)
{
    for (;;) {
        int option = tfs_next_option(argc, argv, letters, names);
        switch (option) {
        case 'C':
            face->directory = optarg;
            break;
        case TFS_OPTION_BRANCH:
            face->wanted = optarg;
            break;
        case TFS_OPTION_JSON:
            face->json = true;
            break;
        case TFS_OPTION_PROGRESS:
            face->show = TFS_PROGRESS_ALWAYS;
            break;
        case TFS_OPTION_NO_PROGRESS:
            face->show = TFS_PROGRESS_NEVER;
            break;
        default:
            return option;
        }
    }
}

int tfs_face_end_options(const struct tfs_face *face, int option)
{
    return option == 'h' ? tfs_help(face->command) : TFS_USAGE;
}

int tfs_face_fail(const struct tfs_face *face, const char *format, ...)
{
    char line[8192];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    tfs_say("%s: %s", face->command->name, line);
    return TFS_FAILED;
}

int tfs_face_done(const struct tfs_face *face)
{
    if (fflush(stdout) != EOF && !ferror(stdout))
        return TFS_DONE;
    if (errno == EPIPE || tfs_is_terminal_ahead())
        return TFS_DONE; /* who reads, or his pager, has seen enough */
    return tfs_face_fail(face, "cannot write the output: %s", strerror(errno));
}

/* A store's own directory, or one inside of it. */
static bool find_store(const char *here, char store[PATH_MAX])
{
    snprintf(store, PATH_MAX, "%s", here);
    for (;;) {
        int directory = open(store, O_PATH | O_DIRECTORY | O_CLOEXEC);
        struct bc_error error;
        bool found = directory >= 0 && tfs_marker_read(directory, store, &error) == BC_OK;
        if (directory >= 0)
            close(directory);
        if (found)
            return true;
        char *slash = strrchr(store, '/');
        if (!slash || slash == store)
            return false;
        *slash = '\0';
    }
}

static int refuse_place(const struct tfs_face *face, const char *here)
{
    char store[PATH_MAX];
    struct tfs_mounted mounted;
    bool others;
    if (find_store(here, store)) {
        if (tfs_store_mounted(store, &mounted))
            return tfs_face_fail(
                face, "%s is the store itself; it is mounted at %s: go there, or say -C %s", store,
                mounted.point, mounted.point);
        return tfs_face_fail(
            face, "store %s is not mounted; mount it: triplefs mount %s MOUNTPOINT", store, store);
    }
    if (tfs_any_mounted(&mounted, &others))
        return tfs_face_fail(face,
                             "%s is not in a mounted store; go to one, such as %s, or say -C DIR",
                             here, mounted.point);
    return tfs_face_fail(
        face, "%s is not in a mounted store; mount one: triplefs mount STORE MOUNTPOINT", here);
}

/* The next name of a path, which goes on behind it. */
static const char *name_of(const char *path, size_t *size)
{
    while (*path == '/')
        path++;
    *size = strcspn(path, "/");
    return path;
}

static bool skip_name(const char **path, const char *name)
{
    size_t size;
    const char *at = name_of(*path, &size);
    if (size != strlen(name) || strncmp(at, name, size) != 0)
        return false;
    *path = at + size;
    return true;
}

/* Splits where the working directory is, from the mountpoint, into the branch's tree and a folder
 * of it. A control folder other than at/REF is none of either. */
static void split_place(struct tfs_face *face, const char *inside)
{
    size_t size;
    const char *at = name_of(inside, &size);
    face->branch[0] = face->place[0] = face->below[0] = '\0';
    if (size == 0 || size > BC_BRANCH_NAME_MAX || *at == '.')
        return;
    snprintf(face->branch, sizeof face->branch, "%.*s", (int)size, at);
    const char *rest = at + size;
    const char *next = rest;
    while (skip_name(&next, ".branch") && skip_name(&next, "at")) {
        const char *ref = name_of(next, &size);
        if (size == 0)
            break;
        next = rest = ref + size;
    }
    snprintf(face->place, sizeof face->place, "%.*s", (int)(rest - at), at);
    next = rest;
    if (!skip_name(&next, ".branch"))
        snprintf(face->below, sizeof face->below, "%s", name_of(rest, &size));
}

static int take_wanted(struct tfs_face *face)
{
    size_t size = strlen(face->wanted);
    if (size == 0 || size > BC_BRANCH_NAME_MAX || strchr(face->wanted, '/') ||
        face->wanted[0] == '.' || faccessat(face->root, face->wanted, F_OK, 0) != 0)
        return tfs_face_fail(face, "there is no branch '%s'; 'triplefs branch' lists them",
                             face->wanted);
    if (strcmp(face->wanted, face->branch) == 0)
        return TFS_DONE;
    snprintf(face->branch, sizeof face->branch, "%s", face->wanted);
    snprintf(face->place, sizeof face->place, "%s", face->wanted);
    return TFS_DONE;
}

static int open_root(struct tfs_face *face)
{
    face->root = open(face->mounted.point, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (face->root >= 0)
        return TFS_DONE;
    if (errno == ENOTCONN)
        return tfs_face_fail(face,
                             "the process that served %s is gone; mount it anew: triplefs umount "
                             "%s && triplefs mount %s %s",
                             face->mounted.point, face->mounted.point, face->mounted.source,
                             face->mounted.point);
    return tfs_face_fail(face, "cannot open %s: %s", face->mounted.point, strerror(errno));
}

static int check_need(const struct tfs_face *face, enum tfs_face_need need)
{
    if (need != TFS_NEEDS_STORE && !face->branch[0])
        return tfs_face_fail(face,
                             "%s is the root of the mount; go to a branch, or say --branch NAME",
                             face->mounted.point);
    if (need == TFS_NEEDS_PRESENT && strcmp(face->branch, face->place) != 0)
        return tfs_face_fail(face,
                             "this is the past of branch %s, which cannot be changed; go to %s/%s",
                             face->branch, face->mounted.point, face->branch);
    return TFS_DONE;
}

int tfs_face_find(struct tfs_face *face, enum tfs_face_need need)
{
    char here[PATH_MAX];
    if (face->directory && chdir(face->directory) != 0)
        return tfs_face_fail(face, "cannot go to %s: %s", face->directory, strerror(errno));
    if (!getcwd(here, sizeof here))
        return tfs_face_fail(face, "the working directory cannot be named: %s", strerror(errno));
    if (!tfs_mounted_around(here, &face->mounted) ||
        strcmp(face->mounted.type, tfs_mount_type) != 0)
        return refuse_place(face, here);
    split_place(face, here + strlen(face->mounted.point));
    int result = open_root(face);
    if (result == TFS_DONE && face->wanted)
        result = take_wanted(face);
    return result == TFS_DONE ? check_need(face, need) : result;
}

bool tfs_branch_control(const struct tfs_face *face, char path[PATH_MAX], const char *format, ...)
{
    char name[PATH_MAX];
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(name, sizeof name, format, arguments);
    va_end(arguments);
    if (size >= 0 && size < (int)sizeof name &&
        snprintf(path, PATH_MAX, "%s/.branch/%s", face->place, name) < PATH_MAX)
        return true;
    tfs_face_fail(face, "the path of a control file would be too long");
    return false;
}

/* "HEAD" unless a branch has that name, and "@" alone. */
static size_t head_in(const struct tfs_face *face, const char *typed)
{
    if (typed[0] == '@' && (typed[1] == '\0' || typed[1] == '~' || typed[1] == '^'))
        return 1;
    if (strncmp(typed, "HEAD", 4) == 0 && strchr("~^@", typed[4]) &&
        faccessat(face->root, "HEAD", F_OK, 0) != 0)
        return 4;
    return 0;
}

/* Adds up the steps of "~N", "~" and "^" behind one another. False: something else follows. */
static bool count_steps(const char *at, unsigned long *steps)
{
    enum { MOST = 1000000000 };
    for (*steps = 0; *at; at++) {
        unsigned long step = 1;
        if (*at == '~' && at[1] >= '0' && at[1] <= '9') {
            char *end;
            step = strtoul(at + 1, &end, 10);
            at = end - 1;
        } else if (*at != '~' && *at != '^') {
            return false;
        }
        if (step > MOST || *steps > MOST)
            return false;
        *steps += step;
    }
    return true;
}

bool tfs_ref_read(const struct tfs_face *face, const char *typed, char ref[TFS_REF_MAX + 1])
{
    size_t head = head_in(face, typed);
    const char *rest = typed + head;
    size_t base = strcspn(rest, "~^");
    unsigned long steps;
    char text[TFS_REF_MAX + 64];
    if (base > TFS_REF_MAX || strchr(typed, '/') || typed[0] == '.' || typed[0] == '\0' ||
        !count_steps(rest + base, &steps))
        return false;
    int size = snprintf(text, sizeof text, "%s%.*s", head ? "head" : "", (int)base, rest);
    if (rest[base])
        size += snprintf(text + size, sizeof text - (size_t)size, "~%lu", steps);
    if (size <= 0 || size > TFS_REF_MAX)
        return false;
    memcpy(ref, text, (size_t)size + 1);
    return true;
}

bool tfs_face_ref(const struct tfs_face *face, const char *typed, char ref[TFS_REF_MAX + 1])
{
    if (tfs_ref_read(face, typed, ref))
        return true;
    tfs_face_fail(face, "'%s' cannot be a REF; triplefs(1) says what one is", typed);
    return false;
}
