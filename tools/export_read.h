/* The bytes of a file of a branch, to be read in order: of a triple file its text in the syntax of
 * its name, or its lines; of a plain file what it holds. */
#ifndef TOOLS_EXPORT_READ_H
#define TOOLS_EXPORT_READ_H

#include "branchcore/shown.h"

/* The holder opens and releases it. */
struct tfs_export_reader {
    struct bc_branch *branch;
    uint64_t node;
    const char *path; /* for messages; borrowed */
    uint64_t bytes;   /* how many there are */
    uint64_t triples;
    uint64_t offset; /* read so far */
    /* NULL, both of them: a plain file. */
    struct bc_file_text *text;
    struct bc_shown *shown; /* of another syntax than lines, if these are not what is wanted */
};

/* lines: those of a triple file, whatever its syntax. All of these fail with err as a whole reason:
 * BC_STALE, BC_CORRUPT, BC_IO, BC_NO_SPACE; BC_SYNTAX: the file's set cannot be said in its
 * syntax; BC_UNSUPPORTED: the program was built without the syntax. */
enum bc_status tfs_export_reader_open(struct tfs_export_reader *file, struct bc_branch *branch,
                                      const struct bc_attr *attr, const char *path, bool lines,
                                      struct bc_error *err);
/* *done is less than size only at the end. */
enum bc_status tfs_export_reader_read(struct tfs_export_reader *file, void *to, size_t size,
                                      size_t *done, struct bc_error *err);
void tfs_export_reader_release(struct tfs_export_reader *file);

#endif
