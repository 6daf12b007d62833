/* Benchmark: merges and differences of large changes, and merges of small ones in files of
 * different sizes. */
#include "tools/bench_changes.h"
#include "tools/bench_control.h"
#include "tools/bench_data.h"
#include "tools/bench_room.h"

#include <errno.h>
#include <string.h>

/* Branches `ours` and `theirs` of main, whose file has become what the files ours.nt and theirs.nt
 * hold; all is committed. */
static bool make_sides(const char *file)
{
    char to[2][64];
    snprintf(to[0], sizeof to[0], "mnt/ours/%s", file);
    snprintf(to[1], sizeof to[1], "mnt/theirs/%s", file);
    return tfs_bench_control("mnt/main/.branch/commit", "base", 0, NULL) &&
           tfs_bench_fork("main", "ours") && tfs_bench_fork("main", "theirs") &&
           TFS_RUN(NULL, NULL, "cp", "ours.nt", to[0]) &&
           TFS_RUN(NULL, NULL, "cp", "theirs.nt", to[1]) &&
           tfs_bench_control("mnt/ours/.branch/commit", "ours", 0, NULL) &&
           tfs_bench_control("mnt/theirs/.branch/commit", "theirs", 0, NULL);
}

/* Adds the engine to the row's note, as a merge's report says it. */
static void note_engine(struct tfs_row *row, const char *report)
{
    static const char key[] = "engine ";
    char line[256];
    size_t used = strlen(row->note);
    FILE *file = fopen(report, "re");
    while (file && fgets(line, sizeof line, file)) {
        if (strncmp(line, key, sizeof key - 1) != 0)
            continue;
        line[strcspn(line, "\n")] = '\0';
        snprintf(row->note + used, sizeof row->note - used, "%s%s", used ? "; " : "", line);
        break;
    }
    if (file)
        (void)fclose(file);
}

/* Merges theirs into a fork of ours, again and again. refusal: what each is to end with. changes:
 * to tell how many of them a second; 0: tells the seconds. */
static bool time_merges(struct tfs_bench *bench, struct tfs_row *row, int refusal, uint64_t changes)
{
    for (unsigned run = 0; run <= bench->runs; run++) {
        char name[32], merge[64];
        double seconds;
        snprintf(name, sizeof name, "merged%u", run);
        snprintf(merge, sizeof merge, "mnt/%s/.branch/merge", name);
        if (!tfs_bench_fork("ours", name) || !tfs_bench_control(merge, "theirs", refusal, &seconds))
            return false;
        if (run == 0)
            note_engine(row, merge);
        if (!tfs_bench_discard(name))
            return false;
        if (run > 0) /* the first is to warm up */
            tfs_samples_add(&row->ours, changes ? (double)changes / seconds : seconds);
    }
    return true;
}

static bool time_diffs(struct tfs_bench *bench, struct tfs_row *row)
{
    for (unsigned run = 0; run <= bench->runs; run++) {
        double seconds;
        if (!tfs_bench_read_all("mnt/ours/.branch/diff/main", &seconds))
            return false;
        if (run > 0)
            tfs_samples_add(&row->ours, seconds);
    }
    return true;
}

/* Copies of `name`.nt that differ from it, in the store `name`.store. */
static bool prepare(struct tfs_bench *bench, const char *name, const struct tfs_changes *changes)
{
    char file[32], store[32], inside[64];
    snprintf(file, sizeof file, "%s.nt", name);
    snprintf(store, sizeof store, "%s.store", name);
    snprintf(inside, sizeof inside, "mnt/main/%s", file);
    return tfs_room_store(bench, store) && TFS_RUN(NULL, NULL, "cp", inside, "sorted.nt") &&
           tfs_changes_make(changes, "sorted.nt", "ours.nt", "theirs.nt") &&
           tfs_room_remove("sorted.nt") && make_sides(file) && tfs_room_remove("ours.nt") &&
           tfs_room_remove("theirs.nt");
}

static bool merge_disjoint(struct tfs_bench *bench)
{
    struct tfs_changes changes = {bench->middle, bench->middle * 3 / 20, 0, bench->seed};
    struct tfs_row *row = tfs_report_add(&bench->report, "merge-disjoint", TFS_UNIT_SECONDS,
                                         "merge %s random changes on %s lines",
                                         tfs_count(2 * changes.a_side), tfs_count(bench->middle));
    row->bars[0] = (struct tfs_bar){TFS_OURS_AT_MOST, 0.1};
    snprintf(row->note, sizeof row->note,
             "half of them on each side, no line on both; published: 491 ms (prolly trees on "
             "SQLite), 2,464 ms (Dolt)");
    tfs_bench_progress("%s", row->what);
    return prepare(bench, "middle", &changes) && time_merges(bench, row, 0, 0);
}

