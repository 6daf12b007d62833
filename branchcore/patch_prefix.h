/* Inside branchcore: what patches of other tools have in statements beyond N-Triples: prefixed
 * names, by rows PA and PD, and blank nodes written as IRIs, <_:label>. */
#ifndef BRANCHCORE_PATCH_PREFIX_H
#define BRANCHCORE_PATCH_PREFIX_H

#include "branchcore/memory.h"

struct bc_patch_prefix {
    struct bc_slice name; /* without ':' */
    struct bc_slice iri;  /* without <>; no address: it was removed */
};

/* Zero-initialised is empty. What was added since may be forgotten by setting `count` back. The
 * slices are the caller's. */
struct bc_patch_prefixes {
    struct bc_patch_prefix *items;
    size_t count;
    size_t capacity;
};

enum bc_status bc_patch_prefix_put(struct bc_patch_prefixes *prefixes, struct bc_slice name,
                                   struct bc_slice iri);
void bc_patch_prefixes_release(struct bc_patch_prefixes *prefixes);

struct bc_patch_expansion {
    bool changed;     /* `text` is not the statement as it stood */
    const char *spot; /* of a refusal: in the statement */
    char reason[240];
    struct bc_buffer text; /* the holder releases it */
};

/* Fills expansion with the statement (the rest of a row's line) in the words of N-Quads, which is
 * then still to be parsed. BC_SYNTAX: spot and reason are set. */
enum bc_status bc_patch_expand(const struct bc_patch_prefixes *prefixes, struct bc_slice statement,
                               struct bc_patch_expansion *expansion);

#endif
