/* triplefs restore */
#include "tools/face_control.h"
#include "tools/fields.h"
#include "tools/json.h"
#include "tools/terminal.h"

static const char help[] =
    "usage: triplefs restore [-C DIR] [--json] [NAME|STATE [NEW]]\n\n"
    "Brings a deleted branch back, under the name NEW if that is given. STATE is what the reflog\n"
    "calls it. Without NAME lists the branches that can be brought back.\n\n" TFS_FACE_HELP;

static int list_deleted(const struct tfs_face *face)
{
    struct bc_buffer text = {0};
    struct tfs_json_list list = {0};
    struct bc_slice line;
    int result = tfs_face_get(face, ".store/discard", &text);
    struct bc_slice rest = bc_buffer_slice(&text);
    if (result == TFS_DONE && face->json)
        list = tfs_json_list_begin(stdout);
    while (result == TFS_DONE && tfs_line_next(&rest, &line)) {
        if (!face->json) {
            tfs_put(line, stdout);
            printf("\n");
            continue;
        }
        json_t *object = tfs_json_object();
        tfs_json_set_text(object, "name", tfs_field_next(&line, '\t'));
        tfs_json_set_text(object, "state", tfs_field_next(&line, '\t'));
        tfs_json_set_text(object, "time", tfs_field_next(&line, '\t'));
        tfs_json_list_add(&list, object);
    }
    if (result == TFS_DONE && face->json)
        tfs_json_list_end(&list);
    bc_buffer_release(&text);
    return result == TFS_DONE ? tfs_face_done(face) : result;
}

static int restore(struct tfs_face *face, const char *what, const char *name)
{
    struct bc_buffer command = {0};
    int result =
        bc_buffer_printf(&command, "restore %s%s%s", what, name ? " " : "", name ? name : "")
            ? tfs_face_fail(face, "out of memory")
            : tfs_face_command(face, ".store/discard", bc_buffer_slice(&command));
    bc_buffer_release(&command);
    return result;
}

static int run(int argc, char **argv)
{
    static const struct option names[] = {TFS_FACE_OPTIONS};
    struct tfs_face face = {.command = &tfs_command_restore};
    for (int option; (option = tfs_face_option(&face, argc, argv, TFS_FACE_LETTERS, names)) != -1;)
        return tfs_face_end_options(&face, option);
    if (argc - optind > 2)
        return tfs_say_usage("restore", "unexpected '%s'", argv[optind + 2]);
    int result = tfs_face_find(&face, TFS_NEEDS_STORE);
    if (result != TFS_DONE)
        return result;
    return optind < argc ? restore(&face, argv[optind], argv[optind + 1]) : list_deleted(&face);
}

const struct tfs_command tfs_command_restore = {
    .name = "restore",
    .summary = "bring a deleted branch back",
    .help = help,
    .run = run,
};
