/* The rows of a run in the family `runs`: their keys and values, format version 1. run.h says what
 * a run is.
 *
 *   run u64, 'B', last u64        block -> whole lines, '\n' included; last is the place of the
 *                                 block's last byte in the run's text, so the block that holds the
 *                                 byte at an offset is the first one whose key is >= that offset
 *   run u64, 'H'                  header -> u8 version, u64 bytes, u64 lines, u64 quads, u64 blocks
 *   run u64, 'I', separator       index -> u64 offset of the block's first byte, u32 bytes,
 *                                 u64 number of its first line (from 0)
 *   run u64, 'S'                  sums, of a run of changes (delta_run.h) -> u8 version, u64 added
 *                                 lines, u64 bytes of these (without their signs), u64 those with a
 *                                 graph, the SHA-256 of the run's text
 *
 * A separator is the shortest prefix of a block's first line that is greater than the last line of
 * the block before it; the first block's is empty. If it has more than BC_LINE_KEY_MAX bytes, the
 * whole first line is the separator, and the key has the first BC_LINE_KEY_MAX bytes of it, then
 * 0xFF (no UTF-8 byte), then the block's offset u64: so keys stay short and in the order of the
 * separators, and a reader gets such a separator from its block. */
#ifndef BRANCHCORE_RUN_ROW_H
#define BRANCHCORE_RUN_ROW_H

#include "branchcore/row.h"
#include "branchcore/run.h"

enum bc_run_row_kind {
    BC_RUN_BLOCK = 'B',
    BC_RUN_HEADER = 'H',
    BC_RUN_INDEX = 'I',
    BC_RUN_SUMS = 'S'
};

void bc_key_run_block(struct bc_key *key, uint64_t run, uint64_t last);
void bc_key_run_header(struct bc_key *key, uint64_t run);
void bc_key_run_sums(struct bc_key *key, uint64_t run);
/* separator: without '\n'. */
void bc_key_run_index(struct bc_key *key, uint64_t run, struct bc_slice separator, uint64_t offset);

/* From a block's key and value: its first byte's offset. BC_CORRUPT. */
enum bc_status bc_run_block_decode(struct bc_slice key, struct bc_slice value, uint64_t *offset);

enum { BC_RUN_HEADER_BYTES = 33 };
void bc_run_header_encode(const struct bc_run_summary *summary, char to[BC_RUN_HEADER_BYTES]);
/* BC_CORRUPT, BC_NEWER_FORMAT. */
enum bc_status bc_run_header_decode(struct bc_slice value, struct bc_run_summary *summary);

enum { BC_RUN_SUMS_BYTES = 57 };
void bc_run_sums_encode(const struct bc_run_sums *sums, char to[BC_RUN_SUMS_BYTES]);
/* BC_CORRUPT, BC_NEWER_FORMAT. */
enum bc_status bc_run_sums_decode(struct bc_slice value, struct bc_run_sums *sums);

enum { BC_RUN_INDEX_BYTES = 20 };
void bc_run_index_encode(const struct bc_block *block, char to[BC_RUN_INDEX_BYTES]);
/* From an index row's key and value. `separator` is a slice into the key; of a long one (`is_long`)
 * its first BC_LINE_KEY_MAX bytes. BC_CORRUPT. */
enum bc_status bc_run_index_decode(struct bc_slice key, struct bc_slice value,
                                   struct bc_block *block, struct bc_slice *separator,
                                   bool *is_long);

#endif
