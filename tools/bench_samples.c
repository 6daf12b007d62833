#include "tools/bench_samples.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median_of(double *values, unsigned count)
{
    if (count == 0)
        return 0;
    qsort(values, count, sizeof *values, by_value);
    return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

void tfs_samples_add(struct tfs_samples *samples, double value)
{
    if (samples->count < TFS_SAMPLES_MOST)
        samples->values[samples->count++] = value;
}

double tfs_samples_median(const struct tfs_samples *samples)
{
    struct tfs_samples sorted = *samples;
    return median_of(sorted.values, sorted.count);
}

double tfs_samples_least(const struct tfs_samples *samples)
{
    double least = samples->count ? samples->values[0] : 0;
    for (unsigned i = 1; i < samples->count; i++)
        least = samples->values[i] < least ? samples->values[i] : least;
    return least;
}

double tfs_samples_most(const struct tfs_samples *samples)
{
    double most = 0;
    for (unsigned i = 0; i < samples->count; i++)
        most = samples->values[i] > most ? samples->values[i] : most;
    return most;
}

double tfs_samples_ratio(const struct tfs_samples *ours, const struct tfs_samples *peer)
{
    if (ours->count != peer->count) {
        double of = tfs_samples_median(peer);
        return of > 0 ? tfs_samples_median(ours) / of : 0;
    }
    struct tfs_samples ratios = {0};
    for (unsigned i = 0; i < ours->count; i++)
        if (peer->values[i] > 0)
            tfs_samples_add(&ratios, ours->values[i] / peer->values[i]);
    return tfs_samples_median(&ratios);
}

void tfs_latencies_add(struct tfs_latencies *latencies, double seconds)
{
    if (latencies->count < TFS_LATENCIES_MOST)
        latencies->values[latencies->count++] = seconds;
}

double tfs_latencies_quantile(struct tfs_latencies *latencies, double share)
{
    if (latencies->count == 0)
        return 0;
    qsort(latencies->values, latencies->count, sizeof *latencies->values, by_value);
    unsigned at = (unsigned)(share * latencies->count);
    return latencies->values[at < latencies->count ? at : latencies->count - 1];
}

double tfs_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}
