/* Benchmark: copying triple files into the store, beside tools that read the same files. */
#include "tools/bench_data.h"
#include "tools/bench_room.h"
#include "tools/bench_space.h"
#include "tools/say.h"

#include <string.h>

enum { BAR_LINES = 10000000 }; /* in fewer, what any import costs counts more than the lines */

struct import {
    const char *file;
    const char *inside;
    uint64_t lines;
    struct tfs_row *speed;
    struct tfs_row *memory;
    struct tfs_samples cpu;      /* seconds, of cp and of the serving process */
    struct tfs_samples peer_cpu; /* of sort */
};

static bool copy_in(struct tfs_bench *bench, struct import *import)
{
    struct tfs_run run;
    double peak, before, after;
    if (!tfs_room_store(bench, NULL))
        return false;
    tfs_room_disk_bytes("."); /* nothing that others wrote is under way */
    if (!tfs_room_cpu(&before) || !TFS_RUN(NULL, &run, "cp", import->file, import->inside) ||
        !tfs_room_cpu(&after) || !tfs_room_memory("VmHWM", &peak))
        return false;
    tfs_samples_add(&import->cpu, after - before + run.cpu_seconds);
    tfs_samples_add(&import->speed->ours, (double)import->lines / run.seconds);
    tfs_samples_add(&import->memory->ours, peak);
    return true;
}

static bool sort_beside(struct import *import)
{
    struct tfs_run run;
    if (!TFS_RUN(NULL, &run, "sort", "-u", "-S", "512M", "-T", ".", "-o", "sorted.nt",
                 import->file))
        return false;
    tfs_samples_add(&import->speed->peer, (double)import->lines / run.seconds);
    tfs_samples_add(&import->memory->peer, (double)run.peak_bytes);
    tfs_samples_add(&import->peer_cpu, run.cpu_seconds);
    return tfs_room_remove("sorted.nt");
}

static bool import_by_turns(struct tfs_bench *bench, struct import *import)
{
    snprintf(import->speed->peer_name, sizeof import->speed->peer_name, "sort -u -S 512M");
    snprintf(import->memory->peer_name, sizeof import->memory->peer_name, "sort -u -S 512M");
    for (unsigned run = 0; run < bench->runs; run++)
        if (!sort_beside(import) || !copy_in(bench, import))
            return false;
    snprintf(import->speed->note, sizeof import->speed->note,
             "%.2f s of processor time (cp and the serving process); sort: %.2f s",
             tfs_samples_median(&import->cpu), tfs_samples_median(&import->peer_cpu));
    return true;
}

/* A parser reads the file and writes it to /dev/null: less work than an import, for comparison. */
static bool parser_beside(struct tfs_bench *bench, const struct import *import, const char *name,
                          const char *const *arguments)
{
    struct tfs_row *row =
        tfs_report_add(&bench->report, name, TFS_UNIT_PER_SECOND,
                       "the same beside %s, which only reads and writes the lines", arguments[0]);
    snprintf(row->peer_name, sizeof row->peer_name, "%s", arguments[0]);
    if (!tfs_program_exists(arguments[0])) {
        snprintf(row->note, sizeof row->note, "%s is not installed", arguments[0]);
        return true;
    }
    struct tfs_run run;
    tfs_bench_progress("%s", row->what);
    if (!tfs_run(arguments, NULL, &run))
        return false;
    tfs_samples_add(&row->peer, (double)import->lines / run.seconds);
    row->ours = import->speed->ours;
    return true;
}

bool tfs_bench_import(struct tfs_bench *bench)
{
    struct import import = {.file = "large.nt", .inside = "mnt/main/large.nt"};
    if (!tfs_data_file(bench, import.file, bench->large) ||
        !tfs_data_count(import.file, &import.lines))
        return false;
    import.speed = tfs_report_add(&bench->report, "import", TFS_UNIT_PER_SECOND,
                                  "cp of %s unsorted lines into the mount until closed",
                                  tfs_count(import.lines));
    if (import.lines >= BAR_LINES)
        import.speed->bars[0] = (struct tfs_bar){TFS_OURS_AT_LEAST, 2e6};
    import.memory = tfs_report_add(&bench->report, "import-memory", TFS_UNIT_BYTES,
                                   "peak resident memory of the serving process over it");
    import.memory->bars[0] = (struct tfs_bar){TFS_OURS_AT_MOST, 768 << 20};
    tfs_bench_progress("%s", import.speed->what);
    if (!import_by_turns(bench, &import) || !tfs_room_keep(bench, "large.store"))
        return false;
    return parser_beside(bench, &import, "import-serdi",
                         (const char *const[]){"serdi", "-i", "ntriples", "-o", "ntriples",
                                               import.file, NULL}) &&
           parser_beside(bench, &import, "import-rapper",
                         (const char *const[]){"rapper", "-q", "-i", "ntriples", "-o", "ntriples",
                                               import.file, NULL});
}

static bool measure_file(struct tfs_bench *bench, const char *file, int number)
{
    char name[32], inside[32];
    const char *shown = strrchr(file, '/');
    shown = shown ? shown + 1 : file;
    snprintf(inside, sizeof inside, "mnt/main/file%s", strrchr(shown, '.'));
    struct import import = {.file = file, .inside = inside};
    if (!tfs_data_count(file, &import.lines))
        return false;
    snprintf(name, sizeof name, "file%d-import", number);
    import.speed =
        tfs_report_add(&bench->report, name, TFS_UNIT_PER_SECOND,
                       "cp of %.60s (%s lines) into the mount", shown, tfs_count(import.lines));
    snprintf(name, sizeof name, "file%d-memory", number);
    import.memory = tfs_report_add(&bench->report, name, TFS_UNIT_BYTES,
                                   "peak resident memory of the serving process over it");
    snprintf(name, sizeof name, "file%d-space", number);
    struct tfs_row *space = tfs_report_add(&bench->report, name, TFS_UNIT_PER_TRIPLE,
                                           "bytes a triple on disk of %.60s", shown);
    tfs_bench_progress("%s", import.speed->what);
    return import_by_turns(bench, &import) && tfs_space_of_store(bench, space, inside);
}

bool tfs_bench_files(struct tfs_bench *bench)
{
    for (int i = 0; i < bench->file_count; i++)
        if (!measure_file(bench, bench->files[i], i + 1))
            return false;
    return true;
}
