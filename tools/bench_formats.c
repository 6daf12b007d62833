/* Benchmark: files of other syntaxes, copied into the store and shown, beside the programs that
 * convert them to N-Triples. */
#include "tools/bench_data.h"
#include "tools/bench_room.h"

struct format {
    const char *row; /* what the names of its rows begin with */
    const char *name;
    const char *file;
    const char *inside;
    const char *const *convert; /* the peer: reads the file and writes N-Triples */
    double least;               /* of the peer's speed; 0: no bar */
};

/* The store shows the file as it will be copied in. */
static bool make_file(struct tfs_bench *bench, const struct format *format, uint64_t *lines)
{
    return tfs_data_file(bench, "middle.nt", bench->middle) && tfs_data_count("middle.nt", lines) &&
           tfs_room_store(bench, NULL) && TFS_RUN(NULL, NULL, "cp", "middle.nt", "mnt/main/a.nt") &&
           TFS_RUN(NULL, NULL, "mv", "mnt/main/a.nt", format->inside) &&
           TFS_RUN(NULL, NULL, "cp", format->inside, format->file);
}

static struct tfs_row *add_row(struct tfs_bench *bench, const struct format *format,
                               const char *what, const char *done, uint64_t lines)
{
    char name[32];
    snprintf(name, sizeof name, "%s-%s", format->row, what);
    return tfs_report_add(&bench->report, name, TFS_UNIT_PER_SECOND, "%s a %s file of %s triples",
                          done, format->name, tfs_count(lines));
}

static bool time_import(struct tfs_bench *bench, const struct format *format, struct tfs_row *row,
                        uint64_t lines)
{
    struct tfs_run run;
    if (!tfs_room_store(bench, NULL) || !TFS_RUN(NULL, &run, "cp", format->file, format->inside))
        return false;
    tfs_samples_add(&row->ours, (double)lines / run.seconds);
    if (!tfs_program_exists(format->convert[0]))
        return true;
    if (!tfs_run(format->convert, "converted.nt", &run))
        return false;
    tfs_samples_add(&row->peer, (double)lines / run.seconds);
    return tfs_room_remove("converted.nt");
}

/* With a process that has written nothing out yet, but for how large it will be. */
static bool time_show(struct tfs_bench *bench, const struct format *format, struct tfs_row *row,
                      uint64_t lines)
{
    struct tfs_run run;
    if (!tfs_room_remount(bench) || !TFS_RUN(NULL, &run, "cat", format->inside))
        return false;
    tfs_samples_add(&row->ours, (double)lines / run.seconds);
    return true;
}

static bool measure(struct tfs_bench *bench, const struct format *format)
{
    uint64_t lines;
    if (!make_file(bench, format, &lines))
        return false;
    struct tfs_row *in = add_row(bench, format, "import", "cp until closed of", lines);
    struct tfs_row *out = add_row(bench, format, "show", "cat after a new mount of", lines);
    snprintf(in->peer_name, sizeof in->peer_name, "%s to N-Triples", format->convert[0]);
    if (!tfs_program_exists(format->convert[0]))
        snprintf(in->note, sizeof in->note, "%s is not installed", format->convert[0]);
    if (format->least > 0)
        in->bars[0] = (struct tfs_bar){TFS_RATIO_AT_LEAST, format->least};
    out->bars[0] = (struct tfs_bar){TFS_OURS_AT_LEAST, 1e6};
    tfs_bench_progress("%s", in->what);
    for (unsigned run = 0; run < bench->runs; run++)
        if (!time_import(bench, format, in, lines) || !time_show(bench, format, out, lines))
            return false;
    return tfs_room_remove(format->file);
}

bool tfs_bench_formats(struct tfs_bench *bench)
{
    static const char *const serdi[] = {"serdi",    "-i",        "turtle", "-o",
                                        "ntriples", "shown.ttl", NULL};
    static const char *const rapper[] = {"rapper", "-q",       "-i",        "rdfxml",
                                         "-o",     "ntriples", "shown.rdf", NULL};
    static const struct format formats[] = {
        {"turtle", "Turtle", "shown.ttl", "mnt/main/shown.ttl", serdi, 0.8},
        {"rdfxml", "RDF/XML", "shown.rdf", "mnt/main/shown.rdf", rapper, 0},
    };
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (!measure(bench, &formats[i]))
            return false;
    return true;
}
