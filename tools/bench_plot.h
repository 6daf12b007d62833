/* The benchmark's figures as a picture: how many times as fast (or as small) triplefs is as what
 * was measured beside it, a bar a row, with a mark where a row's own bar lies; drawn by gnuplot. */
#ifndef TOOLS_BENCH_PLOT_H
#define TOOLS_BENCH_PLOT_H

#include "tools/bench_report.h"

/* Whether gnuplot is there and path can be written; told if not. Makes an empty file if there is
 * none. */
bool tfs_plot_possible(const char *path);
/* Writes path as SVG. Tells what went wrong before it returns false; also when no row has anything
 * beside it. */
bool tfs_plot_write(const struct tfs_report *report, const char *path);

#endif
