/* The marker: the file `triplefs` in a store's directory, which says that it is one and of which
 * format. A store whose creation was cut off has the file `triplefs.new` instead. */
#ifndef TOOLS_STORE_MARKER_H
#define TOOLS_STORE_MARKER_H

#include "branchcore/status.h"

#include <stdbool.h>

/* What a directory is. BC_OK: a finished store of a format that this program reads. BC_NOT_A_STORE,
 * BC_NEWER_FORMAT, BC_CORRUPT (a damaged marker), BC_DENIED, BC_IO, with err as a whole sentence.
 * path is for the messages. */
enum bc_status tfs_marker_read(int directory, const char *path, struct bc_error *err);

/* True if the creation of a store was begun in the directory and not finished. */
bool tfs_marker_begun(int directory);
/* Begins: safe from a power cut when it returns; may be repeated. BC_DENIED, BC_NO_SPACE, BC_IO. */
enum bc_status tfs_marker_begin(int directory, const char *path, struct bc_error *err);
/* Turns what was begun into a store, in one step. Errors as above. */
enum bc_status tfs_marker_finish(int directory, const char *path, struct bc_error *err);

/* The status that an errno of a file operation stands for: BC_DENIED, BC_NO_SPACE, BC_NOT_FOUND,
 * BC_NO_MEMORY, else BC_IO. */
enum bc_status tfs_status_of_errno(int number);

#endif
