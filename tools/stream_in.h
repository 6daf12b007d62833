/* A stream that is read: the bytes of an open file, decompressed if what it starts with says that
 * they are compressed (gzip, bzip2, xz, zstd; also several such streams, one behind the other),
 * whatever the file's name. Damage is found wherever the compression has a checksum against it. */
#ifndef TOOLS_STREAM_IN_H
#define TOOLS_STREAM_IN_H

#include "tools/compression.h"
#include "tools/task.h"

struct tfs_stream_in;

/* file is borrowed, and read from where it is; task (may be NULL) can interrupt waiting for it.
 * decompress false: the bytes as they are. BC_NO_MEMORY; else as read. */
enum bc_status tfs_stream_in_new(int file, bool decompress, struct tfs_task *task,
                                 struct tfs_stream_in **stream, struct bc_error *err);
/* *done is less than size only at the end, which the file's end is then, too. BC_INVALID with err:
 * the compressed data is damaged or cut off; BC_CANCELLED: the task is to stop; BC_IO with err. */
enum bc_status tfs_stream_in_read(struct tfs_stream_in *stream, void *to, size_t size, size_t *done,
                                  struct bc_error *err);
/* Bytes of the file itself that were read so far. */
uint64_t tfs_stream_in_raw_bytes(const struct tfs_stream_in *stream);
void tfs_stream_in_free(struct tfs_stream_in *stream); /* NULL is allowed */

#endif
