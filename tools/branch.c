/* triplefs branch */
#include "tools/branch_list.h"
#include "tools/face_control.h"
#include "tools/fields.h"
#include "tools/json.h"

#include "fs/line.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char help[] =
    "usage: triplefs branch [-v] [-C DIR] [--json]\n"
    "       triplefs branch [-q] NAME [REF]\n"
    "       triplefs branch -d | -D NAME...\n"
    "       triplefs branch -m [OLD] NEW\n"
    "       triplefs branch --default [NAME]\n\n"
    "Lists the branches; the one of the working directory is marked '*'. With NAME makes a branch\n"
    "of that name, from REF, or from the branch of the working directory as it is now (in the\n"
    "root of the mount: from the default branch).\n\n"
    "  -v, --verbose    with the last commit and the number of triples\n"
    "  -d, --delete     delete branches whose every change is in another one too\n"
    "  -D               delete them all the same; 'triplefs restore NAME' brings one back\n"
    "  -m, --move       rename a branch, that of the working directory unless OLD says which\n"
    "  --default        print, or set, the branch that mkdir in the root of the mount forks\n"
    "  -q, --quiet      do not print where the new branch is\n" TFS_FACE_HELP;

enum action { LIST, DELETE, DISCARD, MOVE, DEFAULT };

static int print_path(const struct tfs_face *face, const char *name)
{
    char path[PATH_MAX + BC_BRANCH_NAME_MAX + 2];
    (void)snprintf(path, sizeof path, "%s/%s", face->mounted.point, name);
    if (face->json) {
        json_t *object = tfs_json_object();
        tfs_json_set(object, "branch", tfs_json_string(name));
        tfs_json_set(object, "path", tfs_json_string(path));
        tfs_json_print(object, stdout);
    } else {
        printf("%s\n", path);
    }
    return tfs_face_done(face);
}

static bool is_name(const struct tfs_face *face, const char *name)
{
    size_t size = strlen(name);
    if (size > 0 && size <= BC_BRANCH_NAME_MAX && !strchr(name, '/') && name[0] != '.')
        return true;
    tfs_face_fail(face, "'%s' cannot be the name of a branch", name);
    return false;
}

/* The place that a REF's tree is looked up from: any branch does where there is none. */
static bool stand_somewhere(struct tfs_face *face)
{
    struct bc_buffer name = {0};
    if (face->branch[0])
        return true;
    if (tfs_face_get(face, ".store/default", &name) != TFS_DONE)
        return false;
    while (name.size > 0 && name.data[name.size - 1] == '\n')
        name.size--;
    (void)snprintf(face->branch, sizeof face->branch, "%.*s", (int)name.size, name.data);
    (void)snprintf(face->place, sizeof face->place, "%s", face->branch);
    bc_buffer_release(&name);
    return true;
}

static int create(struct tfs_face *face, const char *name, const char *typed, bool quiet)
{
    char path[PATH_MAX], tree[PATH_MAX], ref[TFS_REF_MAX + 1];
    bool found;
    if (!is_name(face, name) || !stand_somewhere(face))
        return TFS_FAILED;
    if (typed)
        found = tfs_face_ref(face, typed, ref) && tfs_face_past(face, ref, tree, "fork") &&
                snprintf(path, sizeof path, "%s/%s", tree, name) < (int)sizeof path;
    else
        found = tfs_branch_control(face, path, "fork/%s", name);
    if (!found)
        return TFS_FAILED;
    int64_t since_ns = tfs_now_ns();
    if (mkdirat(face->root, path, 0777) == 0)
        return quiet ? TFS_DONE : print_path(face, name);
    if (errno == EEXIST)
        return tfs_face_fail(face, "there is a branch '%s' already", name);
    return tfs_face_refused(face, ".store/error", "mkdir", name, since_ns, errno);
}

/* What would be lost, and how it is done with this program. */
static int refuse_loss(const struct tfs_face *face, const char *name, int64_t since_ns)
{
    struct bc_buffer reason = {0};
    tfs_face_reason(face, ".store/error", "rmdir", name, since_ns, ENOTEMPTY, &reason);
    struct bc_slice lost = bc_buffer_slice(&reason);
    lost = tfs_field_next(&lost, ';');
    tfs_face_fail(face, "%.*s; to delete it all the same: triplefs branch -D %s", (int)lost.size,
                  lost.data, name);
    bc_buffer_release(&reason);
    return TFS_FAILED;
}

