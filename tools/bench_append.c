/* Benchmark: appending one line to files of different sizes. */
#include "tools/bench_data.h"
#include "tools/bench_room.h"

enum { SIZES = 3 };

static bool append_some(const char *path, unsigned calls, unsigned *serial,
                        struct tfs_latencies *latencies)
{
    latencies->count = 0;
    for (unsigned i = 0; i < calls; i++) {
        double seconds;
        if (tfs_bench_interrupted() || !tfs_data_append(path, ++*serial, &seconds))
            return false;
        tfs_latencies_add(latencies, seconds);
    }
    return true;
}

/* By turns, so that a noisy moment touches all sizes. */
static bool measure_all(struct tfs_bench *bench, struct tfs_row *rows[SIZES],
                        const char *const paths[SIZES])
{
    static struct tfs_latencies latencies;
    unsigned calls = bench->quick ? 50 : 200;
    unsigned serial = 0;
    for (unsigned run = 0; run <= bench->runs; run++) {
        for (int i = 0; i < SIZES; i++) {
            if (!append_some(paths[i], calls, &serial, &latencies))
                return false;
            if (run > 0) /* the first is to warm up */
                tfs_samples_add(&rows[i]->ours, tfs_latencies_quantile(&latencies, 0.5));
        }
    }
    return true;
}

bool tfs_bench_append(struct tfs_bench *bench)
{
    static const char *const names[SIZES] = {"append-small", "append-middle", "append-large"};
    static const char *const paths[SIZES] = {"mnt/main/small.nt", "mnt/main/middle.nt",
                                             "mnt/main/large.nt"};
    uint64_t lines[SIZES] = {TFS_SMALL_LINES, bench->middle, bench->large};
    struct tfs_row *rows[SIZES];
    if (!tfs_data_file(bench, "small.nt", TFS_SMALL_LINES) ||
        !tfs_data_file(bench, "middle.nt", bench->middle) || !tfs_data_large_store(bench) ||
        !tfs_room_store(bench, "large.store") ||
        !TFS_RUN(NULL, NULL, "cp", "small.nt", "middle.nt", "mnt/main/"))
        return false;
    for (int i = 0; i < SIZES; i++) {
        rows[i] =
            tfs_report_add(&bench->report, names[i], TFS_UNIT_SECONDS,
                           "open, append one line, close: file of %s lines", tfs_count(lines[i]));
        rows[i]->bars[0] = (struct tfs_bar){TFS_OURS_AT_MOST, 1e-3};
    }
    tfs_bench_progress("%s", rows[SIZES - 1]->what);
    if (!measure_all(bench, rows, paths))
        return false;
    for (int i = 1; i < SIZES; i++) {
        rows[i]->peer = rows[0]->ours;
        snprintf(rows[i]->peer_name, sizeof rows[i]->peer_name, "%d lines", TFS_SMALL_LINES);
        rows[i]->bars[1] = (struct tfs_bar){TFS_RATIO_AT_MOST, 2};
    }
    return true;
}
