/* Inside branchcore: the hashes of RDFC-1.0 (canon.h): of a message, and of what is said of one
 * blank node ("Hash First Degree Quads", section 4.6 of the text). */
#ifndef BRANCHCORE_CANON_HASH_H
#define BRANCHCORE_CANON_HASH_H

#include "branchcore/canon.h"
#include "branchcore/canon_graph.h"

#include <openssl/evp.h>

enum { BC_CANON_DIGEST_MAX = 48, BC_CANON_HEX_MAX = 2 * BC_CANON_DIGEST_MAX };

/* In bytes, of which the hasher's `size` first ones count. Their order is that of their hexadecimal
 * texts. */
struct bc_canon_digest {
    unsigned char bytes[BC_CANON_DIGEST_MAX];
};

struct bc_canon_hasher {
    EVP_MD_CTX *context;
    size_t size;
    /* For one blank node's statements. */
    struct bc_buffer text;
    struct bc_slice *lines;
    size_t line_capacity;
};

enum bc_status bc_canon_hasher_init(struct bc_canon_hasher *hasher, enum bc_canon_hash hash);
void bc_canon_hasher_release(struct bc_canon_hasher *hasher);
enum bc_status bc_canon_digest(struct bc_canon_hasher *hasher, struct bc_slice message,
                               struct bc_canon_digest *digest);
enum bc_status bc_canon_put_hex(const struct bc_canon_hasher *hasher,
                                const struct bc_canon_digest *digest, struct bc_buffer *to);
static inline int bc_canon_compare(const struct bc_canon_hasher *hasher,
                                   const struct bc_canon_digest *a, const struct bc_canon_digest *b)
{
    return __builtin_memcmp(a->bytes, b->bytes, hasher->size);
}

/* Of the node's statements, in which it is called _:a itself, and all others _:z. */
enum bc_status bc_canon_first_degree(struct bc_canon_hasher *hasher,
                                     const struct bc_canon_graph *graph, uint32_t node,
                                     struct bc_canon_digest *digest);
/* The same with others under their own labels: nodes with the same one are twins, of which exactly
 * the same is said. (No statement has two twins: it would have to name either of them.) */
enum bc_status bc_canon_neighbourhood(struct bc_canon_hasher *hasher,
                                      const struct bc_canon_graph *graph, uint32_t node,
                                      struct bc_canon_digest *digest);

#endif
