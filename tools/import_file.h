/* One file, folder or link that comes into a branch: the item in progress of an import, at its
 * target, whole or not at all. */
#ifndef TOOLS_IMPORT_FILE_H
#define TOOLS_IMPORT_FILE_H

#include "tools/import_run.h"

/* The bytes of a file. */
struct tfs_import_input {
    /* *done is less than size only at the end. */
    enum bc_status (*read)(void *context, void *to, size_t size, size_t *done,
                           struct bc_error *err);
    void *context;
    bool lines; /* a triple file's are its lines, N-Triples or N-Quads, whatever its name says */
};

/* All of these return, with err where it helps, BC_NOT_DIRECTORY, BC_IS_DIRECTORY, BC_INVALID (a
 * link is in the way), what input->read returns, and what the branch returns; BC_CANCELLED: the
 * task is to stop, or refused text was told already. */

/* The folder that the item's target is in, made with the folders above it where they are missing:
 * import->folder and import->name. The others want it found. */
enum bc_status tfs_import_find_folder(struct tfs_import *import, struct bc_error *err);
/* Parsed if its name is a triple file's, else byte for byte. */
enum bc_status tfs_import_file(struct tfs_import *import, const struct tfs_import_input *input,
                               struct bc_error *err);
enum bc_status tfs_import_folder(struct tfs_import *import, struct bc_error *err);
enum bc_status tfs_import_link(struct tfs_import *import, struct bc_slice target,
                               struct bc_error *err);

#endif
