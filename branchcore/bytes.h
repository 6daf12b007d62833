/* Plain files: bytes in chunks (row.h), sparse where nothing was written. Errors as in tree.h. A
 * change is visible to everybody at once, as in any file system. A file whose content is a text (it
 * once had a triple file's name) reads as its canonical text and becomes bytes by the first write
 * (also by one that fails then: it reads the same). */
#ifndef BRANCHCORE_BYTES_H
#define BRANCHCORE_BYTES_H

#include "branchcore/tree.h"

/* *done is less than size only at the end of the file. */
enum bc_status bc_bytes_read(struct bc_branch *branch, uint64_t node, uint64_t offset, void *to,
                             size_t size, size_t *done);
/* append: offset is ignored, the bytes go to the end. *attr (may be NULL): afterwards. BC_TOO_LARGE
 * beyond 2^62. */
enum bc_status bc_bytes_write(struct bc_branch *branch, uint64_t node, uint64_t offset,
                              const void *from, size_t size, bool append, struct bc_attr *attr);

#endif
