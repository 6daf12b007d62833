/* Rows: how branches, trees and texts are laid out as keys and values of the store (store.h). This
 * is the on-disk format, version 1; docs/format.md tells it to people, tests/golden/format-1.txt
 * pins it. Integers are big-endian (codec.h).
 *
 * Family `layers`, keys `layer u64 | kind u8 | ...`; a layer is a working set (mutable, of one
 * branch) or frozen:
 *
 *   'D' parent u64, name     an entry of a folder -> node u64, kind u8; node 0: removed here
 *   'J' node u64, line key   one line of what the layer and those below it change of a text's base
 *                            run, all together (BC_NODE_JOINED) -> as 'L'
 *   'L' node u64, line key   one line of the layer's change of a text -> '+' or '-' (see below)
 *   'N' node u64             the node record: attributes, and where the content is; in an index
 *                            layer (stack_index.h) u8 0xFF, u64 the layer that has the record
 *   'P' node u64, chunk u64  BC_CHUNK_BYTES of a plain file's bytes (shorter: zeros follow)
 *   'X' node u64, name       an extended attribute -> u8 1 and its value, or u8 0: removed here
 *
 * A line key is the line without its '\n' if that has at most BC_LINE_KEY_MAX bytes; the value is
 * the sign. A longer line's key is its first BC_LINE_KEY_MAX bytes, then 0xFF (no UTF-8 byte), then
 * its XXH3 128-bit hash (canonical, 16 bytes), and its value the sign and the whole line without
 * '\n': such rows with one and the same prefix are in the order of their hashes, and readers sort
 * them (delta.h).
 *
 * Family `runs`, keys `run u64 | kind u8 | ...`: one immutable sorted text, see run_row.h.
 *
 * Family `refs`:
 *
 *   "b" name                      branch -> id u64
 *   "B" id u64                    the branch record (branch_record.h)
 *   "c" id                        a commit (commit_record.h)
 *   "g" sequence u64              an entry of the reflog
 *   "j" branch u64, path          a rejected text: its layer, size, time (rejected.c)
 *   "l" layer u64                 the layer record (layer_record.h): its parent layer
 *   "m" name                      one of the store's own settings: "format", "next", "default" ...
 *   "o" layer u64, node u64       a node without a name that was still open (an unlinked file)
 *   "s" layer u64, node u64, syntax u8  how large a triple file's text came out (shown_size.c)
 *   "t" name                      a tag -> the commit's id
 *   "u" run u64, layer, node u64  that node record of that layer refers to that run
 *   "w" branch u64                a merge that waits (merge_waiting.c) */
#ifndef BRANCHCORE_ROW_H
#define BRANCHCORE_ROW_H

#include "branchcore/codec.h"
#include "branchcore/memory.h"
#include "branchcore/status.h"

enum { BC_LINE_KEY_MAX = 1000, BC_CHUNK_BYTES = 64 << 10, BC_NAME_MAX = 255 };

/* The folder that every branch starts from. */
enum { BC_ROOT_NODE = 1 };

enum bc_row_kind {
    BC_ROW_ENTRY = 'D',
    BC_ROW_JOINED = 'J',
    BC_ROW_LINE = 'L',
    BC_ROW_NODE = 'N',
    BC_ROW_CHUNK = 'P',
    BC_ROW_XATTR = 'X'
};

/* A key of bounded size, built in place. */
struct bc_key {
    size_t size;
    char bytes[8 + 1 + 8 + BC_LINE_KEY_MAX + 1 + 16];
};

static inline struct bc_slice bc_key_slice(const struct bc_key *key)
{
    return bc_slice(key->bytes, key->size);
}

/* `layer | kind`, the prefix of all rows of one kind; kind 0: of all rows of the layer or run. */
void bc_key_prefix(struct bc_key *key, uint64_t layer, char kind);
/* `layer | kind | node`; ends there for 'N', is a prefix for the other kinds. */
void bc_key_node(struct bc_key *key, uint64_t layer, char kind, uint64_t node);
/* name: at most BC_NAME_MAX bytes (checked by the callers, asserted here). */
void bc_key_entry(struct bc_key *key, uint64_t layer, uint64_t parent, struct bc_slice name);
void bc_key_xattr(struct bc_key *key, uint64_t layer, uint64_t node, struct bc_slice name);
void bc_key_chunk(struct bc_key *key, uint64_t layer, uint64_t node, uint64_t chunk);
/* line: canonical, with or without its '\n'. */
void bc_key_line(struct bc_key *key, uint64_t layer, uint64_t node, struct bc_slice line);
/* The same of BC_ROW_LINE or BC_ROW_JOINED. */
void bc_key_line_of(struct bc_key *key, uint64_t layer, char kind, uint64_t node,
                    struct bc_slice line);
