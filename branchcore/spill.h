/* Sorted runs of lines on disk, one behind the other in temporary files without a name.
 *
 * A run is front-coded: each line is two varints (7 bits a byte, low bits first, the top bit set on
 * all but the last byte), the number of bytes shared with the line before it in the run and the
 * number of bytes that follow, and then those. It begins at a multiple of BC_PAST_CACHE_ALIGNMENT,
 * and is filled up to the next with zeros, so that it can go past the page cache (past_cache.h).
 * The file is read by the process that wrote it alone; it has no header and no version.
 *
 * Threads: a spill file is written by one thread at a time; readers are independent of each other
 * and of a writer. */
#ifndef BRANCHCORE_SPILL_H
#define BRANCHCORE_SPILL_H

#include "branchcore/memory.h"
#include "branchcore/past_cache.h"
#include "branchcore/status.h"

struct bc_spill {
    int file; /* -1: not open */
    uint64_t size;
    struct bc_past_cache past;
};

struct bc_spill_run {
    const struct bc_spill *spill; /* outlives the run and its readers */
    uint64_t offset;
    uint64_t size;
    uint32_t longest; /* bytes of the run's longest line */
};

/* Opens a file in directory that nobody else can see and that is gone when it is closed. BC_IO,
 * BC_NO_SPACE, BC_NOT_FOUND (no such directory), BC_DENIED. */
enum bc_status bc_spill_open(struct bc_spill *spill, const char *directory);
void bc_spill_close(struct bc_spill *spill);
/* Gives a run's space back where the file system can do so. */
void bc_spill_drop(const struct bc_spill_run *run);

struct bc_spill_writer {
    struct bc_spill *spill;
    void *memory;
    char *buffer; /* in it, aligned, as is its capacity */
    size_t used;
    size_t capacity;
    struct bc_spill_run run;
};

/* Starts a run at the file's end; one at a time. Takes buffer_bytes, at least
 * BC_PAST_CACHE_ALIGNMENT, and that much more of memory. */
enum bc_status bc_spill_writer_init(struct bc_spill_writer *writer, struct bc_spill *spill,
                                    size_t buffer_bytes);
/* Adds the next line, of which the first `shared` bytes are those of the line before it (0 for the
 * first). BC_NO_SPACE, BC_IO. */
enum bc_status bc_spill_writer_add(struct bc_spill_writer *writer, struct bc_slice line,
                                   size_t shared);
/* Writes what is buffered; the run is then complete. As bc_spill_writer_add. */
enum bc_status bc_spill_writer_finish(struct bc_spill_writer *writer, struct bc_spill_run *run);
void bc_spill_writer_release(struct bc_spill_writer *writer);

struct bc_spill_reader {
    struct bc_spill_run run;
    void *memory;
    char *buffer; /* in it, aligned, as is its capacity; what is left of the last piece before it */
    size_t capacity;
    const char *at;
    const char *end;
    uint64_t next; /* offset in the file of the first byte behind the buffer's */
    char *line;    /* run.longest bytes */
    size_t size;
};

/* Takes buffer_bytes, at least BC_PAST_CACHE_ALIGNMENT, that much more twice, and the run's longest
 * line of memory. */
enum bc_status bc_spill_reader_init(struct bc_spill_reader *reader, const struct bc_spill_run *run,
                                    size_t buffer_bytes);
/* The next line, valid until the next call, and how many bytes it shares with the one before it.
 * BC_NO_DATA at the end; BC_IO, BC_CORRUPT. */
enum bc_status bc_spill_reader_next(struct bc_spill_reader *reader, struct bc_slice *line,
                                    size_t *shared);
/* Back to the run's start. */
void bc_spill_reader_rewind(struct bc_spill_reader *reader);
void bc_spill_reader_release(struct bc_spill_reader *reader);

#endif
