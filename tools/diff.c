/* triplefs diff */
#include "tools/diff_isomorphic.h"
#include "tools/diff_show.h"
#include "tools/face_control.h"
#include "tools/fields.h"
#include "tools/pager.h"
#include "tools/terminal.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "usage: triplefs diff [--stat] [--prefixes] [-C DIR] [--branch NAME] [--json]\n"
    "                     [REF [REF2]] [--] [PATH]\n"
    "       triplefs diff --isomorphic [--limit N] FILE FILE2\n\n"
    "Shows what turns REF into the branch as it is now, or into REF2, as RDF Patch: 'triplefs\n"
    "patch' applies it. REF is 'head' by default: what is not committed. With PATH, that file or\n"
    "folder alone.\n\n"
    "  --stat           a line a path, with the triples added and removed; so with --json\n"
    "  --prefixes       IRIs as prefixed names, by the store's prefixes and the known ones\n"
    "  --isomorphic     compare two files, in or outside of a store, whatever their blank nodes\n"
    "                   are called: prints nothing if they say the same, else how the canonical\n"
    "                   form of the first (see triplefs canon) becomes that of the second\n"
    "  --limit=N        of --isomorphic: as for triplefs canon\n"
    "  --color=WHEN     auto (the default), always or never\n" TFS_FACE_HELP;

struct operands {
    const char *refs[2];
    unsigned ref_count;
    const char *path;
};

/* What stands behind "--" is a path; before it the last word is one if it is no REF but is there.
 */
static int sort_operands(const struct tfs_face *face, int count, char **words, bool path_behind,
                         struct operands *operands)
{
    *operands = (struct operands){0};
    if (path_behind)
        operands->path = words[--count];
    for (int i = 0; i < count; i++) {
        char tree[PATH_MAX], ref[TFS_REF_MAX + 1];
        bool there = access(words[i], F_OK) == 0;
        bool last = i + 1 == count && !operands->path;
        if (last && there &&
            (strchr(words[i], '/') || !tfs_ref_read(face, words[i], ref) ||
             !tfs_branch_control(face, tree, "at/%s", ref) ||
             faccessat(face->root, tree, F_OK, 0) != 0)) {
            operands->path = words[i];
            break;
        }
        if (operands->ref_count == 2)
            return tfs_say_usage("diff", "two REFs at most, not '%s' too", words[i]);
        operands->refs[operands->ref_count++] = words[i];
    }
    return TFS_DONE;
}

/* Seen from a point of the past, "head" and "@TIME" are others than here: an id is the same
 * everywhere. */
static bool fix_ref(const struct tfs_face *face, char ref[TFS_REF_MAX + 1])
{
    char path[PATH_MAX];
    struct bc_buffer id = {0};
    if (ref[0] != '@' && strncmp(ref, "head", 4) != 0)
        return true;
    bool fixed =
        tfs_face_past(face, ref, path, "head") && tfs_face_get(face, path, &id) == TFS_DONE;
    struct bc_slice text = tfs_slice_trim(bc_buffer_slice(&id));
    if (fixed && text.size > 0 && text.size <= TFS_REF_MAX) {
        memcpy(ref, text.data, text.size);
        ref[text.size] = '\0';
    }
    bc_buffer_release(&id);
    return fixed;
}

static int show(const struct tfs_face *face, const struct operands *operands,
                const struct tfs_diff_style *given)
{
    struct tfs_diff_style style = *given;
    char from[TFS_REF_MAX + 1] = "head", to[TFS_REF_MAX + 1], control[PATH_MAX], path[PATH_MAX];
    char name[TFS_REF_MAX + 16];
    bool found;
    if (operands->path) {
        if (!tfs_diff_path(face, operands->path, path))
            return TFS_FAILED;
        style.path = path;
    }
    if (operands->ref_count > 0 && !tfs_face_ref(face, operands->refs[0], from))
        return TFS_FAILED;
    if (!tfs_face_past(face, from, control, NULL))
        return TFS_FAILED;
    if (operands->ref_count == 2 && !fix_ref(face, from))
        return TFS_FAILED;
    (void)snprintf(name, sizeof name, "diff/%s", from);
    if (operands->ref_count == 2)
        found = tfs_face_ref(face, operands->refs[1], to) && tfs_face_past(face, to, control, name);
    else
        found = tfs_branch_control(face, control, "%s", name);
    if (!found)
        return TFS_FAILED;
    pid_t pager = face->json ? 0 : tfs_pager_start();
    int result = tfs_diff_show(face, control, &style);
    tfs_pager_wait(pager);
    return result;
}

static bool has_dashes(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--") == 0)
            return i + 1 < argc;
    return false;
}

static int compare(int count, char **files, const struct tfs_canon_choice *choice, bool colours)
{
    if (count != 2)
        return tfs_say_usage("diff", "--isomorphic takes two files, not %d", count);
    pid_t pager = tfs_pager_start();
    int result = tfs_diff_isomorphic(files[0], files[1], choice, colours);
    tfs_pager_wait(pager);
    return result;
}

static int run(int argc, char **argv)
{
    enum { STAT = TFS_OPTION_OWN, PREFIXES, ISOMORPHIC, LIMIT, COLOUR };
    static const struct option names[] = {{"stat", no_argument, NULL, STAT},
                                          {"prefixes", no_argument, NULL, PREFIXES},
                                          {"isomorphic", no_argument, NULL, ISOMORPHIC},
                                          {"limit", required_argument, NULL, LIMIT},
                                          {"color", optional_argument, NULL, COLOUR},
                                          TFS_FACE_OPTIONS};
    struct tfs_face face = {.command = &tfs_command_diff};
    struct tfs_diff_style style = {0};
    struct operands operands;
    enum tfs_colour_when when = TFS_COLOUR_AUTO;
    bool path_behind = has_dashes(argc, argv);
    struct tfs_canon_choice choice = {0};
    bool isomorphic = false;
    for (int option;
         (option = tfs_face_option(&face, argc, argv, TFS_FACE_LETTERS, names)) != -1;) {
        if (option == STAT)
            style.stat = true;
        else if (option == PREFIXES)
            style.prefixes = true;
        else if (option == ISOMORPHIC)
            isomorphic = true;
        else if (option == LIMIT && !tfs_canon_take_limit("diff", optarg, &choice))
            return TFS_USAGE;
        else if (option != COLOUR && option != LIMIT)
            return tfs_face_end_options(&face, option);
        else if (option == COLOUR && !tfs_colour_parse(optarg, &when))
            return tfs_say_usage("diff", "--color takes auto, always or never");
    }
    if (isomorphic)
        return compare(argc - optind, argv + optind, &choice, tfs_colour_wanted(when));
    if (choice.limit)
        return tfs_say_usage("diff", "--limit is for --isomorphic alone");
    if (argc - optind > 3)
        return tfs_say_usage("diff", "unexpected '%s'", argv[optind + 3]);
    style.colours = tfs_colour_wanted(when);
    int result = tfs_face_find(&face, TFS_NEEDS_BRANCH);
    if (result == TFS_DONE)
        result = sort_operands(&face, argc - optind, argv + optind, path_behind, &operands);
    return result == TFS_DONE ? show(&face, &operands, &style) : result;
}

const struct tfs_command tfs_command_diff = {
    .name = "diff",
    .summary = "what differs between two states, as RDF Patch",
    .help = help,
    .run = run,
};
