/* Sizes as people write them: 65536, 64K, 512M, 2G (powers of 1024; also KiB, MB and so on). */
#ifndef TOOLS_SIZE_H
#define TOOLS_SIZE_H

#include "branchcore/status.h"

#include <stdint.h>

/* BC_INVALID: not a size, or over 2^62. */
enum bc_status tfs_size_parse(const char *text, uint64_t *bytes);

/* "12.3 MiB"; to has room for at least 16 bytes. */
void tfs_size_format(uint64_t bytes, char to[16]);
/* "1,234,567"; to has room for at least 32 bytes. */
void tfs_count_format(uint64_t count, char to[32]);

#endif
