/* Benchmark: unsorted lines to the sorted set without a store, beside GNU sort. By processor time,
 * as both use all cores and the disk; the time of the clock stands in the note. */
#include "tools/bench_data.h"
#include "tools/bench_room.h"

static bool time_one(const char *const *arguments, struct tfs_samples *cpu,
                     struct tfs_samples *clock)
{
    struct tfs_run run;
    if (!tfs_run(arguments, NULL, &run))
        return false;
    tfs_samples_add(cpu, run.cpu_seconds);
    tfs_samples_add(clock, run.seconds);
    return true;
}

/* The made-up lines are canonical: both write the same bytes. */
static bool time_both(struct tfs_bench *bench, struct tfs_row *row, struct tfs_samples clocks[2])
{
    const char *const ours[] = {bench->self, "sort", "--memory", "128M",     "-T",
                                ".",         "-o",   "ours.nt",  "large.nt", NULL};
    const char *const gnus[] = {"sort", "-u", "--parallel=2", "-S",       "128M", "-T",
                                ".",    "-o", "gnus.nt",      "large.nt", NULL};
    return time_one(gnus, &row->peer, &clocks[1]) && time_one(ours, &row->ours, &clocks[0]) &&
           TFS_RUN(NULL, NULL, "cmp", "ours.nt", "gnus.nt") && tfs_room_remove("ours.nt") &&
           tfs_room_remove("gnus.nt");
}

bool tfs_bench_sort(struct tfs_bench *bench)
{
    struct tfs_samples clocks[2] = {0};
    uint64_t lines;
    if (!tfs_data_file(bench, "large.nt", bench->large) || !tfs_data_count("large.nt", &lines))
        return false;
    struct tfs_row *row =
        tfs_report_add(&bench->report, "sort", TFS_UNIT_SECONDS,
                       "triplefs sort of %s unsorted lines, processor time", tfs_count(lines));
    snprintf(row->peer_name, sizeof row->peer_name, "sort -u --parallel=2 -S 128M");
    row->bars[0] = (struct tfs_bar){TFS_RATIO_AT_MOST, 1.0 / 3};
    tfs_bench_progress("%s", row->what);
    for (unsigned run = 0; run < bench->runs; run++)
        if (!time_both(bench, row, clocks))
            return false;
    snprintf(row->note, sizeof row->note,
             "by the clock %.2f s, sort %.2f s; 128 MiB for both; both wrote the same",
             tfs_samples_median(&clocks[0]), tfs_samples_median(&clocks[1]));
    return true;
}
