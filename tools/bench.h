/* The benchmark: what its files share. It works in a folder of its own, the room, which is the
 * working directory while it runs: every path below is relative to it. */
#ifndef TOOLS_BENCH_H
#define TOOLS_BENCH_H

#include "tools/bench_process.h"
#include "tools/bench_report.h"

#include <limits.h>

struct tfs_bench {
    bool quick;
    uint64_t large;  /* lines of the large file */
    uint64_t middle; /* of the one that branches are made of */
    unsigned runs;
    uint64_t seed;
    char **files; /* of the user, absolute */
    int file_count;
    char self[PATH_MAX]; /* this program */
    char room[PATH_MAX]; /* "": not entered */
    int home;            /* the working directory before */
    bool mounted;
    const char *mount_options; /* of the next mount, for `-o`; NULL: none */
    struct tfs_report report;
};

/* One group of rows: measures and adds them. False: told why; what was added stays. */
struct tfs_bench_group {
    const char *name;
    const char *summary;
    bool (*measure)(struct tfs_bench *bench);
    unsigned disk_bytes; /* that it takes at most for each line of the large file */
};

/* Ends with a group without a name. */
extern const struct tfs_bench_group tfs_bench_groups[];

bool tfs_bench_mkdir(struct tfs_bench *bench);
bool tfs_bench_forks(struct tfs_bench *bench);
bool tfs_bench_warm(struct tfs_bench *bench);
bool tfs_bench_cold(struct tfs_bench *bench);
bool tfs_bench_pread(struct tfs_bench *bench);
bool tfs_bench_import(struct tfs_bench *bench);
bool tfs_bench_formats(struct tfs_bench *bench);
bool tfs_bench_sort(struct tfs_bench *bench);
bool tfs_bench_virtuoso(struct tfs_bench *bench);
bool tfs_bench_space(struct tfs_bench *bench);
bool tfs_bench_append(struct tfs_bench *bench);
bool tfs_bench_list(struct tfs_bench *bench);
bool tfs_bench_cycle(struct tfs_bench *bench);
bool tfs_bench_kernels(struct tfs_bench *bench);
bool tfs_bench_floors(struct tfs_bench *bench);
bool tfs_bench_commit(struct tfs_bench *bench);
bool tfs_bench_merge(struct tfs_bench *bench);
bool tfs_bench_files(struct tfs_bench *bench);

/* What is being done, on standard error. */
void tfs_bench_progress(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