/* The least key that is greater than all keys with this prefix: the upper bound of a range. */
void bc_key_behind(struct bc_key *key);

/* The value of a line row. BC_NO_MEMORY. */
enum bc_status bc_line_value(struct bc_buffer *to, char sign, struct bc_slice line);
/* From a line row's key and value: its sign and its line without '\n' (a slice into key or value),
 * never empty. BC_CORRUPT: also if a long line is not that of its key. */
enum bc_status bc_line_decode(struct bc_slice key, struct bc_slice value, char *sign,
                              struct bc_slice *line);

enum bc_kind { BC_GONE = 0, BC_DIRECTORY = 1, BC_FILE = 2, BC_SYMLINK = 3 };

/* How a file's content is stored; its name alone says how it is to be treated (syntax.h). */
enum bc_form { BC_BYTES = 0, BC_TEXT = 1 };

enum bc_node_flag {
    BC_NODE_DELTA = 1, /* text: this layer has line rows; bytes: this layer has chunks */
    BC_NODE_BASE =
        2,              /* text: nothing below counts: the content is `run` (0: nothing) and, unless
                           COVERS, the   layer's line rows on top of it. Bytes: no chunk below counts */
    BC_NODE_COVERS = 4, /* with BASE: `run` is the whole content as of this layer; the line rows are
                           no part of it, but still what the layer changes (see below) */
    BC_NODE_XATTR = 8,  /* this layer has rows of extended attributes */
    BC_NODE_JOINED = 16 /* with COVERS: the whole content is `run` with the layer's joined rows */
};

/* The record of a node in a layer. The topmost layer of a branch that has one is what counts.
 *
 * A text's content is, with BASE, `run` and on top of it (unless COVERS) the layer's line rows;
 * without BASE the content below, on top of it the run `delta`, if there is one, and on top of that
 * the line rows. What the layer changes is the run `delta` and on top of it the line rows; with
 * BASE and neither COVERS nor a delta that is not known, and has to be found by comparing. */
struct bc_node {
    uint8_t kind; /* enum bc_kind; BC_GONE: removed in this layer, the other fields are 0 */
    uint8_t form; /* enum bc_form */
    uint8_t flags;
    uint32_t mode; /* permission bits, set-id and sticky bits; no file type */
    uint32_t uid;
    uint32_t gid;
    int64_t atime_ns; /* since 1970 */
    int64_t mtime_ns;
    int64_t ctime_ns;
    int64_t btime_ns;
    uint64_t parent;     /* the folder that names it; 0: the root, or a file without a name */
    uint64_t size_bytes; /* of the content as it is read */
    uint64_t triples;    /* lines of a text, quads included */
    uint64_t quads;      /* lines with a graph */
    uint64_t version;    /* unique for each state of the content; grows */
    uint64_t run;        /* see BC_NODE_BASE */
    uint64_t delta;      /* of a text: a run of what this layer changes, delta_run.h; 0: none */
    uint64_t below; /* the next lower layer of this branch with a record of this node; 0: none */
    uint64_t delta_bytes;   /* text of all line rows that a reader has to overlay on the base; runs
                               of changes do not count */
    uint64_t cut_bytes;     /* of bytes: chunks of the layers below count up to here only */
    struct bc_slice name;   /* in parent; of a decoded record: a slice into its value */
    struct bc_slice target; /* of a symbolic link */
};

enum bc_status bc_node_encode(const struct bc_node *node, struct bc_buffer *to);
/* BC_CORRUPT; BC_NEWER_FORMAT (also of a redirect). */
enum bc_status bc_node_decode(struct bc_slice value, struct bc_node *node);

/* The value of a node's row in an index layer: where its record is. */
enum { BC_REDIRECT_BYTES = 9 };
void bc_redirect_encode(uint64_t layer, char to[BC_REDIRECT_BYTES]);
/* False if it is no redirect. */
bool bc_redirect_decode(struct bc_slice value, uint64_t *layer);

#endif
