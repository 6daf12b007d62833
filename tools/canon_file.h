/* Canonical forms (branchcore/canon.h) of files anywhere, in the syntax that their names say. */
#ifndef TOOLS_CANON_FILE_H
#define TOOLS_CANON_FILE_H

#include "branchcore/canon.h"
#include "tools/command.h"

struct tfs_canon_choice {
    enum bc_canon_hash hash;
    uint64_t limit; /* 0: the default */
};

/* "sha256", "sha384"; a number from 1 on. After telling what is wrong, false. */
bool tfs_canon_take_hash(const char *command, const char *text, struct tfs_canon_choice *choice);
bool tfs_canon_take_limit(const char *command, const char *text, struct tfs_canon_choice *choice);

struct tfs_canon {
    struct bc_pool *pool;
    const struct bc_compute *compute;
    struct bc_canon *canon;
    char *piece;
};

/* All say what went wrong, and return an exit status; end is called in any case, and release does
 * nothing with one that is zeroed. */
int tfs_canon_begin(struct tfs_canon *self, const struct tfs_canon_choice *choice);
/* Adds a file's statements: what its name does not say to be another syntax is N-Quads; "-" is
 * standard input. */
int tfs_canon_read(struct tfs_canon *self, const char *name);
/* name: of what was read, for messages. */
int tfs_canon_finish(struct tfs_canon *self, const char *name);
/* The next lines, about a megabyte, in place of what is in `lines`; size 0 is the end. */
int tfs_canon_next(struct tfs_canon *self, struct bc_buffer *lines);
void tfs_canon_end(struct tfs_canon *self);

#endif
