/* The message of a commit: from options, a file, or the user's editor. */
#ifndef TOOLS_MESSAGE_H
#define TOOLS_MESSAGE_H

#include "tools/face.h"

struct tfs_message_source {
    struct bc_buffer given; /* the paragraphs of -m; the caller releases it */
    const char *file;       /* of -F; "-" is standard input; NULL: none */
};

/* Takes a paragraph more. False: no memory. */
bool tfs_message_add(struct tfs_message_source *source, const char *paragraph);

/* The message, without blanks at its end. Without -m and -F it is asked for with the user's editor,
 * comment below an empty line, each of its lines behind "# "; lines that begin with '#' are left
 * out. TFS_FAILED after telling: it is empty, or cannot be had. */
int tfs_message_get(const struct tfs_face *face, const struct tfs_message_source *source,
                    struct bc_slice comment, struct bc_buffer *message);

#endif
