/* Inside branchcore: the text of a patch (patch.h), read whole, before anything is changed. */
#ifndef BRANCHCORE_PATCH_PARSE_H
#define BRANCHCORE_PATCH_PARSE_H

#include "branchcore/ntriples.h"

enum bc_patch_kind { BC_PATCH_CHANGED, BC_PATCH_ADDED, BC_PATCH_DELETED };
enum bc_patch_type {
    BC_PATCH_ANY, /* the patch does not say; whatever is there */
    BC_PATCH_TEXT,
    BC_PATCH_FOLDER,
    BC_PATCH_LINK,
    BC_PATCH_BYTES
};

/* A row A or D. Its line is canonical, '\n' included, and lives as long as the patch and its text.
 */
struct bc_patch_row {
    const char *data;
    uint32_t size;
    char sign;      /* '+' or '-' */
    uint64_t order; /* grows along the text */
};

struct bc_patch_xattr {
    struct bc_slice name;
    struct bc_slice value;
    bool set; /* else it is removed */
    uint64_t line;
};

/* What the text says of one path. */
struct bc_patch_part {
    uint64_t line;        /* of its H path, or of the first bare row */
    struct bc_slice path; /* checked: it stays within the branch; without a slash at its end */
    struct bc_slice from; /* likewise; empty: it was not renamed */
    enum bc_patch_kind kind;
    enum bc_patch_type type; /* of what is added never ANY; with rows TEXT */
    bool has_mode;
    uint32_t mode;
    bool has_target;
    struct bc_slice target;
    bool has_bytes;
    struct bc_buffer bytes; /* of the size and digest that the text says */
    size_t first_row;
    size_t row_count;
    size_t first_xattr;
    size_t xattr_count;
};

struct bc_patch {
    struct bc_patch_part *parts;
    size_t part_count;
    size_t part_capacity;
    struct bc_patch_row *rows;
    size_t row_count;
    size_t row_capacity;
    struct bc_patch_xattr *xattrs;
    size_t xattr_count;
    size_t xattr_capacity;
    struct bc_patch_block
        *blocks; /* strings and lines that are not in the text as they are meant */
};

/* path: of bare rows, may be empty. The text must live as long as the patch, which the caller
 * releases on success. BC_SYNTAX with err: "line L: REASON". */
enum bc_status bc_patch_parse(struct bc_slice text, struct bc_slice path, struct bc_patch *patch,
                              struct bc_error *err);
void bc_patch_release(struct bc_patch *patch);

#endif
