/* Benchmark: commits of one line, and what many of them cost a reader. */
#include "tools/bench_control.h"
#include "tools/bench_data.h"
#include "tools/bench_room.h"

enum { COMMITS = 1000, READ_LINES = 100000 };

static bool commit_line(const char *file, unsigned *serial, double *seconds)
{
    char message[32];
    double append;
    snprintf(message, sizeof message, "commit %u", ++*serial);
    return tfs_data_append(file, *serial, &append) &&
           tfs_bench_control("mnt/main/.branch/commit", message, 0, seconds);
}

static bool commit_large(struct tfs_bench *bench)
{
    static struct tfs_latencies latencies;
    unsigned calls = bench->quick ? 50 : 200;
    unsigned serial = 0;
    struct tfs_row *row =
        tfs_report_add(&bench->report, "commit", TFS_UNIT_SECONDS,
                       "commit of one appended line; file of %s lines", tfs_count(bench->large));
    row->bars[0] = (struct tfs_bar){TFS_OURS_AT_MOST, 1e-3};
    tfs_bench_progress("%s", row->what);
    if (!tfs_data_large_store(bench) || !tfs_room_store(bench, "large.store") ||
        !tfs_bench_control("mnt/main/.branch/commit", "base", 0, NULL))
        return false;
    for (unsigned run = 0; run <= bench->runs; run++) {
        latencies.count = 0;
        for (unsigned i = 0; i < calls; i++) {
            double seconds;
            if (!commit_line("mnt/main/large.nt", &serial, &seconds))
                return false;
            tfs_latencies_add(&latencies, seconds);
        }
        if (run > 0)
            tfs_samples_add(&row->ours, tfs_latencies_quantile(&latencies, 0.5));
    }
    char text[32];
    tfs_unit_format(TFS_UNIT_SECONDS, tfs_latencies_quantile(&latencies, 0.99), text);
    snprintf(row->note, sizeof row->note,
             "medians of %u calls a run, each synced; 99 of 100 within %s", calls, text);
    return true;
}

static bool read_cold(struct tfs_bench *bench, const char *file, struct tfs_latencies *to)
{
    double seconds;
    if (!tfs_room_remount(bench) || !tfs_room_drop_caches(NULL) ||
        !tfs_bench_read_all(file, &seconds))
        return false;
    tfs_latencies_add(to, seconds);
    return true;
}

/* By turns: the file with its history, and the same text in a file of its own. */
static bool read_both(struct tfs_bench *bench, struct tfs_row *row, unsigned reads)
{
    static struct tfs_latencies ours, peer;
    ours.count = peer.count = 0;
    for (unsigned i = 0; i < reads; i++)
        if (!read_cold(bench, "mnt/main/read.nt", &ours) ||
            !read_cold(bench, "mnt/main/afresh.nt", &peer))
            return false;
    tfs_samples_add(&row->ours, tfs_latencies_quantile(&ours, 0.5));
    tfs_samples_add(&row->peer, tfs_latencies_quantile(&peer, 0.5));
    return true;
}

static bool read_after(struct tfs_bench *bench)
{
    unsigned commits = bench->quick ? COMMITS / 10 : COMMITS;
    unsigned reads = bench->quick ? 3 : 9;
    unsigned serial = 0;
    struct tfs_row *row = tfs_report_add(&bench->report, "read-after-commits", TFS_UNIT_SECONDS,
                                         "read a file of %s lines after %s commits of a line",
                                         tfs_count(READ_LINES), tfs_count(commits));
    row->bars[0] = (struct tfs_bar){TFS_RATIO_AT_MOST, 1.2};
    snprintf(row->peer_name, sizeof row->peer_name, "the same text, written afresh");
    tfs_bench_progress("%s", row->what);
    if (!tfs_data_file(bench, "read.nt", READ_LINES) || !tfs_room_store(bench, NULL) ||
        !TFS_RUN(NULL, NULL, "cp", "read.nt", "mnt/main/read.nt"))
        return false;
    for (unsigned i = 0; i < commits; i++)
        if (!commit_line("mnt/main/read.nt", &serial, NULL))
            return false;
    if (!TFS_RUN(NULL, NULL, "sh", "-c", "cat mnt/main/read.nt > afresh.nt") ||
        !TFS_RUN(NULL, NULL, "cp", "afresh.nt", "mnt/main/afresh.nt") ||
        /* Where the newest run lies a store looks up when it is opened: that shall be neither. */
        !TFS_RUN(NULL, NULL, "cp", "afresh.nt", "mnt/main/newest.nt"))
        return false;
    for (unsigned run = 0; run < bench->runs; run++)
        if (!read_both(bench, row, reads))
            return false;
    snprintf(row->note, sizeof row->note, "medians of %u reads a run, each of a store mounted anew",
             reads);
    return tfs_room_remove("afresh.nt");
}

bool tfs_bench_commit(struct tfs_bench *bench)
{
    return commit_large(bench) && read_after(bench);
}
