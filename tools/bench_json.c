#include "tools/bench_report.h"
#include "tools/json.h"

static void set_string(json_t *object, const char *name, const char *text)
{
    tfs_json_set(object, name, tfs_json_string(text));
}

static json_t *samples_json(const struct tfs_samples *samples)
{
    json_t *object = tfs_json_object(), *runs = tfs_json_array();
    tfs_json_set(object, "median", tfs_json_real(tfs_samples_median(samples)));
    tfs_json_set(object, "least", tfs_json_real(tfs_samples_least(samples)));
    tfs_json_set(object, "most", tfs_json_real(tfs_samples_most(samples)));
    for (unsigned i = 0; i < samples->count; i++)
        tfs_json_add(runs, tfs_json_real(samples->values[i]));
    tfs_json_set(object, "runs", runs);
    return object;
}

static json_t *bars_json(const struct tfs_row *row)
{
    static const char *const kinds[] = {
        [TFS_OURS_AT_MOST] = "at most",          [TFS_OURS_BELOW] = "below",
        [TFS_OURS_AT_LEAST] = "at least",        [TFS_RATIO_AT_MOST] = "ratio at most",
        [TFS_RATIO_AT_LEAST] = "ratio at least",
    };
    json_t *bars = tfs_json_array();
    for (unsigned i = 0; i < TFS_BARS_MOST && row->bars[i].kind != TFS_NO_BAR; i++) {
        json_t *bar = tfs_json_object();
        set_string(bar, "kind", kinds[row->bars[i].kind]);
        tfs_json_set(bar, "value", tfs_json_real(row->bars[i].value));
        if (row->ours.count > 0)
            tfs_json_set(bar, "met", json_boolean(tfs_bar_met(row, &row->bars[i])));
        tfs_json_add(bars, bar);
    }
    return bars;
}

static json_t *row_json(const struct tfs_row *row)
{
    static const char *const units[] = {
        [TFS_UNIT_SECONDS] = "s",
        [TFS_UNIT_BYTES] = "bytes",
        [TFS_UNIT_BYTES_PER_SECOND] = "bytes/s",
        [TFS_UNIT_PER_SECOND] = "triples/s",
        [TFS_UNIT_PER_TRIPLE] = "bytes/triple",
    };
    json_t *object = tfs_json_object();
    set_string(object, "name", row->name);
    set_string(object, "what", row->what);
    set_string(object, "unit", units[row->unit]);
    tfs_json_set(object, "measured", json_boolean(row->ours.count > 0));
    if (row->ours.count)
        tfs_json_set(object, "triplefs", samples_json(&row->ours));
    if (row->ours.count && row->peer.count) {
        set_string(object, "peer_name", row->peer_name);
        tfs_json_set(object, "peer", samples_json(&row->peer));
        tfs_json_set(object, "ratio", tfs_json_real(tfs_samples_ratio(&row->ours, &row->peer)));
    }
    tfs_json_set(object, "bars", bars_json(row));
    set_string(object, "note", row->note);
    return object;
}

static json_t *machine_json(const struct tfs_machine *machine)
{
    json_t *object = tfs_json_object();
    set_string(object, "cpu", machine->cpu);
    tfs_json_set(object, "cores", tfs_json_count((uint64_t)machine->cores));
    tfs_json_set(object, "memory_bytes", tfs_json_count(machine->memory_bytes));
    set_string(object, "kernel", machine->kernel);
    set_string(object, "file_system", machine->file_system);
    set_string(object, "load", machine->load);
    set_string(object, "versions", machine->versions);
    return object;
}

bool tfs_report_json(const struct tfs_report *report, FILE *to)
{
    json_t *object = tfs_json_object(), *rows = tfs_json_array();
    set_string(object, "date", report->machine.date);
    set_string(object, "run", report->run);
    tfs_json_set(object, "seconds", tfs_json_real(report->seconds));
    tfs_json_set(object, "machine", machine_json(&report->machine));
    for (unsigned i = 0; i < report->count; i++)
        tfs_json_add(rows, row_json(&report->rows[i]));
    tfs_json_set(object, "rows", rows);
    return tfs_json_print(object, to);
}
