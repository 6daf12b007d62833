/* gzip (RFC 1952), read by zlib: one member behind the other, each verified against its checksum
 * and length, which libarchive's own filter leaves alone. */
#ifndef TOOLS_GUNZIP_H
#define TOOLS_GUNZIP_H

#include "tools/source.h"

struct tfs_gunzip;

/* The source is borrowed. BC_NO_MEMORY. */
enum bc_status tfs_gunzip_new(struct tfs_source *source, struct tfs_gunzip **gunzip);
/* *done is less than size only at the end, which the source's end is then, too; NULs behind the
 * last member, as tapes have them, are skipped. BC_INVALID with err: damaged, or cut off. Else as
 * tfs_source_fill. */
enum bc_status tfs_gunzip_read(struct tfs_gunzip *gunzip, void *to, size_t size, size_t *done,
                               struct bc_error *err);
void tfs_gunzip_free(struct tfs_gunzip *gunzip); /* NULL is allowed */

#endif
