/* A spool: raw bytes at any offsets, as a writer brings them. In memory while small, in a temporary
 * file without a name else; what was never written reads as zeros. For one thread at a time.
 *
 * As long as a large spool only grows, its last bytes are in memory, and whole pieces of it go to
 * the disk past the page cache: hardly anybody ever reads them, and pages for them, and copies into
 * these, would take a fifth of an import's processor time (past_cache.h). Once such a spool is
 * read, the page cache gets the rest. */
#ifndef BRANCHCORE_SPOOL_H
#define BRANCHCORE_SPOOL_H

#include "branchcore/memory.h"
#include "branchcore/past_cache.h"
#include "branchcore/status.h"

enum { BC_SPOOL_MEMORY = 1 << 20 };

/* The holder makes it with bc_spool() and releases it. */
struct bc_spool {
    const char *directory; /* for the file; must exist and outlive the spool */
    uint64_t size_bytes;
    bool read_soon;          /* set by the holder: the page cache gets all of it */
    struct bc_buffer memory; /* the bytes, while file is -1 */
    int file;
    /* While it only grows: the bytes from tail_at on, up to the end. */
    void *tail_memory; /* NULL: all is in the file */
    char *tail;        /* in it, aligned */
    uint64_t tail_at;
    struct bc_past_cache past; /* on: so are whole pieces written */
};

static inline struct bc_spool bc_spool(const char *directory)
{
    return (struct bc_spool){.directory = directory, .file = -1};
}

/* BC_TOO_LARGE: beyond what a file can hold. BC_NO_SPACE, BC_IO. A failure leaves the size as it
 * was; of bytes within it, some may have been written. */
enum bc_status bc_spool_write(struct bc_spool *spool, uint64_t offset, const void *from,
                              size_t size);
/* *done is less than size only at the end. BC_IO. */
enum bc_status bc_spool_read(struct bc_spool *spool, uint64_t offset, void *to, size_t size,
                             size_t *done);
/* Grows with zeros. As bc_spool_write. */
enum bc_status bc_spool_truncate(struct bc_spool *spool, uint64_t size_bytes);
/* The first offset from here on that may hold something but zeros; the spool's size if there is
 * none. */
uint64_t bc_spool_data_from(const struct bc_spool *spool, uint64_t offset);
/* No more is written: from now on any thread may read, in parallel. BC_NO_SPACE, BC_IO. */
enum bc_status bc_spool_seal(struct bc_spool *spool);
/* Frees memory and file; the spool is empty then and may be used again. */
void bc_spool_release(struct bc_spool *spool);

#endif
