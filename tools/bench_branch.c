/* Benchmark: making branches, and what many of them hold in memory. */
#include "tools/bench_data.h"
#include "tools/bench_room.h"
#include "tools/say.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool make_branch(const char *name)
{
    if (mkdir(name, 0755) == 0)
        return true;
    tfs_say("cannot make branch %s: %s", name, strerror(errno));
    return false;
}

/* Until the store has `wanted` branches; main is the first. */
static bool make_branches_up_to(unsigned *have, unsigned wanted)
{
    for (; *have < wanted; ++*have) {
        char name[48];
        snprintf(name, sizeof name, "mnt/standing%u", *have);
        if (tfs_bench_interrupted() || !make_branch(name))
            return false;
    }
    return true;
}

/* Makes and deletes branches, one at a time, each of a new name; only the making is timed. */
static bool time_mkdir(unsigned *serial, unsigned calls, struct tfs_latencies *latencies)
{
    for (unsigned i = 0; i < calls; i++) {
        char name[48];
        snprintf(name, sizeof name, "mnt/timed%u", ++*serial);
        double start = tfs_clock();
        if (tfs_bench_interrupted() || !make_branch(name))
            return false;
        tfs_latencies_add(latencies, tfs_clock() - start);
        if (rmdir(name) != 0) {
            tfs_say("cannot delete branch %s: %s", name, strerror(errno));
            return false;
        }
    }
    return true;
}

static bool measure_level(struct tfs_bench *bench, struct tfs_row *row, unsigned *serial)
{
    unsigned calls = bench->quick ? 50 : 200;
    double slowest = 0;
    struct tfs_latencies latencies = {0};
    if (!time_mkdir(serial, calls / 10, &latencies))
        return false;
    for (unsigned run = 0; run < bench->runs; run++) {
        latencies.count = 0;
        if (!time_mkdir(serial, calls, &latencies))
            return false;
        tfs_samples_add(&row->ours, tfs_latencies_quantile(&latencies, 0.5));
        double p99 = tfs_latencies_quantile(&latencies, 0.99);
        slowest = p99 > slowest ? p99 : slowest;
    }
    char text[32];
    tfs_unit_format(TFS_UNIT_SECONDS, slowest, text);
    snprintf(row->note, sizeof row->note, "medians of %u calls a run; 99 of 100 within %s", calls,
             text);
    return true;
}

bool tfs_bench_mkdir(struct tfs_bench *bench)
{
    static const unsigned levels[] = {1, 1000, 10000};
    if (!tfs_data_middle_store(bench) || !tfs_room_store(bench, "middle.store"))
        return false;
    unsigned have = 1, serial = 0;
    struct tfs_samples alone = {0};
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        char name[32];
        snprintf(name, sizeof name, "mkdir-%u", levels[i]);
        struct tfs_row *row = tfs_report_add(&bench->report, name, TFS_UNIT_SECONDS,
                                             "mkdir of a branch of %s lines; branches there: %s",
                                             tfs_count(bench->middle), tfs_count(levels[i]));
        row->bars[0] = (struct tfs_bar){TFS_OURS_AT_MOST, 150e-6};
        tfs_bench_progress("%s", row->what);
        if (!make_branches_up_to(&have, levels[i]) || !measure_level(bench, row, &serial))
            return false;
        if (i == 0) {
            alone = row->ours;
            continue;
        }
        row->peer = alone;
        snprintf(row->peer_name, sizeof row->peer_name, "1 branch");
        row->bars[1] = (struct tfs_bar){TFS_RATIO_AT_MOST, 2};
    }
    return true;
}

static bool fork_and_edit(unsigned branches, struct tfs_latencies *latencies)
{
    for (unsigned i = 0; i < branches; i++) {
        char name[48], file[64];
        snprintf(name, sizeof name, "mnt/fork%u", i);
        snprintf(file, sizeof file, "%s/middle.nt", name);
        double start = tfs_clock();
        double append;
        if (tfs_bench_interrupted() || !make_branch(name) || !tfs_data_append(file, i, &append))
            return false;
        tfs_latencies_add(latencies, tfs_clock() - start);
    }
    return true;
}

bool tfs_bench_forks(struct tfs_bench *bench)
{
    unsigned branches = bench->quick ? 100 : 1000;
    if (!tfs_data_middle_store(bench) || !tfs_room_store(bench, "middle.store"))
        return false;
    struct tfs_row *row = tfs_report_add(&bench->report, "fork-memory", TFS_UNIT_BYTES,
                                         "resident memory with %s branches of %s lines, each "
                                         "with one line appended",
                                         tfs_count(branches), tfs_count(bench->middle));
    row->bars[0] = (struct tfs_bar){TFS_OURS_AT_MOST, 256 << 20};
    tfs_bench_progress("%s", row->what);
    double before, after;
    static struct tfs_latencies latencies;
    latencies.count = 0;
    if (!tfs_room_memory("VmRSS", &before) || !fork_and_edit(branches, &latencies) ||
        !tfs_room_memory("VmRSS", &after))
        return false;
    tfs_samples_add(&row->ours, after);
    tfs_samples_add(&row->peer, before);
    snprintf(row->peer_name, sizeof row->peer_name, "before them");
    char text[32];
    tfs_unit_format(TFS_UNIT_SECONDS, tfs_latencies_quantile(&latencies, 0.5), text);
    snprintf(row->note, sizeof row->note, "a branch and its edit took %s (median)", text);
    return true;
}
