/* What `triplefs bench kernels` runs the operations of the compute port over: a file's lines as
 * they come, their canonical sorted text, and what two sides have of it. All in memory, six times
 * the lines' bytes, so no more than the beginning of a large file. */
#ifndef TOOLS_KERNEL_DATA_H
#define TOOLS_KERNEL_DATA_H

#include "branchcore/compute.h"

enum { TFS_KERNEL_LINES_MOST = 1000000, TFS_KERNEL_BYTES_MOST = 256 << 20 };

/* A text in pieces of whole lines, as long as the blocks that runs are stored in. */
struct tfs_pieces {
    struct bc_slice *at;
    size_t count;
};

struct tfs_kernel_data {
    struct bc_buffer raw;    /* the lines as they were read */
    struct bc_line *lines;   /* of raw */
    size_t line_count;       /* duplicates included */
    struct bc_buffer loose;  /* raw with one blank more in each line: valid, not canonical */
    struct bc_buffer sorted; /* the set's canonical text */
    size_t sorted_lines;
    struct tfs_pieces pieces;  /* of sorted */
    struct bc_spans *spans;    /* of the pieces, one piece's behind the other's */
    size_t *span_counts;       /* of each piece */
    struct bc_slice predicate; /* of sorted: one that many statements have */
    struct bc_buffer common;   /* the pattern of the statements that have it (pattern.h) */
    struct bc_buffer rare;     /* that of those with a piece of text that few have */
    uint64_t *masks;           /* two of mask_words each, one behind the other: bits by chance */
    size_t mask_words;
    /* Two texts that each lack another twentieth of sorted's lines. */
    struct bc_buffer left;
    struct bc_buffer right;
    size_t walked_lines; /* of both */
    /* Sorted cut in two by slots, of which one in a hundred is on both sides. */
    struct bc_buffer ours;
    struct bc_buffer theirs;
    size_t met_lines; /* of both */
};

/* Of a file's lines (a last one without its '\n' is left out), the first TFS_KERNEL_LINES_MOST of
 * them at most, and no more than TFS_KERNEL_BYTES_MOST. BC_IO with errno; BC_SYNTAX: a line is not
 * N-Triples or N-Quads; BC_NO_DATA: there is none; BC_NO_MEMORY. Release it whatever this returns.
 */
enum bc_status tfs_kernel_data_read(const char *path, struct tfs_kernel_data *data);
void tfs_kernel_data_release(struct tfs_kernel_data *data);

#endif
