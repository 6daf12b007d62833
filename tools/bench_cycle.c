/* Benchmark: branch, add a line, see what changed; beside git with the same text. */
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

static bool time_script(struct tfs_samples *to, const char *script, unsigned number)
{
    char branch[32], line[128];
    snprintf(branch, sizeof branch, "cycle%u", number);
    snprintf(line, sizeof line, "<http://example.org/%s> <http://example.org/p> \"%u\" .", branch,
             number);
    struct tfs_run run;
    if (!TFS_RUN(NULL, &run, "sh", "-c", script, "sh", branch, line))
        return false;
    tfs_samples_add(to, run.seconds);
    return true;
}

bool tfs_bench_cycle(struct tfs_bench *bench)
{
    struct tfs_row *row =
        tfs_report_add(&bench->report, "cycle", TFS_UNIT_SECONDS,
                       "branch %s lines, append one, see what changed", tfs_count(bench->middle));
    tfs_bench_progress("%s", row->what);
    bool git = tfs_program_exists("git");
    snprintf(row->peer_name, sizeof row->peer_name, "git switch -c, append, diff");
    if (!git)
        snprintf(row->note, sizeof row->note, "git is not installed");
    if (!tfs_data_middle_store(bench) || !tfs_room_store(bench, "middle.store") ||
        (git && !TFS_RUN(NULL, NULL, "sh", "-c", git_set_up)))
        return false;
    for (unsigned run = 0; run < bench->runs; run++)
        if ((git &&
             (!time_script(&row->peer, gits, run) || !TFS_RUN(NULL, NULL, "sh", "-c", git_back))) ||
            !time_script(&row->ours, ours, run))
            return false;
    return tfs_room_remove("repository");
}
