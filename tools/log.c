/* triplefs log */
#include "tools/commit_changes.h"
#include "tools/commit_text.h"
#include "tools/face_control.h"
#include "tools/fields.h"
#include "tools/pager.h"
#include "tools/terminal.h"

#include <stdlib.h>
#include <string.h>

static const char help[] =
    "usage: triplefs log [-p] [--stat] [--prefixes] [-n NUMBER] [--oneline] [-C DIR]\n"
    "                    [--branch NAME] [--json] [REF]\n\n"
    "Shows the commits of the branch, or of REF, the newest first. 'triplefs show ID' shows one\n"
    "in full.\n\n"
    "  -p, --patch             and what each changed against its first parent, as RDF Patch\n"
    "  --stat                  the same as a line a path, with the triples added and removed\n"
    "  --prefixes              -p with IRIs as prefixed names, by the store's and the known ones\n"
    "  -n, --max-count NUMBER  so many at most\n"
    "  --oneline               a line a commit\n"
    "  --color=WHEN            auto (the default), always or never\n" TFS_FACE_HELP;

struct style {
    bool oneline;
    bool changes; /* what each commit changed */
    struct tfs_diff_style diff;
};

static void print_line(const struct tfs_log_line *line, const struct style *style)
{
    struct bc_slice id = style->oneline ? tfs_id_short(line->id) : line->id;
    const char *plain = tfs_colour(style->diff.colours, TFS_PLAIN);
    printf("%s%s%.*s%s", tfs_colour(style->diff.colours, TFS_YELLOW),
           style->oneline ? "" : "commit ", (int)id.size, id.data, plain);
    if (style->oneline) {
        printf(" ");
        tfs_put(line->subject, stdout);
        printf("\n");
        return;
    }
    printf("\nAuthor:  ");
    tfs_put(line->author, stdout);
    printf("\nDate:    %.*s\nTriples: %.*s\n\n    ", (int)line->time.size, line->time.data,
           (int)line->sums.size, line->sums.data);
    tfs_put(line->subject, stdout);
    printf("\n");
}

static int print_changes(const struct tfs_face *face, const struct tfs_log_line *line,
                         const struct style *style)
{
    char id[TFS_REF_MAX + 1], path[PATH_MAX];
    struct tfs_commit_text commit;
    (void)snprintf(id, sizeof id, "%.*s", (int)line->id.size, line->id.data);
    if (!tfs_face_past(face, id, path, "commit"))
        return TFS_FAILED;
    if (!tfs_commit_read(face, path, &commit))
        return tfs_face_fail(face, "the commit %s cannot be read", id);
    int result = tfs_commit_changes(face, id, commit.header, &style->diff);
    bc_buffer_release(&commit.text);
    return result;
}

static int print_log(const struct tfs_face *face, FILE *log, uint64_t most,
                     const struct style *style)
{
    struct tfs_json_list list = {0};
    struct tfs_log_line parsed;
    char *line = NULL;
    size_t room = 0;
    int result = TFS_DONE;
    if (face->json)
        list = tfs_json_list_begin(stdout);
    for (uint64_t count = 0; count < most && result == TFS_DONE; count++) {
        ssize_t size = getline(&line, &room, log);
        if (size <= 0)
            break;
        if (line[size - 1] == '\n')
            size--;
        if (!tfs_log_parse(bc_slice(line, (size_t)size), &parsed))
            continue;
        if (face->json) {
            tfs_json_list_add(&list, tfs_log_json(&parsed));
        } else {
            if (count > 0 && (style->changes || !style->oneline))
                printf("\n");
            print_line(&parsed, style);
            if (style->changes)
                result = print_changes(face, &parsed, style);
        }
        if (ferror(stdout))
            break;
    }
    free(line);
    if (face->json)
        tfs_json_list_end(&list);
    if (result == TFS_DONE && ferror(log))
        return tfs_face_fail(face, "the log cannot be read to its end");
    return result == TFS_DONE ? tfs_face_done(face) : result;
}

static int show(const struct tfs_face *face, const char *typed, uint64_t most,
                const struct style *style)
{
    char path[PATH_MAX], ref[TFS_REF_MAX + 1];
    FILE *log = NULL;
    if (!typed) {
        if (tfs_branch_control(face, path, "log"))
            log = tfs_face_stream(face, path);
    } else if (tfs_face_ref(face, typed, ref) && tfs_face_past(face, ref, path, "log")) {
        log = tfs_face_stream(face, path);
    }
    if (!log)
        return TFS_FAILED;
    pid_t pager = face->json ? 0 : tfs_pager_start();
    int result = print_log(face, log, most, style);
    tfs_pager_wait(pager);
    (void)fclose(log);
    return result;
}

enum { ONELINE = TFS_OPTION_OWN, STAT, PREFIXES, COLOUR };

/* False: it is another option. */
static bool take_changes(int option, struct style *style)
{
    if (option != 'p' && option != STAT && option != PREFIXES)
        return false;
    style->changes = true;
    style->diff.stat |= option == STAT;
    style->diff.prefixes |= option == PREFIXES;
    return true;
}

static int run(int argc, char **argv)
{
    static const struct option names[] = {{"max-count", required_argument, NULL, 'n'},
                                          {"oneline", no_argument, NULL, ONELINE},
                                          {"patch", no_argument, NULL, 'p'},
                                          {"stat", no_argument, NULL, STAT},
                                          {"prefixes", no_argument, NULL, PREFIXES},
                                          {"color", optional_argument, NULL, COLOUR},
                                          TFS_FACE_OPTIONS};
    struct tfs_face face = {.command = &tfs_command_log};
    struct style style = {0};
    enum tfs_colour_when when = TFS_COLOUR_AUTO;
    uint64_t most = UINT64_MAX;
    for (int option;
         (option = tfs_face_option(&face, argc, argv, TFS_FACE_LETTERS "n:p", names)) != -1;) {
        if (take_changes(option, &style))
            continue;
        if (option == ONELINE)
            style.oneline = true;
        else if (option == 'n' && !tfs_number_parse(optarg, &most))
            return tfs_say_usage("log", "-n takes a number, not '%s'", optarg);
        else if (option == COLOUR && !tfs_colour_parse(optarg, &when))
            return tfs_say_usage("log", "--color takes auto, always or never");
        else if (option != 'n' && option != COLOUR)
            return tfs_face_end_options(&face, option);
    }
    if (argc - optind > 1)
        return tfs_say_usage("log", "one REF at a time, not '%s' too", argv[optind + 1]);
    style.diff.colours = tfs_colour_wanted(when);
    int result = tfs_face_find(&face, TFS_NEEDS_BRANCH);
    return result == TFS_DONE ? show(&face, argv[optind], most, &style) : result;
}

const struct tfs_command tfs_command_log = {
    .name = "log",
    .summary = "the commits of a branch",
    .help = help,
    .run = run,
};
