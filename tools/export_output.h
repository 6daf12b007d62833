/* Where one stream of an export goes: standard output, a device or a FIFO, or a file of its own,
 * which is there when it is whole. */
#ifndef TOOLS_EXPORT_OUTPUT_H
#define TOOLS_EXPORT_OUTPUT_H

#include "tools/stream_out.h"

struct tfs_output {
    const char *path;                 /* NULL: standard output */
    enum tfs_compression compression; /* TFS_PLAIN: as the path says */
};

/* Behind the last '/'. */
const char *tfs_last_name(const char *path);
/* The directory that a file's path names, opened, and the last name. Less than 0: it was told that
 * the path cannot be created. */
int tfs_output_parent(const char *path, const char **name);
/* Neither a file nor nothing: it is written to as it is. */
bool tfs_output_is_special(const char *path);
/* What its stream is compressed with. */
enum tfs_compression tfs_output_compression(const struct tfs_output *output);
/* Tells a failure. */
int tfs_output_tell(enum bc_status status, const struct bc_error *error);

/* Writes what there is to the stream. */
typedef enum bc_status (*tfs_output_sink)(void *context, struct tfs_stream_out *stream,
                                          struct bc_error *err);
/* Has sink write the whole stream. binary: not even without compression is it for a terminal.
 * Failures are told. Returns enum tfs_exit. */
int tfs_output_write(const struct tfs_output *output, bool binary, tfs_output_sink sink,
                     void *context);

#endif
