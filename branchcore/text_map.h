/* The map of a text: where the lines of its delta fall into its base run. Only text*.c uses it.
 *
 * A segment is a stretch of the base that the delta changes: a block, or a part of one where the
 * delta adds much to it, or nothing of the base at all where that is empty; so a segment's size is
 * bounded by a few blocks and a line. Between the segments lie whole blocks that pass through. */
#ifndef BRANCHCORE_TEXT_MAP_H
#define BRANCHCORE_TEXT_MAP_H

#include "branchcore/delta.h"
#include "branchcore/run.h"

struct bc_text_segment {
    uint64_t offset;       /* in the text */
    uint64_t bytes;        /* in the text; 0: all its lines are removed */
    uint64_t base_offset;  /* what of the base it stands for: whole lines of one block */
    uint64_t block_offset; /* that block */
    uint32_t base_bytes;
    size_t first; /* its lines in the delta */
    size_t count;
};

struct bc_text_map {
    struct bc_text_segment *segments; /* in order; the offsets do not decrease */
    size_t count;
    size_t capacity;
    uint64_t bytes; /* of the whole text */
};

/* Reads the run's index at the delta's lines, and those blocks that are to be cut. BC_CORRUPT,
 * BC_IO. */
enum bc_status bc_text_map_new(struct bc_store *store, uint64_t run, uint64_t run_bytes,
                               const struct bc_delta *delta, struct bc_text_map *map);
void bc_text_map_release(struct bc_text_map *map);

/* How many segments start at or before a place in the text. */
size_t bc_text_map_before(const struct bc_text_map *map, uint64_t offset);

/* Writes a segment's text, exactly its bytes, to `to`: its part of the base, `lines`, with its
 * lines of the delta. BC_CORRUPT: a line is removed that is not there, or added that is. */
enum bc_status bc_text_segment_render(const struct bc_text_segment *segment,
                                      const struct bc_delta *delta, struct bc_slice lines,
                                      char *to);
/* Its part of the base, valid until the reader's next call. BC_CORRUPT, BC_IO. */
enum bc_status bc_text_segment_base(const struct bc_text_segment *segment,
                                    struct bc_run_reader *reader, struct bc_slice *lines);

#endif
