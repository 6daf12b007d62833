/* Benchmark: reading a large triple file, beside its bytes on the native file system. */
#include "tools/bench_data.h"
#include "tools/bench_room.h"
#include "tools/say.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char mounted[] = "mnt/main/large.nt";
static const char native[] = "native.nt";
static const char compressed[] = "native.nt.zst";

/* Bytes a second of a program that reads a file to its end; cpu, if given, is its processor time.
 */
static bool time_program(struct tfs_samples *to, struct tfs_samples *cpu, uint64_t bytes,
                         const char *const *arguments)
{
    struct tfs_run run;
    if (!tfs_run(arguments, NULL, &run))
        return false;
    if (to)
        tfs_samples_add(to, (double)bytes / run.seconds);
    if (cpu)
        tfs_samples_add(cpu, run.cpu_seconds);
    return true;
}

static bool time_cat(struct tfs_samples *to, uint64_t bytes, const char *path)
{
    return time_program(to, NULL, bytes, (const char *const[]){"cat", path, NULL});
}

bool tfs_bench_warm(struct tfs_bench *bench)
{
    uint64_t bytes;
    if (!tfs_data_native(bench) || !tfs_room_size(native, &bytes))
        return false;
    struct tfs_row *row =
        tfs_report_add(&bench->report, "warm-cat", TFS_UNIT_BYTES_PER_SECOND,
                       "cat of a triple file of %.2f GB, warm", (double)bytes / 1e9);
    row->bars[0] = (struct tfs_bar){TFS_RATIO_AT_LEAST, 0.95};
    snprintf(row->peer_name, sizeof row->peer_name, "native");
    tfs_bench_progress("%s", row->what);
    if (!time_cat(NULL, bytes, native) || !time_cat(NULL, bytes, mounted))
        return false;
    for (unsigned run = 0; run < 2 * bench->runs; run++)
        if (!time_cat(&row->peer, bytes, native) || !time_cat(&row->ours, bytes, mounted))
            return false;
    return true;
}

/* cpu: of cat and of the serving process. */
static bool time_cold_cat(struct tfs_bench *bench, struct tfs_samples *to, struct tfs_samples *cpu,
                          uint64_t bytes)
{
    double before, after;
    if (!tfs_room_remount(bench) || !tfs_room_drop_caches(NULL) || !tfs_room_cpu(&before) ||
        !time_program(to, cpu, bytes, (const char *const[]){"cat", mounted, NULL}) ||
        !tfs_room_cpu(&after))
        return false;
    cpu->values[cpu->count - 1] += after - before;
    return true;
}

static bool time_cold_zstd(struct tfs_samples *to, struct tfs_samples *cpu, uint64_t bytes)
{
    return tfs_room_drop_caches(NULL) &&
           time_program(to, cpu, bytes, (const char *const[]){"zstd", "-dcq", compressed, NULL});
}

bool tfs_bench_cold(struct tfs_bench *bench)
{
    uint64_t bytes;
    if (!tfs_data_native_zst(bench) || !tfs_room_size(native, &bytes))
        return false;
    struct tfs_row *row =
        tfs_report_add(&bench->report, "cold-cat", TFS_UNIT_BYTES_PER_SECOND,
                       "cat of a triple file of %.2f GB, cold", (double)bytes / 1e9);
    row->bars[0] = (struct tfs_bar){TFS_RATIO_AT_LEAST, 1};
    snprintf(row->peer_name, sizeof row->peer_name, "zstd -dc of its zstd -3");
    tfs_bench_progress("%s", row->what);
    struct tfs_row *beside =
        tfs_report_add(&bench->report, "cold-cat-native", TFS_UNIT_BYTES_PER_SECOND,
                       "the same beside cat of its bytes on the native file system, cold");
    snprintf(beside->peer_name, sizeof beside->peer_name, "native");
    struct tfs_samples cpu = {0}, zstd_cpu = {0};
    for (unsigned run = 0; run < bench->runs; run++)
        if (!time_cold_zstd(&row->peer, &zstd_cpu, bytes) ||
            !time_cold_cat(bench, &row->ours, &cpu, bytes) || !tfs_room_drop_caches(NULL) ||
            !time_cat(&beside->peer, bytes, native))
            return false;
    beside->ours = row->ours;
    snprintf(row->note, sizeof row->note,
             "%.2f s of processor time (cat and the serving process), zstd: %.2f s; %s",
             tfs_samples_median(&cpu), tfs_samples_median(&zstd_cpu),
             tfs_room_may_drop() ? "mounted anew and the kernel's caches dropped before each run"
                                 : "mounted anew and the files dropped from the page cache before "
                                   "each run (root could drop more)");
    return true;
}

/* Reads 4 KiB at random places, the same ones for the same seed. */
static bool time_preads(const char *path, unsigned calls, unsigned seed, struct tfs_samples *to)
{
    enum { SIZE = 4096 };
    static struct tfs_latencies latencies;
    char block[SIZE];
    uint64_t bytes;
    latencies.count = 0;
    int from = tfs_room_size(path, &bytes) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    bool good = from >= 0 && bytes > SIZE;
    for (unsigned i = 0; i < calls && good; i++) {
        uint64_t random = (uint64_t)rand_r(&seed) << 31 | (uint64_t)rand_r(&seed);
        off_t offset = (off_t)(random % (bytes - SIZE));
        double start = tfs_clock();
        good = pread(from, block, SIZE, offset) == SIZE && !tfs_bench_interrupted();
        tfs_latencies_add(&latencies, tfs_clock() - start);
    }
    if (!good && !tfs_bench_interrupted())
        tfs_say("cannot read %s: %s", path, strerror(errno));
    if (from >= 0)
        close(from);
    if (good && to)
        tfs_samples_add(to, tfs_latencies_quantile(&latencies, 0.5));
    return good;
}

static bool cold_preads(struct tfs_bench *bench, struct tfs_row *row, unsigned calls)
{
    for (unsigned run = 0; run < bench->runs; run++)
        if (!tfs_room_remount(bench) || !tfs_room_drop_caches(NULL) ||
            !time_preads(native, calls, run, &row->peer) ||
            !time_preads(mounted, calls, run, &row->ours))
            return false;
    return true;
}

static bool warm_preads(struct tfs_bench *bench, struct tfs_row *row, unsigned calls)
{
    if (!time_cat(NULL, 1, native) || !time_cat(NULL, 1, mounted))
        return false;
    for (unsigned run = 0; run < bench->runs; run++)
        if (!time_preads(native, calls, run, &row->peer) ||
            !time_preads(mounted, calls, run, &row->ours))
            return false;
    return true;
}

bool tfs_bench_pread(struct tfs_bench *bench)
{
    if (!tfs_data_native(bench))
        return false;
    struct tfs_row *cold = tfs_report_add(&bench->report, "pread-cold", TFS_UNIT_SECONDS,
                                          "4 KiB at a random place of the large file, cold");
    struct tfs_row *warm = tfs_report_add(&bench->report, "pread-warm", TFS_UNIT_SECONDS,
                                          "4 KiB at a random place of the large file, warm");
    snprintf(cold->peer_name, sizeof cold->peer_name, "native");
    snprintf(warm->peer_name, sizeof warm->peer_name, "native");
    tfs_bench_progress("%s", cold->what);
    if (!cold_preads(bench, cold, bench->quick ? 200 : 1000))
        return false;
    tfs_bench_progress("%s", warm->what);
    return warm_preads(bench, warm, bench->quick ? 1000 : TFS_LATENCIES_MOST);
}
