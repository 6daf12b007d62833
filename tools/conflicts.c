/* triplefs conflicts */
#include "tools/face_control.h"
#include "tools/merge_report.h"
#include "tools/terminal.h"

#include <errno.h>
#include <fts.h>
#include <string.h>

static const char help[] =
    "usage: triplefs conflicts [-C DIR] [--branch NAME] [--json]\n\n"
    "Lists the conflicts of the merge that waits: a line a path, and whether its 'result' is\n"
    "written yet. The files lie in .branch/conflicts/PATH: base, ours, theirs, and result, which\n"
    "is yours to write. Then 'triplefs merge --continue'.\n\n" TFS_FACE_HELP;

struct listing {
    const struct tfs_face *face;
    struct tfs_merge_lines reasons;
    struct tfs_json_list list;
    uint64_t paths;
    uint64_t open; /* without a result */
};

/* The folder of a path: what is in it. */
struct conflict {
    bool any;    /* a file of it: it is one */
    bool result; /* resolved, as far as can be seen */
    json_t *files;
};

static bool is_result(const char *name)
{
    return strcmp(name, "result") == 0 || strncmp(name, "result.", 7) == 0;
}

static struct conflict look_into(FTS *tree, bool json)
{
    struct conflict conflict = {.files = json ? tfs_json_array() : NULL};
    for (const FTSENT *entry = fts_children(tree, 0); entry; entry = entry->fts_link) {
        if (entry->fts_info == FTS_D)
            continue;
        conflict.any = true;
        conflict.result = conflict.result || is_result(entry->fts_name);
        if (json)
            tfs_json_add(conflict.files, tfs_json_string(entry->fts_name));
    }
    return conflict;
}

static void print_reason(void *context, struct bc_slice line)
{
    const struct bc_slice *path = context;
    printf("    ");
    tfs_put(bc_slice(line.data + path->size + 2, line.size - path->size - 2), stdout);
    printf("\n");
}

static void add_reason(void *context, struct bc_slice line)
{
    tfs_json_add(context, tfs_json_text(line));
}

static void print_conflict(struct listing *listing, struct bc_slice path, struct conflict *conflict)
{
    listing->paths++;
    listing->open += !conflict->result;
    if (!listing->face->json) {
        printf("%s  ", conflict->result ? "result written" : "unresolved    ");
        tfs_put(path, stdout);
        printf("\n");
        if (!conflict->result)
            tfs_merge_lines_each(&listing->reasons, path, print_reason, &path);
        return;
    }
    json_t *object = tfs_json_object(), *reasons = tfs_json_array();
    tfs_merge_lines_each(&listing->reasons, path, add_reason, reasons);
    tfs_json_set_text(object, "path", path);
    tfs_json_set(object, "result", json_boolean(conflict->result));
    tfs_json_set(object, "files", conflict->files);
    tfs_json_set(object, "reasons", reasons);
    tfs_json_list_add(&listing->list, object);
}

static void walk(struct listing *listing, FTS *tree, size_t top)
{
    FTSENT *entry;
    while ((entry = fts_read(tree)) != NULL) {
        if (entry->fts_info != FTS_D || entry->fts_level == 0)
            continue;
        struct conflict conflict = look_into(tree, listing->face->json);
        struct bc_slice path = bc_slice(entry->fts_path + top, entry->fts_pathlen - top);
        if (conflict.any)
            print_conflict(listing, path, &conflict);
        else
            json_decref(conflict.files);
    }
}

static int list(const struct tfs_face *face)
{
    char folder[PATH_MAX];
    struct listing listing = {.face = face};
    struct bc_buffer report = {0};
    int size = snprintf(folder, sizeof folder, "%s/%s/.branch/conflicts", face->mounted.point,
                        face->branch);
    if (size >= (int)sizeof folder)
        return tfs_face_fail(face, "the path of a control file would be too long");
    int number = tfs_merge_report(face, &report);
    if (!number && !tfs_merge_lines_of(bc_buffer_slice(&report), &listing.reasons))
        number = ENOMEM;
    if (number) {
        bc_buffer_release(&report);
        return tfs_face_fail(face, "the report cannot be read: %s", strerror(number));
    }
    if (face->json)
        listing.list = tfs_json_list_begin(stdout);
    char *roots[] = {folder, NULL};
    FTS *tree = tfs_merge_waits(face) ? fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL) : NULL;
    if (tree) {
        walk(&listing, tree, (size_t)size + 1);
        fts_close(tree);
    }
    bc_free(listing.reasons.list);
    bc_buffer_release(&report);
    if (face->json)
        tfs_json_list_end(&listing.list);
    else if (listing.paths == 0)
        printf("no conflicts\n");
    else
        printf("\n%s\n", listing.open ? "the files are in .branch/conflicts; write each result, "
                                        "then: triplefs merge --continue"
                                      : "go on with: triplefs merge --continue");
    return tfs_face_done(face);
}

static int run(int argc, char **argv)
{
    static const struct option names[] = {TFS_FACE_OPTIONS};
    struct tfs_face face = {.command = &tfs_command_conflicts};
    for (int option; (option = tfs_face_option(&face, argc, argv, TFS_FACE_LETTERS, names)) != -1;)
        return tfs_face_end_options(&face, option);
    if (optind < argc)
        return tfs_say_usage("conflicts", "unexpected '%s'", argv[optind]);
    int result = tfs_face_find(&face, TFS_NEEDS_PRESENT);
    return result == TFS_DONE ? list(&face) : result;
}

const struct tfs_command tfs_command_conflicts = {
    .name = "conflicts",
    .summary = "what a merge that waits leaves to decide",
    .help = help,
    .run = run,
};
