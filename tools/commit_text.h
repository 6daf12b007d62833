/* Commits as faces read them: lines of `.branch/log`, and `.branch/commit` in full. */
#ifndef TOOLS_COMMIT_TEXT_H
#define TOOLS_COMMIT_TEXT_H

#include "tools/face.h"
#include "tools/json.h"

enum { TFS_ID_SHORT = 12 };

/* A line of a log: its fields lie in the line. */
struct tfs_log_line {
    struct bc_slice id;
    struct bc_slice time;
    struct bc_slice author;
    struct bc_slice sums; /* "+ADDED -REMOVED" */
    struct bc_slice subject;
};
/* False: it is no such line. */
bool tfs_log_parse(struct bc_slice line, struct tfs_log_line *parsed);
json_t *tfs_log_json(const struct tfs_log_line *line);

/* What `.branch/commit` shows. Its fields lie in text. */
struct tfs_commit_text {
    struct bc_buffer text;  /* the caller releases it */
    struct bc_slice header; /* lines "KEY VALUE" */
    struct bc_slice id;
    struct bc_slice time;
    struct bc_slice message;
    struct bc_slice subject; /* its first line */
};
/* False: there is no commit, or it cannot be read. */
bool tfs_commit_read(const struct tfs_face *face, const char *path, struct tfs_commit_text *commit);
/* The last one of the place that the face found. */
bool tfs_last_commit(const struct tfs_face *face, struct tfs_commit_text *commit);
json_t *tfs_commit_json(const struct tfs_commit_text *commit);

/* As many digits as people need. */
struct bc_slice tfs_id_short(struct bc_slice id);
/* The two numbers of "+ADDED -REMOVED". */
void tfs_sums_parse(struct bc_slice sums, uint64_t *added, uint64_t *removed);
void tfs_sums_json(json_t *object, struct bc_slice sums);

#endif
