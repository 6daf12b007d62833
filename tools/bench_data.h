/* What the benchmark puts into its stores. All functions tell what went wrong before they return
 * false; what is there already is not made again. */
#ifndef TOOLS_BENCH_DATA_H
#define TOOLS_BENCH_DATA_H

#include "tools/bench.h"

enum { TFS_SMALL_LINES = 1000, TFS_LUBM1_LINES = 103397 };

/* The file of so many made-up lines: "large.nt", "middle.nt", "small.nt", "lubm1.nt". */
bool tfs_data_file(struct tfs_bench *bench, const char *name, uint64_t lines);

/* A store that has the file large.nt (middle.nt) in branch main: "large.store" ("middle.store"). */
bool tfs_data_large_store(struct tfs_bench *bench);
bool tfs_data_middle_store(struct tfs_bench *bench);
/* The canonical text of large.nt as a file of the native file system, "native.nt", and compressed
 * with zstd's level 3, "native.nt.zst". Mounts the large store. */
bool tfs_data_native(struct tfs_bench *bench);
bool tfs_data_native_zst(struct tfs_bench *bench);

/* The real data of $TRIPLEFS_DATA: "nomisma.nt". *found: false if there is none. */
bool tfs_data_nomisma(struct tfs_bench *bench, bool *found);

/* Reads a file, so that the kernel has it, and counts its lines. */
bool tfs_data_count(const char *path, uint64_t *lines);

/* Appends a triple that no file has yet: opens, writes, closes. *seconds: what that took. */
bool tfs_data_append(const char *path, unsigned number, double *seconds);

#endif
