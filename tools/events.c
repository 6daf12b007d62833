/* triplefs events */
#include "tools/face_control.h"
#include "tools/fields.h"
#include "tools/json.h"
#include "tools/terminal.h"

#include <stdlib.h>

static const char help[] =
    "usage: triplefs events [-f] [-C DIR] [--branch NAME] [--json]\n\n"
    "Waits for the next change of the branch, or in the root of the mount of any branch, and\n"
    "prints it: time, kind, path. The kinds are create, delete, change, attribute, move and\n"
    "refuse.\n\n"
    "  -f, --follow     go on with those that follow, until it is interrupted\n" TFS_FACE_HELP;

static void print_event(const struct tfs_face *face, struct bc_slice line)
{
    if (!face->json) {
        tfs_put(line, stdout);
        printf("\n");
        return;
    }
    json_t *object = tfs_json_object();
    tfs_json_set_text(object, "time", tfs_field_next(&line, ' '));
    tfs_json_set_text(object, "kind", tfs_field_next(&line, ' '));
    tfs_json_set_text(object, "path", line);
    tfs_json_print_line(object, stdout);
}

static int follow(const struct tfs_face *face, bool all)
{
    char path[PATH_MAX] = ".store/events";
    if (face->branch[0] && !tfs_branch_control(face, path, "events"))
        return TFS_FAILED;
    FILE *events = tfs_face_stream(face, path);
    if (!events)
        return TFS_FAILED;
    char *line = NULL;
    size_t room = 0;
    int result = TFS_DONE;
    for (ssize_t size; result == TFS_DONE && (size = getline(&line, &room, events)) > 0;) {
        print_event(face, bc_slice(line, (size_t)size - (line[size - 1] == '\n')));
        result = tfs_face_done(face);
        if (!all)
            break;
    }
    if (result == TFS_DONE && ferror(events))
        result = tfs_face_fail(face, "the events have ended: the store is not mounted any more, or "
                                     "the branch is gone");
    free(line);
    (void)fclose(events);
    return result;
}

static int run(int argc, char **argv)
{
    static const struct option names[] = {{"follow", no_argument, NULL, 'f'}, TFS_FACE_OPTIONS};
    struct tfs_face face = {.command = &tfs_command_events};
    bool all = false;
    for (int option;
         (option = tfs_face_option(&face, argc, argv, TFS_FACE_LETTERS "f", names)) != -1;) {
        if (option != 'f')
            return tfs_face_end_options(&face, option);
        all = true;
    }
    if (optind < argc)
        return tfs_say_usage("events", "unexpected '%s'", argv[optind]);
    int result = tfs_face_find(&face, TFS_NEEDS_STORE);
    return result == TFS_DONE ? follow(&face, all) : result;
}

const struct tfs_command tfs_command_events = {
    .name = "events",
    .summary = "changes as they happen",
    .help = help,
    .run = run,
};
