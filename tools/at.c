/* triplefs at */
#include "tools/face_control.h"
#include "tools/json.h"

#include <stdio.h>

static const char help[] =
    "usage: triplefs at [-C DIR] [--branch NAME] [--json] REF\n\n"
    "Prints where the branch's files are as they were at REF, to be read by any tool:\n\n"
    "  cd \"$(triplefs at head~3)\"\n\n" TFS_FACE_HELP;

static int print_path(const struct tfs_face *face, const char *typed)
{
    char tree[PATH_MAX], path[2 * PATH_MAX], ref[TFS_REF_MAX + 1];
    if (!tfs_face_ref(face, typed, ref) || !tfs_face_past(face, ref, tree, NULL))
        return TFS_FAILED;
    (void)snprintf(path, sizeof path, "%s/%s", face->mounted.point, tree);
    if (face->json) {
        json_t *object = tfs_json_object();
        tfs_json_set(object, "ref", tfs_json_string(ref));
        tfs_json_set(object, "path", tfs_json_string(path));
        tfs_json_print(object, stdout);
    } else {
        printf("%s\n", path);
    }
    return tfs_face_done(face);
}

static int run(int argc, char **argv)
{
    static const struct option names[] = {TFS_FACE_OPTIONS};
    struct tfs_face face = {.command = &tfs_command_at};
    for (int option; (option = tfs_face_option(&face, argc, argv, TFS_FACE_LETTERS, names)) != -1;)
        return tfs_face_end_options(&face, option);
    if (optind == argc)
        return tfs_say_usage("at", "no REF given");
    if (argc - optind > 1)
        return tfs_say_usage("at", "one REF at a time, not '%s' too", argv[optind + 1]);
    int result = tfs_face_find(&face, TFS_NEEDS_BRANCH);
    return result == TFS_DONE ? print_path(&face, argv[optind]) : result;
}

const struct tfs_command tfs_command_at = {
    .name = "at",
    .summary = "where the files of the past are",
    .help = help,
    .run = run,
};
