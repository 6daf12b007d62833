/* Benchmark: bytes a triple on disk. */
#ifndef TOOLS_BENCH_SPACE_H
#define TOOLS_BENCH_SPACE_H

#include "tools/bench.h"

/* Adds to the row what the mounted store takes beyond an empty one, by the triples of its only file
 * (a path within the mount), and beside it what zstd -3 --long makes of the file's text. Unmounts.
 */
bool tfs_space_of_store(struct tfs_bench *bench, struct tfs_row *row, const char *file);

#endif
