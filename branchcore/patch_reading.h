/* Inside branchcore: a patch while its text is read; only patch_parse.c and patch_header.c use it.
 */
#ifndef BRANCHCORE_PATCH_READING_H
#define BRANCHCORE_PATCH_READING_H

#include "branchcore/patch_parse.h"
#include "branchcore/patch_prefix.h"

/* What the headers of the present part said, beyond the part itself. */
struct bc_patch_headers {
    unsigned seen;       /* a bit each, patch_header.c */
    uint64_t xattr_line; /* of an H xattr right before; else 0 */
    uint64_t type_line;  /* these: 0 if it was not there */
    uint64_t target_line;
    uint64_t bytes_line; /* the first of size, sha256 and base64 */
    uint64_t size_line;
    uint64_t size_bytes;
    uint64_t digest_line;
    unsigned char digest[32];
    bool closed; /* rows or a transaction came: no headers may follow */
    bool rows;   /* rows came */
};

struct bc_patch_reading {
    struct bc_patch *patch;
    struct bc_slice bare_path;
    struct bc_error *err;

    uint64_t line;
    const char *start; /* of the line */
    const char *at;
    const char *end; /* without its line end */
    const char *text_end;

    struct bc_patch_part *part; /* the last one; NULL: none yet */
    enum bc_syntax syntax;      /* of its rows A */
    enum bc_syntax old_syntax;  /* of its rows D: that of the name it had before */
    struct bc_patch_headers headers;

    uint64_t transaction; /* the line of its TX; 0: none is open */
    size_t transaction_rows;
    size_t transaction_prefixes;

    struct bc_patch_prefixes prefixes;
    struct bc_patch_expansion expansion;
    struct bc_buffer canonical;
};

/* BC_SYNTAX with "line L: ...": of the present line, or of another. */
enum bc_status bc_patch_refuse(struct bc_patch_reading *reading, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
enum bc_status bc_patch_refuse_at(struct bc_patch_reading *reading, uint64_t line,
                                  const char *format, ...) __attribute__((format(printf, 3, 4)));

void bc_patch_skip_blanks(struct bc_patch_reading *reading);
/* The '.' of a row, and nothing behind it but a comment. */
enum bc_status bc_patch_end_of_row(struct bc_patch_reading *reading);
/* A literal without language and type at the cursor, unescaped; what names it in messages. */
enum bc_status bc_patch_string(struct bc_patch_reading *reading, const char *what,
                               struct bc_slice *string);
/* A copy that lives as long as the patch; NULL: no memory. */
const char *bc_patch_keep(struct bc_patch *patch, struct bc_slice bytes);

/* Begins a part, with this path. */
enum bc_status bc_patch_part_begin(struct bc_patch_reading *reading, struct bc_slice path);
/* Whether the present part, all of whose headers are there, says what can be. */
enum bc_status bc_patch_part_end(struct bc_patch_reading *reading);
/* The rest of a row H. */
enum bc_status bc_patch_header(struct bc_patch_reading *reading);
/* Whether the present part may have rows. */
enum bc_status bc_patch_rows_allowed(struct bc_patch_reading *reading);

#endif
