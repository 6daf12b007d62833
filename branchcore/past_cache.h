/* Inside branchcore: writing a temporary file past the page cache (O_DIRECT, open(2)).
 *
 * A large piece that is written once and read at most once does not profit from the page cache, but
 * pays for it: pages have to be found, and copied into, which takes most of the processor time of
 * such a file. Past it the disk reads the writer's memory itself. Where the file system cannot do
 * so, or the disk is so slow that its writers would wait for it, the page cache gets the rest. */
#ifndef BRANCHCORE_PAST_CACHE_H
#define BRANCHCORE_PAST_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BC_PAST_CACHE_ALIGNMENT = 4096 /* of memory, sizes and offsets: enough for any disk */ };

/* One thread at a time. */
struct bc_past_cache {
    int file;
    bool on;
    uint64_t bytes; /* written so */
    uint64_t ns;    /* what that took */
};

/* Puts the file, which is still empty, into that mode if it can be. */
void bc_past_cache_begin(struct bc_past_cache *past, int file);
/* Leaves it: from here on the file is an ordinary one. */
void bc_past_cache_end(struct bc_past_cache *past);
/* False: it has to be written in the ordinary way, and the file is in that mode now. */
bool bc_past_cache_write(struct bc_past_cache *past, uint64_t offset, const char *data,
                         size_t size);
/* Memory for pieces of `size` bytes; *aligned is in it. NULL: BC_NO_MEMORY. The caller frees it. */
void *bc_past_cache_alloc(size_t size, char **aligned);

#endif
