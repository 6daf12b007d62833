#include "tools/bench_plot.h"

#include "tools/bench_process.h"
#include "tools/say.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { ROW_PIXELS = 22, FRAME_PIXELS = 150, WIDTH_PIXELS = 1000 };

bool tfs_plot_possible(void)
{
    if (tfs_program_exists("gnuplot"))
        return true;
    tfs_say("a plot needs gnuplot: install it (Debian: gnuplot-nox) or leave --plot out");
    return false;
}

/* Above 1: ours is better. 0: nothing is beside it. */
static double advantage(const struct tfs_row *row)
{
    double ratio = tfs_samples_ratio(&row->ours, &row->peer);
    bool more_is_better =
        row->unit == TFS_UNIT_BYTES_PER_SECOND || row->unit == TFS_UNIT_PER_SECOND;
    if (ratio <= 0 || more_is_better)
        return ratio;
    return 1 / ratio;
}

/* Text between double quotes, for gnuplot with `noenhanced`. */
static void put_quoted(const char *text, FILE *to)
{
    fputc('"', to);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', to);
        fputc(*text, to);
    }
    fputc('"', to);
}

/* Columns: place from the bottom, advantage, name with the peer's. */
static unsigned put_data(const struct tfs_report *report, FILE *to)
{
    unsigned count = 0;
    fputs("$rows << END\n", to);
    for (unsigned i = report->count; i-- > 0;) {
        const struct tfs_row *row = &report->rows[i];
        double times = advantage(row);
        if (times <= 0)
            continue;
        char label[128];
        snprintf(label, sizeof label, "%s : %s", row->name, row->peer_name);
        fprintf(to, "%u %.6g ", count++, times);
        put_quoted(label, to);
        fputc('\n', to);
    }
    fputs("END\n", to);
    return count;
}

static void put_style(const struct tfs_report *report, const char *path, unsigned rows, FILE *to)
{
    fprintf(to, "set terminal svg noenhanced size %d,%u font \"sans,12\" background \"white\"\n",
            WIDTH_PIXELS, rows * ROW_PIXELS + FRAME_PIXELS);
    fputs("set output ", to);
    put_quoted(path, to);
    fputs("\nset title ", to);
    char title[400];
    snprintf(title, sizeof title,
             "triplefs: times as fast, or as small, as what is beside it\\n%s, "
             "%ld cores, %.10s",
             report->machine.cpu, report->machine.cores, report->machine.date);
    fprintf(to, "\"%s\"\n", title);
    fprintf(to, "set logscale x 10\nset yrange [-0.8:%u.8]\nset ytics nomirror\n", rows - 1);
    fputs("unset key\nset grid x\nset style fill solid 0.8 noborder\nset boxwidth 0.7\n"
          "set arrow from 1, graph 0 to 1, graph 1 nohead lc rgb \"#333333\"\n"
          "set xlabel \"times (right of 1: triplefs is ahead)\"\nset format x \"%g\"\n"
          "plot $rows using (1):1:(1):2:($1-0.35):($1+0.35):($2 < 1 ? 0xc0504d : 0x3b7dbb)"
          ":ytic(3) with boxxyerror lc rgb variable, "
          "'' using ($2 < 1 ? 1.05 : $2 * 1.05):1:(sprintf(\"%.3g\", $2)) with labels left\n",
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
