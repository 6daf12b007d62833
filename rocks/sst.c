#include "rocks/internal.h"

#include <string.h>

enum bc_status rk_row_append(struct bc_buffer *rows, struct bc_slice key, struct bc_slice value)
{
    size_t size;
    if (__builtin_add_overflow(key.size, value.size, &size) ||
        __builtin_add_overflow(size, RK_ROW_OVERHEAD, &size))
        return BC_NO_MEMORY;
    enum bc_status st = bc_buffer_reserve(rows, size);
    if (st)
        return st;
    /* Cannot fail: the room is there. */
    (void)bc_buffer_append(rows, &key.size, sizeof key.size);
    (void)bc_buffer_append(rows, &value.size, sizeof value.size);
    (void)bc_buffer_append(rows, key.data, key.size);
    (void)bc_buffer_append(rows, value.data, value.size);
    return BC_OK;
}

static void put_rows(rocksdb_sstfilewriter_t *writer, struct bc_slice rows, char **error)
{
    for (size_t at = 0; !*error && at < rows.size;) {
        size_t sizes[2];
        memcpy(sizes, rows.data + at, sizeof sizes);
        const char *key = rows.data + at + sizeof sizes;
        rocksdb_sstfilewriter_put(writer, key, sizes[0], key + sizes[0], sizes[1], error);
        at += sizeof sizes + sizes[0] + sizes[1];
    }
}

enum bc_status rk_sst_write(struct rk_store *store, const rocksdb_options_t *options,
                            const char *path, struct bc_slice rows)
{
    /* Most rows compress well, but none need to. */
    enum bc_status st = rk_room(store, rows.size, RK_NEED_CONTENT);
    if (st)
        return st;
    rocksdb_envoptions_t *env = rocksdb_envoptions_create();
    rocksdb_sstfilewriter_t *writer = rocksdb_sstfilewriter_create(env, options);
    char *error = NULL;
    rocksdb_sstfilewriter_open(writer, path, &error);
    if (!error)
        put_rows(writer, rows, &error);
    if (!error)
        rocksdb_sstfilewriter_finish(writer, &error);
    rocksdb_sstfilewriter_destroy(writer);
    rocksdb_envoptions_destroy(env);
    return rk_failed(store, error);
}
