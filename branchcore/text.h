/* Texts: what a triple file contains, read through the layers that make it.
 *
 * struct bc_content says where a text is: a base run and the layers whose changes go on top.
 * struct bc_text is an immutable view of it, with the line rows in memory: sizes are exact, any
 * byte can be read, and blocks of the base that no line row touches pass through. A view goes on
 * being readable whatever happens to the branch afterwards, as long as its base run is kept
 * (run_pins.h). */
#ifndef BRANCHCORE_TEXT_H
#define BRANCHCORE_TEXT_H

#include "branchcore/run.h"
#include "branchcore/store.h"

/* What a layer changes of a text. */
struct bc_change_source {
    uint64_t layer; /* whose line rows; 0: none */
    uint64_t delta; /* a run of changes below the line rows (delta_run.h); 0: none */
    bool joined;    /* it is the layer's joined rows (BC_NODE_JOINED), not its line rows */
};

struct bc_content {
    uint64_t node; /* whose line rows */
    uint64_t run;  /* the base; 0: empty */
    uint64_t size_bytes;
    uint64_t triples;
    uint64_t quads;
    uint64_t version;
    size_t source_count;
    struct bc_change_source *sources; /* from the lowest up; owned, bc_content_release */
};

void bc_content_release(struct bc_content *content);

/* Whether the text has the line (canonical, with or without '\n'). Costs one look-up a layer and at
 * most one block of the base, and their index; no view is needed. The rows must not change
 * meanwhile. BC_CORRUPT, BC_IO. */
enum bc_status bc_content_contains(struct bc_store *store, const struct bc_content *content,
                                   struct bc_slice line, bool *contains);

struct bc_text;

/* Reads the changes: costs what the changes on top of the base cost, not what the base costs.
 * content is copied as far as it is needed; the rows that it names must not change meanwhile.
 * `released` (may be NULL) is called with context when the last reference goes, e.g. to unpin the
 * run; not if this fails. BC_CORRUPT: also if the sizes that result are not those that content
 * says; BC_NEWER_FORMAT, BC_IO. */
enum bc_status bc_text_new(struct bc_store *store, const struct bc_content *content,
                           void (*released)(void *context), void *context, struct bc_text **text);
struct bc_text *bc_text_retain(struct bc_text *text);
void bc_text_release(struct bc_text *text); /* NULL is allowed */

uint64_t bc_text_bytes(const struct bc_text *text);
uint64_t bc_text_triples(const struct bc_text *text);
uint64_t bc_text_version(const struct bc_text *text);
/* The base run; 0: empty. */
uint64_t bc_text_run(const struct bc_text *text);
/* What the view changes of its base run, in the order of lines: sign is '+' or '-', line has its
 * '\n'. A status of sink other than BC_OK ends it and is returned. */
enum bc_status bc_text_each_change(const struct bc_text *text,
                                   enum bc_status (*sink)(void *context, char sign,
                                                          struct bc_slice line),
                                   void *context);
/* Bytes of memory that the view holds: the changed lines, and up to 8 blocks that it has put
 * together for reads of a part of them. */
size_t bc_text_memory(const struct bc_text *text);

/* Copies up to size bytes from offset; *done is less than size only at the end. Any thread, in
 * parallel. BC_CORRUPT, BC_IO: *done is 0. */
enum bc_status bc_text_read(const struct bc_text *text, uint64_t offset, void *to, size_t size,
                            size_t *done);

/* The lines in order. For one thread at a time; holds a reference to the text. */
struct bc_text_cursor;
enum bc_status bc_text_cursor_new(struct bc_text *text, struct bc_text_cursor **cursor);
/* So that the next line is the first >= line (with or without '\n'). Seeks that stay in the block
 * are cheap. BC_CORRUPT, BC_IO: only another seek, or free, may follow. */
enum bc_status bc_text_cursor_seek(struct bc_text_cursor *cursor, struct bc_slice line);
/* The next line, '\n' included, valid until the next call. BC_NO_DATA at the end; BC_CORRUPT,
 * BC_IO: as for seek. */
enum bc_status bc_text_cursor_next(struct bc_text_cursor *cursor, struct bc_slice *line);
/* The lines from the next one on, as many as lie side by side in memory (at least one), and goes
 * behind them. As bc_text_cursor_next. */
enum bc_status bc_text_cursor_lines(struct bc_text_cursor *cursor, struct bc_slice *lines);
/* So that the next line is the first that starts at this place of the text or behind it. Costs a
 * look-up, and a block. As bc_text_cursor_seek. */
enum bc_status bc_text_cursor_place(struct bc_text_cursor *cursor, uint64_t offset);
/* The place in the text at which the next line starts; the text's size at the end. */
uint64_t bc_text_cursor_offset(const struct bc_text_cursor *cursor);
void bc_text_cursor_free(struct bc_text_cursor *cursor);

#endif
