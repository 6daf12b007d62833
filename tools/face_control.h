/* The control files, as faces use them: one read, one command, and the reason of a refusal, which
 * the kernel's error number cannot carry and `.branch/error` and `.store/error` do. Paths are from
 * the mountpoint (face.h). */
#ifndef TOOLS_FACE_CONTROL_H
#define TOOLS_FACE_CONTROL_H

#include "tools/face.h"

#include <stdio.h>

/* Appends what a control shows. 0 or an errno. */
int tfs_face_take(const struct tfs_face *face, const char *path, struct bc_buffer *to);
/* The same, telling why not and returning TFS_FAILED. */
int tfs_face_get(const struct tfs_face *face, const char *path, struct bc_buffer *to);
/* Opens it to be read line by line; NULL after telling why not. */
FILE *tfs_face_stream(const struct tfs_face *face, const char *path);

/* Whether the place that was found has a commit. */
bool tfs_face_has_commit(const struct tfs_face *face);
/* The path of a control at a REF: `at/REF/.branch/NAME`; name NULL: of the tree itself. False after
 * telling that there is no such REF. */
bool tfs_face_past(const struct tfs_face *face, const char *ref, char path[PATH_MAX],
                   const char *name);

/* Writes one command, showing the progress of what it does if that takes long. 0 or an errno. */
int tfs_face_put(struct tfs_face *face, const char *path, struct bc_slice command);
/* The same, telling why it was refused and returning TFS_FAILED. */
int tfs_face_command(struct tfs_face *face, const char *path, struct bc_slice command);

/* Tells why a command that was written at `since_ns` (CLOCK_REALTIME) was refused. */
int tfs_face_command_refused(const struct tfs_face *face, const char *path, int64_t since_ns,
                             int number);
/* The same of a control that was read. */
int tfs_face_read_refused(const struct tfs_face *face, const char *path, int64_t since_ns,
                          int number);

/* Why an operation on a path was refused: by the last entry about it since `since_ns`
 * (CLOCK_REALTIME) in the file of errors at `errors`, else by the errno. Appended; out of memory it
 * is cut. */
void tfs_face_reason(const struct tfs_face *face, const char *errors, const char *operation,
                     const char *subject, int64_t since_ns, int number, struct bc_buffer *to);
/* The same, told; returns TFS_FAILED. */
int tfs_face_refused(const struct tfs_face *face, const char *errors, const char *operation,
                     const char *subject, int64_t since_ns, int number);

#endif
