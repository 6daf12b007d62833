/* A file that appears under its name when it is whole, and then replaces what was there. Until then
 * it has no name, where the file system can do so: whatever ends the process leaves nothing. */
#ifndef TOOLS_NEW_FILE_H
#define TOOLS_NEW_FILE_H

#include "branchcore/status.h"

#include <stdbool.h>
#include <sys/types.h>

struct tfs_new_file {
    int file; /* to be written to; it is not closed by the caller */
    int directory;
    bool named;         /* by `temporary` */
    char temporary[48]; /* in directory */
};

/* directory is borrowed. path, here and below, is for the messages. Fails, with err as a whole
 * reason, as tfs_status_of_errno has it, or by BC_EXISTS. */
enum bc_status tfs_new_file_open(struct tfs_new_file *file, int directory, mode_t mode,
                                 const char *path, struct bc_error *err);
/* Gives it its name in the directory, and closes it. A failure drops it. */
enum bc_status tfs_new_file_keep(struct tfs_new_file *file, const char *name, const char *path,
                                 struct bc_error *err);
void tfs_new_file_drop(struct tfs_new_file *file);

#endif
