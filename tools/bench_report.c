#include "tools/bench_report.h"

#include "tools/size.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

struct tfs_row *tfs_report_add(struct tfs_report *report, const char *name, enum tfs_unit unit,
                               const char *format, ...)
{
    assert(report->count < TFS_ROWS_MOST);
    struct tfs_row *row = &report->rows[report->count++];
    *row = (struct tfs_row){.unit = unit};
    snprintf(row->name, sizeof row->name, "%s", name);
    va_list values;
    va_start(values, format);
    vsnprintf(row->what, sizeof row->what, format, values);
    va_end(values);
    return row;
}

bool tfs_bar_met(const struct tfs_row *row, const struct tfs_bar *bar)
{
    double ours = tfs_samples_median(&row->ours);
    double ratio = tfs_samples_ratio(&row->ours, &row->peer);
    switch (bar->kind) {
    case TFS_OURS_AT_MOST:
        return ours <= bar->value;
    case TFS_OURS_BELOW:
        return ours < bar->value;
    case TFS_OURS_AT_LEAST:
        return ours >= bar->value;
    case TFS_RATIO_AT_MOST:
        return ratio <= bar->value;
    case TFS_RATIO_AT_LEAST:
        return ratio >= bar->value;
    case TFS_NO_BAR:
        break;
    }
    return true;
}

const char *tfs_count(uint64_t count)
{
    static char ring[4][32];
    static unsigned next;
    char *text = ring[next++ % 4];
    tfs_count_format(count, text);
    return text;
}

struct scale {
    double from; /* values of at least this */
    double unit;
    const char *name;
};

static const struct scale *scales_of(enum tfs_unit unit)
{
    static const struct scale seconds[] = {
        {1, 1, "s"}, {1e-3, 1e-3, "ms"}, {1e-6, 1e-6, "µs"}, {0, 1e-9, "ns"}};
    static const struct scale bytes[] = {
        {1 << 30, 1 << 30, "GiB"}, {1 << 20, 1 << 20, "MiB"}, {0, 1 << 10, "KiB"}};
    static const struct scale speed[] = {{1e9, 1e9, "GB/s"}, {0, 1e6, "MB/s"}};
    static const struct scale rate[] = {{1e5, 1e6, "M/s"}, {0, 1e3, "k/s"}};
    static const struct scale plain[] = {{0, 1, "B"}};
    switch (unit) {
    case TFS_UNIT_SECONDS:
        return seconds;
    case TFS_UNIT_BYTES:
        return bytes;
    case TFS_UNIT_BYTES_PER_SECOND:
        return speed;
    case TFS_UNIT_PER_SECOND:
        return rate;
    case TFS_UNIT_PER_TRIPLE:
        break;
    }
    return plain;
}

void tfs_unit_format(enum tfs_unit unit, double value, char to[32])
{
    const struct scale *scale = scales_of(unit);
    while (value < scale->from)
        scale++;
    double shown = value / scale->unit;
    snprintf(to, 32, "%.*f %s", shown < 10 ? 2 : shown < 100 ? 1 : 0, shown, scale->name);
}

void tfs_bar_format(const struct tfs_row *row, const struct tfs_bar *bar, char to[48])
{
    char value[32];
    snprintf(value, sizeof value, "%.2f ×", bar->value);
    if (bar->kind != TFS_RATIO_AT_MOST && bar->kind != TFS_RATIO_AT_LEAST)
        tfs_unit_format(row->unit, bar->value, value);
    const char *sign = "";
    if (bar->kind == TFS_OURS_AT_MOST || bar->kind == TFS_RATIO_AT_MOST)
        sign = "≤ ";
    else if (bar->kind == TFS_OURS_AT_LEAST || bar->kind == TFS_RATIO_AT_LEAST)
        sign = "≥ ";
    else if (bar->kind == TFS_OURS_BELOW)
        sign = "< ";
    snprintf(to, 48, "%s%s", sign, bar->kind == TFS_NO_BAR ? "" : value);
}

enum { COLUMNS = 8, CELL_ROOM = 160 };

struct cells {
    char text[COLUMNS][CELL_ROOM];
};

static void put_spread(const struct tfs_row *row, char to[CELL_ROOM])
{
    char least[32], most[32];
    if (row->ours.count < 2)
        return;
    tfs_unit_format(row->unit, tfs_samples_least(&row->ours), least);
    tfs_unit_format(row->unit, tfs_samples_most(&row->ours), most);
    snprintf(to, CELL_ROOM, "%s – %s", least, most);
}

