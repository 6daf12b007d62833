/* Benchmark: branch, add a line, see what changed; branch, edit on both sides, merge, look at the
 * difference; each beside git with the same text. */
#include "tools/bench_control.h"
#include "tools/bench_data.h"
#include "tools/bench_room.h"

/* $1: the branch; $2: the line. */
static const char ours[] = "mkdir \"mnt/$1\" && printf '%s\\n' \"$2\" >> \"mnt/$1/middle.nt\" && "
                           "cat \"mnt/$1/.branch/status\"";
static const char gits[] = "cd repository && git switch -q -c \"$1\" && "
                           "printf '%s\\n' \"$2\" >> middle.nt && git diff --numstat";
static const char git_set_up[] =
    "mkdir repository && cd repository && git init -q -b main && cp ../mnt/main/middle.nt . && "
    "git config user.name bench && git config user.email bench@example.org && "
    "git config gc.auto 0 && git add middle.nt && git commit -q -m import";
static const char git_back[] = "cd repository && git commit -q -a -m edit && git switch -q main";

/* A statement on each side of a branching, a merge, and what that brought. */
static const char our_merge[] =
    "mkdir \"mnt/$1\" && printf '%s\\n' \"$2\" >> \"mnt/$1/middle.nt\" && "
    "echo theirs > \"mnt/$1/.branch/commit\" && printf '%s\\n' \"$3\" >> mnt/main/middle.nt && "
    "echo ours > mnt/main/.branch/commit && echo \"$1\" > mnt/main/.branch/merge && "
    "cat mnt/main/.branch/diff/head~1";
static const char git_merge[] =
    "cd repository && git switch -q -c \"$1\" && printf '%s\\n' \"$2\" >> middle.nt && "
    "sort -u -o middle.nt middle.nt && git commit -q -a -m theirs && git switch -q main && "
    "printf '%s\\n' \"$3\" >> middle.nt && sort -u -o middle.nt middle.nt && "
    "git commit -q -a -m ours && git merge -q -m merge \"$1\" && git diff HEAD~1";

static bool time_script(struct tfs_samples *to, const char *script, unsigned number)
{
    char branch[32], lines[2][128];
    snprintf(branch, sizeof branch, "cycle%u", number);
    for (int side = 0; side < 2; side++)
        snprintf(lines[side], sizeof lines[side],
                 "<http://%c.example.org/%s> <http://example.org/p> \"%u\" .", side ? 'z' : 'a',
                 branch, number);
    struct tfs_run run;
    if (!TFS_RUN(NULL, &run, "sh", "-c", script, "sh", branch, lines[0], lines[1]))
        return false;
    tfs_samples_add(to, run.seconds);
    return true;
}

/* Each run beside git's; back: what brings git to where it was, not timed. */
static bool time_row(struct tfs_bench *bench, struct tfs_row *row, const char *our_script,
                     const char *git_script, const char *back)
{
    bool git = tfs_program_exists("git");
    tfs_bench_progress("%s", row->what);
    if (!git)
        snprintf(row->note, sizeof row->note, "git is not installed");
    if (!tfs_room_store(bench, "middle.store") ||
        !tfs_bench_control("mnt/main/.branch/commit", "base", 0, NULL) ||
        (git && !TFS_RUN(NULL, NULL, "sh", "-c", git_set_up)))
        return false;
    for (unsigned run = 0; run < bench->runs; run++)
        if ((git && (!time_script(&row->peer, git_script, run) ||
                     (back && !TFS_RUN(NULL, NULL, "sh", "-c", back)))) ||
            !time_script(&row->ours, our_script, run))
            return false;
    return tfs_room_remove("repository");
}

bool tfs_bench_cycle(struct tfs_bench *bench)
{
    if (!tfs_data_middle_store(bench))
        return false;
    struct tfs_row *row =
        tfs_report_add(&bench->report, "cycle", TFS_UNIT_SECONDS,
                       "branch %s lines, append one, see what changed", tfs_count(bench->middle));
    snprintf(row->peer_name, sizeof row->peer_name, "git switch -c, append, diff");
    if (!time_row(bench, row, ours, gits, git_back))
        return false;
    row = tfs_report_add(&bench->report, "cycle-merge", TFS_UNIT_SECONDS,
                         "branch %s lines, a statement on each side, two commits, merge, diff",
                         tfs_count(bench->middle));
    snprintf(row->peer_name, sizeof row->peer_name, "git with a sorted file");
    row->bars[0] = (struct tfs_bar){TFS_RATIO_AT_MOST, 0.1};
    return time_row(bench, row, our_merge, git_merge, NULL);
}
