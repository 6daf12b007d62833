/* Inside formats/: the prefixes and the base that are in force where a Turtle text is being read.
 * Prefixes are found by a hash of their name. */
#ifndef FORMATS_TURTLE_NAMES_H
#define FORMATS_TURTLE_NAMES_H

#include "branchcore/prefixes.h"
#include "formats/iri_resolve.h"

struct fmt_names_slot {
    uint64_t hash;
    uint32_t name_size;
    uint32_t iri_size;
    size_t number; /* in the list, from 1; 0: an empty slot */
};

/* Zero-initialised has no prefix and no base. */
struct fmt_names {
    struct bc_prefixes prefixes;
    struct fmt_names_slot *slots; /* a power of two of them, at most half of them in use */
    size_t mask;
    struct bc_buffer base;
    struct fmt_iri_parts base_parts; /* spans of base; without a scheme: there is no base */
};

/* Takes an IRI without <>, absolute. Copies. A failure leaves all as it was. BC_NO_MEMORY. */
enum bc_status fmt_names_declare(struct fmt_names *names, struct bc_slice name,
                                 struct bc_slice iri);
enum bc_status fmt_names_set_base(struct fmt_names *names, struct bc_slice iri);
/* False: not declared. *iri is borrowed until the next declaration. */
bool fmt_names_find(const struct fmt_names *names, struct bc_slice name, struct bc_slice *iri);
void fmt_names_release(struct fmt_names *names);

#endif