static void put_bars(const struct tfs_row *row, struct cells *cells)
{
    bool met = true;
    for (unsigned i = 0; i < TFS_BARS_MOST && row->bars[i].kind != TFS_NO_BAR; i++) {
        char bar[48];
        tfs_bar_format(row, &row->bars[i], bar);
        size_t used = strlen(cells->text[6]);
        snprintf(cells->text[6] + used, CELL_ROOM - used, "%s%s", i ? ", " : "", bar);
        met = met && tfs_bar_met(row, &row->bars[i]);
    }
    if (row->bars[0].kind != TFS_NO_BAR && row->ours.count > 0)
        snprintf(cells->text[7], CELL_ROOM, "%s", met ? "yes" : "no");
}

static struct cells cells_of(const struct tfs_row *row)
{
    struct cells cells = {0};
    char value[32];
    snprintf(cells.text[0], CELL_ROOM, "%s", row->name);
    snprintf(cells.text[1], CELL_ROOM, "%s", row->what);
    put_bars(row, &cells);
    if (row->ours.count == 0) {
        snprintf(cells.text[2], CELL_ROOM, "not measured");
        return cells;
    }
    tfs_unit_format(row->unit, tfs_samples_median(&row->ours), value);
    snprintf(cells.text[2], CELL_ROOM, "%s", value);
    put_spread(row, cells.text[3]);
    if (row->peer.count > 0) {
        tfs_unit_format(row->unit, tfs_samples_median(&row->peer), value);
        snprintf(cells.text[4], CELL_ROOM, "%s: %s", row->peer_name, value);
        double ratio = tfs_samples_ratio(&row->ours, &row->peer);
        snprintf(cells.text[5], CELL_ROOM, "%.*f", ratio < 0.1 ? 4 : 2, ratio);
    }
    return cells;
}

/* Characters, not bytes, so that columns line up. */
static int width_of(const char *text)
{
    int width = 0;
    for (; *text; text++)
        width += (*text & 0xc0) != 0x80;
    return width;
}

static void put_line(const struct cells *cells, const int widths[COLUMNS], FILE *to)
{
    for (int i = 0; i < COLUMNS; i++)
        fprintf(to, "| %s%*s ", cells->text[i], widths[i] - width_of(cells->text[i]), "");
    fputs("|\n", to);
}

static void put_rule(const int widths[COLUMNS], FILE *to)
{
    for (int i = 0; i < COLUMNS; i++) {
        fputs("| ", to);
        for (int k = 0; k < widths[i]; k++)
            fputc('-', to);
        fputc(' ', to);
    }
    fputs("|\n", to);
}

static void put_machine(const struct tfs_report *report, FILE *to)
{
    const struct tfs_machine *machine = &report->machine;
    char memory[32];
    tfs_unit_format(TFS_UNIT_BYTES, (double)machine->memory_bytes, memory);
    fprintf(to, "%s, %s, %ld cores, %s memory, Linux %s, %s; load before: %s\n", machine->date,
            machine->cpu, machine->cores, memory, machine->kernel, machine->file_system,
            machine->load);
    fprintf(to, "%s\n%s; took %.0f s\n\n", machine->versions, report->run, report->seconds);
}

static void put_notes(const struct tfs_report *report, FILE *to)
{
    bool first = true;
    for (unsigned i = 0; i < report->count; i++) {
        if (!report->rows[i].note[0])
            continue;
        fprintf(to, "%s- %s: %s\n", first ? "\n" : "", report->rows[i].name, report->rows[i].note);
        first = false;
    }
}

bool tfs_report_table(const struct tfs_report *report, FILE *to)
{
    static const struct cells head = {{"row", "what", "triplefs (median)", "least – most",
                                       "beside it (median)", "ratio", "bar", "met"}};
    int widths[COLUMNS];
    for (int i = 0; i < COLUMNS; i++)
        widths[i] = width_of(head.text[i]);
    for (unsigned r = 0; r < report->count; r++) {
        struct cells cells = cells_of(&report->rows[r]);
        for (int i = 0; i < COLUMNS; i++)
            if (width_of(cells.text[i]) > widths[i])
                widths[i] = width_of(cells.text[i]);
    }
    put_machine(report, to);
    put_line(&head, widths, to);
    put_rule(widths, to);
    for (unsigned r = 0; r < report->count; r++) {
        struct cells cells = cells_of(&report->rows[r]);
        put_line(&cells, widths, to);
    }
    put_notes(report, to);
    return fflush(to) != EOF && !ferror(to);
}
