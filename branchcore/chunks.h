/* Plain files' bytes as chunk rows through the layers. Inside of the model: the branch's lock is
 * held.
 *
 * Reading a chunk goes from the topmost record of the node down: a layer with BC_NODE_DELTA may
 * have the chunk's row; where it has none, the layers below count up to the record's cut_bytes;
 * BC_NODE_BASE ends the way. Bytes that no row has are zeros. */
#ifndef BRANCHCORE_CHUNKS_H
#define BRANCHCORE_CHUNKS_H

#include "branchcore/model.h"
#include "branchcore/raw_parse.h"

/* No plain file is larger. */
#define BC_FILE_MAX ((uint64_t)1 << 62)

/* Fills to[BC_CHUNK_BYTES] with what a reader sees of the chunk; *hole (may be NULL) if no row has
 * it. */
enum bc_status bc_chunk_read(struct bc_branch *branch, const struct bc_found *found, uint64_t chunk,
                             char *to, bool *hole);
/* Puts the rows for bytes written at offset and sets the record's size, flags, version and times;
 * the caller puts the record. */
enum bc_status bc_chunks_write(struct bc_update *update, struct bc_found *found, uint64_t offset,
                               const char *from, size_t size);
/* The same for another size. */
enum bc_status bc_chunks_resize(struct bc_update *update, struct bc_found *found,
                                uint64_t size_bytes);

/* A file that holds a text is to get bytes. First, with no lock held, all that source gives goes
 * into rows that nobody sees while the record says that the content is a text; *work: the working
 * set that has them. Then, in an update, the record says that they are the content; the caller puts
 * it. BC_BUSY: a fork froze the working set since. */
enum bc_status bc_bytes_prepare(struct bc_branch *branch, uint64_t node, bc_raw_source source,
                                void *context, uint64_t *work, uint64_t *size_bytes);
enum bc_status bc_bytes_become(struct bc_update *update, struct bc_found *found, uint64_t work,
                               uint64_t size_bytes);

/* A plain-named file that holds a text gets the text as bytes (or nothing, if it is to be cut to
 * nothing anyway). No lock is held. BC_OK if it has bytes already; BC_INVALID if its name is a
 * triple file's. */
enum bc_status bc_bytes_from_text(struct bc_branch *branch, uint64_t node, bool empty);

#endif
