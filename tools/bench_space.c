#include "tools/bench_space.h"

#include "tools/bench_data.h"
#include "tools/bench_room.h"

/* HDT's size for LUBM(1), without its index: bytes a triple. */
static const double hdt_lubm1 = 6.1;

/* What a store without any triple takes, mounted once. */
static bool measure_empty(struct tfs_bench *bench, uint64_t *bytes)
{
    static uint64_t known;
    if (known == 0 && tfs_room_store(bench, NULL) && tfs_room_unmount(bench))
        known = tfs_room_disk_bytes("store");
    *bytes = known;
    return known > 0;
}

bool tfs_space_of_store(struct tfs_bench *bench, struct tfs_row *row, const char *file)
{
    uint64_t triples, zstd_bytes, empty;
    bool read = TFS_RUN(NULL, NULL, "cp", file, "canonical.nt") &&
                tfs_data_count("canonical.nt", &triples) &&
                TFS_RUN(NULL, NULL, "zstd", "-3", "--long", "-q", "-f", "canonical.nt", "-o",
                        "canonical.zst") &&
                tfs_room_size("canonical.zst", &zstd_bytes);
    if (!read || !tfs_room_unmount(bench))
        return false;
    uint64_t bytes = tfs_room_disk_bytes("store");
    if (!measure_empty(bench, &empty) || !tfs_room_remove("canonical.nt") ||
        !tfs_room_remove("canonical.zst"))
        return false;
    double per = triples > 0 ? (double)triples : 1;
    tfs_samples_add(&row->ours, ((double)bytes - (double)empty) / per);
    tfs_samples_add(&row->peer, (double)zstd_bytes / per);
    snprintf(row->peer_name, sizeof row->peer_name, "zstd -3 --long");
    if (!row->note[0])
        snprintf(row->note, sizeof row->note,
                 "%s different triples; an empty store's %llu KiB are not counted",
                 tfs_count(triples), (unsigned long long)(empty >> 10));
    return true;
}

static bool measure_lubm1(struct tfs_bench *bench)
{
    struct tfs_row *row = tfs_report_add(&bench->report, "space-lubm1", TFS_UNIT_PER_TRIPLE,
                                         "bytes a triple on disk, data of LUBM(1)'s shape and size "
                                         "(HDT: %.1f for LUBM(1))",
                                         hdt_lubm1);
    row->bars[0] = (struct tfs_bar){TFS_OURS_BELOW, hdt_lubm1};
    tfs_bench_progress("%s", row->what);
    return tfs_data_file(bench, "lubm1.nt", TFS_LUBM1_LINES) && tfs_room_store(bench, NULL) &&
           TFS_RUN(NULL, NULL, "cp", "lubm1.nt", "mnt/main/lubm1.nt") &&
           tfs_space_of_store(bench, row, "mnt/main/lubm1.nt");
}

static bool measure_large(struct tfs_bench *bench)
{
    struct tfs_row *row = tfs_report_add(&bench->report, "space-large", TFS_UNIT_PER_TRIPLE,
                                         "bytes a triple on disk, the large file");
    tfs_bench_progress("%s", row->what);
    return tfs_data_large_store(bench) && tfs_room_store(bench, "large.store") &&
           tfs_space_of_store(bench, row, "mnt/main/large.nt");
}

static bool measure_nomisma(struct tfs_bench *bench)
{
    struct tfs_row *row = tfs_report_add(&bench->report, "space-nomisma", TFS_UNIT_PER_TRIPLE,
                                         "bytes a triple on disk, nomisma.org's coins (real data)");
    bool found;
    if (!tfs_data_nomisma(bench, &found))
        return false;
    if (!found) {
        snprintf(row->note, sizeof row->note,
                 "needs the environment's TRIPLEFS_DATA, a folder with graphs/nomisma.nt.zst");
        return true;
    }
    tfs_bench_progress("%s", row->what);
    return tfs_room_store(bench, NULL) &&
           TFS_RUN(NULL, NULL, "cp", "nomisma.nt", "mnt/main/nomisma.nt") &&
           tfs_space_of_store(bench, row, "mnt/main/nomisma.nt");
}

bool tfs_bench_space(struct tfs_bench *bench)
{
    return measure_lubm1(bench) && measure_large(bench) && measure_nomisma(bench);
}
