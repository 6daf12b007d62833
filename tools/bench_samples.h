/* What the benchmark measures: a value a run, its median and spread, and the clock. */
#ifndef TOOLS_BENCH_SAMPLES_H
#define TOOLS_BENCH_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>

enum { TFS_SAMPLES_MOST = 64, TFS_LATENCIES_MOST = 4096 };

struct tfs_samples {
    unsigned count;
    double values[TFS_SAMPLES_MOST]; /* in the order of the runs */
};

/* Beyond TFS_SAMPLES_MOST values are left out. */
void tfs_samples_add(struct tfs_samples *samples, double value);
/* 0 if there are none. */
double tfs_samples_median(const struct tfs_samples *samples);
double tfs_samples_least(const struct tfs_samples *samples);
double tfs_samples_most(const struct tfs_samples *samples);
/* The median of ours/peer: run by run where both have as many (they were taken in turns, so a
 * machine that changes its speed changes both), else of the medians. 0 if either has none. */
double tfs_samples_ratio(const struct tfs_samples *ours, const struct tfs_samples *peer);

/* Times of single calls within one run, in seconds. */
struct tfs_latencies {
    unsigned count;
    double values[TFS_LATENCIES_MOST];
};

void tfs_latencies_add(struct tfs_latencies *latencies, double seconds);
/* The value below which a share of all lie; sorts them. share: 0 to 1. 0 if there are none. */
double tfs_latencies_quantile(struct tfs_latencies *latencies, double share);

/* Seconds since some moment. */
double tfs_clock(void);

#endif
