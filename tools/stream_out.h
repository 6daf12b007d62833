/* A stream that is written, into an open file, compressed if wanted. The same bytes always come out
 * the same: no time and no name go in. */
#ifndef TOOLS_STREAM_OUT_H
#define TOOLS_STREAM_OUT_H

#include "tools/compression.h"

struct tfs_stream_out;

/* file is borrowed, and written to where it is; name is for the messages, and outlives the stream.
 * BC_NO_MEMORY; BC_UNSUPPORTED with err: libarchive was built without the compression. */
enum bc_status tfs_stream_out_new(int file, const char *name, enum tfs_compression compression,
                                  struct tfs_stream_out **stream, struct bc_error *err);
/* BC_IO, BC_NO_SPACE, BC_DENIED, BC_NO_MEMORY, with err as a whole reason. */
enum bc_status tfs_stream_out_write(struct tfs_stream_out *stream, const void *data, size_t size,
                                    struct bc_error *err);
/* Writes what is left. As write. Only free may follow. */
enum bc_status tfs_stream_out_finish(struct tfs_stream_out *stream, struct bc_error *err);
/* True if writing nothing but going forward makes a hole: a plain stream into a file that is
 * empty so far. */
bool tfs_stream_out_has_holes(const struct tfs_stream_out *stream);
/* Goes forward over `size` NULs. As write. */
enum bc_status tfs_stream_out_skip(struct tfs_stream_out *stream, size_t size,
                                   struct bc_error *err);
void tfs_stream_out_free(struct tfs_stream_out *stream); /* NULL is allowed */

#endif
