/* A tar that is read: any kind that libarchive knows (POSIX ustar and pax, GNU, old Unix ones).
 * Names come as they stand in it, to be judged by the caller. */
#ifndef TOOLS_TAR_IN_H
#define TOOLS_TAR_IN_H

#include "branchcore/memory.h"
#include "tools/stream_in.h"

#include <sys/types.h>

struct tfs_tar_in;

enum tfs_tar_kind {
    TFS_TAR_FILE,
    TFS_TAR_FOLDER,
    TFS_TAR_LINK,      /* symbolic */
    TFS_TAR_HARD_LINK, /* to a member before it, which `target` names */
    TFS_TAR_OTHER      /* a device, a FIFO, a socket */
};

/* Valid until the next one. */
struct tfs_tar_entry {
    const char *name;
    const char *target; /* of a link, else NULL */
    enum tfs_tar_kind kind;
    mode_t mode; /* permission bits */
    uint32_t uid;
    uint32_t gid;
    bool has_mtime;
    int64_t mtime_ns;
    uint64_t size_bytes; /* of a file */
};

/* The stream is borrowed. BC_INVALID with err: it is no tar. Else as tfs_tar_in_next. */
enum bc_status tfs_tar_in_new(struct tfs_stream_in *stream, struct tfs_tar_in **tar,
                              struct bc_error *err);
/* The next member. BC_NO_DATA: it ended, and the stream with it, as a whole tar does. BC_INVALID
 * with err: it is damaged or cut off; else as tfs_stream_in_read. After a failure only free is
 * allowed. */
enum bc_status tfs_tar_in_next(struct tfs_tar_in *tar, struct tfs_tar_entry *entry,
                               struct bc_error *err);
/* The bytes of a file; *done is less than size only at their end. As next. */
enum bc_status tfs_tar_in_read(struct tfs_tar_in *tar, void *to, size_t size, size_t *done,
                               struct bc_error *err);
/* The extended attributes of the member. What sink returns but BC_OK ends it and is returned. */
enum bc_status tfs_tar_in_attributes(struct tfs_tar_in *tar,
                                     enum bc_status (*sink)(void *context, const char *name,
                                                            struct bc_slice value),
                                     void *context);
void tfs_tar_in_free(struct tfs_tar_in *tar); /* NULL is allowed */

#endif
