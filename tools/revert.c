/* triplefs revert */
#include "tools/face_control.h"
#include "tools/merge_report.h"

#include "fs/line.h"

#include <errno.h>
#include <string.h>

static const char help[] =
    "usage: triplefs revert [-C DIR] [--branch NAME] [--json] REF\n\n"
    "Makes a new commit that undoes the commit REF, with all that came after it kept. With\n"
    "conflicts it waits as a merge does: see 'triplefs conflicts'.\n\n" TFS_FACE_WORK_HELP;

static int revert(struct tfs_face *face, const char *typed)
{
    char path[PATH_MAX], ref[TFS_REF_MAX + 1];
    int result = tfs_face_find(face, TFS_NEEDS_PRESENT);
    if (result != TFS_DONE || !tfs_face_ref(face, typed, ref) ||
        !tfs_branch_control(face, path, "revert"))
        return TFS_FAILED;
    int64_t since_ns = tfs_now_ns();
    int number = tfs_face_put(face, path, bc_slice(ref, strlen(ref)));
    if (number && number != ECANCELED)
        return tfs_face_command_refused(face, path, since_ns, number);
    return tfs_merge_print(face, "revert");
}

static int run(int argc, char **argv)
{
    static const struct option names[] = {TFS_FACE_WORK_OPTIONS};
    struct tfs_face face = {.command = &tfs_command_revert};
    for (int option; (option = tfs_face_option(&face, argc, argv, TFS_FACE_LETTERS, names)) != -1;)
        return tfs_face_end_options(&face, option);
    if (optind == argc)
        return tfs_say_usage("revert", "no REF given");
    if (argc - optind > 1)
        return tfs_say_usage("revert", "one REF at a time, not '%s' too", argv[optind + 1]);
    return revert(&face, argv[optind]);
}

const struct tfs_command tfs_command_revert = {
    .name = "revert",
    .summary = "a new commit that undoes another",
    .help = help,
    .run = run,
};
