#include "tools/bench_report.h"

static void put_string(const char *text, FILE *to)
{
    fputc('"', to);
    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte == '"' || byte == '\\')
            fprintf(to, "\\%c", byte);
        else if (byte < 0x20)
            fprintf(to, "\\u%04x", byte);
        else
            fputc(byte, to);
    }
    fputc('"', to);
}

static void put_field(const char *name, const char *text, FILE *to)
{
    fprintf(to, "\"%s\": ", name);
    put_string(text, to);
}

static void put_samples(const char *name, const struct tfs_samples *samples, FILE *to)
{
    fprintf(to, "\"%s\": {\"median\": %.9g, \"least\": %.9g, \"most\": %.9g, \"runs\": [", name,
            tfs_samples_median(samples), tfs_samples_least(samples), tfs_samples_most(samples));
    for (unsigned i = 0; i < samples->count; i++)
        fprintf(to, "%s%.9g", i ? ", " : "", samples->values[i]);
    fputs("]}", to);
}

static void put_bars(const struct tfs_row *row, FILE *to)
{
    static const char *const kinds[] = {
        [TFS_OURS_AT_MOST] = "at most",          [TFS_OURS_BELOW] = "below",
        [TFS_OURS_AT_LEAST] = "at least",        [TFS_RATIO_AT_MOST] = "ratio at most",
        [TFS_RATIO_AT_LEAST] = "ratio at least",
    };
    fputs("\"bars\": [", to);
    for (unsigned i = 0; i < TFS_BARS_MOST && row->bars[i].kind != TFS_NO_BAR; i++) {
        fprintf(to, "%s{\"kind\": \"%s\", \"value\": %.9g", i ? ", " : "", kinds[row->bars[i].kind],
                row->bars[i].value);
        if (row->ours.count > 0)
            fprintf(to, ", \"met\": %s", tfs_bar_met(row, &row->bars[i]) ? "true" : "false");
        fputc('}', to);
    }
    fputc(']', to);
}

static void put_row(const struct tfs_row *row, FILE *to)
{
    static const char *const units[] = {
        [TFS_UNIT_SECONDS] = "s",
        [TFS_UNIT_BYTES] = "bytes",
        [TFS_UNIT_BYTES_PER_SECOND] = "bytes/s",
        [TFS_UNIT_PER_SECOND] = "triples/s",
        [TFS_UNIT_PER_TRIPLE] = "bytes/triple",
    };
    fputs("    {", to);
    put_field("name", row->name, to);
    fputs(", ", to);
    put_field("what", row->what, to);
    fprintf(to, ", \"unit\": \"%s\", \"measured\": %s", units[row->unit],
            row->ours.count ? "true" : "false");
    if (row->ours.count) {
        fputs(",\n     ", to);
        put_samples("triplefs", &row->ours, to);
    }
    if (row->ours.count && row->peer.count) {
        fputs(",\n     ", to);
        put_field("peer_name", row->peer_name, to);
        fputs(", ", to);
        put_samples("peer", &row->peer, to);
        fprintf(to, ", \"ratio\": %.9g", tfs_samples_ratio(&row->ours, &row->peer));
    }
    fputs(",\n     ", to);
    put_bars(row, to);
    fputs(", ", to);
    put_field("note", row->note, to);
    fputc('}', to);
}

static void put_machine(const struct tfs_machine *machine, FILE *to)
{
    fputs("  \"machine\": {", to);
    put_field("cpu", machine->cpu, to);
    fprintf(to, ", \"cores\": %ld, \"memory_bytes\": %llu, ", machine->cores,
            (unsigned long long)machine->memory_bytes);
    put_field("kernel", machine->kernel, to);
    fputs(", ", to);
    put_field("file_system", machine->file_system, to);
    fputs(", ", to);
    put_field("load", machine->load, to);
    fputs(", ", to);
    put_field("versions", machine->versions, to);
    fputs("},\n", to);
}

bool tfs_report_json(const struct tfs_report *report, FILE *to)
{
    fputs("{\n  ", to);
    put_field("date", report->machine.date, to);
    fputs(",\n  ", to);
    put_field("run", report->run, to);
    fprintf(to, ",\n  \"seconds\": %.1f,\n", report->seconds);
    put_machine(&report->machine, to);
    fputs("  \"rows\": [\n", to);
    for (unsigned i = 0; i < report->count; i++) {
        put_row(&report->rows[i], to);
        fputs(i + 1 < report->count ? ",\n" : "\n", to);
    }
    fputs("  ]\n}\n", to);
    return fflush(to) != EOF && !ferror(to);
}
