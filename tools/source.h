/* A source: the bytes of an open file, buffered, waited for so that a task can be interrupted. */
#ifndef TOOLS_SOURCE_H
#define TOOLS_SOURCE_H

#include "branchcore/memory.h"
#include "tools/task.h"

#include <stdint.h>

enum { TFS_SOURCE_BYTES = 256 << 10 };

struct tfs_source {
    int file;              /* borrowed */
    struct tfs_task *task; /* NULL: reads are not interrupted */
    uint64_t bytes;        /* read from the file so far */
    char *buffer;
    size_t start; /* what is unread of the buffer */
    size_t end;
    bool ended;
};

/* BC_NO_MEMORY. */
enum bc_status tfs_source_init(struct tfs_source *source, int file, struct tfs_task *task);
void tfs_source_release(struct tfs_source *source);
/* Reads until `least` bytes, at most TFS_SOURCE_BYTES, are unread, or the file ended. BC_CANCELLED:
 * the task is to stop. BC_IO with err. */
enum bc_status tfs_source_fill(struct tfs_source *source, size_t least, struct bc_error *err);
/* Valid until the next fill. */
struct bc_slice tfs_source_unread(const struct tfs_source *source);
void tfs_source_take(struct tfs_source *source, size_t size);

#endif
