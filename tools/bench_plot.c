#include "tools/bench_plot.h"

#include "tools/bench_process.h"
#include "tools/say.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { ROW_PIXELS = 22, FRAME_PIXELS = 150, WIDTH_PIXELS = 1000 };

bool tfs_plot_possible(const char *path)
{
    if (!tfs_program_exists("gnuplot")) {
        tfs_say("a plot needs gnuplot: install it (Debian: gnuplot-nox) or leave --plot out");
        return false;
    }
    int to = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (to < 0) {
        tfs_say("cannot write %s: %s", path, strerror(errno));
        return false;
    }
    close(to);
    return true;
}

/* A ratio of ours to theirs so that above 1 ours is better; 0 stays 0. */
static double advantage(const struct tfs_row *row, double ratio)
{
    bool more_is_better =
        row->unit == TFS_UNIT_BYTES_PER_SECOND || row->unit == TFS_UNIT_PER_SECOND;
    return ratio <= 0 || more_is_better ? ratio : 1 / ratio;
}

/* Where the row's bar lies; 0: it has none about a ratio. */
static double mark_of(const struct tfs_row *row)
{
    for (unsigned i = 0; i < TFS_BARS_MOST; i++) {
        const struct tfs_bar *bar = &row->bars[i];
        if (bar->kind == TFS_RATIO_AT_MOST || bar->kind == TFS_RATIO_AT_LEAST)
            return advantage(row, bar->value);
    }
    return 0;
}

static void put_escaped(const char *text, FILE *to)
{
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', to);
        fputc(*text, to);
    }
}

/* Text between double quotes, for gnuplot with `noenhanced`. */
static void put_quoted(const char *text, FILE *to)
{
    fputc('"', to);
    put_escaped(text, to);
    fputc('"', to);
}

static void put_row(const struct tfs_row *row, unsigned place, double times, FILE *to)
{
    char name[128], figures[96], ours[32];
    tfs_unit_format(row->unit, tfs_samples_median(&row->ours), ours);
    snprintf(name, sizeof name, "%s | %s", row->name, row->peer_name);
    snprintf(figures, sizeof figures, "%.3g ×  %s", times, ours);
    fprintf(to, "%u %.6g %.6g ", place, times, mark_of(row));
    put_quoted(name, to);
    fputc(' ', to);
    put_quoted(figures, to);
    fputc('\n', to);
}

/* Columns: place from the bottom, advantage, mark, name with the peer's, figures. */
static unsigned put_data(const struct tfs_report *report, FILE *to)
{
    unsigned count = 0;
    fputs("$rows << END\n", to);
    for (unsigned i = report->count; i-- > 0;) {
        const struct tfs_row *row = &report->rows[i];
        double times = advantage(row, tfs_samples_ratio(&row->ours, &row->peer));
        if (times > 0)
            put_row(row, count++, times, to);
    }
    fputs("END\n", to);
    return count;
}

static void put_title(const struct tfs_machine *machine, FILE *to)
{
    fputs("set title \"triplefs: times as fast, or as small, as what is beside it\\n", to);
    put_escaped(machine->cpu, to);
    fprintf(to, ", %ld cores, %.10s\"\n", machine->cores, machine->date);
}

static void put_style(const struct tfs_report *report, const char *path, unsigned rows, FILE *to)
{
    fprintf(to,
            "set terminal svg noenhanced size %d,%u font \"sans,12\" background \"white\"\n"
            "set output ",
            WIDTH_PIXELS, rows * ROW_PIXELS + FRAME_PIXELS);
    put_quoted(path, to);
    fputc('\n', to);
    put_title(&report->machine, to);
    fprintf(to, "set logscale x 10\nset yrange [-0.8:%u.8]\nset rmargin 16\n", rows - 1);
    fputs("unset key\nset grid x\nset style fill solid 0.8 noborder\nset ytics scale 0\n"
          "set arrow from 1, graph 0 to 1, graph 1 nohead lc rgb \"#333333\"\n"
          "set xlabel \"times (right of 1: triplefs is ahead; black mark: the bar it is to "
          "reach)\"\nset format x \"%g\"\n"
          "plot $rows using (1):1:(1):2:($1-0.35):($1+0.35):($2 < 1 ? 0xc0504d : 0x3b7dbb)"
          ":ytic(4) with boxxyerror lc rgb variable, "
          "'' using ($3 > 0 ? $3 : 1/0):1:(0):(0.42) with vectors nohead lw 3 lc rgb \"black\", "
          "'' using ($3 > 0 ? $3 : 1/0):1:(0):(-0.42) with vectors nohead lw 3 lc rgb \"black\", "
          "'' using (($2 > $3 ? $2 : $3) < 1 ? 1 : $2 > $3 ? $2 : $3):1:5 with labels left "
          "offset 1, 0\n",
          to);
}

/* False: told. */
static bool write_script(const struct tfs_report *report, const char *path, FILE *to)
{
    unsigned rows = put_data(report, to);
    if (rows == 0) {
        tfs_say("no row has anything beside it: there is nothing to plot");
        return false;
    }
    put_style(report, path, rows, to);
    if (fflush(to) == 0 && !ferror(to))
        return true;
    tfs_say("cannot write the script of the plot: %s", strerror(errno));
    return false;
}

/* The script is a file in memory that gnuplot inherits. */
bool tfs_plot_write(const struct tfs_report *report, const char *path)
{
    int file = memfd_create("plot", 0);
    FILE *to = file < 0 ? NULL : fdopen(file, "w");
    if (!to) {
        tfs_say("cannot make the script of the plot: %s", strerror(errno));
        if (file >= 0)
            close(file);
        return false;
    }
    char script[64];
    snprintf(script, sizeof script, "/proc/self/fd/%d", file);
    bool good = write_script(report, path, to) && TFS_RUN(NULL, NULL, "gnuplot", script);
    (void)fclose(to);
    return good;
}
