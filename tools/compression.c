#include "tools/compression.h"

#include <string.h>

static const struct {
    const char *name;
    const char *extension;
    const char *tar_extension; /* for both at once */
} facts[TFS_COMPRESSION_COUNT] = {
    [TFS_PLAIN] = {"plain", "", ".tar"},     [TFS_GZIP] = {"gzip", ".gz", ".tgz"},
    [TFS_BZIP2] = {"bzip2", ".bz2", ".tbz"}, [TFS_XZ] = {"xz", ".xz", ".txz"},
    [TFS_ZSTD] = {"zstd", ".zst", ".tzst"},
};

const char *tfs_compression_name(enum tfs_compression compression)
{
    return facts[compression].name;
}

static bool ends_with(struct bc_slice name, const char *extension)
{
    size_t size = strlen(extension);
    return name.size > size && memcmp(name.data + name.size - size, extension, size) == 0;
}

enum tfs_compression tfs_compression_of_name(struct bc_slice name, size_t *stem_size)
{
    *stem_size = name.size;
    for (int i = TFS_PLAIN + 1; i < TFS_COMPRESSION_COUNT; i++)
        if (ends_with(name, facts[i].extension)) {
            *stem_size = name.size - strlen(facts[i].extension);
            return (enum tfs_compression)i;
        }
    return TFS_PLAIN;
}

bool tfs_compression_of_word(const char *word, enum tfs_compression *compression)
{
    for (int i = TFS_PLAIN + 1; i < TFS_COMPRESSION_COUNT; i++)
        if (strcmp(word, facts[i].extension + 1) == 0) {
            *compression = (enum tfs_compression)i;
            return true;
        }
    return false;
}

bool tfs_is_tar_name(struct bc_slice name, enum tfs_compression *compression)
{
    for (int i = 0; i < TFS_COMPRESSION_COUNT; i++)
        if (ends_with(name, facts[i].tar_extension)) {
            *compression = (enum tfs_compression)i;
            return true;
        }
    size_t stem;
    *compression = tfs_compression_of_name(name, &stem);
    return *compression && ends_with(bc_slice(name.data, stem), ".tar");
}

static bool starts_with(struct bc_slice text, const void *magic, size_t size)
{
    return text.size >= size && memcmp(text.data, magic, size) == 0;
}

/* A first block's mark behind the header, or that of the end of a stream without blocks. */
static bool is_bzip2(struct bc_slice start)
{
    if (start.size < TFS_COMPRESSION_MAGIC || memcmp(start.data, "BZh", 3) != 0 ||
        start.data[3] < '1' || start.data[3] > '9')
        return false;
    return memcmp(start.data + 4, "1AY&SY", 6) == 0 ||
           memcmp(start.data + 4, "\x17\x72\x45\x38\x50\x90", 6) == 0;
}

/* RFC 8878: a frame, or one that is to be skipped, as parallel compressors write first. */
static bool is_zstd(struct bc_slice start)
{
    return starts_with(start, "\x28\xb5\x2f\xfd", 4) ||
           (start.size >= 4 && (start.data[0] & 0xf0) == 0x50 &&
            memcmp(start.data + 1, "\x2a\x4d\x18", 3) == 0);
}

enum tfs_compression tfs_compression_of_bytes(struct bc_slice start)
{
    if (starts_with(start, "\x1f\x8b\x08", 3))
        return TFS_GZIP;
    if (starts_with(start,
                    "\xfd"
                    "7zXZ",
                    6))
        return TFS_XZ;
    if (is_bzip2(start))
        return TFS_BZIP2;
    return is_zstd(start) ? TFS_ZSTD : TFS_PLAIN;
}
