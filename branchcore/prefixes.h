/* Prefixes: short names for the beginnings of IRIs, as Turtle declares them.
 *
 * Written down, one a line: "NAME: <IRI>\n", the name without quotes and possibly empty (":
 * <IRI>"). A triple file keeps those that its text brought in the extended attribute
 * BC_PREFIXES_ATTRIBUTE; without that attribute it never brought any, and is shown with those of
 * the store. */
#ifndef BRANCHCORE_PREFIXES_H
#define BRANCHCORE_PREFIXES_H

#include "branchcore/memory.h"
#include "branchcore/status.h"

#include <stdbool.h>

#define BC_PREFIXES_ATTRIBUTE "user.triplefs.prefixes"

struct bc_prefix {
    char *name; /* valid as Turtle's PNAME_NS without ':', "" included */
    char *iri;  /* absolute, without <> */
};

/* In the order of their first declaration. {0} is an empty one. */
struct bc_prefixes {
    struct bc_prefix *list;
    size_t count;
    size_t room;
};

/* Declares a prefix, or gives one another meaning. Copies. BC_NO_MEMORY. */
enum bc_status bc_prefixes_set(struct bc_prefixes *prefixes, struct bc_slice name,
                               struct bc_slice iri);
/* False if there was none of that name. */
bool bc_prefixes_remove(struct bc_prefixes *prefixes, struct bc_slice name);
/* NULL: not declared. */
const struct bc_prefix *bc_prefixes_find(const struct bc_prefixes *prefixes, struct bc_slice name);
/* Adds what `from` has and `to` does not, by name. */
enum bc_status bc_prefixes_unite(struct bc_prefixes *to, const struct bc_prefixes *from);
/* Whether a name, and an IRI, may be declared. */
bool bc_prefix_name_valid(struct bc_slice name);
bool bc_prefix_iri_valid(struct bc_slice iri);

/* Adds what is written down; '#' begins a comment line, blank lines and "@prefix NAME: <IRI> ." and
 * "PREFIX NAME: <IRI>" are taken as well. BC_INVALID with err, which says the line: nothing was
 * added. */
enum bc_status bc_prefixes_read(struct bc_prefixes *prefixes, struct bc_slice text,
                                struct bc_error *err);
/* Appends them, written down. */
enum bc_status bc_prefixes_write(const struct bc_prefixes *prefixes, struct bc_buffer *to);
void bc_prefixes_release(struct bc_prefixes *prefixes);

#endif
