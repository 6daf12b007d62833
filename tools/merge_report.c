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

/* Takes the head off a report, its lines "KEY VALUE": "milliseconds" is the last of them. */
static struct bc_slice take_head(struct bc_slice *report)
{
    const char *start = report->data;
    struct bc_slice line;
    while (tfs_line_next(report, &line))
        if (tfs_slice_begins(line, "milliseconds "))
            break;
    return bc_slice(start, (size_t)(report->data - start));
}

static void each_line(struct bc_slice report, void (*sink)(void *context, struct bc_slice line),
                      void *context)
{
    struct bc_slice line;
    (void)take_head(&report);
    while (tfs_line_next(&report, &line))
        if (line.size)
            sink(context, line);
}

static void count_line(void *context, struct bc_slice line)
{
    struct tfs_merge_lines *lines = context;
    (void)line;
    lines->count++;
}

static void list_line(void *context, struct bc_slice line)
{
    struct tfs_merge_lines *lines = context;
    lines->list[lines->count++] = line;
}

static int by_bytes(const void *a, const void *b)
{
    const struct bc_slice *one = a, *other = b;
    return bc_slice_compare(*one, *other);
}

bool tfs_merge_lines_of(struct bc_slice report, struct tfs_merge_lines *lines)
{
    *lines = (struct tfs_merge_lines){0};
    each_line(report, count_line, lines);
    lines->list = bc_alloc_array(lines->count, sizeof *lines->list);
    lines->count = 0;
    if (!lines->list)
        return false;
    each_line(report, list_line, lines);
    qsort(lines->list, lines->count, sizeof *lines->list, by_bytes);
    return true;
}

void tfs_merge_lines_each(const struct tfs_merge_lines *lines, struct bc_slice path,
                          void (*sink)(void *context, struct bc_slice line), void *context)
{
    size_t low = 0, high = lines->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (bc_slice_compare(lines->list[middle], path) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < lines->count; low++) {
        struct bc_slice line = lines->list[low];
        if (line.size <= path.size || memcmp(line.data, path.data, path.size) != 0)
            break;
        if (line.data[path.size] == ':')
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
    struct bc_slice behind = report;
    tfs_key_values_set(object, take_head(&behind));
    each_line(report, add_line, conflicts);
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
        each_line(report, print_line, NULL);
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
