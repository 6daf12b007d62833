/* A run: one immutable sorted text of any size, cut into compressed blocks with an index, in the
 * family `runs` of the store. run_row.h has the format.
 *
 * Blocks are whole lines, '\n' included. A block is closed by the line that brings it to
 * BC_BLOCK_BYTES or over, so it has less than that and one line. Its separator tells which lines
 * fall into it: the block for a line is the last one whose separator is <= the line.
 *
 * Lines are ordered bytewise without their '\n'. Every `line` argument may come with or without it,
 * unless said otherwise. */
#ifndef BRANCHCORE_RUN_H
#define BRANCHCORE_RUN_H

#include "branchcore/store.h"

enum { BC_BLOCK_BYTES = 128 << 10 };

struct bc_run_summary {
    uint64_t bytes;
    uint64_t lines;
    uint64_t quads;
    uint64_t blocks;
};

/* What a run of changes (delta_run.h) has of added lines, without their signs, and the SHA-256 of
 * its text, with them. */
struct bc_run_sums {
    uint64_t added;
    uint64_t added_bytes;
    uint64_t added_quads;
    unsigned char digest[32];
};

/* Writing. Lines come sorted, without duplicates, with '\n'. Memory: two blocks, and about a line's
 * length (at most some 1,000 bytes) a block for the index. */
struct bc_run_writer;

/* BC_EXISTS if the run has rows already; BC_IO, BC_NO_SPACE. */
enum bc_status bc_run_writer_new(struct bc_store *store, uint64_t run,
                                 struct bc_run_writer **writer);
/* The same of a run of changes: each line has its sign before the '\n', and sums are written, too.
 */
enum bc_status bc_run_writer_new_changes(struct bc_store *store, uint64_t run,
                                         struct bc_run_writer **writer);
/* BC_INVALID: not greater than the line before it, without '\n', empty, or longer than BC_LINE_MAX
 * and a sign (delta_run.h) and '\n'; what the store's bulk returns. After a failure only abort is
 * allowed. */
enum bc_status bc_run_writer_add(struct bc_run_writer *writer, struct bc_slice line, bool quad);
/* The same for whole lines, as they lie in another run, so that only the first one is compared with
 * the line before. quads: some may have a graph. */
enum bc_status bc_run_writer_add_lines(struct bc_run_writer *writer, struct bc_slice lines,
                                       bool quads);
/* Frees the writer, whatever it returns. On BC_OK the run is in the store, durable, and summary
 * (may be NULL) tells its sizes; otherwise nothing is. BC_IO, BC_NO_SPACE. */
enum bc_status bc_run_writer_finish(struct bc_run_writer *writer, struct bc_run_summary *summary);
/* NULL is allowed. */
void bc_run_writer_abort(struct bc_run_writer *writer);

/* Reading. These keep no state and may be called from any thread. A run must not be dropped while
 * it is read (run_pins.h). */

/* BC_NOT_FOUND: no such run. BC_CORRUPT, BC_NEWER_FORMAT, BC_IO. */
enum bc_status bc_run_summary(struct bc_store *store, uint64_t run, struct bc_run_summary *summary);

/* BC_NOT_FOUND: the run is none of changes, or was written before there were sums. BC_CORRUPT,
 * BC_NEWER_FORMAT, BC_IO. */
enum bc_status bc_run_sums(struct bc_store *store, uint64_t run, struct bc_run_sums *sums);

/* The block that holds the byte at offset: where it starts in the run's text, and its text, which
 * the caller releases. BC_NO_DATA: the run has no such byte. BC_CORRUPT, BC_IO. */
enum bc_status bc_run_block_at(struct bc_store *store, uint64_t run, uint64_t offset,
                               uint64_t *start, struct bc_value *text);

struct bc_block {
    uint64_t offset; /* of its first byte in the run's text */
    uint64_t line;   /* number of its first line, from 0 */
    uint32_t bytes;
};

/* The block in whose range a line falls, whether it is there or not. text may be NULL: then only
 * the index is read; else the caller releases it. separator may be NULL; else it gets the next
 * block's separator (empty if this is the last): lines less than it fall into this block.
 * BC_NO_DATA: the run is empty. BC_CORRUPT: also if there is no such run; BC_IO. */
enum bc_status bc_run_block_of(struct bc_store *store, uint64_t run, struct bc_slice line,
                               struct bc_block *block, struct bc_buffer *separator,
                               struct bc_value *text);

/* Whether the run has the line. Reads the index and one block. BC_CORRUPT, BC_IO. */
enum bc_status bc_run_contains(struct bc_store *store, uint64_t run, struct bc_slice line,
                               bool *contains);

/* A reader of blocks by offset that is cheap where it goes forward: one seek, then steps. For one
 * thread; the holder zero-initialises it with designated fields and releases it. */
struct bc_run_reader {
    struct bc_store *store;
    uint64_t run;
    bool streaming; /* store.h: the walk is long */
    /* The block that was read last, valid until the next call; empty at first. */
    uint64_t start;
    struct bc_slice text;
    struct bc_cursor *cursor; /* its own */
};

/* Goes to the block that holds the byte at offset. As bc_run_block_at; after a failure text is
 * empty. */
enum bc_status bc_run_reader_at(struct bc_run_reader *reader, uint64_t offset);
void bc_run_reader_release(struct bc_run_reader *reader);

/* A reader of the index by line, likewise cheap where it goes forward. */
struct bc_run_index {
    struct bc_store *store;
    uint64_t run;
    /* The block of the line that was looked up last. */
    struct bc_block block;
    bool last;                  /* no block follows */
    struct bc_buffer separator; /* of the next block */
    struct bc_buffer own;       /* its own: the separator of this block */
    struct bc_cursor *cursor;   /* its own: at the next block's row */
    bool positioned;            /* its own */
};

/* As bc_run_block_of; after a failure block and separator say nothing. */
enum bc_status bc_run_index_seek(struct bc_run_index *index, struct bc_slice line);
void bc_run_index_release(struct bc_run_index *index);

#endif
