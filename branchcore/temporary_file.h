/* A temporary file without a name, gone when it is closed, and its bytes at
 * offsets. One thread at a time writes; any number read what is written. */
#ifndef BRANCHCORE_TEMPORARY_FILE_H
#define BRANCHCORE_TEMPORARY_FILE_H

#include "branchcore/status.h"

#include <stddef.h>
#include <stdint.h>

/* In a directory that exists; the caller closes it with close(2). BC_NOT_FOUND (no such directory),
 * BC_DENIED, BC_NO_SPACE, BC_IO. */
enum bc_status bc_temporary_file_open(const char *directory, int *file);
/* All of data. BC_NO_SPACE, BC_TOO_LARGE (beyond the file system's largest file), BC_IO. */
enum bc_status bc_temporary_file_write(int file, uint64_t offset, const char *data, size_t size);
/* *done is less than size only at the file's end. BC_IO. */
enum bc_status bc_temporary_file_read(int file, uint64_t offset, char *to, size_t size,
                                      size_t *done);
/* Cuts it, or lets it grow with zeros. As bc_temporary_file_write. */
enum bc_status bc_temporary_file_truncate(int file, uint64_t size);

#endif
