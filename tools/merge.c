/* triplefs merge */
#include "tools/face_control.h"
#include "tools/merge_report.h"

#include "fs/line.h"

#include <errno.h>
#include <string.h>

static const char help[] =
    "usage: triplefs merge [--policy P] [--engine E] [--dry-run] [-C DIR] [--branch NAME]\n"
    "                      [--json] REF\n"
    "       triplefs merge --continue | --abort\n\n"
    "Merges another branch, or any REF, into the branch, and commits the result with two parents.\n"
    "With conflicts the branch stays as it is, and they lie as files in .branch/conflicts. Exit\n"
    "status 1: there are conflicts.\n\n"
    "  --policy P       auto (the default): a conflict where one side removed what the other\n"
    "                   changed; union: never; ours, theirs: conflicts go to that side;\n"
    "                   strict: a conflict wherever both sides changed differently\n"
    "  --engine E       auto (the default), scalar, simd or gpu\n"
    "  -n, --dry-run    change nothing, tell what would happen\n"
    "  --continue       go on after the conflicts were resolved\n"
    "  --abort          forget the merge that waits\n" TFS_FACE_WORK_HELP;

enum { COMMAND_MAX = TFS_REF_MAX + 128 };

struct request {
    const char *policy;
    const char *engine;
    bool dry_run;
    bool go_on;
    bool abort;
};

static bool command_of(const struct tfs_face *face, const struct request *request,
                       const char *typed, char command[COMMAND_MAX])
{
    char ref[TFS_REF_MAX + 1];
    if (request->go_on || request->abort) {
        (void)snprintf(command, COMMAND_MAX, "%s", request->go_on ? "continue" : "abort");
        return true;
    }
    if (!tfs_face_ref(face, typed, ref))
        return false;
    (void)snprintf(command, COMMAND_MAX, "%s%s%s%s%s%s", ref, request->policy ? " policy=" : "",
                   request->policy ? request->policy : "", request->engine ? " engine=" : "",
                   request->engine ? request->engine : "", request->dry_run ? " dry-run" : "");
    return true;
}

static int merge(struct tfs_face *face, const struct request *request, const char *typed)
{
    char path[PATH_MAX], command[COMMAND_MAX];
    int result = tfs_face_find(face, TFS_NEEDS_PRESENT);
    if (result != TFS_DONE || !command_of(face, request, typed, command) ||
        !tfs_branch_control(face, path, "merge"))
        return TFS_FAILED;
    int64_t since_ns = tfs_now_ns();
    int number = tfs_face_put(face, path, bc_slice(command, strlen(command)));
    if (number && number != ECANCELED)
        return tfs_face_command_refused(face, path, since_ns, number);
    if (!request->abort)
        return tfs_merge_print(face, "merge");
    if (face->json) {
        json_t *object = tfs_json_object();
        tfs_json_set(object, "branch", tfs_json_string(face->branch));
        tfs_json_set(object, "outcome", tfs_json_string("aborted"));
        tfs_json_print(object, stdout);
    } else {
        printf("the merge is forgotten; %s is as it was\n", face->branch);
    }
    return tfs_face_done(face);
}

static bool is_short(const char *text)
{
    return strlen(text) <= 32 && !strpbrk(text, " \n");
}

static int check(const struct request *request, int operands, char **words)
{
    bool waiting = request->go_on || request->abort;
    if (waiting && (operands || request->policy || request->engine || request->dry_run ||
                    (request->go_on && request->abort)))
        return tfs_say_usage("merge", "--continue and --abort stand alone");
    if (!waiting && operands == 0)
        return tfs_say_usage("merge", "nothing to merge given");
    if (operands > 1)
        return tfs_say_usage("merge", "one REF at a time, not '%s' too", words[1]);
    if ((request->policy && !is_short(request->policy)) ||
        (request->engine && !is_short(request->engine)))
        return tfs_say_usage("merge", "--policy and --engine take a name");
    return TFS_DONE;
}

static int run(int argc, char **argv)
{
    enum { POLICY = TFS_OPTION_OWN, ENGINE, CONTINUE, ABORT };
    static const struct option names[] = {
        {"policy", required_argument, NULL, POLICY}, {"engine", required_argument, NULL, ENGINE},
        {"dry-run", no_argument, NULL, 'n'},         {"continue", no_argument, NULL, CONTINUE},
        {"abort", no_argument, NULL, ABORT},         TFS_FACE_WORK_OPTIONS};
    struct tfs_face face = {.command = &tfs_command_merge};
    struct request request = {0};
    for (int option;
         (option = tfs_face_option(&face, argc, argv, TFS_FACE_LETTERS "n", names)) != -1;) {
        if (option == POLICY)
            request.policy = optarg;
        else if (option == ENGINE)
            request.engine = optarg;
        else if (option == 'n')
            request.dry_run = true;
        else if (option == CONTINUE)
            request.go_on = true;
        else if (option == ABORT)
            request.abort = true;
        else
            return tfs_face_end_options(&face, option);
    }
    int result = check(&request, argc - optind, argv + optind);
    return result == TFS_DONE ? merge(&face, &request, argv[optind]) : result;
}

const struct tfs_command tfs_command_merge = {
    .name = "merge",
    .summary = "merge another branch into this one",
    .help = help,
    .run = run,
};
