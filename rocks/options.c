#include "rocks/internal.h"

#include <limits.h>

enum {
    KEEP_LOG_FILES = 2,
    LOG_FILE_BYTES = 1 << 20,
    OPEN_FILES = 512,
    MANIFEST_PREALLOCATION_BYTES = 64 << 10,
    FORMAT_VERSION = 5, /* that RocksDB 7.8 and 9.10 both read and write */
    CHECKSUM_XXH3 = 4,
    ROW_BLOCK_BYTES = 8 << 10,
    RUN_BLOCK_BYTES = 16 << 10, /* a block of text is larger, so it gets one of its own */
    ROW_LEVEL = 3,
    LOG_LEVEL_WARN = 2,
    BLOOM_BITS = 10,
    THREADS_MAX = 64,
    BULK_FILES_MIN = 2, /* of the default */
    BULK_FILES_MAX = 8,
    LEVEL_MAX = 22,
    DICTIONARY_MAX = 1 << 20
};
static const size_t SMALLEST_MEMORY = 3u << 20;
static const size_t LARGEST_MEMORY = (size_t)1 << 44;

static size_t or_default(size_t value, size_t otherwise)
{
    return value ? value : otherwise;
}

static bool out_of(int value, int limit)
{
    return value < 0 || value > limit;
}

static int default_files(const struct bc_pool *pool)
{
    int threads = (int)bc_pool_width(pool) - 1;
    if (threads < BULK_FILES_MIN)
        return BULK_FILES_MIN;
    return threads < BULK_FILES_MAX ? threads : BULK_FILES_MAX;
}

enum bc_status rk_settings(const struct rk_options *options, struct rk_settings *settings,
                           struct bc_error *err)
{
    size_t memory = or_default(options->memory_bytes, 96u << 20);
    size_t bulk = or_default(options->bulk_bytes, 96u << 20);
    if (memory < SMALLEST_MEMORY || memory > LARGEST_MEMORY || bulk < SMALLEST_MEMORY ||
        bulk > LARGEST_MEMORY)
        return bc_fail(err, BC_INVALID, "a memory budget of the store must be at least %zu bytes",
                       SMALLEST_MEMORY);
    if (out_of(options->bulk_files, THREADS_MAX) ||
        out_of(options->background_threads, THREADS_MAX))
        return bc_fail(err, BC_INVALID, "the store takes at most %d threads of a kind",
                       THREADS_MAX);
    if (out_of(options->compression_level, LEVEL_MAX) ||
        out_of(options->dictionary_bytes, DICTIONARY_MAX))
        return bc_fail(err, BC_INVALID, "no such compression: level %d, dictionary of %d bytes",
                       options->compression_level, options->dictionary_bytes);
    int files = options->bulk_files ? options->bulk_files : default_files(options->pool);
    *settings = (struct rk_settings){
        .cache_bytes = memory / 3 * 2,
        .write_buffer_bytes = memory / 3,
        .bulk_files = files,
        .bulk_buffer_bytes = bulk / ((size_t)files + 1),
        .compression_level = options->compression_level ? options->compression_level : 3,
        .dictionary_bytes = options->dictionary_bytes,
        .background_threads = options->background_threads ? options->background_threads : 2,
    };
    return BC_OK;
}

rocksdb_options_t *rk_database_options(const struct rk_settings *settings, bool create,
                                       rocksdb_cache_t *cache)
{
    rocksdb_options_t *options = rocksdb_options_create();
    rocksdb_options_set_create_if_missing(options, create);
    rocksdb_options_set_create_missing_column_families(options, create);
    rocksdb_options_set_info_log_level(options, LOG_LEVEL_WARN);
    rocksdb_options_set_keep_log_file_num(options, KEEP_LOG_FILES);
    rocksdb_options_set_max_log_file_size(options, LOG_FILE_BYTES);
    rocksdb_options_set_stats_dump_period_sec(options, 0);
    rocksdb_options_set_stats_persist_period_sec(options, 0);
    rocksdb_options_set_max_open_files(options, OPEN_FILES);
    rocksdb_options_set_max_background_jobs(options, settings->background_threads);
    rocksdb_options_set_manifest_preallocation_size(options, MANIFEST_PREALLOCATION_BYTES);
    rocksdb_options_set_db_write_buffer_size(options, settings->write_buffer_bytes);
    rocksdb_options_set_max_total_wal_size(options, settings->write_buffer_bytes * 2);
    rocksdb_options_set_skip_stats_update_on_db_open(options, 1);
    rocksdb_options_set_advise_random_on_open(options, 0);
    /* After a full disk RocksDB waits until this much is free again (the largest of all families,
     * the empty one with them). */
    rocksdb_options_set_write_buffer_size(options, settings->write_buffer_bytes / 4);
    /* The families' own tables replace this one; it keeps the empty default family from having a
     * cache of its own. */
    rocksdb_block_based_table_options_t *table = rocksdb_block_based_options_create();
    rocksdb_block_based_options_set_block_cache(table, cache);
    rocksdb_options_set_block_based_table_factory(options, table);
    rocksdb_block_based_options_destroy(table);
    return options;
}

static void set_table(rocksdb_options_t *options, enum bc_family family, rocksdb_cache_t *cache)
{
    rocksdb_block_based_table_options_t *table = rocksdb_block_based_options_create();
    rocksdb_block_based_options_set_block_cache(table, cache);
    rocksdb_block_based_options_set_cache_index_and_filter_blocks(table, 1);
    rocksdb_block_based_options_set_format_version(table, FORMAT_VERSION);
    rocksdb_block_based_options_set_checksum(table, CHECKSUM_XXH3);
    rocksdb_block_based_options_set_block_size(table, family == BC_RUNS ? RUN_BLOCK_BYTES
                                                                        : ROW_BLOCK_BYTES);
    /* Readers of a run know from its index what it has; a filter would never be asked. */
    if (family != BC_RUNS) {
        rocksdb_block_based_options_set_filter_policy(
            table, rocksdb_filterpolicy_create_bloom_full(BLOOM_BITS)); /* takes it over */
        rocksdb_block_based_options_set_whole_key_filtering(table, 1);
    }
    rocksdb_options_set_block_based_table_factory(options, table);
    rocksdb_block_based_options_destroy(table);
}

static void set_compression(rocksdb_options_t *options, int level, int dictionary_bytes)
{
    const int window_bits = -14; /* zstd: as the level has it */
    rocksdb_options_set_compression(options, rocksdb_zstd_compression);
    rocksdb_options_set_compression_options(options, window_bits, level, 0, dictionary_bytes);
}

rocksdb_options_t *rk_family_options(const rocksdb_options_t *database, enum bc_family family,
                                     const struct rk_settings *settings, rocksdb_cache_t *cache)
{
    rocksdb_options_t *options = rocksdb_options_create_copy((rocksdb_options_t *)database);
    set_table(options, family, cache);
    if (family == BC_RUNS) {
        /* A file that two runs share could not be removed with one of them, and only a compaction
         * would ever make one. */
        rocksdb_options_set_disable_auto_compactions(options, 1);
        set_compression(options, settings->compression_level, settings->dictionary_bytes);
    } else {
        rocksdb_options_set_level_compaction_dynamic_level_bytes(options, 1);
        set_compression(options, ROW_LEVEL, 0);
    }
    return options;
}
