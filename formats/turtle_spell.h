/* Inside formats/: how Turtle spells terms: prefixed names, abbreviated numbers, strings over
 * several lines.
 *
 * An IRI is written with the longest prefix whose rest is, or can be made by escapes, a local name
 * (PN_LOCAL); '/', '#' and '?' are not escaped, as what has them behind the prefix reads better in
 * full. Of prefixes with the same IRI the first one counts. */
#ifndef FORMATS_TURTLE_SPELL_H
#define FORMATS_TURTLE_SPELL_H

#include "branchcore/prefixes.h"
#include "formats/out.h"

#define FMT_RDF      "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
#define FMT_RDF_TYPE "<" FMT_RDF "type>"
#define FMT_RDF_NIL  "<" FMT_RDF "nil>"

struct fmt_known_prefix {
    struct bc_slice iri;
    struct bc_slice name;
    uint32_t index;   /* in the prefixes */
    uint32_t shorter; /* one more than that of the longest other one that this begins with; 0 */
    bool longer;      /* another one begins with this */
};

struct fmt_spelling {
    struct fmt_known_prefix *prefixes; /* sorted by their IRIs */
    size_t count;
    bool *used;  /* by their index */
    size_t last; /* one more than the one found last; 0: none */
};

/* prefixes are borrowed; NULL: none. */
enum bc_status fmt_spelling_init(struct fmt_spelling *spelling, const struct bc_prefixes *prefixes);
void fmt_spelling_release(struct fmt_spelling *spelling);

/* These take terms in their canonical form. */

/* Any term but rdf:type as a predicate. Strings of several lines only if `lines`. */
void fmt_spell(struct fmt_spelling *spelling, struct fmt_out *out, struct bc_slice term,
               bool lines);
/* Notes what prefixes fmt_spell would use. */
void fmt_spell_mark(struct fmt_spelling *spelling, struct bc_slice term);
/* Whether the term's spelling has several lines. */
bool fmt_spelled_in_lines(struct bc_slice term);
/* Whether the term needs RDF 1.2: a triple term, or a string with a direction. */
bool fmt_spelled_in_version_2(struct bc_slice term);

static inline bool fmt_is_type(struct bc_slice predicate)
{
    return predicate.size == sizeof FMT_RDF_TYPE - 1 &&
           !memcmp(predicate.data, FMT_RDF_TYPE, sizeof FMT_RDF_TYPE - 1);
}

static inline bool fmt_is_nil(struct bc_slice term)
{
    return term.size == sizeof FMT_RDF_NIL - 1 &&
           !memcmp(term.data, FMT_RDF_NIL, sizeof FMT_RDF_NIL - 1);
}

#endif
