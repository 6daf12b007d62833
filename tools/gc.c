/* triplefs gc */
#include "tools/face_control.h"
#include "tools/key_values.h"

#include <string.h>

static const char help[] =
    "usage: triplefs gc [--older-than AGE] [-C DIR] [--json]\n\n"
    "Frees what branches that were deleted more than 30 days ago, and states that were\n"
    "left behind that long ago by a reset or a merge, still hold: they cannot be brought\n"
    "back then. Prints what was freed.\n\n"
    "  --older-than AGE  what is older, such as 12h or 8w, or 'now'\n" TFS_FACE_WORK_HELP;

/* What is written to the control. */
static int make_command(struct tfs_face *face, const char *age, struct bc_buffer *command)
{
    enum bc_status st = BC_OK;
    if (!age || strcmp(age, "now") == 0)
        st = bc_buffer_printf(command, "%s", age ? "now" : "run");
    else
        st = bc_buffer_printf(command, "older-than=%s", age);
    return st ? tfs_face_fail(face, "out of memory") : TFS_DONE;
}

static int collect(struct tfs_face *face, const char *age)
{
    struct bc_buffer command = {0}, report = {0};
    int result = make_command(face, age, &command);
    if (result == TFS_DONE)
        result = tfs_face_command(face, ".store/gc", bc_buffer_slice(&command));
    if (result == TFS_DONE)
        result = tfs_face_get(face, ".store/gc", &report);
    if (result == TFS_DONE)
        result = tfs_key_values_print(face, bc_buffer_slice(&report));
    bc_buffer_release(&command);
    bc_buffer_release(&report);
    return result;
}

static int run(int argc, char **argv)
{
    enum { OLDER_THAN = TFS_OPTION_OWN };
    static const struct option names[] = {{"older-than", required_argument, NULL, OLDER_THAN},
                                          TFS_FACE_WORK_OPTIONS};
    struct tfs_face face = {.command = &tfs_command_gc};
    const char *age = NULL;
    for (int option;
         (option = tfs_face_option(&face, argc, argv, TFS_FACE_LETTERS, names)) != -1;) {
        if (option != OLDER_THAN)
            return tfs_face_end_options(&face, option);
        age = optarg;
    }
    if (optind < argc)
        return tfs_say_usage("gc", "unexpected '%s'", argv[optind]);
    int result = tfs_face_find(&face, TFS_NEEDS_STORE);
    return result == TFS_DONE ? collect(&face, age) : result;
}

const struct tfs_command tfs_command_gc = {
    .name = "gc",
    .summary = "free what only the reflog still holds",
    .help = help,
    .run = run,
};
