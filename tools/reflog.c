/* triplefs reflog */
#include "tools/face_control.h"
#include "tools/fields.h"
#include "tools/json.h"
#include "tools/terminal.h"

#include <stdlib.h>
#include <string.h>

static const char help[] =
    "usage: triplefs reflog [-n NUMBER] [-C DIR] [--json]\n\n"
    "Shows what happened to the branches of the store, the newest first: what a branch was before\n"
    "a reset, a merge or its deletion is found here.\n\n"
    "  -n, --max-count NUMBER  so many at most\n" TFS_FACE_HELP;

static void print_entry(const struct tfs_face *face, struct bc_slice line,
                        struct tfs_json_list *list)
{
    if (!face->json) {
        tfs_put(line, stdout);
        printf("\n");
        return;
    }
    json_t *object = tfs_json_object();
    tfs_json_set_text(object, "time", tfs_field_next(&line, ' '));
    tfs_json_set_text(object, "action", tfs_field_next(&line, ' '));
    tfs_json_set_text(object, "what", line);
    tfs_json_list_add(list, object);
}

static int show(const struct tfs_face *face, uint64_t most)
{
    struct bc_buffer text = {0};
    struct tfs_json_list list = {0};
    int result = tfs_face_get(face, ".store/reflog", &text);
    if (result == TFS_DONE && face->json)
        list = tfs_json_list_begin(stdout);
    while (result == TFS_DONE && text.size > 0 && most-- > 0) {
        size_t end = text.size - (text.data[text.size - 1] == '\n');
        const char *before = end ? memrchr(text.data, '\n', end) : NULL;
        size_t start = before ? (size_t)(before - text.data) + 1 : 0;
        print_entry(face, bc_slice(text.data + start, end - start), &list);
        text.size = start;
    }
    if (result == TFS_DONE && face->json)
        tfs_json_list_end(&list);
    bc_buffer_release(&text);
    return result == TFS_DONE ? tfs_face_done(face) : result;
}

static int run(int argc, char **argv)
{
    static const struct option names[] = {{"max-count", required_argument, NULL, 'n'},
                                          TFS_FACE_OPTIONS};
    struct tfs_face face = {.command = &tfs_command_reflog};
    uint64_t most = UINT64_MAX;
    for (int option;
         (option = tfs_face_option(&face, argc, argv, TFS_FACE_LETTERS "n:", names)) != -1;) {
        if (option != 'n')
            return tfs_face_end_options(&face, option);
        if (!tfs_number_parse(optarg, &most))
            return tfs_say_usage("reflog", "-n takes a number, not '%s'", optarg);
    }
    if (optind < argc)
        return tfs_say_usage("reflog", "unexpected '%s'", argv[optind]);
    int result = tfs_face_find(&face, TFS_NEEDS_STORE);
    return result == TFS_DONE ? show(&face, most) : result;
}

const struct tfs_command tfs_command_reflog = {
    .name = "reflog",
    .summary = "what happened to the branches",
    .help = help,
    .run = run,
};
