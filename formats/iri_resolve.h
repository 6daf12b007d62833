/* Inside formats/: IRI references resolved against a base (RFC 3986, sections 5.2 to 5.4, on the
 * characters of RFC 3987). Pure text: that the characters are ones that an IRI may hold is the
 * caller's to check, before; the result holds no others. */
#ifndef FORMATS_IRI_RESOLVE_H
#define FORMATS_IRI_RESOLVE_H

#include "branchcore/memory.h"
#include "branchcore/status.h"

#include <stdbool.h>

/* The parts of a reference (RFC 3986, appendix B), without what sets them apart: ':', "//", '?',
 * '#'. A part that is not there has data NULL; the path is always there, possibly empty. */
struct fmt_iri_parts {
    struct bc_slice scheme;
    struct bc_slice authority;
    struct bc_slice path;
    struct bc_slice query;
    struct bc_slice fragment;
};

/* The parts are spans of reference. */
struct fmt_iri_parts fmt_iri_split(struct bc_slice reference);
/* Appends the target that the reference means. base has a scheme. A reference with a scheme is
 * taken as it is, also with "." and ".." in its path: two texts that name it so name the same IRI.
 * A failure leaves the buffer as it was. */
enum bc_status fmt_iri_resolve(const struct fmt_iri_parts *base, struct bc_slice reference,
                               struct bc_buffer *to);

#endif
