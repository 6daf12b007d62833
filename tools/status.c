/* triplefs status */
#include "tools/commit_text.h"
#include "tools/face_control.h"
#include "tools/fields.h"
#include "tools/merge_report.h"
#include "tools/terminal.h"

#include <string.h>

static const char help[] =
    "usage: triplefs status [-s] [-C DIR] [--branch NAME] [--json]\n\n"
    "Shows what differs from the branch's last commit, and whether a merge waits.\n\n"
    "  -s, --short      the lines of .branch/status alone: kind, path, +ADDED -REMOVED\n"
    "  --color=WHEN     auto (the default), always or never\n" TFS_FACE_HELP;

struct change {
    char kind;
    struct bc_slice path; /* of a rename "OLD -> NEW" */
    struct bc_slice sums;
};

/* False: it is the last line, which has the totals. */
static bool parse_change(struct bc_slice line, struct change *change)
{
    struct bc_slice kind = tfs_field_next(&line, '\t');
    if (kind.size != 1)
        return false;
    change->kind = kind.data[0];
    change->path = tfs_field_next(&line, '\t');
    change->sums = line;
    return true;
}

static const char *kind_name(char kind)
{
    switch (kind) {
    case 'A':
        return "added";
    case 'D':
        return "deleted";
    case 'R':
        return "renamed";
    default:
        return "changed";
    }
}

static json_t *change_json(const struct change *change)
{
    static const char arrow[] = " -> ";
    json_t *object = tfs_json_object();
    const char *at = change->kind == 'R' ? tfs_slice_find(change->path, arrow) : NULL;
    struct bc_slice path = change->path;
    tfs_json_set(object, "kind", tfs_json_string(kind_name(change->kind)));
    if (at) {
        size_t before = (size_t)(at - path.data);
        tfs_json_set_text(object, "from", bc_slice(path.data, before));
        path = bc_slice(at + strlen(arrow), path.size - before - strlen(arrow));
    }
    tfs_json_set_text(object, "path", path);
    tfs_sums_json(object, change->sums);
    return object;
}

static int print_json(const struct tfs_face *face, struct bc_slice text)
{
    json_t *status = tfs_json_object();
    json_t *changes = tfs_json_array();
    struct tfs_commit_text last;
    struct bc_slice line;
    struct change change;
    tfs_json_set(status, "branch", tfs_json_string(face->branch));
    if (tfs_last_commit(face, &last)) {
        tfs_json_set(status, "head", tfs_commit_json(&last));
        bc_buffer_release(&last.text);
    } else {
        tfs_json_set(status, "head", json_null());
    }
    while (tfs_line_next(&text, &line))
        if (parse_change(line, &change))
            tfs_json_add(changes, change_json(&change));
    tfs_json_set(status, "clean", json_boolean(json_array_size(changes) == 0));
    tfs_json_set(status, "changes", changes);
    tfs_json_set(status, "merge_waits", json_boolean(tfs_merge_waits(face)));
    tfs_json_print(status, stdout);
    return tfs_face_done(face);
}

static void print_head(const struct tfs_face *face)
{
    struct tfs_commit_text last;
    printf("On branch %s\n", face->branch);
    if (!tfs_last_commit(face, &last)) {
        printf("No commit yet\n");
        return;
    }
    struct bc_slice id = tfs_id_short(last.id);
    printf("Last commit: %.*s %.*s ", (int)id.size, id.data, (int)last.time.size, last.time.data);
    tfs_put(last.subject, stdout);
    printf("\n");
    bc_buffer_release(&last.text);
}

static void print_change(const struct change *change, bool colours, int width)
{
    enum tfs_colour colour = change->kind == 'A'   ? TFS_GREEN
                             : change->kind == 'D' ? TFS_RED
                                                   : TFS_YELLOW;
    printf("  %s%-8s ", tfs_colour(colours, colour), kind_name(change->kind));
    tfs_put(change->path, stdout);
    printf("%s%*s  %.*s\n", tfs_colour(colours, TFS_PLAIN),
           width > (int)change->path.size ? width - (int)change->path.size : 0, "",
           (int)change->sums.size, change->sums.data);
}

static int width_of(struct bc_slice text)
{
    enum { WIDEST = 60 };
    struct bc_slice line;
    struct change change;
    size_t width = 0;
    while (tfs_line_next(&text, &line))
        if (parse_change(line, &change) && change.path.size > width && change.path.size <= WIDEST)
            width = change.path.size;
    return (int)width;
}

static int print_long(const struct tfs_face *face, struct bc_slice text, bool colours)
{
    struct bc_slice line;
    struct change change;
    int width = width_of(text);
    bool any = false;
    print_head(face);
    while (tfs_line_next(&text, &line)) {
        if (parse_change(line, &change)) {
            if (!any)
                printf("\nNot committed:\n");
            any = true;
            print_change(&change, colours, width);
        } else if (any) {
            printf("%.*s\n", (int)line.size, line.data);
        }
    }
    if (!any)
        printf("Nothing to commit\n");
    if (tfs_merge_waits(face))
        printf("\nA merge waits: 'triplefs conflicts' lists what is left to decide; then\n"
               "'triplefs merge --continue', or 'triplefs merge --abort'\n");
    return tfs_face_done(face);
}

static int show(const struct tfs_face *face, bool brief, bool colours)
{
    struct bc_buffer text = {0};
    char path[PATH_MAX];
    if (!tfs_branch_control(face, path, "status"))
        return TFS_FAILED;
    int result = tfs_face_get(face, path, &text);
    if (result == TFS_DONE && face->json) {
        result = print_json(face, bc_buffer_slice(&text));
    } else if (result == TFS_DONE && brief) {
        tfs_put(bc_buffer_slice(&text), stdout);
        result = tfs_face_done(face);
    } else if (result == TFS_DONE) {
        result = print_long(face, bc_buffer_slice(&text), colours);
    }
    bc_buffer_release(&text);
    return result;
}

static int run(int argc, char **argv)
{
    enum { COLOUR = TFS_OPTION_OWN };
    static const struct option names[] = {{"short", no_argument, NULL, 's'},
                                          {"color", optional_argument, NULL, COLOUR},
                                          TFS_FACE_OPTIONS};
    struct tfs_face face = {.command = &tfs_command_status};
    enum tfs_colour_when when = TFS_COLOUR_AUTO;
    bool brief = false;
    for (int option;
         (option = tfs_face_option(&face, argc, argv, TFS_FACE_LETTERS "s", names)) != -1;) {
        if (option == 's')
            brief = true;
        else if (option != COLOUR)
            return tfs_face_end_options(&face, option);
        else if (!tfs_colour_parse(optarg, &when))
            return tfs_say_usage("status", "--color takes auto, always or never");
    }
    if (optind < argc)
        return tfs_say_usage("status", "unexpected '%s'", argv[optind]);
    int result = tfs_face_find(&face, TFS_NEEDS_BRANCH);
    return result == TFS_DONE ? show(&face, brief, tfs_colour_wanted(when)) : result;
}

const struct tfs_command tfs_command_status = {
    .name = "status",
    .summary = "what differs from the last commit",
    .help = help,
    .run = run,
};
