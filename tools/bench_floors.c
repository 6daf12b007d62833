/* Benchmark: what nothing in a mount can be faster than, on this machine. */
#include "branchcore/memory.h"
#include "tools/bench_room.h"
#include "tools/say.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A name that nobody asked for before costs one question to the serving process and one answer. */
static bool time_lookups(const char *folder, unsigned calls, unsigned *serial,
                         struct tfs_samples *to)
{
    static struct tfs_latencies latencies;
    latencies.count = 0;
    for (unsigned i = 0; i < calls; i++) {
        char name[64];
        struct stat about;
        snprintf(name, sizeof name, "%s/nothing%u", folder, ++*serial);
        double start = tfs_clock();
        if (stat(name, &about) == 0 || errno != ENOENT || tfs_bench_interrupted()) {
            tfs_say("cannot look for %s: %s", name, strerror(errno));
            return false;
        }
        tfs_latencies_add(&latencies, tfs_clock() - start);
    }
    tfs_samples_add(to, tfs_latencies_quantile(&latencies, 0.5));
    return true;
}

static bool measure_lookups(struct tfs_bench *bench)
{
    struct tfs_row *row = tfs_report_add(&bench->report, "floor-lookup", TFS_UNIT_SECONDS,
                                         "one round trip: stat of a name that is not there");
    snprintf(row->peer_name, sizeof row->peer_name, "native");
    tfs_bench_progress("%s", row->what);
    unsigned serial = 0;
    struct tfs_samples warm_up = {0};
    if (!tfs_room_store(bench, NULL) || !time_lookups("mnt/main", 200, &serial, &warm_up))
        return false;
    for (unsigned run = 0; run < bench->runs; run++)
        if (!time_lookups(".", 1000, &serial, &row->peer) ||
            !time_lookups("mnt/main", 1000, &serial, &row->ours))
            return false;
    return true;
}

static bool measure_copy(struct tfs_bench *bench)
{
    enum { SIZE = 256 << 20 };
    struct tfs_row *row = tfs_report_add(&bench->report, "floor-copy", TFS_UNIT_BYTES_PER_SECOND,
                                         "memcpy of 256 MiB, one core");
    char *from = bc_alloc(SIZE);
    char *to = bc_alloc(SIZE);
    bool good = from && to;
    for (unsigned run = 0; run <= bench->runs && good; run++) {
        memset(from, (int)run, SIZE);
        double start = tfs_clock();
        memcpy(to, from, SIZE);
        __asm__ volatile("" : : "r"(to) : "memory"); /* or the copy is never made */
        if (run > 0)
            tfs_samples_add(&row->ours, SIZE / (tfs_clock() - start));
    }
    bc_free(from);
    bc_free(to);
    if (!good)
        tfs_say("cannot measure copying: %s", bc_status_text(BC_NO_MEMORY));
    return good;
}

static bool measure_sync(struct tfs_bench *bench)
{
    enum { CALLS = 50 };
    struct tfs_row *row = tfs_report_add(&bench->report, "floor-sync", TFS_UNIT_SECONDS,
                                         "write of 4 KiB and fdatasync, native file system");
    static struct tfs_latencies latencies;
    static const char block[4096];
    int file = open("synced", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    bool good = file >= 0;
    for (unsigned run = 0; run < bench->runs && good; run++) {
        latencies.count = 0;
        for (unsigned i = 0; i < CALLS && good; i++) {
            double start = tfs_clock();
            good = write(file, block, sizeof block) == sizeof block && fdatasync(file) == 0;
            tfs_latencies_add(&latencies, tfs_clock() - start);
        }
        if (good)
            tfs_samples_add(&row->ours, tfs_latencies_quantile(&latencies, 0.5));
    }
    if (!good)
        tfs_say("cannot write a file: %s", strerror(errno));
    if (file >= 0)
        close(file);
    return good;
}

bool tfs_bench_floors(struct tfs_bench *bench)
{
    return measure_lookups(bench) && measure_copy(bench) && measure_sync(bench);
}
