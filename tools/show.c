/* triplefs show */
#include "tools/commit_changes.h"
#include "tools/commit_text.h"
#include "tools/face_control.h"
#include "tools/fields.h"
#include "tools/pager.h"
#include "tools/terminal.h"

static const char help[] =
    "usage: triplefs show [--stat] [--prefixes] [-C DIR] [--branch NAME] [--json] [REF]\n\n"
    "Shows a commit in full, and what it changed against its first parent, as RDF Patch. REF is\n"
    "'head' by default.\n\n"
    "  --stat           a line a path instead, with the triples added and removed\n"
    "  --prefixes       IRIs as prefixed names, by the store's prefixes and the known ones\n"
    "  --color=WHEN     auto (the default), always or never\n" TFS_FACE_HELP;

static void print_commit(const struct tfs_commit_text *commit, bool colours)
{
    struct bc_slice header = commit->header, message = commit->message, line;
    bool first = true;
    while (tfs_line_next(&header, &line)) {
        printf("%s", tfs_colour(colours && first, TFS_YELLOW));
        tfs_put(line, stdout);
        printf("%s\n", tfs_colour(colours && first, TFS_PLAIN));
        first = false;
    }
    printf("\n");
    while (tfs_line_next(&message, &line)) {
        printf("    ");
        tfs_put(line, stdout);
        printf("\n");
    }
}

static int show(const struct tfs_face *face, const char *typed, const struct tfs_diff_style *style)
{
    char ref[TFS_REF_MAX + 1], path[PATH_MAX];
    struct tfs_commit_text commit;
    int result;
    if (!tfs_face_ref(face, typed, ref) || !tfs_face_past(face, ref, path, "commit"))
        return TFS_FAILED;
    if (!tfs_commit_read(face, path, &commit))
        return tfs_face_fail(face, "%s has no commit", typed);
    if (face->json) {
        tfs_json_print(tfs_commit_json(&commit), stdout);
        result = tfs_face_done(face);
    } else {
        pid_t pager = tfs_pager_start();
        print_commit(&commit, style->colours);
        result = tfs_commit_changes(face, ref, commit.header, style);
        tfs_pager_wait(pager);
    }
    bc_buffer_release(&commit.text);
    return result;
}

static int run(int argc, char **argv)
{
    enum { STAT = TFS_OPTION_OWN, PREFIXES, COLOUR };
    static const struct option names[] = {{"stat", no_argument, NULL, STAT},
                                          {"prefixes", no_argument, NULL, PREFIXES},
                                          {"color", optional_argument, NULL, COLOUR},
                                          TFS_FACE_OPTIONS};
    struct tfs_face face = {.command = &tfs_command_show};
    struct tfs_diff_style style = {0};
    enum tfs_colour_when when = TFS_COLOUR_AUTO;
    for (int option;
         (option = tfs_face_option(&face, argc, argv, TFS_FACE_LETTERS, names)) != -1;) {
        if (option == STAT)
            style.stat = true;
        else if (option == PREFIXES)
            style.prefixes = true;
        else if (option != COLOUR)
            return tfs_face_end_options(&face, option);
        else if (!tfs_colour_parse(optarg, &when))
            return tfs_say_usage("show", "--color takes auto, always or never");
    }
    if (argc - optind > 1)
        return tfs_say_usage("show", "one REF at a time, not '%s' too", argv[optind + 1]);
    style.colours = tfs_colour_wanted(when);
    int result = tfs_face_find(&face, TFS_NEEDS_BRANCH);
    return result == TFS_DONE ? show(&face, optind < argc ? argv[optind] : "head", &style) : result;
}

const struct tfs_command tfs_command_show = {
    .name = "show",
    .summary = "a commit in full, and what it changed",
    .help = help,
    .run = run,
};
