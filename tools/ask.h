/* Questions to `.branch/match` and `.branch/count`: one is written, and the answer read from the
 * same open file. */
#ifndef TOOLS_ASK_H
#define TOOLS_ASK_H

#include "tools/face_progress.h"

#include <stdio.h>

/* A path as it was typed, from the top of the branch's tree, for a line of a question or a command.
 * typed NULL: "". False after telling that it is outside, or has a line end in it. */
bool tfs_ask_path(const struct tfs_face *face, const char *typed, char path[PATH_MAX]);
/* The question. lines: what stands before the rest, each with its '\n'; path: of tfs_ask_path;
 * pattern "-": standard input has it. Appended to *question. False after telling. */
bool tfs_ask_compose(const struct tfs_face *face, const char *lines, const char *path,
                     const char *pattern, struct bc_buffer *question);

struct tfs_asking {
    FILE *answer;
    const struct tfs_face *face;
    struct tfs_face_progress progress;
    bool shows_progress;
    int64_t since_ns;
    char control[PATH_MAX];
};

/* Asks the branch's control `name` and waits, with a progress bar, until the answer begins. False
 * after telling why it was refused; else *asking is ended with tfs_ask_end. */
bool tfs_ask(struct tfs_face *face, const char *name, const struct bc_buffer *question,
             struct tfs_asking *asking);
/* Right after the last line that was read: closes the answer. False after telling that it broke
 * off. */
bool tfs_ask_end(struct tfs_asking *asking);

#endif
