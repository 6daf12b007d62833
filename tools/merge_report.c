#include "tools/merge_report.h"

#include "tools/commit_text.h"
#include "tools/face_control.h"
#include "tools/fields.h"
#include "tools/key_values.h"
#include "tools/terminal.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

int tfs_merge_report(const struct tfs_face *face, struct bc_buffer *to)
{
    char path[PATH_MAX];
    return tfs_branch_control(face, path, "merge") ? tfs_face_take(face, path, to) : -1;
}

/* The folder is there all the time, and empty while nothing is to be decided. */
static bool has_conflicts(const struct tfs_face *face)
{
    char path[PATH_MAX];
    bool any = false;
    int folder = tfs_branch_control(face, path, "conflicts")
                     ? openat(face->root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
                     : -1;
    DIR *entries = folder >= 0 ? fdopendir(folder) : NULL;
    if (!entries) {
        if (folder >= 0)
            close(folder);
        return false;
    }
    for (const struct dirent *entry; !any && (entry = readdir(entries)) != NULL;)
        any = strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    (void)closedir(entries);
    return any;
}

static bool waits(const struct tfs_face *face, struct bc_slice report)
{
    return tfs_slice_is(tfs_value_of(report, "outcome"), "conflicts") && has_conflicts(face);
}

bool tfs_merge_waits(const struct tfs_face *face)
{
    struct bc_buffer report = {0};
    bool result = tfs_merge_report(face, &report) == 0 && waits(face, bc_buffer_slice(&report));
    bc_buffer_release(&report);
    return result;
}

void tfs_merge_conflicts_each(struct bc_slice report, struct bc_slice path,
                              void (*sink)(void *context, struct bc_slice line), void *context)
{
    struct bc_slice line, key, value;
    while (tfs_line_next(&report, &line)) {
        bool of_path = line.size > path.size + 1 && memcmp(line.data, path.data, path.size) == 0 &&
                       line.data[path.size] == ':';
        if (line.size && !tfs_key_value_parse(line, &key, &value) && (path.size == 0 || of_path))
            sink(context, line);
    }
}

static void add_line(void *context, struct bc_slice line)
{
    tfs_json_add(context, tfs_json_text(line));
}

static void print_json(const struct tfs_face *face, struct bc_slice report)
{
    json_t *object = tfs_json_object(), *conflicts = tfs_json_array();
    tfs_json_set(object, "branch", tfs_json_string(face->branch));
    tfs_key_values_set(object, report);
    tfs_merge_conflicts_each(report, bc_slice("", 0), add_line, conflicts);
    tfs_json_set(object, "unresolved", conflicts);
    tfs_json_print(object, stdout);
}

static void print_value(struct bc_slice report, const char *key)
{
    tfs_put(tfs_value_of(report, key), stdout);
}

static void print_id(struct bc_slice report, const char *title, const char *key)
{
    struct bc_slice id = tfs_id_short(tfs_value_of(report, key));
    if (id.size > 1) /* else "-": there is none */
        printf("%s %.*s", title, (int)id.size, id.data);
}

static void print_line(void *context, struct bc_slice line)
{
    (void)context;
    printf("conflict: ");
    tfs_put(line, stdout);
    printf("\n");
}

/* "merged NAME into BRANCH: 2 paths, +3 -1", and a line about how. */
static void print_result(const struct tfs_face *face, struct bc_slice report, bool reverts)
{
    struct bc_slice outcome = tfs_value_of(report, "outcome");
    struct bc_slice paths = tfs_value_of(report, "paths");
    bool forward = tfs_slice_begins(outcome, "fast-forward");
    if (tfs_slice_find(outcome, "dry"))
        printf("dry run: ");
    if (forward)
        printf("fast-forward of %s to ", face->branch);
    else
        printf("%s ", reverts ? "reverted" : "merged");
    print_value(report, "merged");
    if (!forward)
        printf(" %s %s", reverts ? "in" : "into", face->branch);
    printf(": %.*s path%s, +", (int)paths.size, paths.data, tfs_slice_is(paths, "1") ? "" : "s");
    print_value(report, "added");
    printf(" -");
    print_value(report, "removed");
    print_id(report, "\nbase", "base");
    print_id(report, ", result", "result");
    printf(", engine ");
    print_value(report, "engine");
    printf(", ");
    print_value(report, "milliseconds");
    printf(" ms\n");
}

static void print_summary(const struct tfs_face *face, struct bc_slice report, bool reverts)
{
    struct bc_slice outcome = tfs_value_of(report, "outcome");
    if (tfs_slice_begins(outcome, "nothing")) {
        printf("%s has %s of ", face->branch, reverts ? "nothing" : "all");
        print_value(report, "merged");
        printf("%s\n", reverts ? "" : " already");
    } else if (tfs_slice_begins(outcome, "conflicts")) {
        tfs_merge_conflicts_each(report, bc_slice("", 0), print_line, NULL);
    } else {
        print_result(face, report, reverts);
    }
}

static void print_advice(const struct tfs_face *face)
{
    printf("\nThe conflicts are files, a folder a path, in\n"
           "  %s/%s/.branch/conflicts\n"
           "Write what is right to 'result' beside base, ours and theirs; then\n"
           "  triplefs merge --continue      or, to forget it:  triplefs merge --abort\n",
           face->mounted.point, face->branch);
}

static int tell_conflicts(const struct tfs_face *face, struct bc_slice report)
{
    uint64_t conflicts = tfs_slice_number(tfs_value_of(report, "conflicts"));
    uint64_t paths = tfs_slice_number(tfs_value_of(report, "conflicting_paths"));
    (void)fflush(stdout); /* the summary comes first, also where both lead to one place */
    return tfs_face_fail(face, "%" PRIu64 " conflict%s in %" PRIu64 " path%s; %s is as it was",
                         conflicts, conflicts == 1 ? "" : "s", paths, paths == 1 ? "" : "s",
                         face->branch);
}

int tfs_merge_print(const struct tfs_face *face, const char *what)
{
    struct bc_buffer text = {0};
    int number = tfs_merge_report(face, &text);
    struct bc_slice report = bc_buffer_slice(&text);
    int result = TFS_DONE;
    if (number) {
        result = tfs_face_fail(face, "the report cannot be read: %s", strerror(number));
    } else if (face->json) {
        print_json(face, report);
    } else {
        print_summary(face, report, strcmp(what, "revert") == 0);
        if (waits(face, report))
            print_advice(face);
    }
    if (!number && tfs_slice_begins(tfs_value_of(report, "outcome"), "conflicts"))
        result = tell_conflicts(face, report);
    bc_buffer_release(&text);
    return result == TFS_DONE ? tfs_face_done(face) : result;
}
