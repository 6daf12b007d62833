/* triplefs reset */
#include "tools/commit_text.h"
#include "tools/face_control.h"
#include "tools/terminal.h"

#include <string.h>

static const char help[] =
    "usage: triplefs reset [-C DIR] [--branch NAME] [--json] REF\n\n"
    "Makes the branch what REF is, files and last commit. What it was stays in the reflog, also\n"
    "what was not committed: 'triplefs reflog' shows it.\n\n"
    "  --hard           nothing: it is always so\n"
    "  -q, --quiet      print nothing\n" TFS_FACE_WORK_HELP;

static int report(const struct tfs_face *face)
{
    struct tfs_commit_text last;
    bool found = tfs_last_commit(face, &last);
    if (face->json) {
        json_t *object = tfs_json_object();
        tfs_json_set(object, "branch", tfs_json_string(face->branch));
        tfs_json_set(object, "head", found ? tfs_commit_json(&last) : json_null());
        tfs_json_print(object, stdout);
    } else if (found) {
        struct bc_slice id = tfs_id_short(last.id);
        printf("%s is now at %.*s ", face->branch, (int)id.size, id.data);
        tfs_put(last.subject, stdout);
        printf("\n");
    } else {
        printf("%s is now without a commit\n", face->branch);
    }
    if (found)
        bc_buffer_release(&last.text);
    return tfs_face_done(face);
}

static int reset(struct tfs_face *face, const char *typed, bool quiet)
{
    char path[PATH_MAX], ref[TFS_REF_MAX + 1];
    int result = tfs_face_find(face, TFS_NEEDS_PRESENT);
    if (result != TFS_DONE || !tfs_face_ref(face, typed, ref) ||
        !tfs_branch_control(face, path, "reset"))
        return TFS_FAILED;
    result = tfs_face_command(face, path, bc_slice(ref, strlen(ref)));
    return result == TFS_DONE && !quiet ? report(face) : result;
}

static int run(int argc, char **argv)
{
    enum { HARD = TFS_OPTION_OWN };
    static const struct option names[] = {{"hard", no_argument, NULL, HARD},
                                          {"quiet", no_argument, NULL, 'q'},
                                          TFS_FACE_WORK_OPTIONS};
    struct tfs_face face = {.command = &tfs_command_reset};
    bool quiet = false;
    for (int option;
         (option = tfs_face_option(&face, argc, argv, TFS_FACE_LETTERS "q", names)) != -1;) {
        if (option == 'q')
            quiet = true;
        else if (option != HARD)
            return tfs_face_end_options(&face, option);
    }
    if (optind == argc)
        return tfs_say_usage("reset", "no REF given");
    if (argc - optind > 1)
        return tfs_say_usage("reset", "one REF at a time, not '%s' too", argv[optind + 1]);
    return reset(&face, argv[optind], quiet);
}

const struct tfs_command tfs_command_reset = {
    .name = "reset",
    .summary = "make a branch what it was at a REF",
    .help = help,
    .run = run,
};
