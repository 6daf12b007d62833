/* A tar that is written (POSIX.1-2001, "pax"): members in the caller's order, extended attributes
 * under the keywords of star and GNU tar, "SCHILY.xattr.NAME", '%', '=' and what is no printable
 * ASCII of their names as %XX. The same members always give the same bytes: owners are numbers, and
 * of times there is that of the last change. */
#ifndef TOOLS_TAR_OUT_H
#define TOOLS_TAR_OUT_H

#include "branchcore/tree.h"
#include "tools/stream_out.h"

struct tfs_tar_out;

struct tfs_tar_attribute {
    struct bc_slice name;
    struct bc_slice value;
};

struct tfs_tar_member {
    const char *path;           /* relative; "." is the top */
    const struct bc_attr *attr; /* kind, mode, owners, mtime_ns */
    uint64_t size_bytes;        /* of a file */
    const char *target;         /* of a symbolic link */
    const struct tfs_tar_attribute *attributes;
    size_t attribute_count;
};

/* The stream is borrowed. BC_NO_MEMORY; BC_UNSUPPORTED with err. */
enum bc_status tfs_tar_out_new(struct tfs_stream_out *stream, struct tfs_tar_out **tar,
                               struct bc_error *err);
/* Begins a member, whose bytes follow by tfs_tar_out_data: exactly as many as its size says.
 * As tfs_stream_out_write. */
enum bc_status tfs_tar_out_member(struct tfs_tar_out *tar, const struct tfs_tar_member *member,
                                  struct bc_error *err);
enum bc_status tfs_tar_out_data(struct tfs_tar_out *tar, const void *data, size_t size,
                                struct bc_error *err);
/* The end of the tar, not of the stream. Only free may follow. */
enum bc_status tfs_tar_out_finish(struct tfs_tar_out *tar, struct bc_error *err);
void tfs_tar_out_free(struct tfs_tar_out *tar); /* NULL is allowed */

#endif