static int delete_one(const struct tfs_face *face, const char *name)
{
    if (!is_name(face, name))
        return TFS_FAILED;
    int64_t since_ns = tfs_now_ns();
    if (unlinkat(face->root, name, AT_REMOVEDIR) == 0)
        return TFS_DONE;
    int number = errno;
    if (number == ENOENT)
        return tfs_face_fail(face, "there is no branch '%s'", name);
    if (number != ENOTEMPTY)
        return tfs_face_refused(face, ".store/error", "rmdir", name, since_ns, number);
    return refuse_loss(face, name, since_ns);
}

static int discard_one(struct tfs_face *face, const char *name)
{
    if (!is_name(face, name))
        return TFS_FAILED;
    int result = tfs_face_command(face, ".store/discard", bc_slice(name, strlen(name)));
    if (result == TFS_DONE && !face->json)
        printf("deleted %s; to bring it back: triplefs restore %s\n", name, name);
    return result;
}

static int delete_all(struct tfs_face *face, bool discard, char **names)
{
    int result = TFS_DONE;
    for (; *names; names++)
        if ((discard ? discard_one(face, *names) : delete_one(face, *names)) != TFS_DONE)
            result = TFS_FAILED;
    return tfs_face_done(face) == TFS_DONE ? result : TFS_FAILED;
}

static int move(const struct tfs_face *face, const char *old, const char *name)
{
    if (!is_name(face, old) || !is_name(face, name))
        return TFS_FAILED;
    int64_t since_ns = tfs_now_ns();
    if (renameat2(face->root, old, face->root, name, RENAME_NOREPLACE) == 0)
        return TFS_DONE;
    if (errno == EEXIST)
        return tfs_face_fail(face, "there is a branch '%s' already", name);
    if (errno == ENOENT)
        return tfs_face_fail(face, "there is no branch '%s'", old);
    return tfs_face_refused(face, ".store/error", "rename", old, since_ns, errno);
}

static int act(struct tfs_face *face, enum action action, int count, char **words, bool details,
               bool quiet)
{
    enum tfs_face_need need = action == MOVE && count == 1 ? TFS_NEEDS_BRANCH : TFS_NEEDS_STORE;
    int result = tfs_face_find(face, need);
    if (result != TFS_DONE)
        return result;
    switch (action) {
    case DELETE:
    case DISCARD:
        return delete_all(face, action == DISCARD, words);
    case MOVE:
        return count == 1 ? move(face, face->branch, words[0]) : move(face, words[0], words[1]);
    case DEFAULT:
        return count
                   ? tfs_face_command(face, ".store/default", bc_slice(words[0], strlen(words[0])))
                   : tfs_branch_print_default(face);
    default:
        return count ? create(face, words[0], words[1], quiet) : tfs_branch_list(face, details);
    }
}

static int check(enum action action, int count, char **words)
{
    static const int most[] = {
        [LIST] = 2, [DELETE] = 1 << 20, [DISCARD] = 1 << 20, [MOVE] = 2, [DEFAULT] = 1};
    if (count > most[action])
        return tfs_say_usage("branch", "unexpected '%s'", words[most[action]]);
    if (count == 0 && action != LIST && action != DEFAULT)
        return tfs_say_usage("branch", "no branch given");
    return TFS_DONE;
}

static int run(int argc, char **argv)
{
    enum { SET_DEFAULT = TFS_OPTION_OWN };
    static const struct option names[] = {
        {"verbose", no_argument, NULL, 'v'}, {"delete", no_argument, NULL, 'd'},
        {"move", no_argument, NULL, 'm'},    {"default", no_argument, NULL, SET_DEFAULT},
        {"quiet", no_argument, NULL, 'q'},   TFS_FACE_OPTIONS};
    struct tfs_face face = {.command = &tfs_command_branch};
    enum action action = LIST;
    bool details = false, quiet = false;
    for (int option;
         (option = tfs_face_option(&face, argc, argv, TFS_FACE_LETTERS "vdDmq", names)) != -1;) {
        if (option == 'v')
            details = true;
        else if (option == 'q')
            quiet = true;
        else if (option == 'd' || option == 'D')
            action = option == 'd' ? DELETE : DISCARD;
        else if (option == 'm' || option == SET_DEFAULT)
            action = option == 'm' ? MOVE : DEFAULT;
        else
            return tfs_face_end_options(&face, option);
    }
    int result = check(action, argc - optind, argv + optind);
    return result == TFS_DONE ? act(&face, action, argc - optind, argv + optind, details, quiet)
                              : result;
}

const struct tfs_command tfs_command_branch = {
    .name = "branch",
    .summary = "list, make, delete and rename branches",
    .help = help,
    .run = run,
};
