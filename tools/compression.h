/* Compressions: as the extensions of names say them, and as the first bytes of a stream do. */
#ifndef TOOLS_COMPRESSION_H
#define TOOLS_COMPRESSION_H

#include "branchcore/memory.h"

#include <stdbool.h>

enum tfs_compression {
    TFS_PLAIN, /* none */
    TFS_GZIP,
    TFS_BZIP2,
    TFS_XZ,
    TFS_ZSTD,
    TFS_COMPRESSION_COUNT
};

enum {
    /* Bytes that tfs_compression_of_bytes looks at. */
    TFS_COMPRESSION_MAGIC = 10
};

/* "gzip", "bzip2", "xz", "zstd"; "plain". */
const char *tfs_compression_name(enum tfs_compression compression);
/* By its extension (.gz, .bz2, .xz, .zst). *stem_size: of the name without it. A name that is
 * nothing but the extension has none. */
enum tfs_compression tfs_compression_of_name(struct bc_slice name, size_t *stem_size);
/* "gz", "bz2", "xz", "zst"; false: another word. */
bool tfs_compression_of_word(const char *word, enum tfs_compression *compression);
/* By what a stream starts with: all of it, or at least TFS_COMPRESSION_MAGIC bytes. No text of
 * triples starts so. */
enum tfs_compression tfs_compression_of_bytes(struct bc_slice start);
/* Whether it is the name of a tar, compressed or not: x.tar, x.tar.gz, ..., x.tgz, x.tzst. */
bool tfs_is_tar_name(struct bc_slice name, enum tfs_compression *compression);

#endif