/* Of so many changes that little but reading and comparing them counts. What a branch may carry on
 * top of a text is bounded by the memory that it is given. */
static bool merge_large(struct tfs_bench *bench)
{
    enum { LEAST = 5000000 };
    struct tfs_changes changes = {bench->large, bench->large / 5 * 2, 0, bench->seed};
    if (bench->large < LEAST)
        return true;
    struct tfs_row *row = tfs_report_add(&bench->report, "merge-large", TFS_UNIT_PER_SECOND,
                                         "merge %s random changes on %s lines, changes a second",
                                         tfs_count(2 * changes.a_side), tfs_count(bench->large));
    row->bars[0] = (struct tfs_bar){TFS_OURS_AT_LEAST, 10e6};
    snprintf(row->note, sizeof row->note,
             "half of them on each side, no line on both; mounted with memory=4G");
    tfs_bench_progress("%s", row->what);
    bench->mount_options = "memory=4G";
    bool done = prepare(bench, "large", &changes);
    bench->mount_options = NULL;
    return done && time_merges(bench, row, 0, 2 * changes.a_side);
}

static bool diff_large(struct tfs_bench *bench)
{
    struct tfs_changes changes = {bench->middle, bench->middle * 3 / 10, 0, bench->seed};
    struct tfs_row *row = tfs_report_add(&bench->report, "diff", TFS_UNIT_SECONDS,
                                         "read diff/main: %s random changes on %s lines",
                                         tfs_count(changes.a_side), tfs_count(bench->middle));
    row->bars[0] = (struct tfs_bar){TFS_OURS_AT_MOST, 0.1};
    snprintf(row->note, sizeof row->note, "published: 224 ms (the best peer that we know)");
    tfs_bench_progress("%s", row->what);
    return prepare(bench, "middle", &changes) && time_diffs(bench, row);
}

static bool merge_conflicts(struct tfs_bench *bench)
{
    struct tfs_changes changes = {bench->large, bench->large / 10, bench->large / 1000,
                                  bench->seed};
    struct tfs_row *row = tfs_report_add(
        &bench->report, "merge-conflicts", TFS_UNIT_SECONDS,
        "merge %s changes a side on %s lines, %s slots in conflict", tfs_count(changes.a_side),
        tfs_count(bench->large), tfs_count(changes.conflicts));
    row->bars[0] = (struct tfs_bar){TFS_OURS_BELOW, 1};
    snprintf(row->note, sizeof row->note, "until the merge waits with its conflicts as files");
    tfs_bench_progress("%s", row->what);
    return prepare(bench, "large", &changes) && time_merges(bench, row, ECANCELED, 0);
}

/* Ten lines a side, appended and removed, as people do. */
static bool merge_small(struct tfs_bench *bench, const char *name, uint64_t lines,
                        struct tfs_row **to)
{
    struct tfs_changes changes = {lines, 10, 0, bench->seed};
    char row_name[32];
    snprintf(row_name, sizeof row_name, "merge-small-%s", name);
    struct tfs_row *row =
        tfs_report_add(&bench->report, row_name, TFS_UNIT_SECONDS,
                       "merge about 10 changes a side on %s lines", tfs_count(lines));
    row->bars[0] = (struct tfs_bar){TFS_OURS_AT_MOST, 5e-3};
    tfs_bench_progress("%s", row->what);
    *to = row;
    return prepare(bench, name, &changes) && time_merges(bench, row, 0, 0);
}

bool tfs_bench_merge(struct tfs_bench *bench)
{
    struct tfs_row *middle, *large;
    if (!tfs_data_middle_store(bench) || !tfs_data_large_store(bench) || !merge_disjoint(bench) ||
        !diff_large(bench) || !merge_small(bench, "middle", bench->middle, &middle) ||
        !merge_small(bench, "large", bench->large, &large))
        return false;
    large->peer = middle->ours;
    snprintf(large->peer_name, sizeof large->peer_name, "%s lines", tfs_count(bench->middle));
    large->bars[1] = (struct tfs_bar){TFS_RATIO_AT_MOST, 2};
    return merge_conflicts(bench) && merge_large(bench);
}
