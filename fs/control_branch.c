/* `.branch/`: the controls of a branch. */
#include "fs/commands.h"
#include "fs/line.h"

#include <inttypes.h>

struct status_lines {
    struct bc_buffer *to;
    uint64_t changed;
    uint64_t added;
    uint64_t removed;
};

/* "KIND PATH +ADDED -REMOVED", with tabs between; of a rename "KIND OLD -> NEW". */
static enum bc_status add_difference(void *context, const struct bc_difference *difference)
{
    struct status_lines *lines = context;
    enum bc_status st = bc_buffer_printf(lines->to, "%c\t", difference->kind);
    if (!st && difference->old_path) {
        st = tfs_path_append(lines->to, difference->old_path);
        if (!st)
            st = bc_buffer_append(lines->to, " -> ", 4);
    }
    if (!st)
        st = tfs_path_append(lines->to, difference->path);
    lines->changed++;
    lines->added += difference->added;
    lines->removed += difference->removed;
    return st ? st
              : bc_buffer_printf(lines->to, "\t+%" PRIu64 " -%" PRIu64 "\n", difference->added,
                                 difference->removed);
}

static enum bc_status read_status(struct tfs_mount *mount, struct tfs_branch *branch,
                                  struct bc_buffer *to)
{
    (void)mount;
    struct status_lines lines = {.to = to};
    enum bc_status st = bc_branch_status(branch->branch, add_difference, &lines);
    if (st)
        return st;
    if (lines.changed == 0)
        return bc_buffer_printf(to, "clean\n");
    return bc_buffer_printf(to, "%" PRIu64 " changed, +%" PRIu64 " -%" PRIu64 "\n", lines.changed,
                            lines.added, lines.removed);
}

static enum bc_status read_stats(struct tfs_mount *mount, struct tfs_branch *branch,
                                 struct bc_buffer *to)
{
    (void)mount;
    struct bc_branch_totals totals;
    enum bc_status st = bc_branch_measure(branch->branch, &totals);
    if (st)
        return st;
    return bc_buffer_printf(to,
                            "triples %" PRIu64 "\nfiles %" PRIu64 "\nfolders %" PRIu64
                            "\nbytes %" PRIu64 "\nlayers %" PRIu64 "\ndisk_bytes %" PRIu64
                            "\nown_bytes %" PRIu64 "\n",
                            totals.triples, totals.files, totals.folders, totals.bytes,
                            totals.layers, totals.disk_bytes, totals.own_bytes);
}

const struct tfs_control tfs_branch_folder = {".branch", TFS_CONTROL_FOLDER, NULL, NULL};

const struct tfs_control tfs_branch_controls[] = {
    {"at", TFS_CONTROL_AT, NULL, NULL},
    {"canon", TFS_CONTROL_CANON, NULL, NULL},
    {"commit", TFS_CONTROL_TEXT, tfs_commit_show, tfs_commit_do},
    {"conflicts", TFS_CONTROL_CONFLICTS, NULL, NULL},
    {"count", TFS_CONTROL_COUNT, NULL, NULL},
    {"diff", TFS_CONTROL_DIFF, NULL, NULL},
    {"error", TFS_CONTROL_TEXT, tfs_control_errors, NULL},
    {"events", TFS_CONTROL_EVENTS, NULL, NULL},
    {"fork", TFS_CONTROL_FORK, NULL, NULL},
    {"head", TFS_CONTROL_TEXT, tfs_head_show, NULL},
    {"log", TFS_CONTROL_LOG, NULL, NULL},
    {"match", TFS_CONTROL_MATCH, NULL, NULL},
    {"merge", TFS_CONTROL_MERGE, NULL, tfs_merge_do},
    {"patch", TFS_CONTROL_PATCH, NULL, tfs_patch_do},
    {"rejected", TFS_CONTROL_REJECTED, NULL, NULL},
    {"reset", TFS_CONTROL_TEXT, NULL, tfs_reset_do},
    {"revert", TFS_CONTROL_TEXT, NULL, tfs_revert_do},
    {"rewrite", TFS_CONTROL_REWRITE, tfs_rewrite_show, tfs_rewrite_do},
    {"stats", TFS_CONTROL_TEXT, read_stats, NULL},
    {"status", TFS_CONTROL_TEXT, read_status, NULL},
    {NULL, TFS_CONTROL_TEXT, NULL, NULL},
};
