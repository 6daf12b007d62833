/* Inside formats/: how RDF/XML names the predicates of a set: as elements, so each IRI is cut into
 * a namespace, which has a prefix, and a name of XML (Namespaces in XML 1.0: NCName).
 *
 * A predicate is named by the longest prefix given that leaves a name; if there is none, by one
 * made for it: ns1, ns2 ... in the order of their namespaces. */
#ifndef FORMATS_RDFXML_NAMES_H
#define FORMATS_RDFXML_NAMES_H

#include "branchcore/prefixes.h"

#define FMT_RDF "http://www.w3.org/1999/02/22-rdf-syntax-ns#"

struct fmt_rdfxml_name {
    char *iri;   /* without <> */
    char *qname; /* once they are closed */
    size_t size; /* of iri */
    size_t split;
    size_t prefix; /* of those declared */
};

/* Zero-initialised is empty. */
struct fmt_rdfxml_names {
    struct bc_prefixes prefixes; /* those to declare, once they are closed */
    const char *rdf;             /* the prefix of FMT_RDF among them */
    struct fmt_rdfxml_name *list;
    size_t count;
    size_t room;
    uint32_t *slots; /* indexes of list + 1, by hash */
    size_t mask;
};

/* Adds a predicate ("<iri>") that is not there. BC_INVALID with err: RDF/XML cannot say it. */
enum bc_status fmt_rdfxml_names_add(struct fmt_rdfxml_names *names, struct bc_slice predicate,
                                    struct bc_error *err);
/* All were added: gives them their names. given may be NULL; used: declare only what is used. */
enum bc_status fmt_rdfxml_names_close(struct fmt_rdfxml_names *names,
                                      const struct bc_prefixes *given, bool used);
/* NULL: it was not added. */
const char *fmt_rdfxml_names_find(const struct fmt_rdfxml_names *names, struct bc_slice predicate);
void fmt_rdfxml_names_release(struct fmt_rdfxml_names *names);

/* Labels of blank nodes as rdf:nodeID, which is a name of XML, too: those that are none in ASCII
 * are "x-" and their letters and digits, all other bytes as '-' and two digits; so are those that
 * begin with "x-". label is without "_:". */
enum bc_status fmt_rdfxml_put_node_id(struct bc_slice label, struct bc_buffer *to);
/* The label that is written so. */
enum bc_status fmt_rdfxml_label(struct bc_slice node_id, struct bc_buffer *to);

#endif
