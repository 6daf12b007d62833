/* triplefs rewrite */
#include "tools/ask.h"
#include "tools/face_control.h"
#include "tools/fields.h"
#include "tools/key_values.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char help[] =
    "usage: triplefs rewrite [-n] [-C DIR] [--branch NAME] [--json] OLD NEW [PATH]\n\n"
    "Makes all IRIs of the branch, or of a file or folder of it, that begin with OLD begin with\n"
    "NEW: subjects, predicates, objects, graphs and datatypes, not the text of literals. All or\n"
    "nothing; 'triplefs diff' shows what changed, and the reflog has the branch as it was.\n\n"
    "  triplefs rewrite http://old.example.org/ https://example.org/\n"
    "  triplefs rewrite foaf: schema:\n\n"
    "  -n, --dry-run    say what would change, and change nothing\n" TFS_FACE_WORK_HELP;

static bool compose(const struct tfs_face *face, bool dry_run, char **words, struct bc_buffer *to)
{
    char inside[PATH_MAX];
    if (!tfs_ask_path(face, words[2], inside))
        return false;
    enum bc_status st = dry_run ? bc_buffer_printf(to, "dry-run\n") : BC_OK;
    if (!st && inside[0])
        st = bc_buffer_printf(to, "path %s\n", inside);
    if (!st)
        st = bc_buffer_printf(to, "%s %s", words[0], words[1]);
    if (st)
        tfs_face_fail(face, "%s", bc_status_text(st));
    return !st;
}

static uint64_t figure(struct bc_slice report, const char *key)
{
    return tfs_slice_number(tfs_value_of(report, key));
}

/* "1 file", "2 files" */
static void print_count(struct bc_slice report, const char *key, const char *noun)
{
    uint64_t count = figure(report, key);
    printf("%" PRIu64 " %s%s", count, noun, count == 1 ? "" : "s");
}

static void print(const struct tfs_face *face, bool dry_run, struct bc_slice report)
{
    uint64_t collided = figure(report, "collided");
    printf("%s in %s: ", dry_run ? "would rewrite" : "rewrote", face->branch);
    print_count(report, "terms", "IRI");
    printf(" in ");
    print_count(report, "statements", "statement");
    printf(" of ");
    print_count(report, "files", "file");
    if (collided > 0)
        printf("; %" PRIu64 " became equal to others", collided);
    putchar('\n');
}

static int rewrite(struct tfs_face *face, bool dry_run, char **words)
{
    struct bc_buffer command = {0};
    struct bc_buffer report = {0};
    char path[PATH_MAX];
    int result = tfs_face_find(face, TFS_NEEDS_PRESENT);
    if (result == TFS_DONE &&
        (!compose(face, dry_run, words, &command) || !tfs_branch_control(face, path, "rewrite")))
        result = TFS_FAILED;
    if (result == TFS_DONE)
        result = tfs_face_command(face, path, bc_buffer_slice(&command));
    if (result == TFS_DONE)
        result = tfs_face_get(face, path, &report);
    if (result == TFS_DONE && face->json)
        result = tfs_key_values_print(face, bc_buffer_slice(&report));
    else if (result == TFS_DONE)
        print(face, dry_run, bc_buffer_slice(&report));
    bc_buffer_release(&command);
    bc_buffer_release(&report);
    return result == TFS_DONE ? tfs_face_done(face) : result;
}

static int run(int argc, char **argv)
{
    static const struct option names[] = {{"dry-run", no_argument, NULL, 'n'},
                                          TFS_FACE_WORK_OPTIONS};
    struct tfs_face face = {.command = &tfs_command_rewrite};
    bool dry_run = false;
    for (int option;
         (option = tfs_face_option(&face, argc, argv, TFS_FACE_LETTERS "n", names)) != -1;) {
        if (option != 'n')
            return tfs_face_end_options(&face, option);
        dry_run = true;
    }
    if (argc - optind < 2)
        return tfs_say_usage("rewrite", "give what IRIs begin with, and what they are to begin "
                                        "with");
    if (argc - optind > 3)
        return tfs_say_usage("rewrite", "one PATH at most, not '%s' too", argv[optind + 3]);
    return rewrite(&face, dry_run, argv + optind);
}

const struct tfs_command tfs_command_rewrite = {
    .name = "rewrite",
    .summary = "another prefix for all IRIs that begin with one",
    .help = help,
    .run = run,
};
