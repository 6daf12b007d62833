/* Benchmark: a folder of many files. */
#include "tools/bench_data.h"
#include "tools/bench_room.h"
#include "tools/say.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static bool make_folder(unsigned files)
{
    if (mkdir("folder", 0755) != 0) {
        tfs_say("cannot make a folder: %s", strerror(errno));
        return false;
    }
    for (unsigned i = 0; i < files; i++) {
        char name[48];
        snprintf(name, sizeof name, "folder/record%05u.nt", i);
        FILE *to = fopen(name, "we");
        bool good = to && fprintf(to,
                                  "<http://example.org/record%u> "
                                  "<http://purl.org/dc/terms/title> \"Record %u\" .\n",
                                  i, i) > 0;
        if (to && fclose(to) != 0)
            good = false;
        if (good)
            continue;
        tfs_say("cannot write %s: %s", name, strerror(errno));
        return false;
    }
    return true;
}

static bool time_call(struct tfs_samples *to, const char *const *arguments)
{
    struct tfs_run run;
    if (!tfs_run(arguments, NULL, &run))
        return false;
    tfs_samples_add(to, run.seconds);
    return true;
}

static bool time_cold_list(struct tfs_samples *to, const char *folder)
{
    return tfs_room_drop_caches(NULL) &&
           time_call(to, (const char *const[]){"ls", "-l", folder, NULL});
}

static bool measure_copy(struct tfs_bench *bench, unsigned files)
{
    struct tfs_row *row = tfs_report_add(&bench->report, "folder-copy", TFS_UNIT_SECONDS,
                                         "cp -r of a folder of %s small files", tfs_count(files));
    snprintf(row->peer_name, sizeof row->peer_name, "native");
    tfs_bench_progress("%s", row->what);
    return tfs_room_store(bench, NULL) &&
           time_call(&row->peer, (const char *const[]){"cp", "-r", "folder", "copied", NULL}) &&
           time_call(&row->ours, (const char *const[]){"cp", "-r", "folder", "mnt/main/", NULL}) &&
           tfs_room_remove("copied");
}

bool tfs_bench_list(struct tfs_bench *bench)
{
    unsigned files = bench->quick ? 2000 : 20000;
    if (!make_folder(files) || !measure_copy(bench, files))
        return false;
    struct tfs_row *row = tfs_report_add(&bench->report, "folder-list", TFS_UNIT_SECONDS,
                                         "ls -l of a folder of %s files, cold", tfs_count(files));
    snprintf(row->peer_name, sizeof row->peer_name, "native");
    row->bars[0] = (struct tfs_bar){TFS_RATIO_AT_MOST, 3};
    if (!tfs_room_may_drop()) {
        snprintf(row->note, sizeof row->note,
                 "the native file system's names and attributes can be dropped from memory by root "
                 "alone");
        return true;
    }
    tfs_bench_progress("%s", row->what);
    for (unsigned run = 0; run < bench->runs; run++)
        if (!time_cold_list(&row->peer, "folder") || !tfs_room_remount(bench) ||
            !time_cold_list(&row->ours, "mnt/main/folder"))
            return false;
    return tfs_room_remove("folder");
}
